"""Owns the rules of proposals: what differs, by when it is due, and what has moved meanwhile. Pure."""

from __future__ import annotations

from datetime import time
from typing import TYPE_CHECKING, Final

import msgspec

from marketplace.catalogue.proposals.schemas import Change, MovedOut
from marketplace.kernel import calendar
from marketplace.kernel.errors import FieldError, InvalidInput
from marketplace.kernel.i18n import lazy
from marketplace.kernel.names import clean_lines

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from marketplace.catalogue.products.schemas import FieldValue
    from marketplace.catalogue.proposals.schemas import DecisionIn, HistoryOut, Office, Stored

# Two working days of the operator's office, which is open from nine to five but at weekends and on public holidays.
OPEN_HOURS: Final = 16
OPENS, CLOSES = time(9), time(17)
WAITING_MAX: Final = 2000
NOTHING: Final = lazy("Nothing differs from the product as it is; change at least one field.")
NEEDED: Final = lazy("Say what is to be changed or why, in a sentence or two.")
NO_FIELDS: Final = lazy("Choose at least one field to accept.")
NOT_THERE: Final = lazy("The proposal does not have this field: {field}.")
TITLE_KEPT: Final = lazy("A new product is accepted with its title.")
# The order in which fields are read; attributes follow in their own.
ORDER: Final = ("title", "brand", "part_number", "gtin", "category", "unit_code", "weight_grams", "volume_cm3", "description")


def due_at(sent_at: datetime, office: Office) -> datetime:
    """Give the moment (UTC) by which a proposal is to be decided: sixteen open hours of the operator's office after it was sent."""
    week = {day: (OPENS, CLOSES) for day in range(1, 8) if day not in calendar.weekend(office.country)}
    closed = calendar.Closures((), country=office.country, keeps_public_holidays=True)
    return calendar.add_opening_hours(sent_at, OPEN_HOURS, time_zone=office.time_zone, week=week, closed=closed)


def place(field: str) -> tuple[int, str]:
    """Tell where a field stands among the others."""
    return (ORDER.index(field), "") if field in ORDER else (len(ORDER), field)


def differing(values: Mapping[str, FieldValue], held: Mapping[str, FieldValue]) -> tuple[Change, ...]:
    """Give the change set: each field whose wanted value is not what the product holds, in the order of reading. Raises: InvalidInput for none."""
    changes = [Change(name, held.get(name), value) for name, value in values.items() if not _same(held.get(name), value)]
    if not changes:
        raise InvalidInput(errors=(FieldError("/values", "nothing-changed", NOTHING),))
    return tuple(sorted(changes, key=lambda one: place(one.field)))


def _same(one: FieldValue, other: FieldValue) -> bool:
    """Tell whether two values say the same: 17 and 17.0 do, 1 and true do not."""
    return one == other and isinstance(one, bool) == isinstance(other, bool)


def moved(found: Stored, held: Mapping[str, FieldValue], changed: Sequence[HistoryOut]) -> list[MovedOut]:
    """Tell what changed in the product since the change set was made, its own fields first; `changed` is the product's history since then, latest first.

    A field of the set is known to have moved by what it was; another one only by the history.
    """
    by = {one.field: one for one in reversed(changed)}
    rows = [_moved(one.field, one.old, held, by) for one in found.changes if not _same(held.get(one.field), one.old)]
    own = {one.field for one in found.changes}
    first = {one.field: one.old for one in changed}
    rest = [_moved(field, old, held, by) for field, old in first.items() if field not in own and not _same(old, held.get(field))]
    return [*(msgspec.structs.replace(one, is_proposed=True) for one in rows), *sorted(rest, key=lambda one: place(one.field))]


def _moved(field: str, was: FieldValue, held: Mapping[str, FieldValue], by: Mapping[str, HistoryOut]) -> MovedOut:
    last = by.get(field)
    who, at = (None, None) if last is None else (last.supplier, last.changed_at)
    return MovedOut(field=field, was=was, now=held.get(field), is_proposed=False, by=who, changed_at=at)


def decided(sent: DecisionIn, found: Stored) -> tuple[tuple[str, ...], str]:
    """Give the fields that are accepted and the words in clean lines.

    Raises: InvalidInput for no field, for one that the proposal does not have, for no words where they are needed, and for what cannot be seen.
    """
    text = clean_lines(sent.text, pointer="/text")
    if sent.act != "accept":
        if not text:
            raise InvalidInput(errors=(FieldError("/text", "text-needed", NEEDED),))
        return (), text
    every = tuple(one.field for one in found.changes)
    wanted = every if sent.fields is None else tuple(name for name in every if name in sent.fields)
    errors = [FieldError("/fields", "no-such-field", NOT_THERE, {"field": name[:60]}) for name in sent.fields or () if name not in every]
    if not wanted:
        errors.append(FieldError("/fields", "no-fields", NO_FIELDS))
    elif found.kind == "new" and "title" not in wanted:
        errors.append(FieldError("/fields", "title-kept", TITLE_KEPT))
    if errors:
        raise InvalidInput(errors=tuple(errors))
    return wanted, text
