"""Tests of goods that are not new, over HTTP: their buyer reads so in the comparison, what is kept of it, the cart, checkout and the order."""

from __future__ import annotations

import csv
import io
import re
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from python_calamine import CalamineWorkbook

from marketplace.catalogue.products.schemas import NewProduct
from marketplace.catalogue.products.service import create_products
from tests.conftest import NOW

if TYPE_CHECKING:
    import httpx

    from tests.world import World

    Clients = dict[str, httpx.AsyncClient]

pytestmark = pytest.mark.usefixtures("rolled_back")
ASK = {"quantity": "10", "country": "DE", "currency": "EUR"}
# What a comparison tells of the two numbers of one supplier, each kept from left to right.
NEW, USED = "\u2066CB-N\u2069", "\u2066CB-U\u2069"


async def sent(client: httpx.AsyncClient, path: str, body: dict[str, Any], status: int = 200) -> dict[str, Any]:
    answer = await client.post(path, json=body, headers={"idempotency-key": uuid4().hex})
    assert answer.status_code == status, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def two_offers(seller: httpx.AsyncClient, world: World, condition: str = "used") -> tuple[str, dict[str, Any], dict[str, Any]]:
    """Sell one product new and, for less, in another condition; gives the product and both offers."""
    new = NewProduct(source="tests", source_id="crate-1", title="Crate 40", brand="Nord", part_number="CB-40", unit_code="H87", weight_grams=900)
    product_id = str((await create_products([new], now=NOW, actor=None)).ids[0])
    body = {
        "product_id": product_id, "currency": "EUR", "site_id": world.own["supplier"]["site"], "origin_country": "DE", "on_hand": 7188,
    }  # fmt: skip
    first = await sent(seller, "/api/v1/offers", body | {"supplier_sku": "CB-N", "tiers": [{"from_quantity": 1, "unit_price": "8.40"}]}, 201)
    other = body | {"supplier_sku": "CB-U", "tiers": [{"from_quantity": 1, "unit_price": "3.10"}], "condition": condition}
    return product_id, first, await sent(seller, "/api/v1/offers", other, 201)


async def emptied(buyer: httpx.AsyncClient) -> None:
    for group in (await buyer.get("/api/v1/cart")).json()["groups"]:
        for line in group["lines"]:
            assert (await buyer.delete(f"/api/v1/cart/lines/{line['id']}")).status_code == 200


async def test_a_used_offer_says_so_from_the_comparison_to_the_order(clients: Clients, world: World) -> None:
    buyer, seller = clients["buyer_a"], clients["supplier_a"]
    product_id, _, used = await two_offers(seller, world)
    compared = (await buyer.get(f"/api/v1/products/{product_id}/comparison", params=ASK)).json()
    assert {one["supplier_sku"]: one["condition"] for one in compared["offers"]} == {"CB-N": "new", "CB-U": "used"}
    page = (await buyer.get(f"/products/{product_id}", params=ASK | {"why": used["id"]})).text
    assert re.search(rf">Used · {USED} · DE · [0-5]/5, [^<]+</small>", page)
    assert re.search(rf">{NEW} · Germany · [0-5]/5, [^<]+</small>", page)
    assert f"<dt>Article number</dt><dd>{USED} · Used</dd>" in page
    assert f"Đã qua sử dụng · {USED} · " in (await buyer.get(f"/vi/products/{product_id}", params=ASK)).text

    await emptied(buyer)
    await sent(buyer, "/api/v1/cart/lines", {"product_id": product_id, "offer_id": used["id"], "quantity": 10}, 201)
    cart = (await buyer.get("/api/v1/cart")).json()
    assert [line["condition"] for group in cart["groups"] for line in group["lines"]] == ["used"]
    for path in ("/cart", "/checkout"):
        assert '<bdi dir="ltr">CB-U</bdi> · <b>Used</b></small>' in (await buyer.get(path)).text
    body = {"cart_id": cart["id"], "address_id": str(world.addresses["buyer_a"]), "version": cart["version"], "price_token": cart["price_token"]}
    (placed,) = (await sent(buyer, "/api/v1/checkout", body, 201))["orders"]

    # What was ordered stays what it was, whatever the supplier sells under the number later.
    changed = await seller.patch(
        f"/api/v1/offers/{used['id']}", json={"condition": "refurbished"}, headers={"idempotency-key": uuid4().hex, "if-match": str(used["version"])}
    )
    assert changed.status_code == 200, changed.text
    for reader in (buyer, seller):
        assert [line["condition"] for line in (await reader.get(f"/api/v1/orders/{placed['id']}")).json()["lines"]] == ["used"]
        assert '<bdi dir="ltr">CB-U</bdi> · <b>Used</b> · ' in (await reader.get(f"/orders/{placed['id']}")).text


