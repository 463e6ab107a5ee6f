"""Tests the category tree: its paths, what categories inherit, and its counts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import asyncpg
import pytest

from marketplace.catalogue.products.schemas import NewProduct
from marketplace.catalogue.products.service import create_products
from marketplace.catalogue.taxonomy import service
from marketplace.catalogue.taxonomy.schemas import CategoryAttribute, NewCategory
from marketplace.kernel.errors import NotFound
from tests.conftest import NOW

if TYPE_CHECKING:
    from uuid import UUID

pytestmark = pytest.mark.usefixtures("rolled_back")

BORE = CategoryAttribute(key="bore_mm", kind="number", unit="mm", labels={"en": "Bore", "vi": "Đường kính trong"}, telling_rank=1)
SEAL = CategoryAttribute(key="seal", kind="text", labels={"en": "Seal"}, telling_rank=2)


async def _family() -> tuple[UUID, UUID]:
    (parent,) = await service.create_categories([NewCategory(slug="test-bearings", names={"en": "Bearings", "vi": "Vòng bi"}, attributes=(SEAL,))])
    (child,) = await service.create_categories(
        [NewCategory(slug="test-ball-bearings", names={"en": "Ball bearings"}, parent_id=parent, attributes=(BORE,))]
    )
    return parent, child


async def test_a_category_inherits_attributes_and_knows_its_path() -> None:
    parent, child = await _family()
    found = await service.category(child)
    assert found.path == (parent, child)
    assert [attribute.key for attribute in found.attributes] == ["seal", "bore_mm"]
    assert [attribute.key for attribute in found.telling] == ["bore_mm", "seal"]
    assert [attribute.key for attribute in (await service.category(parent)).attributes] == ["seal"]


async def test_a_category_is_named_in_the_readers_language_or_in_english() -> None:
    parent, _ = await _family()
    found = await service.category(parent)
    assert [found.name(locale) for locale in ("vi", "ar", "en")] == ["Vòng bi", "Bearings", "Bearings"]
    assert [BORE.label(locale) for locale in ("vi", "ar")] == ["Đường kính trong", "Bore"]
    assert CategoryAttribute(key="outer_width", kind="number").label("en") == "Outer width"


async def test_counts_include_what_is_below_and_leave_out_what_is_not_sold() -> None:
    parent, child = await _family()
    await create_products(
        [
            NewProduct(source="tests", source_id="1", title="One", category_id=child),
            NewProduct(source="tests", source_id="2", title="Two", category_id=parent),
            NewProduct(source="tests", source_id="3", title="Three", category_id=child),
            NewProduct(source="tests", source_id="4", title="Four", category_id=child, state="draft"),
        ],
        now=NOW,
    )
    before = (await service.product_counts()).get(None, 0)
    await create_products([NewProduct(source="tests", source_id="5", title="Five")], now=NOW)
    await create_products([NewProduct(source="tests", source_id="3", title="Three", category_id=child, state="retired")], now=NOW)
    counts = {one.slug: one.products for one in await service.categories_with_counts(locale="en")}
    assert (counts["test-bearings"], counts["test-ball-bearings"]) == (2, 1)
    assert (await service.product_counts())[None] == before + 1


async def test_parents_come_before_their_children_in_the_tree() -> None:
    parent, child = await _family()
    order = [one.id for one in await service.tree()]
    assert order.index(parent) < order.index(child)


async def test_an_unknown_category_is_not_found() -> None:
    with pytest.raises(NotFound):
        await service.category_by_slug("nothing-of-this-name")


@pytest.mark.parametrize("slug", ["unsorted", "Upper", "two words", "-dash", "a/b", ""])
async def test_a_slug_that_is_no_address_is_refused_by_the_database(slug: str) -> None:
    with pytest.raises(asyncpg.CheckViolationError):
        await service.create_categories([NewCategory(slug=slug, names={"en": "Wrong"})])


async def test_a_category_needs_an_english_name() -> None:
    with pytest.raises(asyncpg.CheckViolationError):
        await service.create_categories([NewCategory(slug="test-vi-only", names={"vi": "Chỉ tiếng Việt"})])
