"""Owns what can go wrong in a comparison."""

from marketplace.kernel.errors import QueryTooBroad


class ComparisonTooBroad(QueryTooBroad):
    """The question is too broad"""

    message = "This comparison took longer than {seconds} seconds and was given up; ask for it again in a moment."
