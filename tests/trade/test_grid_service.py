"""Tests of saving many prices and stocks at once: all or nothing, by versions, with guards, and taken back as new versions."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from marketplace.catalogue.products.schemas import NewProduct
from marketplace.catalogue.products.service import create_products
from marketplace.kernel.database import connection
from marketplace.kernel.errors import InvalidInput, NotAllowed, NotFound
from marketplace.kernel.ids import uuid7
from marketplace.trade.grid import service
from marketplace.trade.grid.errors import LargeChanges, NothingToUndo, RowsChanged
from marketplace.trade.grid.schemas import GridEdit, GridFilter, RowEdit, RowOut, StockEdit
from tests.conftest import NOW
from tests.vendors.market import Shop, offer, product, shop, tiers
from vendors.desk.schemas import TierIn
from vendors.offers import service as offers
from vendors.offers.schemas import OwnFilter
from vendors.sites.schemas import NewSite
from vendors.sites.service import create_site
from vendors.stock import service as stock

if TYPE_CHECKING:
    from uuid import UUID

    from marketplace.kernel.actor import Actor

pytestmark = pytest.mark.usefixtures("rolled_back")
LATER = NOW + timedelta(minutes=5)


async def stall(count: int = 3, **terms: Any) -> tuple[Shop, list[UUID]]:
    """Make a shop with so many offers, H-1 and on, at 12.50 and 11.00 from 50 on, of 10 pieces each."""
    seller = await shop(f"Hansa {uuid7()}", now=NOW)
    return seller, await more(seller, count, **terms)


async def more(seller: Shop, count: int, *, prefix: str = "H", **terms: Any) -> list[UUID]:
    values: dict[str, Any] = {"tiers": tiers((1, "12.50"), (50, "11.00"))} | terms
    return [await offer(seller, await product(f"P-{uuid7()}", now=NOW), f"{prefix}-{number}", now=NOW, **values) for number in range(1, count + 1)]


def priced(offer_id: UUID, *prices: str, version: int = 1, bounds: tuple[int, ...] = (1, 50)) -> RowEdit:
    return RowEdit(offer_id=offer_id, version=version, tiers=[TierIn(bound, price) for bound, price in zip(bounds, prices, strict=True)])


def counted(offer_id: UUID, *, version: int = 1, **stock: Any) -> RowEdit:
    return RowEdit(offer_id=offer_id, version=version, stock=[StockEdit(**stock)])


async def row(offer_id: UUID, actor: Actor) -> RowOut:
    return (await service.rows_of([offer_id], actor=actor, now=LATER))[0]


async def written() -> tuple[int, ...]:
    """Count what a save writes: versions of prices, movements, saves, acts, facts."""
    sql = """SELECT (SELECT count(*) FROM vendors.price_versions), (SELECT count(*) FROM vendors.stock_movements), (SELECT count(*) FROM trade.grid_saves),
      (SELECT count(*) FROM kernel.audit_rows), (SELECT count(*) FROM kernel.outbox), (SELECT sum(version)::bigint FROM vendors.offers)"""
    await connection().execute("SELECT set_config('app.role', 'worker', true)")
    return tuple((await connection().fetch(sql))[0])


async def test_changed_rows_are_saved_at_once_with_one_price_version_each() -> None:
    seller, ids = await stall()
    sent = GridEdit(rows=[priced(ids[0], "12.40", "10.90"), counted(ids[1], on_hand=25, safety=5), priced(ids[2], "12.50", "10.50")])
    saved = await service.save(sent, actor=seller.actor, now=NOW)
    assert (saved.cells, [(one.offer_id, one.version) for one in saved.saved], saved.kept) == (5, [(ids[0], 2), (ids[1], 2), (ids[2], 2)], [])
    assert [tier.unit_price for tier in (await row(ids[0], seller.actor)).tiers] == ["12.400000", "10.900000"]
    second = await row(ids[1], seller.actor)
    assert [(level.on_hand, level.safety, level.available) for level in second.stock] == [(25, 5, 20)]
    assert await connection().fetchval("SELECT count(*) FROM vendors.price_versions WHERE offer_id = ANY($1)", ids) == 5


async def test_a_save_publishes_every_product_and_writes_who_did_it() -> None:
    seller, ids = await stall(2)
    saved = await service.save(GridEdit(rows=[priced(one, "12.40", "10.90") for one in ids]), actor=seller.actor, now=NOW)
    await connection().execute("SELECT set_config('app.role', 'worker', true)")
    facts = await connection().fetch("SELECT payload::text FROM kernel.outbox WHERE kind = 'OffersChanged' ORDER BY id DESC LIMIT 1")
    products = {one for (one,) in await connection().fetch("SELECT product_id::text FROM vendors.offers WHERE id = ANY($1)", ids)}
    assert set(msgspec.json.decode(facts[0][0])["product_ids"]) == products
    acts = await connection().fetch("SELECT action FROM kernel.audit_rows WHERE entity_id = $1", saved.save_id)
    assert [act[0] for act in acts] == ["grid.saved"]


async def test_one_bad_cell_keeps_all_rows_from_being_saved_and_names_each() -> None:
    seller, ids = await stall()
    before = await written()
    sent = GridEdit(
        rows=[priced(ids[0], "12.40", "10.90"), priced(ids[1], "0", "10.90"), counted(ids[2], on_hand="2.5"), counted(uuid7(), on_hand=1)]
    )
    with pytest.raises(InvalidInput) as refused:
        await service.save(sent, actor=seller.actor, now=NOW)
    assert [(error.pointer, error.code) for error in refused.value.errors] == [
        ("/rows/1/tiers/0/unit_price", "zero-price"),
        ("/rows/2/stock/0/on_hand", "not-a-whole-number"),
        ("/rows/3/offer_id", "no-such-offer"),
    ]
    assert await written() == before


async def test_the_good_rows_are_saved_where_that_is_asked_for() -> None:
    seller, ids = await stall()
    await service.save(GridEdit(rows=[priced(ids[1], "12.00", "10.00")]), actor=seller.actor, now=NOW)
    sent = GridEdit(rows=[priced(ids[0], "12.40", "10.90"), priced(ids[1], "12.30", "10.00"), counted(ids[2], on_hand="2.5")], mode="partial")
    saved = await service.save(sent, actor=seller.actor, now=LATER)
    assert [one.offer_id for one in saved.saved] == [ids[0]]
    assert [(one.offer_id, one.version, one.code) for one in saved.kept] == [(ids[1], 2, "changed-meanwhile"), (ids[2], 1, "not-a-whole-number")]
    assert [(one.cell, one.yours, one.theirs) for one in saved.kept[0].conflicts] == [("tiers/0/unit_price", "12.3", "12")]
    assert [(await row(one, seller.actor)).version for one in ids] == [2, 2, 1]


async def test_a_row_that_somebody_changed_meanwhile_is_named_with_both_values_and_nothing_is_saved() -> None:
    seller, ids = await stall()
    await service.save(GridEdit(rows=[priced(ids[0], "12.00", "10.00"), counted(ids[1], on_hand=7)]), actor=seller.actor, now=NOW)
    before = await written()
    sent = GridEdit(rows=[priced(ids[0], "12.40", "10.00"), counted(ids[1], on_hand=30), priced(ids[2], "12.40", "10.90")])
    with pytest.raises(RowsChanged) as refused:
        await service.save(sent, actor=seller.actor, now=LATER)
    assert refused.value.extra["conflicts"] == [
        {"offer_id": str(ids[0]), "version": 2, "cells": [{"cell": "tiers/0/unit_price", "yours": "12.4", "theirs": "12"}]},
        {"offer_id": str(ids[1]), "version": 2, "cells": [{"cell": "stock/0/on_hand", "yours": "30", "theirs": "7"}]},
    ]
    assert await written() == before


async def test_somebody_who_made_the_same_change_is_no_conflict() -> None:
    seller, ids = await stall(2)
    await service.save(GridEdit(rows=[priced(ids[0], "12.00", "10.00")]), actor=seller.actor, now=NOW)
    sent = GridEdit(rows=[priced(ids[0], "12.00", "10.00"), priced(ids[1], "12.00", "10.00")])
    assert [one.offer_id for one in (await service.save(sent, actor=seller.actor, now=LATER)).saved] == [ids[1]]


@pytest.mark.parametrize("price", ["18.76", "6.24", "1.25", "125"])
async def test_a_price_that_moves_by_more_than_half_is_asked_about_first(price: str) -> None:
    seller, ids = await stall(2)
    before = await written()
    sent = GridEdit(rows=[priced(ids[0], price, "11.00"), priced(ids[1], "12.40", "11.00")])
    with pytest.raises(LargeChanges) as refused:
        await service.save(sent, actor=seller.actor, now=NOW)
    assert [(error.pointer, error.code) for error in refused.value.errors] == [("/rows/0/tiers/0/unit_price", "large-change")]
    assert await written() == before
    confirmed = await service.save(msgspec.structs.replace(sent, confirm_large_changes=True), actor=seller.actor, now=NOW)
    assert confirmed.cells == 2


@pytest.mark.parametrize("price", ["18.75", "6.25"])
async def test_a_price_that_moves_by_just_half_is_not(price: str) -> None:
    seller, ids = await stall(1)
    assert (await service.save(GridEdit(rows=[priced(ids[0], price, "11.00")]), actor=seller.actor, now=NOW)).cells == 1


async def test_a_dinar_keeps_its_three_decimals_and_a_price_its_six() -> None:
    seller, ids = await stall(2, currency="KWD", tiers=tiers((1, "4.125")))
    sent = GridEdit(rows=[priced(ids[0], "4.126", bounds=(1,)), priced(ids[1], "4.125001", bounds=(1,))])
    await service.save(sent, actor=seller.actor, now=NOW)
    assert [(await row(one, seller.actor)).tiers[0].unit_price for one in ids] == ["4.126000", "4.125001"]


async def test_a_unit_with_decimals_is_counted_in_text_and_priced_from_parts_of_it() -> None:
    seller, ids = await stall(0), []
    metre = NewProduct(source="test", source_id=str(uuid7()), title="Hose", brand="Nord", part_number="H-m", unit_code="MTR")
    product_id = (await create_products([metre], now=NOW, actor=None)).ids[0]
    ids = [await offer(seller[0], product_id, "M-1", now=NOW, tiers=tiers((100, "2.50")), moq=100, on_hand=1000)]
    edit = RowEdit(offer_id=ids[0], version=1, tiers=[TierIn("0.5", "2.40")], stock=[StockEdit(on_hand="12.5")])
    await service.save(GridEdit(rows=[edit]), actor=seller[0].actor, now=NOW)
    found = await row(ids[0], seller[0].actor)
    steps = 10**found.unit_decimals
    assert ([tier.from_quantity for tier in found.tiers], found.stock[0].on_hand) == ([steps // 2], steps * 25 // 2)
    with pytest.raises(InvalidInput) as refused:
        await service.save(GridEdit(rows=[counted(ids[0], version=2, on_hand=7)]), actor=seller[0].actor, now=NOW)
    assert [error.code for error in refused.value.errors] == ["not-decimal-text"]


async def test_nothing_new_is_nothing_to_save() -> None:
    seller, ids = await stall(1)
    before = await written()
    with pytest.raises(InvalidInput) as refused:
        await service.save(GridEdit(rows=[priced(ids[0], "12.50", "11")]), actor=seller.actor, now=NOW)
    assert refused.value.errors[0].code == "nothing-to-change"
    assert await written() == before


async def test_an_offer_in_two_rows_is_refused() -> None:
    seller, ids = await stall(1)
    with pytest.raises(InvalidInput) as refused:
        await service.save(GridEdit(rows=[priced(ids[0], "12.40", "11"), counted(ids[0], on_hand=3)]), actor=seller.actor, now=NOW)
    assert [(error.pointer, error.code) for error in refused.value.errors] == [("/rows/1/offer_id", "given-twice")]


async def test_anothers_offer_answers_like_a_missing_one_and_a_buyer_has_no_grid() -> None:
    seller, ids = await stall(1)
    other, _ = await stall(1)
    for offer_id in (ids[0], uuid7()):
        with pytest.raises(InvalidInput) as refused:
            await service.save(GridEdit(rows=[counted(offer_id, on_hand=1)]), actor=other.actor, now=NOW)
        assert [(error.pointer, error.code) for error in refused.value.errors] == [("/rows/0/offer_id", "no-such-offer")]
    with pytest.raises(NotFound):
        await service.page(GridFilter(), actor=msgspec.structs.replace(seller.actor, capacities=frozenset({"buyer"})), now=NOW)


async def test_sales_set_prices_and_the_warehouse_counts() -> None:
    seller, ids = await stall(1)
    sales, warehouse = [msgspec.structs.replace(seller.actor, roles=frozenset({role})) for role in ("sales", "fulfilment")]
    with pytest.raises(NotAllowed):
        await service.save(GridEdit(rows=[priced(ids[0], "12.40", "11")]), actor=warehouse, now=NOW)
    with pytest.raises(NotAllowed):
        await service.save(GridEdit(rows=[counted(ids[0], on_hand=3)]), actor=sales, now=NOW)
    assert (await row(ids[0], seller.actor)).version == 1
    await service.save(GridEdit(rows=[counted(ids[0], on_hand=3)]), actor=warehouse, now=NOW)
    await service.save(GridEdit(rows=[priced(ids[0], "12.40", "11", version=2)]), actor=sales, now=NOW)


async def test_stock_is_counted_at_each_site_and_at_none_that_is_foreign() -> None:
    seller, ids = await stall(1)
    second = await create_site(
        seller.supplier_id,
        site=NewSite(name="Second", country="DE", time_zone="Europe/Berlin", postal_code="10115", city="Berlin"),
        actor=seller.actor,
        now=NOW,
    )
    edit = RowEdit(offer_id=ids[0], version=1, stock=[StockEdit(on_hand=4), StockEdit(site_id=second, on_hand=9, safety=1)])
    await service.save(GridEdit(rows=[edit]), actor=seller.actor, now=NOW)
    found = await row(ids[0], seller.actor)
    assert [(level.site_name, level.on_hand, level.safety) for level in found.stock] == [("Main", 4, 0), ("Second", 9, 1)]
    other, _ = await stall(1)
    with pytest.raises(InvalidInput) as refused:
        await service.save(GridEdit(rows=[counted(ids[0], version=2, site_id=other.site_id, on_hand=1)]), actor=seller.actor, now=NOW)
    assert [error.code for error in refused.value.errors] == ["no-such-site"]


async def test_a_retired_offer_changes_no_more() -> None:
    seller, ids = await stall(1)
    await offers.set_state(ids[0], wanted="retired", version=1, actor=seller.actor, now=NOW)
    with pytest.raises(InvalidInput) as refused:
        await service.save(GridEdit(rows=[counted(ids[0], version=2, on_hand=1)]), actor=seller.actor, now=NOW)
    assert [error.code for error in refused.value.errors] == ["retired"]


async def test_the_last_save_is_taken_back_as_new_versions() -> None:
    seller, ids = await stall(2)
    first = await service.save(GridEdit(rows=[priced(ids[0], "12.40", "10.90"), counted(ids[1], on_hand=25, safety=5)]), actor=seller.actor, now=NOW)
    shown = await service.last_save(actor=seller.actor, now=LATER)
    assert shown is not None
    assert (shown.id, shown.rows, shown.cells, shown.undo_until) == (first.save_id, 2, 4, NOW + timedelta(minutes=15))
    undone = await service.undo(first.save_id, actor=seller.actor, now=LATER)
    assert [one.version for one in undone.saved] == [3, 3]
    assert [Decimal(tier.unit_price) for tier in (await row(ids[0], seller.actor)).tiers] == [Decimal("12.50"), Decimal(11)]
    assert [(level.on_hand, level.safety) for level in (await row(ids[1], seller.actor)).stock] == [(10, 0)]
    assert await connection().fetchval("SELECT count(*) FROM vendors.price_versions WHERE offer_id = $1", ids[0]) == 3
    assert await service.last_save(actor=seller.actor, now=LATER) is None
    with pytest.raises(NothingToUndo):
        await service.undo(None, actor=seller.actor, now=LATER)


async def test_a_count_is_taken_back_by_its_difference() -> None:
    seller, ids = await stall(1)
    await service.save(GridEdit(rows=[counted(ids[0], on_hand=40)]), actor=seller.actor, now=NOW)
    # Five left meanwhile, which is no change of the offer.
    await connection().execute("UPDATE vendors.stock_levels SET on_hand = on_hand - 5 WHERE offer_id = $1", ids[0])
    sql = """INSERT INTO vendors.stock_movements (id, product_id, offer_id, site_id, kind, quantity, actor, at)
      SELECT gen_random_uuid(), product_id, offer_id, site_id, 'shipped', -5, 'test', $2 FROM vendors.stock_levels WHERE offer_id = $1"""
    await connection().execute("SELECT set_config('app.role', 'worker', true)")
    await connection().execute(sql, ids[0], LATER)
    await service.undo(None, actor=seller.actor, now=LATER)
    assert (await row(ids[0], seller.actor)).stock[0].on_hand == 5


@pytest.mark.parametrize("minutes, is_open", [(14, True), (15, False)])
async def test_a_save_can_be_taken_back_for_a_quarter_of_an_hour(minutes: int, is_open: bool) -> None:  # noqa: FBT001 - a case
    seller, ids = await stall(1)
    await service.save(GridEdit(rows=[counted(ids[0], on_hand=40)]), actor=seller.actor, now=NOW)
    assert (await service.last_save(actor=seller.actor, now=NOW + timedelta(minutes=minutes)) is not None) == is_open


async def test_a_save_is_not_taken_back_over_somebody_elses_change() -> None:
    seller, ids = await stall(1)
    await service.save(GridEdit(rows=[counted(ids[0], on_hand=40)]), actor=seller.actor, now=NOW)
    await offers.set_stock(ids[0], on_hand=41, version=2, actor=seller.actor, now=LATER)
    before = await written()
    with pytest.raises(RowsChanged):
        await service.undo(None, actor=seller.actor, now=LATER)
    assert await written() == before


async def test_nobody_takes_back_a_colleagues_save() -> None:
    seller, ids = await stall(1)
    saved = await service.save(GridEdit(rows=[counted(ids[0], on_hand=40)]), actor=seller.actor, now=NOW)
    colleague = msgspec.structs.replace(seller.actor, person_id=uuid7())
    with pytest.raises(NothingToUndo):
        await service.undo(saved.save_id, actor=colleague, now=LATER)


@pytest.mark.parametrize("sort", ["sku", "-sku", "title", "-title", "price", "-price", "stock", "-stock"])
async def test_pages_give_every_offer_once_in_each_order(sort: Any) -> None:
    seller, _ = await stall(0)
    for number in range(7):
        await offer(
            seller,
            await product(f"P-{number}-{uuid7()}", now=NOW),
            f"H-{number}",
            now=NOW,
            tiers=tiers((1, f"{20 - number % 3}.50")),
            on_hand=number % 4,
        )
    seen: list[RowOut] = []
    after = None
    for _ in range(4):
        listed = await service.page(GridFilter(sort=sort, limit=2), actor=seller.actor, now=NOW, after=after)
        seen, after = seen + listed.rows, listed.following
    assert after is None
    assert len({one.offer_id for one in seen}) == len(seen) == 7
    keys = {
        "sku": lambda one: one.supplier_sku,
        "title": lambda one: one.product_title,
        "price": lambda one: one.tiers[0].unit_price,
        "stock": lambda one: one.available,
    }
    values = [keys[sort.lstrip("-")](one) for one in seen]
    assert values == sorted(values, reverse=sort.startswith("-"))


async def test_filters_narrow_the_list_and_its_count() -> None:
    seller, ids = await stall(3)
    short = ids[0]
    await offers.set_stock(short, on_hand=0, version=1, actor=seller.actor, now=NOW)
    for which, wanted in (
        (GridFilter(text="h-2"), [ids[1]]),
        (GridFilter(text="%"), []),
        (GridFilter(show="low-stock"), [short]),
        (GridFilter(show="not-selling"), [short]),
        (GridFilter(site_id=seller.site_id), ids),
        (GridFilter(site_id=uuid7()), []),
        (GridFilter(category_id=uuid7()), []),
    ):
        listed = await service.page(which, actor=seller.actor, now=NOW)
        assert [one.offer_id for one in listed.rows] == wanted
        assert await service.count(which, actor=seller.actor, now=NOW) == len(wanted)


async def test_stock_that_a_supplier_wants_to_be_warned_of_is_low() -> None:
    seller, ids = await stall(2)
    assert (await service.page(GridFilter(show="low-stock"), actor=seller.actor, now=NOW)).rows == []
    await stock.set_watch(ids[0], watch=("units", 20), version=1, actor=seller.actor, now=NOW)
    assert [one.offer_id for one in (await service.page(GridFilter(show="low-stock"), actor=seller.actor, now=NOW)).rows] == [ids[0]]


async def test_what_the_grid_calls_not_selling_is_what_the_offers_say_themselves(world: Any) -> None:
    for name in ("supplier_a", "supplier_b"):
        actor = world.logins[name].actor
        some = (await service.page(GridFilter(limit=6), actor=actor, now=NOW)).rows
        await offers.set_state(some[0].offer_id, wanted="paused", version=some[0].version, actor=actor, now=NOW)
        await offers.set_state(some[1].offer_id, wanted="retired", version=some[1].version, actor=actor, now=NOW)
        await offers.set_stock(some[2].offer_id, on_hand=0, version=some[2].version, actor=actor, now=NOW)
        hidden = {one.fact.offer_id for one in await offers.own_offers(OwnFilter(show="hidden", limit=200), actor=actor, now=NOW)}
        listed = await service.page(GridFilter(show="not-selling"), actor=actor, now=NOW)
        assert {one.offer_id for one in listed.rows} == hidden
        assert {some[0].offer_id, some[1].offer_id} <= hidden
        everything = await service.page(GridFilter(), actor=actor, now=NOW)
        assert {one.offer_id for one in everything.rows if not one.is_selling} == hidden
