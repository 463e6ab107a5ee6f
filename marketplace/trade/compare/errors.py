"""Owns what can go wrong in a comparison."""

from marketplace.kernel.errors import DomainError


class NoRateToCurrency(DomainError):
    """The currency cannot be shown"""

    status = 422
    code = "no-rate"
    message = "There is no exchange rate to {currency}; choose another currency."
