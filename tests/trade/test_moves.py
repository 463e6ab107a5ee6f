"""Tests that carts, orders, stock and saved comparisons live through a merge and its undoing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from marketplace.app import PACKAGES
from marketplace.catalogue.matches import service as matches
from marketplace.kernel.actor import WORKER, Actor
from marketplace.kernel.database import connection, reading, transaction
from marketplace.kernel.doctor.service import violations
from marketplace.kernel.errors import Moved
from marketplace.kernel.ids import uuid7
from marketplace.trade.carts import service as carts
from marketplace.trade.compare import service as compare
from marketplace.trade.orders import service as orders
from marketplace.trade.package import bind_ports
from marketplace.trade.saved import service as saved
from marketplace.trade.saved.schemas import SaveIn
from services_addons.logistics import service as logistics
from services_addons.logistics.schemas import PackingIn
from tests.conftest import NOW
from tests.trade import deals
from tests.vendors.market import offer, product
from vendors.moves import service as moves

if TYPE_CHECKING:
    from uuid import UUID

    from marketplace.catalogue.merges.schemas import MergeOut

pytestmark = pytest.mark.usefixtures("rolled_back")
OPERATOR = Actor(organisation_id=uuid7(), person_id=uuid7(), capacities=frozenset({"operator"}), roles=frozenset({"admin"}))
REFERRING = (
    "vendors.offer_keys", "vendors.price_versions", "vendors.stock_levels", "vendors.stock_movements", "vendors.stock_reservations", "trade.cart_lines",
    "trade.order_lines",
)  # fmt: skip


async def places(offer_id: UUID) -> dict[str, set[UUID]]:
    """Give the products on which everything that refers to an offer stands."""
    found = {}
    async with transaction(actor=WORKER):
        for table in REFERRING:
            rows = await connection().fetch(f"SELECT DISTINCT product_id FROM {table} WHERE offer_id = $1", offer_id)
            found[table] = {row[0] for row in rows}
        found["vendors.offers"] = {await connection().fetchval("SELECT product_id FROM vendors.offers WHERE id = $1", offer_id)}
    return found


async def merged(market: deals.Deal) -> tuple[UUID, MergeOut]:
    """Merge the market's product into another one, and let the worker tell everybody."""
    kept = await product(f"K-{uuid7()}", now=NOW)
    merge = await matches.merge(kept_id=kept, gone_id=market.product_id, actor=OPERATOR, now=NOW)
    await deals.drain(NOW)
    return kept, merge


async def sellers(product_id: UUID) -> list[str]:
    given = {"quantity": "10", "country": "DE", "currency": "EUR"}
    found = await compare.compare_given(product_id, given, viewer=WORKER, now=NOW)
    return sorted(str(one.offer_id) for one in found.offers)


async def test_an_offer_takes_along_everything_that_refers_to_it_and_brings_it_back() -> None:
    market = await deals.deal(now=NOW)
    await deals.place(market, (market.hansa_offer, 5), now=NOW)
    await deals.put(market, market.hansa_offer, 3, now=NOW, by=market.other)
    kept, merge = await merged(market)
    assert await places(market.hansa_offer) == {table: {kept} for table in (*REFERRING, "vendors.offers")}
    assert await sellers(kept) == sorted(map(str, (market.hansa_offer, market.rhein_offer, market.kuwait_offer)))
    await matches.undo(merge.id, actor=OPERATOR, now=NOW)
    await deals.drain(NOW)
    assert await places(market.hansa_offer) == {table: {market.product_id} for table in (*REFERRING, "vendors.offers")}
    assert await violations(tuple(one for package in PACKAGES for one in package.invariants), now=NOW) == []


async def test_offers_that_came_meanwhile_stay_where_they_were_made() -> None:
    market = await deals.deal(now=NOW)
    kept, merge = await merged(market)
    newer = await offer(market.rhein, kept, "R-NEW", now=NOW)
    await matches.undo(merge.id, actor=OPERATOR, now=NOW)
    await deals.drain(NOW)
    assert await sellers(kept) == [str(newer)]
    assert await sellers(market.product_id) == sorted(map(str, (market.hansa_offer, market.rhein_offer, market.kuwait_offer)))


