"""Owns the price grid: hundreds of a supplier's prices and stocks edited in one table, with the effect on its places shown before it is saved."""
