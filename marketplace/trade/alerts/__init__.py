"""Owns saved searches: what somebody looks for again and again, and what has newly come into it."""
