"""Owns what can go wrong with products side by side."""

from __future__ import annotations

from marketplace.kernel.errors import DomainError


class TooManyProducts(DomainError):
    """Too many products side by side"""

    status = 422
    code = "too-many-products"
    message = "At most {limit} products stand side by side."


class NotAProduct(DomainError):
    """Not a product's id"""

    status = 422
    code = "not-a-product"
    message = "“{value}” is not the id of a product."
