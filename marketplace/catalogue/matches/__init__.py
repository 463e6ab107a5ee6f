"""Owns which products may be the same thing, their merging into one, and its undoing."""
