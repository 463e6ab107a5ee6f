"""Tests of a supplier whose calendar has no working day: whoever compares and buys is told that the day is not known, and nothing fails."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.flows.test_main_job import cart_of, sent

if TYPE_CHECKING:
    import httpx

    from marketplace.kernel.database import Connection
    from tests.world import World

pytestmark = pytest.mark.usefixtures("rolled_back")
ON_MONDAYS = "UPDATE vendors.sites SET working_days = '{1}'"
SIXTY_MONDAYS = """INSERT INTO vendors.site_exceptions (site_id, on_date, is_open, reason)
  SELECT id, '2026-11-23'::date + 7 * week, false, '' FROM vendors.sites CROSS JOIN generate_series(0, 59) AS week
  ON CONFLICT (site_id, on_date) DO UPDATE SET is_open = false"""


async def test_every_page_of_the_way_to_an_order_opens_where_no_site_ever_works(
    clients: dict[str, httpx.AsyncClient], world: World, rolled_back: Connection
) -> None:
    await rolled_back.execute(ON_MONDAYS)
    await rolled_back.execute(SIXTY_MONDAYS)
    buyer, product_id = clients["buyer_a"], world.product_ids[0]
    answer = await buyer.get(f"/api/v1/products/{product_id}/comparison?quantity=5&country=DE")
    assert answer.status_code == 200, answer.text
    offers = answer.json()["offers"]
    assert {(one["ready_on"], one["arrives_on"], one["transit_days"]) for one in offers} == {(None, None, None)}
    for locale in ("en", "vi", "ar"):
        for need_by in ("", "&need_by=2026-12-20"):
            page = await buyer.get(f"/{locale}/products/{product_id}?quantity=5&country=DE{need_by}&why={offers[0]['offer_id']}")
            assert (page.status_code, page.text.count('class="whyrow"')) == (200, 1)
    sheet = await buyer.get(f"/products/{product_id}/comparison.csv?quantity=5&country=DE")
    assert sheet.status_code == 200
    cart = await cart_of(buyer, world)
    assert {(line["ready_on"], line["arrives_on"]) for group in cart["groups"] for line in group["lines"]} == {(None, None)}
    for path in ("/cart", "/checkout", "/vi/cart", "/ar/checkout"):
        assert (await buyer.get(path)).status_code == 200, path
    body = {"cart_id": cart["id"], "address_id": str(world.addresses["buyer_a"]), "version": cart["version"], "price_token": cart["price_token"]}
    placed = await sent(buyer, "/api/v1/checkout", body, 201)
    assert (await buyer.get(f"/order-groups/{placed['group_id']}")).status_code == 200
