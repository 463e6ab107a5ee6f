"""Tests of freight and duty as the landed cost asks for them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import UUID

import msgspec
import pytest

from marketplace.kernel.actor import WORKER, Actor
from marketplace.kernel.database import connection, reading
from marketplace.trade.landed.ports import COST_SOURCES
from marketplace.trade.landed.schemas import Consignment, ConsignmentLine
from marketplace.trade.landed.service import land
from services_addons.duty import service as duty_service
from services_addons.duty.schemas import NewDutyRate
from services_addons.logistics import queries_quotes, service
from services_addons.logistics.schemas import FreightTableIn, NewFreightTable, NewZone, PackingIn, RateIn, ZoneIn
from services_addons.package import bind_ports
from tests.conftest import NOW
from tests.vendors import market

if TYPE_CHECKING:
    from marketplace.kernel.settings import Settings


async def consignments() -> list[Consignment]:
    """Write six consignments of one supplier in Germany: domestic, within the union, abroad, delivered duty paid, nowhere, unweighed."""
    seller = await market.shop("Hansa Lager", now=NOW)
    zones = (NewZone(code="all", transit_days=3, areas=(("DE", ""), ("FR", ""), ("VN", "")), rates=((5000, 1990),)),)
    table = NewFreightTable(name="Parcels", currency="EUR", valid_from=date(2026, 1, 1), zones=zones)
    await service.create_freight_table(seller.supplier_id, table=table, actor=seller.actor, now=NOW)
    rates = [NewDutyRate(destination="VN", hs_prefix="99", rate=Decimal("0.05"), valid_from=date(2026, 1, 1), source="Tariff")]
    await duty_service.add_duty_rates(rates, actor=WORKER, now=NOW)
    line = ConsignmentLine(
        product_id=UUID(int=1), offer_id=UUID(int=2), quantity=5, goods_minor=20_000, origin_country="DE", hs_prefix="9999", weight_grams=900
    )
    base = Consignment(
        supplier_id=seller.supplier_id,
        ship_from_country="DE",
        ship_from_postal_code="",
        country="VN",
        postal_code="700000",
        incoterm="EXW",
        currency="EUR",
        lines=(line,),
    )

    def but(**changes: Any) -> Consignment:
        return msgspec.structs.replace(base, **changes)

    unweighed = msgspec.structs.replace(line, weight_grams=None)
    return [but(country="DE"), but(country="FR"), base, but(incoterm="DDP"), but(country="BR"), but(lines=(line, unweighed))]


@pytest.mark.usefixtures("rolled_back")
async def test_landing_asks_freight_and_duty_of_every_consignment() -> None:
    bind_ports()
    told = []
    wanted = await consignments()
    async with reading():
        for one in await land(wanted, now=NOW):
            freight, duty = one.component("freight"), one.component("duty")
            assert freight is not None
            assert duty is not None
            told.append((freight.state, freight.amount_minor, duty.state, duty.amount_minor, one.transit_days))
    assert told == [
        ("known", 1990, "not_applicable", None, 3),
        ("known", 1990, "not_applicable", None, 3),
        ("known", 1990, "known", 1000, 3),
        ("included", None, "included", None, 3),
        ("unknown", None, "unknown", None, None),
        ("unknown", None, "known", 2000, 3),
    ]


def _watched(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Give the list into which each statement goes that the open connection fetches from now on."""
    statements: list[str] = []
    real = connection().fetch

    async def fetch(sql: str, *arguments: object) -> object:
        statements.append(sql)
        return await real(sql, *arguments)

    monkeypatch.setattr(type(connection()), "fetch", lambda _self, sql, *arguments: fetch(sql, *arguments))
    return statements


