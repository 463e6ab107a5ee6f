"""Owns the words of search as the operator keeps them: ways of saying, compound words, and words that say of nothing what it is."""
