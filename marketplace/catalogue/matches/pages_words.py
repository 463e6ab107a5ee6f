"""Owns the words of the pages of matches: fields by name, and patterns as a person reads them."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from marketplace.catalogue.attributes import service as attributes
from marketplace.catalogue.matches.service import brand_key
from marketplace.kernel import formatting
from marketplace.kernel.i18n import gettext as _
from marketplace.kernel.i18n import lazy

if TYPE_CHECKING:
    from collections.abc import Mapping

    from marketplace.catalogue.matches.schemas import Side
    from marketplace.catalogue.products.schemas import FieldValue
    from marketplace.catalogue.taxonomy.schemas import Category, CategoryAttribute

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
# Attributes are one piece of a pattern, of which some may agree while others differ.
SOME, OTHERS = lazy("Some attributes"), lazy("Other attributes")
KINDS = {"gtin": lazy("Same GTIN"), "part_number": lazy("Same brand and part number"), "title": lazy("Same words in the title")}
FIRST = ("title", "brand", "part_number", "gtin", "other_gtins", "category", "unit_code", "weight_grams", "volume_cm3", "description")
DESCRIPTION_SHOWN = 300


class Names(NamedTuple):
    """What values are called: categories by id as text, units of sale by code, and the reader's language."""

    tree: Mapping[str, Category]
    units: Mapping[str, str]
    locale: str


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
    agree, differ = ([part[1:] for part in pattern.split() if part[0] == sign] for sign in "+-")
    both = set(agree) & set(differ)
    return [_(SOME) if one in both else label(one) for one in agree], [_(OTHERS) if one in both else label(one) for one in differ]


def rows(low: Side, high: Side, *, points: Mapping[str, int], names: Names) -> list[Row]:
    """Lay two products side by side: what names them first, then their attributes, those that differ before those that agree."""
    mine, others = _held(low), _held(high)
    first = [name for name in FIRST if name in mine or name in others]
    category = names.tree.get(str(mine.get("category") or others.get("category") or ""))
    about = {f"attributes.{one.key}": one for one in (category.attributes if category else ())}
    rest = sorted((mine.keys() | others.keys()) - set(FIRST), key=lambda name: (_state(name, mine, others) == "equal", name))
    found = []
    for name in (*first, *rest):
        one, other = (_shown(name, side.get(name), about.get(name), names) for side in (mine, others))
        told_name = about[name].label(names.locale) if name in about else label(name)
        found.append(Row(told_name, one, other, _state(name, mine, others), points.get(name)))
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


def _shown(name: str, value: FieldValue, about: CategoryAttribute | None, names: Names) -> str:
    if value is None:
        return ""
    if name == "weight_grams":
        return formatting.weight(int(value))
    if name == "volume_cm3":
        return f"{formatting.number(Decimal(str(value)))} cm³"
    if name == "category" and str(value) in names.tree:
        return names.tree[str(value)].name(names.locale)
    written = names.units.get(str(value), str(value)) if name == "unit_code" else attributes.written(value, about, locale=names.locale)
    return written if len(written) <= DESCRIPTION_SHOWN else f"{written[:DESCRIPTION_SHOWN]}…"
