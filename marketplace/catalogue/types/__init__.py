"""Holds what kinds of things the catalogue sells, learned from its own titles."""
