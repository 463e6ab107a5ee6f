"""Invitations: single-use links of seven days that make a person a member of an organisation."""
