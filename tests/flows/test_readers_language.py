"""Tests over HTTP that the pages of trade speak the reader's language, and tell a step that is done from one that is due."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from marketplace.app import PACKAGES
from marketplace.kernel.i18n import translate
from marketplace.kernel.jobs import pages as works
from tests.flows.test_main_job import Clients, cart_of, follow, hidden, sent

if TYPE_CHECKING:
    import asyncpg
    import httpx

    from tests.world import World

pytestmark = pytest.mark.usefixtures("rolled_back")
STEP = re.compile(r'<li class="(\w*)"[^>]*>([^<]+).*?<small>([^<]*)</small></li>', re.DOTALL)


async def titles(database: asyncpg.Connection[asyncpg.Record], locale: str, product_ids: list[str]) -> list[str]:
    """Give the products' titles as the catalogue has them in a language, the product's own when it has none."""
    rows = await database.fetch(
        """SELECT coalesce(t.title, p.title) AS title FROM catalogue.products p LEFT JOIN catalogue.product_texts t ON t.product_id = p.id AND t.locale = $1
        WHERE p.id = ANY ($2::text[]::uuid[])""",
        locale,
        product_ids,
    )
    return [row["title"] for row in rows]


def words(page: httpx.Response) -> str:
    """Give a page without the marks that set codes inside a name apart."""
    return re.sub("</?bdi[^>]*>", "", page.text)


def steps(page: str) -> list[tuple[str, str]]:
    """Read the steps of an order's page: state and title."""
    track = page.partition('<ol class="steps">')[2].partition("</ol>")[0]
    return [(state, title.strip()) for state, title, _detail in STEP.findall(track)]


@pytest.mark.parametrize("locale", ["en", "vi", "ar"])
async def test_cart_and_checkout_name_products_in_the_readers_language(
    clients: Clients, world: World, rolled_back: asyncpg.Connection[asyncpg.Record], locale: str
) -> None:
    cart = await cart_of(clients["buyer_a"], world)
    ids = [line["product_id"] for group in cart["groups"] for line in group["lines"]]
    named = await titles(rolled_back, locale, ids)
    english = await titles(rolled_back, "en", ids)
    assert locale == "en" or not set(named) & set(english)
    for path in ("/cart", "/checkout"):
        page = words(await clients["buyer_a"].get(f"/{locale}{path}"))
        assert [title for title in named if title not in page] == []
        assert locale == "en" or [title for title in english if title in page] == []
        assert "own table" not in page
        assert (", " in page.partition("<main")[2].partition("</main>")[0]) is (locale != "ar")


@pytest.mark.parametrize("locale", ["vi", "ar"])
async def test_an_order_shows_the_title_in_the_readers_language_beside_the_words_it_was_ordered_in(
    clients: Clients, world: World, rolled_back: asyncpg.Connection[asyncpg.Record], locale: str
) -> None:
    path = f"/orders/{world.own['buyer']['order']}"
    line = (await clients["buyer_a"].get(f"/api/v1{path}")).json()["lines"][0]
    (named,) = await titles(rolled_back, locale, [line["product_id"]])
    assert named != line["title"]
    for client in ("buyer_a", "operator"):
        page = words(await clients[client].get(f"/{locale}{path}"))
        assert named in page
        assert line["title"] in page
    english = (await clients["buyer_a"].get(path)).text
    assert "Ordered as" not in english


async def test_an_api_reader_gets_titles_in_the_language_that_is_asked_for(
    clients: Clients, world: World, rolled_back: asyncpg.Connection[asyncpg.Record]
) -> None:
    await cart_of(clients["buyer_a"], world)
    cart = (await clients["buyer_a"].get("/api/v1/cart", headers={"accept-language": "ar"})).json()
    lines = [line for group in cart["groups"] for line in group["lines"]]
    assert {line["title"] for line in lines} == set(await titles(rolled_back, "ar", [line["product_id"] for line in lines]))


async def test_a_step_is_named_by_what_is_to_be_done_until_it_is_done(clients: Clients, world: World) -> None:
    buyer, seller = clients["buyer_a"], clients["supplier_a"]
    path = f"/orders/{world.own['supplier']['order']}"
    assert steps((await buyer.get(path)).text) == [("done", "Placed"), ("now", "Waits for the supplier"), ("", "Shipping"), ("", "Delivery")]
    assert steps((await seller.get(path)).text)[1] == ("now", "To answer")
    await sent(seller, f"/api/v1{path}/accept", {"version": 1})
    page = (await seller.get(path)).text
    assert steps(page)[:3] == [("done", "Placed"), ("done", "Accepted"), ("now", "To ship")]
    assert "ready by" in page
    assert steps((await buyer.get(path)).text)[2] == ("now", "Being prepared")
    await sent(seller, f"/api/v1{path}/shipments", {"carrier": "Kestrel", "tracking_number": "R-1", "version": 2}, 201)
    assert steps((await buyer.get(path)).text)[2:] == [("done", "Shipped"), ("now", "Under way")]
    page = (await buyer.get(path)).text
    (deliver,) = re.findall(r'action="(/shipments/[0-9a-f-]{36}/deliver)"', page)
    done = await follow(buyer, deliver, hidden(page, deliver))
    assert steps(done.text)[2:] == [("done", "Shipped"), ("done", "Delivered")]


async def test_arrivals_say_beside_each_button_when_payment_would_fall_due(clients: Clients) -> None:
    page = (await clients["buyer_a"].get("/arrivals")).text
    rows = re.findall(r'<td class="act">(.*?)</td>', page, re.DOTALL)
    assert rows
    assert all("then due" in row for row in rows)
    assert "counts in the supplier" in page


def test_every_timer_of_every_package_is_told_in_words() -> None:
    untold: list[Any] = [job.name for package in PACKAGES for job in package.jobs if not job.title or not job.about]
    assert untold == []


@pytest.mark.parametrize(
    "seconds, words",
    [(1, "every second"), (5, "every 5 seconds"), (60, "every minute"), (3600, "every hour"), (21_600, "every 6 hours"), (86_400, "every day")],
)
def test_how_often_is_said_in_the_largest_whole_unit(seconds: int, words: str) -> None:
    assert works.every(seconds) == words


@pytest.mark.parametrize("locale", ["vi", "ar"])
async def test_a_refused_quantity_is_told_beside_its_field_in_the_readers_language_and_the_places_keep_their_counts(
    clients: Clients, world: World, locale: str
) -> None:
    buyer = clients["buyer_a"]
    cart = await cart_of(buyer, world)
    line = cart["groups"][0]["lines"][0]
    path = f"/{locale}/cart/lines/{line['id']}"
    page = (await buyer.get(f"/{locale}/cart")).text
    answer = await buyer.post(path, data=hidden(page, path) | {"quantity": "0.5"})
    assert answer.status_code == 422
    assert "Give a whole number" not in answer.text
    assert answer.text.count(translate("Give a whole number of pieces.", locale)) == 2
    assert re.search(r'id="f-quantity"[^>]* value="0.5" aria-invalid="true" aria-describedby="e-quantity"', answer.text)
    assert '<span class="count">' in answer.text
    assert (await buyer.get("/api/v1/cart")).json()["groups"][0]["lines"][0]["quantity"] == line["quantity"]
