"""Tests of what a supplier does to many offers at once: a new price list, a stocktaking."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from marketplace.kernel.actor import ANONYMOUS, WORKER
from marketplace.kernel.database import connection, transaction
from marketplace.kernel.errors import NotFound
from tests.conftest import NOW
from tests.vendors import market
from vendors.offers import service
from vendors.offers.errors import TiersNotAscending

if TYPE_CHECKING:
    from uuid import UUID

    from marketplace.kernel.database import Connection

pytestmark = pytest.mark.usefixtures("rolled_back")
LATER = NOW + timedelta(days=3)


async def two_offers() -> tuple[market.Shop, UUID, list[UUID]]:
    seller = await market.shop("Hansa Lager", now=NOW)
    first, second = await market.product("P-1", now=NOW), await market.product("P-2", now=NOW)
    return seller, first, [await market.offer(seller, first, "H-1", now=NOW), await market.offer(seller, second, "H-2", now=NOW)]


async def state(there: Connection) -> list[object]:
    return [
        *await there.fetch("SELECT offer_id, seq, valid_from FROM vendors.price_versions ORDER BY 1, 2"),
        *await there.fetch("SELECT offer_id, on_hand, counted_at FROM vendors.stock_levels ORDER BY 1"),
        *await there.fetch("SELECT id, version FROM vendors.offers ORDER BY 1"),
        *await noted(),
    ]


async def noted() -> list[tuple[str, str]]:
    async with transaction(actor=WORKER):
        rows = await connection().fetch(
            "SELECT action, after FROM kernel.audit_rows WHERE action IN ('offers.prices_changed', 'offers.stock_counted') AND at = $1", LATER
        )
    return [(row[0], row[1]) for row in rows]


async def test_a_price_list_appends_a_price_to_each_offer_and_one_audit_row(rolled_back: Connection) -> None:
    seller, product_id, (one, two) = await two_offers()
    await service.set_prices({one: market.tiers((1, "12.00"), (50, "11.40")), two: market.tiers((1, "3.10"))}, actor=seller.actor, now=LATER)
    rows = await rolled_back.fetch(
        "SELECT offer_id, seq, tier_price[1], valid_from FROM vendors.price_versions WHERE seq > 1 AND offer_id = ANY($1) ORDER BY offer_id",
        [one, two],
    )
    assert [tuple(row) for row in rows] == [(one, 2, Decimal("12.000000"), LATER), (two, 2, Decimal("3.100000"), LATER)]
    (fact,) = await service.offers_for_comparison(product_id, now=LATER, viewer=ANONYMOUS)
    assert fact.tier_price == ["12.000000", "11.400000"]
    assert await noted() == [("offers.prices_changed", '{"offers": 2}')]
    assert {row[0] for row in await rolled_back.fetch("SELECT version FROM vendors.offers WHERE id = ANY($1)", [one, two])} == {2}


async def test_a_stocktaking_stores_counts_moments_and_differences(rolled_back: Connection) -> None:
    seller, _, (one, two) = await two_offers()
    await service.count_stock({one: 4, two: 10}, actor=seller.actor, now=LATER)
    rows = await rolled_back.fetch(
        "SELECT offer_id, on_hand, counted_at FROM vendors.stock_levels WHERE offer_id = ANY($1) ORDER BY offer_id", [one, two]
    )
    assert [tuple(row) for row in rows] == [(one, 4, LATER), (two, 10, LATER)]
    moved = await rolled_back.fetch("SELECT offer_id, quantity, at FROM vendors.stock_movements WHERE kind = 'count'")
    assert [tuple(row) for row in moved] == [(one, -6, LATER)]


async def test_another_suppliers_offer_in_the_list_changes_none(rolled_back: Connection) -> None:
    seller, product_id, (one, _) = await two_offers()
    other = await market.shop("Anadolu Rulman", now=NOW)
    foreign = await market.offer(other, product_id, "A-1", now=NOW)
    before = await state(rolled_back)
    with pytest.raises(NotFound):
        await service.set_prices({one: market.tiers((1, "1.00")), foreign: market.tiers((1, "1.00"))}, actor=seller.actor, now=LATER)
    with pytest.raises(NotFound):
        await service.count_stock({one: 0, foreign: 0}, actor=seller.actor, now=LATER)
    assert await state(rolled_back) == before


async def test_one_bad_price_in_the_list_changes_none(rolled_back: Connection) -> None:
    seller, _, (one, two) = await two_offers()
    before = await state(rolled_back)
    with pytest.raises(TiersNotAscending):
        await service.set_prices({one: market.tiers((1, "1.00")), two: market.tiers((10, "1.00"), (5, "0.90"))}, actor=seller.actor, now=LATER)
    assert await state(rolled_back) == before


async def test_an_empty_list_changes_nothing(rolled_back: Connection) -> None:
    seller, _, _ = await two_offers()
    before = await state(rolled_back)
    await service.set_prices({}, actor=seller.actor, now=LATER)
    await service.count_stock({}, actor=seller.actor, now=LATER)
    assert await state(rolled_back) == before
