"""Tests of the pure rules of offers, and that what sells in SQL is what has no reason against it."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.kernel import database
from marketplace.kernel.actor import ANONYMOUS
from marketplace.kernel.wording import word
from tests.conftest import NOW
from tests.vendors import market
from vendors.life.queries import ready
from vendors.offers import queries_facts, rules, service
from vendors.offers.errors import QuantityNotAllowed
from vendors.offers.schemas import OwnFilter, Tier
from vendors.prices.queries import lows
from vendors.visibility.schemas import Viewer

if TYPE_CHECKING:
    from uuid import UUID

    from marketplace.kernel.database import Connection

TIERS = market.tiers((1, "3.00"), (10, "2.50"), (100, "2.00"))
COUNTS = st.integers(1, 10**6)


@pytest.mark.parametrize("quantity,price", [(0, None), (1, "3.00"), (9, "3.00"), (10, "2.50"), (99, "2.50"), (100, "2.00"), (10**9, "2.00")])
def test_the_highest_tier_that_is_reached_counts(quantity: int, price: str | None) -> None:
    found = rules.tier_at(TIERS, quantity)
    assert (found and found.unit_price) == (Decimal(price) if price else None)


def test_the_next_tier_tells_how_many_more() -> None:
    assert rules.next_tier(TIERS, 12) == Tier(100, Decimal("2.00"))
    assert rules.next_tier(TIERS, 100) is None


@given(bounds=st.lists(COUNTS, min_size=1, max_size=10, unique=True), quantity=COUNTS)
def test_tiers_have_neither_gap_nor_overlap(bounds: list[int], quantity: int) -> None:
    tiers = [Tier(bound, Decimal(place)) for place, bound in enumerate(sorted(bounds))]
    reached = [tier for tier in tiers if tier.from_quantity <= quantity]
    assert rules.tier_at(tiers, quantity) == (reached[-1] if reached else None)


@given(quantity=st.integers(-5, 10**6), moq=COUNTS, multiple=st.integers(1, 5000))
def test_the_next_quantities_are_sold_and_nearest(quantity: int, moq: int, multiple: int) -> None:
    nearest = rules.next_quantities(quantity, moq=moq, multiple=multiple)
    assert all(each >= moq and each % multiple == 0 for each in nearest)
    assert (quantity in nearest) == (quantity >= moq and quantity % multiple == 0)
    assert all(abs(each - quantity) < multiple for each in nearest) or nearest == (rules.smallest_quantity(moq=moq, multiple=multiple),)


async def test_the_database_knows_the_same_smallest_quantity(rolled_back: Connection) -> None:
    terms = [(moq, multiple) for moq in (1, 2, 5, 6, 7, 12, 10**6) for multiple in (1, 2, 6, 7, 5000)]
    sql = "SELECT array_agg(vendors.smallest_quantity(t.moq, t.multiple) ORDER BY t.place) FROM unnest($1::bigint[], $2::bigint[]) WITH ORDINALITY AS t(moq, multiple, place)"
    expected = [rules.smallest_quantity(moq=moq, multiple=multiple) for moq, multiple in terms]
    assert await rolled_back.fetchval(sql, *map(list, zip(*terms, strict=True))) == expected


def test_a_refused_quantity_names_the_next_ones() -> None:
    with pytest.raises(QuantityNotAllowed) as caught:
        rules.check_quantity(37, moq=20, multiple=12)
    assert caught.value.extra == {"moq": 20, "multiple": 12, "next_quantities": [36, 48]}
    assert rules.check_quantity(36, moq=20, multiple=12) == 36


def test_a_refused_quantity_is_told_in_its_unit_and_never_in_steps() -> None:
    with pytest.raises(QuantityNotAllowed) as caught:
        rules.check_quantity(70, moq=50, multiple=50, unit=(2, "m"))
    assert caught.value.extra == {"moq": "0.5", "multiple": "0.5", "next_quantities": ["0.5", "1"]}
    told = word(QuantityNotAllowed.message, caught.value.params, "en")
    assert told == "This supplier sells at least 0.5\u00a0m in steps of 0.5\u00a0m; the next quantities are 0.5\u00a0m, 1\u00a0m."


@pytest.mark.parametrize("typed", ["HL-1", "hl-1", " HL-1 ", "\uff28\uff2c-\uff11"])
def test_one_article_number_has_one_key(typed: str) -> None:
    assert rules.sku_key(typed) == "hl-1"


CHANGES = {
    (): "",
    ("product-not-published",): "UPDATE catalogue.products SET state = 'retired' WHERE id = $1",
    ("offer-paused",): "UPDATE vendors.offers SET state = 'paused' WHERE product_id = $1",
    ("offer-draft",): "UPDATE vendors.offers SET state = 'draft' WHERE product_id = $1",
    (
        "supplier-paused",
    ): "UPDATE vendors.suppliers SET state = 'paused' WHERE organisation_id = (SELECT supplier_id FROM vendors.offers WHERE product_id = $1)",
    (
        "notice-over",
    ): "UPDATE vendors.suppliers SET state = 'terminated', ends_on = '2026-11-24' WHERE organisation_id = (SELECT supplier_id FROM vendors.offers WHERE product_id = $1)",
    (
        "supplier-suspended",
    ): "UPDATE vendors.suppliers SET state = 'suspended' WHERE organisation_id = (SELECT supplier_id FROM vendors.offers WHERE product_id = $1)",
    (
        "supplier-suspended",
        "no-stock",
    ): """WITH s AS (UPDATE kernel.organisations SET state = 'suspended' WHERE id = (SELECT supplier_id FROM vendors.offers WHERE product_id = $1))
      UPDATE vendors.stock_levels SET safety = 10 WHERE product_id = $1""",
    ("supplier-closed",): """UPDATE vendors.suppliers SET closed_from = '2026-11-24', closed_to = '2026-11-24'
      WHERE organisation_id = (SELECT supplier_id FROM vendors.offers WHERE product_id = $1)""",
    (
        "notice-over",
        "no-stock",
    ): """WITH s AS (UPDATE vendors.suppliers SET ends_on = '2026-11-24' WHERE organisation_id = (SELECT supplier_id FROM vendors.offers WHERE product_id = $1))
      UPDATE vendors.stock_levels SET safety = 10 WHERE product_id = $1""",
    ("not-yet-valid",): "UPDATE vendors.offers SET valid_from = '2026-12-01' WHERE product_id = $1",
    ("no-longer-valid",): "UPDATE vendors.offers SET valid_to = '2026-11-24T09:20Z' WHERE product_id = $1",
    ("no-price",): """INSERT INTO vendors.price_withdrawals (version_id, product_id, offer_id, actor, at)
      SELECT v.id, v.product_id, v.offer_id, 'tests', '2026-11-24T09:20Z' FROM vendors.price_versions v WHERE v.product_id = $1""",
    ("no-stock",): "UPDATE vendors.stock_levels SET safety = 11 WHERE product_id = $1",
}


# The reasons that are the supplier's, whatever it offers.
OF_THE_SUPPLIER = {"supplier-paused", "supplier-suspended", "supplier-closed", "notice-over"}
FROM = f"FROM vendors.offers o {queries_facts.JOINS} {queries_facts.STOCK}"
SELLS = f"SELECT {queries_facts.SELLS} {FROM} WHERE o.id = $2"
WHICH = f"SELECT o.id, vendors.smallest_quantity(o.moq, o.multiple) {FROM} WHERE {queries_facts.SELLS}"


@pytest.mark.parametrize("expected", CHANGES, ids=lambda codes: "+".join(codes) or "sells")
async def test_an_offer_compares_exactly_when_nothing_speaks_against_it(rolled_back: Connection, expected: tuple[str, ...]) -> None:
    seller = await market.shop("Hansa Lager", now=NOW)
    product_id = await market.product("P-1", now=NOW - timedelta(days=9))
    offer_id = await market.offer(seller, product_id, "H-1", now=NOW - timedelta(days=9))
    if CHANGES[expected]:
        await rolled_back.execute(CHANGES[expected], product_id)
    assert (await service.own_offer(offer_id, actor=seller.actor, now=NOW)).reasons == expected
    await _agree(product_id, offer_id, sells=expected == ())
    hidden = await service.own_offers(OwnFilter(show="hidden"), actor=seller.actor, now=NOW)
    assert [one.fact.offer_id for one in hidden] == ([] if expected == () else [offer_id])
    assert await rolled_back.fetchval(SELLS, NOW, offer_id) is (expected == ())
    # What asks about the supplier or about the offer alone.
    assert await ready(seller.supplier_id, now=NOW) == (not set(expected) - OF_THE_SUPPLIER)
    lowest = await lows(product_id, offer_id=None, since=NOW - timedelta(days=30), now=NOW, viewer=Viewer(None, sees_all=False))
    assert bool(lowest) == (not set(expected) & (OF_THE_SUPPLIER | {"offer-paused", "offer-draft", "no-price", "not-yet-valid", "no-longer-valid"}))


async def _agree(product_id: UUID, offer_id: UUID, *, sells: bool) -> None:
    compared = await service.offers_for_comparison(product_id, now=NOW, viewer=ANONYMOUS)
    summaries = await service.offer_summaries([product_id], now=NOW, viewer=ANONYMOUS, currency="EUR")
    (locked,) = await service.lock_offers([(product_id, offer_id)], now=NOW)
    (plain,) = await service.offers_by_pairs([(product_id, offer_id)], now=NOW, viewer=ANONYMOUS)
    told: list[Any] = [bool(compared), bool(summaries), not locked.reasons, not plain.reasons]
    assert told == [sells] * 4


async def test_what_sells_is_written_out_in_the_statement_that_asks(rolled_back: Connection) -> None:
    plan = "\n".join(row[0] for row in await rolled_back.fetch(f"EXPLAIN (VERBOSE) {WHICH}", NOW))
    assert "o.state = 'approved'" in plan
    assert not [name for name in ("sells(", "offer_stands(", "supplier_sells(", "smallest_quantity(") if name in plan], plan


@pytest.mark.usefixtures("rolled_back")
async def test_an_offer_for_members_is_hidden_from_strangers() -> None:
    seller = await market.shop("Hansa Lager", now=NOW)
    product_id = await market.product("P-1", now=NOW)
    offer_id = await market.offer(seller, product_id, "H-1", now=NOW, visibility="login_required")
    assert await service.offers_for_comparison(product_id, now=NOW, viewer=ANONYMOUS) == []
    assert await service.offers_by_pairs([(product_id, offer_id)], now=NOW, viewer=ANONYMOUS) == []
    assert len(await service.offers_for_comparison(product_id, now=NOW, viewer=seller.actor)) == 1


BAD_PRICES = ["'{NaN}'", "'{-1}'", "'{1e12}'", "'{NULL}'", "'{}'", "'{1,2}'"]


@pytest.mark.parametrize("prices", BAD_PRICES)
async def test_the_database_refuses_a_price_that_is_none(rolled_back: Connection, prices: str) -> None:
    import asyncpg  # noqa: PLC0415 - only here the driver's own error is looked at

    seller = await market.shop("Hansa Lager", now=NOW)
    offer_id = await market.offer(seller, await market.product("P-1", now=NOW), "H-1", now=NOW)
    sql = f"""INSERT INTO vendors.price_versions SELECT gen_random_uuid(), product_id, offer_id, 2, valid_from, '{{1}}', {prices}, 'test', created_at
      FROM vendors.price_versions WHERE offer_id = $1"""
    with pytest.raises((asyncpg.CheckViolationError, asyncpg.NumericValueOutOfRangeError)):
        async with database.transaction():
            await rolled_back.execute(sql, offer_id)


async def test_the_application_cannot_rewrite_a_price(rolled_back: Connection) -> None:
    import asyncpg  # noqa: PLC0415 - only here the driver's own error is looked at

    for statement in ("UPDATE vendors.price_versions SET seq = 9", "DELETE FROM vendors.price_versions", "DELETE FROM vendors.stock_movements"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with database.transaction():
                await rolled_back.execute(statement)
