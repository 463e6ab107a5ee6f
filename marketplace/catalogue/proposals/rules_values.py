"""Owns what a proposed value may be: texts, identifiers, units and weights, all faults at once; attributes are judged by the schema of their category. Pure."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from uuid import UUID

from marketplace.kernel.errors import FieldError
from marketplace.kernel.i18n import lazy
from marketplace.kernel.names import UNSEEN

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from marketplace.catalogue.attributes.schemas import Fault
    from marketplace.catalogue.products.schemas import FieldValue
    from marketplace.catalogue.taxonomy.schemas import Category

ATTRIBUTE: Final = "attributes."
TEXTS: Final = {"title": 500, "brand": 120, "part_number": 120}
DESCRIPTION_MAX: Final = 20_000
ATTRIBUTE_MAX: Final = 500
GRAMS_MAX: Final = 10**9
NUMBER_MAX: Final = 10**15
WHOLE_NUMBERS: Final = frozenset({"weight_grams", "volume_cm3"})
FIELDS: Final = (*TEXTS, "gtin", "category", "unit_code", *sorted(WHOLE_NUMBERS), "description")
_KEY: Final = re.compile(r"[^\x00-\x20\x7f]{1,80}")
_NUMBER: Final = re.compile(r"-?(0|[1-9][0-9]{0,14})(\.[0-9]{1,6})?", re.ASCII)
YES_NO: Final = {"yes": True, "no": False}

NEEDED = lazy("Fill this in.")
NOT_KNOWN = lazy("A product has no such field.")
TOO_LONG = lazy("This is too long; the most is {bound}.")
BAD_GTIN = lazy("This is no GTIN: 8, 12, 13 or 14 digits with the right check digit, as printed under the bar code.")
BAD_CATEGORY = lazy("There is no such category.")
BAD_UNIT = lazy("There is no such unit.")
NOT_TEXT = lazy("Give a text.")
NOT_WHOLE = lazy("Give a whole number in digits.")
NOT_NUMBER = lazy("Give a number in digits, with a point before decimals.")
NOT_YES_NO = lazy("Say yes or no.")
TOO_LOW = lazy("Give {bound} or more.")
TOO_HIGH = lazy("Give {bound} or less.")
WRONG_KINDS: Final = {"number": ("not-a-number", NOT_NUMBER), "bool": ("not-yes-or-no", NOT_YES_NO), "text": ("not-a-text", NOT_TEXT)}


class World(NamedTuple):
    """What values are checked against: the categories by slug, the keys that each one's schema has, the codes of units, how a GTIN becomes its 14 digits

    (None where it is none), and what a category's schema finds wrong with attributes.
    """

    categories: Mapping[str, Category]
    categories_by_id: Mapping[UUID, frozenset[str]]
    units: Collection[str]
    gtin14: Callable[[str], str | None]
    faults: Callable[[UUID | None, Mapping[str, object]], tuple[Fault, ...]]


class _Bad(Exception):
    """A value that cannot be."""

    def __init__(self, code: str, message: str, **params: Any) -> None:
        super().__init__(code)
        self.code, self.message, self.params = code, message, params


def checked(
    values: Mapping[str, FieldValue], *, world: World, held: Mapping[str, FieldValue], is_new: bool
) -> tuple[dict[str, FieldValue], list[FieldError]]:
    """Give the values as a product holds them, and what is wrong with each, at `/values/<field>`.

    `held` is what the product holds. An edit is held to what it changes; where it changes the category, and for a new product, everything that the
    category asks for is told.
    """
    clean: dict[str, FieldValue] = {}
    errors: list[FieldError] = []
    category_id = _category(values, world, held)
    known = world.categories_by_id.get(category_id, frozenset()) if category_id else frozenset()
    for field, value in values.items():
        try:
            clean[field] = _value(field, None if value == "" else value, world=world, known=known, held=held)
        except _Bad as bad:
            errors.append(FieldError(f"/values/{field}", bad.code, bad.message, bad.params))
    wrong = {one.pointer.removeprefix("/values/") for one in errors}
    if clean.get("title") is None and (is_new or "title" in clean) and "title" not in wrong:
        errors.append(FieldError("/values/title", "missing", NEEDED))
    after = {name: value for name, value in {**held, **clean}.items() if value is not None}
    attributes = {name.removeprefix(ATTRIBUTE): value for name, value in after.items() if name.startswith(ATTRIBUTE)}
    is_whole = is_new or ("category" in clean and clean["category"] != held.get("category"))
    for fault in world.faults(category_id, attributes):
        field = f"{ATTRIBUTE}{fault.key}"
        if field not in wrong and (is_whole or field in clean):
            errors.append(FieldError(f"/values/{field}", fault.code, fault.message, fault.params))
    return clean, errors


def _category(values: Mapping[str, FieldValue], world: World, held: Mapping[str, FieldValue]) -> UUID | None:
    if "category" in values:
        found = world.categories.get(str(values["category"]))
        return None if found is None else found.id
    return UUID(str(held["category"])) if "category" in held else None


def _value(field: str, value: FieldValue, *, world: World, known: Collection[str], held: Mapping[str, FieldValue]) -> FieldValue:
    if field.startswith(ATTRIBUTE):
        return _attribute(field, value, known, held)
    if field not in FIELDS:
        raise _Bad("unknown-field", NOT_KNOWN)
    if value is None:
        return _nothing(field)
    if field in WHOLE_NUMBERS:
        return _whole(value)
    if not isinstance(value, str):
        raise _Bad("not-a-text", NOT_TEXT)
    return _lines(value) if field == "description" else _text(field, value, world)


def _text(field: str, value: str, world: World) -> str | None:
    if field == "gtin":
        return _or(world.gtin14(value), "bad-gtin", BAD_GTIN)
    if field == "category":
        found = world.categories.get(value)
        return _or(None if found is None else str(found.id), "unknown-category", BAD_CATEGORY)
    if field == "unit_code":
        return _or(value if value in world.units else None, "unknown-unit", BAD_UNIT)
    return _line(value, TEXTS[field])


def _nothing(field: str) -> FieldValue:
    if field == "unit_code":
        raise _Bad("missing", NEEDED)
    return None


def _or(value: str | None, code: str, message: str) -> str:
    if value is None:
        raise _Bad(code, message)
    return value


def _whole(value: FieldValue) -> int:
    if isinstance(value, bool) or not isinstance(value, int | float) or not float(value).is_integer():
        raise _Bad("not-a-whole-number", NOT_WHOLE)
    if value < 1:
        raise _Bad("too-low", TOO_LOW, bound=1)
    if value > GRAMS_MAX:
        raise _Bad("too-high", TOO_HIGH, bound=GRAMS_MAX)
    return int(value)


def _line(value: str, most: int) -> str | None:
    text = " ".join(value.split())
    if len(text) > most:
        raise _Bad("too-long", TOO_LONG, bound=most)
    if not text.isprintable():
        raise _Bad("invisible-character", UNSEEN)
    return text or None


def _lines(value: str) -> str | None:
    lines = [line.rstrip() for line in value.strip().replace("\t", " ").splitlines()]
    if not all(line.isprintable() for line in lines):
        raise _Bad("invisible-character", UNSEEN)
    text = "\n".join(lines)
    if len(text) > DESCRIPTION_MAX:
        raise _Bad("too-long", TOO_LONG, bound=DESCRIPTION_MAX)
    return text or None


def _attribute(field: str, value: FieldValue, known: Collection[str], held: Mapping[str, FieldValue]) -> FieldValue:
    """Give the value of an attribute cleaned; one that no schema names stays of the kind that the product holds."""
    key = field.removeprefix(ATTRIBUTE)
    if not _KEY.fullmatch(key):
        raise _Bad("unknown-field", NOT_KNOWN)
    if value is None or isinstance(value, bool):
        made: FieldValue = value
    else:
        made = _line(value, ATTRIBUTE_MAX) if isinstance(value, str) else _number(value)
    kind = "" if key in known else kind_of(held.get(field))
    if made is not None and kind and kind_of(made) != kind:
        raise _Bad(*WRONG_KINDS[kind])
    return made


def kind_of(value: FieldValue) -> str:
    """Tell the kind of a value whose category says nothing of it; "" for one that holds nothing yet, which may become anything."""
    if value is None:
        return ""
    return "bool" if isinstance(value, bool) else "number" if isinstance(value, int | float) else "text"


def _number(value: float) -> int | float:
    if not math.isfinite(value):
        raise _Bad("not-a-number", NOT_NUMBER)
    if abs(value) > NUMBER_MAX:
        raise _Bad("too-high", TOO_HIGH, bound=NUMBER_MAX)
    return int(value) if float(value).is_integer() else value


def typed(text: str, kind: str) -> FieldValue:
    """Give what was typed as a value of a kind; what is none stays text, which the check then refuses beside its field. Blank is nothing."""
    text = text.strip()
    if not text:
        return None
    if kind in {"number", "whole"} and _NUMBER.fullmatch(text):
        return float(text) if "." in text else int(text)
    if kind == "bool":
        return YES_NO.get(text, text)
    return text
