"""Owns what can go wrong at checkout; nothing is changed by any of it."""

from __future__ import annotations

from marketplace.kernel.errors import DomainError


class CartEmpty(DomainError):
    """The cart is empty"""

    status = 422
    code = "cart-empty"
    message = "Put something in first."


class CartNotReady(DomainError):
    """Some lines cannot be ordered"""

    status = 409
    code = "cart-not-ready"
    message = "Some lines cannot be ordered as they stand; each is listed. Nothing was ordered."


class PriceChanged(DomainError):
    """Prices have changed"""

    status = 409
    code = "price-changed"
    message = "Prices have changed since you put these in; each change is listed. Look at the cart again and agree. Nothing was ordered."


class FreightChanged(DomainError):
    """Freight, duty or tax has changed"""

    status = 409
    code = "freight-changed"
    message = (
        "Freight, duty or tax differs from what you saw: a rate or the address has changed. Look at the sums again and agree. Nothing was ordered."
    )


class PoNumberNeeded(DomainError):
    """A PO number is needed"""

    status = 422
    code = "po-number-needed"
    message = "Your company orders with a PO number; give it."


class AddressNotInUse(DomainError):
    """This address is not in use"""

    status = 409
    code = "address-not-in-use"
    message = "This address was put away; choose another one."
