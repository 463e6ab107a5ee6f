"""Owns how what belongs to a supplier is worded for readers."""

from __future__ import annotations

from marketplace.kernel.i18n import gettext as _
from vendors.accounts.schemas import INCOTERM_WORDS


def incoterms() -> list[tuple[str, str]]:
    """Give each incoterm with what it means in one line, in the reader's language, to choose from."""
    return [(code, _(words)) for code, words in INCOTERM_WORDS.items()]
