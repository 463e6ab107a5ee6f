"""Owns who did what and when: rows written with the business transaction and sealed into one hash chain per organisation."""
