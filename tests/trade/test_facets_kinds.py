"""Tests what attributes are facets: those that a schema names, however many a product has, ranges and dates too. A range counts in every band that it touches, a date in its year, and the choice brings what was counted."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from marketplace.catalogue.taxonomy import service as taxonomy
from marketplace.catalogue.taxonomy.schemas import CategoryAttribute, NewCategory
from marketplace.kernel.actor import ANONYMOUS
from marketplace.kernel.contracts import CategoriesChanged
from marketplace.trade.facets import service
from marketplace.trade.facets.errors import NotARange
from marketplace.trade.facets.handlers import on_categories_changed
from marketplace.trade.facets.schemas import Asked, Filters
from tests.conftest import NOW

if TYPE_CHECKING:
    from uuid import UUID

    from marketplace.kernel.database import Connection
    from marketplace.trade.facets.schemas import Found
    from tests.world import World

HELD = (
    {"pressure": "1..8", "made": "2025-03-01"},
    {"pressure": "15..60", "made": "2025-12-31"},
    {"pressure": "-40..0.5", "made": "2026-01-01"},
    {"pressure": "20..20"},
    {"pressure": "wide", "made": "soon"},
    {"pressure": "9..3"},
)


@pytest_asyncio.fixture
async def gauges(rolled_back: Connection, world: World) -> list[UUID]:
    """Put six products of a pressure range and a date into a category of their own, in the order of HELD."""
    assert world
    (category_id,) = await taxonomy.create_categories(
        [
            NewCategory(
                slug="gauges",
                names={"en": "Gauges"},
                attributes=(
                    CategoryAttribute(key="pressure", kind="range", unit="bar", is_facet=True),
                    CategoryAttribute(key="made", kind="date", is_facet=True),
                ),
            )
        ]
    )
    rows = await rolled_back.fetch("SELECT id FROM catalogue.products WHERE state = 'published' ORDER BY id LIMIT $1", len(HELD))
    for row, held in zip(rows, HELD, strict=True):
        await rolled_back.execute(
            "UPDATE catalogue.products SET category_id = $2, attributes = $3::jsonb WHERE id = $1", row["id"], category_id, json.dumps(held)
        )
    ids = [row["id"] for row in rows]
    await service.index_products(ids, now=NOW)
    return ids


async def _found(**attributes: tuple[str, ...]) -> Found:
    return await service.find(Asked(filters=Filters(category="gauges", attributes=attributes)), now=NOW, viewer=ANONYMOUS, currency="EUR")


def _choices(found: Found, key: str) -> dict[str, int | None]:
    return {one.value: one.products for facet in found.facets if facet.key == key for one in facet.choices}


@pytest.mark.usefixtures("gauges")
async def test_a_range_counts_in_every_band_that_it_touches() -> None:
    counts = _choices(await _found(), "pressure")
    # 1 to 8 touches three bands and 15 to 60 another three; 20 alone is in 20 to 50; what is no range, or turned round, counts nowhere.
    expected = {"1..2": 1, "2..5": 1, "5..10": 1, "10..20": 1, "20..50": 2, "50..100": 1, "0.2..0.5": 1, "0.5..1": 1}
    assert {value: counts.get(value) for value in expected} == expected
    assert sum(count or 0 for value, count in counts.items() if not value.startswith("0.") and value in expected) == 7


async def test_choosing_a_band_brings_the_ranges_that_touch_it(gauges: list[UUID]) -> None:
    assert set((await _found(pressure=("20..50",))).ids) == {gauges[1], gauges[3]}
    assert set((await _found(pressure=("0..1",))).ids) == {gauges[2]}
    assert set((await _found(pressure=("5..15",))).ids) == {gauges[0]}
    assert (await _found(pressure=("100..",))).ids == []
    narrowed = await _found(pressure=("20..50",))
    # One year is left, which is nothing to choose.
    assert _choices(narrowed, "made") == {}
    assert _choices(narrowed, "pressure")["1..2"] == 1


async def test_dates_fall_into_years_the_latest_first(gauges: list[UUID]) -> None:
    counts = _choices(await _found(), "made")
    assert list(counts.items()) == [("2026", 1), ("2025", 2)]
    assert set((await _found(made=("2025",))).ids) == {gauges[0], gauges[1]}
    assert set((await _found(made=("2025", "2026"))).ids) == {gauges[0], gauges[1], gauges[2]}


@pytest.mark.usefixtures("gauges")
async def test_a_band_of_a_range_that_is_no_range_is_refused() -> None:
    with pytest.raises(NotARange):
        await _found(pressure=("wide",))


async def test_what_a_schema_names_is_kept_of_however_many_attributes(gauges: list[UUID], rolled_back: Connection) -> None:
    many = {f"a{number:03d}": number for number in range(100)} | {"pressure": "1..8", "zoom": "3"}
    await rolled_back.execute("UPDATE catalogue.products SET attributes = $2::jsonb WHERE id = $1", gauges[0], json.dumps(many))
    await service.index_products([gauges[0]], now=NOW)
    assert gauges[0] in (await _found(pressure=("1..2",))).ids
    category_id = await rolled_back.fetchval("SELECT id FROM catalogue.categories WHERE slug = 'gauges'")
    await rolled_back.execute(
        "UPDATE catalogue.category_attributes SET key = 'zoom', kind = 'text' WHERE category_id = $1 AND key = 'made'", category_id
    )
    held = "SELECT attributes ? 'zoom' FROM trade.facet_products WHERE product_id = $1"
    assert not await rolled_back.fetchval(held, gauges[0])
    await on_categories_changed(CategoriesChanged(category_ids=(category_id,)), NOW)
    assert await service.follow(NOW) == 1
    assert await rolled_back.fetchval(held, gauges[0])
