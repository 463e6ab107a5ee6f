"""Owns the forward-only migrations of vendors."""
