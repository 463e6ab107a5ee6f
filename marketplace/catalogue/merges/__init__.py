"""Owns the merging of two products into one, and its undoing."""
