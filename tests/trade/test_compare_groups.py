"""Tests of who stands where in a comparison: hidden prices, amounts too large, many offers, costs that all lack, and where each figure comes from."""

from __future__ import annotations

import csv
import re
from collections import Counter
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from marketplace.kernel.actor import ANONYMOUS, WORKER
from marketplace.kernel.database import connection, reading
from marketplace.kernel.fx import service as fx
from marketplace.kernel.ids import uuid7
from marketplace.trade.compare import service
from services_addons.logistics import service as logistics
from services_addons.logistics.schemas import NewFreightTable, NewZone
from tests.conftest import NOW
from tests.trade import deals
from tests.vendors.market import offer, product, shop, tiers
from trust.score import service as score
from vendors.visibility import service as visibility
from vendors.visibility.schemas import RuleIn

if TYPE_CHECKING:
    from uuid import UUID

    import httpx

    from marketplace.trade.compare.schemas import Comparison

pytestmark = pytest.mark.usefixtures("rolled_back")
ASK = {"quantity": "60", "country": "DE", "postal_code": "10115"}
QUERY = "quantity=60&country=DE&postal_code=10115"
# What each source of a comparison reads: at most one statement names it.
SOURCES = ("vendors.offers", "trust.supplier_rates", "services.freight_tables", "services.duty_rates")


async def compared(product_id: UUID, **given: str) -> Comparison:
    return await service.compare_given(product_id, ASK | given, viewer=ANONYMOUS, now=NOW)


def text_of(page: str) -> str:
    """Give the sentence over the table as somebody reads it."""
    return re.sub(r"<[^>]+>", "", re.split(r'<p class="sum"[^>]*>', page)[1].split("</p>", maxsplit=1)[0])


async def hidden_market() -> deals.Deal:
    """Make the market with Hansa's prices shown after signing in; Hansa is the cheapest."""
    market = await deals.deal(now=NOW)
    await visibility.set_level(RuleIn(level="prices_hidden"), actor=market.hansa.actor, now=NOW)
    return market


async def test_an_offer_with_a_hidden_price_stands_apart_without_any_figure_that_tells_it() -> None:
    market = await hidden_market()
    visitors = await compared(market.product_id)
    assert {one.offer_id for one in visitors.offers} == {str(market.rhein_offer), str(market.kuwait_offer)}
    (gated,) = visitors.gated
    assert (gated.offer_id, gated.moq, gated.ship_from, gated.note) == (str(market.hansa_offer), 1, "DE", "price-after-sign-in")
    assert (visitors.summary.gated, visitors.offers_found) == (1, 2)
    assert gated.terms_as_of == NOW
    buyers = await service.compare_given(market.product_id, ASK, viewer=market.buyer.actor, now=NOW)
    assert (buyers.gated, buyers.summary.gated, len(buyers.offers)) == ([], 0, 3)


async def test_the_csv_names_who_shows_no_price_and_tells_none(client: httpx.AsyncClient) -> None:
    market = await hidden_market()
    rows = list(csv.DictReader((await client.get(f"/products/{market.product_id}/comparison.csv", params=ASK)).text.splitlines()))
    assert [row["group"] for row in rows] == ["ranked", "ranked", "price-after-sign-in"]
    assert {name for name, value in rows[-1].items() if value} == {"group", "supplier", "country", "condition", "as_of"}


async def test_what_a_hidden_price_is_changes_nothing_that_visitors_are_told() -> None:
    market = await hidden_market()
    before = await compared(market.product_id)
    from vendors.offers import service as offers  # noqa: PLC0415 - one use

    await offers.set_price(market.hansa_offer, tiers=tiers((1, "0.01")), version=None, actor=market.hansa.actor, now=NOW)
    after = await compared(market.product_id)
    assert (after.offers, after.gated, after.summary) == (before.offers, before.gated, before.summary)


@pytest.mark.parametrize("locale", ["en", "vi", "ar"])
async def test_the_page_has_a_group_for_prices_after_signing_in_and_the_way_there(client: httpx.AsyncClient, locale: str) -> None:
    market = await hidden_market()
    page = (await client.get(f"/{locale}/products/{market.product_id}?{QUERY}")).text
    row = page.split(f'<tr id="g-{market.hansa_offer}">')[1].split("</tr>", maxsplit=1)[0]
    assert 'form="sign-in"' in row
    assert not re.search(r"\d[.,]\d\d", row), "no price stands in the row"
    if locale == "en":
        assert "1 shows its price after signing in." in text_of(page)
        assert text_of(page).startswith("2 of 3 suppliers can deliver")


