"""Owns which product each offer stands on after products were merged, split or told apart."""
