"""Owns what it costs and how long it takes to bring goods to a place: freight tables, duty rates and customs unions."""
