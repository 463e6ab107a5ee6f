"""Owns the words of the pages of matches: fields by name, and patterns as a person reads them."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from marketplace.catalogue.matches.service import brand_key
from marketplace.kernel import formatting
from marketplace.kernel.i18n import gettext as _
from marketplace.kernel.i18n import lazy

if TYPE_CHECKING:
    from collections.abc import Mapping

    from marketplace.catalogue.matches.schemas import Side
    from marketplace.catalogue.products.schemas import FieldValue
    from marketplace.catalogue.taxonomy.schemas import Category

FIELDS = {
    "title": lazy("Title"),
    "words": lazy("Words of the title"),
    "brand": lazy("Brand"),
    "part_number": lazy("Part number"),
    "gtin": lazy("GTIN"),
    "other_gtins": lazy("GTINs"),
    "category": lazy("Category"),
    "unit_code": lazy("Unit"),
    "weight_grams": lazy("Weight"),
    "volume_cm3": lazy("Volume"),
    "description": lazy("Description"),
    "numbers": lazy("Numbers in the title"),
    "colour": lazy("Colour"),
    "pack": lazy("Pack size"),
    "attributes": lazy("Attributes"),
}
KINDS = {"gtin": lazy("Same GTIN"), "part_number": lazy("Same brand and part number"), "title": lazy("Same words in the title")}
FIRST = ("title", "brand", "part_number", "gtin", "other_gtins", "category", "unit_code", "weight_grams", "volume_cm3", "description")
DESCRIPTION_SHOWN = 300


class Row(NamedTuple):
    """One field of two products side by side: equal, other or missing on one side, and the points that this moved the score by."""

    label: str
    low: str
    high: str
    state: str
    points: int | None


def label(field: str) -> str:
    """Give a field as a person reads it."""
    if field in FIELDS:
        return _(FIELDS[field])
    return field.removeprefix("attributes.").replace("_", " ").capitalize()


def told(pattern: str) -> tuple[list[str], list[str]]:
    """Give a pattern as what agrees and what differs."""
    parts = pattern.split()
    return [label(part[1:]) for part in parts if part[0] == "+"], [label(part[1:]) for part in parts if part[0] == "-"]


def rows(low: Side, high: Side, *, points: Mapping[str, int], tree: Mapping[str, Category], locale: str) -> list[Row]:
    """Lay two products side by side: what names them first, then their attributes, those that differ before those that agree."""
    mine, others = _held(low), _held(high)
    names = [name for name in FIRST if name in mine or name in others]
    rest = sorted((mine.keys() | others.keys()) - set(FIRST), key=lambda name: (_state(name, mine, others) == "equal", name))
    found = []
    for name in (*names, *rest):
        values = (_shown(name, mine.get(name), tree, locale), _shown(name, others.get(name), tree, locale))
        found.append(Row(label(name), *values, _state(name, mine, others), points.get(name)))
    return found


def _held(side: Side) -> dict[str, FieldValue]:
    return side.held | ({"other_gtins": ", ".join(side.other_gtins)} if len(side.other_gtins) > 1 else {})


def _state(name: str, mine: Mapping[str, FieldValue], others: Mapping[str, FieldValue]) -> str:
    if name not in mine or name not in others:
        return "one"
    one, other = mine[name], others[name]
    if name in {"brand", "part_number"} and isinstance(one, str) and isinstance(other, str):
        # As they are compared: "6206-open" and "6206 open" are one number.
        one, other = brand_key(one), brand_key(other)
    is_equal = one.casefold() == other.casefold() if isinstance(one, str) and isinstance(other, str) else one == other
    return "equal" if is_equal else "other"


def _shown(name: str, value: FieldValue, tree: Mapping[str, Category], locale: str) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, str):
        named = tree[value].name(locale) if name == "category" and value in tree else value
        return named if len(named) <= DESCRIPTION_SHOWN else f"{named[:DESCRIPTION_SHOWN]}…"
    if name == "weight_grams":
        return formatting.weight(int(value))
    number = formatting.number(Decimal(str(value)))
    return f"{number} cm³" if name == "volume_cm3" else number
