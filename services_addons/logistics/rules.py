"""Owns the pure rules of logistics: usable tables, postal codes, and how what was found becomes a cost component."""

from __future__ import annotations

from bisect import bisect_left
from datetime import UTC, datetime, time
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING

from msgspec.structs import replace

from marketplace.kernel.money import Share, settle
from marketplace.trade.landed.schemas import Component, Quote
from services_addons.logistics.errors import BadFreightTable
from services_addons.logistics.schemas import DutyFound, DutyQuery, DutyShare

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Sequence
    from datetime import date

    from marketplace.trade.landed.schemas import ComponentKind, ComponentState, Consignment, ConsignmentLine
    from services_addons.logistics.schemas import DutyBook, DutyRow, FreightRow, NewFreightTable

# With these terms the supplier pays the way, and with the last one the duty too (Incoterms 2020).
FREIGHT_INCLUDED = frozenset({"DAP", "DDP"})
DUTY_INCLUDED = frozenset({"DDP"})
# HS chapters 25 to 97 are industrial goods, those before it agricultural ones.
INDUSTRIAL_FROM = "25"


@lru_cache(maxsize=5000)
def postal_key(postal_code: str) -> str:
    """Give a postal code as prefixes are compared: ASCII capitals and digits only."""
    return "".join(character for character in postal_code.upper() if character.isascii() and character.isalnum())


def checked_table(table: NewFreightTable) -> NewFreightTable:
    """Give the table with its prefixes as they are compared, when each zone has an area and ascending rates and no area stands twice.

    Raises: BadFreightTable.
    """
    seen: set[tuple[str, str]] = set()
    zones = []
    for zone in table.zones:
        areas = tuple((country, postal_key(prefix)) for country, prefix in zone.areas)
        bounds = [grams for grams, _ in zone.rates]
        if not areas or not bounds or bounds != sorted(set(bounds)) or seen.intersection(areas) or len(set(areas)) != len(areas):
            raise BadFreightTable(zone=zone.code)
        seen.update(areas)
        zones.append(replace(zone, areas=areas))
    return replace(table, zones=tuple(zones))


def valid_rows(rows: Iterable[FreightRow], *, today: date) -> list[FreightRow]:
    """Keep those of a table that is valid on a day, in the order in which they come."""
    return [row for row in rows if row.valid_from <= today and (row.valid_to is None or row.valid_to >= today)]


def freight_row(rows: Iterable[FreightRow], consignment: Consignment) -> FreightRow | None:
    """Choose among a supplier's rows for the country, which come the newest table and the longest prefix first; None where none covers the place."""
    currency = consignment.currency
    for row in rows:
        if row.currency == currency and row.zone and (not row.postal_prefix or postal_key(consignment.postal_code).startswith(row.postal_prefix)):
            return row
    return None


def duty_found(book: DutyBook, query: DutyQuery, *, today: date) -> DutyFound:
    """Tell whether a customs union frees the goods, else give the most particular rate.

    A category's rate goes before a HS prefix's, the longer prefix, an origin before any, the country before its union, the later one.
    A union for industrial goods counts from HS chapter 25 on; goods of unknown chapter are not taken for industrial ones.
    """
    home, there = book.unions.get(query.ships_from, {}), book.unions.get(query.destination, {})
    hs = query.hs_prefix or ""
    free = [member for code, member in there.items() if code in home and (not member.is_industrial_only or hs[:2] >= INDUSTRIAL_FROM)]
    if free:
        first = min(free, key=lambda member: (member.is_industrial_only, member.code))
        return DutyFound(first.code, None, first.source, None, is_invented=False)
    shelves = [book.by_category.get(str(query.category_id), [])] if query.category_id else []
    shelves += [book.by_prefix[hs[:length]] for length in range(len(hs), 0, -1) if hs[:length] in book.by_prefix]
    for shelf in shelves:
        fitting = [row for row in shelf if _fits(row, query, there, today)]
        if fitting:
            best = max(fitting, key=lambda row: (row.origin, row.destination == query.destination, row.valid_from))
            return DutyFound(None, best.rate, best.source, _start_of(best.valid_from), best.is_invented, f"duty:{best.id}")
    return DutyFound(None, None, "", None, is_invented=False)


def _fits(row: DutyRow, query: DutyQuery, unions: Container[str], today: date) -> bool:
    is_there = row.destination == query.destination or row.destination in unions
    is_valid = row.valid_from <= today and (row.valid_to is None or row.valid_to >= today)
    return is_there and is_valid and row.origin in {"", query.origin}


def no_freight(rows: Sequence[FreightRow], currency: str) -> str:
    """Tell why none of a supplier's valid rows fits: it has no table, none in the currency, or none that reaches the place."""
    if not rows:
        return "no-table"
    return "no-zone" if any(row.currency == currency for row in rows) else "other-currency"