async def test_a_product_whose_prices_are_all_hidden_has_a_page_too(client: httpx.AsyncClient) -> None:
    alone, seller = await product(f"P-{uuid7()}", now=NOW), await shop(f"Closed {uuid7()}", now=NOW)
    await offer(seller, alone, "C-1", now=NOW)
    await visibility.set_level(RuleIn(level="prices_hidden"), actor=seller.actor, now=NOW)
    page = await client.get(f"/en/products/{alone}?{QUERY}")
    assert page.status_code == 200
    assert "No supplier can be placed at these terms. 1 shows its price after signing in." in re.sub(r"\s+", " ", text_of(page.text))
    assert "No supplier sells this yet" not in page.text


async def test_offers_that_come_to_more_than_an_order_may_carry_are_counted_and_said(client: httpx.AsyncClient) -> None:
    market = await deals.deal(now=NOW)
    await offer(market.hansa, market.product_id, "H-9", now=NOW, on_hand=100, tiers=tiers((1, "99999999999.00")))
    found = await compared(market.product_id, quantity="90")
    assert (len(found.offers), found.summary.too_large, found.offers_found) == (3, 1, 3)
    page = (await client.get(f"/en/products/{market.product_id}?quantity=90&country=DE")).text
    assert "1 comes to more than an order may carry at this quantity and is left out." in text_of(page)


async def test_above_fifty_offers_the_page_says_of_how_many_the_fifty_are(client: httpx.AsyncClient) -> None:
    market = await deals.deal(now=NOW)
    for number in range(49):
        await offer(market.hansa, market.product_id, f"X-{number}", now=NOW, on_hand=100, tiers=tiers((1, f"{20 + number}.00")))
    found = await compared(market.product_id)
    assert (found.offers_found, found.is_capped, len(found.offers)) == (52, True, 50)
    assert "Of 52 offers the 50 lowest before freight are compared." in text_of((await client.get(f"/en/products/{market.product_id}?{QUERY}")).text)


async def reaching_vietnam(market: deals.Deal, name: str) -> UUID:
    """Let one more supplier sell the product, with freight to Vietnam, where no rate of duty is known."""
    seller = await shop(f"{name} {uuid7()}", now=NOW)
    zone = NewZone(code="VN", transit_days=9, areas=(("VN", ""),), rates=((1_000_000, 5_000),))
    table = NewFreightTable(name="VN", currency="EUR", valid_from=date(2026, 2, 1), zones=(zone,), source="test")
    await logistics.create_freight_table(seller.supplier_id, table=table, actor=WORKER, now=NOW)
    return await offer(seller, market.product_id, "VN-1", now=NOW, on_hand=100)


async def test_where_all_lack_duty_the_page_calls_the_lowest_so_and_none_cheapest(client: httpx.AsyncClient) -> None:
    market = await deals.deal(now=NOW)
    for name in ("Mekong", "Saigon"):
        await reaching_vietnam(market, name)
    found = await compared(market.product_id, country="VN", postal_code="", currency="EUR")
    assert (found.summary.before, found.summary.ranked, found.summary.cost_not_known) == (("duty",), 2, 3)
    said = text_of((await client.get(f"/en/products/{market.product_id}?quantity=60&country=VN&currency=EUR")).text)
    assert " before duty." in said
    assert re.search(r"Mekong [0-9a-f-]{36} is lowest before duty, and fastest\.", said)
    assert "cheapest" not in said


async def test_offers_that_lack_more_stand_apart_even_when_all_lack_something() -> None:
    market = await deals.deal(now=NOW)
    mekong = await reaching_vietnam(market, "Mekong")
    found = await compared(market.product_id, country="VN", postal_code="")
    assert [(one.offer_id == str(mekong), one.group, one.lacking) for one in found.offers] == [
        (True, "ranked", ("duty",)),
        *[(False, "cost_not_known", ("duty", "freight"))] * 3,
    ]


