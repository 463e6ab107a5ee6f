"""Owns an offer's prices over time: coming ones, promotions that end, withdrawals, the history, and the lowest of the last 30 days."""
