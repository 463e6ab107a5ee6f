"""A supplier's own record: each order as its score counts it, and what the supplier contests of it."""
