"""Tests the API that finds products, over HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest

from marketplace.catalogue.products.schemas import NewProduct, ProductWords
from marketplace.catalogue.products.service import create_products
from marketplace.catalogue.taxonomy.schemas import NewCategory
from marketplace.catalogue.taxonomy.service import create_categories
from marketplace.trade.search import service
from tests.conftest import NOW

if TYPE_CHECKING:
    import httpx

pytestmark = pytest.mark.usefixtures("rolled_back")

NUTS = [
    NewProduct(
        source="tests",
        source_id=f"n{number}",
        title=f"Quuxnut M{number}",
        part_number=f"QN-{number}",
        texts={"vi": ProductWords(f"Đai ốc quux M{number}")},
    )
    for number in range(5)
]


async def _nuts() -> list[UUID]:
    (category,) = await create_categories([NewCategory(slug="test-quuxnuts", names={"en": "Quuxnuts", "vi": "Đai ốc quux"})])
    saved = await create_products([NewProduct(**{**_fields(nut), "category_id": category}) for nut in NUTS], now=NOW)
    await service.index_products(saved.ids, now=NOW)
    return saved.ids


def _fields(nut: NewProduct) -> dict[str, Any]:
    return {name: getattr(nut, name) for name in nut.__struct_fields__}


async def _get(client: httpx.AsyncClient, path: str, *, status: int = 200, query: dict[str, Any] | None = None) -> dict[str, Any]:
    answer = await client.get(path, params=query)
    assert answer.status_code == status, answer.text
    body: dict[str, Any] = answer.json()
    return body


@pytest.mark.parametrize("asked", [{"category": "test-quuxnuts"}, {"q": "quuxnut"}, {"q": "quuxnut", "category": "test-quuxnuts"}])
async def test_a_list_is_paged_by_cursor_without_gap_or_repeat(client: httpx.AsyncClient, asked: dict[str, str]) -> None:
    ids = await _nuts()
    seen: list[str] = []
    cursor: dict[str, str] = {}
    for _ in range(3):
        page = await _get(client, "/api/v1/products", query={"limit": 2, **asked, **cursor})
        seen += [item["id"] for item in page["items"]]
        cursor = {"cursor": page["next_cursor"]}
    assert page["next_cursor"] is None
    assert sorted(seen) == sorted(map(str, ids))


async def test_both_lists_answer_items_of_one_shape(client: httpx.AsyncClient) -> None:
    await _nuts()
    found = await _get(client, "/api/v1/products", query={"q": "QN-3", "limit": 1})
    listed = await _get(client, "/api/v1/products", query={"category": "test-quuxnuts"})
    assert found["items"][0] == listed["items"][3]
    assert list(listed["items"][3]) == ["id", "slug", "title", "brand", "part_number", "from_price", "currency", "suppliers", "offers"]
    assert (listed["items"][3]["from_price"], listed["items"][3]["suppliers"], listed["items"][3]["currency"]) == (None, 0, "EUR")


async def test_a_category_is_named_by_slug_or_id(client: httpx.AsyncClient) -> None:
    await _nuts()
    categories = (await _get(client, "/api/v1/categories"))["items"]
    (mine,) = [one for one in categories if one["slug"] == "test-quuxnuts"]
    assert (mine["name"], mine["depth"], mine["products"], mine["parent_id"]) == ("Quuxnuts", 0, 5, None)
    assert await _get(client, "/api/v1/products", query={"category": mine["id"]}) == await _get(
        client, "/api/v1/products", query={"category": "test-quuxnuts"}
    )


async def test_the_list_of_everything_has_the_unsorted_too(client: httpx.AsyncClient) -> None:
    (loose,) = (await create_products([NewProduct(source="tests", source_id="loose", title="Loose")], now=NOW)).ids
    for asked in ({}, {"category": "unsorted"}):
        items: list[dict[str, Any]] = []
        page: dict[str, Any] = {"next_cursor": None}
        while not items or page["next_cursor"]:
            cursor = {"cursor": page["next_cursor"]} if page["next_cursor"] else {}
            page = await _get(client, "/api/v1/products", query={"limit": 200, **asked, **cursor})
            items += page["items"]
        assert str(loose) in {item["id"] for item in items}, asked


async def test_texts_come_in_the_language_that_is_asked_for(client: httpx.AsyncClient) -> None:
    ids = await _nuts()
    answer = await client.get("/api/v1/products", params={"category": "test-quuxnuts", "limit": 1}, headers={"accept-language": "vi"})
    assert answer.json()["items"][0]["title"] == "Đai ốc quux M0"
    answer = await client.get(f"/api/v1/products/{ids[0]}", headers={"accept-language": "vi-VN,en;q=0.5"})
    assert answer.json()["title"] == "Đai ốc quux M0"


async def test_a_product_is_answered_with_its_fields(client: httpx.AsyncClient) -> None:
    ids = await _nuts()
    detail = await _get(client, f"/api/v1/products/{ids[2]}")
    assert (detail["id"], detail["title"], detail["part_number"], detail["category"], detail["unit_code"]) == (
        str(ids[2]),
        "Quuxnut M2",
        "QN-2",
        "test-quuxnuts",
        "C62",
    )


@pytest.mark.parametrize(
    "path",
    [
        f"/api/v1/products/{UUID(int=1)}",
        "/api/v1/products/1",
        "/api/v1/products/%00",
        "/api/v1/products?category=no-such",
        f"/api/v1/products?category={UUID(int=1)}",
    ],
)
async def test_what_does_not_exist_is_not_found(client: httpx.AsyncClient, path: str) -> None:
    assert (await _get(client, path, status=404))["type"].endswith("/not-found")


@pytest.mark.parametrize("category,status", [("a\x00b", 422), ("x" * 5000, 404), ("'; --", 404), ("é", 404), ("UNSORTED", 404), ("0", 404)])
async def test_a_category_that_cannot_be_is_refused_or_not_found(client: httpx.AsyncClient, category: str, status: int) -> None:
    await _get(client, "/api/v1/products", status=status, query={"category": category})
    await _get(client, "/api/v1/products", status=404, query={"category": category, "q": "quuxnut"})


@pytest.mark.parametrize("limit", ["0", "-1", "201", "1000000000", "1e3", "x", "1.5"])
async def test_a_limit_outside_its_bounds_is_named(client: httpx.AsyncClient, limit: str) -> None:
    body = await _get(client, "/api/v1/products", status=422, query={"limit": limit})
    assert [error["pointer"] for error in body["errors"]] == ["/limit"]


async def test_a_cursor_of_another_list_or_a_changed_one_is_refused(client: httpx.AsyncClient) -> None:
    await _nuts()
    cursor = (await _get(client, "/api/v1/products", query={"category": "test-quuxnuts", "limit": 2}))["next_cursor"]
    for asked in ({"q": "quuxnut"}, {"category": "unsorted"}, {}, {"q": "quuxnut", "category": "test-quuxnuts"}):
        body = await _get(client, "/api/v1/products", status=400, query={"cursor": cursor, **asked})
        assert body["type"].endswith("/bad-cursor"), asked
    for wrong in (cursor[:-2], ("B" if cursor[0] == "A" else "A") + cursor[1:], "x", "é", "9" * 3000):
        assert (await _get(client, "/api/v1/products", status=400, query={"category": "test-quuxnuts", "cursor": wrong}))["type"].endswith(
            "/bad-cursor"
        )


@pytest.mark.parametrize("q", ["x" * 201, "x" * 10_000, "a\x00b"])
async def test_a_query_that_cannot_be_searched_is_refused(client: httpx.AsyncClient, q: str) -> None:
    assert (await _get(client, "/api/v1/products", status=422, query={"q": q}))["type"].endswith("/bad-query")


@pytest.mark.parametrize("q", ["%", "_", "\\", "((((", "'; DROP TABLE x; --", "\u202e", "\ufffe", "\U0001f642" * 20])
async def test_signs_in_a_query_are_literal(client: httpx.AsyncClient, q: str) -> None:
    assert (await _get(client, "/api/v1/products", query={"q": q}))["items"] == []
