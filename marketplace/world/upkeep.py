"""Owns what the demo's suppliers do to their offers during the year: price lists now and then, stocktakings, the latest of them today."""

from __future__ import annotations

import random
from collections import defaultdict
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from marketplace.world.stock import STOCKS, rounded_price
from vendors.offers import service as offers
from vendors.offers.schemas import Tier

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from uuid import UUID

    from marketplace.world.market import Market
    from marketplace.world.stock import MarketOffer

# A supplier sends a price list every sixth fortnight or so, and it changes two prices in five.
LIST_EVERY, LIST_SHARE = 6, 0.4
DAILY_STEPS = 15
# How many steps before the last one a part of a supplier's offers was counted last: of 100 offers 12 today, 43 on three days of the last
# two weeks, 25 in the two months before, 15 half a year ago, and the rest never since they were made.
COUNTS = ((12, 0, 0), (18, 1, 3), (15, 4, 8), (10, 9, 13), (25, 15, 18), (15, 19, 27))
EMPTY_SHARE = 0.04


class Upkeep:
    """What each supplier does at each step of the year, drawn once: the same in every installation."""

    def __init__(self, market: Market, made: Sequence[MarketOffer]) -> None:
        self._market = market
        self._offers: dict[int, list[MarketOffer]] = defaultdict(list)
        for offer in made:
            self._offers[offer.supplier].append(offer)
        # By supplier: (steps before the last one, the offers that are counted then).
        self._counts = {number: _count_days(offers, random.Random(700 + number)) for number, offers in self._offers.items()}  # noqa: S311 - see above

    async def keep(self, step: int, *, left: int, moment: datetime) -> None:
        """Do what is due at the end of a step, when so many steps are left."""
        for number, own in self._offers.items():
            actor = self._market.suppliers[number].login.actor
            rng = random.Random(step * 1000 + number)  # noqa: S311 - see above
            # Suppliers do not all work at the same minute.
            at = moment - timedelta(minutes=5 + number * 7)
            # In the days at the end one supplier a day sends a list.
            if left == number + 1 if left < DAILY_STEPS else (step + number) % LIST_EVERY == 0:
                chosen = rng.sample(own, round(len(own) * LIST_SHARE))
                await offers.set_prices({offer.offer_id: _new_tiers(offer, rng) for offer in chosen}, actor=actor, now=at)
            counted = self._counts[number].get(left)
            if counted:
                await offers.count_stock(_counts(counted, rng), actor=actor, now=at)


def _count_days(own: Sequence[MarketOffer], rng: random.Random) -> dict[int, list[MarketOffer]]:
    shuffled = rng.sample(own, len(own))
    days: dict[int, list[MarketOffer]] = {}
    begin = 0
    for share, first, last in COUNTS:
        end = begin + round(len(shuffled) * share / 100)
        days[rng.randint(first, last)] = shuffled[begin:end]
        begin = end
    return days


def _counts(counted: Sequence[MarketOffer], rng: random.Random) -> dict[UUID, int]:
    return {offer.offer_id: 0 if rng.random() < EMPTY_SHARE else rng.choice(STOCKS) * offer.lot for offer in counted}


def _new_tiers(offer: MarketOffer, rng: random.Random) -> list[Tier]:
    """Change the first prices by up to three in a hundred, all tiers alike; a tier that rounding has made no cheaper falls away."""
    share = Decimal(str(round(rng.uniform(0.98, 1.03), 3)))
    tiers: list[Tier] = []
    for tier in offer.tiers:
        price = rounded_price(tier.unit_price * share, offer.currency)
        if not tiers or price < tiers[-1].unit_price:
            tiers.append(Tier(tier.from_quantity, price))
    return tiers
