"""Owns the migrations of the schema `trade`, in the order of their names."""
