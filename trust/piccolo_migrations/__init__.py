"""The migrations of trust."""
