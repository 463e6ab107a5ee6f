"""Owns what can go wrong with changing an offer's terms."""

from __future__ import annotations

from marketplace.kernel.errors import DomainError


class OfferRetired(DomainError):
    """The offer is retired"""

    status = 409
    code = "offer-retired"
    message = "A retired offer keeps its terms as they were; make a new offer on the product."


class PriceStartsHigher(DomainError):
    """A price starts at a higher quantity"""

    status = 409
    code = "price-starts-higher"
    message = "A price of this offer starts at a quantity of {bound}. Give that price a lower first tier before you sell less at once."
