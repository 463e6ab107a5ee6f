"""Owns what can go wrong with an offer's prices over time."""

from __future__ import annotations

from marketplace.kernel.errors import DomainError


class PriceBackdated(DomainError):
    """The price starts in the past"""

    status = 422
    code = "price-backdated"
    message = "A price starts now or later; what held before stays as it was."


class PriceTooFarAhead(DomainError):
    """The price starts too far ahead"""

    status = 422
    code = "price-too-far-ahead"
    message = "A price starts within {days} days from now."


class PriceEndsFirst(DomainError):
    """The price ends before it starts"""

    status = 422
    code = "price-ends-first"
    message = "A price that ends does so after it started and after now."


class PriceClash(DomainError):
    """Two prices at once"""

    status = 409
    code = "price-clash"
    message = "Another price of this offer is planned from {starts}. Withdraw it first, or choose a time that does not meet it."


class PromotionHolds(DomainError):
    """A promotion holds"""

    status = 409
    code = "promotion-holds"
    message = "A promotion holds until {ends}. Plan from then on, or change the price on the offer's own page, which ends the promotion."


class PriceHasBegun(DomainError):
    """This price cannot be withdrawn"""

    status = 409
    code = "price-has-begun"
    message = "Only a price that has not begun can be withdrawn; set another price instead."


class PriceWithdrawn(DomainError):
    """This price is withdrawn already"""

    status = 409
    code = "price-withdrawn"
    message = "This price was withdrawn before; there is nothing left to do."


class TooManyPrices(DomainError):
    """Too many planned prices"""

    status = 409
    code = "too-many-prices"
    message = "An offer has at most {limit} prices planned ahead."
