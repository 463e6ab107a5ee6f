"""Tests of ranking by words: what tells most, what the thing is, synonyms, mistyped words, letters of other languages, and the count of words."""

from __future__ import annotations

from uuid import UUID

import msgspec
import pytest

from marketplace.catalogue.products import service as products
from marketplace.catalogue.products.schemas import NewProduct, ProductWords
from marketplace.catalogue.taxonomy.schemas import NewCategory
from marketplace.catalogue.taxonomy.service import create_categories
from marketplace.catalogue.types import service as types
from marketplace.kernel.actor import WORKER, Actor
from marketplace.kernel.contracts import CategoriesChanged, TypesLearned
from marketplace.kernel.database import transaction
from marketplace.trade.facets import service as facets
from marketplace.trade.search import handlers, service
from tests.conftest import NOW

pytestmark = pytest.mark.usefixtures("rolled_back")


def made(number: int, title: str, *, brand: str = "", **more: object) -> NewProduct:
    return NewProduct(source="words", source_id=f"W-{number}", title=title, brand=brand, **more)  # type: ignore[arg-type]


async def indexed(*new: NewProduct) -> list[UUID]:
    ids = (await products.create_products(new, now=NOW)).ids
    await service.index_products(ids, now=NOW)
    await service.refresh(NOW)
    return ids


async def found(text: str) -> list[str]:
    names = await products.source_ids(ids := (await service.ranked(text)).ids)
    return [names[one] for one in ids if names[one].startswith("W-")]


async def test_a_rare_word_counts_more_than_a_common_one() -> None:
    await indexed(*(made(n, f"Zorbel widget number {n}") for n in range(20)), made(50, "Zorbel gromple"), made(51, "Quandle gromple"))
    assert (await found("zorbel gromple"))[:2] == ["W-50", "W-51"]


async def test_a_word_in_the_title_counts_more_than_in_the_description_and_there_more_than_in_an_attribute() -> None:
    await indexed(
        made(1, "Plain thing", attributes={"note": "gromple"}),
        made(2, "Plain thing", description="Made for a gromple."),
        made(3, "Plain gromple thing"),
    )
    assert await found("gromple") == ["W-3", "W-2", "W-1"]


async def test_the_thing_itself_comes_before_a_bag_for_it() -> None:
    things = [made(n, f"{brand} M{n} gromple 15 inch", brand=brand, part_number=f"M{n}") for n, brand in enumerate(["Nord", "Ost"] * 4)]
    bags = [made(20 + n, f"{brand} B{n} gromple case nylon", brand=brand, part_number=f"B{n}") for n, brand in enumerate(["Nord", "Ost"] * 4)]
    ids = await indexed(*bags, *things)
    before = await found("gromple")
    await types.learn(NOW)
    await handlers.on_types_learned(TypesLearned(changed=16), NOW)
    after = await found("gromple")
    assert (len(ids), set(before), set(after)) == (16, set(before), set(before))
    assert set(after[:8]) == {f"W-{n}" for n in range(8)}
    assert set((await found("gromple case"))[:8]) == {f"W-{20 + n}" for n in range(8)}


async def test_a_synonym_finds_what_the_catalogue_calls_otherwise_until_it_is_switched_off() -> None:
    await indexed(made(1, "Gromple notebook 14"), made(2, "Gromple television stand"))
    assert await found("gromple laptop") == ["W-1", "W-2"]
    assert (await found("laptop"))[:1] == ["W-1"]
    async with transaction(actor=WORKER) as held:
        await held.execute("UPDATE trade.search_synonyms SET is_active = false WHERE words = 'laptop'")
    assert "W-1" not in await found("laptop")


async def test_a_mistyped_word_is_read_as_the_nearest_and_told() -> None:
    await indexed(made(1, "Brumblewick dispenser"))
    answer = await service.ranked("brumblewik dispenser")
    assert (answer.suggestion, (await products.source_ids(answer.ids))[answer.ids[0]]) == ("brumblewick dispenser", "W-1")
    assert (await service.ranked("brumblewick")).suggestion == ""
    assert (await service.ranked("x9-77777")).suggestion == ""


