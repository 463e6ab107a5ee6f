"""Tests of freight tables as versions: what takes whose place, what is refused, and that nothing is then changed."""

from __future__ import annotations

import asyncio
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import asyncpg
import msgspec
import pytest

from marketplace.kernel.actor import WORKER
from marketplace.kernel.database import savepoint, transaction
from marketplace.kernel.errors import DomainError, InvalidInput, NotFound
from services_addons.logistics import service
from services_addons.logistics.errors import BadFreightFile, BadFreightTable, FreightTableOver, FreightTablesOverlap
from services_addons.logistics.schemas import (
    FreightFileIn,
    FreightTableIn,
    PackingIn,
    RateIn,
    Sent,
    SurchargeIn,
    ZoneIn,
)
from services_addons.logistics.schemas_typed import PackingForm
from tests.conftest import NOW
from tests.vendors import market

if TYPE_CHECKING:
    import httpx

    from marketplace.kernel.database import Connection
    from marketplace.kernel.settings import Settings
    from tests.world import World

TODAY = NOW.date()
NEAR = ZoneIn(code="near", transit_days=2, areas=["DE", "FR 01..09"], rates=[RateIn(1000, 490), RateIn(10_000, 990)], step=1000, step_minor=100)
FAR = ZoneIn(code="far", transit_days=9, areas=["US"])
FUEL = SurchargeIn(code="fuel", kind="percent", name="Fuel", percent="12.5")
TABLE = FreightTableIn(
    name="Parcels", currency="EUR", valid_from=TODAY, zones=[NEAR, FAR], surcharges=[FUEL], volumetric_divisor=5000, source="Tariff 2027"
)


def but(**changes: Any) -> FreightTableIn:
    """Change the table."""
    return msgspec.structs.replace(TABLE, **changes)


def faults(error: InvalidInput) -> list[tuple[str, str]]:
    """Give each fault's place and code."""
    return [(one.pointer, one.code) for one in error.errors]


async def count(connection: Connection) -> int:
    return int(await connection.fetchval("SELECT count(*) FROM services.freight_tables"))


@pytest.mark.usefixtures("rolled_back")
async def test_a_new_version_ends_the_one_before_it_the_day_before_its_own_first() -> None:
    seller = await market.shop("Hansa Lager", now=NOW)
    first = await service.add_table(TABLE, actor=seller.actor, now=NOW)
    start = TODAY + timedelta(days=30)
    second = await service.revise_table(first.id, but(name="Parcels 2", valid_from=start), actor=seller.actor, now=NOW)
    before = await service.my_freight_table(first.id, actor=seller.actor)
    assert (before.valid_to, before.withdrawn_at, before.replaced_by_id) == (start - timedelta(days=1), None, second.id)
    assert (second.replaces_id, second.valid_from, second.valid_to) == (first.id, start, None)
    assert [(zone.code, zone.areas, len(zone.rates)) for zone in second.zones] == [("near", ["DE", "FR 01..09"], 2), ("far", ["US"], 0)]
    assert [(one.code, one.percent) for one in second.surcharges] == [("fuel", "12.5")]


@pytest.mark.usefixtures("rolled_back")
async def test_a_version_that_is_replaced_on_its_first_day_is_withdrawn_and_stays_on_record() -> None:
    seller = await market.shop("Hansa Lager", now=NOW)
    first = await service.add_table(TABLE, actor=seller.actor, now=NOW)
    await service.revise_table(first.id, TABLE, actor=seller.actor, now=NOW)
    assert (await service.my_freight_table(first.id, actor=seller.actor)).withdrawn_at == NOW
    with pytest.raises(FreightTableOver):
        await service.revise_table(first.id, TABLE, actor=seller.actor, now=NOW)
    assert len(await service.my_freight_tables(actor=seller.actor)) == 2


