"""Owns what makes a freight table usable: names, areas, bounds, surcharges and days, each fault named at its place. Pure."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from marketplace.kernel.countries import is_country
from marketplace.kernel.currencies import CURRENCIES
from marketplace.kernel.errors import Faults, FieldError
from marketplace.kernel.i18n import lazy
from marketplace.kernel.names import clean_name
from services_addons.logistics.errors import BadFreightTable
from services_addons.logistics.rules_areas import Area, area_of, split_area
from services_addons.logistics.rules_numbers import percent_of
from services_addons.logistics.schemas import FallOut, NewFreightTable, NewSurcharge, NewZone

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from services_addons.logistics.schemas import FreightRow, FreightTableIn, FreightTableOut, SurchargeIn, ZoneIn

ERRORS_MAX: Final = 20
ZONES_MAX: Final = 200
DAYS: Final = (date(2000, 1, 1), date(2100, 12, 31))
RATE_MAX: Final = Decimal(5)
BAD_AREA: Final = lazy("“{area}” is no area: write a country (DE), the beginning of its postal codes (DE 20) or a range of such (DE 01..09).")
AREA_TWICE: Final = lazy("“{area}” stands in the table already, with a beginning of the same length.")
NO_AREA: Final = lazy("Say where the zone is.")
NOT_ASCENDING: Final = lazy("Each bound is larger than the one before it.")
STEP_ALONE: Final = lazy("Steps beyond the last bound need their size, their amount and at least one rate.")
BAD_DAYS: Final = lazy("The last day is not before the first, and both are within 2000 to 2100.")
NOT_PAST: Final = lazy("Give today or a later day: what counted on past days stays on record.")
NO_SUCH_ZONE: Final = lazy("No zone of this table is called “{zone}”.")
BAD_SHARE: Final = lazy("Give a percentage above 0 and at most 500, such as 12.5.")
BAD_FIXED: Final = lazy("Give an amount above 0.")
SURCHARGE_TWICE: Final = lazy("“{code}” holds twice on one day in one zone.")
CODE_TWICE: Final = lazy("Another zone is called “{zone}”.")
DIVISOR: Final = lazy("Volume counts as weight in tables by weight only.")
CURRENCY: Final = lazy("Give a currency as its three letters, such as EUR.")


def new_table(sent: FreightTableIn, *, today: date) -> NewFreightTable:
    """Give the table that was sent, to be stored. Raises: BadFreightTable, naming each fault, a beginning in the past too."""
    errors: list[FieldError] = []
    zones = tuple(_new_zone(zone) for zone in sent.zones)
    surcharges = tuple(_new_surcharge(one, f"/surcharges/{place}", errors) for place, one in enumerate(sent.surcharges))
    if sent.valid_from < today:
        errors.append(FieldError("/valid_from", "in-the-past", NOT_PAST))
    table = NewFreightTable(
        name=sent.name,
        currency=sent.currency,
        valid_from=sent.valid_from,
        valid_to=sent.valid_to,
        zones=zones,
        basis=sent.basis,
        volumetric_divisor=sent.volumetric_divisor,
        surcharges=surcharges,
        source=sent.source.strip(),
    )
    return checked_table(table, errors=errors)


def _new_zone(zone: ZoneIn) -> NewZone:
    return NewZone(
        code=zone.code,
        transit_days=zone.transit_days,
        areas=tuple(split_area(text) for text in zone.areas),
        rates=tuple((rate.up_to, rate.amount_minor) for rate in zone.rates),
        minimum_minor=zone.minimum_minor,
        free_from_minor=zone.free_from_minor,
        step=zone.step,
        step_minor=zone.step_minor,
    )


def _new_surcharge(one: SurchargeIn, at: str, errors: list[FieldError]) -> NewSurcharge:
    rate = percent_of(one.percent) if one.kind == "percent" else Decimal(0)
    if rate is None:
        errors.append(FieldError(f"{at}/percent", "bad-percent", BAD_SHARE))
    return NewSurcharge(
        code=one.code,
        name=one.name.strip(),
        kind=one.kind,
        rate=Decimal("0.01") if rate is None else rate,
        amount_minor=one.amount_minor if one.kind == "fixed" else 0,
        zone=one.zone,
        valid_from=one.valid_from,
        valid_to=one.valid_to,
    )


def checked_table(table: NewFreightTable, *, errors: Iterable[FieldError] = ()) -> NewFreightTable:
    """Give the table with its names cleaned and its areas as they are compared. Raises: BadFreightTable, naming up to 20 faults."""
    found = Faults()
    found += errors
    name = found.take(lambda: clean_name(table.name, pointer="/name"), table.name)
    if table.currency not in CURRENCIES:
        found.append(FieldError("/currency", "unknown-currency", CURRENCY))
    if not _in_order(table.valid_from, table.valid_to):
        found.append(FieldError("/valid_to", "bad-days", BAD_DAYS))
    if table.volumetric_divisor is not None and table.basis != "weight":
        found.append(FieldError("/volumetric_divisor", "not-by-weight", DIVISOR))
    zones = tuple(_checked_zone(zone, f"/zones/{place}", found) for place, zone in enumerate(table.zones))
    _check_codes(zones, found)
    _check_areas(zones, found)
    _check_surcharges(table.surcharges, {zone.code for zone in zones}, found)
    if found or not zones:
        raise BadFreightTable(errors=tuple(found[:ERRORS_MAX]) or (FieldError("/zones", "no-zone", lazy("Give at least one zone.")),))
    return replace(table, name=name, zones=zones)


def _in_order(first: date | None, last: date | None) -> bool:
    days = [day for day in (first, last) if day is not None]
    return days == sorted(days) and all(DAYS[0] <= day <= DAYS[1] for day in days)


def _checked_zone(zone: NewZone, at: str, errors: Faults) -> NewZone:
    areas = []
    for place, (country, prefix) in enumerate(zone.areas):
        area = area_of(country, prefix)
        if area is None or not is_country(country):
            errors.append(FieldError(f"{at}/areas/{place}", "bad-area", BAD_AREA, {"area": f"{country} {prefix}".strip()[:40]}))
        else:
            areas.append((country, f"{area.first}..{area.last}" if area.last else area.first))
    if not zone.areas:
        errors.append(FieldError(f"{at}/areas", "no-area", NO_AREA))
    for place, (before, after) in enumerate(pairwise(zone.rates), 1):
        if after[0] <= before[0]:
            errors.append(FieldError(f"{at}/rates/{place}", "not-ascending", NOT_ASCENDING))
    if (zone.step is None) != (zone.step_minor is None) or (zone.step is not None and not zone.rates):
        errors.append(FieldError(f"{at}/step", "step-alone", STEP_ALONE))
    return replace(zone, code=errors.take(lambda: clean_name(zone.code, pointer=f"{at}/code"), zone.code), areas=tuple(areas))


def _check_codes(zones: Sequence[NewZone], errors: list[FieldError]) -> None:
    seen: set[str] = set()
    for place, zone in enumerate(zones):
        if zone.code.casefold() in seen:
            errors.append(FieldError(f"/zones/{place}/code", "zone-twice", CODE_TWICE, {"zone": zone.code}))
        seen.add(zone.code.casefold())


def _check_areas(zones: Sequence[NewZone], errors: list[FieldError]) -> None:
    """Refuse two areas of which neither is the more particular: within a country and a length of beginning, ranges are in order and apart."""
    places: list[tuple[Area, str]] = []
    for number, zone in enumerate(zones):
        for place, (country, prefix) in enumerate(zone.areas):
            if (area := area_of(country, prefix)) is not None:
                places.append((area, f"/zones/{number}/areas/{place}"))
    places.sort(key=lambda each: (each[0].country, len(each[0].first), each[0].first))
    for (before, _), (after, at) in pairwise(places):
        if before.meets(after):
            errors.append(FieldError(at, "area-twice", AREA_TWICE, {"area": after.text}))


def _check_surcharges(surcharges: Sequence[NewSurcharge], codes: set[str], errors: list[FieldError]) -> None:
    held: dict[tuple[str, str], list[tuple[date, date]]] = {}
    for place, one in enumerate(surcharges):
        at = f"/surcharges/{place}"
        if one.zone and one.zone not in codes:
            errors.append(FieldError(f"{at}/zone", "no-such-zone", NO_SUCH_ZONE, {"zone": one.zone}))
        if one.kind == "percent" and not 0 < one.rate <= RATE_MAX:
            errors.append(FieldError(f"{at}/percent", "bad-percent", BAD_SHARE))
        if one.kind == "fixed" and one.amount_minor < 1:
            errors.append(FieldError(f"{at}/amount_minor", "bad-amount", BAD_FIXED))
        if not _in_order(one.valid_from, one.valid_to):
            errors.append(FieldError(f"{at}/valid_to", "bad-days", BAD_DAYS))
            continue
        days = (one.valid_from or DAYS[0], one.valid_to or DAYS[1])
        kept = held.setdefault((one.code, one.zone), [])
        if any(first <= days[1] and days[0] <= last for first, last in kept):
            errors.append(FieldError(f"{at}/code", "surcharge-twice", SURCHARGE_TWICE, {"code": one.code}))
        kept.append(days)


def check_last_day(day: date, *, today: date) -> None:
    """Check that a table is not ended on a day that is over. Raises: BadFreightTable."""
    if not today <= day <= DAYS[1]:
        raise BadFreightTable(errors=(FieldError("/last_day", "in-the-past", NOT_PAST),))


def falls(table: FreightTableOut) -> list[FallOut]:
    """Find the bounds above which a zone charges less for more, its minimum counted in."""
    found = []
    for zone in table.zones:
        for before, after in pairwise(zone.rates):
            amounts = max(before.amount_minor, zone.minimum_minor), max(after.amount_minor, zone.minimum_minor)
            if amounts[1] < amounts[0]:
                found.append(FallOut(zone.code, before.up_to, *amounts))
    return found


def valid_rows(rows: Iterable[FreightRow], *, today: date) -> list[FreightRow]:
    """Keep those of a table that is valid on a day, in the order in which they come."""
    return [row for row in rows if row.valid_from <= today and (row.valid_to is None or row.valid_to >= today)]


def counts_on(table: FreightTableOut, day: date) -> bool:
    """Tell whether a table counts on a day."""
    return table.withdrawn_at is None and table.valid_from <= day and (table.valid_to is None or table.valid_to >= day)


def is_over(table: FreightTableOut, day: date) -> bool:
    """Tell whether a table never counts again after a day has begun: it ended, was withdrawn, or another version has its place."""
    return table.withdrawn_at is not None or table.replaced_by_id is not None or (table.valid_to is not None and table.valid_to < day)
