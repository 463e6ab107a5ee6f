"""Owns what can go wrong with exchange rates."""

from __future__ import annotations

from marketplace.kernel.errors import DomainError


class StaleRate(DomainError):
    """The exchange rate is too old"""

    status = 422
    code = "rate-stale"
    message = "The exchange rate from {base} to {quote} is of {as_of}, older than the {max_age_hours} hours that an order may rest on."


class NoRate(DomainError):
    """No exchange rate"""

    status = 409
    code = "rate-missing"
    message = "There is no exchange rate from {base} to {quote}."