@pytest.mark.usefixtures("rolled_back")
@pytest.mark.parametrize("source", [service.FreightSource(), duty_service.DutySource()], ids=["freight", "duty"])
async def test_a_source_asks_the_database_at_most_once(
    source: service.FreightSource | duty_service.DutySource, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = await consignments()
    async with reading():
        statements = _watched(monkeypatch)
        assert len(await source.quote(wanted, now=NOW)) == 6
        assert len(statements) == 1
        home = [one for one in wanted if one.country == "DE"]
        await source.quote(home, now=NOW)
        assert len(statements) == (2 if isinstance(source, service.FreightSource) else 1)


def test_both_sources_are_bound() -> None:
    bind_ports()
    assert [source.kinds for source in COST_SOURCES.implementations] == [("freight", "insurance"), ("duty",)]


async def test_what_is_kept_outside_transactions_follows_a_new_table(committed: Settings) -> None:
    assert committed
    bind_ports()
    wanted = (await consignments())[2:3]
    seller_id = UUID(str(wanted[0].supplier_id))

    async def amounts() -> list[int | None]:
        async with reading():
            return [part.amount_minor for one in await land(wanted, now=NOW) for part in one.components if part.kind in {"freight", "duty"}]

    assert await amounts() == [1990, 1000]
    zone = ZoneIn(code="all", transit_days=3, areas=["VN"], rates=[RateIn(5000, 2500)])
    newer = FreightTableIn(name="Newer", currency="EUR", valid_from=NOW.date(), zones=[zone])
    seller = Actor(organisation_id=seller_id, capacities=frozenset({"supplier"}), roles=frozenset({"owner"}))
    (before,) = await service.my_freight_tables(actor=seller)
    await service.revise_table(before.id, newer, actor=seller, now=NOW)
    assert await amounts() == [2500, 1000]
    await duty_service.add_duty_rates(
        [NewDutyRate(destination="VN", hs_prefix="9999", rate=Decimal("0.1"), valid_from=date(2026, 1, 1))], actor=WORKER, now=NOW
    )
    assert await amounts() == [2500, 2000]


@pytest.mark.usefixtures("rolled_back")
async def test_pallets_other_currencies_and_plain_tables_are_quoted_by_one_statement(monkeypatch: pytest.MonkeyPatch) -> None:
    plain, pallets, dollars = [await market.shop(name, now=NOW) for name in ("Hansa Lager", "Rhein", "Prairie")]
    product_id = await market.product("P-1", now=NOW)
    zone = ZoneIn(code="all", transit_days=3, areas=["VN"], rates=[RateIn(5000, 1990)])
    table = FreightTableIn(name="Parcels", currency="EUR", valid_from=NOW.date(), zones=[zone])
    await service.add_table(table, actor=plain.actor, now=NOW)
    by_pallet = ZoneIn(code="all", transit_days=9, areas=["VN"], rates=[RateIn(1, 9000), RateIn(2, 15_000)])
    await service.add_table(msgspec.structs.replace(table, zones=[by_pallet], basis="pallets"), actor=pallets.actor, now=NOW)
    await service.set_packing(PackingIn(product_id=product_id, per_pallet=4), actor=pallets.actor, now=NOW)
    await service.add_table(msgspec.structs.replace(table, currency="USD"), actor=dollars.actor, now=NOW)
    line = ConsignmentLine(product_id=product_id, offer_id=UUID(int=2), quantity=5, goods_minor=20_000, origin_country="DE", weight_grams=900)
    wanted = [
        Consignment(
            supplier_id=seller.supplier_id, ship_from_country="DE", ship_from_postal_code="", country="VN", postal_code="", incoterm="EXW",
            currency="EUR", lines=(line,),
        )
        for seller in (plain, pallets, dollars)
    ]  # fmt: skip
    async with reading():
        statements = _watched(monkeypatch)
        quotes = await service.FreightSource().quote(wanted, now=NOW)
    assert [(quote.components[0].amount_minor, quote.components[0].note) for quote in quotes[:2]] == [(1990, ""), (15_000, "")]
    assert quotes[2].components[0].note in {"converted", "no-exchange-rate"}
    assert len([sql for sql in statements if "freight" in sql]) == 1


async def test_what_goes_on_a_pallet_is_kept_and_a_change_of_it_is_followed(committed: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    assert committed
    seller = await market.shop("Rhein", now=NOW)
    first, second = [await market.product(number, now=NOW) for number in ("P-1", "P-2")]
    zone = ZoneIn(code="all", transit_days=9, areas=["VN"], rates=[RateIn(1, 9000), RateIn(2, 15_000)])
    await service.add_table(
        FreightTableIn(name="Pallets", currency="EUR", valid_from=NOW.date(), zones=[zone], basis="pallets"), actor=seller.actor, now=NOW
    )
    await service.set_packing(PackingIn(product_id=first, per_pallet=5), actor=seller.actor, now=NOW)
    statements = []

    async def asked(product_id: UUID) -> tuple[int | None, str]:
        line = ConsignmentLine(product_id=str(product_id), offer_id=UUID(int=2), quantity=6, goods_minor=100, origin_country="DE")
        sent = Consignment(
            supplier_id=str(seller.supplier_id), ship_from_country="DE", ship_from_postal_code="", country="VN", postal_code="", incoterm="EXW",
            currency="EUR", lines=(line,),
        )  # fmt: skip
        async with reading():
            (quote,) = await service.FreightSource().quote([sent], now=NOW)
        return quote.components[0].amount_minor, quote.components[0].note

    real = queries_quotes.freight_rows

    async def counted(*arguments: Any, **named: Any) -> Any:
        statements.append(arguments)
        return await real(*arguments, **named)

    monkeypatch.setattr(queries_quotes, "freight_rows", counted)
    assert await asked(first) == (15_000, "")
    assert (await asked(second), await asked(first)) == ((None, "pallets-missing"), (15_000, ""))
    assert len(statements) == 1
    await service.set_packing(PackingIn(product_id=second, per_pallet=6), actor=seller.actor, now=NOW)
    assert await asked(second) == (9000, "")
