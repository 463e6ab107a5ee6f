"""Owns the terms of an offer that its supplier may change: quantities, lead time, place, validity, condition, and who sees it."""
