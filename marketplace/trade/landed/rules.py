"""Owns the arithmetic of arrivals and what stands for a cost that nobody was asked about."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from marketplace.kernel import calendar
from marketplace.trade.landed.schemas import COUNTED, Arrival, Component

if TYPE_CHECKING:
    from marketplace.trade.landed.schemas import ComponentKind, Consignment


# What is told beside the goods, in the order in which a landed cost is built up.
BROUGHT = COUNTED[1:]
PLACES = {kind: place for place, kind in enumerate(BROUGHT)}


class Site(NamedTuple):
    """A site's calendar as plain facts, in the order in which the database writes them."""

    country: str
    region: str
    working_days: tuple[int, ...]
    keeps_public_holidays: bool
    closed_on: tuple[date, ...]
    opened_on: tuple[date, ...]


def ready_date(came_on: date, lead_days: int, site: Site) -> date:
    """Give the day on which goods are ready that were ordered in time on `came_on`: so many working days of the site later. Raises: NeverOpen."""
    closed = calendar.Closures(site.closed_on, country=site.country, region=site.region, keeps_public_holidays=site.keeps_public_holidays)
    return calendar.add_working_days(came_on, lead_days, working_days=frozenset(site.working_days), closed=closed, opened=site.opened_on)


def calendar_text(site: Site) -> str:
    """Write a site's calendar as the JSON that the database makes of it."""
    return msgspec.json.encode(site).decode()


@lru_cache(maxsize=10_000)
def arrival(came_on: date, lead_days: int, transit_days: int | None, site: str, country: str) -> Arrival:
    """Give the days on which goods are ready and arrive, by the calendar text of the site; equal questions are worked out once, whoever's they are.

    Of a site that never works nothing is known: one supplier's calendar spoils nobody's comparison.
    """
    try:
        ready_on = ready_date(came_on, lead_days, msgspec.json.decode(site, type=Site))
    except calendar.NeverOpen:
        return Arrival(None, None, None)
    return Arrival(ready_on, None if transit_days is None else arrival_date(ready_on, transit_days=transit_days, country=country), transit_days)


def goods(consignment: Consignment) -> Component:
    """Give the goods component: the supplier's own price list."""
    return Component(kind="goods", state="known", currency=consignment.currency, amount_minor=consignment.goods_minor, source="price-list")


@lru_cache(maxsize=1000)
def unasked(kind: ComponentKind, currency: str, today: date) -> Component:
    """Stand for a kind without a source. Terms are the same for all offers and so not applicable; tax is `not_determined` and in no total.

    What the marketplace itself says so is as old as the day; of freight and duty nobody said anything. Equal ones are the same object.
    """
    said = datetime.combine(today, time(), UTC)
    if kind == "terms":
        return Component(kind=kind, state="not_applicable", currency=currency, note="same-terms-for-all", source="marketplace", as_of=said)
    if kind == "tax":
        return Component(kind=kind, state="not_determined", currency=currency, note="tax-not-determined", source="marketplace", as_of=said)
    if kind == "insurance":
        return Component(kind=kind, state="not_applicable", currency=currency, note="not-insured", source="marketplace", as_of=said)
    return Component(kind=kind, state="unknown", currency=currency, note="no-source")


@lru_cache(maxsize=1000)
def unasked_all(currency: str, today: date) -> tuple[Component, ...]:
    """Give what stands for every kind without a source, in the order of `BROUGHT`."""
    return tuple(unasked(kind, currency, today) for kind in BROUGHT)


def arrival_date(ready_on: date, *, transit_days: int, country: str) -> date:
    """Give the day of arrival: so many calendar days after the goods are ready, never in the weekend of where they go, when nobody takes delivery.

    The same rule for every offer.
    """
    return calendar.next_day_out_of(calendar.weekend(country), ready_on + timedelta(days=transit_days))
