"""Owns what can go wrong when an event of a score is contested."""

from __future__ import annotations

from marketplace.kernel.errors import DomainError


class ContestOpen(DomainError):
    """This is contested already"""

    status = 409
    code = "contest-open"
    message = "This is contested already; the operator's answer comes first."


class TooManyContests(DomainError):
    """This was contested too often"""

    status = 409
    code = "too-many-contests"
    message = "One thing that is known of an order can be contested {limit} times at most."


class ContestDecided(DomainError):
    """This was decided already"""

    status = 409
    code = "contest-decided"
    message = "Somebody has decided this meanwhile; look at it again."
