"""A supplier hides its offers, and no surface tells of them: list, search, comparison, profile, cart and checkout, each as four kinds of visitors."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING
from uuid import UUID

import msgspec
import pytest

from marketplace.kernel.actor import ANONYMOUS
from marketplace.trade.carts import service as carts
from marketplace.trade.checkout import service as checkout
from marketplace.trade.checkout.errors import CartNotReady
from marketplace.trade.compare import service as compare
from marketplace.trade.search import service as search
from tests.conftest import NOW
from tests.trade import deals
from tests.vendors.desk import key, signed_in
from tests.vendors.market import offer, tiers
from vendors.visibility import service as visibility
from vendors.visibility.schemas import RuleIn

if TYPE_CHECKING:
    import httpx

    from marketplace.kernel.actor import Actor
    from marketplace.kernel.database import Connection
    from marketplace.kernel.http.edge import Edge

pytestmark = pytest.mark.usefixtures("rolled_back")
ASK = {"quantity": "10", "country": "DE", "postal_code": "10115", "currency": "EUR"}


async def listed(product_id: UUID, viewer: Actor) -> tuple[str | None, int, int]:
    page = await search.list_products(None, now=NOW, after=UUID(int=product_id.int - 1), limit=1, viewer=viewer)
    (found,) = msgspec.json.decode(page.items)
    assert found["id"] == str(product_id)
    return found["from_price"], found["suppliers"], found["offers"]


async def test_the_cheapest_offer_that_is_hidden_leaves_no_trace_on_any_surface() -> None:
    market = await deals.deal(now=NOW)
    cheap = await offer(market.hansa, market.product_id, "H-0", now=NOW, tiers=tiers((1, "0.01")), on_hand=10_000)
    before = UUID(int=market.product_id.int - 1)
    assert await compare.contested(suppliers=3, limit=1, after=before) == [market.product_id]
    await visibility.grant(market.other.organisation_id, actor=market.hansa.actor, now=NOW)
    await visibility.set_level(RuleIn(level="org_allowlist"), actor=market.hansa.actor, now=NOW)
    assert await compare.contested(suppliers=3, limit=1, after=before) == []
    assert await compare.contested(suppliers=2, limit=1, after=before) == [market.product_id]
    hidden = {str(cheap), str(market.hansa_offer)}
    for viewer, sees in ((ANONYMOUS, False), (market.buyer.actor, False), (market.rhein.actor, False), (market.other.actor, True)):
        price, suppliers, count = await listed(market.product_id, viewer)
        assert (price, suppliers, count) == (("0.01", 3, 4) if sees else (price, 2, 2))
        assert (price == "0.01") == sees
        (hit,) = await search.hits([market.product_id], now=NOW, viewer=viewer, currency="EUR")
        assert (hit.suppliers, hit.offers, hit.from_price == Decimal("0.01")) == (suppliers, count, sees)
        assert hit.available == (10_300 if sees else 200)
        found = await compare.compare_given(market.product_id, ASK, viewer=viewer, now=NOW)
        assert (hidden <= {one.offer_id for one in found.offers}) == sees
        assert len(found.offers) == count
    history = await compare.lowest_prices(market.product_id, currency="EUR", now=NOW)
    assert history
    assert min(price for _, price in history) > 1


async def test_a_hidden_price_is_in_no_figure_and_in_no_ranking() -> None:
    market = await deals.deal(now=NOW)
    before = await compare.compare_given(market.product_id, ASK, viewer=ANONYMOUS, now=NOW)
    await offer(market.hansa, market.product_id, "H-0", now=NOW, tiers=tiers((1, "0.01")), on_hand=10_000)
    await visibility.set_level(RuleIn(level="prices_hidden"), actor=market.hansa.actor, now=NOW)
    anonymous = await compare.compare_given(market.product_id, ASK, viewer=ANONYMOUS, now=NOW)
    ranked = [one for one in anonymous.offers if one.group == "ranked"]
    assert {one.supplier.id for one in ranked}.isdisjoint({str(market.hansa.supplier_id)})
    assert "0.01" not in msgspec.json.encode(anonymous.offers).decode()
    price, suppliers, count = await listed(market.product_id, ANONYMOUS)
    assert (suppliers, count) == (3, 4)
    assert price != "0.01"
    member = await compare.compare_given(market.product_id, ASK, viewer=market.buyer.actor, now=NOW)
    assert len([one for one in member.offers if one.group == "ranked"]) == len([one for one in before.offers if one.group == "ranked"]) + 1
    assert (await listed(market.product_id, market.buyer.actor))[0] == "0.01"


async def test_a_cart_says_that_it_lost_sight_of_an_offer_and_checkout_refuses_it_by_name(rolled_back: Connection) -> None:
    market = await deals.deal(now=NOW)
    cart_id = await deals.put(market, market.hansa_offer, 10, now=NOW)
    await deals.put(market, market.rhein_offer, 20, now=NOW)
    await visibility.set_level(RuleIn(level="org_allowlist"), actor=market.hansa.actor, now=NOW)
    view = await carts.view(actor=market.buyer.actor, now=NOW)
    (change,) = view.changes
    assert (change.problem.code, change.problem.blocks, view.can_check_out) == ("no-access", True, False)
    line = next(line for group in view.groups for line in group.lines if line.offer_id == market.hansa_offer)
    assert (line.unit_price, line.net_minor, line.available, line.quantity) == (None, None, 0, 10)
    assert carts.worded(change.problem).endswith("no longer shows you this offer.")
    with pytest.raises(CartNotReady) as refused:
        await checkout.checkout(cart_id, address_id=market.buyer.address_id, actor=market.buyer.actor, now=NOW)
    (error,) = refused.value.errors
    assert (error.code, error.pointer, str(error.params["supplier"])[:5]) == ("no-access", f"/lines/{line.id}", "Hansa")
    assert await rolled_back.fetchval("SELECT count(*) FROM trade.order_groups") == 0
    assert await rolled_back.fetchval("SELECT coalesce(sum(reserved), 0) FROM vendors.stock_levels WHERE product_id = $1", market.product_id) == 0
    await visibility.grant(market.buyer.organisation_id, actor=market.hansa.actor, now=NOW)
    placed = await checkout.checkout(cart_id, address_id=market.buyer.address_id, actor=market.buyer.actor, now=NOW)
    assert len(placed.orders) == 2


async def test_levels_and_list_over_the_api(app: Edge) -> None:
    market = await deals.deal(now=NOW)
    async with signed_in(app, market.hansa) as client:
        first = await client.get("/api/v1/visibility")
        assert (first.status_code, first.json()["level"], first.json()["rules"]) == (200, "public", [])
        put = await client.put("/api/v1/visibility", json={"level": "org_allowlist", "version": 0}, headers=key())
        assert (put.status_code, put.json()["level"], put.json()["preview"][0]["granted"]) == (200, "org_allowlist", 0)
        stale = await client.put("/api/v1/visibility", json={"level": "public", "version": 0}, headers=key())
        assert (stale.status_code, stale.json()["version"], stale.json()["level"]) == (412, 1, "org_allowlist")
        for body in ({"level": "everyone"}, {"level": "public", "version": -1}, {"level": "public", "extra": 1}, {}):
            assert (await client.put("/api/v1/visibility", json=body, headers=key())).status_code == 422
        granted = await client.post("/api/v1/visibility/grants", json={"organisation_id": str(market.buyer.organisation_id)}, headers=key())
        assert [one["organisation_id"] for one in granted.json()["items"]] == [str(market.buyer.organisation_id)]
        assert (await client.get("/api/v1/visibility")).json()["preview"][0]["granted"] == 2
        name = granted.json()["items"][0]["name"]
        found = await client.get("/api/v1/visibility/organisations", params={"name": name.upper()})
        assert [one["is_granted"] for one in found.json()["items"]] == [True]
        again = await client.post("/api/v1/visibility/grants", json={"organisation_id": str(market.buyer.organisation_id)}, headers=key())
        assert again.status_code == 409
        path = f"/api/v1/visibility/grants/{market.buyer.organisation_id}"
        assert [(await client.delete(path, headers=key())).status_code for _ in range(2)] == [204, 404]


async def test_the_page_sets_a_level_finds_a_company_and_keeps_the_list(app: Edge) -> None:
    market = await deals.deal(now=NOW)
    async with signed_in(app, market.hansa) as client:
        first = await client.get("/en/supplier/visibility")
        assert (first.status_code, "no rule" in first.text) == (200, True)
        sent = await _post(client, "/supplier/visibility", {"level": "prices_hidden", "version": "0"})
        assert sent.status_code == 303
        shown = (await client.get("/en/supplier/visibility")).text
        assert "offer without its price" in shown
        company = (await client.get("/api/v1/session")).json()
        assert company
        put = await _post(client, "/supplier/visibility/grants", {"organisation_id": str(market.buyer.organisation_id)})
        assert put.status_code == 303
        assert "Take off the list" in (await client.get("/en/supplier/visibility")).text
        stale = await _post(client, "/supplier/visibility", {"level": "public", "version": "0"})
        assert (stale.status_code, "Somebody changed this" in stale.text) == (412, True)
        off = await _post(client, "/supplier/visibility/grants/withdraw", {"organisation_id": str(market.buyer.organisation_id)})
        assert off.status_code == 303
        assert "Nobody yet." in (await client.get("/en/supplier/visibility")).text


async def _post(client: httpx.AsyncClient, path: str, fields: dict[str, str]) -> httpx.Response:
    return await client.post(path, data=fields | {"idempotency_key": key()["idempotency-key"], "csrf_token": client.headers["x-csrf-token"]})
