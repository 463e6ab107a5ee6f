"""Owns who buys: companies' settings, their units, and the addresses that orders are shipped to."""
