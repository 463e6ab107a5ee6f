"""Tests the pages on which people look for things."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from marketplace.catalogue.products.schemas import NewProduct, ProductWords
from marketplace.catalogue.products.service import create_products
from marketplace.catalogue.taxonomy.schemas import CategoryAttribute, NewCategory
from marketplace.catalogue.taxonomy.service import create_categories
from marketplace.trade.facets import service as facets
from marketplace.trade.search import service
from tests.conftest import NOW
from tests.vendors.market import offer, shop

if TYPE_CHECKING:
    from uuid import UUID

    import httpx

pytestmark = pytest.mark.usefixtures("rolled_back")


async def _catalogue(count: int = 1) -> list[UUID]:
    bore = CategoryAttribute(key="bore_mm", kind="number", unit="mm", labels={"en": "Bore", "vi": "Lỗ"}, telling_rank=1)
    (root,) = await create_categories([NewCategory(slug="test-quux", names={"en": "Quux goods", "vi": "Hàng quux", "ar": "بضائع كوكس"})])
    (leaf,) = await create_categories([NewCategory(slug="test-quuxlets", names={"en": "Quuxlets"}, parent_id=root, attributes=(bore,))])
    new = [
        NewProduct(
            source="tests",
            source_id=f"q{number}",
            title=f"Quuxlet <{number}>",
            brand="Zyx & Co",
            part_number=f"QL-{number}",
            category_id=leaf,
            attributes={"bore_mm": 1200.5, "note": "<script>alert(1)</script>"},
            texts={"vi": ProductWords(f"Vòng quux {number}")},
        )
        for number in range(count)
    ]
    ids = (await create_products(new, now=NOW)).ids
    await service.index_products(ids, now=NOW)
    await facets.index_products(ids, now=NOW)
    return ids


async def _page(client: httpx.AsyncClient, path: str, status: int = 200) -> str:
    answer = await client.get(path)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"].startswith("text/html")
    return answer.text


async def test_home_has_a_large_search_and_the_tree_with_counts(client: httpx.AsyncClient) -> None:
    await _catalogue(3)
    page = await _page(client, "/")
    assert page.count('role="search"') == 2
    assert '<a href="/categories/test-quux"><bdi>Quux goods</bdi></a> <small>3</small>' in page
    assert '<a href="/categories/test-quuxlets"><bdi>Quuxlets</bdi></a> <small>3</small>' in page


async def test_a_hit_says_what_it_is_what_tells_it_apart_and_that_nobody_supplies_it(client: httpx.AsyncClient) -> None:
    (made,) = await _catalogue()
    page = await _page(client, "/search?q=quuxlet")
    assert f'<a href="/products/{made}"><bdi>Quuxlet &lt;0&gt;</bdi></a>' in page
    assert "Bore: <bdi>1,200.5 mm</bdi>" in page
    assert "<bdi>Zyx &amp; Co</bdi>" in page
    assert "no supplier yet" in page
    assert 'href="/search?q=quuxlet&amp;category=test-quux"' in page


async def test_addresses_stay_in_the_readers_language(client: httpx.AsyncClient) -> None:
    (made,) = await _catalogue()
    page = await _page(client, "/vi/search?q=quux&category=test-quux")
    assert '<html lang="vi" dir="ltr">' in page
    assert f'<a href="/vi/products/{made}"><bdi>Vòng quux 0</bdi></a>' in page
    assert "Hàng quux" in page
    assert '<html lang="ar" dir="rtl">' in await _page(client, "/ar/categories/test-quux")
    assert "بضائع كوكس" in await _page(client, "/ar/")


async def test_a_search_that_finds_nothing_says_what_to_do(client: httpx.AsyncClient) -> None:
    page = await _page(client, "/search?q=%3Cb%3Eqwertzu")
    assert "Nothing found for these words" in page
    assert "&lt;b&gt;qwertzu" in page
    assert "<b>qwertzu" not in page


async def test_an_empty_search_asks_for_words(client: httpx.AsyncClient) -> None:
    assert "Type a part number" in await _page(client, "/search")


async def test_a_search_that_cannot_be_done_is_explained_on_the_page(client: httpx.AsyncClient) -> None:
    page = await _page(client, f"/search?q={'x' * 201}", status=422)
    assert "Search for at most 200 characters of text." in page
    assert "This search cannot be done" in await _page(client, "/search?q=a%00b", status=422)


async def test_a_category_shows_what_is_below_it_and_pages_through_its_products(client: httpx.AsyncClient) -> None:
    await _catalogue(26)
    first = await _page(client, "/categories/test-quux")
    assert '<a href="/categories/test-quuxlets"><bdi>Quuxlets</bdi></a>' in first
    assert (first.count("QL-"), "26 products" in first) == (24, True)
    following = first.partition('rel="next" href="')[2].partition('"')[0].replace("&amp;", "&")
    second = await _page(client, following)
    assert (second.count("QL-"), 'rel="next"' in second) == (2, False)
    leaf = await _page(client, "/categories/test-quuxlets")
    assert '<a href="/categories/test-quux"><bdi>Quux goods</bdi></a>' in leaf


async def test_what_is_not_sorted_yet_has_its_own_page(client: httpx.AsyncClient) -> None:
    await create_products([NewProduct(source="tests", source_id="loose", title="Loose quux")], now=NOW)
    assert 'href="/categories/unsorted"' in await _page(client, "/")
    assert "Not sorted into a category yet" in await _page(client, "/categories/unsorted")


@pytest.mark.parametrize("path", ["/categories/no-such-category", "/search?q=a&category=no-such-category", "/categories/%00"])
async def test_a_category_that_does_not_exist_is_not_found(client: httpx.AsyncClient, path: str) -> None:
    await _page(client, path, status=404)


async def test_the_details_show_every_attribute_escaped(client: httpx.AsyncClient) -> None:
    (made,) = await _catalogue()
    page = await _page(client, f"/products/{made}/details")
    assert "<dt>Bore</dt><dd><bdi>1,200.5 mm</bdi></dd>" in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "<script>alert" not in page
    assert f'href="/products/{made}">Compare suppliers</a>' in page
    vietnamese = await _page(client, f"/vi/products/{made}/details")
    assert "<dt>Lỗ</dt><dd><bdi>1.200,5 mm</bdi></dd>" in vietnamese


async def test_no_page_has_inline_style_or_script(client: httpx.AsyncClient) -> None:
    (made,) = await _catalogue()
    for path in ("/", "/search?q=quux", "/categories/test-quux", f"/products/{made}/details"):
        page = await _page(client, path)
        assert " style=" not in page, path
        assert "<script>" not in page, path


@pytest.mark.parametrize("unit_code, words", [("C62", "each"), ("KGM", "per kg")])
async def test_a_price_in_a_list_says_of_how_much(client: httpx.AsyncClient, unit_code: str, words: str) -> None:
    new = NewProduct(source="tests", source_id=f"q-{unit_code}", title="Quuxlet sold", unit_code=unit_code)
    (made,) = (await create_products([new], now=NOW)).ids
    await offer(await shop("Quux Works", now=NOW), made, "Q-1", now=NOW)
    await service.index_products([made], now=NOW)
    await facets.index_products([made], now=NOW)
    page = await _page(client, "/search?q=quuxlet")
    assert f'from <bdi dir="ltr">12.50\u00a0EUR</bdi> <span class="s">{words}</span>' in page
