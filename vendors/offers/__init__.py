"""Owns named offers on one product: terms, the supplier's own keys, price versions with tiers, and why an offer does not sell."""
