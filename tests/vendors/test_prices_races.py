"""Tests of planned prices and levels under many hands at once: of those that meet exactly one is written."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from marketplace.kernel import database
from marketplace.kernel.actor import WORKER
from marketplace.kernel.errors import DomainError
from tests.conftest import NOW
from tests.vendors import market
from vendors.offers.schemas import Tier
from vendors.prices import service as prices
from vendors.prices.errors import PriceClash
from vendors.prices.schemas import NewPrice
from vendors.visibility import service as visibility
from vendors.visibility.schemas import LEVELS, RuleIn

if TYPE_CHECKING:
    from collections.abc import Awaitable, Sequence

    from marketplace.kernel.settings import Settings

TASKS = 24
START = NOW + timedelta(days=5)


async def outcomes(works: Sequence[Awaitable[object]]) -> list[str]:
    """Let all of them run at once, and tell of each what became of it."""
    found = await asyncio.gather(*works, return_exceptions=True)
    assert all(isinstance(one, DomainError) or not isinstance(one, BaseException) for one in found), found
    return sorted(type(one).__name__ if isinstance(one, DomainError) else "done" for one in found)


async def test_of_promotions_that_meet_one_is_planned_and_withdrawn_once(committed: Settings) -> None:
    assert committed
    seller = await market.shop("Hansa Lager", now=NOW)
    offer_id = await market.offer(seller, await market.product("P-1", now=NOW), "H-1", now=NOW)
    tiers = (Tier(1, Decimal(9)),)
    works = [
        prices.plan(
            offer_id, price=NewPrice(tiers=tiers, starts=START + timedelta(hours=hour), ends=START + timedelta(days=3)), version=None,
            actor=seller.actor, now=NOW,
        )
        for hour in range(TASKS)
    ]  # fmt: skip
    assert await outcomes(works) == [PriceClash.__name__] * (TASKS - 1) + ["done"]
    coming = (await prices.versions(offer_id, actor=seller.actor))[0]
    withdrawn = await outcomes([prices.withdraw(coming.id, actor=seller.actor, now=NOW) for _ in range(TASKS)])
    assert withdrawn.count("done") == 1
    async with database.transaction(actor=WORKER) as held:
        assert await held.fetchval("SELECT count(*) FROM vendors.price_withdrawals WHERE offer_id = $1", offer_id) == 1
        assert await held.fetchval("SELECT count(*) FROM vendors.price_versions WHERE offer_id = $1", offer_id) == 2


async def test_of_levels_that_are_set_at_once_the_first_holds(committed: Settings) -> None:
    assert committed
    seller = await market.shop("Hansa Lager", now=NOW)
    works = [visibility.set_level(RuleIn(level=LEVELS[number % 4], version=0), actor=seller.actor, now=NOW) for number in range(TASKS)]
    assert await outcomes(works) == ["VersionConflict"] * (TASKS - 1) + ["done"]
    found = await visibility.my_visibility(actor=seller.actor)
    assert [(rule.category_id, rule.version) for rule in found.rules] == [(None, 1)]
    async with database.transaction(actor=WORKER) as held:
        mark = await held.fetchval("SELECT is_restricted FROM vendors.suppliers WHERE organisation_id = $1", seller.supplier_id)
    assert mark == (found.level != "public")
