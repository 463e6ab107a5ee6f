"""Owns landing a consignment: asks each bound cost source once and puts the components together."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from marketplace.kernel.calendar import came_on, zone
from marketplace.trade.landed import rules
from marketplace.trade.landed.ports import COST_SOURCES, TAX_SOURCE
from marketplace.trade.landed.schemas import COUNTED, NO_WAY, Landed

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime, time

    from marketplace.trade.landed.schemas import Arrival, Brought, ComponentKind, Consignment, Quote
    from vendors.offers.schemas import OfferFact, SellingOffer

TOLD_MAX = 20_000


async def brought(consignments: Sequence[Consignment], *, now: datetime, kinds: tuple[ComponentKind, ...] = COUNTED) -> list[Brought]:
    """Tell what each consignment costs beside its goods, in its own currency and the order given: at most one statement a cost source for all.

    Only sources of a wanted kind are asked: a cart needs no insurance and no terms. Kinds without a source: terms, tax and insurance are not applicable,
    freight and duty unknown. A component that says the same of many consignments is the very same object for them all. Call it inside `reading()` or a transaction.
    """
    if not consignments:
        return []
    today = now.date()
    # A column for each kind, as if nobody were asked.
    columns = list(zip(*[rules.unasked_all(one.currency, today) for one in consignments], strict=True))
    ways: Sequence[Quote] = [NO_WAY] * len(consignments)
    for source in (*COST_SOURCES.implementations, *TAX_SOURCE.implementations):
        if frozenset(kinds).isdisjoint(source.kinds):
            continue
        quotes = await source.quote(consignments, now=now)
        for place, kind in enumerate(source.kinds):
            columns[rules.PLACES[kind]] = tuple([quote.components[place] for quote in quotes])
        if "freight" in source.kinds:
            ways = quotes
    return list(zip(zip(*columns, strict=True), ways, strict=True))


async def land(consignments: Sequence[Consignment], *, now: datetime, kinds: tuple[ComponentKind, ...] = COUNTED) -> list[Landed]:
    """Give each consignment's components with its goods first; the rest is as `brought` tells it."""
    found = await brought(consignments, now=now, kinds=kinds)
    return [Landed(components=(rules.goods(one), *rest), transit_days=way.transit_days) for one, (rest, way) in zip(consignments, found, strict=True)]


def arrival(fact: OfferFact, *, transit_days: int | None, country: str, now: datetime) -> Arrival:
    """Tell when an offer's goods are ready at its site and arrive in a country, if ordered at `now`: cut-off, working days and holidays of the site, then the way."""
    site = rules.Site(
        fact.site_country, fact.site_region, tuple(fact.working_days), fact.keeps_public_holidays, tuple(fact.closed_on), tuple(fact.opened_on)
    )
    first = came_on(now.astimezone(zone(fact.time_zone)), fact.cut_off)
    return rules.arrival(first, fact.lead_days, transit_days, rules.calendar_text(site), country)


class _Told:
    """The arrivals that were told during the present minute. No zone changes its clocks within one, nor differs from another by seconds."""

    minute: ClassVar[datetime | None] = None
    arrivals: ClassVar[dict[tuple[str, time, int, int | None, str, str], Arrival]] = {}


def arrivals(selling: Sequence[SellingOffer], *, transit_days: Sequence[int | None], country: str, now: datetime) -> list[Arrival]:
    """Tell the same of many offers of a comparison, each with its days on the way."""
    minute = now.replace(second=0, microsecond=0)
    if minute != _Told.minute or len(_Told.arrivals) > TOLD_MAX:
        _Told.minute, _Told.arrivals = minute, {}
    told, found = _Told.arrivals, []
    for one, days in zip(selling, transit_days, strict=True):
        key = (one.time_zone, one.cut_off, one.lead_days, days, one.calendar, country)
        if (known := told.get(key)) is None:
            local = now.astimezone(zone(one.time_zone))
            known = rules.arrival(came_on(local, one.cut_off), one.lead_days, days, one.calendar, country)
            # What the clock decides within this very minute is not known of the rest of it.
            if local.time().replace(second=0, microsecond=0) != one.cut_off.replace(second=0, microsecond=0):
                told[key] = known
        found.append(known)
    return found