async def test_an_order_goes_on_after_its_product_was_merged() -> None:
    market = await deals.deal(now=NOW)
    placed = await deals.place(market, (market.hansa_offer, 5), now=NOW)
    kept, _ = await merged(market)
    order_id = placed.orders[0].id
    order = await orders.order(order_id, actor=market.hansa.actor)
    assert [line.product_id for line in order.lines] == [kept]
    await orders.refuse_order(order_id, reason="Not in stock after all.", actor=market.hansa.actor, now=NOW)
    async with reading(WORKER):
        left = await connection().fetchval("SELECT sum(reserved) FROM vendors.stock_levels WHERE offer_id = $1", market.hansa_offer)
    assert left == 0


async def test_a_cart_follows_and_takes_the_offer_by_its_old_place() -> None:
    market = await deals.deal(now=NOW)
    await deals.put(market, market.hansa_offer, 3, now=NOW)
    kept, _ = await merged(market)
    await deals.put(market, market.hansa_offer, 2, now=NOW)
    view = await carts.view(actor=market.buyer.actor, now=NOW)
    lines = [(line.product_id, line.quantity) for group in view.groups for line in group.lines]
    assert lines == [(kept, 5)]
    assert view.can_check_out


async def test_a_saved_comparison_asks_where_its_product_stands_now() -> None:
    market = await deals.deal(now=NOW)
    asked = SaveIn(name="Bearings", product_id=market.product_id, quantity="10", country="DE", currency="EUR")
    kept_id = (await saved.save(asked, actor=market.buyer.actor, now=NOW)).id
    await merged(market)
    changes = await saved.changes_since(kept_id, seq=None, actor=market.buyer.actor, now=NOW)
    assert (changes.unavailable, changes.first_before, changes.first_now) == ("", changes.first_now, changes.first_now)


async def test_what_goes_on_a_pallet_goes_along() -> None:
    market = await deals.deal(now=NOW)
    await logistics.set_packing(PackingIn(product_id=market.product_id, per_pallet=480), actor=market.hansa.actor, now=NOW)
    kept, _ = await merged(market)
    packings = await logistics.my_packings(actor=market.hansa.actor)
    assert {one.product_id: one.per_pallet for one in packings} == {market.product_id: 480, kept: 480}


async def test_the_comparison_of_the_gone_product_sends_on() -> None:
    market = await deals.deal(now=NOW)
    kept, _ = await merged(market)
    with pytest.raises(Moved) as told:
        await sellers(market.product_id)
    assert told.value.kept == str(kept)


async def test_an_offer_that_was_made_on_a_gone_product_is_found_by_the_timer() -> None:
    market = await deals.deal(now=NOW)
    kept, _ = await merged(market)
    late = await offer(market.rhein, market.product_id, "R-LATE", now=NOW)
    assert await moves.settle_all(NOW) == 1
    assert (await places(late))["vendors.offers"] == {kept}
    assert await moves.settle_all(NOW) == 0


async def test_an_offer_goes_two_merges_far_and_all_the_way_back() -> None:
    market = await deals.deal(now=NOW)
    middle, inner = await merged(market)
    last = await product(f"L-{uuid7()}", now=NOW)
    outer = await matches.merge(kept_id=last, gone_id=middle, actor=OPERATOR, now=NOW)
    await deals.drain(NOW)
    assert (await places(market.hansa_offer))["vendors.offers"] == {last}
    await matches.undo(outer.id, actor=OPERATOR, now=NOW)
    await deals.drain(NOW)
    assert (await places(market.hansa_offer))["vendors.offers"] == {middle}
    await matches.undo(inner.id, actor=OPERATOR, now=NOW)
    await deals.drain(NOW)
    assert (await places(market.hansa_offer))["vendors.offers"] == {market.product_id}


async def test_an_operator_sees_how_much_stands_on_both() -> None:
    market = await deals.deal(now=NOW)
    await deals.place(market, (market.hansa_offer, 5), now=NOW)
    bind_ports()
    other = await product(f"K-{uuid7()}", now=NOW)
    found = await matches.sides([market.product_id, other], actor=OPERATOR)
    assert [(one.offers, one.orders) for one in found] == [(3, 1), (0, 0)]


async def test_nobody_else_moves_offers() -> None:
    market = await deals.deal(now=NOW)
    with pytest.raises(Exception, match="only the market moves offers"):
        async with transaction(actor=market.hansa.actor):
            await connection().fetch(
                "SELECT vendors.move_offers(ARRAY[$1]::uuid[], ARRAY[$2]::uuid[], ARRAY[$2]::uuid[], ARRAY[$2]::uuid[])",
                market.hansa_offer,
                market.product_id,
            )
