"""Tests saving products one by one and by the thousand, and reading them in the reader's language."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID

import asyncpg
import msgspec
import pytest

from marketplace.catalogue.products import service
from marketplace.catalogue.products.schemas import NewProduct, ProductWords
from marketplace.kernel.actor import WORKER
from marketplace.kernel.database import reading
from marketplace.kernel.errors import NotFound
from marketplace.kernel.ids import uuid7
from tests.conftest import NOW

if TYPE_CHECKING:
    from marketplace.kernel.database import Connection

pytestmark = pytest.mark.usefixtures("rolled_back")

BEARING = NewProduct(
    source="tests",
    source_id="B-6204",
    title="Deep groove ball bearing 6204-2RS",
    brand="Hansa",
    part_number="6204-2RS",
    gtin="04006381333931",
    description="Sealed on both sides.",
    attributes={"bore_mm": 20, "width_mm": 14.5, "sealed": True, "material": "steel"},
    weight_grams=106,
    texts={"vi": ProductWords("Vòng bi 6204-2RS", "Phớt hai bên.")},
)


async def _facts() -> list[list[UUID]]:
    async with reading(WORKER) as held:
        rows = await held.fetch("SELECT payload FROM kernel.outbox WHERE kind = 'ProductsChanged' ORDER BY id")
    return [[UUID(one) for one in msgspec.json.decode(row["payload"])["product_ids"]] for row in rows]


async def test_a_product_comes_back_as_it_was_given() -> None:
    (made_id,) = (await service.create_products([BEARING], now=NOW)).ids
    made = await service.product(made_id, locale="en")
    assert (made.title, made.brand, made.part_number, made.gtin) == ("Deep groove ball bearing 6204-2RS", "Hansa", "6204-2RS", "04006381333931")
    assert made.attributes == {"bore_mm": 20, "width_mm": 14.5, "sealed": True, "material": "steel"}
    assert (made.unit_code, made.weight_grams, made.volume_cm3, made.category) == ("C62", 106, None, None)
    assert made.slug.startswith("deep-groove-ball-bearing-6204-2rs-")


async def test_texts_fall_back_from_the_readers_language_to_english_to_the_products_own() -> None:
    english = (await service.create_products([BEARING], now=NOW)).ids[0]
    german = NewProduct(source="tests", source_id="de", title="Rillenkugellager", locale="de", texts={"en": ProductWords("Ball bearing")})
    only_german = NewProduct(source="tests", source_id="de-2", title="Kegelrollenlager", locale="de")
    ids = [english, *(await service.create_products([german, only_german], now=NOW)).ids]
    titles = {locale: [one.title for one in await service.products_by_ids(ids, locale=locale)] for locale in ("vi", "ar", "de", "vi-VN")}
    assert titles["vi"] == titles["vi-VN"] == ["Vòng bi 6204-2RS", "Ball bearing", "Kegelrollenlager"]
    assert titles["ar"] == ["Deep groove ball bearing 6204-2RS", "Ball bearing", "Kegelrollenlager"]
    assert titles["de"] == ["Deep groove ball bearing 6204-2RS", "Rillenkugellager", "Kegelrollenlager"]
    assert (await service.product(english, locale="vi")).description == "Phớt hai bên."


async def test_saving_the_same_again_changes_nothing_and_tells_nobody(rolled_back: Connection) -> None:
    first = await service.create_products([BEARING], now=NOW)
    facts = await _facts()
    again = await service.create_products([BEARING], now=NOW + timedelta(days=1))
    assert (first.created, again.created, again.updated, again.unchanged) == (first.ids, [], [], first.ids)
    assert await _facts() == facts
    assert await rolled_back.fetchval("SELECT updated_at FROM catalogue.products WHERE id = $1", first.ids[0]) == NOW


async def test_a_changed_product_keeps_its_id_slug_and_day_of_creation_and_loses_old_identifiers(rolled_back: Connection) -> None:
    first = (await service.create_products([BEARING], now=NOW)).ids[0]
    before = await service.product(first, locale="en")
    changed = msgspec.structs.replace(BEARING, title="Bearing 6204", part_number="6204-ZZ", texts={})
    saved = await service.create_products([changed], now=NOW + timedelta(days=1))
    after = await service.product(first, locale="vi")
    assert (saved.ids, saved.updated, saved.created) == ([first], [first], [])
    assert (after.slug, after.title, after.part_number) == (before.slug, "Bearing 6204", "6204-ZZ")
    row = await rolled_back.fetchrow("SELECT created_at, updated_at FROM catalogue.products WHERE id = $1", first)
    assert row is not None
    assert tuple(row) == (NOW, NOW + timedelta(days=1))
    keys = await rolled_back.fetch("SELECT scheme, value FROM catalogue.product_identifiers WHERE product_id = $1", first)
    assert {tuple(key) for key in keys} == {("part_number", "6204ZZ"), ("gtin", "4006381333931"), ("source_id", "B6204")}


async def test_facts_about_many_products_come_in_chunks_of_a_thousand() -> None:
    before = len(await _facts())
    saved = await service.create_products([NewProduct(source="tests", source_id=str(n), title=f"Product {n}") for n in range(2001)], now=NOW)
    facts = (await _facts())[before:]
    assert sorted(map(len, facts)) == [1, 1000, 1000]
    assert {one for fact in facts for one in fact} == set(saved.ids)


async def test_of_two_with_one_identity_in_a_call_the_last_counts() -> None:
    saved = await service.create_products([BEARING, msgspec.structs.replace(BEARING, title="The later one")], now=NOW)
    assert saved.ids[0] == saved.ids[1]
    assert (await service.product(saved.ids[0], locale="en")).title == "The later one"


async def test_one_source_id_of_two_sources_is_two_products() -> None:
    first = await service.create_products([BEARING], now=NOW)
    second = await service.create_products([msgspec.structs.replace(BEARING, source="elsewhere")], now=NOW)
    assert first.ids != second.ids


async def test_a_given_id_is_used() -> None:
    wanted = uuid7()
    assert (await service.create_products([msgspec.structs.replace(BEARING, id=wanted)], now=NOW)).ids == [wanted]


async def test_the_detail_has_attributes_as_they_stand_in_the_database() -> None:
    made = (await service.create_products([BEARING], now=NOW)).ids[0]
    detail = msgspec.json.decode(msgspec.json.encode(await service.product_detail(made, locale="vi")))
    assert detail["title"] == "Vòng bi 6204-2RS"
    assert detail["attributes"] == {"bore_mm": 20, "width_mm": 14.5, "sealed": True, "material": "steel"}
    assert set(detail) == {
        "id",
        "slug",
        "title",
        "brand",
        "description",
        "part_number",
        "gtin",
        "category_id",
        "category",
        "unit_code",
        "weight_grams",
        "attributes",
    }


async def test_a_retired_product_is_read_by_id_but_not_shown() -> None:
    made = (await service.create_products([BEARING], now=NOW)).ids[0]
    assert (await service.create_products([msgspec.structs.replace(BEARING, state="retired")], now=NOW)).updated == [made]
    assert (await service.product(made, locale="en")).state == "retired"
    with pytest.raises(NotFound):
        await service.product_detail(made, locale="en")


async def test_a_missing_product_is_not_found_and_left_out_of_lists() -> None:
    made = (await service.create_products([BEARING], now=NOW)).ids[0]
    with pytest.raises(NotFound):
        await service.product(uuid7(), locale="en")
    assert [one.id for one in await service.products_by_ids([uuid7(), made], locale="en")] == [made]


@pytest.mark.parametrize(
    "wrong",
    [
        {"gtin": "123"},
        {"gtin": "04006381333932"},
        {"gtin": "0400638133393x"},
        {"weight_grams": 0},
        {"weight_grams": -5},
        {"title": ""},
        {"title": "x" * 501},
        {"state": "sold"},
        {"volume_cm3": 0},
    ],
)
async def test_the_database_refuses_what_no_product_can_be(wrong: dict[str, object], rolled_back: Connection) -> None:
    count = "SELECT count(*) FROM catalogue.products"
    before = await rolled_back.fetchval(count)
    with pytest.raises(asyncpg.CheckViolationError):
        await service.create_products([msgspec.structs.replace(BEARING, **wrong)], now=NOW)
    assert await rolled_back.fetchval(count) == before
