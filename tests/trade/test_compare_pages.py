"""Tests of the comparison page as people meet it: in three languages, opened, sorted, refused, empty, light enough."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from marketplace.kernel.actor import ANONYMOUS
from marketplace.kernel.database import connection
from marketplace.kernel.ids import uuid7
from marketplace.trade.compare import service
from marketplace.trade.sheets.rules import shown_tenths
from tests.conftest import NOW
from tests.trade import deals
from tests.vendors.market import offer, product, shop

if TYPE_CHECKING:
    import httpx

    from marketplace.trade.compare.schemas import Comparison
    from tests.world import World

pytestmark = pytest.mark.usefixtures("rolled_back")
TERMS = "quantity=60&country=DE&postal_code=10115&need_by=2026-12-01"


async def _found(market: deals.Deal) -> Comparison:
    given = {"quantity": "60", "country": "DE", "postal_code": "10115", "need_by": "2026-12-01"}
    return await service.compare_given(market.product_id, given, viewer=ANONYMOUS, now=NOW)


@pytest.mark.parametrize("locale", ["en", "vi", "ar"])
@pytest.mark.parametrize("place", [0, 1, 2])
async def test_the_reasons_of_each_row_open_by_address_in_every_language(client: httpx.AsyncClient, locale: str, place: int) -> None:
    market = await deals.deal(now=NOW)
    row = (await _found(market)).offers[place]
    answer = await client.get(f"/{locale}/products/{market.product_id}?{TERMS}&why={row.offer_id}")
    assert answer.status_code == 200
    assert answer.text.count('class="whyrow"') == 1
    assert f'id="o-{row.offer_id}" class="open"' in answer.text
    assert ' style="' not in answer.text


async def test_the_sheet_writes_the_day_asked_for_in_words_whatever_the_browser_writes(client: httpx.AsyncClient) -> None:
    market = await deals.deal(now=NOW)
    asked = (await client.get(f"/en/products/{market.product_id}?{TERMS}")).text
    assert re.search(r'<b class="printed"[^>]*>Tue 1 Dec 2026</b>', asked)
    undated = (await client.get(f"/en/products/{market.product_id}?quantity=60&country=DE")).text
    assert re.search(r'<b class="printed"[^>]*>no date</b>', undated)


async def test_a_row_that_comes_too_late_says_by_how_many_days(client: httpx.AsyncClient) -> None:
    market = await deals.deal(now=NOW)
    terms = "quantity=60&country=DE&postal_code=10115&need_by=2026-11-26"
    given = {"quantity": "60", "country": "DE", "postal_code": "10115", "need_by": "2026-11-26"}
    late = next(o for o in (await service.compare_given(market.product_id, given, viewer=ANONYMOUS, now=NOW)).offers if o.group == "too_late")
    page = (await client.get(f"/en/products/{market.product_id}?{terms}&why={late.offer_id}")).text
    days = -(late.time_days or 0)
    lead = page.split('<p class="lead">')[1].split("</p>")[0]
    assert lead.endswith(f"✕ {days} day late" if days == 1 else f"✕ {days} days late")


async def test_every_product_of_the_world_opens_with_every_reason(client: httpx.AsyncClient, world: World) -> None:
    for product_id in world.product_ids[:8]:
        plain = await client.get(f"/en/products/{product_id}?quantity=500&country=KW&need_by=2026-12-10")
        assert plain.status_code == 200
        for offer_id in re.findall(r'<tr id="o-([0-9a-f-]{36})"', plain.text):
            opened = await client.get(f"/en/products/{product_id}?quantity=500&country=KW&need_by=2026-12-10&why={offer_id}")
            assert opened.status_code == 200


async def test_the_points_that_the_reasons_show_are_those_of_the_ranking_and_add_up(client: httpx.AsyncClient) -> None:
    market = await deals.deal(now=NOW)
    second = (await _found(market)).offers[1]
    page = (await client.get(f"/en/products/{market.product_id}?{TERMS}&why={second.offer_id}")).text
    table = page.split('class="sub fac"')[1].split("</table>")[0]
    shown = [re.findall(r'<td class="n">([^<]*)</td>', row) for row in table.split("<tr>")[2:]]
    points = [Decimal(row[0]) for row in shown[:-1]]
    assert all(abs(got - Decimal(part.points) / 1000) <= Decimal("0.1") for got, part in zip(points, second.factors, strict=True))
    assert second.score is not None
    assert sum(points) == (Decimal(second.score) / 1000).quantize(Decimal("0.1"), ROUND_HALF_UP)
    assert f'<td class="n">{sum(points)}</td>' in table
    assert sum(part.points for part in second.factors) == second.score


@given(st.lists(st.integers(-200_000, 50_000), min_size=1, max_size=6))
@settings(deadline=None)
def test_shown_points_always_add_up_to_the_shown_score(points: list[int]) -> None:
    shown = shown_tenths(points)
    assert sum(shown) == (sum(points) + 50) // 100
    assert all(abs(tenth * 100 - point) <= 100 for tenth, point in zip(shown, points, strict=True))


async def test_terms_that_cannot_be_used_keep_what_was_typed_and_say_what_is_wrong(client: httpx.AsyncClient) -> None:
    market = await deals.deal(now=NOW)
    answer = await client.get(f"/en/products/{market.product_id}?quantity=lots&country=DE&need_by=2026-11-01")
    assert answer.status_code == 422
    assert 'value="lots"' in answer.text
    assert "Give the quantity in digits" in answer.text
    assert "The needed-by date is in the past." in answer.text


async def test_one_bad_term_leaves_the_others_standing_and_says_what_the_table_shows(client: httpx.AsyncClient) -> None:
    market = await deals.deal(now=NOW)
    answer = await client.get(f"/en/products/{market.product_id}?quantity=abc&country=KW&need_by=2026-12-15&currency=USD&postal_code=13001")
    assert answer.status_code == 422
    assert 'value="abc"' in answer.text
    assert 'value="2026-12-15"' in answer.text
    assert "Shown instead: 1 piece · Kuwait 13001 · Tue 15 Dec · USD." in answer.text
    assert "Too late for" not in answer.text
    assert "comparison.csv?quantity=1&amp;country=KW&amp;postal_code=13001&amp;need_by=2026-12-15&amp;currency=USD" in answer.text


async def test_a_country_that_is_none_is_not_shown_as_another_one(client: httpx.AsyncClient) -> None:
    market = await deals.deal(now=NOW)
    page = (await client.get(f"/en/products/{market.product_id}?quantity=60&country=XX&currency=nothing&postal_code=%21")).text
    assert "Shown instead: 60 pieces · Germany · no date · EUR." in page
    assert "<option value=DE selected>Germany" in page
    assert "<option selected>EUR</option>" in page
    assert 'value="!"' in page


async def test_a_currency_without_a_rate_places_nobody_and_says_what_is_missing(client: httpx.AsyncClient) -> None:
    market = await deals.deal(now=NOW)
    answer = await client.get(f"/en/products/{market.product_id}?quantity=5&country=DE&currency=MNT")
    assert answer.status_code == 200
    assert "No supplier can be placed at these terms." in answer.text
    assert "no place until this is known: the exchange rate from EUR" in answer.text


async def test_a_product_without_suppliers_says_what_to_do_next(client: httpx.AsyncClient) -> None:
    alone = await product(f"P-{uuid7()}", now=NOW)
    answer = await client.get(f"/en/products/{alone}")
    assert answer.status_code == 200
    assert "No supplier sells this yet" in answer.text
    assert '<table class="cmp"' not in answer.text


async def test_one_supplier_has_a_page_too(client: httpx.AsyncClient) -> None:
    alone = await product(f"P-{uuid7()}", now=NOW)
    seller = await shop(f"Solo {uuid7()}", now=NOW)
    await deals.freight(seller, "EUR", 500, now=NOW)
    await offer(seller, alone, "S-1", now=NOW)
    answer = await client.get(f"/en/products/{alone}?quantity=3&country=DE")
    assert answer.status_code == 200
    assert "1 of 1 supplier can deliver" in answer.text


async def test_one_of_four_suppliers_is_told_by_the_number_of_all_and_named(client: httpx.AsyncClient) -> None:
    market = await deals.deal(now=NOW, on_hand=20)
    far = await shop(f"Far {uuid7()}", now=NOW)
    await deals.freight(far, "EUR", 700, now=NOW)
    await offer(far, market.product_id, "F-1", now=NOW, on_hand=1000)
    page = (await client.get(f"/en/products/{market.product_id}?quantity=500&country=DE")).text
    said = re.sub(r"<[^>]+>", "", re.split(r'<p class="sum"[^>]*>', page)[1].split("</p>")[0])
    name = page.split('<th scope="row" class="nm">')[1].split("<bdi>")[1].split("</bdi>")[0]
    assert said.startswith("1 of 4 suppliers can deliver for ")
    assert f"It is {name}." in said
    assert "3 have not enough in stock." in said
    assert name.startswith("Far ")


async def test_who_is_late_or_not_known_stands_apart_with_what_would_change_it(client: httpx.AsyncClient) -> None:
    market = await deals.deal(now=NOW)
    far = await shop(f"Far {uuid7()}", now=NOW)
    await offer(far, market.product_id, "F-1", now=NOW, on_hand=100)
    late = (await client.get(f"/en/products/{market.product_id}?quantity=60&country=DE&need_by=2026-11-26")).text
    assert "Too late for Thu 26 Nov" in late
    assert "1 day late" in late
    apart = (await client.get(f"/en/products/{market.product_id}?quantity=60&country=DE")).text
    assert "no place until this is known: freight to Germany" in apart


async def test_a_buyer_adds_from_the_row_and_a_visitor_is_asked_to_sign_in(
    client: httpx.AsyncClient, clients: dict[str, httpx.AsyncClient], world: World
) -> None:
    address = f"/en/products/{world.product_ids[0]}?quantity=10&country=DE"
    visitor, buyer = (await client.get(address)).text, (await clients["buyer_a"].get(address)).text
    assert 'action="/en/cart/lines"' not in visitor
    assert 'action="/en/sign-in"' in visitor
    assert f'name="next" value="/products/{world.product_ids[0]}?quantity=10&amp;country=DE"' in visitor
    assert buyer.count('action="/en/cart/lines"') >= 1
    assert 'name="idempotency_key"' in buyer
    assert 'name="csrf_token"' in buyer


async def test_rounding_to_packs_is_said_in_the_row(client: httpx.AsyncClient) -> None:
    market = await deals.deal(now=NOW)
    await offer(market.hansa, market.product_id, "PK", now=NOW, on_hand=1000, moq=50, multiple=50, pack_size=50)
    page = (await client.get(f"/en/products/{market.product_id}?quantity=120&country=DE")).text
    assert "3 packs of 50" in page
    assert "Add 150" in page


async def test_twenty_offers_weigh_at_most_sixty_kilobytes(client: httpx.AsyncClient, clients: dict[str, httpx.AsyncClient]) -> None:
    market = await deals.deal(now=NOW)
    for number in range(17):
        await offer(market.hansa, market.product_id, f"X-{number}", now=NOW, on_hand=1000)
    for reader, locale in ((client, "en"), (client, "vi"), (client, "ar"), (clients["buyer_a"], "en")):
        answer = await reader.get(f"/{locale}/products/{market.product_id}?{TERMS}")
        assert answer.text.count('<tr id="o-') == 20
        assert len(answer.content) <= 60_000


@pytest.mark.parametrize("sort", ["unit", "total", "arrival", "ontime", "stock", "password"])
async def test_sorting_changes_the_order_but_no_place(client: httpx.AsyncClient, sort: str) -> None:
    market = await deals.deal(now=NOW)
    plain = await client.get(f"/en/products/{market.product_id}?{TERMS}")
    sorted_page = await client.get(f"/en/products/{market.product_id}?{TERMS}&sort={sort}")
    row = re.compile(r'<tr id="o-([0-9a-f-]{36})">\s*<td class="pl">([^<]*)</td>')
    assert sorted_page.status_code == 200
    assert dict(row.findall(plain.text)) == dict(row.findall(sorted_page.text))


async def test_unit_prices_are_sorted_by_what_they_come_to_in_the_asked_currency_whatever_their_own(client: httpx.AsyncClient) -> None:
    market = await deals.deal(now=NOW)
    page = (await client.get(f"/en/products/{market.product_id}?quantity=60&country=DE&postal_code=10115&currency=EUR&sort=unit")).text
    shown = re.findall(r'<tr id="o-([0-9a-f-]{36})"', page)
    terms = {"quantity": "60", "country": "DE", "postal_code": "10115", "currency": "EUR"}
    offers = (await client.get(f"/api/v1/products/{market.product_id}/comparison", params=terms)).json()["offers"]
    goods = {one["offer_id"]: one["components"][0]["amount_minor"] for one in offers}
    assert shown == sorted(goods, key=lambda offer_id: goods[offer_id])
    assert shown == [str(one) for one in (market.hansa_offer, market.kuwait_offer, market.rhein_offer)]


async def test_the_stock_of_a_card_says_what_its_multiple_is_of_as_the_head_of_the_table_does(client: httpx.AsyncClient) -> None:
    market = await deals.deal(now=NOW)
    page = (await client.get(f"/en/products/{market.product_id}?{TERMS}")).text
    assert page.count('data-l="Stock, \u00d7 asked"') == len((await _found(market)).offers)
    assert 'placeholder="Postal code"' in page


async def test_an_arabic_title_holds_its_part_number_together(client: httpx.AsyncClient) -> None:
    market = await deals.deal(now=NOW)
    number = "6205-2RS"
    await connection().execute("UPDATE catalogue.products SET title = $2 WHERE id = $1", market.product_id, f"محمل {number}، 25")
    page = (await client.get(f"/ar/products/{market.product_id}?{TERMS}")).text
    assert f"<title>محمل \u2066{number}\u2069، 25 · " in page
    assert f'<h1><bdi>محمل <bdi dir="ltr">{number}</bdi>، 25</bdi></h1>' in page
