"""Tests of low stock: told once, at units or days of cover, ended a tenth above, in the transaction that moves the stock."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import msgspec
import pytest

from marketplace.kernel.actor import WORKER, Actor
from marketplace.kernel.database import transaction
from marketplace.kernel.errors import NotFound, VersionConflict
from marketplace.kernel.ids import uuid7
from tests.conftest import NOW
from tests.vendors import market
from tests.vendors.desk import key, signed_in
from vendors.offers import service as offers
from vendors.stock import service
from vendors.stock.schemas import Reservation

if TYPE_CHECKING:
    from datetime import datetime

    from marketplace.kernel.http.edge import Edge

BUYER_ID = UUID(int=7)
BUYER = Actor(organisation_id=BUYER_ID, capacities=frozenset({"buyer"}))
pytestmark = pytest.mark.usefixtures("rolled_back")
ALERTS = "SELECT threshold, available, recovered_at FROM vendors.stock_alerts WHERE offer_id = $1 ORDER BY raised_at, id"
FACTS = "SELECT kind, payload::text FROM kernel.outbox WHERE kind IN ('StockLow', 'StockRecovered') ORDER BY id"


async def one_offer(on_hand: int = 100, **terms: Any) -> tuple[market.Shop, UUID, UUID]:
    seller = await market.shop("Hansa Lager", now=NOW)
    product_id = await market.product("P-1", now=NOW)
    return seller, product_id, await market.offer(seller, product_id, "H-1", now=NOW, on_hand=on_hand, **terms)


async def alerts(offer_id: UUID) -> list[tuple[int, int, bool]]:
    async with transaction(actor=WORKER) as held:
        return [(row[0], row[1], row[2] is not None) for row in await held.fetch(ALERTS, offer_id)]


async def told(offer_id: UUID) -> list[tuple[str, int]]:
    async with transaction(actor=WORKER) as held:
        rows = [(row[0], msgspec.json.decode(row[1])) for row in await held.fetch(FACTS)]
    return [(name, payload["available"]) for name, payload in rows if payload["offer_id"] == str(offer_id)]


def wish(seller: market.Shop, product_id: UUID, offer_id: UUID, quantity: int) -> Reservation:
    return Reservation(
        product_id=product_id, offer_id=offer_id, site_id=seller.site_id, order_id=uuid7(), order_line_id=uuid7(), buyer_id=BUYER_ID, quantity=quantity,
        expires_at=NOW + timedelta(hours=1),
    )  # fmt: skip


async def reserve(order: Reservation, *, at: datetime = NOW) -> None:
    """Reserve as the buyer does, who sees nothing of the supplier's watch."""
    async with transaction(actor=BUYER):
        await service.reserve([order], now=at)


async def test_low_stock_is_told_once_until_it_has_recovered_by_a_tenth() -> None:
    seller, product_id, offer_id = await one_offer(safety=10)
    await service.set_watch(offer_id, watch=("units", 50), version=1, actor=seller.actor, now=NOW)
    assert await alerts(offer_id) == []
    first, second = wish(seller, product_id, offer_id, 40), wish(seller, product_id, offer_id, 5)
    await reserve(first)
    assert (await alerts(offer_id), await told(offer_id)) == ([(50, 50, False)], [("StockLow", 50)])
    await reserve(second)
    async with transaction(actor=BUYER):
        await service.release(second.order_id, now=NOW)
    await offers.set_stock(offer_id, on_hand=104, version=None, actor=seller.actor, now=NOW)
    assert (await alerts(offer_id), await told(offer_id)) == ([(50, 50, False)], [("StockLow", 50)])
    await offers.set_stock(offer_id, on_hand=105, version=None, actor=seller.actor, now=NOW)
    assert (await alerts(offer_id), await told(offer_id)) == ([(50, 50, True)], [("StockLow", 50), ("StockRecovered", 55)])
    await offers.set_stock(offer_id, on_hand=60, version=None, actor=seller.actor, now=NOW)
    assert await told(offer_id) == [("StockLow", 50), ("StockRecovered", 55), ("StockLow", 10)]


