"""Tests of what pages on carts and orders say: sums by their name, duty beside them, moments in one zone, what was wrong at its field."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from marketplace.app import PACKAGES
from marketplace.kernel.outbox import service as outbox
from tests.conftest import NOW
from tests.flows.test_main_job import cart_of, follow, hidden, sent

if TYPE_CHECKING:
    import httpx

    from tests.world import World

pytestmark = pytest.mark.usefixtures("rolled_back")
Clients = dict[str, "httpx.AsyncClient"]
ZONE = re.compile(r"\d\d:\d\d\u00a0([A-Z]{3,4}(?:[+-]\d+)?)")


def main(page: httpx.Response) -> str:
    """Give what stands between head and foot of a page."""
    assert page.status_code == 200, page.text[:300]
    return page.text.partition("<main")[2].partition("</main>")[0]


async def test_a_sum_without_tax_is_called_net_on_every_page(clients: Clients, world: World) -> None:
    await cart_of(clients["buyer_a"], world)
    own = world.own["buyer"]
    for path in ("/cart", "/checkout", f"/order-groups/{own['order_group']}", "/orders", f"/orders/{own['order']}"):
        shown = main(await clients["buyer_a"].get(path))
        assert "Net" in shown, path
        assert "Gross" not in shown, path
        assert "Total in" not in shown, path


async def test_import_duty_is_told_beside_the_sums_from_the_cart_to_the_order(clients: Clients, world: World) -> None:
    buyer = clients["buyer_a"]
    cart = await cart_of(buyer, world)
    told = [group["duty"]["state"] for group in cart["groups"] if group["duty"]["state"] != "not_applicable"]
    assert told
    for path in ("/cart", "/checkout"):
        shown = main(await buyer.get(path))
        assert shown.count("Import duty, paid at import and part of no sum here") == len(told)
        assert "Import duty is not part of these totals; it is paid at import." in shown
    review = (await buyer.get("/checkout")).text
    group = await follow(buyer, "/checkout", hidden(review, "/checkout") | {"po_number": "PO-9"})
    assert group.text.count("paid at import and part of no sum here") == len(told)


async def test_freight_is_told_with_its_table_since_when_it_holds_and_that_it_is_invented(clients: Clients, world: World) -> None:
    await cart_of(clients["buyer_a"], world)
    own = world.own["buyer"]
    for path in ("/cart", "/checkout", f"/orders/{own['order']}"):
        shown = main(await clients["buyer_a"].get(path))
        assert "by the supplier&#39;s table" in shown or "by the supplier's table" in shown, path
        assert "in force since" in shown, path
        assert "invented rates" in shown, path
    seller = main(await clients["supplier_a"].get(f"/orders/{world.own['supplier']['order']}"))
    assert "by your table" in seller


async def test_moments_of_an_order_are_all_told_in_the_readers_own_zone(clients: Clients, world: World) -> None:
    buyer, seller = clients["buyer_a"], clients["supplier_b"]
    await cart_of(buyer, world)
    await follow(buyer, "/checkout", hidden((await buyer.get("/checkout")).text, "/checkout") | {"po_number": "PO-9"})
    path = f"/orders/{(await seller.get('/api/v1/orders?side=supplier&limit=1')).json()['items'][0]['id']}"
    await sent(seller, f"/api/v1{path}/accept", {"version": 1})
    await sent(seller, f"/api/v1{path}/shipments", {"carrier": "Heron", "tracking_number": "R-1", "version": 2}, 201)
    assert set(ZONE.findall(main(await seller.get(path)))) == {"UTC+07"}
    assert set(ZONE.findall(main(await buyer.get(path)))) == {"CET"}


async def test_a_quantity_that_passes_the_line_is_told_beside_its_field(clients: Clients, world: World) -> None:
    seller = clients["supplier_a"]
    path = f"/orders/{world.own['supplier']['order']}"
    page = (await seller.get(path)).text
    fields = hidden(page, f"{path}/accept")
    refused = await seller.post(f"{path}/accept", data=fields | {"quantity": "999999"})
    field = f"quantity-{fields['line_id']}"
    assert refused.status_code == 422
    assert f'<a href="#f-{field}">' in refused.text
    assert re.search(rf'id="f-{field}"[^>]* value="999999" aria-invalid="true" aria-describedby="e-{field}"', refused.text)
    assert f'id="e-{field}"' in refused.text
    blank = await seller.post(f"{path}/accept", data=fields | {"quantity": "abc"})
    assert (blank.status_code, f'id="e-{field}"' in blank.text) == (422, True)
    assert (await seller.get(f"/api/v1{path}")).json()["state"] == "awaiting_acceptance"


async def test_the_carrier_taken_last_stands_in_the_form_and_a_first_part_promises_no_due_day(clients: Clients, world: World) -> None:
    buyer, seller = clients["buyer_a"], clients["supplier_a"]
    path = f"/orders/{world.own['supplier']['order']}"
    line = (await seller.get(f"/api/v1{path}")).json()["lines"][0]
    await sent(seller, f"/api/v1{path}/accept", {"version": 1})
    part = {"carrier": "Heron", "tracking_number": "R-1", "version": 2, "lines": [{"line_id": line["id"], "quantity": 1}]}
    await sent(seller, f"/api/v1{path}/shipments", part, 201)
    await outbox.drain(PACKAGES, NOW)
    assert 'name="carrier" type="text" value="Heron"' in (await seller.get(path)).text
    shown = main(await buyer.get(path))
    assert "More of this order is to come; payment is due 30 days after the last of it is here." in shown
    assert "With it the order is here" not in shown
    assert "due once the rest is here" in main(await buyer.get("/arrivals"))
    await sent(seller, f"/api/v1{path}/shipments", {"carrier": "Heron", "tracking_number": "R-2", "version": 3}, 201)
    first = (await buyer.get(f"/api/v1{path}/shipments")).json()["items"][0]
    await sent(buyer, f"/api/v1/shipments/{first['id']}/deliver", {"version": first["version"]})
    assert "With it the order is here, and payment is due 30 days later" in main(await buyer.get(path))


async def test_freight_that_is_not_known_promises_no_act_that_nobody_can_do(clients: Clients, world: World) -> None:
    buyer = clients["buyer_a"]
    await cart_of(buyer, world)
    address = {"label": "Far", "recipient": "R", "lines": ["1 Chome"], "city": "Osaka", "country": "JP", "postal_code": "530-0001"}
    made = await sent(buyer, "/api/v1/addresses", address, 201)
    answer = await buyer.put("/api/v1/cart/address", json={"address_id": made["id"]})
    assert answer.status_code == 200, answer.text
    shown = main(await buyer.get("/cart"))
    assert "without freight, which this order does not settle" in shown
    assert "which the supplier states" not in shown


async def test_a_checkout_whose_freight_changed_says_so_on_the_page(clients: Clients, world: World) -> None:
    buyer = clients["buyer_a"]
    await cart_of(buyer, world)
    fields = hidden((await buyer.get("/checkout")).text, "/checkout")
    token = fields["price_token"]
    refused = await buyer.post("/checkout", data=fields | {"po_number": "PO-9", "price_token": token[:24] + "0" * 24})
    assert refused.status_code == 409
    assert "Freight, duty or tax differs from what you saw" in refused.text
    assert hidden(refused.text, "/checkout")["price_token"] == token