async def test_two_tables_of_a_currency_never_hold_on_one_day_and_the_clash_is_named(rolled_back: Connection) -> None:
    seller = await market.shop("Hansa Lager", now=NOW)
    await service.add_table(but(valid_to=date(2026, 12, 31)), actor=seller.actor, now=NOW)
    held = await count(rolled_back)
    with pytest.raises(FreightTablesOverlap) as refused:
        await service.add_table(but(valid_from=date(2026, 12, 31)), actor=seller.actor, now=NOW)
    assert refused.value.params == {"name": "Parcels", "currency": "EUR", "valid_from": TODAY, "valid_to": date(2026, 12, 31)}
    assert await count(rolled_back) == held
    await service.add_table(but(valid_from=date(2027, 1, 1)), actor=seller.actor, now=NOW)
    await service.add_table(but(currency="USD"), actor=seller.actor, now=NOW)


async def test_the_database_itself_refuses_two_tables_on_one_day(rolled_back: Connection) -> None:
    seller = await market.shop("Hansa Lager", now=NOW)
    await service.add_table(TABLE, actor=seller.actor, now=NOW)
    again = """INSERT INTO services.freight_tables (id, supplier_id, name, currency, valid_from, created_at)
      SELECT gen_random_uuid(), supplier_id, name, currency, valid_from + 9, created_at FROM services.freight_tables WHERE supplier_id = $1"""
    with pytest.raises(asyncpg.ExclusionViolationError):
        async with savepoint():
            await rolled_back.execute(again, seller.supplier_id)


async def test_of_64_tables_sent_at_once_one_is_stored(committed: Settings) -> None:
    assert committed
    seller = await market.shop("Hansa Lager", now=NOW)

    async def add(number: int) -> str:
        try:
            await service.add_table(but(name=f"Parcels {number}", valid_from=TODAY + timedelta(days=number % 5)), actor=seller.actor, now=NOW)
        except DomainError as error:
            return error.code
        return "stored"

    told = await asyncio.gather(*(add(number) for number in range(64)))
    assert (told.count("stored"), told.count("freight-tables-overlap")) == (1, 63)
    async with transaction(actor=WORKER) as connection:
        assert await connection.fetchval("SELECT count(*) FROM services.freight_tables WHERE supplier_id = $1", seller.supplier_id) == 1


async def test_of_64_new_versions_sent_at_once_one_takes_the_place(committed: Settings) -> None:
    assert committed
    seller = await market.shop("Hansa Lager", now=NOW)
    first = await service.add_table(TABLE, actor=seller.actor, now=NOW)

    async def revise(number: int) -> str:
        try:
            await service.revise_table(first.id, but(name=f"Parcels {number}"), actor=seller.actor, now=NOW)
        except DomainError as error:
            return error.code
        return "stored"

    told = await asyncio.gather(*(revise(number) for number in range(64)))
    assert (told.count("stored"), told.count("freight-table-over")) == (1, 63)
    counting = [one for one in await service.my_freight_tables(actor=seller.actor) if service.counts_on(one, TODAY)]
    assert [one.replaces_id for one in counting] == [first.id]


@pytest.mark.usefixtures("rolled_back")
async def test_ending_a_table_leaves_freight_not_known_after_its_last_day_and_only_once() -> None:
    seller = await market.shop("Hansa Lager", now=NOW)
    made = await service.add_table(TABLE, actor=seller.actor, now=NOW)
    ended = await service.end_table(made.id, last_day=TODAY + timedelta(days=3), actor=seller.actor, now=NOW)
    assert ended.valid_to == TODAY + timedelta(days=3)
    with pytest.raises(FreightTableOver):
        await service.end_table(made.id, last_day=TODAY + timedelta(days=9), actor=seller.actor, now=NOW)
    with pytest.raises(BadFreightTable):
        await service.end_table(made.id, last_day=TODAY - timedelta(days=1), actor=seller.actor, now=NOW)
    assert (await service.my_freight_table(made.id, actor=seller.actor)).valid_to == TODAY + timedelta(days=3)


