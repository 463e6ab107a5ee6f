"""Owns the flags of numbers that cannot be meant, because they lie far outside all others of their kind."""
