"""Owns what can go wrong with orders."""

from __future__ import annotations

from marketplace.kernel.errors import DomainError


class NothingAccepted(DomainError):
    """Nothing was accepted"""

    status = 422
    code = "nothing-accepted"
    message = "An acceptance takes at least one piece; to take nothing, refuse the order and say why."


class AcceptanceOver(DomainError):
    """The time to accept is over"""

    status = 409
    code = "acceptance-over"
    message = "The time to accept this order ended {accept_by}; its stock is free again. The buyer may order anew."


class LineUnknown(DomainError):
    """No such line in this order"""

    status = 422
    code = "line-unknown"
    message = "This order has no such line."


class QuantityOutOfRange(DomainError):
    """The quantity passes what the line has"""

    status = 422
    code = "quantity-out-of-range"
    message = "Some quantities pass what their lines have; each is listed."
