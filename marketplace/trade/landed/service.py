"""Owns landing a consignment: asks each bound cost source once and puts the components together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from marketplace.kernel import calendar
from marketplace.trade.landed import rules
from marketplace.trade.landed.ports import COST_SOURCES, TAX_SOURCE
from marketplace.trade.landed.schemas import COUNTED, Arrival, Landed

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from marketplace.trade.landed.schemas import Component, ComponentKind, Consignment
    from vendors.offers.schemas import OfferFact


async def land(consignments: Sequence[Consignment], *, now: datetime) -> list[Landed]:
    """Give each consignment's components in its own currency, in the order given: at most one statement a cost source for all of them.

    Kinds without a source: terms, tax and insurance are not applicable, freight and duty unknown. Call it inside `reading()` or a transaction.
    """
    found: list[dict[ComponentKind, Component]] = [{"goods": rules.goods(one)} for one in consignments]
    transit: list[int | None] = [None] * len(consignments)
    if consignments:
        for source in (*COST_SOURCES.implementations, *TAX_SOURCE.implementations):
            for place, quote in enumerate(await source.quote(consignments, now=now)):
                for component in quote.components:
                    found[place][component.kind] = component
                if quote.transit_days is not None:
                    transit[place] = quote.transit_days
    return [
        Landed(components=tuple(parts.get(kind) or rules.unasked(kind, one) for kind in COUNTED), transit_days=days)
        for one, parts, days in zip(consignments, found, transit, strict=True)
    ]


def arrival(fact: OfferFact, *, transit_days: int | None, now: datetime) -> Arrival:
    """Tell when an offer's goods are ready at its site and arrive, if ordered at `now`: cut-off, working days and holidays of the site, then the way."""
    closed = set(fact.closed_on)
    if fact.keeps_public_holidays:
        year = calendar.date_in(now, time_zone=fact.time_zone).year
        for each in (year, year + 1):
            closed |= calendar.public_holidays(fact.site_country, fact.site_region, each)
    ready_on = calendar.ready_date(
        now, time_zone=fact.time_zone, cut_off=fact.cut_off, lead_days=fact.lead_days, working_days=frozenset(fact.working_days), closed=closed,
        opened=frozenset(fact.opened_on),
    )  # fmt: skip
    return Arrival(ready_on, None if transit_days is None else rules.arrival_date(ready_on, transit_days=transit_days), transit_days)
