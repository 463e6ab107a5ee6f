"""Owns the way out of the catalogue: products as files that an import takes back, and what was wrong in a file that came in."""
