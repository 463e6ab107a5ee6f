"""Owns what can go wrong with acts on a supplier."""

from __future__ import annotations

from marketplace.kernel.errors import DomainError


class NotPossibleNow(DomainError):
    """Not possible for this supplier now"""

    status = 409
    code = "not-possible-now"
    message = "The supplier's state has no place for this act any more; look at it again."


class StillHeld(DomainError):
    """The supplier is still held"""

    status = 409
    code = "still-held"
    message = "The notice has run out, but open orders or money that is due still hold the supplier; it stays in notice until they are done."
