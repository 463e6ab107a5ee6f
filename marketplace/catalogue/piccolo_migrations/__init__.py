"""Owns the forward-only migrations of the catalogue."""
