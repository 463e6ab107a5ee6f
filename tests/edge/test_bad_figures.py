"""Prices, moments and sums that are none: a clear answer each, and nothing changed; and what breaks on our side says nothing of its inside."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from tests.edge.refusals import check_page, check_problem, traces

if TYPE_CHECKING:
    import httpx

    from marketplace.kernel.database import Connection
    from marketplace.kernel.http.edge import Edge
    from tests.world import World

pytestmark = pytest.mark.usefixtures("rolled_back")


def act(version: int = 1) -> dict[str, str]:
    """Give the headers of an act on an offer."""
    return {"idempotency-key": uuid4().hex, "if-match": f'"{version}"'}


PRICES = {
    "nan": "NaN", "snan": "sNaN", "infinity": "Infinity", "minus_0": "-0", "negative": "-1.00", "huge_exponent": "1e1000000", "grouped": " 1_000 ",
    "arabic_digits": "١٢", "comma": "1,50", "seven_decimals": "1.0000001", "thirteen_digits": "1" * 13, "no_digit_after_the_point": "1.", "plus": "+1",
    "hexadecimal": "0x10", "empty": "", "5000_digits": "9" * 5000, "a_float": 0.1, "a_number": 1, "null": None, "true": True, "nul": "1\x00",
}  # fmt: skip


@pytest.mark.parametrize("price", PRICES.values(), ids=PRICES)
async def test_a_price_that_is_none_answers_422(price: Any, as_supplier_a: httpx.AsyncClient, world: World) -> None:
    path, before = f"/api/v1/offers/{world.own['supplier']['offer']}", await traces()
    body = {"tiers": [{"from_quantity": 1, "unit_price": price}]}
    check_problem(await as_supplier_a.patch(path, json=body, headers=act()), 422, "invalid-input", pointer="/tiers/0/unit_price")
    assert await traces() == before


MOMENTS = {
    "naive": "2026-12-01T10:00:00", "a_leap_second": "2026-12-31T23:59:60Z", "before_all_time": "0001-01-01T00:00:00+14:00",
    "after_all_time": "9999-12-31T23:59:59-23:59", "no_such_day": "2026-02-30T10:00:00Z", "infinity": "infinity", "a_number": 1767225600, "nul": "\x00",
}  # fmt: skip


@pytest.mark.parametrize("moment", MOMENTS.values(), ids=MOMENTS)
async def test_a_moment_that_is_none_answers_422(moment: Any, as_supplier_a: httpx.AsyncClient, world: World) -> None:
    path, before = f"/api/v1/offers/{world.own['supplier']['offer']}", await traces()
    body = {"tiers": [{"from_quantity": world.offers[0].moq, "unit_price": "2.50"}], "price_valid_from": moment}
    answer = await as_supplier_a.patch(path, json=body, headers=act())
    assert answer.status_code == 422, answer.text
    told = check_problem(answer, 422, answer.json()["type"].rsplit("/", 1)[1])
    assert [item["pointer"] for item in told["errors"]] in (["/price_valid_from"], [])
    assert await traces() == before


async def test_a_line_dearer_than_any_order_answers_422(clients: dict[str, httpx.AsyncClient], world: World) -> None:
    offer = next(one for one in world.offers if str(one.offer_id) == world.own["supplier"]["offer"])
    path = f"/api/v1/offers/{offer.offer_id}"
    dear = {"tiers": [{"from_quantity": offer.moq, "unit_price": "999999999999"}]}
    assert (await clients["supplier_a"].patch(path, json=dear, headers=act())).status_code == 200
    assert (await clients["supplier_a"].put(f"{path}/stock", json={"on_hand": 1_000_000}, headers=act(2))).status_code == 200
    before = await traces()
    quantity = 1_000_000 // offer.multiple * offer.multiple
    body = {"product_id": str(offer.product_id), "offer_id": str(offer.offer_id), "quantity": quantity}
    answer = await clients["buyer_a"].post("/api/v1/cart/lines", json=body, headers=act())
    check_problem(answer, 422, "order-too-large")
    assert await traces() == before


async def test_what_breaks_on_our_side_is_told_without_its_inside(
    app: Edge, client: httpx.AsyncClient, rolled_back: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert rolled_back

    async def broken(*_: Any, **__: Any) -> None:
        raise RuntimeError("the secret of /etc/inside")

    monkeypatch.setattr(app.callers, "_of_session", broken)
    client.cookies.set("session", "b" * 43)
    told = check_problem(await client.get("/api/v1/categories"), 500, "internal-error")
    assert "inside" not in str(told)
    page = await client.get("/search")
    check_page(page, 500)
    assert "inside" not in page.text
