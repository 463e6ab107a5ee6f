"""Owns the demo market's past year: what was ordered, accepted, refused, shipped late or not at all, played through the services."""

from __future__ import annotations

import asyncio
import random
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

import msgspec

from marketplace.kernel.calendar import next_day_out_of, weekend
from marketplace.kernel.database import transaction
from marketplace.kernel.errors import DomainError
from marketplace.kernel.outbox import service as outbox
from marketplace.trade.carts import service as carts
from marketplace.trade.checkout import service as checkout
from marketplace.trade.orders import service as orders
from marketplace.trade.shipments import service as shipments
from marketplace.world.upkeep import DAILY_STEPS, Upkeep

if TYPE_CHECKING:
    from uuid import UUID

    from marketplace.kernel.package import Package
    from marketplace.world.market import Market, MarketBuyer, MarketSupplier
    from marketplace.world.stock import MarketOffer, Progress

CARRIERS = ("Blue Harbour Lines", "Kestrel Freight", "Northgate Parcel", "Delta Road Cargo")
REASONS = ("Sold out since the last count.", "The price list had an error.", "We cannot deliver to this address in time.")
MORNING = time(9)
DAYS = 365
# Days of the year at whose end facts are worked off and suppliers see to their offers: each fortnight, and each day of the last two weeks.
STEPS = (*range(14, DAYS - DAILY_STEPS + 1, 14), *range(DAYS - DAILY_STEPS + 1, DAYS + 1))


class Wish(msgspec.Struct, frozen=True):
    """One cart that a buyer fills: when, and which offers in which quantities (steps of the unit)."""

    at: datetime
    lines: tuple[tuple[MarketOffer, int], ...]
    seed: int


def plan(market: Market, offers: list[MarketOffer], *, start: datetime, scale: float) -> list[list[Wish]]:
    """Plan each buyer's carts over the year, the last one today. A buyer has favourite products that it comes back to at its own rhythm."""
    by_branch: dict[str, list[MarketOffer]] = {}
    branch_of = {product_id: product.family.branch for product_id, product in market.products}
    for offer in offers:
        by_branch.setdefault(branch_of[offer.product_id], []).append(offer)
    plans = []
    for number, buyer in enumerate(market.buyers):
        rng = random.Random(1000 + number)  # noqa: S311 - the same year in every installation
        count = max(1, round(buyer.profile.groups * scale))
        pool = [offer for branch in buyer.profile.branches for offer in by_branch.get(branch, [])]
        favourites = rng.sample(pool, min(60, len(pool)))
        wishes = []
        for place in range(count + 1):
            day = (place + rng.random()) * DAYS / count // 1
            at = start + timedelta(days=day, hours=7 + rng.randrange(9), minutes=rng.randrange(60), seconds=rng.randrange(60))
            if place == count:
                at = start + timedelta(days=DAYS, minutes=-rng.randrange(20, 400))
            wanted = rng.choices((1, 2, 3), (28, 40, 32))[0]
            chosen: dict[int, MarketOffer] = {}
            while len(chosen) < wanted:
                offer = rng.choice(favourites) if rng.random() < 0.7 else rng.choice(pool)  # noqa: PLR2004 - most buying is buying again
                chosen.setdefault(offer.supplier, offer)
            lines = tuple((offer, offer.moq + offer.multiple * rng.randrange(4)) for offer in chosen.values())
            wishes.append(Wish(at, lines, rng.randrange(2**31)))
        plans.append(sorted(wishes, key=lambda wish: wish.at))
    return plans


def arrival(promised: date, *, days: int, weekend_days: frozenset[int], earliest: datetime) -> datetime:
    """Give the moment some days after the promised one, or before it, at which goods arrive: nine in the morning UTC of a day on which they are taken.

    What comes in time is brought forward to the last such day, what comes late waits for the next; nothing arrives before `earliest`.
    """
    day = max(promised + timedelta(days=days), earliest.date())
    if days <= 0 and day.isoweekday() in weekend_days:
        day = next((sooner for sooner in (day - timedelta(days=step) for step in range(7)) if sooner.isoweekday() not in weekend_days), day)
    if day < earliest.date() or datetime.combine(day, MORNING, tzinfo=earliest.tzinfo) < earliest:
        day = earliest.date() + timedelta(days=1)
    return datetime.combine(next_day_out_of(weekend_days, day), MORNING, tzinfo=earliest.tzinfo)


