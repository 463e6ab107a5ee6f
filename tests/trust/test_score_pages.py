"""Tests of what everybody reads of a supplier's rates: its page and the API."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from marketplace.kernel.ids import uuid7
from tests.conftest import NOW
from tests.vendors import market
from trust.score import service

if TYPE_CHECKING:
    import httpx

pytestmark = pytest.mark.usefixtures("rolled_back")


async def outcomes(seller: market.Shop, *, days_late: tuple[int, ...] = (0, 0, 0, -1, 2)) -> None:
    """Let orders arrive so many days after their promise, and one more be refused; each was answered after two and a half hours."""
    placed = NOW - timedelta(days=20)
    answered, promised = placed + timedelta(hours=2, minutes=30), (placed + timedelta(days=7)).date()
    known: dict[str, Any] = {"supplier_id": seller.supplier_id, "buyer_id": uuid7(), "now": NOW, "placed_at": placed}
    for number, late in enumerate(days_late):
        order_id = uuid7()
        arrived = NOW - timedelta(days=13 - late)
        await service.note(order_id, kind="placed", at=placed, order_number=f"G10-{number}", **known)
        await service.note(order_id, kind="accepted", at=answered, promised_on=promised, time_zone="UTC", **known)
        await service.note(order_id, kind="delivered", at=arrived, delivered_on=arrived.date(), **(known | {"placed_at": None}))
    await service.note(uuid7(), kind="refused", at=answered, **known)
    assert await service.recompute(NOW) >= 1


async def test_everybody_reads_how_often_a_supplier_was_on_time_and_accepted_with_interval_and_window(client: httpx.AsyncClient) -> None:
    seller = await market.shop("Hansa Lager", now=NOW)
    await outcomes(seller)
    rates = (await client.get(f"/api/v1/suppliers/{seller.supplier_id}/rates")).json()
    assert (rates["on_time"]["k"], rates["on_time"]["n"], rates["on_time"]["rate"], rates["window_days"]) == (4, 5, "0.866667", 365)
    # The mean of 90 % weighs as much as ten orders: (4 + 9) of (5 + 10), and where 14 x^13 - 13 x^14, the distribution of Beta(13, 2), is 5 and 95 %.
    assert (rates["on_time"]["low"], rates["on_time"]["high"], rates["on_time"]["mean"]) == ("0.703266", "0.974001", "0.900000")
    assert (rates["acceptance"]["k"], rates["acceptance"]["n"], rates["acceptance"]["rate"]) == (5, 6, "0.875000")
    answers = {name: rates[f"response_{name}"] for name in ("hours", "n", "low", "high")}
    assert (answers, rates["formula"]) == ({"hours": "2.50", "n": 6, "low": "2.50", "high": "2.50"}, "rates-2")
    page = (await client.get(f"/suppliers/{seller.slug}")).text
    section = page.partition('id="s-rates"')[2].partition("</section>")[0]
    words = re.sub(r"\s+", " ", re.sub("<[^>]+>", " ", section))
    assert "Last 365 days" in words
    assert "4 of 5" in words
    assert "70\N{EN DASH}97%" in words
    assert "5 of 6" in words
    assert "It answered 6 orders: half of the answers came within 2.5 h, the middle half between 2.5 and 2.5 h." in words
    assert section.count('class="range"') == 2
    assert 'class="iv"' in section
    assert " style=" not in section


async def test_a_supplier_without_orders_has_no_rate_and_says_so(client: httpx.AsyncClient) -> None:
    seller = await market.shop("Hansa Lager", now=NOW)
    rates = (await client.get(f"/api/v1/suppliers/{seller.supplier_id}/rates")).json()
    nothing = {"k": 0, "n": 0, "rate": None, "low": None, "high": None, "mean": None}
    assert (rates["on_time"], rates["acceptance"], rates["response_hours"], rates["as_of"]) == (nothing, nothing, None, None)
    for locale in ("", "/vi", "/ar"):
        page = await client.get(f"{locale}/suppliers/{seller.slug}")
        assert page.status_code == 200
        section = page.text.partition('id="s-rates"')[2].partition("</section>")[0]
        assert (section.count('class="u"'), 'class="iv"' in section) == (2, False)
    assert "No order has been placed with it yet." in (await client.get(f"/en/suppliers/{seller.slug}")).text


async def test_who_is_no_supplier_has_no_rates(client: httpx.AsyncClient) -> None:
    answer = await client.get(f"/api/v1/suppliers/{uuid7()}/rates")
    assert (answer.status_code, answer.json()["type"].rsplit("/", 1)[1]) == (404, "not-found")
    assert (await client.get("/suppliers/nobody-here")).status_code == 404
