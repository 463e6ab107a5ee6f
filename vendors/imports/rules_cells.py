"""Owns reading one cell of an offer: words of short lists, days and ids."""

from __future__ import annotations

from uuid import UUID

from marketplace.kernel.sheets_in.service import CellIsBad
from vendors.accounts.schemas import INCOTERM_WORDS
from vendors.visibility.schemas import LEVELS

WORDS: dict[str, dict[str, str]] = {
    "action": {"upsert": "upsert", "pause": "pause"},
    "incoterm": {word.casefold(): word for word in INCOTERM_WORDS},
    "condition": {word: word for word in ("new", "refurbished", "used")},
    "visibility": {word: word for word in LEVELS},
    "backorder": {"yes": "t", "true": "t", "1": "t", "y": "t", "no": "f", "false": "f", "0": "f", "n": "f"},
}
LEAD_DAYS_MAX = 730


def allowed(column: str) -> tuple[str, ...]:
    """Give the words that a column of a short list takes, as they are best written."""
    words = WORDS.get(column, {})
    return tuple(dict.fromkeys(words if column == "backorder" else words.values()))


def word(column: str, text: str) -> str:
    """Give the one word of a short list that a cell means, whatever its case. Raises: CellIsBad."""
    try:
        return WORDS[column][text.casefold()]
    except KeyError:
        raise CellIsBad("bad-word") from None


def lead_days(text: str) -> str:
    """Give a number of working days. Raises: CellIsBad."""
    if not (text.isascii() and text.isdigit()) or len(text) > 3 or int(text) > LEAD_DAYS_MAX:  # noqa: PLR2004 - three digits reach 730
        raise CellIsBad("bad-days")
    return text


def product_id(text: str) -> str:
    """Give the id of a product in its one spelling. Raises: CellIsBad."""
    try:
        found = str(UUID(text))
    except ValueError:
        raise CellIsBad("bad-id") from None
    if found != text.lower():
        raise CellIsBad("bad-id")
    return found
