"""Owns what can go wrong with products."""

from marketplace.kernel.errors import DomainError


class ProductMoved(DomainError):
    """The product has changed meanwhile"""

    status = 409
    code = "product-moved"
    message = "The product was changed since you looked at it; see what changed and decide again."


class ProductRetired(DomainError):
    """This product is retired"""

    status = 409
    code = "product-retired"
    message = "The product is no longer sold, so it is not changed any more."
