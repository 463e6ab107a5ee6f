"""Owns the pure rules of logistics: usable tables, postal codes, and how what was found becomes a cost component."""

from __future__ import annotations

from bisect import bisect_left
from datetime import UTC, datetime, time
from decimal import Decimal
from typing import TYPE_CHECKING

from msgspec.structs import replace

from marketplace.kernel.money import settle
from marketplace.trade.landed.schemas import Component, Quote
from services_addons.logistics.errors import BadFreightTable
from services_addons.logistics.schemas import DutyFound, DutyQuery, FreightFound, FreightQuery

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


def freight_found(rows: Iterable[FreightRow], query: FreightQuery, *, today: date) -> FreightFound | None:
    """Choose among a supplier's rows for the country, which come the newest table and the longest prefix first; None where none covers the place.

    The rate is that of the first bound that the consignment does not pass, by weight or by what its volume counts as, whichever is more.
    """
    for row in rows:
        is_valid = row.valid_from <= today and (row.valid_to is None or row.valid_to >= today)
        if is_valid and row.currency == query.currency and query.postal_code.startswith(row.postal_prefix):
            return FreightFound(
                row.table_id, row.table_name, row.zone, row.transit_days, row.valid_from, row.source, row.is_invented, _amount(row, query)
            )
    return None


def _amount(row: FreightRow, query: FreightQuery) -> int | None:
    if query.weight_grams is None:
        return None
    counted = query.weight_grams
    if row.volumetric_divisor and query.volume_cm3:
        counted = max(counted, -(-query.volume_cm3 * 1000 // row.volumetric_divisor))
    place = bisect_left(row.weights, counted)
    return row.amounts[place] if place < len(row.amounts) else None


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
    shelves = [book.by_category.get(query.category_id, [])] if query.category_id else []
    shelves += [book.by_prefix[hs[:length]] for length in range(len(hs), 0, -1) if hs[:length] in book.by_prefix]
    for shelf in shelves:
        fitting = [row for row in shelf if _fits(row, query, there, today)]
        if fitting:
            best = max(fitting, key=lambda row: (row.origin, row.destination == query.destination, row.valid_from))
            return DutyFound(None, best.rate, best.source, best.valid_from, best.is_invented, best.id)
    return DutyFound(None, None, "", None, is_invented=False)


def _fits(row: DutyRow, query: DutyQuery, unions: Container[str], today: date) -> bool:
    is_there = row.destination == query.destination or row.destination in unions
    is_valid = row.valid_from <= today and (row.valid_to is None or row.valid_to >= today)
    return is_there and is_valid and row.origin in {"", query.origin}


def freight_query(consignment: Consignment) -> FreightQuery:
    """Ask for a consignment as a whole; its volume counts only where that of every line is known."""
    volumes = [line.volume_cm3 for line in consignment.lines if line.volume_cm3 is not None]
    return FreightQuery(
        consignment.supplier_id,
        consignment.currency,
        consignment.country,
        postal_key(consignment.postal_code),
        consignment.weight_grams,
        sum(volumes) if len(volumes) == len(consignment.lines) else None,
    )


def freight_quote(consignment: Consignment, found: FreightFound | None) -> Quote:
    """Make freight of what the table says: included by the incoterm, known, or unknown with what is missing."""
    days = found.transit_days if found else None
    if consignment.incoterm in FREIGHT_INCLUDED:
        return Quote(components=(_plain("freight", consignment, state="included", note="incoterm"),), transit_days=days)
    if found is None:
        return Quote(components=(_plain("freight", consignment, state="unknown", note="no-zone"),))
    if found.amount_minor is None:
        note = "weight-missing" if consignment.weight_grams is None else "beyond-table"
        return Quote(components=(_plain("freight", consignment, state="unknown", note=note),), transit_days=days)
    component = Component(
        kind="freight",
        state="known",
        currency=consignment.currency,
        amount_minor=settle(Decimal(found.amount_minor), consignment.currency),
        is_estimated=consignment.is_weight_estimated,
        rule_id=f"freight:{found.table_id}:{found.zone}",
        source=found.source or found.table_name,
        as_of=_start_of(found.valid_from),
        note="typical-weight" if consignment.is_weight_estimated else "invented-rates" if found.is_invented else "",
    )
    return Quote(components=(component,), transit_days=days)


def needs_duty(consignment: Consignment) -> bool:
    """Tell whether a rate has to be looked up: the goods cross a border and the price does not hold the duty."""
    return consignment.ship_from_country != consignment.country and consignment.incoterm not in DUTY_INCLUDED


def duty_query(consignment: Consignment, line: ConsignmentLine) -> DutyQuery:
    """Ask for the goods of one line."""
    return DutyQuery(consignment.ship_from_country, line.origin_country, consignment.country, line.hs_prefix, line.category_id)


def duty_quote(consignment: Consignment, found: Sequence[DutyFound]) -> Quote:
    """Make duty of what the tables say of each line: a share of the goods' value, each line half up to the settle step.

    Domestic or within a customs union it is not applicable; one line without a rate leaves the whole unknown.
    """
    if consignment.ship_from_country == consignment.country:
        return Quote(components=(_plain("duty", consignment, state="not_applicable", note="domestic"),))
    if consignment.incoterm in DUTY_INCLUDED:
        return Quote(components=(_plain("duty", consignment, state="included", note="incoterm"),))
    if all(each.union for each in found):
        free = _plain("duty", consignment, state="not_applicable", note="customs-union")
        return Quote(components=(replace(free, rule_id=f"union:{found[0].union}", source=found[0].source),))
    rated = [(line, each) for line, each in zip(consignment.lines, found, strict=True) if not each.union]
    if any(each.rate is None for _, each in rated):
        note = "hs-missing" if any(each.rate is None and line.hs_prefix is None for line, each in rated) else "no-rate"
        return Quote(components=(_plain("duty", consignment, state="unknown", note=note),))
    component = Component(
        kind="duty",
        state="known",
        currency=consignment.currency,
        amount_minor=sum(settle(line.goods_minor * each.rate, consignment.currency) for line, each in rated if each.rate is not None),
        rule_id=",".join(sorted({f"duty:{each.rate_id}" for _, each in rated})),
        source=", ".join(sorted({each.source for _, each in rated if each.source})),
        as_of=max((_start_of(each.valid_from) for _, each in rated if each.valid_from), default=None),
        note="invented-rates" if any(each.is_invented for _, each in rated) else "",
    )
    return Quote(components=(component,))


def _plain(kind: ComponentKind, consignment: Consignment, *, state: ComponentState, note: str) -> Component:
    return Component(kind=kind, state=state, currency=consignment.currency, note=note, rule_id=f"{kind}:{note}", source=consignment.incoterm)


def _start_of(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
