"""Owns the way out: a supplier's own offers as a file that the feed takes back, and the empty file to begin with."""