async def test_every_fault_of_a_table_is_named_at_its_place_and_nothing_is_stored(rolled_back: Connection) -> None:
    seller = await market.shop("Hansa Lager", now=NOW)
    zones = [
        ZoneIn(code="a", transit_days=1, areas=["DE 20", "XX", "DE 2..19"], rates=[RateIn(10, 1), RateIn(10, 2)]),
        ZoneIn(code="A", transit_days=1, areas=["DE 10..30"], step=1),
        ZoneIn(code="c", transit_days=1, areas=[]),
    ]
    surcharges = [SurchargeIn(code="fuel", kind="percent", percent="0"), SurchargeIn(code="toll", kind="fixed", zone="nowhere"), FUEL, FUEL]
    held = await count(rolled_back)
    with pytest.raises(BadFreightTable) as refused:
        await service.add_table(
            but(zones=zones, surcharges=surcharges, basis="volume", currency="XXX", valid_from=TODAY - timedelta(days=1), valid_to=date(2020, 1, 1)),
            actor=seller.actor, now=NOW,
        )  # fmt: skip
    assert faults(refused.value) == [
        ("/valid_from", "in-the-past"), ("/currency", "unknown-currency"), ("/valid_to", "bad-days"), ("/volumetric_divisor", "not-by-weight"),
        ("/zones/0/areas/1", "bad-area"), ("/zones/0/areas/2", "bad-area"), ("/zones/0/rates/1", "not-ascending"), ("/zones/1/step", "step-alone"),
        ("/zones/2/areas", "no-area"), ("/zones/1/code", "zone-twice"), ("/zones/0/areas/0", "area-twice"), ("/surcharges/0/percent", "bad-percent"),
        ("/surcharges/1/zone", "no-such-zone"), ("/surcharges/1/amount_minor", "bad-amount"), ("/surcharges/2/code", "surcharge-twice"),
        ("/surcharges/3/code", "surcharge-twice"),
    ]  # fmt: skip
    assert await count(rolled_back) == held


@pytest.mark.usefixtures("rolled_back")
async def test_a_table_that_charges_less_for_more_is_stored_and_says_where() -> None:
    seller = await market.shop("Hansa Lager", now=NOW)
    odd = ZoneIn(code="odd", transit_days=1, areas=["DE"], rates=[RateIn(1000, 900), RateIn(2000, 500), RateIn(3000, 700)], minimum_minor=600)
    made = await service.add_table(but(zones=[odd], surcharges=[]), actor=seller.actor, now=NOW)
    assert [(one.zone, one.up_to, one.amount_minor, one.next_minor) for one in made.falls] == [("odd", 1000, 900, 600)]


@pytest.mark.usefixtures("rolled_back")
async def test_a_table_tells_what_it_asks_in_parts_and_the_same_question_has_the_same_id() -> None:
    seller = await market.shop("Hansa Lager", now=NOW)
    made = await service.add_table(but(valid_to=date(2026, 12, 31)), actor=seller.actor, now=NOW)
    sent = Sent(country="FR", postal_code="07 000", grams=12_001, volume_cm3=5000)
    told = await service.try_table(made.id, sent, actor=seller.actor, now=NOW)
    assert [(part.code, part.amount_minor) for part in told.parts] == [("rate", 1290), ("fuel", 161)]
    assert (told.state, told.amount_minor, told.zone, told.transit_days, told.counted) == ("known", 1451, "near", 2, 12_001)
    assert (told.valid_from, told.valid_to) == (TODAY, date(2026, 12, 31))
    assert (await service.try_table(made.id, sent, actor=seller.actor, now=NOW)).id == told.id
    volumetric = await service.try_table(made.id, Sent(country="DE", grams=900, volume_cm3=6000), actor=seller.actor, now=NOW)
    assert (volumetric.counted, volumetric.is_volumetric, volumetric.amount_minor) == (1200, True, 990 + 124)
    for country, postal_code, reason in (("US", "", "on-request"), ("FR", "75001", "no-zone"), ("VN", "", "no-zone")):
        unknown = await service.try_table(made.id, Sent(country=country, postal_code=postal_code, grams=10), actor=seller.actor, now=NOW)
        assert (unknown.state, unknown.reason, unknown.amount_minor, unknown.parts) == ("unknown", reason, None, [])
    assert (await service.try_table(made.id, Sent(country="DE"), actor=seller.actor, now=NOW)).reason == "weight-missing"
    with pytest.raises(InvalidInput) as refused:
        await service.try_table(made.id, Sent(country="XX", grams=10), actor=seller.actor, now=NOW)
    assert [(one.pointer, one.code) for one in refused.value.errors] == [("/country", "unknown-country")]