def freight_quote(consignment: Consignment, row: FreightRow | None, rows: Sequence[FreightRow] = ()) -> Quote:
    """Make freight of the table's row for the place: included by the incoterm, known, or unknown with what is missing among the supplier's `rows`.

    The rate is that of the first bound that the consignment does not pass.
    """
    days = row.transit_days if row else None
    if consignment.incoterm in FREIGHT_INCLUDED:
        return _plain("freight", "included", "incoterm", consignment.currency, consignment.incoterm, days)
    if row is None:
        return _plain("freight", "unknown", no_freight(rows, consignment.currency), consignment.currency, consignment.incoterm)
    grams, volume, is_estimated = consignment.load
    if grams is None:
        return _plain("freight", "unknown", "weight-missing", consignment.currency, consignment.incoterm, days)
    if volume and row.volumetric_divisor:
        # What counts is the real weight, or what the volume counts as where the table says so and that is more.
        grams = max(grams, -(-volume * 1000 // row.volumetric_divisor))
    place = bisect_left(row.weights, grams)
    if place == len(row.weights):
        return _plain("freight", "unknown", "beyond-table", consignment.currency, consignment.incoterm, days)
    made = row.estimates if is_estimated else row.quotes
    if (quote := made.get(place)) is None:
        quote = made[place] = _rated_freight(row, row.amounts[place], is_estimated=is_estimated)
    return quote


def _rated_freight(row: FreightRow, amount_minor: int, *, is_estimated: bool) -> Quote:
    component = Component(
        kind="freight",
        state="known",
        currency=row.currency,
        amount_minor=settle(Decimal(amount_minor), row.currency),
        is_estimated=is_estimated,
        rule_id=f"freight:{row.table_id}:{row.zone}",
        source=row.source or row.table_name,
        as_of=_start_of(row.valid_from),
        note="typical-weight" if is_estimated else "invented-rates" if row.is_invented else "",
    )
    return Quote(components=(component,), transit_days=row.transit_days)


def needs_duty(consignment: Consignment) -> bool:
    """Tell whether a rate has to be looked up: the goods cross a border and the price does not hold the duty."""
    return consignment.ship_from_country != consignment.country and consignment.incoterm not in DUTY_INCLUDED


def duty(consignment: Consignment, book: DutyBook, *, today: date) -> Quote:
    """Make duty by what the tables say, which is looked up once a day for goods of a kind on a way and only applied to the value of each consignment."""
    if len(consignment.lines) != 1:
        return duty_quote(consignment, [duty_found(book, duty_query(consignment, line), today=today) for line in consignment.lines])
    line = consignment.lines[0]
    way = (
        consignment.ship_from_country, consignment.country, consignment.incoterm, consignment.currency,
        line.origin_country, line.hs_prefix, line.category_id,
    )  # fmt: skip
    if (known := book.known.get(way)) is None:
        found = duty_found(book, duty_query(consignment, line), today=today)
        if found.rate is None or not needs_duty(consignment):
            known = duty_quote(consignment, [found])
        else:
            known = DutyShare(found, Share.of(found.rate, consignment.currency))
        book.known[way] = known
    return known if isinstance(known, Quote) else _rated_duty(known.share.settled(line.goods_minor), consignment.currency, known.found)


def duty_query(consignment: Consignment, line: ConsignmentLine) -> DutyQuery:
    """Ask for the goods of one line."""
    return DutyQuery(consignment.ship_from_country, line.origin_country, consignment.country, line.hs_prefix, line.category_id)


def duty_quote(consignment: Consignment, found: Sequence[DutyFound]) -> Quote:
    """Make duty of what the tables say of each line: a share of the goods' value, each line half up to the settle step.

    Domestic or within a customs union it is not applicable; one line without a rate leaves the whole unknown.
    """
    currency = consignment.currency
    if consignment.ship_from_country == consignment.country:
        return _plain("duty", "not_applicable", "domestic", currency, consignment.incoterm)
    if consignment.incoterm in DUTY_INCLUDED:
        return _plain("duty", "included", "incoterm", currency, consignment.incoterm)
    rated = [(line, each) for line, each in zip(consignment.lines, found, strict=True) if each.union is None]
    if not rated:
        return _free_of_duty(found[0].union or "", found[0].source, currency)
    amount_minor = 0
    for line, each in rated:
        if each.rate is None:
            is_unnamed = any(other.rate is None and one.hs_prefix is None for one, other in rated)
            return _plain("duty", "unknown", "hs-missing" if is_unnamed else "no-rate", currency, consignment.incoterm)
        amount_minor += settle(line.goods_minor * each.rate, currency)
    return _rated_duty(amount_minor, currency, rated[0][1] if len(rated) == 1 else _together([each for _, each in rated]))


def _rated_duty(amount_minor: int, currency: str, found: DutyFound) -> Quote:
    component = Component(
        kind="duty", state="known", currency=currency, amount_minor=amount_minor, rule_id=found.rule_id, source=found.source, as_of=found.as_of,
        note="invented-rates" if found.is_invented else "",
    )  # fmt: skip
    return Quote(components=(component,))


def _together(found: Sequence[DutyFound]) -> DutyFound:
    """Name the rates of several lines as one: every rule and source once, valid since the latest of them."""
    return DutyFound(
        None,
        None,
        ", ".join(sorted({each.source for each in found if each.source})),
        max((each.as_of for each in found if each.as_of), default=None),
        is_invented=any(each.is_invented for each in found),
        rule_id=",".join(sorted({each.rule_id for each in found})),
    )


@lru_cache(maxsize=5000)
def _plain(kind: ComponentKind, state: ComponentState, note: str, currency: str, incoterm: str, days: int | None = None) -> Quote:
    """Quote without an amount: the same object for all that are alike."""
    component = Component(kind=kind, state=state, currency=currency, note=note, rule_id=f"{kind}:{note}", source=incoterm)
    return Quote(components=(component,), transit_days=days)


@lru_cache(maxsize=1000)
def _free_of_duty(union: str, source: str, currency: str) -> Quote:
    component = Component(kind="duty", state="not_applicable", currency=currency, note="customs-union", rule_id=f"union:{union}", source=source)
    return Quote(components=(component,))


def _start_of(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
