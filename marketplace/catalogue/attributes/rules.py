"""Owns what is wrong with the attributes of a product by the schema of its category; `queries_faults` says the same in SQL, and a test holds the two together."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from marketplace.catalogue.attributes.schemas import Fault
from marketplace.kernel.i18n import lazy

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from marketplace.catalogue.taxonomy.schemas import CategoryAttribute

KINDS: Final = ("text", "number", "enum", "bool", "date", "range")
MISSING, WRONG_TYPE, NOT_AN_OPTION, OUTSIDE, UNIT = "missing", "wrong-type", "not-an-option", "outside-range", "unit"
FAULTS: Final = (MISSING, WRONG_TYPE, NOT_AN_OPTION, OUTSIDE, UNIT)
MESSAGES: Final = {
    MISSING: lazy("{label} is needed."),
    WRONG_TYPE: lazy("{label} cannot be “{value}” here."),
    NOT_AN_OPTION: lazy("{label} is “{value}”, which is not one of its options."),
    OUTSIDE: lazy("{label} is {value}, which is outside {minimum} to {maximum}."),
    UNIT: lazy("{label} is “{value}”; write the number alone, without a unit."),
}
# The same patterns stand in SQL, so they use what both sides read alike. Digits are bounded, so that no text becomes a number of thousands of digits.
NUMBER: Final = r"-?[0-9]{1,15}(\.[0-9]{1,9})?"
RANGE: Final = rf"^{NUMBER}\.\.{NUMBER}$"
WITH_UNIT: Final = r"^-?[0-9]{1,15}([.,][0-9]{1,9})? ?[^0-9., -][^0-9]{0,19}$"
DATE: Final = r"^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$"
VALUE_SHOWN_MAX = 60
_range, _with_unit, _date = re.compile(RANGE), re.compile(WITH_UNIT), re.compile(DATE)


def faults(attributes: Mapping[str, object], of_category: Iterable[CategoryAttribute], *, locale: str = "en") -> tuple[Fault, ...]:
    """List what is wrong, in the order of the schema. Attributes that the schema does not name are free."""
    found = []
    for about in of_category:
        code = fault(attributes.get(about.key), about)
        if code is not None:
            found.append(_fault(code, about, attributes.get(about.key), locale=locale))
    return tuple(found)


def fault(value: object, about: CategoryAttribute) -> str | None:
    """Give the code of what is wrong with one value, None where nothing is. Nothing at all and "" are missing."""
    if value is None or value == "":
        return MISSING if about.is_required else None
    if about.kind == "bool":
        return None if isinstance(value, bool) else WRONG_TYPE
    if about.kind == "number" and isinstance(value, int | float) and not isinstance(value, bool):
        return _bounded((Decimal(str(value)),), about)
    if not isinstance(value, str):
        return WRONG_TYPE
    if about.kind == "number":
        return UNIT if _with_unit.search(value) else WRONG_TYPE
    return _of_text(value, about)


def _of_text(value: str, about: CategoryAttribute) -> str | None:
    if about.kind == "enum":
        return None if any(one.value == value for one in about.options) else NOT_AN_OPTION
    if about.kind == "date":
        return None if _is_date(value) else WRONG_TYPE
    if about.kind == "range":
        ends = ends_of(value)
        if ends is None:
            return UNIT if _with_unit.search(value) else WRONG_TYPE
        return _bounded(ends, about)
    return None


def ends_of(value: str) -> tuple[Decimal, Decimal] | None:
    """Read "10..20" as its two ends, the lower first; None for what is no range."""
    if not _range.search(value) or value.endswith("\n"):
        return None
    low, high = (Decimal(end) for end in value.split("..", 1))
    return (low, high) if low <= high else None


def _bounded(values: tuple[Decimal, ...], about: CategoryAttribute) -> str | None:
    is_below = about.minimum is not None and min(values) < about.minimum
    is_above = about.maximum is not None and max(values) > about.maximum
    return OUTSIDE if is_below or is_above else None


def _is_date(value: str) -> bool:
    if not _date.search(value) or value.endswith("\n"):
        return False
    try:
        date.fromisoformat(value)
    except ValueError:
        return False
    return True


def _fault(code: str, about: CategoryAttribute, value: object, *, locale: str) -> Fault:
    bounds = {"minimum": "…" if about.minimum is None else about.minimum, "maximum": "…" if about.maximum is None else about.maximum}
    params: dict[str, object] = {"label": about.label(locale)}
    if code != MISSING:
        params["value"] = str(value)[:VALUE_SHOWN_MAX]
    return Fault(key=about.key, code=code, message=MESSAGES[code], params=params | (bounds if code == OUTSIDE else {}))