async def test_days_of_cover_rest_on_what_was_shipped_in_90_days() -> None:
    seller, product_id, offer_id = await one_offer(on_hand=100)
    for days, quantity in ((120, 9), (60, 20), (1, 25)):
        order = wish(seller, product_id, offer_id, quantity)
        await reserve(order, at=NOW - timedelta(days=days))
        await service.ship_stock(order.order_id, {order.order_line_id: quantity}, now=NOW - timedelta(days=days), actor=WORKER)
    await service.set_watch(offer_id, watch=("days", 90), version=None, actor=seller.actor, now=NOW)
    assert await alerts(offer_id) == []
    found = (await service.watches_of([offer_id], actor=seller.actor, now=NOW))[offer_id]
    assert (found.kind, found.days, found.least, found.shipped_90_days, found.low_since) == ("days", 90, None, 45, None)
    await reserve(wish(seller, product_id, offer_id, 1))
    assert await alerts(offer_id) == [(45, 45, False)]


async def test_a_watch_ends_with_its_alert_and_what_is_low_already_is_told_at_once() -> None:
    seller, _, offer_id = await one_offer(on_hand=5)
    assert await service.set_watch(offer_id, watch=("units", 5), version=1, actor=seller.actor, now=NOW) == 2
    assert (await alerts(offer_id), await service.count_low(seller.actor)) == ([(5, 5, False)], 1)
    await service.set_watch(offer_id, watch=None, version=2, actor=seller.actor, now=NOW)
    assert (await alerts(offer_id), await service.count_low(seller.actor)) == ([(5, 5, True)], 0)
    await offers.set_stock(offer_id, on_hand=0, version=None, actor=seller.actor, now=NOW)
    assert await told(offer_id) == [("StockLow", 5)]


async def test_anothers_offer_and_a_stale_version_are_refused() -> None:
    seller, _, offer_id = await one_offer(on_hand=5)
    other = await market.shop("Rhein Teile", now=NOW)
    with pytest.raises(NotFound):
        await service.set_watch(offer_id, watch=("units", 5), version=1, actor=other.actor, now=NOW)
    with pytest.raises(VersionConflict):
        await service.set_watch(offer_id, watch=("units", 5), version=7, actor=seller.actor, now=NOW)
    assert (await alerts(offer_id), await service.watches_of([offer_id], actor=seller.actor, now=NOW)) == ([], {})


async def test_low_stock_over_the_api_and_on_the_pages(app: Edge) -> None:
    seller, _, offer_id = await one_offer(on_hand=5)
    async with signed_in(app, seller) as client:
        path = f"/api/v1/offers/{offer_id}"
        for wrong in ({"kind": "weeks", "threshold": 1}, {"threshold": 0}, {"kind": "days", "threshold": 731}, {"threshold": "1.5"}, {}):
            assert (await client.put(f"{path}/watch", json=wrong, headers=key() | {"if-match": "1"})).status_code == 422
        put = await client.put(f"{path}/watch", json={"kind": "units", "threshold": 8}, headers=key() | {"if-match": "1"})
        assert (put.status_code, put.json()["watch"]["least"], put.json()["watch"]["low_since"]) == (200, 8, "2026-11-24T09:20:00Z")
        listed = await client.get("/api/v1/offers", params={"show": "low"})
        assert [item["id"] for item in listed.json()["items"]] == [str(offer_id)]
        page = (await client.get("/en/supplier/offers", params={"show": "low"})).text
        assert "H-1" in page
        assert "low: warned at 8" in page
        assert 'Low stock <span class="count">1</span>' in page
        shown = (await client.get(f"/en/supplier/offers/{offer_id}")).text
        assert "You are warned at 8." in shown
        fields = {"version": "2", "kind": "days", "threshold": "900", "csrf_token": client.headers["x-csrf-token"], "idempotency_key": uuid4().hex}
        refused = await client.post(f"/supplier/offers/{offer_id}/watch", data=fields)
        assert (refused.status_code, 'value="900"' in refused.text) == (422, True)
        ended = await client.post(f"/supplier/offers/{offer_id}/watch", data=fields | {"threshold": "", "idempotency_key": uuid4().hex})
        assert ended.status_code == 303
        assert (await client.get("/api/v1/offers", params={"show": "low"})).json()["items"] == []
