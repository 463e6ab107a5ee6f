"""Owns the supplier's desk: one's own offers as lists, forms and API, over what the rooms of offers and stock can do."""
