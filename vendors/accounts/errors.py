"""Owns what can go wrong with suppliers."""

from __future__ import annotations

from marketplace.kernel.errors import DomainError


class AlreadySupplier(DomainError):
    """Sells already"""

    status = 409
    code = "already-supplier"
    message = "This organisation has a supplier profile already."
