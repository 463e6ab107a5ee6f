"""Owns what can go wrong with offers."""

from __future__ import annotations

from marketplace.kernel.errors import DomainError


class QuantityNotAllowed(DomainError):
    """This quantity is not sold"""

    status = 422
    code = "quantity-not-allowed"
    message = "This supplier sells at least {moq} in steps of {multiple}; the next quantities are {next_quantities}."


class SkuTaken(DomainError):
    """This article number is in use"""

    status = 409
    code = "sku-taken"
    message = "Another of your offers has the article number {sku}; each names one offer."


class TiersNotAscending(DomainError):
    """The price tiers do not ascend"""

    status = 422
    code = "tiers-not-ascending"
    message = "Each price tier starts at a higher quantity than the one before, and the first at or below the minimum quantity."


class PriceOfNothing(DomainError):
    """A price of zero is not sold here"""

    status = 422
    code = "zero-price"
    message = "A price of zero is not sold here; pause the offer instead."


class NoSuchProduct(DomainError):
    """No such product"""

    status = 422
    code = "no-such-product"
    message = "There is no product with this id to make an offer on."


class NoSuchSite(DomainError):
    """No such site"""

    status = 422
    code = "no-such-site"
    message = "This is not one of your sites."
