"""The demo market: whole, played through the services, sound, and with a real product file on request."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from marketplace.app import PACKAGES, assemble
from marketplace.kernel import database
from marketplace.kernel.actor import ANONYMOUS, WORKER
from marketplace.kernel.database import connection, reading, transaction
from marketplace.kernel.doctor.service import violations
from marketplace.trade.compare.service import compare_given
from marketplace.world import demo
from marketplace.world.products import check_digit, generated_products
from tests import databases

if TYPE_CHECKING:
    from datetime import datetime

    from marketplace.kernel.settings import Settings

CATALOGUE = Path(__file__).resolve().parents[3] / "shared" / "data" / "catalogue" / "icecat_products.jsonl.gz"
DRAWN = (
    "SELECT legal_name, country, currency FROM kernel.organisations ORDER BY 1",
    "SELECT source_id, title, gtin, attributes::text FROM catalogue.products ORDER BY 1",
    """SELECT o.supplier_sku, s.slug, v.seq, v.tier_from, v.tier_price, v.valid_from FROM vendors.offers o
         JOIN vendors.suppliers s ON s.organisation_id = o.supplier_id
         JOIN vendors.price_versions v ON v.product_id = o.product_id AND v.offer_id = o.id ORDER BY 1, 2, 3""",
    "SELECT o.supplier_sku, k.counted_at FROM vendors.offers o JOIN vendors.stock_levels k ON k.offer_id = o.id ORDER BY 1",
    """SELECT buyer_name, vendor_name, placed_at, po_number, state, goods_minor, freight_minor, gross_minor, promised_on, accepted_at, delivered_at
         FROM trade.orders ORDER BY 1, 2, 3, 4""",
    "SELECT name, valid_from, valid_to, currency FROM services.freight_tables ORDER BY 1, 2",
)


def test_the_generated_products_are_the_same_each_time_and_carry_valid_gtins() -> None:
    made = generated_products()
    assert made == generated_products()
    assert 1_900 <= len(made) <= 2_200
    assert len({one.gtin for one in made}) == len(made)
    assert all(len(one.gtin) == 14 and check_digit(one.gtin[:-1]) == one.gtin[-1] for one in made)


async def test_a_small_demo_market_is_whole_and_sound(empty_database: Settings, fixed_clock: datetime) -> None:
    assemble(empty_database)
    placed, keys = await demo.fill(fixed_clock, scale=0.04)
    assert placed > 60
    assert [key.organisation for key in keys] == ["Elbe Maschinenbau", "Nordwind Antriebstechnik"]
    async with reading() as there:
        counts = await there.fetchrow(
            """SELECT (SELECT count(*) FROM vendors.suppliers), (SELECT count(DISTINCT country) FROM kernel.organisations o
                 JOIN vendors.suppliers s ON s.organisation_id = o.id), (SELECT count(*) FROM vendors.offers), (SELECT count(*) FROM catalogue.products WHERE source = 'demo')"""
        )
    assert counts is not None
    assert tuple(counts) == (24, 9, 600, len(generated_products()))
    assert await violations(tuple(invariant for package in PACKAGES for invariant in package.invariants)) == []


async def drawn(server: Settings, name: str, now: datetime) -> list[list[tuple[object, ...]]]:
    """Play a small market in a database of its own and give all that is drawn in it; ids and order numbers differ from one to the next."""
    async with databases.copy_of(server, await databases.empty_template(server), name) as settings, database.another_pool(settings):
        assemble(settings)
        await demo.fill(now, scale=0.01)
        async with transaction(actor=WORKER):
            return [[tuple(row) for row in await connection().fetch(sql)] for sql in DRAWN]


async def test_the_same_moment_gives_the_same_market(server: Settings, copy_name: str, fixed_clock: datetime) -> None:
    first = await drawn(server, f"{copy_name}_d1", fixed_clock)
    assert all(first)
    assert await drawn(server, f"{copy_name}_d2", fixed_clock) == first


@pytest.mark.skipif(not CATALOGUE.exists(), reason="shared: the catalogue is not beside the checkout")
async def test_the_real_catalogue_gets_offers_of_the_demos_suppliers(empty_database: Settings, fixed_clock: datetime) -> None:
    assemble(empty_database)
    await demo.fill(fixed_clock, scale=0.004)
    made = await demo.import_with_offers(CATALOGUE, now=fixed_clock, progress=None)
    async with reading() as there:
        per_product = await there.fetchrow(
            """SELECT count(*), min(n), max(n) FROM (SELECT count(o.id) AS n FROM catalogue.products p
                 LEFT JOIN vendors.offers o ON o.product_id = p.id WHERE p.source = 'icecat' GROUP BY p.id) x"""
        )
        product_id = await there.fetchval("SELECT id FROM catalogue.products WHERE source = 'icecat' ORDER BY source_id LIMIT 1")
    assert per_product is not None
    assert tuple(per_product) == (19_406, 1, 12)
    assert made > 100_000
    assert await demo.import_with_offers(CATALOGUE, now=fixed_clock, progress=None) == 0
    found = await compare_given(product_id, {"quantity": "10", "country": "DE"}, viewer=ANONYMOUS, now=fixed_clock)
    assert found.offers
    assert found.summary.before == ("freight",)
