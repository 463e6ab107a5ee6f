"""Gives products their category by published rules, with the evidence, and never against what an operator decided."""
