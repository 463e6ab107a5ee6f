"""Owns what can go wrong with saved searches."""

from __future__ import annotations

from marketplace.kernel.errors import DomainError


class TooManySearches(DomainError):
    """Too many saved searches"""

    status = 409
    code = "too-many-saved-searches"
    message = "You keep {limit} searches, which is the most; delete one first."


class NothingToSave(DomainError):
    """Nothing to save"""

    status = 422
    code = "nothing-to-save"
    message = "Type words or choose something first; a search for everything cannot be saved."
