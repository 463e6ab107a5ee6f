"""Owns who sells: suppliers' profiles and life cycle, their sites, their offers with append-only prices, and stock with reservations."""
