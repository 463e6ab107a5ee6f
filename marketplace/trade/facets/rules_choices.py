"""Owns the pure rules that make choices of counts: which stand in a facet, in which order, and how each is said."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from marketplace.catalogue.units.service import symbol_word
from marketplace.kernel import formatting
from marketplace.kernel.i18n import gettext as _
from marketplace.trade.facets import rules
from marketplace.trade.facets.schemas import Choice, Facet, Range

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from uuid import UUID

    from marketplace.catalogue.taxonomy.schemas import Category, CategoryAttribute
    from marketplace.trade.facets.schemas import Counted, Filters, Suggested

CATEGORY, BRAND, OFFER, ATTRIBUTE = 0, 1, 2, 3
KINDS = ("text", "number", "enum", "bool", "date", "range")
# Kinds whose values fall into bands.
MEASURED = ("number", "range")
CHOICES_MAX = 40
TO = "\N{EN DASH}"


def telling(category: Category) -> list[CategoryAttribute]:
    """Give the attributes by which a category is narrowed down: those that are marked so, else those that tell its products apart."""
    marked = [about for about in category.attributes if getattr(about, "is_facet", False)]
    return [about for about in marked or category.telling if about.kind in KINDS]


def active(filters: Filters, keys: Sequence[str]) -> tuple[int, ...]:
    """Give the facets in which something is chosen: those that are counted over everything where a list is too long to be counted as a whole."""
    found = [BRAND] if filters.brands else []
    found += [OFFER] if filters.narrows_offers else []
    return tuple(found + [ATTRIBUTE + at for at, key in enumerate(keys) if key in filters.attributes])


def merged(every: Counted, narrowed: Counted, filters: Filters, keys: Sequence[str]) -> Counted:
    """Put two counts together: facets in which something is chosen as counted over everything, all others over what was chosen."""
    chosen = active(filters, keys)
    values = [one for one in every.values if one[0] in chosen] + [one for one in narrowed.values if one[0] not in chosen]
    return narrowed._replace(
        values=values,
        suppliers=every.suppliers if filters.suppliers else narrowed.suppliers,
        leads=every.leads if filters.leads else narrowed.leads,
        prices=every.prices if filters.prices else narrowed.prices,
    )


def start(ids: Sequence[UUID], place: tuple[int, UUID] | None) -> int:
    """Tell where the page behind a place begins: behind its product wherever that stands by now, else as far on as it was."""
    if place is None:
        return 0
    try:
        return ids.index(place[1]) + 1
    except ValueError:
        return max(0, min(place[0], len(ids)))


def facets(
    counted: Counted,
    filters: Filters,
    tree: Mapping[UUID, Category],
    known: Sequence[CategoryAttribute],
    suppliers: Mapping[str, str],
    *,
    locale: str,
    currency: str,
) -> list[Facet]:
    """Make the facets of a list in their order, without those that leave nothing to choose."""
    found = [
        Facet(name="category", label=_("Category"), choices=_categories(counted, filters, tree, locale)),
        Facet(name="brand", label=_("Brand"), choices=_brands(counted, filters)),
        Facet(name="price", label=_("Price, %(currency)s", currency=currency), choices=_prices(counted, filters)),
        Facet(name="lead", label=_("Lead time, working days"), choices=_leads(counted, filters)),
        *(_attribute(counted, filters, about, ATTRIBUTE + at, locale) for at, about in enumerate(known)),
        Facet(name="supplier", label=_("Supplier"), choices=_suppliers(counted, filters, suppliers)),
    ]
    return [one for one in found if len(one.choices) > 1 or any(choice.is_chosen or one.name == "category" for choice in one.choices)]


def _categories(counted: Counted, filters: Filters, tree: Mapping[UUID, Category], locale: str) -> list[Choice]:
    """Give the way down to the chosen category, and what is below it; without one the first level on which results part."""
    sums: dict[UUID, int] = {}
    by_text = {str(one): category for one, category in tree.items()}
    for facet, value, _label, count, _low, _high in counted.values:
        if facet == CATEGORY and value in by_text:
            for one in by_text[value].path:
                sums[one] = sums.get(one, 0) + count
    chosen = next((one for one in tree.values() if one.slug == filters.category), None)
    way = list(chosen.path) if chosen else []
    while not chosen and len(below := _below(way, sums, tree)) == 1:
        way.append(below[0])
    if chosen and not _below(way, sums, tree):
        # Beside what is the last of its branch stand its neighbours.
        way.pop()
    shown = [(one, depth) for depth, one in enumerate(way)] + [(one, len(way)) for one in _below(way, sums, tree)]
    return [
        Choice(
            value=tree[one].slug,
            label=tree[one].name(locale),
            products=None if chosen and one in chosen.path[:-1] else sums.get(one, 0),
            is_chosen=tree[one].slug == filters.category,
            depth=depth,
        )
        for one, depth in shown[:CHOICES_MAX]
    ]


def _below(way: Sequence[UUID], sums: Mapping[UUID, int], tree: Mapping[UUID, Category]) -> list[UUID]:
    parent = way[-1] if way else None
    return sorted((one for one in sums if one in tree and tree[one].parent_id == parent), key=lambda one: (-sums[one], tree[one].slug))


def _brands(counted: Counted, filters: Filters) -> list[Choice]:
    chosen = {one.lower(): one for one in filters.brands}
    rows = [(value or "", label or "", count) for facet, value, label, count, _low, _high in counted.values if facet == BRAND]
    found = [
        Choice(value=chosen.get(value, label), label=label, products=count, is_chosen=value in chosen)
        for value, label, count in sorted(rows, key=lambda row: (-row[2], row[0]))
    ]
    return _with_chosen(found, {one: one for key, one in chosen.items() if key not in {value for value, _label, _count in rows}})


def _with_chosen(found: list[Choice], lost: Mapping[str, str]) -> list[Choice]:
    """Put what is chosen and was not counted behind the choices, so that it can be taken back."""
    return found[:CHOICES_MAX] + [Choice(value=value, label=label, products=None, is_chosen=True) for value, label in lost.items()]


def _suppliers(counted: Counted, filters: Filters, names: Mapping[str, str]) -> list[Choice]:
    found = [Choice(value=slug, label=name, products=count, is_chosen=slug in filters.suppliers) for slug, name, count in counted.suppliers]
    found.sort(key=lambda one: (-(one.products or 0), one.value))
    lost = {slug: names.get(slug, slug) for slug in filters.suppliers if slug not in {one.value for one in found}}
    return _with_chosen(found, lost)


def _prices(counted: Counted, filters: Filters) -> list[Choice]:
    chosen = {rules.range_written(one) for one in filters.prices}
    bands = [(rules.band(at), count) for at, count in enumerate(counted.prices) if count]
    found = [_band(one, count, chosen) for one, count in bands]
    lost = {rules.range_written(one): range_said(one) for one in filters.prices if rules.range_written(one) not in {choice.value for choice in found}}
    return _with_chosen(found, lost)


def _band(one: Range, count: int, chosen: set[str]) -> Choice:
    value = rules.range_written(one)
    return Choice(value=value, label=range_said(one), products=count, is_chosen=value in chosen)


def range_said(one: Range) -> str:
    """Say a range of numbers: 12, 10 to 20, under 10, 10 and more."""
    if one.low == one.high and one.low is not None:
        return formatting.number(one.low)
    if one.low is None:
        return _("under %(n)s", n=formatting.number(one.high or Decimal(0)))
    if one.high is None:
        return _("%(n)s and more", n=formatting.number(one.low))
    return f"{formatting.number(one.low)}{TO}{formatting.number(one.high)}"


def days_said(low: int, high: int | None) -> str:
    """Say a band of lead times."""
    if high is None:
        return _("%(n)s and more", n=formatting.number(Decimal(low)))
    return formatting.number(Decimal(low)) if low == high else f"{formatting.number(Decimal(low))}{TO}{formatting.number(Decimal(high))}"


def _leads(counted: Counted, filters: Filters) -> list[Choice]:
    chosen = {rules.days_written(*one) for one in filters.leads}
    bands = [(rules.lead_band(at), count) for at, count in enumerate(counted.leads) if count]
    found = [
        Choice(value=rules.days_written(*one), label=days_said(*one), products=count, is_chosen=rules.days_written(*one) in chosen)
        for one, count in bands
    ]
    lost = {rules.days_written(*one): days_said(*one) for one in filters.leads if rules.days_written(*one) not in {choice.value for choice in found}}
    return _with_chosen(found, lost)


def _attribute(counted: Counted, filters: Filters, about: CategoryAttribute, facet: int, locale: str) -> Facet:
    chosen = filters.attributes.get(about.key, ())
    rows = [(value or "", count, low, high) for one, value, _label, count, low, high in counted.values if one == facet]
    if about.kind in MEASURED:
        found = []
        for value, count, low, high in sorted(rows, key=lambda row: int(row[0])):
            one = Range(Decimal(low), Decimal(low)) if low is not None and low == high else rules.band(int(value))
            found.append(_band(one, count, set(chosen)))
        lost = {value: range_said(rules.span(value)) for value in chosen if value not in {choice.value for choice in found}}
    else:
        found = [
            Choice(value=value, label=value_said(value, about, locale), products=count, is_chosen=value in chosen)
            for value, count, _low, _high in sorted(rows, key=_by_year if about.kind == "date" else lambda row: (-row[1], row[0]))
        ]
        lost = {value: value_said(value, about, locale) for value in chosen if value not in {choice.value for choice in found}}
    unit = symbol_word(about.unit, locale=locale) if about.unit else ""
    return Facet(name="attributes", key=about.key, label=about.label(locale), unit=unit, choices=_with_chosen(found, lost))


def _by_year(row: tuple[str, int, str | None, str | None]) -> tuple[int, str]:
    """Sort dates by their year, the latest first."""
    return (-int(row[0]) if row[0].isdecimal() else 0, row[0])


def distinct(found: Sequence[Suggested]) -> list[Suggested]:
    """Leave out words and types that say the same as a category or another: one line for one meaning, the page of a category first."""
    said: set[str] = {one.text.lower() for one in found if one.kind == "category"}
    kept = []
    for one in found:
        if one.kind in {"type", "words"}:
            if one.text.lower() in said:
                continue
            said.add(one.text.lower())
        kept.append(one)
    return kept


def value_said(value: str, about: CategoryAttribute, locale: str) -> str:
    """Say a value of an attribute: an option in the reader's words, yes and no where it is a truth."""
    if about.kind == "bool":
        return {"true": _("yes"), "false": _("no")}.get(value, value)
    return about.option_label(value, locale)
