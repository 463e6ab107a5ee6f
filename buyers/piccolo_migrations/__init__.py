"""The migrations of buyers."""
