"""Owns landing a consignment: asks each bound cost source once and puts the components together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from marketplace.kernel import calendar
from marketplace.trade.landed import rules
from marketplace.trade.landed.ports import COST_SOURCES, TAX_SOURCE
from marketplace.trade.landed.schemas import COUNTED, Landed

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from marketplace.trade.landed.schemas import Arrival, Component, ComponentKind, Consignment
    from vendors.offers.schemas import OfferFact


async def land(consignments: Sequence[Consignment], *, now: datetime, kinds: tuple[ComponentKind, ...] = COUNTED) -> list[Landed]:
    """Give each consignment's components in its own currency, in the order given: at most one statement a cost source for all of them.

    Only sources of a wanted kind are asked: a cart needs freight alone. Kinds without a source: terms, tax and insurance are not applicable, freight and duty unknown. Call it inside `reading()` or a transaction.
    """
    found: list[dict[ComponentKind, Component]] = [{**rules.unasked_all(one.currency), "goods": rules.goods(one)} for one in consignments]
    transit: list[int | None] = [None] * len(consignments)
    if consignments:
        for source in (*COST_SOURCES.implementations, *TAX_SOURCE.implementations):
            if not any(kind in kinds for kind in source.kinds):
                continue
            for place, quote in enumerate(await source.quote(consignments, now=now)):
                for component in quote.components:
                    found[place][component.kind] = component
                if quote.transit_days is not None:
                    transit[place] = quote.transit_days
    return [Landed(components=tuple(parts.values()), transit_days=days) for parts, days in zip(found, transit, strict=True)]


def arrival(fact: OfferFact, *, transit_days: int | None, country: str, now: datetime) -> Arrival:
    """Tell when an offer's goods are ready at its site and arrive in a country, if ordered at `now`: cut-off, working days and holidays of the site, then the way."""
    return arrivals([fact], transit_days=[transit_days], country=country, now=now)[0]


def arrivals(facts: Sequence[OfferFact], *, transit_days: Sequence[int | None], country: str, now: datetime) -> list[Arrival]:
    """Tell the same of many offers, each with its days on the way."""
    clocks: dict[str, rules.SiteClock] = {}
    found = []
    for fact, days in zip(facts, transit_days, strict=True):
        if (clock := clocks.get(fact.time_zone)) is None:
            clock = clocks[fact.time_zone] = rules.site_clock(now.astimezone(calendar.zone(fact.time_zone)))
        came_on = clock.tomorrow if clock.time >= fact.cut_off else clock.today
        site = rules.Site(
            fact.site_country, fact.site_region, tuple(fact.working_days), fact.keeps_public_holidays, tuple(fact.closed_on), tuple(fact.opened_on)
        )
        found.append(rules.arrival(came_on, fact.lead_days, days, site, country))
    return found
