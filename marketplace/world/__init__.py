"""The worlds that an installation can be filled with: the demo market, and synthetic ones for measuring."""
