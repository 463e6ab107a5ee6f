"""Owns idempotency keys: one effect per caller, route and key, and the answer to give again."""
