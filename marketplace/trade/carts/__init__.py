"""Owns carts: what a person means to buy, re-priced at every look; a cart reserves nothing."""
