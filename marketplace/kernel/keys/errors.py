"""Owns what can go wrong with API keys."""

from __future__ import annotations

from marketplace.kernel.errors import DomainError


class KeyEnded(DomainError):
    """The key has ended"""

    status = 409
    code = "key-ended"
    message = "This key is revoked, replaced or past its end; make a new one."


class TooManyKeys(DomainError):
    """Too many keys"""

    status = 409
    code = "too-many-keys"
    message = "An organisation holds at most {limit} keys that work; revoke one first."
