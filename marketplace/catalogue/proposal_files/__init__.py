"""Owns proposing many products and edits at once, one by row of a file."""
