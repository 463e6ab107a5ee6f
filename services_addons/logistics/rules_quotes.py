"""Owns how a consignment is measured, charged by a zone, and becomes a cost component. Pure: rows, rates and the day are passed in."""

from __future__ import annotations

from bisect import bisect_left
from datetime import UTC, datetime, time
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from math import ceil
from typing import TYPE_CHECKING, Final
from uuid import uuid5

import msgspec
from msgspec.structs import replace

from marketplace.kernel.money import Conversion, settle
from marketplace.trade.landed.schemas import Component, CostPart, Id, Quote
from services_addons.logistics.rules_areas import covers
from services_addons.logistics.rules_incoterms import held
from services_addons.logistics.schemas import Charged, FreightQuoteOut, FreightRow, PartOut

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from marketplace.kernel.fx.service import FxTable
    from marketplace.trade.landed.schemas import ComponentKind, ComponentState, Consignment
    from services_addons.logistics.schemas import Sent

INCOTERMS_SINCE: Final = datetime(2020, 1, 1, tzinfo=UTC)
# The days on the way, the table that tells them and the moment since when it counts.
Days = tuple[int | None, str, datetime | None]
NO_DAYS: Final[Days] = (None, "", None)
MADE_MAX: Final = 2000
_NOT_COUNTED: Final = frozenset({"no-zone", "on-request"})


class Measured(msgspec.Struct, frozen=True, gc=False):
    """What of a consignment is compared with the bounds, or the note of what is missing."""

    quantity: int
    missing: str = ""
    is_estimated: bool = False
    is_volumetric: bool = False


class FreightWay(msgspec.Struct, frozen=True, gc=False):
    """How a supplier's goods go to a place under a term: by the row that counts there, or by a quote that holds whatever is sent."""

    row: FreightRow | None
    fixed: Quote | None = None
    # The table is in another currency than the goods.
    is_foreign: bool = False


class FreightBook(msgspec.Struct, frozen=True):
    """What a process keeps of suppliers' tables: their rows by country and supplier, and the ways that were found in them."""

    rows: dict[str, dict[Id, list[FreightRow]]] = msgspec.field(default_factory=dict)
    ways: dict[tuple[Id, str, str, str, str], FreightWay] = msgspec.field(default_factory=dict)


def freight_row(rows: Sequence[FreightRow], consignment: Consignment) -> FreightRow | None:
    """Choose among a supplier's rows for the country: a table in the consignment's currency before others, in it the longest prefix.

    Rows come the newest table and the longest prefix first. None where none covers the place.
    """
    other = None
    for row in rows:
        if row.zone and covers(row.postal_prefix, row.postal_to, consignment.postal_code):
            if row.currency == consignment.currency:
                return row
            other = other or row
    return other


