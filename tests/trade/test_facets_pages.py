"""Tests the addresses of lists, what they answer to what cannot be meant, paging, and suggestions, over HTTP."""

from __future__ import annotations

import random
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode
from uuid import UUID

import msgspec
import pytest
import pytest_asyncio

from marketplace.kernel.actor import ANONYMOUS, WORKER, Actor
from marketplace.trade.facets import queries, rules, service
from marketplace.trade.facets.errors import NotARange, TooManyChosen, UnknownAttribute, UnknownSort
from marketplace.trade.facets.schemas import Asked, Filters
from marketplace.trade.search import service as search
from tests.conftest import NOW

if TYPE_CHECKING:
    import httpx

    from marketplace.kernel.database import Connection
    from tests.world import World

SIGNS = (
    "a",
    "Ω",
    "ب",
    ",",
    ";",
    ":",
    "\\",
    "..",
    ".",
    "-",
    "%",
    "'",
    '"',
    "1",
    "10",
    "1e9",
    " ",
    "\u202e",
    "🙂",
    "\u0301",
    "_",
    "(",
    "&",
    "=",
    "9" * 30,
)


@pytest_asyncio.fixture
async def market(rolled_back: Connection, world: World) -> Connection:
    """Read the world into search, facets and suggestions."""
    assert world
    await search.index_all(now=NOW)
    await service.index_all(now=NOW)
    await service.learn_suggestions(NOW)
    return rolled_back


def _drawn(chance: random.Random, most: int = 5) -> str:
    return "".join(chance.choice(SIGNS) for _ in range(chance.randint(1, most)))


def test_what_is_chosen_comes_back_from_its_address() -> None:
    chance = random.Random(11)  # noqa: S311 - not a secret
    for _ in range(2000):
        texts = tuple(dict.fromkeys(text for _ in range(3) if (text := _drawn(chance).strip())))
        filters = Filters(
            category=chance.choice(("", "bearings")),
            brands=texts,
            attributes={key: texts for key in chance.sample(("colour", "width_mm", "x.y"), 2) if texts},
            suppliers=chance.choice(((), ("nordwind",))),
            leads=tuple(chance.sample(((0, 1), (2, 2), (4, None)), 2)),
            prices=tuple(rules.span(one) for one in chance.sample(("..5", "1.5..2", "7", "10.."), 2)),
        )
        assert rules.asked("x", rules.address(filters, sort="price")) == Asked(text="x", filters=filters, sort="price")


def test_a_value_that_is_chosen_twice_is_as_before() -> None:
    empty = Filters()
    for name, value, key in (
        ("brand", "Zed, Ltd", ""),
        ("attributes", "a;b:c", "colour"),
        ("price", "10..20", ""),
        ("lead", "2..3", ""),
        ("category", "x", ""),
    ):
        once = rules.toggled(empty, name, value, key=key)
        assert once != empty
        assert rules.toggled(once, name, value, key=key) == empty


@pytest.mark.parametrize(
    "given, error",
    [
        ({"sort": "password"}, UnknownSort),
        ({"price": "20..10"}, NotARange),
        ({"price": "-5.."}, NotARange),
        ({"price": "NaN"}, NotARange),
        ({"price": "1e5"}, NotARange),
        ({"price": ".."}, NotARange),
        ({"price": "١٢"}, NotARange),
        ({"lead": "3..1"}, NotARange),
        ({"lead": "-1"}, NotARange),
        ({"lead": "1..2..3"}, NotARange),
        ({"attributes": "colour"}, UnknownAttribute),
        ({"attributes": "colour:"}, UnknownAttribute),
        ({"attributes": "a:1;a:2"}, UnknownAttribute),
        ({"brand": ",".join(f"b{number}" for number in range(51))}, TooManyChosen),
        ({"brand": "x" * 101}, TooManyChosen),
        ({"brand": "a\x00b"}, TooManyChosen),
    ],
)
def test_an_address_that_cannot_be_meant_is_refused_with_what_is_wrong(given: dict[str, str], error: type[Exception]) -> None:
    with pytest.raises(error):
        rules.asked("", given)


@pytest.mark.usefixtures("market")
async def test_a_thousand_addresses_drawn_by_chance_are_answered(client: httpx.AsyncClient) -> None:
    chance = random.Random(1122)  # noqa: S311 - not a secret
    names = (*rules.NAMES, "q", "cursor")
    statuses: dict[int, int] = {}
    for number in range(1000):
        pairs = [(name, _drawn(chance, 8)) for name in chance.sample(names, chance.randint(1, 4))]
        if number % 3 == 0:
            pairs = [
                (name, {"price": "1..5", "lead": "2..3", "sort": "lead", "attributes": "bore_mm:10..20"}.get(name, value)) for name, value in pairs
            ]
        path = chance.choice(("/search", "/categories/unsorted", "/api/v1/search", "/search/suggest", "/vi/search"))
        answer = await client.get(f"{path}?{urlencode(pairs)}")
        statuses[answer.status_code] = statuses.get(answer.status_code, 0) + 1
        assert answer.status_code in {200, 400, 404, 422}, (path, pairs, answer.text[:300])
    assert statuses[200] > 50
    assert statuses[422] > 50


