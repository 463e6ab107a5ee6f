"""Owns the product master: one row per product, whoever offers it."""