def measured(consignment: Consignment, row: FreightRow, *, value_minor: int) -> Measured:
    """Measure a consignment as the table's basis asks: grams, cm³, pallets or `value_minor`, the goods' value in the table's currency.

    Of weight counts what is more, the real one or the volumetric one where the table has a divisor; while a volume is not known, the real one
    is only an estimate of it.
    Pallets are the whole consignment's, filled one after the other and rounded up once.
    """
    if row.basis == "value":
        return Measured(value_minor)
    if row.basis == "pallets":
        return _pallets(consignment, row)
    grams, volume, is_estimated = consignment.load
    if row.basis == "volume":
        return Measured(0, "volume-missing") if volume is None else Measured(volume)
    if grams is None:
        return Measured(0, "weight-missing")
    if volume and row.volumetric_divisor:
        volumetric = -(-volume * 1000 // row.volumetric_divisor)
        if volumetric > grams:
            return Measured(volumetric, "", is_estimated, is_volumetric=True)
    return Measured(grams, "", is_estimated or (volume is None and row.volumetric_divisor is not None))


def _pallets(consignment: Consignment, row: FreightRow) -> Measured:
    filled = Fraction(0)
    for line in consignment.lines:
        per_pallet = row.packed.get(str(line.product_id))
        if per_pallet is None:
            return Measured(0, "pallets-missing")
        filled += Fraction(line.quantity, per_pallet)
    return Measured(ceil(filled))


def place_of(row: FreightRow, quantity: int) -> int | None:
    """Give the place of the first bound that a quantity does not pass; beyond the last one, so many started steps further, None without steps."""
    place = bisect_left(row.bounds, quantity)
    if place < len(row.bounds):
        return place
    if row.step is None or not row.bounds:
        return None
    return len(row.bounds) - 1 + -(-(quantity - row.bounds[-1]) // row.step)


def charged(row: FreightRow, place: int, *, is_free: bool) -> Charged:
    """Charge by the place among the bounds, in the table's currency: the rate, at least the minimum, and each surcharge of the day.

    A percentage is taken of the rate alone, so that the order of surcharges does not matter; every part is settled for itself, and the
    total is their sum. From the value on from which a zone is free, nothing is charged.
    """
    if is_free:
        return Charged(0, (), 0, is_free=True)
    last = len(row.bounds) - 1
    amount = row.amounts[place] if place <= last else row.amounts[last] + (place - last) * (row.step_minor or 0)
    base = settle(Decimal(max(amount, row.minimum_minor)), row.currency)
    parts = tuple(
        (one.code, settle(base * one.rate, row.currency) if one.kind == "percent" else settle(Decimal(one.amount_minor), row.currency))
        for one in row.surcharges
    )
    return Charged(base, parts, base + sum(amount for _, amount in parts))


def freight_quote(consignment: Consignment, rows: Sequence[FreightRow], *, fx: FxTable | None = None) -> Quote:
    """Make freight and insurance of a supplier's rows for the country: included by the incoterm, known, or unknown with what is missing.

    `fx` is needed where only a table in another currency reaches the place.
    """
    return quoted(way_of(rows, consignment), consignment, fx=fx)


def way_key(consignment: Consignment) -> tuple[Id, str, str, str, str]:
    """Tell on which way a consignment goes; on one way the same row counts, whatever is sent."""
    return consignment.supplier_id, consignment.country, consignment.postal_code, consignment.incoterm, consignment.currency


def way_of(rows: Sequence[FreightRow], consignment: Consignment) -> FreightWay:
    """Find the way of a consignment in a supplier's rows for the country."""
    row = freight_row(rows, consignment)
    currency, incoterm = consignment.currency, consignment.incoterm
    days = _days(row) if row else NO_DAYS
    if held(incoterm).freight:
        return FreightWay(row, _included(incoterm, currency, days))
    if row is None or not row.bounds:
        return FreightWay(row, _unknown("on-request" if row else "no-zone" if rows else "no-table", currency, incoterm, days))
    return FreightWay(row, None, row.currency != currency)


def quoted(way: FreightWay, consignment: Consignment, *, fx: FxTable | None = None) -> Quote:
    """Quote a consignment on its way."""
    if way.fixed is not None:
        return way.fixed
    row, incoterm, currency = way.row, consignment.incoterm, consignment.currency
    assert row is not None, "a way without a row has a quote that holds whatever is sent"
    if way.is_foreign:
        return _converted(consignment, row, fx)
    # Lines are added up only where their worth is asked for, which most tables do not.
    value_minor = consignment.goods_minor if row.basis == "value" or row.free_from_minor is not None else 0
    found = measured(consignment, row, value_minor=value_minor)
    place = None if found.missing else place_of(row, found.quantity)
    if place is None:
        return _unknown(found.missing or "beyond-table", currency, incoterm, _days(row))
    is_free = row.free_from_minor is not None and value_minor >= row.free_from_minor
    key = (place, found.is_estimated, is_free, incoterm)
    if (quote := row.made.get(key)) is None:
        if len(row.made) >= MADE_MAX:
            row.made.clear()
        quote = row.made[key] = _known(row, charged(row, place, is_free=is_free), incoterm, is_estimated=found.is_estimated)
    return quote


def _known(row: FreightRow, charge: Charged, incoterm: str, *, is_estimated: bool) -> Quote:
    component = Component(
        kind="freight", state="known", currency=row.currency, amount_minor=charge.total_minor, is_estimated=is_estimated,
        rule_id=rule_id(row), source=row.source or row.table_name, as_of=start_of(row), note=_notes(row, charge, is_estimated=is_estimated),
        parts=_parts(charge) if charge.parts else (), is_by_value=_is_by_value(row),
    )  # fmt: skip
    return Quote((component, _insurance(incoterm, row.currency)), *_days(row))


def _notes(row: FreightRow, charge: Charged, *, is_estimated: bool, is_converted: bool = False) -> str:
    """Write each code that holds, so that an invented rate stays marked whatever else is said of it."""
    held_codes = {"free-from-value": charge.is_free, "typical-weight": is_estimated, "converted": is_converted, "invented-rates": row.is_invented}
    return " ".join([code for code, holds in held_codes.items() if holds])


def _is_by_value(row: FreightRow) -> bool:
    return row.basis == "value" or row.free_from_minor is not None


def _parts(charge: Charged) -> tuple[CostPart, ...]:
    return (CostPart("rate", charge.base_minor), *(CostPart(code, amount) for code, amount in charge.parts))


def _converted(consignment: Consignment, row: FreightRow, fx: FxTable | None) -> Quote:
    """Charge by a table in another currency: every part is converted by the market's rate and settled, so that the parts still add up.

    The rate, whose it is and its moment stand in the source. Without a rate, or with a stale one, freight is not known.
    """
    currency, incoterm, days = consignment.currency, consignment.incoterm, _days(row)
    rate = fx.rate(row.currency, currency) if fx else None
    back = fx.rate(currency, row.currency) if fx else None
    if fx is None or rate is None or back is None:
        return _unknown("no-exchange-rate", currency, incoterm, days)
    if fx.is_stale(rate):
        return _unknown("stale-exchange-rate", currency, incoterm, days)
    value_minor = Conversion.between(currency, row.currency, rate=back.rate).convert(consignment.goods_minor)
    found = measured(consignment, row, value_minor=value_minor)
    place = None if found.missing else place_of(row, found.quantity)
    if place is None:
        return _unknown(found.missing or "beyond-table", currency, incoterm, days)
    charge = charged(row, place, is_free=row.free_from_minor is not None and value_minor >= row.free_from_minor)
    made = Conversion.between(row.currency, currency, rate=rate.rate)
    parts = tuple(CostPart(one.code, settle(Decimal(made.convert(one.amount_minor)), currency)) for one in _parts(charge))
    source = f"{row.source or row.table_name}; 1 {row.currency} = {rate.rate:f} {currency}, {rate.provider}, {rate.as_of:%Y-%m-%d %H:%M} UTC"
    component = Component(
        kind="freight", state="known", currency=currency, amount_minor=sum(one.amount_minor for one in parts), is_estimated=found.is_estimated,
        rule_id=rule_id(row), source=source, as_of=start_of(row),
        note=_notes(row, charge, is_estimated=found.is_estimated, is_converted=True),
        parts=parts if len(parts) > 1 else (), is_by_value=_is_by_value(row),
    )  # fmt: skip
    return Quote((component, _insurance(incoterm, currency)), *days)


def rule_id(row: FreightRow) -> str:
    """Name the version of the table and the zone that a figure came from."""
    return f"freight:{row.table_id}:{row.zone}"


def _days(row: FreightRow) -> Days:
    """Give the days on the way with the table that tells them and since when it counts, whoever pays the freight."""
    return row.transit_days, row.source or row.table_name, start_of(row)


def start_of(row: FreightRow) -> datetime:
    """Give the moment from which the table counts."""
    return datetime.combine(row.valid_from, time(), UTC)


@lru_cache(maxsize=5000)
def _unknown(note: str, currency: str, incoterm: str, days: Days) -> Quote:
    """Quote without an amount: the same object for all that are alike."""
    return Quote((_plain("freight", "unknown", note, currency, incoterm, None), _insurance(incoterm, currency)), *days)


@lru_cache(maxsize=1000)
def _included(incoterm: str, currency: str, days: Days) -> Quote:
    note = "incoterm-port" if held(incoterm).ends_at_port else "incoterm"
    freight = _plain("freight", "included", note, currency, incoterm, INCOTERMS_SINCE)
    return Quote((freight, _insurance(incoterm, currency)), *days)


@lru_cache(maxsize=1000)
def _insurance(incoterm: str, currency: str) -> Component:
    """Tell of the cover on the way: held by the price, not needed because the risk is the seller's, or taken out by nobody."""
    terms = held(incoterm)
    if terms.insurance:
        return _plain("insurance", "included", "incoterm", currency, incoterm, INCOTERMS_SINCE)
    note = "sellers-risk" if terms.is_sellers_risk else "not-insured"
    return _plain("insurance", "not_applicable", note, currency, incoterm, INCOTERMS_SINCE)


def _plain(kind: ComponentKind, state: ComponentState, note: str, currency: str, incoterm: str, as_of: datetime | None) -> Component:
    return Component(kind=kind, state=state, currency=currency, note=note, rule_id=f"{kind}:{note}", source=incoterm, as_of=as_of)


def asked_quote(rows: Sequence[FreightRow], sent: Sent, *, today: date) -> FreightQuoteOut:
    """Tell what one table asks for a consignment that is only asked about, with its parts; `rows` are the table's for the country.

    It holds as long as the table and every surcharge in it. The id is made of the table, the zone, what was counted and the amount.
    """
    row = next((one for one in rows if one.zone and covers(one.postal_prefix, one.postal_to, sent.postal_code)), None)
    if row is None:
        return _asked(rows[0], Measured(0, "no-zone"), None, today=today)
    if not row.bounds:
        return _asked(row, Measured(0, "on-request"), None, today=today)
    found = _measured_ask(sent, row)
    place = None if found.missing else place_of(row, found.quantity)
    if place is None:
        return _asked(row, replace(found, missing=found.missing or "beyond-table"), None, today=today)
    is_free = row.free_from_minor is not None and sent.value_minor is not None and sent.value_minor >= row.free_from_minor
    return _asked(row, found, charged(row, place, is_free=is_free), today=today)


def _measured_ask(sent: Sent, row: FreightRow) -> Measured:
    if row.basis == "weight" and sent.grams is not None and sent.volume_cm3 and row.volumetric_divisor:
        volumetric = -(-sent.volume_cm3 * 1000 // row.volumetric_divisor)
        return Measured(max(volumetric, sent.grams), is_volumetric=volumetric > sent.grams)
    asked = {"weight": sent.grams, "volume": sent.volume_cm3, "pallets": sent.pallets, "value": sent.value_minor}[row.basis]
    return Measured(0, f"{row.basis}-missing") if asked is None else Measured(asked)


def _asked(row: FreightRow, found: Measured, charge: Charged | None, *, today: date) -> FreightQuoteOut:
    names = {one.code: one.name for one in row.surcharges}
    parts = [] if charge is None else [PartOut("rate", "", charge.base_minor), *(PartOut(code, names[code], amount) for code, amount in charge.parts)]
    ends = [day for day in (row.valid_to, *(one.valid_to for one in row.surcharges)) if day is not None]
    known = f"{rule_id(row)}:{found.quantity}:{charge.total_minor if charge else found.missing}:{today.isoformat()}"
    return FreightQuoteOut(
        id=uuid5(row.table_id, known), table_id=row.table_id, rule_id=rule_id(row), zone=row.zone, state="known" if charge else "unknown",
        reason="" if charge else found.missing, currency=row.currency, amount_minor=charge.total_minor if charge else None, parts=parts,
        basis=row.basis, counted=None if found.missing in _NOT_COUNTED or f"{row.basis}-missing" == found.missing else found.quantity,
        is_volumetric=found.is_volumetric, is_free=charge is not None and charge.is_free, transit_days=row.transit_days if row.zone else None,
        valid_from=max(today, row.valid_from), valid_to=min(ends, default=None),
    )  # fmt: skip
