"""On-time and acceptance rates with their intervals."""
