"""Tests that the hot list counts exactly the offers that sell, as the comparison's own package says it."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import UUID

import msgspec
import pytest

from marketplace.kernel.actor import ANONYMOUS, Actor
from marketplace.trade.search import service
from tests.conftest import NOW
from vendors.offers import service as offers

if TYPE_CHECKING:
    from marketplace.kernel.database import Connection
    from tests.world import World

MEMBER = Actor(organisation_id=UUID(int=1), person_id=UUID(int=2), capacities=frozenset({"buyer"}))
SUPPLIER_OF = "(SELECT supplier_id FROM vendors.offers WHERE product_id = $1 ORDER BY id LIMIT 1)"
OFFER_OF = "(SELECT id FROM vendors.offers WHERE product_id = $1 ORDER BY id LIMIT 1)"
NEXT = f"(SELECT max(seq) + 1 FROM vendors.price_versions WHERE product_id = $1 AND offer_id = {OFFER_OF})"
MOST = "SELECT product_id FROM vendors.offers GROUP BY product_id ORDER BY count(*) DESC, product_id LIMIT 1"
CHANGES = {
    "as it is": "SELECT $1::uuid",
    "supplier paused": f"UPDATE vendors.suppliers SET state = 'paused' WHERE organisation_id = {SUPPLIER_OF}",
    "supplier closed today": f"UPDATE vendors.suppliers SET closed_from = '2026-11-24', closed_to = '2026-11-24' WHERE organisation_id = {SUPPLIER_OF}",
    "supplier closed tomorrow": f"UPDATE vendors.suppliers SET closed_from = '2026-11-25', closed_to = '2026-11-26' WHERE organisation_id = {SUPPLIER_OF}",
    "supplier's notice ran out today": f"UPDATE vendors.suppliers SET ends_on = '2026-11-24' WHERE organisation_id = {SUPPLIER_OF}",
    "supplier's notice runs out tomorrow": f"UPDATE vendors.suppliers SET ends_on = '2026-11-25' WHERE organisation_id = {SUPPLIER_OF}",
    "offer paused": f"UPDATE vendors.offers SET state = 'paused' WHERE product_id = $1 AND id = {OFFER_OF}",
    "offer of members": f"UPDATE vendors.offers SET visibility = 'login_required' WHERE product_id = $1 AND id = {OFFER_OF}",
    "offer ended": f"UPDATE vendors.offers SET valid_to = '2026-11-24T09:20Z' WHERE product_id = $1 AND id = {OFFER_OF}",
    "offer not begun": f"UPDATE vendors.offers SET valid_from = '2026-11-24T09:21Z' WHERE product_id = $1 AND id = {OFFER_OF}",
    "stock gone": f"UPDATE vendors.stock_levels SET safety = on_hand WHERE product_id = $1 AND offer_id = {OFFER_OF}",
    "stock gone but more comes": f"WITH s AS (UPDATE vendors.stock_levels SET safety = on_hand WHERE product_id = $1 AND offer_id = {OFFER_OF}) "
    f"UPDATE vendors.offers SET allows_backorder = true WHERE product_id = $1 AND id = {OFFER_OF}",
    "new price now": "INSERT INTO vendors.price_versions (id, product_id, offer_id, seq, valid_from, tier_from, tier_price, actor, created_at) "
    f"SELECT gen_random_uuid(), $1, {OFFER_OF}, {NEXT}, '2026-11-24T09:20Z', '{{1}}', '{{0.01}}', 'tests', '2026-11-24T09:20Z'",
    "new price tomorrow": "INSERT INTO vendors.price_versions (id, product_id, offer_id, seq, valid_from, tier_from, tier_price, actor, created_at) "
    f"SELECT gen_random_uuid(), $1, {OFFER_OF}, {NEXT}, '2026-11-25T09:20Z', '{{1}}', '{{0.01}}', 'tests', '2026-11-24T09:20Z'",
    "nothing sells": "UPDATE vendors.offers SET state = 'paused' WHERE product_id = $1",
}


async def _listed(viewer: Actor) -> dict[UUID, tuple[Decimal | None, int, int]]:
    found: list[dict[str, Any]] = []
    after: UUID | None = None
    while True:
        page = await service.list_products(None, now=NOW, after=after, limit=200, viewer=viewer)
        found += msgspec.json.decode(page.items)
        after = page.after
        if after is None:
            break
    return {UUID(one["id"]): (one["from_price"] and Decimal(one["from_price"]), one["suppliers"], one["offers"]) for one in found}


@pytest.mark.parametrize("change", CHANGES)
async def test_the_list_counts_what_sells_and_nothing_else(rolled_back: Connection, world: World, change: str) -> None:
    product_id = await rolled_back.fetchval(MOST)
    assert product_id in world.product_ids
    await rolled_back.execute(CHANGES[change], product_id)
    for viewer in (ANONYMOUS, MEMBER):
        listed = await _listed(viewer)
        summaries = await offers.offer_summaries(list(listed), now=NOW, viewer=viewer, currency="EUR")
        assert {one: summary[1:] for one, summary in listed.items()} == {
            one: (summaries[one].suppliers, summaries[one].offers) if one in summaries else (0, 0) for one in listed
        }
        assert {one: summary[0] for one, summary in listed.items()} == {
            one: summaries[one].from_price if one in summaries else None for one in listed
        }


async def test_offers_for_members_count_for_members_alone(rolled_back: Connection, world: World) -> None:
    assert world
    product_id = await rolled_back.fetchval(MOST)
    everyone = (await _listed(ANONYMOUS))[product_id][2]
    await rolled_back.execute(CHANGES["offer of members"], product_id)
    assert (await _listed(ANONYMOUS))[product_id][2] == everyone - 1
    assert (await _listed(MEMBER))[product_id][2] == everyone


async def test_a_hit_and_a_list_say_the_same_of_a_product(rolled_back: Connection, world: World) -> None:
    assert rolled_back
    listed = await _listed(ANONYMOUS)
    sold = [one for one in world.product_ids if listed[one][2] > 0][:5]
    hits = await service.hits(sold, now=NOW, viewer=ANONYMOUS, currency="EUR")
    assert [(hit.from_price, hit.suppliers, hit.offers) for hit in hits] == [listed[one] for one in sold]
