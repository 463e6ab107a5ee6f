"""Tests changing some fields of a product that is there already."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from marketplace.catalogue.products import service
from marketplace.catalogue.products.errors import ProductMoved, ProductRetired
from marketplace.catalogue.products.schemas import NewProduct
from marketplace.kernel.actor import WORKER
from marketplace.kernel.database import reading
from marketplace.kernel.errors import NotFound
from marketplace.kernel.ids import uuid7
from tests.conftest import NOW

if TYPE_CHECKING:
    from uuid import UUID

    from marketplace.catalogue.products.schemas import FieldValue

pytestmark = pytest.mark.usefixtures("rolled_back")
VALVE = NewProduct(
    source="tests",
    source_id="V-1",
    title="Ball valve DN 20",
    brand="Orvik",
    part_number="BV-20",
    gtin="04006381333931",
    other_gtins=("4006381333948",),
    attributes={"bore": 20, "material": "brass"},
    weight_grams=300,
)


async def _made(new: NewProduct = VALVE) -> tuple[UUID, str]:
    made = (await service.create_products([new], now=NOW)).ids[0]
    return made, service.fingerprint(service.fields(await service.live_product(made)))


async def _keys(product_id: UUID) -> set[tuple[str, str]]:
    async with reading(WORKER) as held:
        return {tuple(row) for row in await held.fetch("SELECT scheme, value FROM catalogue.product_identifiers WHERE product_id = $1", product_id)}


async def _facts(product_id: UUID) -> int:
    async with reading(WORKER) as held:
        rows = await held.fetch("SELECT payload FROM kernel.outbox WHERE kind = 'ProductsChanged'")
    return sum(str(product_id) in msgspec.json.decode(row["payload"])["product_ids"] for row in rows)


async def test_some_fields_change_and_the_rest_stays() -> None:
    made, base = await _made()
    values: dict[str, FieldValue] = {
        "title": "Ball valve DN 25",
        "attributes.bore": 25,
        "attributes.seal": "PTFE",
        "attributes.material": None,
        "weight_grams": 410,
    }
    changed = await service.change_product(made, values=values, base=base, now=NOW)
    live = await service.live_product(made)
    assert (live.title, live.attributes, live.weight_grams, live.brand) == ("Ball valve DN 25", {"bore": 25, "seal": "PTFE"}, 410, "Orvik")
    assert changed.before == {
        "title": "Ball valve DN 20",
        "attributes.bore": 20,
        "attributes.seal": None,
        "attributes.material": "brass",
        "weight_grams": 300,
    }
    assert changed.after == values
    assert changed.base == service.fingerprint(service.fields(live)) != base
    assert await _facts(made) == 2


async def test_a_changed_number_is_found_by_its_new_form_and_no_longer_by_the_old() -> None:
    made, base = await _made()
    await service.change_product(made, values={"part_number": "BV-25", "gtin": None}, base=base, now=NOW)
    keys = await _keys(made)
    assert ("part_number", "BV25") in keys
    assert ("gtin", "4006381333948") in keys
    assert not keys & {("part_number", "BV20"), ("gtin", "4006381333931")}


async def test_the_same_values_change_nothing_and_tell_nobody() -> None:
    made, base = await _made()
    changed = await service.change_product(made, values={"title": "Ball valve DN 20", "attributes.colour": None}, base=base, now=NOW)
    assert (changed.before, changed.after, changed.base) == ({}, {}, base)
    assert await _facts(made) == 1


async def test_a_product_that_changed_meanwhile_is_not_changed_blindly() -> None:
    made, base = await _made()
    await service.change_product(made, values={"brand": "Halden"}, base=base, now=NOW)
    with pytest.raises(ProductMoved):
        await service.change_product(made, values={"title": "Another"}, base=base, now=NOW)
    assert (await service.live_product(made)).title == "Ball valve DN 20"


async def test_the_same_file_again_does_not_take_back_what_people_changed() -> None:
    made, base = await _made()
    await service.change_product(made, values={"title": "Ball valve DN 25"}, base=base, now=NOW)
    again = await service.create_products([VALVE], now=NOW)
    assert (again.unchanged, (await service.live_product(made)).title) == ([made], "Ball valve DN 25")


async def test_what_is_retired_or_missing_is_not_changed() -> None:
    made, base = await _made(msgspec.structs.replace(VALVE, state="retired"))
    with pytest.raises(ProductRetired):
        await service.change_product(made, values={"title": "Another"}, base=base, now=NOW)
    with pytest.raises(NotFound):
        await service.change_product(uuid7(), values={"title": "Another"}, base=base, now=NOW)
    assert (await service.live_product(made)).title == "Ball valve DN 20"
