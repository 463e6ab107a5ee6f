"""Owns checkout: one cart becomes one order per supplier and currency, exactly once."""