@pytest.mark.parametrize(
    "typed, meant, number",
    [
        ("gromplering", "grompaering", 2), ("hdmi trabel", "hdmi trable", 3), ("qlortex", "klortex", 4), ("klrotex", "klortex", 4),
        ("trable grompaerign", "trable grompaering", 2),
    ],
)  # fmt: skip
async def test_the_word_with_the_fewest_mistakes_in_its_letters_is_meant(typed: str, meant: str, number: int) -> None:
    await indexed(made(1, "Trab adapter"), made(2, "Grompaering 12"), made(3, "HDMI trable"), made(4, "Klortex"))
    answer = await service.ranked(typed)
    assert (answer.suggestion, f"W-{number}" in await found(typed)) == (meant, True)


async def test_a_number_that_comes_once_is_found_however_it_is_broken() -> None:
    await indexed(made(1, "Toner", description="Fits QX410Z printers."), made(2, "Bearing 96204 sealed"))
    for typed in ("qx410z", "qx-410z", "QX-410Z"):
        assert await found(typed) == ["W-1"], typed
    for typed in ("96204", "962-04", "9620-4"):
        assert (await found(typed))[:1] == ["W-2"], typed


async def test_a_word_that_came_since_the_words_were_counted_is_no_mistake() -> None:
    await indexed(made(1, "Brumblewick dispenser"))
    ids = (await products.create_products([made(2, "Brumblewicks holder"), made(3, "Brumblewice holder")], now=NOW)).ids
    await service.index_products(ids, now=NOW)
    answer = await service.ranked("brumblewice")
    assert (answer.suggestion, await found("brumblewice")) == ("", ["W-3"])


@pytest.mark.parametrize("text", ["máy quomple", "may quomple", "MAY QUOMPLE"])
async def test_vietnamese_is_found_with_and_without_its_marks(text: str) -> None:
    await indexed(made(1, "Quomple printer", texts={"vi": ProductWords("Máy in quomple")}), made(2, "Quomple paper"))
    assert (await found(text))[0] == "W-1"
    assert (await found("in quomple"))[0] == "W-1"


@pytest.mark.parametrize(
    "written, typed",
    [("أسلاك كومبل", "اسلاك كومبل"), ("طابعة كومبل", "طابعه كومبل"), ("مستشفى كومبل", "مستشفي كومبل"), ("آلة كومبل", "الة كومبل"), ("إطار كُومْبِل", "اطار كومبل"), ("طراز ٤٥ كومبل", "طراز 45 كومبل")],
)  # fmt: skip
async def test_arabic_is_found_by_every_form_of_its_letters(written: str, typed: str) -> None:
    await indexed(made(1, "Plain one", texts={"ar": ProductWords(written)}), made(2, "Plain two", texts={"ar": ProductWords("كومبل")}))
    assert await found(typed) == ["W-1", "W-2"]
    assert await found(written) == ["W-1", "W-2"]


async def test_words_are_excluded_and_phrases_hold_together() -> None:
    await indexed(made(1, "Gromple black case"), made(2, "Gromple case black steel"), made(3, "Black gromple"))
    assert set(await found("gromple -steel")) == {"W-1", "W-3"}
    assert await found('"gromple black"') == ["W-1"]
    assert set(await found('gromple -"case black"')) == {"W-1", "W-3"}


async def test_the_count_of_words_follows_the_documents() -> None:
    ids = await indexed(made(1, "Gromples and gromple"), made(2, "Gromple"))
    async with transaction(actor=WORKER) as held:
        counted = await held.fetchrow("SELECT word, documents FROM trade.search_words WHERE lexeme = 'grompl'")
        total = await held.fetchval("SELECT documents FROM trade.search_words WHERE lexeme = ''")
        assert total == await held.fetchval("SELECT count(*) FROM trade.search_documents")
        await held.execute("UPDATE catalogue.products SET state = 'retired' WHERE id = ANY ($1)", ids)
    assert tuple(counted or ()) == ("gromple", 2)
    await service.index_products(ids, now=NOW)
    await service.refresh(NOW)
    async with transaction(actor=WORKER) as held:
        assert await held.fetchval("SELECT count(*) FROM trade.search_words WHERE lexeme = 'grompl'") == 0


