"""Tests checking the attributes of products by the schema of their category, with what it inherits."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from marketplace.catalogue.attributes import service
from marketplace.catalogue.taxonomy import service as taxonomy
from marketplace.catalogue.taxonomy.schemas import CategoryAttribute, NewCategory, Option
from marketplace.kernel.ids import uuid7

if TYPE_CHECKING:
    from uuid import UUID

pytestmark = pytest.mark.usefixtures("rolled_back")
MATERIAL = CategoryAttribute(
    key="material", kind="enum", options=(Option("steel"), Option("brass", {"vi": "đồng thau"})), is_required=True, is_facet=True
)
BORE = CategoryAttribute(key="bore", kind="number", unit="mm", labels={"en": "Bore"}, minimum=Decimal("0.5"), maximum=Decimal(100))


async def _family() -> tuple[UUID, UUID]:
    (above,) = await taxonomy.create_categories([NewCategory(slug="test-valves", names={"en": "Valves"}, attributes=(MATERIAL,))])
    (below,) = await taxonomy.create_categories(
        [NewCategory(slug="test-ball-valves", names={"en": "Ball valves"}, parent_id=above, attributes=(BORE,))]
    )
    return above, below


async def test_a_definition_is_read_back_as_it_was_written() -> None:
    _, below = await _family()
    assert (await taxonomy.category(below)).attributes == (MATERIAL, BORE)


async def test_a_product_is_held_to_what_its_category_inherits() -> None:
    above, below = await _family()
    assert await service.check(below, {"material": "brass", "bore": 20}) == ()
    assert [(one.key, one.code) for one in await service.check(below, {"bore": 0.25})] == [("material", "missing"), ("bore", "outside-range")]
    assert [(one.key, one.code) for one in await service.check(above, {"bore": 0.25, "material": "tin"})] == [("material", "not-an-option")]


async def test_without_a_category_everything_is_free() -> None:
    checked = await service.checker()
    assert checked(None, {"bore": "wide"}) == ()
    assert checked(uuid7(), {"bore": "wide"}) == ()
