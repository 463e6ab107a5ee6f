"""Owns what can go wrong with stock."""

from __future__ import annotations

from marketplace.kernel.errors import DomainError


class OutOfStock(DomainError):
    """Not enough is available"""

    status = 409
    code = "out-of-stock"
    message = "{wanted} are wanted and {available} available now; nothing was reserved."


class NothingReserved(DomainError):
    """More than is reserved"""

    status = 409
    code = "nothing-reserved"
    message = "More should leave than is reserved for this line; nothing was changed."