async def test_a_document_of_the_older_form_is_read_anew() -> None:
    ids = await indexed(made(1, "Gromple"))
    async with transaction(actor=WORKER) as held:
        await held.execute("UPDATE trade.search_documents SET lexemes = '{}', impacts = '{}' WHERE product_id = ANY ($1)", ids)
    assert await service.refresh(NOW) == 1
    assert await found("gromple") == ["W-1"]


async def test_products_are_found_by_the_new_name_of_their_category() -> None:
    (category_id,) = await create_categories([NewCategory(slug="gromples", names={"en": "Gromples"})])
    await indexed(made(1, "Plain thing", category_id=category_id), made(2, "Other thing"))
    assert (await found("gromple"), await found("quandlers")) == (["W-1"], [])
    async with transaction(actor=WORKER) as held:
        await held.execute("""UPDATE catalogue.categories SET names = '{"en": "Quandlers"}' WHERE id = $1""", category_id)
    await handlers.on_categories_changed(CategoriesChanged(category_ids=(category_id,)), NOW)
    assert await found("gromple") == ["W-1"]
    assert await service.refresh(NOW) == 1
    assert (await found("gromple"), await found("quandlers")) == ([], ["W-1"])


async def test_what_a_word_weighs_is_its_formula() -> None:
    ids = await indexed(made(1, "gromple gromple tester", brand="gromple", description="a gromple", attributes={"note": "gromple yes"}))
    async with transaction(actor=WORKER) as held:
        row = await held.fetchrow("SELECT lexemes, impacts FROM trade.search_documents WHERE product_id = $1", ids[0])
    assert row is not None
    weight = 3 * 2 / (0.7 + 0.3 * 3 / 10) + 3 + 1 / (0.7 + 0.3 * 2 / 10) + 0.4 / (0.7 + 0.3 * 2 / 25)
    assert dict(zip(row["lexemes"], row["impacts"], strict=True))["grompl"] == round(1000 * weight / (weight + 1.2))


@pytest.mark.parametrize("text", ["'", "\\", "''''", "a\\'b", "&|!()<->:*", "%_", "'; DROP TABLE x; --", "- - -", '"', '""', "-", "😀", "\u200f", "ـــ", "x" * 200, "a-" * 100, "1-" * 100, "-a " * 60])  # fmt: skip
async def test_no_text_breaks_a_search(text: str) -> None:
    assert isinstance((await service.ranked(text)).ids, list)


async def test_an_identifier_that_is_excluded_is_not_found() -> None:
    await indexed(made(1, "Gromple bearing", part_number="GX-30200"), made(2, "Gromple bearing", part_number="GX-30201"))
    assert set(await found("gromple bearing")) == {"W-1", "W-2"}
    for text in ("gromple bearing -GX30200", 'gromple bearing -"GX-30200"', "gromple GX-30201 -gx-30200"):
        assert await found(text) == ["W-2"], text
    assert await found("GX-30200 -bearing") == []


@pytest.mark.parametrize(
    "locale, title", [("ar", "Ball valve gromple"), ("en", "Ball valve gromple"), ("vi-VN", "Van bi gromple"), ("de", "Kugelhahn gromple")]
)
async def test_lists_and_suggestions_fall_back_along_the_readers_languages(locale: str, title: str) -> None:
    texts = {"en": ProductWords("Ball valve gromple"), "vi": ProductWords("Van bi gromple")}
    (one,) = await indexed(made(1, "Kugelhahn gromple", part_number="KHX-77001", locale="de", texts=texts))
    viewer = Actor(locale=locale)
    page = await service.list_products(None, now=NOW, after=UUID(int=one.int - 1), limit=1, viewer=viewer)
    assert [item["title"] for item in msgspec.json.decode(page.items)] == [title]
    assert [hit.title for hit in await service.hits([one], now=NOW, viewer=viewer, currency="EUR")] == [title]
    assert [item.text for item in await facets.suggest("khx770", viewer=viewer)] == [title]
    assert (await products.product(one, locale=locale)).title == title
