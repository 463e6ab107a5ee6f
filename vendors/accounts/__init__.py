"""Owns suppliers: the public profile, dated checks, and the state that decides whether their offers sell."""
