"""Owns narrowing down: how many products of a result have each property, and which remain when some are chosen."""