@pytest.mark.parametrize(
    "query, words",
    [
        ("sort=password", "not by “password”"),
        ("price=20..10", "“20..10” is no range"),
        ("attributes=no_such_key:1", "narrowed down by “no_such_key”"),
        ("brand=a&brand=b", "“brand” is given twice"),
    ],
)
@pytest.mark.usefixtures("market")
async def test_a_page_says_what_is_wrong_with_its_address(client: httpx.AsyncClient, query: str, words: str) -> None:
    answer = await client.get(f"/search?q=valve&{query}")
    assert answer.status_code == 422
    assert words in answer.text


@pytest.mark.usefixtures("market")
async def test_pages_and_api_name_the_same_products_and_counts(client: httpx.AsyncClient) -> None:
    found = await service.find(Asked(), now=NOW, viewer=ANONYMOUS, currency="EUR")
    brand = next(one for one in found.facets if one.name == "brand").choices[0]
    body = (await client.get("/api/v1/search", params={"brand": rules.written([brand.value]), "limit": 200})).json()
    assert (body["total"], body["is_exact"]) == (brand.products, True)
    assert {one["brand"].lower() for one in body["items"]} == {brand.value.lower()}
    page = (await client.get("/search", params={"brand": rules.written([brand.value])})).text
    assert f'<h1>All products</h1><p class="s">{brand.products} product' in page
    assert "take this choice back" in page


@pytest.mark.parametrize("sort", ["relevance", "price", "lead"])
@pytest.mark.usefixtures("market")
async def test_pages_of_a_list_hold_each_product_once(client: httpx.AsyncClient, sort: str) -> None:
    everything = (await client.get("/api/v1/search", params={"limit": 1})).json()
    brands = next(one for one in everything["facets"] if one["name"] == "brand")["choices"]
    # The smallest brand is quickly gone through; of this one six products are offered, so that their prices are parted between pages.
    brand = "Dunmark" if sort == "price" else min(brands, key=lambda one: one["products"])["value"]
    asked: dict[str, Any] = {"sort": sort, "brand": rules.written([brand])}
    whole = (await client.get("/api/v1/search", params=asked | {"limit": 200})).json()
    size = 5 if sort == "price" else whole["total"] // 6 + 1
    parts: list[dict[str, Any]] = []
    cursor: str | None = None
    while cursor or not parts:
        body = (await client.get("/api/v1/search", params=asked | {"limit": size} | ({"cursor": cursor} if cursor else {}))).json()
        parts += body["items"]
        cursor = body["next_cursor"]
    assert [one["id"] for one in parts] == [one["id"] for one in whole["items"]]
    assert len(parts) == whole["total"] == len({one["id"] for one in parts})
    if sort == "price":
        prices = [Decimal(one["from_price"]) for one in parts if one["from_price"]]
        assert len(prices) > size
        assert prices == sorted(prices)
        assert all(one["from_price"] is None for one in parts[len(prices) :])


@pytest.mark.usefixtures("market")
async def test_a_cursor_belongs_to_one_list_with_all_that_is_chosen(client: httpx.AsyncClient) -> None:
    cursor = (await client.get("/api/v1/search", params={"limit": 1})).json()["next_cursor"]
    answer = await client.get("/api/v1/search", params={"limit": 1, "cursor": cursor, "price": "1.."})
    assert (answer.status_code, answer.json()["type"].rpartition("/")[2]) == (400, "bad-cursor")


async def test_a_hidden_price_falls_into_no_band_and_a_hidden_offer_counts_for_nobody(market: Connection, world: World) -> None:
    product_id = world.offers[0].product_id
    await market.execute("UPDATE vendors.offers SET visibility = 'org_allowlist' WHERE product_id = $1", product_id)
    await service.index_products([product_id], now=NOW)
    wanted = Asked(filters=Filters(prices=(rules.span("0.."),)))
    found = await service.find(wanted, now=NOW, viewer=ANONYMOUS, currency="EUR")
    assert product_id not in found.ids
    await market.execute("UPDATE vendors.offers SET visibility = 'prices_hidden' WHERE product_id = $1", product_id)
    await service.index_products([product_id], now=NOW)
    assert product_id not in (await service.find(wanted, now=NOW, viewer=ANONYMOUS, currency="EUR")).ids
    supplied = Asked(filters=Filters(leads=((0, None),)))
    assert product_id in (await service.find(supplied, now=NOW, viewer=ANONYMOUS, currency="EUR")).ids


