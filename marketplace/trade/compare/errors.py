"""Owns what can go wrong in a comparison."""

from marketplace.kernel.errors import DomainError, QueryTooBroad


class NoRateToCurrency(DomainError):
    """The currency cannot be shown"""

    status = 422
    code = "no-rate"
    message = "There is no exchange rate to {currency}; choose another currency."


class ComparisonTooBroad(QueryTooBroad):
    """The question is too broad"""

    message = "This comparison took longer than {seconds} seconds and was given up; ask for it again in a moment."
