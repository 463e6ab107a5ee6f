"""Owns what buyers ask the market for because they did not find it, and what the operator answers."""
