"""Owns what can go wrong with units and quantities."""

from marketplace.kernel.errors import DomainError


class UnknownUnit(DomainError):
    """Unknown unit"""

    status = 422
    code = "unknown-unit"
    message = "{code} is not a unit of UN/ECE Recommendation 20 that is kept here."


class BadQuantity(DomainError):
    """Not a quantity of this unit"""

    status = 422
    code = "bad-quantity"
    message = "Write a quantity in {unit} as digits with at most {decimals} decimals after a point, above zero and up to 1,000,000."