async def test_what_is_new_goes_without_saying(clients: Clients, world: World) -> None:
    buyer = clients["buyer_a"]
    product_id, new, _ = await two_offers(clients["supplier_a"], world)
    await emptied(buyer)
    await sent(buyer, "/api/v1/cart/lines", {"product_id": product_id, "offer_id": new["id"], "quantity": 10}, 201)
    for path in ("/cart", "/checkout"):
        page = (await buyer.get(path)).text
        assert '<bdi dir="ltr">CB-N</bdi></small>' in page
        assert "<b>Used</b>" not in page


async def test_files_and_what_is_kept_tell_the_condition(clients: Clients, world: World) -> None:
    buyer = clients["buyer_a"]
    product_id, _, _ = await two_offers(clients["supplier_a"], world, "refurbished")
    text = (await buyer.get(f"/products/{product_id}/comparison.csv", params=ASK)).text
    rows = list(csv.DictReader(io.StringIO(text.lstrip("\ufeff"))))
    assert {row["supplier_sku"]: row["condition"] for row in rows} == {"CB-N": "new", "CB-U": "refurbished"}
    book = (await buyer.get(f"/vi/products/{product_id}/comparison.xlsx", params=ASK)).content
    head, *lines = CalamineWorkbook.from_filelike(io.BytesIO(book)).get_sheet_by_index(0).to_python()
    assert sorted(str(line[head.index("Tình trạng")]) for line in lines) == ["Mới", "Tân trang"]
    saved = await sent(buyer, "/api/v1/comparisons", {"product_id": product_id, "name": "Crates"} | ASK, 201)
    page = (await buyer.get(f"/comparisons/{saved['id']}")).text
    assert '<b>Refurbished</b> · <bdi dir="ltr">CB-U</bdi> · Germany' in page
    assert '<small><bdi dir="ltr">CB-N</bdi> · Germany' in page


async def test_an_order_of_what_was_seen_as_new_is_refused_once_it_is_used(clients: Clients, world: World) -> None:
    buyer, seller = clients["buyer_a"], clients["supplier_a"]
    product_id, new, _ = await two_offers(seller, world)
    await emptied(buyer)
    await sent(buyer, "/api/v1/cart/lines", {"product_id": product_id, "offer_id": new["id"], "quantity": 10}, 201)
    cart = (await buyer.get("/api/v1/cart")).json()
    ((line,),) = [group["lines"] for group in cart["groups"]]
    changed = await seller.patch(
        f"/api/v1/offers/{new['id']}", json={"condition": "used"}, headers={"idempotency-key": uuid4().hex, "if-match": str(new["version"])}
    )
    assert changed.status_code == 200, changed.text
    before = (await buyer.get("/api/v1/orders")).json()["items"]
    body = {"cart_id": cart["id"], "address_id": str(world.addresses["buyer_a"]), "version": cart["version"], "price_token": cart["price_token"]}
    problem = await sent(buyer, "/api/v1/checkout", body, 409)
    assert next((error["pointer"], error["code"], error["message"]) for error in problem["errors"]) == (
        f"/lines/{line['id']}", "condition-now", "The condition of Crate 40 is now: Used.",
    )  # fmt: skip
    after = (await buyer.get("/api/v1/cart")).json()
    assert (after["id"], after["line_count"]) == (cart["id"], 1)
    assert (await buyer.get("/api/v1/orders")).json()["items"] == before
