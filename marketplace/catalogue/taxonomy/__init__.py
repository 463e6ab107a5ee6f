"""Owns the category tree, its names per locale and the attributes that tell about a category."""
