"""Tests finding numbers that cannot be meant, and what is said of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from marketplace.catalogue.numbers import service
from marketplace.catalogue.numbers.schemas import FlagIn
from marketplace.catalogue.products.schemas import NewProduct
from marketplace.catalogue.products.service import create_products
from marketplace.catalogue.taxonomy import service as taxonomy
from marketplace.catalogue.taxonomy.schemas import NewCategory
from marketplace.kernel.cursors import Asked
from marketplace.kernel.database import connection, transaction
from marketplace.kernel.errors import NotAllowed, NotFound, VersionConflict
from marketplace.kernel.ids import uuid7
from marketplace.trade.facets import service as facets
from tests.catalogue.test_taxonomy_moves import KEEPER, SELLER
from tests.conftest import NOW

if TYPE_CHECKING:
    from uuid import UUID

    from marketplace.catalogue.numbers.schemas import Flag

pytestmark = pytest.mark.usefixtures("rolled_back")
FIRST = Asked(None, 200, "0123456789abcdef")


@pytest.fixture(autouse=True)
async def looked_at(rolled_back: object) -> None:
    """Look at what the world holds before, so that each test counts its own."""
    assert rolled_back is None or rolled_back
    await service.find(NOW)


def product(number: int, category_id: UUID, *, state: str = "published", **attributes: float | str) -> NewProduct:
    return NewProduct(
        source="tests", source_id=f"N-{number}", title=f"Notebook {number}", category_id=category_id, attributes=attributes, state=state
    )


async def notebooks(count: int = 24, *, odd: float = 3140) -> tuple[UUID, UUID]:
    """Make notebooks of about a kilogram, and one whose weight stands in grams; gives the category and the odd one."""
    (category,) = await taxonomy.create_categories([NewCategory(slug="test-notebooks", names={"en": "Notebooks"})])
    usual = [product(at, category, package_weight=0.9 + at / 20, ports=4) for at in range(count)]
    saved = await create_products([*usual, product(900, category, package_weight=odd, ports=4)], now=NOW)
    return category, saved.ids[-1]


async def flags(state: str = "open") -> list[Flag]:
    return (await service.page_of_flags(state, asked=FIRST, actor=KEEPER))[0]


async def test_a_weight_in_grams_beside_kilograms_is_found_with_what_is_usual() -> None:
    _, odd = await notebooks()
    assert await service.find(NOW) == 1
    (flag,) = await flags()
    assert (flag.product_id, flag.key, float(flag.value), flag.n, flag.state) == (odd, "package_weight", 3140.0, 25, "open")
    assert 0.9 <= float(flag.usual_low) < float(flag.median) < float(flag.usual_high) <= 2.05
    assert await service.find(NOW) == 0


@pytest.mark.parametrize("odd", [149.0, 0.0152])
async def test_less_than_a_hundred_times_away_is_let_be(odd: float) -> None:
    await notebooks(odd=odd)
    assert await service.find(NOW) == 0
    assert await flags() == []


async def test_fewer_than_twenty_numbers_say_nothing() -> None:
    await notebooks(count=18)
    assert await service.find(NOW) == 0


async def test_numbers_that_differ_much_among_themselves_flag_none() -> None:
    (category,) = await taxonomy.create_categories([NewCategory(slug="test-wide", names={"en": "Wide"})])
    await create_products([product(at, category, capacity=2.0**at, nothing=0, below=-5, words="12") for at in range(24)], now=NOW)
    assert await service.find(NOW) == 0


async def test_what_was_decided_stays_until_the_number_changes() -> None:
    category, odd = await notebooks()
    await service.find(NOW)
    (flag,) = await flags()
    assert list((await service.doubtful({odd: {"package_weight": 3140}}))[odd]) == ["package_weight"]
    assert await service.doubtful({odd: {"package_weight": 3.14}}) == {}
    right = await service.decide(flag.id, FlagIn(state="right", seen="open"), actor=KEEPER, now=NOW)
    assert (right.state, right.decided_at) == ("right", NOW)
    assert await service.doubtful({odd: {"package_weight": 3140}}) == {}
    assert await service.find(NOW) == 0
    assert [one.id for one in await flags("right")] == [flag.id]
    await create_products([product(900, category, package_weight=3150, ports=4)], now=NOW)
    assert await service.find(NOW) == 1
    assert [float(one.value) for one in await flags()] == [3150.0]
    await create_products([product(900, category, package_weight=1.5, ports=4)], now=NOW)
    assert await service.find(NOW) == 1
    assert await flags() == await flags("right") == []


async def test_one_that_is_no_longer_sold_is_not_asked_about() -> None:
    category, _ = await notebooks()
    await service.find(NOW)
    await create_products([product(900, category, state="retired", package_weight=3140, ports=4)], now=NOW)
    await service.find(NOW)
    assert await flags() == []


async def test_a_decision_is_written_down_once_and_told_to_who_comes_late() -> None:
    await notebooks()
    await service.find(NOW)
    (flag,) = await flags()
    with pytest.raises(VersionConflict):
        await service.decide(flag.id, FlagIn(state="right", seen="open", value=flag.value + 1), actor=KEEPER, now=NOW)
    await service.decide(flag.id, FlagIn(state="left_out", seen="open", value=flag.value), actor=KEEPER, now=NOW)
    with pytest.raises(VersionConflict):
        await service.decide(flag.id, FlagIn(state="right", seen="open"), actor=KEEPER, now=NOW)
    with pytest.raises(NotAllowed):
        await service.decide(flag.id, FlagIn(state="right", seen="left_out"), actor=SELLER, now=NOW)
    with pytest.raises(NotFound):
        await service.decide(uuid7(), FlagIn(state="right", seen="open"), actor=KEEPER, now=NOW)
    async with transaction(actor=KEEPER):
        rows = await connection().fetch("SELECT action FROM kernel.audit_rows WHERE entity_id = $1 AND action LIKE 'number_flag.%'", flag.product_id)
    assert [row[0] for row in rows] == ["number_flag.left_out"]
    assert [one.state for one in await flags("left_out")] == ["left_out"]
    again = await service.decide(flag.id, FlagIn(state="open", seen="left_out"), actor=KEEPER, now=NOW)
    assert (again.state, again.decided_at, again.decided_by) == ("open", None, None)


async def test_no_facet_counts_a_number_before_somebody_calls_it_right() -> None:
    _, odd = await notebooks()
    await service.find(NOW)

    async def counted() -> bool:
        await facets.index_products([odd], now=NOW)
        async with transaction(actor=KEEPER):
            return bool(await connection().fetchval("SELECT attributes ? 'package_weight' FROM trade.facet_products WHERE product_id = $1", odd))

    assert not await counted()
    (flag,) = await flags()
    await service.decide(flag.id, FlagIn(state="right", seen="open"), actor=KEEPER, now=NOW)
    assert await counted()