async def test_a_scale_of_millions_is_told_in_millions_and_its_totals_have_room(client: httpx.AsyncClient) -> None:
    market = await deals.deal(now=NOW)
    head, body = (await client.get(f"/en/products/{market.product_id}?{QUERY}&currency=VND")).text.split("</thead>", maxsplit=1)
    ticks = re.findall(r"<text[^>]*>([^<]*)</text>", head.split('class="pic k"')[1].split("</th>", maxsplit=1)[0])
    assert ticks[0] == "0"
    assert re.fullmatch(r"\d+ million", ticks[-1])
    assert 'class="cmp big"' in head
    assert "million" not in body.split("</table>", maxsplit=1)[0]
    assert 'class="cmp"' in (await client.get(f"/en/products/{market.product_id}?{QUERY}")).text


async def test_one_supplier_with_two_offers_is_counted_once(client: httpx.AsyncClient) -> None:
    market = await deals.deal(now=NOW)
    await offer(market.hansa, market.product_id, "H-2", now=NOW, on_hand=100)
    assert text_of((await client.get(f"/en/products/{market.product_id}?{QUERY}")).text).startswith("3 of 3 suppliers can deliver")


async def test_fifty_offers_of_fifty_suppliers_cost_one_statement_a_source() -> None:
    market = await deals.deal(now=NOW)
    for number in range(47):
        seller = await shop(f"Maker {number} {uuid7()}", now=NOW, country="CN")
        await deals.freight(seller, "EUR", 100 + number, now=NOW)
        await offer(seller, market.product_id, f"M-{number}", now=NOW, on_hand=100)
    await fx.rates(NOW)
    score._Cache.read_at = 0.0
    said: list[str] = []
    async with reading():
        with connection().query_logger(lambda record: said.append(record.query)):
            found = await compared(market.product_id)
    assert len(found.offers) == 50
    asked = Counter(source for query in said for source in SOURCES if source in query)
    assert {source: asked[source] for source in SOURCES} == dict.fromkeys(SOURCES, 1)


async def test_every_figure_of_every_row_has_a_source_and_a_time(client: httpx.AsyncClient) -> None:
    market = await deals.deal(now=NOW)
    without = await shop(f"None {uuid7()}", now=NOW, country="TR")
    await offer(without, market.product_id, "S-1", now=NOW, on_hand=500, incoterm="DAP")
    offers = (await client.get(f"/api/v1/products/{market.product_id}/comparison", params=ASK)).json()["offers"]
    assert len(offers) == 4
    for one in offers:
        check_sources(one)


def check_sources(one: dict[str, Any]) -> None:
    """Hold that each group of figures says where it comes from and how old it is."""
    pairs = [
        (one["terms_source"], one["terms_as_of"]),
        (one["ready_source"], one["as_of"]),
        (one["arrives_source"], one["as_of"]),
        (one["price"]["source"], one["price"]["as_of"]),
        (one["stock"]["source"], one["stock"]["as_of"]),
        (one["on_time"]["source"], one["on_time"]["as_of"]),
        (one["supplier"]["checks_source"], one["supplier"]["checked_on"]),
        *((part["source"] or part["note"], part["as_of"]) for part in one["components"]),
    ]
    if one["transit_days"] is not None:
        pairs.append((one["transit_source"], one["transit_as_of"]))
    assert all(source and as_of for source, as_of in pairs), pairs


async def test_twenty_offers_weigh_at_most_sixty_kilobytes_with_every_group_on_the_page(
    client: httpx.AsyncClient, clients: dict[str, httpx.AsyncClient]
) -> None:
    market = await hidden_market()
    apart, closed = await shop(f"Apart {uuid7()}", now=NOW), await shop(f"Closed {uuid7()}", now=NOW)
    for number in range(11):
        await offer(market.rhein, market.product_id, f"X-{number}", now=NOW, on_hand=1000)
    for number in range(3):
        await offer(apart, market.product_id, f"A-{number}", now=NOW, on_hand=1000)
        await offer(closed, market.product_id, f"C-{number}", now=NOW, on_hand=1000)
    await visibility.set_level(RuleIn(level="prices_hidden"), actor=closed.actor, now=NOW)
    for reader, locale, hidden in ((client, "en", 4), (client, "vi", 4), (client, "ar", 4), (clients["buyer_a"], "en", 0)):
        answer = await reader.get(f"/{locale}/products/{market.product_id}?{QUERY}&need_by=2026-12-01")
        assert (answer.text.count('<tr id="o-') + answer.text.count('<tr id="g-'), answer.text.count('<tr id="g-')) == (20, hidden)
        assert len(answer.content) <= 60_000
