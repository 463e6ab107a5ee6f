"""Owns landing a consignment: asks each bound cost source once and puts the components together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from marketplace.trade.landed import rules
from marketplace.trade.landed.ports import COST_SOURCES, TAX_SOURCE
from marketplace.trade.landed.schemas import COUNTED, Brought, Landed

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from marketplace.trade.landed.schemas import Arrival, Component, ComponentKind, Consignment
    from vendors.offers.schemas import OfferFact


async def brought(consignments: Sequence[Consignment], *, now: datetime, kinds: tuple[ComponentKind, ...] = COUNTED) -> list[Brought]:
    """Tell what each consignment costs beside its goods, in its own currency and the order given: at most one statement a cost source for all.

    Only sources of a wanted kind are asked: a cart needs freight alone. Kinds without a source: terms, tax and insurance are not applicable,
    freight and duty unknown. Call it inside `reading()` or a transaction.
    """
    if not consignments:
        return []
    columns: dict[ComponentKind, list[Component]] = {}
    days: list[int | None] = [None] * len(consignments)
    for source in (*COST_SOURCES.implementations, *TAX_SOURCE.implementations):
        if not any(kind in kinds for kind in source.kinds):
            continue
        quotes = await source.quote(consignments, now=now)
        for place, kind in enumerate(source.kinds):
            columns[kind] = [quote.components[place] for quote in quotes]
        if "freight" in source.kinds:
            days = [quote.transit_days for quote in quotes]
    unasked = [rules.unasked_all(one.currency) for one in consignments]
    rows = zip(*[columns.get(kind) or [plain[kind] for plain in unasked] for kind in rules.BROUGHT], strict=True)
    return list(map(Brought, rows, days))


async def land(consignments: Sequence[Consignment], *, now: datetime, kinds: tuple[ComponentKind, ...] = COUNTED) -> list[Landed]:
    """Give each consignment's components with its goods first; the rest is as `brought` tells it."""
    found = await brought(consignments, now=now, kinds=kinds)
    return [
        Landed(components=(rules.goods(one), *rest.components), transit_days=rest.transit_days) for one, rest in zip(consignments, found, strict=True)
    ]


def arrival(fact: OfferFact, *, transit_days: int | None, country: str, now: datetime) -> Arrival:
    """Tell when an offer's goods are ready at its site and arrive in a country, if ordered at `now`: cut-off, working days and holidays of the site, then the way."""
    came_on = rules.came_on(now, now.replace(second=0, microsecond=0), fact.time_zone, fact.cut_off)
    site = rules.Site(
        fact.site_country, fact.site_region, tuple(fact.working_days), fact.keeps_public_holidays, tuple(fact.closed_on), tuple(fact.opened_on)
    )
    return rules.arrival(came_on, fact.lead_days, transit_days, site, country)


def arrivals(facts: Sequence[OfferFact], *, transit_days: Sequence[int | None], country: str, now: datetime) -> list[Arrival]:
    """Tell the same of many offers, each with its days on the way."""
    return [arrival(fact, transit_days=days, country=country, now=now) for fact, days in zip(facts, transit_days, strict=True)]
