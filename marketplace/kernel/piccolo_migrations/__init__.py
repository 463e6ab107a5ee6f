"""Owns the migrations of the schema kernel, in the order of their names."""
