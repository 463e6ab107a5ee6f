"""Owns state machines: the edges that are allowed and the gapless log of what became of each thing."""
