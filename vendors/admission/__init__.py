"""Owns letting an organisation sell: its profile, the checks it has passed and its first site, in one act of the operator."""
