"""Owns stock per offer and site: levels, append-only movements and expiring reservations."""
