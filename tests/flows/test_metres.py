"""Tests of what is sold by the metre, over HTTP: what one answer tells, the next call takes, and no message speaks of steps."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from marketplace.catalogue.products.schemas import NewProduct
from marketplace.catalogue.products.service import create_products
from tests.conftest import NOW

if TYPE_CHECKING:
    import httpx

    from marketplace.kernel.database import Connection
    from tests.world import World

    Clients = dict[str, httpx.AsyncClient]

pytestmark = pytest.mark.usefixtures("rolled_back")
HIDDEN = re.compile(r'<input type="hidden" name="([a-z_]+)" value="([^"]*)">')
HALF = "0.5\u00a0m"


def key() -> dict[str, str]:
    return {"idempotency-key": uuid4().hex}


async def sent(client: httpx.AsyncClient, path: str, body: dict[str, Any], status: int = 200) -> dict[str, Any]:
    answer = await client.post(path, json=body, headers=key())
    assert answer.status_code == status, answer.text
    found: dict[str, Any] = answer.json()
    return found


def refused(problem: dict[str, Any]) -> list[tuple[str, str]]:
    return [(error["pointer"], error["code"]) for error in problem["errors"]]


async def hose() -> str:
    new = NewProduct(source="tests", source_id="hose-1", title="Hose DN 12", brand="Nord", part_number="HS-12", unit_code="MTR", weight_grams=310)
    return str((await create_products([new], now=NOW, actor=None)).ids[0])


async def offered(clients: Clients, world: World, product_id: str, **more: str) -> dict[str, Any]:
    """Offer 100 m in steps of half a metre: 4.20 from the first, 3.90 from 20 m on."""
    body = {
        "product_id": product_id,
        "supplier_sku": "HS-12",
        "currency": "EUR",
        "site_id": world.own["supplier"]["site"],
        "origin_country": "DE",
        "tiers": [{"from_quantity": "0.5", "unit_price": "4.20"}, {"from_quantity": "20", "unit_price": "3.90"}],
        "moq": "0.5",
        "multiple": "0.5",
        "on_hand": "100",
    } | more
    wrong = body | {"moq": 1, "tiers": [{"from_quantity": 1, "unit_price": "4.20"}]}
    problem = await sent(clients["supplier_a"], "/api/v1/offers", wrong, 422)
    assert refused(problem) == [("/moq", "not-decimal-text"), ("/tiers/0/from_quantity", "not-decimal-text")]
    return await sent(clients["supplier_a"], "/api/v1/offers", body, 201)


async def empty_cart(buyer: httpx.AsyncClient) -> None:
    for group in (await buyer.get("/api/v1/cart")).json()["groups"]:
        for line in group["lines"]:
            assert (await buyer.delete(f"/api/v1/cart/lines/{line['id']}")).status_code == 200


async def line_of(buyer: httpx.AsyncClient) -> dict[str, Any]:
    (group,) = (await buyer.get("/api/v1/cart")).json()["groups"]
    (line,) = group["lines"]
    return dict(line)


async def test_what_is_sold_by_the_metre_is_told_and_taken_in_metres_from_the_offer_to_the_shipment(clients: Clients, world: World) -> None:
    buyer, seller = clients["buyer_a"], clients["supplier_a"]
    product_id = await hose()
    offer = await offered(clients, world, product_id)
    assert (offer["moq"], offer["multiple"], offer["pack_size"], offer["available"], offer["unit_decimals"]) == ("0.5", "0.5", "1", "100", 2)
    assert [tier["from_quantity"] for tier in offer["tiers"]] == ["0.5", "20"]
    assert [(level["on_hand"], level["reserved"]) for level in offer["stock"]] == [("100", "0")]

    compared = (await buyer.get(f"/api/v1/products/{product_id}/comparison", params={"quantity": "2.5", "country": "DE"})).json()
    (told,) = compared["offers"]
    assert (compared["ask"]["quantity"], told["quantity"], told["moq"], told["stock"]["available"]) == ("2.5", "2.5", "0.5", "100")
    assert (told["next_tier"]["more"], told["goods_minor"]) == ("17.5", 1050)

    await empty_cart(buyer)
    wanted = {"product_id": product_id, "offer_id": told["offer_id"]}
    await sent(buyer, "/api/v1/cart/lines", wanted | {"quantity": told["quantity"]}, 201)
    line = await line_of(buyer)
    assert (line["quantity"], line["moq"], line["available"], line["next_quantities"], line["net_minor"]) == ("2.5", "0.5", "100", ["2.5"], 1050)
    path = f"/api/v1/cart/lines/{line['id']}"
    assert (await buyer.patch(path, json={"quantity": line["quantity"]}, headers=key())).status_code == 200

    cart = (await buyer.get("/api/v1/cart")).json()
    body = {"cart_id": cart["id"], "address_id": str(world.addresses["buyer_a"]), "version": cart["version"], "price_token": cart["price_token"]}
    (placed,) = (await sent(buyer, "/api/v1/checkout", body, 201))["orders"]
    order = f"/api/v1/orders/{placed['id']}"
    (ordered,) = (await seller.get(order)).json()["lines"]
    assert (ordered["quantity"], ordered["open"], ordered["unit_decimals"]) == ("2.5", "2.5", 2)

    named = {"line_id": ordered["id"]}
    problem = await sent(seller, f"{order}/accept", {"version": 1, "lines": [named | {"quantity": 2}]}, 422)
    assert refused(problem) == [("/lines/0/quantity", "not-decimal-text")]
    problem = await sent(seller, f"{order}/accept", {"version": 1, "lines": [named | {"quantity": "2.51"}]}, 422)
    assert problem["errors"][0]["message"] == "At most 2.5\u00a0m of this line."
    acted = await sent(seller, f"{order}/accept", {"version": 1, "lines": [named | {"quantity": "2"}]})
    assert acted["state"] == "partly_accepted"
    (accepted,) = (await buyer.get(order)).json()["lines"]
    assert (accepted["accepted"], accepted["refused"], accepted["to_ship"]) == ("2", "0.5", "2")

    parcel = {"carrier": "Kestrel", "tracking_number": "HS-1", "version": acted["version"]}
    problem = await sent(seller, f"{order}/shipments", parcel | {"lines": [named | {"quantity": 150}]}, 422)
    assert refused(problem) == [("/lines/0/quantity", "not-decimal-text")]
    shipment = await sent(seller, f"{order}/shipments", parcel | {"lines": [named | {"quantity": "1.5"}]}, 201)
    assert [each["quantity"] for each in shipment["lines"]] == ["1.5"]
    (listed,) = (await buyer.get(f"{order}/shipments")).json()["items"]
    assert [each["quantity"] for each in listed["lines"]] == ["1.5"]
    (left,) = (await buyer.get(order)).json()["lines"]
    assert (left["to_ship"], left["in_transit"]) == ("0.5", "1.5")
    after = (await seller.get(f"/api/v1/offers/{offer['id']}")).json()
    assert [(level["on_hand"], level["reserved"]) for level in after["stock"]] == [("98.5", "0.5")]


async def test_a_kept_comparison_is_told_in_metres_as_it_was(clients: Clients, world: World) -> None:
    buyer = clients["buyer_a"]
    product_id = await hose()
    await offered(clients, world, product_id)
    compared = (await buyer.get(f"/api/v1/products/{product_id}/comparison", params={"quantity": "2.5", "country": "DE"})).json()
    body = {"product_id": product_id, "name": "Hoses", "quantity": compared["ask"]["quantity"], "country": "DE"}
    saved = await sent(buyer, "/api/v1/comparisons", body, 201)
    assert saved["latest"]["ask"]["quantity"] == "2.5"
    page = (await buyer.get(f"/comparisons/{saved['id']}")).text
    assert "2.5\u00a0m · Germany" in page
    assert ">100\u00a0m</td>" in page
    opened = (await buyer.get(f"/api/v1/comparisons/{saved['id']}")).json()
    assert opened["answer"]["offers"] == compared["offers"]
    assert opened["answer"]["ask"] == compared["ask"]


async def test_the_page_of_a_comparison_speaks_of_metres(clients: Clients, world: World) -> None:
    product_id = await hose()
    await offered(clients, world, product_id)
    page = (await clients["buyer_a"].get(f"/products/{product_id}", params={"quantity": "2.25", "country": "DE"})).text
    assert f"by {HALF}: 2.5\u00a0m" in page
    assert "per m" in page
    assert " each" not in page
    assert 'name="quantity" value="2.5"' in page
    asked = (await clients["buyer_a"].get(f"/products/{product_id}", params={"quantity": "2.5", "country": "DE"})).text
    assert "17.5\u00a0m more:" in asked


async def test_what_a_coil_comes_to_is_told_beside_the_price_of_a_metre(clients: Clients, world: World) -> None:
    buyer, seller = clients["buyer_a"], clients["supplier_a"]
    product_id = await hose()
    offer = await offered(clients, world, product_id, pack_size="12.5")
    told = "per pack of 12.5\u00a0m"
    assert (offer["unit_price"], offer["price_base_quantity"], offer["pack_size"], offer["pack_price"]) == ("4.200000", "1", "12.5", "52.5")
    assert f"52.50\u00a0EUR {told}" in (await seller.get(f"/supplier/offers/{offer['id']}")).text
    terms = {"quantity": "25", "country": "DE", "currency": "EUR", "why": offer["id"]}
    page = (await buyer.get(f"/products/{product_id}", params=terms)).text
    assert f'<span title="48.75 {told}"><bdi dir="ltr">48.75 / 12.5\u00a0m</bdi></span>' in page
    assert f"<dd>3.90 · 48.75 {told}</dd>" in page
    await empty_cart(buyer)
    await sent(buyer, "/api/v1/cart/lines", {"product_id": product_id, "offer_id": offer["id"], "quantity": "25"}, 201)
    line = await line_of(buyer)
    assert (Decimal(line["unit_price"]), line["price_base_quantity"], line["pack_size"]) == (Decimal("3.90"), "1", "12.5")
    assert (Decimal(line["pack_price"]), line["net_minor"]) == (Decimal("48.75"), 9750)
    assert f"<small>48.75 {told}</small>" in (await buyer.get("/cart")).text


async def test_one_metre_is_no_pack(clients: Clients, world: World) -> None:
    buyer, seller = clients["buyer_a"], clients["supplier_a"]
    product_id = await hose()
    offer = await offered(clients, world, product_id)
    assert (offer["pack_size"], offer["pack_price"]) == ("1", None)
    await empty_cart(buyer)
    await sent(buyer, "/api/v1/cart/lines", {"product_id": product_id, "offer_id": offer["id"], "quantity": "25"}, 201)
    assert (await line_of(buyer))["pack_price"] is None
    terms = {"quantity": "25", "country": "DE", "why": offer["id"]}
    for client, path in ((seller, f"/supplier/offers/{offer['id']}"), (buyer, f"/products/{product_id}"), (buyer, "/cart")):
        answer = await client.get(path, params=terms)
        assert answer.status_code == 200
        assert "per pack" not in answer.text


async def test_a_quantity_of_metres_that_is_not_sold_is_refused_in_metres(clients: Clients, world: World, rolled_back: Connection) -> None:
    buyer = clients["buyer_a"]
    product_id = await hose()
    offer = await offered(clients, world, product_id)
    await empty_cart(buyer)
    wanted = {"product_id": product_id, "offer_id": offer["id"]}
    problem = await sent(buyer, "/api/v1/cart/lines", wanted | {"quantity": "0.7"}, 422)
    assert problem["detail"] == f"This supplier sells at least {HALF} in steps of {HALF}; the next quantities are {HALF}, 1\u00a0m."
    assert (problem["moq"], problem["multiple"], problem["next_quantities"]) == ("0.5", "0.5", ["0.5", "1"])
    for wrong in (50, 1, 250):
        assert refused(await sent(buyer, "/api/v1/cart/lines", wanted | {"quantity": wrong}, 422)) == [("/quantity", "not-decimal-text")]
    problem = await sent(buyer, "/api/v1/cart/lines", wanted | {"quantity": "0.255"}, 422)
    assert refused(problem) == [("/quantity", "too-many-decimals")]
    assert (await buyer.get("/api/v1/cart")).json()["groups"] == []
    sql = "SELECT count(*) FROM trade.cart_lines WHERE offer_id = $1::text::uuid"
    assert await rolled_back.fetchval(sql, offer["id"]) == 0


async def test_too_little_stock_of_metres_is_told_in_metres(clients: Clients, world: World) -> None:
    buyer, seller = clients["buyer_a"], clients["supplier_a"]
    product_id = await hose()
    offer = await offered(clients, world, product_id)
    await empty_cart(buyer)
    await sent(buyer, "/api/v1/cart/lines", {"product_id": product_id, "offer_id": offer["id"], "quantity": "60.5"}, 201)
    counted = await seller.put(f"/api/v1/offers/{offer['id']}/stock", json={"on_hand": "12.5"}, headers=key() | {"if-match": "1"})
    assert (counted.status_code, counted.json()["available"]) == (200, "12.5")
    page = (await buyer.get("/cart")).text
    assert "has 12.5\u00a0m left." in page
    assert f"in steps of {HALF}" in page
    assert "12.5\u00a0m" in (await seller.get("/supplier/offers", params={"q": "HS-12"})).text
    assert "12.5\u00a0m" in (await seller.get(f"/supplier/offers/{offer['id']}")).text
    prices = (await seller.get(f"/supplier/offers/{offer['id']}/prices")).text
    assert "from 20\u00a0m" in prices
    assert "From quantity <small>m</small>" in prices
    grid = (await seller.get("/supplier/grid", params={"q": "HS-12"})).text
    assert "<small>≥ 20\u00a0m</small>" in grid
    assert f'<td class="n">{HALF}</td>' in grid
    problem = await seller.put(f"/api/v1/offers/{offer['id']}/stock", json={"on_hand": 1250}, headers=key() | {"if-match": "2"})
    assert (problem.status_code, refused(problem.json())) == (422, [("/on_hand", "not-decimal-text")])


async def test_the_pages_take_metres_as_they_are_typed(clients: Clients, world: World) -> None:
    buyer = clients["buyer_a"]
    product_id = await hose()
    offer = await offered(clients, world, product_id)
    await empty_cart(buyer)
    fields = {"product_id": product_id, "offer_id": offer["id"], "csrf_token": buyer.headers["x-csrf-token"]}

    async def put(quantity: str) -> httpx.Response:
        return await buyer.post("/cart/lines", data=fields | {"idempotency_key": uuid4().hex, "quantity": quantity})

    not_sold = await put("0.7")
    assert not_sold.status_code == 422
    assert f"at least {HALF} in steps of {HALF}" in not_sold.text
    # The cart has no such line to correct: the way back keeps what was typed.
    assert f'href="/products/{product_id}?quantity=0.7"' in not_sold.text
    assert (await put("3")).status_code == 303
    assert (await line_of(buyer))["quantity"] == "3"
    assert (await put("2.5")).status_code == 303
    line = await line_of(buyer)
    assert line["quantity"] == "5.5"
    changed = await buyer.post(
        f"/cart/lines/{line['id']}",
        data={"csrf_token": fields["csrf_token"], "idempotency_key": uuid4().hex, "quantity": "12"},
    )
    assert (changed.status_code, (await line_of(buyer))["quantity"]) == (303, "12")
    page = (await clients["supplier_a"].get(f"/supplier/offers/{offer['id']}")).text
    hidden = dict(HIDDEN.findall(page))
    form = {"csrf_token": hidden["csrf_token"], "idempotency_key": uuid4().hex, "version": hidden["version"], "on_hand": "80", "safety": "0.5"}
    assert (await clients["supplier_a"].post(f"/supplier/offers/{offer['id']}/stock", data=form)).status_code == 303
    told = (await clients["supplier_a"].get(f"/api/v1/offers/{offer['id']}")).json()
    assert [(level["on_hand"], level["safety"]) for level in told["stock"]] == [("80", "0.5")]
