"""Owns what can go wrong with suppliers."""

from __future__ import annotations

from marketplace.kernel.errors import DomainError


class SupplierEnded(DomainError):
    """No longer a supplier here"""

    status = 409
    code = "supplier-ended"
    message = "This supplier no longer sells here for good; its profile, certificates, visibility, offers, prices, stock, sites, freight and files stay as they are."


class AlreadySupplier(DomainError):
    """Sells already"""

    status = 409
    code = "already-supplier"
    message = "This organisation has a supplier profile already."
