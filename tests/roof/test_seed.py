"""Tests of `marketplace seed`: the same world from the same number, into an empty database only, sound afterwards."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

import asyncpg
import pytest

from marketplace.kernel.database import reading
from tests import databases
from tests.roof.test_cli import marketplace

if TYPE_CHECKING:
    from marketplace.kernel.settings import Settings

SIZES = ("--products", "120", "--vendors", "9", "--offers-per-product", "4", "--buyers", "3")
# Everything that is drawn; ids and moments differ, as they do in any two databases.
DRAWN = (
    "SELECT source, source_id, title, brand, part_number, attributes::text, weight_grams FROM catalogue.products ORDER BY 2",
    """SELECT p.source_id, s.slug, o.supplier_sku, o.currency, o.lead_days, v.tier_from, v.tier_price, k.on_hand FROM vendors.offers o
         JOIN catalogue.products p ON p.id = o.product_id JOIN vendors.suppliers s ON s.organisation_id = o.supplier_id
         JOIN vendors.price_versions v ON v.product_id = o.product_id AND v.offer_id = o.id
         JOIN vendors.stock_levels k ON k.product_id = o.product_id AND k.offer_id = o.id ORDER BY 1, 2, 3""",
    "SELECT legal_name, country, currency, capacities FROM kernel.organisations ORDER BY 1",
)

pytestmark = pytest.mark.slow


async def digest(settings: Settings) -> str:
    connection = await asyncpg.connect(settings.database_owner_url)
    try:
        rows = [[tuple(row) for row in await connection.fetch(sql)] for sql in DRAWN]
    finally:
        await connection.close()
    assert all(rows)
    return hashlib.sha256(repr(rows).encode()).hexdigest()


async def seeded(server: Settings, name: str, number: str) -> str:
    async with databases.copy_of(server, await databases.empty_template(server), name) as settings:
        marketplace(settings, "seed", *SIZES, "--seed", number, "--json")
        return await digest(settings)


async def test_a_seeded_market_has_what_was_asked_for_and_is_sound(empty_database: Settings) -> None:
    report = json.loads(marketplace(empty_database, "seed", *SIZES, "--json"))
    assert (report["products"], report["offers"], report["vendors"], report["buyers"]) == (120, 480, 9, 3)
    assert report["offers_per_second"] > 0
    async with reading() as connection:
        row = await connection.fetchrow("SELECT (SELECT count(*) FROM catalogue.products), (SELECT count(*) FROM vendors.offers)")
    assert row is not None
    assert tuple(row) == (120, 480)
    doctor = json.loads(marketplace(empty_database, "doctor", "--json"))
    assert (doctor["is_well"], doctor["findings"]) == (True, [])
    assert json.loads(marketplace(empty_database, "search", "--json", "BP-0000007"))["items"][0]["part_number"] == "BP-0000007"


async def test_the_same_number_gives_the_same_world_and_another_number_another(server: Settings, copy_name: str) -> None:
    first = await seeded(server, f"{copy_name}_s1", "5")
    assert await seeded(server, f"{copy_name}_s2", "5") == first
    assert await seeded(server, f"{copy_name}_s3", "6") != first


async def test_a_database_with_organisations_is_refused_and_left_as_it_is(empty_database: Settings) -> None:
    marketplace(empty_database, "seed", *SIZES, "--json")
    before = await digest(empty_database)
    assert marketplace(empty_database, "seed", *SIZES, "--seed", "2", "--json", expect=1) == ""
    assert await digest(empty_database) == before
