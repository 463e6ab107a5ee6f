"""Lets operators correct where products stand, one by one or many at once, takes steps back, and learns rules from what they corrected."""
