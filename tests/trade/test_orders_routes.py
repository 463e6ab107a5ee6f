"""Tests of what the API of carts and orders refuses, and how."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

if TYPE_CHECKING:
    import httpx

    from tests.world import World

pytestmark = pytest.mark.usefixtures("rolled_back")
Clients = dict[str, "httpx.AsyncClient"]


def key() -> dict[str, str]:
    return {"idempotency-key": uuid4().hex}


@pytest.mark.parametrize("quantity", [0, -1, 1.5, True, "1", "1,000", " 1_0 ", "NaN", 1_000_001, 2**63, 2**64, None, [], "\u0661"])
async def test_quantities_that_are_none_are_refused_and_nothing_is_put_in(clients: Clients, world: World, quantity: Any) -> None:
    buyer = clients["buyer_a"]
    before = (await buyer.get("/api/v1/cart")).json()["line_count"]
    offer = next(one for one in world.offers if one.supplier == "supplier_a")
    body = {"product_id": str(offer.product_id), "offer_id": str(offer.offer_id), "quantity": quantity}
    answer = await buyer.post("/api/v1/cart/lines", json=body, headers=key())
    assert answer.status_code == 422, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert (await buyer.get("/api/v1/cart")).json()["line_count"] == before


async def test_fields_that_are_not_the_callers_to_set_are_refused(clients: Clients, world: World) -> None:
    offer = world.offers[0]
    body = {"product_id": str(offer.product_id), "offer_id": str(offer.offer_id), "quantity": 1, "price": 1}
    answer = await clients["buyer_a"].post("/api/v1/cart/lines", json=body, headers=key())
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "unknown-field")


async def test_an_offer_that_is_not_there_is_not_found(clients: Clients, world: World) -> None:
    body = {"product_id": str(world.product_ids[0]), "offer_id": str(uuid4()), "quantity": 1}
    assert (await clients["buyer_a"].post("/api/v1/cart/lines", json=body, headers=key())).status_code == 404


@pytest.mark.parametrize("query", ["limit=0", "limit=-1", "limit=201", "limit=1e3", "state=lost", "side=operator", "cursor=abc", f"q={'x' * 61}"])
async def test_lists_refuse_what_is_no_question(clients: Clients, query: str) -> None:
    answer = await clients["buyer_a"].get(f"/api/v1/orders?{query}")
    assert answer.status_code == {"cursor=abc": 400, "side=operator": 403}.get(query, 422), answer.text


async def test_a_cursor_belongs_to_its_list(clients: Clients) -> None:
    first = (await clients["buyer_a"].get("/api/v1/orders?limit=1")).json()
    assert first["next_cursor"]
    for changed in ("state=shipped&", "q=G&"):
        assert (await clients["buyer_a"].get(f"/api/v1/orders?{changed}limit=1&cursor={first['next_cursor']}")).status_code == 400
    assert (await clients["buyer_b"].get(f"/api/v1/orders?limit=1&cursor={first['next_cursor']}")).status_code == 400


async def test_buyers_do_not_answer_and_suppliers_do_not_order(clients: Clients, world: World) -> None:
    order_id = world.own["buyer"]["order"]
    accept = await clients["buyer_a"].post(f"/api/v1/orders/{order_id}/accept", json={"version": 1}, headers=key())
    view = await clients["supplier_a"].get("/api/v1/cart")
    anonymous = await clients["anonymous"].get("/api/v1/orders")
    scopeless = await clients["key_without_scope"].get("/api/v1/orders")
    assert (accept.status_code, view.status_code, anonymous.status_code, scopeless.status_code) == (403, 403, 401, 403)


async def test_lines_of_other_orders_and_lines_named_twice_are_refused(clients: Clients, world: World) -> None:
    path = f"/api/v1/orders/{world.own['supplier']['order']}"
    line = (await clients["supplier_a"].get(path)).json()["lines"][0]
    named = {"line_id": line["id"], "quantity": 1}
    for lines in (
        [{"line_id": str(uuid4()), "quantity": 1}],
        [named, named],
        [{**named, "quantity": line["quantity"] + 1}],
        [{**named, "quantity": 0}],
    ):
        answer = await clients["supplier_a"].post(f"{path}/accept", json={"version": 1, "lines": lines}, headers=key())
        assert answer.status_code == 422, answer.text
    assert (await clients["supplier_a"].get(path)).json()["state"] == "awaiting_acceptance"
