"""Tests of what a row of the comparison tells of stock and of an arrival that is not known."""

from __future__ import annotations

import re
from decimal import Decimal
from html import unescape
from typing import TYPE_CHECKING

import pytest

from marketplace.kernel.actor import ANONYMOUS
from marketplace.kernel.ids import uuid7
from marketplace.trade.compare import service
from tests.conftest import NOW
from tests.trade import deals
from tests.vendors.market import offer, shop, tiers

if TYPE_CHECKING:
    import httpx

pytestmark = pytest.mark.usefixtures("rolled_back")
ASK = {"quantity": "60", "country": "DE", "postal_code": "10115", "currency": "EUR"}


def cell(page: str, offer_id: object, begin: str) -> str:
    """Give a cell of an offer's row as somebody reads it, its small line after a bar."""
    row = page.split(f'<tr id="o-{offer_id}"', 1)[1].split("</tr>", 1)[0]
    found = row.split(f'<td class="{begin}', 1)[1].split(">", 1)[1].split("</td>", 1)[0]
    return unescape(re.sub(r"<[^>]+>", "", found.replace("<small", "|<small")))


@pytest.mark.parametrize(
    "on_hand, told",
    [
        (7188, "7,188\u00a0pc|> 99\u00d7"),
        (5941, "5,941\u00a0pc|> 99\u00d7"),
        (5940, "5,940\u00a0pc|99\u00d7"),
        (600, "600\u00a0pc|10\u00d7"),
        (100, "100\u00a0pc|1.7\u00d7"),
        (12, "12\u00a0pc|0.2\u00d7"),
    ],
)
async def test_stock_is_told_in_pieces_with_the_multiple_of_what_is_asked(client: httpx.AsyncClient, on_hand: int, told: str) -> None:
    market = await deals.deal(now=NOW)
    offer_id = await offer(market.rhein, market.product_id, "R-9", now=NOW, on_hand=on_hand)
    page = (await client.get(f"/en/products/{market.product_id}", params=ASK)).text
    assert cell(page, offer_id, "n st") == told


@pytest.mark.parametrize(
    "country, condition, line, more",
    [
        ("DE", "new", "Germany · 1/5 checks, 1 Nov", ""),
        ("GB", "new", "United Kingdom · 1/5, 1 Nov", "United Kingdom · 1/5 checks, 1 Nov"),
        ("AE", "new", "AE · 1/5, 1 Nov", "United Arab Emirates · 1/5 checks, 1 Nov"),
        ("DE", "used", "Used · Germany · 1/5, 1 Nov", ""),
        ("DE", "refurbished", "Refurbished · DE · 1/5, 1 Nov", "Germany"),
    ],
)
async def test_the_date_of_the_checks_is_seen_however_long_the_line(
    client: httpx.AsyncClient, country: str, condition: str, line: str, more: str
) -> None:
    market = await deals.deal(now=NOW)
    seller = await shop(f"Avon {uuid7()}", now=NOW, country=country)
    offer_id = await offer(seller, market.product_id, "A-1", now=NOW, on_hand=600, condition=condition)
    page = (await client.get(f"/en/products/{market.product_id}", params=ASK)).text
    name = page.split(f'<tr id="o-{offer_id}"', 1)[1].split("</th>", 1)[0]
    title = f' title="{more}"' if more else ""
    assert f"</a><small{title}>{line}</small>" in name


async def test_what_is_made_to_order_says_so_where_its_stock_does_not_do(client: httpx.AsyncClient) -> None:
    market = await deals.deal(now=NOW)
    offer_id = await offer(market.rhein, market.product_id, "R-9", now=NOW, on_hand=12, allows_backorder=True)
    page = (await client.get(f"/en/products/{market.product_id}", params=ASK)).text
    assert cell(page, offer_id, "n st") == "12\u00a0pc|to order"


@pytest.mark.parametrize(
    "locale, title, beside",
    [
        ("en", "A cost or the arrival is not known", "The arrival is not known"),
        ("vi", "Có chi phí hoặc ngày đến chưa biết", "Chưa biết ngày đến"),
        ("ar", "تكلفة أو موعد الوصول غير معروف", "موعد الوصول غير معروف"),
    ],
)
async def test_an_offer_whose_arrival_alone_is_not_known_says_so(client: httpx.AsyncClient, locale: str, title: str, beside: str) -> None:
    market = await deals.deal(now=NOW)
    without = await shop(f"None {uuid7()}", now=NOW)
    offer_id = await offer(without, market.product_id, "S-1", now=NOW, on_hand=500, incoterm="DAP")
    page = (await client.get(f"/{locale}/products/{market.product_id}", params=ASK | {"need_by": "2026-12-01"})).text
    assert f"<b>{title}</b>" in page
    assert cell(page, offer_id, "pic time") == f"|{beside}"
    assert page.count(f"<small>{beside}</small>") == 1
    if locale == "en":
        assert "1 has a cost or the arrival not known." in page


async def test_a_cost_that_is_not_known_is_no_arrival(client: httpx.AsyncClient) -> None:
    market = await deals.deal(now=NOW)
    without = await shop(f"None {uuid7()}", now=NOW)
    await offer(without, market.product_id, "S-1", now=NOW, on_hand=500)
    page = (await client.get(f"/en/products/{market.product_id}", params=ASK)).text
    assert "<b>A cost is not known</b>" in page
    assert "1 has a cost not known." in page
    assert "The arrival is not known" not in page


async def test_days_on_the_way_name_the_table_also_where_the_price_holds_the_freight(client: httpx.AsyncClient) -> None:
    market = await deals.deal(now=NOW)
    included = str(await offer(market.rhein, market.product_id, "R-9", now=NOW, on_hand=500, incoterm="DAP"))
    rated = str(market.rhein_offer)
    told = {one["offer_id"]: one for one in (await client.get(f"/api/v1/products/{market.product_id}/comparison", params=ASK)).json()["offers"]}
    assert (told[included]["components"][1]["state"], told[included]["components"][1]["source"]) == ("included", "DAP")
    for one in (told[included], told[rated]):
        assert (one["transit_days"], one["transit_source"], one["transit_as_of"]) == (2, "test", "2026-01-01T00:00:00Z")
    page = (await client.get(f"/en/products/{market.product_id}", params=ASK | {"why": included})).text
    assert "By the supplier's lead time, the site's calendar and test" in unescape(page)


async def test_a_pack_has_its_price_in_the_answer_as_it_is_sent_and_as_it_is_read(client: httpx.AsyncClient) -> None:
    market = await deals.deal(now=NOW)
    packed = str(await offer(market.rhein, market.product_id, "R-9", now=NOW, on_hand=500, pack_size=12, tiers=tiers((1, "2.345"))))
    sent = (await client.get(f"/api/v1/products/{market.product_id}/comparison", params=ASK)).json()["offers"]
    assert {one["offer_id"]: one["pack_price"] for one in sent} == {
        packed: "28.140000", str(market.rhein_offer): None, str(market.hansa_offer): None, str(market.kuwait_offer): None,
    }  # fmt: skip
    read = await service.compare_given(market.product_id, ASK, viewer=ANONYMOUS, now=NOW)
    assert {one.offer_id: one.pack_price for one in read.offers if one.pack_price is not None} == {packed: Decimal("28.140000")}
