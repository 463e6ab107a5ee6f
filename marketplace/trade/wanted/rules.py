"""Owns what may become of what a buyer asks for, and how it is read from what was typed. Pure."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, Final
from uuid import UUID

from marketplace.kernel.errors import FieldError, InvalidInput
from marketplace.kernel.i18n import lazy

if TYPE_CHECKING:
    from marketplace.trade.wanted.schemas import AnswerIn, State

STEPS: Final[dict[State, frozenset[State]]] = {
    "open": frozenset({"looking", "found", "refused", "withdrawn"}),
    "looking": frozenset({"found", "refused", "withdrawn"}),
    "found": frozenset(),
    "refused": frozenset(),
    "withdrawn": frozenset(),
}
WAITING: Final = ("open", "looking")
NO_WORDS = lazy("Say what you look for.")
NO_DAY = lazy("Give a day that is still to come.")
NO_ANSWER = lazy("Say why; the buyer reads it.")
NO_PRODUCT = lazy("Give the product's address or id.")
NO_KIND = lazy("Choose an answer.")
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_ID: Final = re.compile(r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}")


def may_become(before: State, after: State) -> bool:
    """Tell whether there is a way from one state to another."""
    return after in STEPS[before]


def day(text: str, *, today: date) -> date | None:
    """Read the day by which something is needed, None for none. Raises: InvalidInput for what is no day, or is past."""
    wanted = text.strip()
    if not wanted:
        return None
    try:
        found = date.fromisoformat(wanted) if _DAY.fullmatch(wanted) else None
    except ValueError:
        found = None
    if found is None or found < today:
        raise InvalidInput(errors=(FieldError("/needed_by", "not-a-date", NO_DAY),))
    return found


def product_id(text: str) -> UUID:
    """Read the id of a product out of what was pasted, its address or the id alone. Raises: InvalidInput."""
    found = _ID.search(text)
    if found is None:
        raise InvalidInput(errors=(FieldError("/product", "missing", NO_PRODUCT),))
    return UUID(found.group())


def check_answer(data: AnswerIn) -> None:
    """Refuse an answer that says no why. Raises: InvalidInput."""
    if data.kind == "refused" and not data.words.strip():
        raise InvalidInput(errors=(FieldError("/words", "missing", NO_ANSWER),))
