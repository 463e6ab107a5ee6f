"""Tests of stock under many hands at once: whatever they do, the invariants hold and nobody waits for a deadlock."""

from __future__ import annotations

import asyncio
import random
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID

import pytest

from marketplace.kernel import database
from marketplace.kernel.actor import WORKER, Actor
from marketplace.kernel.errors import DomainError
from marketplace.kernel.ids import uuid7
from tests.conftest import NOW
from tests.vendors import market
from vendors.invariants import INVARIANTS
from vendors.offers import service as offers
from vendors.sites.schemas import NewSite
from vendors.sites.service import create_site
from vendors.stock import service
from vendors.stock.schemas import Reservation

if TYPE_CHECKING:
    from marketplace.kernel.settings import Settings

TASKS = 64
BUYER_ID = UUID(int=7)
BUYER = Actor(organisation_id=BUYER_ID, capacities=frozenset({"buyer"}))
STEPS = 12


class Trade:
    """Many buyers and one supplier around five offers, each doing what comes into their head."""

    def __init__(self, seller: market.Shop, pairs: list[tuple[UUID, UUID]]) -> None:
        """Take the offers they all want."""
        self.seller = seller
        self.pairs = pairs
        self.orders: list[tuple[UUID, list[UUID]]] = []

    async def act(self, rng: random.Random) -> None:
        """Do one thing; a refusal is fine, an error of the database is not."""
        deed = rng.choice([self.reserve, self.reserve, self.release, self.release_part, self.ship, self.count, self.keep, self.expire])
        try:
            await deed(rng)
        except DomainError:
            return

    async def reserve(self, rng: random.Random) -> None:
        """Order several offers in a random order."""
        order_id, lines = uuid7(), [uuid7() for _ in range(3)]
        wishes = [
            Reservation(
                product_id=product_id, offer_id=offer_id, site_id=self.seller.site_id, order_id=order_id, order_line_id=line_id,
                buyer_id=BUYER_ID, quantity=rng.randint(1, 6), expires_at=NOW + timedelta(hours=rng.randint(0, 2)),
            )
            for (product_id, offer_id), line_id in zip(rng.sample(self.pairs, 3), lines, strict=True)
        ]  # fmt: skip
        async with database.transaction(actor=BUYER):
            await service.reserve(wishes, now=NOW)
        self.orders.append((order_id, lines))

    async def release(self, rng: random.Random) -> None:
        """Give an order back."""
        if self.orders:
            async with database.transaction(actor=BUYER):
                await service.release(rng.choice(self.orders)[0], now=NOW)

    async def release_part(self, rng: random.Random) -> None:
        """Give one piece of a line back."""
        if self.orders:
            order_id, lines = rng.choice(self.orders)
            async with database.transaction(actor=BUYER):
                await service.release(order_id, now=NOW, quantities={rng.choice(lines): 1})

    async def ship(self, rng: random.Random) -> None:
        """Ship some of an order."""
        if self.orders:
            order_id, lines = rng.choice(self.orders)
            await service.ship_stock(order_id, {line_id: rng.randint(1, 3) for line_id in rng.sample(lines, 2)}, now=NOW, actor=self.seller.actor)

    async def count(self, rng: random.Random) -> None:
        """Count an offer."""
        await offers.set_stock(rng.choice(self.pairs)[1], on_hand=rng.randint(0, 40), version=None, actor=self.seller.actor, now=NOW)

    async def keep(self, rng: random.Random) -> None:
        """Accept an order."""
        if self.orders:
            async with database.transaction(actor=self.seller.actor):
                await service.keep_reservations(rng.choice(self.orders)[0])

    async def expire(self, rng: random.Random) -> None:
        """Let time pass."""
        await service.expire_reservations(NOW + timedelta(hours=rng.randint(0, 2)))


@pytest.mark.slow
async def test_stock_adds_up_whatever_many_hands_do_at_once(committed: Settings) -> None:
    assert committed
    seller = await market.shop("Hansa Lager", now=NOW)
    pairs = []
    for number in range(5):
        product_id = await market.product(f"P-{number}", now=NOW)
        pairs.append((product_id, await market.offer(seller, product_id, f"H-{number}", now=NOW, on_hand=30, allows_backorder=number == 0)))
    trade = Trade(seller, pairs)
    seed = random.SystemRandom().randrange(10**9)
    print(f"seed {seed}")  # noqa: T201 - a failing run is repeated from it

    async def hand(number: int) -> None:
        rng = random.Random(seed + number)  # noqa: S311 - a test's own dice
        for _ in range(STEPS):
            await trade.act(rng)

    await asyncio.gather(*(hand(number) for number in range(TASKS)))
    await service.expire_reservations(NOW + timedelta(days=1))
    async with database.reading(WORKER) as connection:
        for invariant in INVARIANTS:
            arguments = (NOW,) if "$1" in invariant.sql else ()
            assert await connection.fetch(invariant.sql, *arguments) == [], invariant.code
        assert await connection.fetchval("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()") == 0
        assert await connection.fetchval("SELECT count(*) FROM vendors.stock_movements WHERE kind = 'shipped'") > 0


async def test_64_takers_at_two_sites_raise_one_alert(committed: Settings) -> None:
    assert committed
    seller = await market.shop("Hansa Lager", now=NOW)
    product_id = await market.product("P-1", now=NOW)
    offer_id = await market.offer(seller, product_id, "H-1", now=NOW, on_hand=50)
    yard = NewSite(name="Yard", country="DE", time_zone="Europe/Berlin", postal_code="28195", city="Bremen")
    site_id = await create_site(seller.supplier_id, site=yard, actor=seller.actor, now=NOW)
    await offers.set_stock(offer_id, on_hand=50, site_id=site_id, version=None, actor=seller.actor, now=NOW)
    await service.set_watch(offer_id, watch=("units", 60), version=None, actor=seller.actor, now=NOW)

    async def take(place: UUID) -> None:
        wish = Reservation(
            product_id=product_id, offer_id=offer_id, site_id=place, order_id=uuid7(), order_line_id=uuid7(), buyer_id=BUYER_ID, quantity=1,
            expires_at=NOW + timedelta(hours=1),
        )  # fmt: skip
        async with database.transaction(actor=BUYER):
            await service.reserve([wish], now=NOW)

    await asyncio.gather(*(take((seller.site_id, site_id)[number % 2]) for number in range(TASKS)))
    async with database.transaction(actor=WORKER) as held:
        rows = await held.fetch("SELECT available, recovered_at FROM vendors.stock_alerts WHERE offer_id = $1", offer_id)
        facts = await held.fetchval(
            "SELECT count(*) FROM kernel.outbox WHERE kind = 'StockLow' AND payload::text LIKE '%' || $1 || '%'", str(offer_id)
        )
    assert ([tuple(row) for row in rows], facts) == ([(60, None)], 1)
