"""Tests finding products: identifiers first, all words, some words, languages, bounds, the log of misses, and the read model."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from marketplace.catalogue.products import service as products
from marketplace.catalogue.products.schemas import NewProduct, ProductWords
from marketplace.catalogue.taxonomy.schemas import NewCategory
from marketplace.catalogue.taxonomy.service import create_categories
from marketplace.kernel.actor import ANONYMOUS, Actor
from marketplace.kernel.contracts import ProductsChanged
from marketplace.kernel.errors import NotFound, QueryTooBroad
from marketplace.trade.search import handlers, queries, service
from marketplace.trade.search.errors import BadQuery
from tests.conftest import NOW

if TYPE_CHECKING:
    from uuid import UUID

    from marketplace.kernel.database import Connection

pytestmark = pytest.mark.usefixtures("rolled_back")

TONER = NewProduct(
    source="tests",
    source_id="toner",
    title="Zyxbrand toner cartridge quuxblack",
    brand="Zyxbrand",
    part_number="QX-2110",
    gtin="04006381333931",
    other_gtins=("00036000291452",),
    description="For quuxblack laser printers.",
    attributes={"colour": "quuxviolet", "pages": 1500},
    texts={"vi": ProductWords("Hộp mực quuxđen"), "ar": ProductWords("خرطوشة حبر كوكس")},
)
PRINTER = NewProduct(
    source="tests",
    source_id="printer",
    title="Zyxbrand laser printer",
    brand="Zyxbrand",
    part_number="LP-900",
    description="Uses toner QX-2110 and quuxblack ink.",
)
PAPER = NewProduct(source="tests", source_id="paper", title="Quuxpaper A4", brand="Papyr", part_number="P-80")


async def _indexed(*new: NewProduct) -> list[UUID]:
    ids = (await products.create_products(new, now=NOW)).ids
    await service.index_products(ids, now=NOW)
    return ids


async def _titles(text: str, **asked: object) -> list[str]:
    return [hit.title for hit in (await service.search(text, now=NOW, **asked)).items]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "text",
    [
        "QX-2110",
        "qx2110",
        "QX 2110",
        "qx/2110",
        "zyxbrand qx 2110",
        "4006381333931",
        "04006381333931",
        "036000291452",
        "36000291452",
        "400-6381-333931",
    ],
)
async def test_an_identifier_however_written_finds_its_product_first(text: str) -> None:
    await _indexed(PRINTER, TONER, PAPER)
    assert (await _titles(text))[0] == TONER.title


async def test_all_words_come_before_some_words() -> None:
    await _indexed(PAPER, PRINTER, TONER)
    assert await _titles("zyxbrand quuxblack cartridge") == [TONER.title, PRINTER.title]


async def test_the_title_counts_more_than_the_description() -> None:
    await _indexed(PRINTER, TONER)
    assert await _titles("quuxblack") == [TONER.title, PRINTER.title]


async def test_words_are_found_by_their_stem_by_attribute_and_by_brand() -> None:
    await _indexed(TONER)
    for text in ("quuxblacks cartridges", "quuxviolet", "zyxbrand", "ZYXBRAND"):
        assert await _titles(text) == [TONER.title], text


async def test_vietnamese_is_found_without_its_accents_and_arabic_as_it_stands() -> None:
    await _indexed(TONER)
    assert (await _titles("hop muc quuxden", viewer=Actor(locale="vi")))[0] == "Hộp mực quuxđen"
    assert await _titles("كوكس", viewer=Actor(locale="ar")) == ["خرطوشة حبر كوكس"]


async def test_a_minus_leaves_a_word_out() -> None:
    await _indexed(TONER, PRINTER)
    assert await _titles("zyxbrand -cartridge") == [PRINTER.title]


@pytest.mark.parametrize(
    "text", ["%", "_", "%_((((", "\\", "' OR 1=1 --", "& | ! <->", '"', "!!!", "a:*", "((((((((((", "-", "🙂" * 50, "\u0301" * 100]
)
async def test_signs_are_literal_and_never_an_error(text: str) -> None:
    await _indexed(TONER)
    assert TONER.title not in await _titles(text)


@pytest.mark.parametrize("text", ["x" * 201, "word " * 2000, "nul\x00byte"])
async def test_a_text_that_cannot_be_searched_is_refused_and_not_logged(text: str, rolled_back: Connection) -> None:
    before = await rolled_back.fetchval("SELECT count(*) FROM trade.search_misses")
    with pytest.raises(BadQuery):
        await service.search(text, now=NOW)
    assert await rolled_back.fetchval("SELECT count(*) FROM trade.search_misses") == before


async def test_a_search_that_takes_too_long_is_told_to_be_narrower(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "SEARCH_TIMEOUT_MS", 30)
    monkeypatch.setattr(queries, "BY_KEY", "SELECT gen_random_uuid(), pg_sleep(5), $1::text[], $2::uuid, $3::int, $4::text[], $5::text[]")
    with pytest.raises(QueryTooBroad):
        await service.search("anything-9", now=NOW)
    monkeypatch.undo()
    assert (await service.search("qwertzuio", now=NOW)).items == []


async def test_an_empty_search_finds_nothing_and_is_not_logged(rolled_back: Connection) -> None:
    before = await rolled_back.fetchval("SELECT count(*) FROM trade.search_misses")
    assert (await service.search("   ", now=NOW)).items == []
    assert await rolled_back.fetchval("SELECT count(*) FROM trade.search_misses") == before


async def test_what_nobody_finds_is_counted_by_day_language_and_kind_of_visitor(rolled_back: Connection) -> None:
    for text in ("Qwertzu  Asdf", "qwertzu asdf"):
        assert (await service.search(text, now=NOW, viewer=Actor(locale="vi"))).items == []
    rows = await rolled_back.fetch("SELECT on_date::text, segment, locale, query, times FROM trade.search_misses WHERE query LIKE 'qwertzu%'")
    assert [tuple(row) for row in rows] == [("2026-11-24", "anonymous", "vi", "qwertzu asdf", 2)]


async def test_a_product_without_offers_is_found_and_says_that_nobody_supplies_it() -> None:
    await _indexed(TONER)
    (hit,) = (await service.search("QX-2110", now=NOW)).items
    assert (hit.suppliers, hit.offers, hit.from_price, hit.currency, hit.part_number) == (0, 0, None, "EUR", "QX-2110")


async def test_a_search_stays_inside_its_category_and_what_is_below_it() -> None:
    (root,) = await create_categories([NewCategory(slug="test-office", names={"en": "Office quuxsupplies"})])
    (child,) = await create_categories([NewCategory(slug="test-toner", names={"en": "Toner"}, parent_id=root)])
    await _indexed(msgspec.structs.replace(TONER, category_id=child), PRINTER)
    assert await _titles("zyxbrand", category=root) == [TONER.title]
    assert await _titles("zyxbrand", category="test-toner") == [TONER.title]
    assert await _titles("quuxsupplies") == [TONER.title]
    found = await service.search("zyxbrand", now=NOW)
    assert [(one.slug, one.products) for one in await service.narrower(found.ids, inside=None, locale="en")] == [("test-office", 1)]
    assert [one.slug for one in await service.narrower(found.ids, inside=root, locale="en")] == ["test-toner"]
    with pytest.raises(NotFound):
        await service.search("zyxbrand", now=NOW, category="no-such-category")


async def test_pages_of_a_search_do_not_overlap_and_end() -> None:
    await _indexed(*(NewProduct(source="tests", source_id=f"n{number}", title=f"Quuxnut M{number}") for number in range(7)))
    seen: list[UUID] = []
    offset: int | None = 0
    while offset is not None:
        page = await service.search("quuxnut", now=NOW, limit=3, offset=offset)
        seen += [hit.id for hit in page.items]
        offset = page.next_offset
    assert len(seen) == len(set(seen)) == 7


async def test_a_changed_product_is_found_by_its_new_words_only_once_the_fact_arrives() -> None:
    (toner,) = await _indexed(TONER)
    await products.create_products([msgspec.structs.replace(TONER, title="Renamed quuxgreen thing", texts={})], now=NOW)
    assert await _titles("quuxgreen") == []
    await handlers.on_products_changed(ProductsChanged(product_ids=(toner,)), NOW)
    await handlers.on_products_changed(ProductsChanged(product_ids=(toner,)), NOW)
    assert await _titles("quuxgreen") == ["Renamed quuxgreen thing"]
    assert await _titles("cartridge quuxblack toner") == ["Renamed quuxgreen thing"]


async def test_a_retired_product_is_found_no_more(rolled_back: Connection) -> None:
    (toner,) = await _indexed(TONER)
    await products.create_products([msgspec.structs.replace(TONER, state="retired")], now=NOW)
    assert await _titles("QX-2110") == []
    await service.index_products([toner], now=NOW)
    assert await rolled_back.fetchval("SELECT count(*) FROM trade.search_documents WHERE product_id = $1", toner) == 0


async def test_a_product_with_more_text_than_one_document_holds_is_found_by_the_beginning_of_it() -> None:
    words = {f"text {number}": " ".join(f"{number}w{place:x}" for place in range(3_000)) for number in range(60)}
    assert sum(map(len, words.values())) > 1_000_000
    wordy = NewProduct(
        source="tests",
        source_id="wordy",
        title="Quuxwordy valve",
        description="ⰀⰁ " * 6_600,
        attributes={"a": "first", **words},
        part_number="WZ-100",
    )
    await _indexed(wordy)
    assert await _titles("quuxwordy") == ["Quuxwordy valve"]
    assert await _titles("WZ-100") == ["Quuxwordy valve"]
    assert await _titles("quuxwordy ⰀⰁ") == ["Quuxwordy valve"]


async def test_indexing_everything_counts_every_product(rolled_back: Connection) -> None:
    await products.create_products([TONER, PRINTER], now=NOW)
    assert await service.index_all(now=NOW) == await rolled_back.fetchval("SELECT count(*) FROM catalogue.products")
    assert await _titles("QX-2110") == [TONER.title, PRINTER.title]


async def test_the_command_lines_search_is_an_anonymous_visitors() -> None:
    await _indexed(TONER)
    assert [hit.title for hit in await service.search_text("QX-2110", now=NOW, locale="vi")] == ["Hộp mực quuxđen"]


async def test_unsorted_products_are_listed_as_such() -> None:
    ids = await _indexed(TONER, PRINTER, PAPER)
    hits, _ = await service.category_hits(service.UNSORTED, now=NOW, limit=200, viewer=ANONYMOUS)
    assert set(ids) <= {hit.id for hit in hits}


async def test_everything_is_listed_in_the_order_of_arrival_page_by_page(rolled_back: Connection) -> None:
    ids = await _indexed(TONER, PRINTER, PAPER)
    found, after = [], None
    while True:
        hits, after = await service.category_hits(None, now=NOW, after=after, limit=100, viewer=ANONYMOUS)
        found += [hit.id for hit in hits]
        if after is None:
            break
    assert found == sorted(found)
    assert len(found) == await rolled_back.fetchval("SELECT count(*) FROM catalogue.products WHERE state = 'published'")
    assert [each for each in found if each in ids] == sorted(ids)
