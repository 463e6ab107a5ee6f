"""Owns what the demo's suppliers keep at their desks: who sees what, planned prices and promotions, and warnings of low stock."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import TYPE_CHECKING

from marketplace.catalogue.taxonomy import service as taxonomy
from marketplace.world.stock import rounded_price
from vendors.offers import service as offers
from vendors.offers.schemas import OwnFilter, Tier
from vendors.prices import service as prices
from vendors.prices.schemas import NewPrice
from vendors.stock import service as stock
from vendors.visibility import service as visibility
from vendors.visibility.schemas import RuleIn

if TYPE_CHECKING:
    from datetime import datetime

    from marketplace.kernel.actor import Actor
    from marketplace.world.market import Market
    from vendors.offers.schemas import OwnOffer
    from vendors.visibility.schemas import Level

# Supplier, category and level, and the buyers on the supplier's list.
LEVELS: tuple[tuple[str, str, Level, tuple[str, ...]], ...] = (
    ("saigonparts", "led-high-bays", "prices_hidden", ()),
    ("gulfind", "hydraulic-hoses", "org_allowlist", ("elbemaschinen",)),
)
KEPT = 12


async def keep_desks(market: Market, *, now: datetime) -> None:
    """Let three suppliers set levels, plan prices and promotions, and watch their stock."""
    suppliers = {one.profile.key: one.login.actor for one in market.suppliers}
    buyers = {one.profile.key: one.login.organisation_id for one in market.buyers}
    categories = {one.slug: one.id for one in await taxonomy.tree()}
    for key, slug, level, granted in LEVELS:
        await visibility.set_level(RuleIn(level=level, category_id=categories.get(slug)), actor=suppliers[key], now=now - timedelta(days=20))
        for buyer in granted:
            await visibility.grant(buyers[buyer], actor=suppliers[key], now=now - timedelta(days=19))
    rng = random.Random(17)  # noqa: S311 - the same desks in every installation
    for key in ("nordwind", "saigonparts", "gulfind"):
        found = await offers.own_offers(OwnFilter(show="approved", limit=200), actor=suppliers[key], now=now)
        for number, own in enumerate(rng.sample(found, min(KEPT, len(found)))):
            await _plan(own, number, actor=suppliers[key], now=now)
            await _watch(own, number, actor=suppliers[key], now=now)


async def _plan(own: OwnOffer, number: int, *, actor: Actor, now: datetime) -> None:
    """Plan a new year's price for every second offer and a promotion that is under way for every third."""
    tiers = [Tier(bound, price) for bound, price in zip(own.fact.tier_from, own.fact.tier_price, strict=True)]
    if not tiers:
        return
    if number % 3 == 0:
        cut = tuple(Tier(tier.from_quantity, rounded_price(tier.unit_price * 90 / 100, own.fact.currency)) for tier in tiers)
        await prices.plan(own.fact.offer_id, price=NewPrice(tiers=cut, ends=now + timedelta(days=9)), version=None, actor=actor, now=now)
    if number % 2 == 0:
        raised = tuple(Tier(tier.from_quantity, rounded_price(tier.unit_price * 103 / 100, own.fact.currency)) for tier in tiers)
        await prices.plan(own.fact.offer_id, price=NewPrice(tiers=raised, starts=now + timedelta(days=40)), version=None, actor=actor, now=now)


async def _watch(own: OwnOffer, number: int, *, actor: Actor, now: datetime) -> None:
    """Watch an offer in units or in days of cover; every fourth is low already."""
    watch = ("days", 21) if number % 2 else ("units", max(own.fact.available + 1 if number % 4 == 0 else own.fact.available // 3, 1))
    await stock.set_watch(own.fact.offer_id, watch=watch, version=None, actor=actor, now=now)
