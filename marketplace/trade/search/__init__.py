"""Owns finding products: a read model of its own, fed by facts, and the pages on which people look for things."""
