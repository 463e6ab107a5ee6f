"""Saved comparisons: what a company compared, as it was then, and what has changed since."""
