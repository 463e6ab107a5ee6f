"""Owns what suppliers propose for the catalogue: immutable change sets, the operator's word on each, and the history of a product."""
