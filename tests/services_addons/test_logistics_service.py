"""Tests of logistics: whose tables, which zone, which rate."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from marketplace.kernel.errors import NotFound
from marketplace.trade.landed.schemas import Consignment, ConsignmentLine
from services_addons.logistics import service
from services_addons.logistics.errors import BadFreightTable
from services_addons.logistics.schemas import NewFreightTable, NewZone
from tests.conftest import NOW
from tests.vendors import market

if TYPE_CHECKING:
    from marketplace.kernel.database import Connection

pytestmark = pytest.mark.usefixtures("rolled_back")
TODAY = date(2026, 11, 24)
ZONES = (
    NewZone(code="home", transit_days=2, areas=(("DE", ""),), rates=((1000, 490), (10_000, 990))),
    NewZone(code="island", transit_days=4, areas=(("DE", "26 4"), ("FR", "")), rates=((1000, 1490),)),
)
TABLE = NewFreightTable(name="Parcels", currency="EUR", valid_from=date(2026, 1, 1), zones=ZONES, volumetric_divisor=5000, is_invented=True)


async def ask(seller: market.Shop, postal_code: str, *, grams: int | None, cm3: int | None = None, country: str = "DE") -> object:
    """Ask for the days and the amount of one consignment, or for the note of what is missing."""
    line = ConsignmentLine(
        product_id=seller.supplier_id,
        offer_id=seller.supplier_id,
        quantity=1,
        goods_minor=100,
        origin_country="DE",
        weight_grams=grams,
        volume_cm3=cm3,
    )
    sent = Consignment(
        supplier_id=seller.supplier_id, ship_from_country="DE", ship_from_postal_code="", country=country, postal_code=postal_code, incoterm="EXW",
        currency="EUR", lines=(line,),
    )  # fmt: skip
    (quote,) = await service.FreightSource().quote([sent], now=NOW)
    component = quote.components[0]
    return quote.transit_days, component.note if component.state == "unknown" else component.amount_minor


async def test_the_longest_postal_prefix_chooses_the_zone_and_the_weight_the_rate() -> None:
    seller = await market.shop("Hansa Lager", now=NOW)
    await service.create_freight_table(seller.supplier_id, table=TABLE, actor=seller.actor, now=NOW)
    assert await ask(seller, "20095", grams=1000) == (2, 490)
    assert await ask(seller, "20095", grams=1001) == (2, 990)
    assert await ask(seller, "26465", grams=400) == (4, 1490)
    assert await ask(seller, "75001", grams=400, country="FR") == (4, 1490)


async def test_volume_counts_where_it_weighs_more() -> None:
    seller = await market.shop("Hansa Lager", now=NOW)
    await service.create_freight_table(seller.supplier_id, table=TABLE, actor=seller.actor, now=NOW)
    assert await ask(seller, "20095", grams=300, cm3=5000) == (2, 490)
    assert await ask(seller, "20095", grams=300, cm3=5001) == (2, 990)


async def test_days_are_known_though_weight_is_not() -> None:
    seller = await market.shop("Hansa Lager", now=NOW)
    await service.create_freight_table(seller.supplier_id, table=TABLE, actor=seller.actor, now=NOW)
    assert await ask(seller, "20095", grams=None, cm3=900) == (2, "weight-missing")
    assert await ask(seller, "20095", grams=10_001) == (2, "beyond-table")
    assert await ask(seller, "", grams=10, country="VN") == (None, "no-zone")


async def test_nobody_writes_or_reads_anothers_table(rolled_back: Connection) -> None:
    one, two = await market.shop("Hansa Lager", now=NOW), await market.shop("Anadolu Rulman", now=NOW)
    table_id = await service.create_freight_table(one.supplier_id, table=TABLE, actor=one.actor, now=NOW)
    with pytest.raises(NotFound):
        await service.create_freight_table(one.supplier_id, table=TABLE, actor=two.actor, now=NOW)
    with pytest.raises(NotFound):
        await service.my_freight_table(table_id, actor=two.actor)
    assert await service.my_freight_tables(actor=two.actor) == []
    assert await rolled_back.fetchval("SELECT count(*) FROM services.freight_tables WHERE supplier_id = $1", one.supplier_id) == 1


async def test_a_table_reads_back_with_its_zones() -> None:
    seller = await market.shop("Hansa Lager", now=NOW)
    table_id = await service.create_freight_table(seller.supplier_id, table=TABLE, actor=seller.actor, now=NOW)
    table = await service.my_freight_table(table_id, actor=seller.actor)
    assert [(zone.code, zone.areas) for zone in table.zones] == [("home", ["DE"]), ("island", ["DE 264", "FR"])]
    assert [(rate.up_to, rate.amount_minor) for rate in table.zones[0].rates] == [(1000, 490), (10_000, 990)]


async def test_an_area_stands_in_one_zone_only() -> None:
    seller = await market.shop("Hansa Lager", now=NOW)
    twice = NewFreightTable(
        name="Twice", currency="EUR", valid_from=TODAY, zones=(ZONES[0], NewZone(code="b", transit_days=1, areas=(("DE", ""),), rates=((1, 1),)))
    )
    with pytest.raises(BadFreightTable):
        await service.create_freight_table(seller.supplier_id, table=twice, actor=seller.actor, now=NOW)