class _Player:
    """Plays one buyer's year, order by order, up to the present."""

    def __init__(self, market: Market, buyer: MarketBuyer, now: datetime) -> None:
        self._market = market
        self._buyer = buyer
        self._now = now
        self.placed = 0
        self._suppliers = {supplier.login.organisation_id: supplier for supplier in market.suppliers}

    async def play(self, wish: Wish) -> None:
        """Fill a cart, check out, and let each supplier do what it does. What a service refuses is left out, as a buyer would."""
        actor = self._buyer.login.actor
        async with transaction(actor=actor):
            for offer, quantity in wish.lines:
                view = await carts.add_line(actor=actor, now=wish.at, product_id=offer.product_id, offer_id=offer.offer_id, quantity=quantity)
            assert view.id is not None, "a cart with lines has an id"
            placed = await checkout.checkout(
                view.id, address_id=self._buyer.address_id, po_number=f"PO-{wish.seed % 100000:05d}", actor=actor, now=wish.at
            )
        rng = random.Random(wish.seed)  # noqa: S311 - the same fate in every installation
        for order_id in placed.order_ids:
            self.placed += 1
            await self._follow(order_id, wish.at, rng)

    async def _follow(self, order_id: UUID, placed_at: datetime, rng: random.Random) -> None:
        found = await orders.order(order_id, actor=self._buyer.login.actor)
        supplier = self._suppliers[found.vendor_id]
        fate = rng.random()
        if fate < 0.02:  # noqa: PLR2004 - the buyer thinks again before the supplier answers
            at = placed_at + timedelta(minutes=rng.randrange(5, 90))
            if at < self._now:
                await orders.cancel_order(order_id, actor=self._buyer.login.actor, now=at, reason="Ordered twice by mistake.")
            return
        if fate < 0.03:  # noqa: PLR2004 - nobody answers, and the acceptance time passes
            return
        at = placed_at + timedelta(hours=rng.uniform(0.4, 30))
        if at > self._now:
            return
        actor = supplier.login.actor
        if rng.random() < supplier.profile.refuse_share:
            await orders.refuse_order(order_id, actor=actor, now=at, reason=rng.choice(REASONS))
            return
        lines = None
        if rng.random() < supplier.profile.partial_share:
            lines = {line.id: max(line.quantity // 2, 1) for line in found.lines}
        await orders.accept_order(order_id, actor=actor, now=at, lines=lines)
        if rng.random() < 0.01:  # noqa: PLR2004 - goods that turn out damaged in the store
            await orders.cancel_order(order_id, actor=actor, now=at + timedelta(hours=rng.uniform(1, 20)), reason="Damaged in our warehouse.")
            return
        await self._carry(order_id, supplier, at, rng)

    async def _carry(self, order_id: UUID, supplier: MarketSupplier, accepted_at: datetime, rng: random.Random) -> None:
        found = await orders.order(order_id, actor=supplier.login.actor)
        promised = found.promised_on or (accepted_at + timedelta(days=12)).date()
        is_late = rng.random() < supplier.profile.late_share
        days = rng.randrange(1, 8) if is_late else -rng.choice((0, 0, 1, 1, 2))
        rest = weekend(found.ship_to.country)
        arrives = arrival(promised, days=days, weekend_days=rest, earliest=accepted_at + timedelta(hours=8))
        leaves = max(accepted_at + timedelta(hours=4), arrives - timedelta(days=max(1, (arrives - accepted_at).days * 2 // 3)))
        if leaves > self._now:
            return
        shipment = await shipments.ship(
            order_id, actor=supplier.login.actor, now=leaves, carrier=rng.choice(CARRIERS), tracking_number=f"{rng.randrange(10**11):011d}"
        )
        if arrives <= self._now:
            await shipments.confirm_delivery(shipment.id, actor=self._buyer.login.actor, now=arrives)


async def play_year(
    market: Market, offers: list[MarketOffer], packages: tuple[Package, ...], *, now: datetime, progress: Progress | None, scale: float = 1.0
) -> int:
    """Play the year up to `now`, two weeks at a time and at the end a day; give the number of supplier orders placed.

    At each step come all buyers at once, then what suppliers do to their offers, then the facts.
    """
    start = now - timedelta(days=DAYS)
    plans = plan(market, offers, start=start, scale=scale)
    players = [_Player(market, buyer, now) for buyer in market.buyers]
    upkeep = Upkeep(market, offers)
    moments = [start + timedelta(days=days) for days in STEPS]
    whole = sum(len(wishes) for wishes in plans)
    done = 0
    for step, (since, moment) in enumerate(pairwise([start, *moments])):

        async def one(player: _Player, wishes: list[Wish]) -> int:
            for wish in wishes:
                try:
                    await player.play(wish)
                except DomainError as refused:
                    _refused.append(f"{type(refused).__name__} {refused.params}")
            return len(wishes)

        due = [[wish for wish in wishes if since <= wish.at < moment] for wishes in plans]
        done += sum(await asyncio.gather(*(one(player, wishes) for player, wishes in zip(players, due, strict=True))))
        await upkeep.keep(step, left=len(moments) - 1 - step, moment=moment)
        await orders.time_out_orders(moment)
        await outbox.drain(packages, moment)
        if progress is not None:
            progress("orders", done, whole)
    return sum(player.placed for player in players)


_refused: list[str] = []


def refused() -> list[str]:
    """Give what the services refused during the year, for whoever looks at the world's making."""
    return list(_refused)
