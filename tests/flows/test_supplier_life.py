"""A supplier's life over its pages: told before it happens, done once, undone, given notice and ended; buyers see it at once."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from marketplace.kernel import clock
from marketplace.trade.orders import service as orders
from marketplace.trade.package import bind_ports
from tests.conftest import NOW
from tests.trade import deals
from tests.vendors.desk import key, signed_in
from vendors.life import service as life
from vendors.life.schemas import LifeChange

if TYPE_CHECKING:
    import httpx

    from marketplace.kernel.http.edge import Edge
    from tests.vendors.market import Shop
    from tests.world import World

pytestmark = pytest.mark.usefixtures("rolled_back")


@pytest.fixture(autouse=True)
def bound() -> None:
    """Bind what trade answers, as the server does."""
    bind_ports()


async def post(client: httpx.AsyncClient, path: str, page: str = "", **fields: Any) -> httpx.Response:
    version = re.search(r'name="version" value="(\d+)"', page)
    known = {"version": version[1]} if version else {}
    return await client.post(path, data={**known, **fields, "csrf_token": client.headers["x-csrf-token"], "idempotency_key": uuid4().hex})


def words(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub("<[^>]+>", " ", page))


async def test_a_supplier_is_told_what_a_closure_does_plans_it_and_everybody_reads_it(app: Edge, client: httpx.AsyncClient) -> None:
    market = await deals.deal(now=NOW)
    await deals.put(market, market.hansa_offer, 2, now=NOW)
    seller: Shop = market.hansa
    async with signed_in(app, seller) as own:
        state = await own.get("/supplier/state")
        assert (state.status_code, "Plan a closure" in state.text, "Give notice" in state.text) == (200, True, False)
        before = await own.get("/supplier/state/change?act=close")
        told = words(before.text)
        assert "Offers that stop selling 1" in told
        assert "Buyers&#39; carts that hold some 1" in told or "Buyers' carts that hold some 1" in told
        assert "Open orders that go on 0" in told
        refused = await post(
            own, "/supplier/state/change", before.text, act="close", closed_from="2026-12-24", closed_to="2026-12-20", reason="Feasts."
        )
        assert (refused.status_code, 'id="e-closed_to"' in refused.text, "Feasts." in refused.text) == (422, True, True)
        assert 'value="2026-12-24"' in refused.text
        assert (await life.life(seller.supplier_id, actor=seller.actor, now=NOW)).closed_from is None
        done = await post(own, "/supplier/state/change", before.text, act="close", closed_from="2026-12-24", closed_to="2027-01-02", reason="Feasts.")
        assert (done.status_code, done.headers["location"].endswith("/supplier/state")) == (303, True)
        stale = await post(
            own, "/supplier/state/change", before.text, act="close", closed_from="2026-12-25", closed_to="2027-01-02", reason="Feasts."
        )
        assert stale.status_code == 412
        for unknown in ("explode", "suspend"):
            assert (await own.get("/supplier/state/change", params={"act": unknown})).status_code in {403, 404}
        dropped = words((await own.get("/supplier/state/change?act=cancel_closure")).text)
        assert "Offers that go on selling 1" in dropped
        with clock.at(NOW.replace(month=12, day=30)):
            paused = words((await own.get("/supplier/state/change?act=pause")).text)
        assert "Offers that stay off sale 1" in paused
        assert "The closure covers today: its last day is" in paused
    page = await client.get(f"/en/suppliers/{seller.slug}")
    assert "Will be closed from Thu 24 Dec to Sat 2 Jan." in words(page.text)
    public = (await client.get(f"/api/v1/suppliers/{seller.supplier_id}")).json()
    assert (public["closed_from"], public["closed_to"], public["is_closed"]) == ("2026-12-24", "2027-01-02", False)
    with clock.at(NOW.replace(month=12, day=30)):
        closed = await client.get(f"/en/suppliers/{seller.slug}")
        assert "Closed until Sat 2 Jan" in words(closed.text)


async def test_the_operator_gives_notice_with_reasons_and_the_supplier_reads_them(app: Edge, clients: dict[str, httpx.AsyncClient]) -> None:
    market = await deals.deal(now=NOW)
    seller, operator = market.hansa, clients["operator"]
    await deals.place(market, (market.hansa_offer, 1), now=NOW)
    place = f"/operator/suppliers/{seller.supplier_id}/state"
    before = await operator.get(f"{place}/change?act=give_notice")
    named = (await life.life(seller.supplier_id, actor=seller.actor, now=NOW)).name
    assert f"Give notice · {named} What this does, counted just now" in words(before.text)
    assert (before.status_code, 'value="2026-12-24"' in before.text) == (200, True)
    early = await post(operator, f"{place}/change", before.text, act="give_notice", ends_on="2026-12-01", reason="Never shipped.")
    assert (early.status_code, 'id="e-ends_on"' in early.text, "Never shipped." in early.text) == (422, True, True)
    done = await post(operator, f"{place}/change", before.text, act="give_notice", ends_on="2026-12-24", reason="Never shipped.\nNever answered.")
    assert done.status_code == 303, done.text[:400]
    async with signed_in(app, seller) as own:
        page = await own.get("/supplier/state")
        assert "Statement of reasons" in page.text
        assert "Never answered." in page.text
        told = (await own.get("/api/v1/supplier/life")).json()
    assert (told["ends_on"], told["statement"], told["sells"]) == ("2026-12-24", "Never shipped.\nNever answered.", True)


async def test_a_notice_that_has_run_out_says_what_holds_it_and_ends_when_nothing_does(clients: dict[str, httpx.AsyncClient], world: World) -> None:
    earlier = NOW - timedelta(days=31)
    market = await deals.deal(now=earlier)
    seller, operator, who = market.hansa, clients["operator"], world.logins["operator"].actor
    placed = await deals.place(market, (market.hansa_offer, 1), now=NOW - timedelta(days=2))
    notice = LifeChange(act="give_notice", reason="Never shipped.", version=1)
    told = await life.change_life(seller.supplier_id, notice, actor=who, now=earlier)
    place, path = f"/operator/suppliers/{seller.supplier_id}/state", f"/api/v1/operator/suppliers/{seller.supplier_id}/life"
    held = await operator.get(place)
    assert ("orders are open" in held.text, "money is due" in held.text, "End it now" in held.text) == (True, True, True)
    body = {"act": "end", "reason": "Over.", "version": told.version}
    refused = await operator.post(path, json=body, headers=key())
    problem = refused.json()
    assert (refused.status_code, problem["type"].rsplit("/", 1)[1], problem["held_by"]) == (409, "still-held", ["open-orders", "money-due"])
    assert (await operator.get(path)).json()["state"] == "open"
    await orders.refuse_order(placed.order_ids[0], actor=seller.actor, now=NOW - timedelta(days=1), reason="Closing down.")
    await deals.drain(NOW)
    ended = await operator.post(path, json=body, headers=key())
    assert (ended.status_code, ended.json()["state"], ended.json()["possible"]) == (200, "terminated", [])
    assert (await clients["anonymous"].get(f"/suppliers/{seller.slug}")).status_code == 404
    kept = await operator.get(f"/operator/suppliers/{seller.supplier_id}")
    assert kept.status_code == 200


async def test_bad_acts_over_the_api_are_named_and_change_nothing(app: Edge) -> None:
    market = await deals.deal(now=NOW)
    seller = market.hansa
    path = "/api/v1/supplier/life"
    async with signed_in(app, seller) as own:
        for body, status, where in (
            ({"act": "explode", "reason": "x", "version": 1}, 422, "/act"),
            ({"act": "pause", "reason": " ", "version": 1}, 422, "/reason"),
            ({"act": "pause", "reason": "x", "version": 0}, 422, "/version"),
            ({"act": "pause", "version": 1}, 422, "/reason"),
            ({"act": "close", "reason": "x", "version": 1, "closed_from": "2026-02-30", "closed_to": "2026-12-30"}, 422, "/closed_from"),
            ({"act": "pause", "reason": "x", "version": 1, "state": "terminated"}, 422, "/state"),
        ):
            answer = await own.post(path, json=body, headers=key())
            assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (status, where), answer.text
        assert (await own.post(path, json={"act": "reopen", "reason": "x", "version": 1}, headers=key())).status_code == 409
        assert (await own.post(path, json={"act": "suspend", "reason": "x", "version": 1}, headers=key())).status_code == 403
        assert (await own.get(f"{path}/effects?act=explode")).status_code == 422
        assert (await own.get(f"{path}/effects")).status_code == 422
        assert (await own.get(path)).json()["log"] == []
    found = await life.life(seller.supplier_id, actor=seller.actor, now=NOW)
    assert (found.state, found.version, found.closed_from) == ("open", 1, None)
