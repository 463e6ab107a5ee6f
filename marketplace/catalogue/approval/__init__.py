"""Owns the published rules by which some fields of a product change without the operator's look."""
