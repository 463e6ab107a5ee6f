"""Owns what crossing a border costs: rates of duty that the operator keeps, and customs unions."""
