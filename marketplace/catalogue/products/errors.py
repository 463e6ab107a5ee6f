"""Owns what can go wrong with products."""

from marketplace.kernel.errors import DomainError


class ProductMoved(DomainError):
    """The product has changed meanwhile"""

    status = 409
    code = "product-moved"
    message = "The product was changed since you looked at it; see what changed and decide again."


class UnitInUse(DomainError):
    """Offers stand on the product in its present unit"""

    status = 409
    code = "unit-in-use"
    message = "Offers stand on this product by {unit}: prices and stock would be wrong in another unit. Propose a product of its own instead."


class ProductRetired(DomainError):
    """This product is retired"""

    status = 409
    code = "product-retired"
    message = "The product is no longer sold, so it is not changed any more."
