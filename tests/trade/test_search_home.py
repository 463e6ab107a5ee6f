"""Tests of the strip on the home page that says what waits for somebody."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    import httpx

pytestmark = pytest.mark.usefixtures("rolled_back")


def strip(page: str) -> str:
    """Give the words of the strip, blank where there is none."""
    section = page.partition('id="s-waits"')[2].partition("</section>")[0]
    return re.sub(r"\s+", " ", re.sub("<[^>]+>", " ", section))


async def test_a_buyer_sees_at_home_what_is_on_its_way_and_in_the_cart(clients: dict[str, httpx.AsyncClient]) -> None:
    page = (await clients["buyer_a"].get("/")).text
    assert "2 orders on their way to you" in strip(page)
    assert "1 line in the cart" in strip(page)
    assert 'href="/arrivals"' in page


async def test_a_supplier_sees_at_home_what_is_to_answer_or_to_ship(clients: dict[str, httpx.AsyncClient]) -> None:
    page = (await clients["supplier_a"].get("/")).text
    assert re.search(r"\d+ orders? to answer or ship", strip(page))
    assert 'href="/supplier/orders?show=waiting"' in page


async def test_nobody_has_nothing_waiting(client: httpx.AsyncClient, clients: dict[str, httpx.AsyncClient]) -> None:
    assert "s-waits" not in (await client.get("/")).text
    for locale in ("/vi", "/ar"):
        assert "s-waits" in (await clients["buyer_a"].get(f"{locale}/")).text
