"""Every write of a supplier names the supplier: whoever knows another's offer changes nothing of it, by whatever way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from marketplace.kernel.actor import WORKER
from marketplace.kernel.database import connection, transaction
from marketplace.kernel.errors import NotFound
from tests.conftest import NOW
from tests.vendors import market
from vendors.offers import queries, service
from vendors.stock import queries as stock_queries
from vendors.stock.schemas import Counted

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from uuid import UUID

pytestmark = pytest.mark.usefixtures("rolled_back")
TIERS = market.tiers((1, "1.00"))
SNAPSHOT = """SELECT (SELECT to_jsonb(o) FROM vendors.offers o WHERE o.id = $1)::text,
  (SELECT json_agg(v ORDER BY v.seq) FROM vendors.price_versions v WHERE v.offer_id = $1)::text,
  (SELECT json_agg(k) FROM vendors.stock_levels k WHERE k.offer_id = $1)::text,
  (SELECT json_agg(m ORDER BY m.id) FROM vendors.stock_movements m WHERE m.offer_id = $1)::text"""


async def snapshot(offer_id: UUID) -> tuple[Any, ...]:
    async with transaction(actor=WORKER):
        row = await connection().fetchrow(SNAPSHOT, offer_id)
    assert row is not None
    return tuple(row)


USE_CASES: dict[str, Callable[[market.Shop, UUID], Awaitable[Any]]] = {
    "price": lambda thief, offer_id: service.set_price(offer_id, tiers=TIERS, version=None, actor=thief.actor, now=NOW),
    "prices": lambda thief, offer_id: service.set_prices({offer_id: TIERS}, actor=thief.actor, now=NOW),
    "stock": lambda thief, offer_id: service.set_stock(offer_id, on_hand=999, version=None, actor=thief.actor, now=NOW),
    "stocktaking": lambda thief, offer_id: service.count_stock({offer_id: 999}, actor=thief.actor, now=NOW),
    "state": lambda thief, offer_id: service.set_state(offer_id, wanted="paused", version=None, actor=thief.actor, now=NOW),
}


@pytest.mark.parametrize("act", USE_CASES)
async def test_anothers_offer_is_not_found_and_stays_as_it_was(act: str) -> None:
    owner, thief = await market.shop("Hansa Lager", now=NOW), await market.shop("Rhein Lager", now=NOW)
    offer_id = await market.offer(owner, await market.product("P-1", now=NOW), "H-1", now=NOW)
    before = await snapshot(offer_id)
    with pytest.raises(NotFound):
        await USE_CASES[act](thief, offer_id)
    assert await snapshot(offer_id) == before


STATEMENTS: dict[str, Callable[[market.Shop, UUID, UUID, UUID], Awaitable[Any]]] = {
    "version": lambda thief, _, offer_id, __: queries.touch_offer(offer_id, supplier_id=thief.supplier_id, now=NOW),
    "versions": lambda thief, _, offer_id, __: queries.touch_offers([offer_id], supplier_id=thief.supplier_id, now=NOW),
    "state": lambda thief, _, offer_id, __: queries.set_state(offer_id, supplier_id=thief.supplier_id, wanted="paused", current=["approved"]),
    "price": lambda thief, _, offer_id, __: queries.insert_price(offer_id, supplier_id=thief.supplier_id, tiers=TIERS, actor="test", now=NOW),
    "count": lambda thief, product_id, offer_id, site_id: stock_queries.count(
        [Counted(product_id, offer_id, site_id, 999, None)], actor=thief.actor, now=NOW
    ),
}


@pytest.mark.parametrize("statement", STATEMENTS)
async def test_no_statement_writes_to_anothers_offer_even_where_nothing_was_checked_before(statement: str) -> None:
    owner, thief = await market.shop("Hansa Lager", now=NOW), await market.shop("Rhein Lager", now=NOW)
    product_id = await market.product("P-1", now=NOW)
    offer_id = await market.offer(owner, product_id, "H-1", now=NOW)
    before = await snapshot(offer_id)
    async with transaction(actor=thief.actor):
        assert not await STATEMENTS[statement](thief, product_id, offer_id, owner.site_id)
    assert await snapshot(offer_id) == before


async def test_prices_of_anothers_offer_are_nobodys_to_read_for_a_change() -> None:
    owner, thief = await market.shop("Hansa Lager", now=NOW), await market.shop("Rhein Lager", now=NOW)
    offer_id = await market.offer(owner, await market.product("P-1", now=NOW), "H-1", now=NOW)
    async with transaction(actor=thief.actor):
        assert await queries.price_in_force(offer_id, supplier_id=thief.supplier_id, now=NOW) == []
        assert len(await queries.price_in_force(offer_id, supplier_id=owner.supplier_id, now=NOW)) == 1
