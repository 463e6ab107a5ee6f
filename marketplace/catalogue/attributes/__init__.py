"""Owns what is asked of the attributes of products: schemas of categories and their versions, checking, and how a value is written."""