async def test_a_quote_for_a_country_that_is_none_is_refused(clients: dict[str, httpx.AsyncClient], world: World, rolled_back: Connection) -> None:
    assert rolled_back
    path = f"/api/v1/freight-tables/{world.own['supplier']['freight_table']}/quote"
    answer = await clients["supplier_a"].get(path, params={"country": "XX", "grams": 10})
    assert (answer.status_code, [(one["pointer"], one["code"]) for one in answer.json()["errors"]]) == (422, [("/country", "unknown-country")])
    assert (await clients["supplier_a"].get(path, params={"country": "DE", "grams": 10})).status_code == 200
    page = await clients["supplier_a"].get(f"/en/supplier/freight/{world.own['supplier']['freight_table']}", params={"country": "XX", "weight": "1"})
    assert (page.status_code, 'id="e-country"' in page.text, "Give a country as two capital letters" in page.text) == (200, True, True)


@pytest.mark.usefixtures("rolled_back")
async def test_what_is_given_as_a_file_is_taken_back_as_the_same_table() -> None:
    seller, other = await market.shop("Hansa Lager", now=NOW), await market.shop("Rhein", now=NOW)
    fixed = SurchargeIn(code="remote", kind="fixed", name="=1+1", amount_minor=700, zone="near", valid_to=date(2027, 6, 30))
    made = await service.add_table(but(surcharges=[FUEL, fixed]), actor=seller.actor, now=NOW)
    text, name = await service.table_as_csv(made.id, actor=seller.actor)
    assert name == "freight-EUR-2026-11-24.csv"
    assert "'=1+1" in text
    taken = await service.take_file(FreightFileIn(text="\ufeff" + text, decimal="point"), actor=other.actor, now=NOW)
    assert msgspec.to_builtins(taken.surcharges) == msgspec.to_builtins(made.surcharges)
    plain = [msgspec.structs.replace(zone, id=seller.supplier_id) for zone in made.zones]
    assert [msgspec.structs.replace(zone, id=seller.supplier_id) for zone in taken.zones] == plain
    assert (await service.table_as_csv(taken.id, actor=other.actor))[0] == text
    again = await service.take_file(FreightFileIn(text=text, decimal="point", table_id=taken.id), actor=other.actor, now=NOW)
    assert again.replaces_id == taken.id


HEAD = "record,zone,country,postal,up_to,amount,transit_days,name,kind,value,code,currency,valid_from\r\n"
BODY = "table,,,,,,,Parcels,,,,EUR,\r\nzone,near,,,,,2,,,,,,\r\narea,near,DE,,,,,,,,,,\r\n"


