"""Attempts to sign in, counted by account and by address, so that guessing is slow."""
