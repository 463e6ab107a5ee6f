"""Owns what can go wrong at the supplier's desk."""

from __future__ import annotations

from marketplace.kernel.errors import DomainError


class VersionNeeded(DomainError):
    """Version needed"""

    status = 428
    code = "version-needed"
    message = "Say which version you saw, in the If-Match header, so that nobody's change is overwritten."
