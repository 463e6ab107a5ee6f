"""Owns what can go wrong with shipments."""

from __future__ import annotations

from marketplace.kernel.errors import DomainError


class TrackingNumberTaken(DomainError):
    """This tracking number is in use"""

    status = 409
    code = "tracking-number-taken"
    message = "{carrier} has given {tracking_number} to another shipment; check the number."


class MayNotShip(DomainError):
    """Payment does not allow shipping yet"""

    status = 409
    code = "may-not-ship"
    message = "This order is to be paid before it ships; you will see here when it may."
