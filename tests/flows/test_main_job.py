"""Tests of the main job over HTTP: from a cart of three suppliers to delivered orders, as JSON and as pages."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from marketplace.app import PACKAGES
from marketplace.kernel.outbox import service as outbox
from tests.conftest import NOW

if TYPE_CHECKING:
    import httpx

    from tests.world import World

pytestmark = pytest.mark.usefixtures("rolled_back")
Clients = dict[str, "httpx.AsyncClient"]
CSRF = re.compile(r'name="csrf_token" value="([^"]+)"')
HIDDEN = re.compile(r'<input type="hidden" name="([a-z_]+)" value="([^"]*)">')


def key() -> dict[str, str]:
    return {"idempotency-key": uuid4().hex}


async def sent(client: httpx.AsyncClient, path: str, body: dict[str, Any], status: int = 200) -> dict[str, Any]:
    answer = await client.post(path, json=body, headers=key())
    assert answer.status_code == status, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def empty_cart(client: httpx.AsyncClient) -> None:
    for group in (await client.get("/api/v1/cart")).json()["groups"]:
        for line in group["lines"]:
            assert (await client.delete(f"/api/v1/cart/lines/{line['id']}")).status_code == 200


async def cart_of(client: httpx.AsyncClient, world: World) -> dict[str, Any]:
    """Put one offer of each supplier in, at its least quantity."""
    await empty_cart(client)
    for name in ("supplier_a", "supplier_b", "supplier_c"):
        offer = next(one for one in world.offers if one.supplier == name)
        quantity = -(-offer.moq // offer.multiple) * offer.multiple
        body = {"product_id": str(offer.product_id), "offer_id": str(offer.offer_id), "quantity": quantity}
        await sent(client, "/api/v1/cart/lines", body, 201)
    answer = await client.get("/api/v1/cart")
    assert answer.status_code == 200
    view: dict[str, Any] = answer.json()
    return view


async def test_a_cart_of_three_suppliers_is_ordered_accepted_shipped_and_delivered(clients: Clients, world: World) -> None:
    buyer = clients["buyer_a"]
    cart = await cart_of(buyer, world)
    assert len(cart["groups"]) == 3
    assert cart["can_check_out"] is True
    body = {
        "cart_id": cart["id"],
        "address_id": str(world.addresses["buyer_a"]),
        "version": cart["version"],
        "price_token": cart["price_token"],
        "po_number": "PO-77",
    }
    placed = await sent(buyer, "/api/v1/checkout", body, 201)
    assert {total["currency"]: total["gross_minor"] for total in placed["totals"]} == {
        total["currency"]: total["gross_minor"] for total in cart["totals"]
    }
    group = (await buyer.get(f"/api/v1/order-groups/{placed['group_id']}")).json()
    assert [order["number"] for order in group["orders"]] == [f"{placed['number']}-{place}" for place in (1, 2, 3)]
    assert group["state"] == "awaiting_acceptance"
    sellers = {world.logins[name].organisation_id: clients[name] for name in ("supplier_a", "supplier_b")}
    for order in group["orders"]:
        seller = next((client for organisation_id, client in sellers.items() if str(organisation_id) == order["vendor_id"]), None)
        if seller is None:
            continue
        path = f"/api/v1/orders/{order['id']}"
        acted = await sent(seller, f"{path}/accept", {"version": 1})
        assert acted["state"] == "accepted"
        shipment = await sent(seller, f"{path}/shipments", {"carrier": "Kestrel", "tracking_number": f"X{order['number']}", "version": 2}, 201)
        delivered = await sent(buyer, f"/api/v1/shipments/{shipment['id']}/deliver", {"version": shipment["version"]})
        assert delivered["state"] == "delivered"
        assert (await buyer.get(path)).json()["state"] == "delivered"
    await outbox.drain(PACKAGES, NOW)
    listed = (await buyer.get("/api/v1/orders", params={"q": placed["number"], "limit": 2})).json()
    assert len(listed["items"]) == 2
    rest = (await buyer.get("/api/v1/orders", params={"q": placed["number"], "limit": 2, "cursor": listed["next_cursor"]})).json()
    assert (len(rest["items"]), rest["next_cursor"]) == (1, None)


async def test_a_repeated_checkout_answers_with_the_same_group(clients: Clients, world: World) -> None:
    buyer = clients["buyer_a"]
    cart = await cart_of(buyer, world)
    body = {"cart_id": cart["id"], "address_id": str(world.addresses["buyer_a"]), "version": cart["version"]}
    first = await buyer.post("/api/v1/checkout", json=body, headers={"idempotency-key": "same"})
    second = await buyer.post("/api/v1/checkout", json=body, headers={"idempotency-key": "same"})
    assert (first.status_code, first.content) == (second.status_code, second.content)
    other = await buyer.post("/api/v1/checkout", json=body, headers={"idempotency-key": "another"})
    assert (other.status_code, other.json()["group_id"]) == (201, first.json()["group_id"])
    changed = await buyer.post("/api/v1/checkout", json=body | {"po_number": "X"}, headers={"idempotency-key": "same"})
    assert changed.status_code == 422


async def test_acts_without_key_version_or_in_the_wrong_state_are_refused(clients: Clients, world: World) -> None:
    seller = clients["supplier_a"]
    path = f"/api/v1/orders/{world.own['supplier']['order']}"
    assert (await seller.post(f"{path}/accept", json={"version": 1})).status_code == 400
    assert (await seller.post(f"{path}/accept", json={}, headers=key())).status_code == 428
    assert (await seller.post(f"{path}/accept", json={"version": 9}, headers=key())).status_code == 412
    assert (await seller.post(f"{path}/accept", json={}, headers={**key(), "if-match": '"9"'})).status_code == 412
    assert (await seller.post(f"{path}/refuse", json={"reason": "x", "version": 1}, headers=key())).status_code == 422
    assert (await seller.post(f"{path}/accept", json={"version": 1, "state": "shipped"}, headers=key())).status_code == 422
    early = await seller.post(f"{path}/shipments", json={"carrier": "K", "tracking_number": "K-1", "version": 1}, headers=key())
    assert (early.status_code, early.json()["current"]) == (409, "awaiting_acceptance")
    assert "accepted" in early.json()["allowed"]
    accepted = await seller.post(f"{path}/accept", json={}, headers={**key(), "if-match": '"1"'})
    assert (accepted.status_code, accepted.json()["version"]) == (200, 2)


async def test_what_is_foreign_answers_like_what_is_missing(clients: Clients, world: World) -> None:
    missing = uuid4()
    for path in ("/api/v1/orders/{}", "/api/v1/order-groups/{}", "/api/v1/shipments/{}", "/api/v1/orders/{}/shipments"):
        kind = "order_group" if "groups" in path else "shipment" if path.startswith("/api/v1/shipments") else "order"
        foreign = await clients["buyer_a"].get(path.format(world.foreign["buyer"][kind]))
        nothing = await clients["buyer_a"].get(path.format(missing))
        assert foreign.status_code == nothing.status_code == 404
        assert {**foreign.json(), "instance": ""} == {**nothing.json(), "instance": ""}


def hidden(page: str, action: str) -> dict[str, str]:
    """Read the hidden fields of the form that posts to `action`."""
    form = page.partition(f'action="{action}"')[2].partition("</form>")[0]
    assert form, f"no form posts to {action}"
    return dict(HIDDEN.findall(form))


async def follow(client: httpx.AsyncClient, path: str, fields: dict[str, Any]) -> httpx.Response:
    """Post a form and go where it leads."""
    answer = await client.post(path, data=fields)
    assert answer.status_code == 303, answer.text
    page = await client.get(answer.headers["location"])
    assert page.status_code == 200
    return page


async def test_the_same_job_works_by_forms_alone(clients: Clients, world: World) -> None:
    buyer, seller = clients["buyer_a"], clients["supplier_a"]
    await cart_of(buyer, world)
    cart = (await buyer.get("/cart")).text
    assert cart.count('class="group"') == 3
    review = (await buyer.get("/checkout")).text
    group = await follow(buyer, "/checkout", hidden(review, "/checkout") | {"po_number": "PO-9"})
    assert "PO-9" in group.text
    number = re.search(r"G\d+", group.text)
    assert number is not None
    todo = (await seller.get("/supplier/orders", params={"show": "waiting", "q": number[0]})).text
    order_id = re.search(r"/orders/([0-9a-f-]{36})", todo)
    assert order_id is not None
    path = f"/orders/{order_id[1]}"
    order = (await seller.get(path)).text
    quantities = re.findall(r'name="quantity"[^>]* value="([^"]+)"', order)
    accepted = await follow(seller, f"{path}/accept", hidden(order, f"{path}/accept") | {"quantity": quantities[0]})
    shipped = await follow(
        seller, f"{path}/ship", hidden(accepted.text, f"{path}/ship") | {"quantity": quantities[0], "carrier": "Kestrel", "tracking_number": "F-1"}
    )
    assert "F-1" in shipped.text
    arrivals = (await buyer.get("/arrivals")).text
    assert "F-1" in arrivals
    page = (await buyer.get(path)).text
    deliver = re.search(r'action="(/shipments/[0-9a-f-]{36}/deliver)"', page)
    assert deliver is not None
    done = await follow(buyer, deliver[1], hidden(page, deliver[1]))
    assert "/deliver" not in done.text
    assert (await buyer.get(f"/api/v1{path}")).json()["state"] == "delivered"


async def test_a_refused_form_keeps_what_was_typed_and_says_what_to_change(clients: Clients, world: World) -> None:
    seller = clients["supplier_a"]
    path = f"/orders/{world.own['supplier']['order']}"
    page = (await seller.get(path)).text
    answer = await seller.post(f"{path}/refuse", data=hidden(page, f"{path}/refuse") | {"reason": "no"})
    assert answer.status_code == 422
    assert ">no</textarea>" in answer.text
    assert 'role="alert"' in answer.text
    assert (await seller.get(f"/api/v1{path}")).json()["state"] == "awaiting_acceptance"


@pytest.mark.parametrize("locale", ["", "/vi", "/ar"])
async def test_every_page_of_orders_renders_in_every_language(clients: Clients, world: World, locale: str) -> None:
    await cart_of(clients["buyer_a"], world)
    own = world.own["buyer"]
    for path in ("/cart", "/checkout", "/orders", "/arrivals", f"/orders/{own['order']}", f"/order-groups/{own['order_group']}"):
        answer = await clients["buyer_a"].get(f"{locale}{path}")
        assert answer.status_code == 200, (path, answer.text[:500])
        assert " style=" not in answer.text
    for path in ("/supplier/orders", f"/orders/{world.own['supplier']['order']}"):
        assert (await clients["supplier_a"].get(f"{locale}{path}")).status_code == 200
    assert (await clients["operator"].get(f"{locale}/orders")).status_code == 200
