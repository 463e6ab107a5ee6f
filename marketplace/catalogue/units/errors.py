"""Owns what can go wrong with units."""

from marketplace.kernel.errors import DomainError


class UnknownUnit(DomainError):
    """Unknown unit"""

    status = 422
    code = "unknown-unit"
    message = "{code} is not a unit of UN/ECE Recommendation 20 that is kept here."
