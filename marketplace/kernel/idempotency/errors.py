"""Owns what can go wrong with an idempotency key."""

from __future__ import annotations

from marketplace.kernel.errors import DomainError


class KeyMissing(DomainError):
    """Idempotency key missing"""

    status = 400
    code = "idempotency-key-missing"
    message = "This act needs the header Idempotency-Key with a value of your own, so that sending it twice does it once."


class KeyMalformed(DomainError):
    """Idempotency key malformed"""

    status = 400
    code = "idempotency-key-malformed"
    message = "The header Idempotency-Key takes 1 to 255 visible ASCII characters."


class KeyInFlight(DomainError):
    """The same act is under way"""

    status = 409
    code = "idempotency-key-in-flight"
    message = "An act with this idempotency key is under way; ask again in a moment for its answer."
    retry_after_seconds = 1


class KeyReused(DomainError):
    """Idempotency key used for something else"""

    status = 422
    code = "idempotency-key-reused"
    message = "This idempotency key was used for another content; take a new key for a new act."
