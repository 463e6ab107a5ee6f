"""Owns what is sold, whoever sells it: units of measure, the category tree with its attributes, and the products themselves."""
