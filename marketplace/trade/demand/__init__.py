"""Owns what people look for and do not find, as the operator reads it."""
