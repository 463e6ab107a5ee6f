"""Owns payments: what a buyer owes per group and currency, and the exact share of each order in it."""
