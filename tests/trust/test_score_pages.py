"""Tests of what everybody reads of a supplier's rates: its page and the API."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from marketplace.kernel.ids import uuid7
from tests.conftest import NOW
from tests.vendors import market
from trust.score import service

if TYPE_CHECKING:
    import httpx

    from marketplace.kernel.database import Connection

pytestmark = pytest.mark.usefixtures("rolled_back")
OUTCOME = """INSERT INTO trust.order_outcomes (order_id, supplier_id, buyer_id, placed_at, accepted_at, refused_at, promised_on, delivered_on, delivered_at, time_zone)
  VALUES ($1, $2, $1, $3, $4, $5, $6, $7, $8, 'UTC')"""


async def outcomes(connection: Connection, seller: market.Shop) -> None:
    """Let four orders be on time, one late, and one refused; each was answered after two and a half hours."""
    placed = NOW - timedelta(days=20)
    answered, promised = placed + timedelta(hours=2, minutes=30), (placed + timedelta(days=7)).date()
    for days_late in (0, 0, 0, -1, 2):
        arrived = NOW - timedelta(days=13 - days_late)
        await connection.execute(OUTCOME, uuid7(), seller.supplier_id, placed, answered, None, promised, arrived.date(), arrived)
    await connection.execute(OUTCOME, uuid7(), seller.supplier_id, placed, None, answered, None, None, None)
    await connection.execute("INSERT INTO trust.stale_suppliers (supplier_id, since) VALUES ($1, $2)", seller.supplier_id, NOW)
    assert await service.recompute(NOW) >= 1


async def test_everybody_reads_how_often_a_supplier_was_on_time_and_accepted_with_interval_and_window(
    client: httpx.AsyncClient, rolled_back: Connection
) -> None:
    seller = await market.shop("Hansa Lager", now=NOW)
    await outcomes(rolled_back, seller)
    rates = (await client.get(f"/api/v1/suppliers/{seller.supplier_id}/rates")).json()
    assert (rates["on_time"]["k"], rates["on_time"]["n"], rates["on_time"]["rate"], rates["window_days"]) == (4, 5, "0.800000", 365)
    assert (rates["on_time"]["low"], rates["on_time"]["high"]) == ("0.435293", "0.954038")
    assert (rates["acceptance"]["k"], rates["acceptance"]["n"], rates["acceptance"]["rate"]) == (5, 6, "0.833333")
    assert (rates["response_hours"], rates["formula"]) == ("2.50", "rates-1")
    page = (await client.get(f"/suppliers/{seller.slug}")).text
    section = page.partition('id="s-rates"')[2].partition("</section>")[0]
    words = re.sub(r"\s+", " ", re.sub("<[^>]+>", " ", section))
    assert "Last 365 days" in words
    assert "4 of 5" in words
    assert "44\N{EN DASH}95%" in words
    assert "5 of 6" in words
    assert "Half of its answers came within 2.5 h." in words
    assert section.count('class="range"') == 2
    assert 'class="iv"' in section
    assert " style=" not in section


async def test_a_supplier_without_orders_has_no_rate_and_says_so(client: httpx.AsyncClient) -> None:
    seller = await market.shop("Hansa Lager", now=NOW)
    rates = (await client.get(f"/api/v1/suppliers/{seller.supplier_id}/rates")).json()
    nothing = {"k": 0, "n": 0, "rate": None, "low": None, "high": None}
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
