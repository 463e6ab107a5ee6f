"""Owns how the value of an attribute is written for a reader: a unit stands only where the definition of the attribute says it. Pure."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from marketplace.catalogue.attributes.rules import ends_of
from marketplace.catalogue.units.service import symbol_word
from marketplace.kernel import formatting
from marketplace.kernel.i18n import fill, lazy, translate

if TYPE_CHECKING:
    from marketplace.catalogue.taxonomy.schemas import CategoryAttribute

YES, NO = lazy("yes"), lazy("no")
FAR = lazy("Far from the usual %(low)s to %(high)s")


def written(value: object, about: CategoryAttribute | None, *, locale: str) -> str:
    """Write a value as a reader's language does: "20 mm", "10 to 20 bar" as a range, "yes", "stainless steel". A number without a definition has no unit."""
    if isinstance(value, bool):
        return translate(YES if value else NO, locale)
    if isinstance(value, int | float):
        return with_unit(formatting.number(Decimal(str(value)), locale=locale), about, locale=locale)
    return str(value) if about is None else _text(str(value), about, locale)


def _text(text: str, about: CategoryAttribute, locale: str) -> str:
    if about.kind == "enum":
        return about.option_label(text, locale)
    if about.kind == "range" and (ends := ends_of(text)) is not None:
        low, high = (formatting.number(end, locale=locale) for end in ends)
        return with_unit(low if low == high else f"{low}\u2013{high}", about, locale=locale)
    return _day(text, locale) if about.kind == "date" else text


def doubted(low: Decimal, high: Decimal, about: CategoryAttribute | None, *, locale: str) -> str:
    """Say of a number that cannot be meant what is usual: "Far from the usual 0.9 kg to 2.1 kg"."""
    ends = {name: written(float(f"{float(end):.3g}"), about, locale=locale) for name, end in (("low", low), ("high", high))}
    return fill(translate(FAR, locale), ends)


def with_unit(figure: str, about: CategoryAttribute | None, *, locale: str) -> str:
    """Put the unit of a definition behind a figure; nothing where there is none."""
    unit = "" if about is None else symbol_word(about.unit, locale=locale)
    return f"{figure} {unit}".rstrip()


def _day(text: str, locale: str) -> str:
    try:
        return formatting.day(date.fromisoformat(text), year=True, locale=locale)
    except ValueError:
        return text