@pytest.mark.parametrize(
    "text,lines",
    [
        ("\ufeff", [1]),
        ("record,zone,record\r\n", [1, 1, 1, 1, 1, 1, 1]),
        (HEAD.replace("amount", "price") + BODY, [1, 1]),
        (HEAD + BODY + 'rate,near,,,1,"4.90', [5]),
        (HEAD + BODY + "rate,near,,,1,4\x00", [5]),
        (HEAD + BODY + "rate,near,,,1,4,9,0\r\nrate,near,,,1.2345,4.90\r\n", [5, 6]),
        (HEAD + BODY + "rate,near,,,1,4,90\r\nrate,near,,,5,4,90,,,,,,,\r\n", [5, 6]),
        (HEAD + BODY + 'rate,near,,,"1,5","1.234,56"\r\n', [5, 5]),
        (HEAD + BODY + "rate,far,,,1,4.90\r\nparcel\r\ntable,,,,,,,Again,,,,EUR,\r\n", [5, 6, 7]),
        (HEAD + BODY + "surcharge,,,,,,,,odd,1,fuel,,\r\nsurcharge,,,,,,,,percent,1E+05,toll,,\r\n", [5, 6]),
        (HEAD + "zone,near,,,,,2,,,,,,\r\n", [2]),
        (HEAD + "table,,,,,,,Parcels,,,,EUR,03/04/2027\r\n", [2]),
    ],
)
async def test_each_fault_of_a_file_is_told_with_its_line_and_nothing_is_taken(text: str, lines: list[int], rolled_back: Connection) -> None:
    seller = await market.shop("Hansa Lager", now=NOW)
    held = await count(rolled_back)
    with pytest.raises(BadFreightFile) as refused:
        await service.take_file(FreightFileIn(text=text, decimal="point"), actor=seller.actor, now=NOW)
    assert [one.params["line"] for one in refused.value.errors] == lines
    assert await count(rolled_back) == held


@pytest.mark.usefixtures("rolled_back")
async def test_numbers_with_a_comma_are_read_when_that_is_said() -> None:
    seller = await market.shop("Hansa Lager", now=NOW)
    text = "sep=;\n" + (HEAD + BODY + "rate,near,,,0|5,4|90\r\n").replace(",", ";").replace("|", ",")
    made = await service.take_file(FreightFileIn(text=text, decimal="comma"), actor=seller.actor, now=NOW)
    assert [(rate.up_to, rate.amount_minor) for rate in made.zones[0].rates] == [(500, 490)]


@pytest.mark.usefixtures("rolled_back")
async def test_what_goes_on_a_pallet_is_told_by_product_or_by_article_number() -> None:
    seller = await market.shop("Hansa Lager", now=NOW)
    product_id = await market.product("P-1", now=NOW)
    await market.offer(seller, product_id, "H-1", now=NOW)
    await service.set_packing_by_sku(PackingForm(sku="H-1", per_pallet=480), actor=seller.actor, now=NOW)
    assert [(one.product_id, one.per_pallet) for one in await service.my_packings(actor=seller.actor)] == [(product_id, 480)]
    with pytest.raises(InvalidInput):
        await service.set_packing_by_sku(PackingForm(sku="H-2", per_pallet=10), actor=seller.actor, now=NOW)
    with pytest.raises(InvalidInput):
        await service.set_packing(PackingIn(product_id=seller.supplier_id, per_pallet=10), actor=seller.actor, now=NOW)
    await service.set_packing(PackingIn(product_id=product_id, per_pallet=None), actor=seller.actor, now=NOW)
    assert await service.my_packings(actor=seller.actor) == []


async def test_nobody_changes_ends_or_copies_anothers_table(rolled_back: Connection) -> None:
    one, two = await market.shop("Hansa Lager", now=NOW), await market.shop("Anadolu Rulman", now=NOW)
    made = await service.add_table(TABLE, actor=one.actor, now=NOW)
    held = await count(rolled_back)
    for attempt in (
        service.revise_table(made.id, but(name="Mine"), actor=two.actor, now=NOW),
        service.end_table(made.id, last_day=TODAY, actor=two.actor, now=NOW),
        service.table_as_csv(made.id, actor=two.actor),
        service.try_table(made.id, Sent(country="DE", grams=1), actor=two.actor, now=NOW),
    ):
        with pytest.raises(NotFound):
            await attempt
    assert await count(rolled_back) == held
    assert (await service.my_freight_table(made.id, actor=one.actor)).valid_to is None