async def test_beginnings_mean_products_brands_and_categories(market: Connection, client: httpx.AsyncClient) -> None:
    row = await market.fetchrow(
        "SELECT id, brand, part_number FROM catalogue.products WHERE part_number ~ '[0-9]{3}' AND state = 'published' ORDER BY id LIMIT 1"
    )
    assert row is not None
    found = (await client.get("/api/v1/search/suggestions", params={"q": row["part_number"][:6].lower()})).json()
    assert any(one["kind"] == "product" for one in found)
    brands = (await client.get("/api/v1/search/suggestions", params={"q": row["brand"][:4].upper()})).json()
    assert {"kind": "brand", "text": row["brand"], "note": "", "path": f"/search?{urlencode({'brand': row['brand']})}"} in brands
    assert (await client.get("/api/v1/search/suggestions", params={"q": "a"})).json() == []
    fragment = (await client.get("/ar/search/suggest", params={"q": row["brand"][:4]})).text
    assert 'role="option"' in fragment
    assert 'data-path="/ar/search?' in fragment


async def test_words_are_suggested_once_three_organisations_found_something_and_forgotten_after_four_weeks(market: Connection) -> None:
    await search.refresh(NOW)
    word = await market.fetchval(
        "SELECT word FROM trade.search_words WHERE word ~ '^[a-z]{5,}$' AND documents > 2 ORDER BY documents DESC, lexeme LIMIT 1"
    )
    asked, offered = Asked(text=word), []
    for number in range(4):
        somebody = Actor(organisation_id=UUID(int=number), person_id=UUID(int=9), capacities=frozenset({"buyer"}))
        for viewer in (somebody, somebody, ANONYMOUS, msgspec.structs.replace(somebody, person_id=None), WORKER):
            await service.find(asked, now=NOW, viewer=viewer, currency="EUR")
        offered.append([one.text for one in await service.suggest(word, viewer=ANONYMOUS) if one.kind == "words"])
    assert offered == [[], [], [word], [word]]
    assert await market.fetchval("SELECT weight FROM trade.suggestions WHERE kind = 'words' AND phrase = $1", word) == 4
    await service.learn_suggestions(NOW + timedelta(days=28))
    assert [one.text for one in await service.suggest(word, viewer=ANONYMOUS) if one.kind == "words"] == [word]
    await service.learn_suggestions(NOW + timedelta(days=29))
    assert [one.text for one in await service.suggest(word, viewer=ANONYMOUS) if one.kind == "words"] == []


async def test_words_that_the_catalogue_does_not_have_are_never_suggested(market: Connection) -> None:
    await search.refresh(NOW)
    word = await market.fetchval(
        "SELECT word FROM trade.search_words WHERE word ~ '^[a-z]{5,}$' AND documents > 2 ORDER BY documents DESC, lexeme LIMIT 1"
    )
    for number in range(4):
        somebody = Actor(organisation_id=UUID(int=number), person_id=UUID(int=9), capacities=frozenset({"buyer"}))
        found = await service.find(Asked(text=f"{word} quuxcorp"), now=NOW, viewer=somebody, currency="EUR")
        assert found.ids
    assert await market.fetchval("SELECT count(*) FROM trade.suggestion_askers") == 0
    assert await market.fetchval("SELECT count(*) FROM trade.suggestions WHERE kind = 'words'") == 0


@pytest.mark.parametrize("text", ["%%", "__", "\\\\", "ab'", "' OR 1=1", "🙂🙂", "\u0301\u0301", "((", "aa\u202e"])
@pytest.mark.usefixtures("market")
async def test_signs_in_a_beginning_are_literal(text: str) -> None:
    assert await service.suggest(text, viewer=ANONYMOUS) == []


async def test_out_of_more_than_are_counted_what_is_chosen_is_found_all_the_same(market: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queries, "CANDIDATES_MAX", 40)
    queries._matching.cache_clear()
    rows = await market.fetch(
        "SELECT brand, array_agg(id ORDER BY id) AS ids FROM catalogue.products WHERE state = 'published' GROUP BY brand HAVING count(*) BETWEEN 2 AND 40"
    )
    brand, ids = rows[0]["brand"], rows[0]["ids"]
    try:
        for filters in (Filters(brands=(brand,)), Filters(brands=(brand.upper(),), leads=((0, None),))):
            found = await service.find(Asked(filters=filters), now=NOW, viewer=ANONYMOUS, currency="EUR", limit=200)
            assert not found.is_exact
            assert set(found.ids) <= set(ids)
            assert (found.ids == ids) or bool(filters.leads)
            assert [one.id for one in found.items] == found.ids
        everything = await service.find(Asked(), now=NOW, viewer=ANONYMOUS, currency="EUR", limit=30)
        assert (everything.is_exact, len(everything.items), len(everything.ids)) == (False, 30, 40)
        assert everything.total == await market.fetchval("SELECT count(*) FROM catalogue.products WHERE state = 'published'")
        assert everything.next_place is not None
        further = await service.find(Asked(), now=NOW, viewer=ANONYMOUS, currency="EUR", limit=30, place=everything.next_place)
        assert not {one.id for one in further.items} & {one.id for one in everything.items}
        assert len(further.items) == 30
    finally:
        queries._matching.cache_clear()
