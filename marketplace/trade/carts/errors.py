"""Owns what can go wrong with carts."""

from __future__ import annotations

from marketplace.kernel.errors import DomainError


class OfferNotSold(DomainError):
    """This offer does not sell now"""

    status = 409
    code = "offer-not-sold"
    message = "{supplier} does not sell this just now; compare the other offers."


class OwnOffer(DomainError):
    """This is your own offer"""

    status = 409
    code = "own-offer"
    message = "Your organisation sells this itself, and nobody orders from themselves; take another supplier."


class CartFull(DomainError):
    """The cart is full"""

    status = 422
    code = "cart-full"
    message = "A cart carries at most {limit} lines; check out what is in it first."


class NoHolder(DomainError):
    """A cart belongs to somebody"""

    status = 403
    code = "cart-needs-somebody"
    message = "Carts belong to a person or key of a buying organisation; sign in as one."
