"""Owns where a supplier's offers stand in the comparisons that everybody sees, and what other prices or stocks would make of it."""
