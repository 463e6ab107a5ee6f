"""Owns the forward-only migrations of services."""
