"""Owns what can go wrong with products."""

from marketplace.kernel.errors import DomainError


class BadGtin(DomainError):
    """Not a GTIN"""

    status = 422
    code = "bad-gtin"
    message = "{gtin} is not a GTIN of 8, 12, 13 or 14 digits with the right check digit (GS1 General Specifications 7.9)."
