"""Tests of carts: what may be put in, what a look says, how it is grouped and priced."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import asyncpg
import pytest
from msgspec import structs

from marketplace.kernel.actor import WORKER
from marketplace.kernel.database import connection, savepoint, transaction
from marketplace.kernel.errors import Busy, NotFound
from marketplace.kernel.fx import service as fx
from marketplace.kernel.fx.schemas import NewRate
from marketplace.kernel.ids import uuid7
from marketplace.kernel.quantity import BadQuantity
from marketplace.trade.carts import service as carts
from marketplace.trade.carts.errors import NoHolder, OfferNotSold, OwnOffer
from marketplace.trade.carts.schemas import Destination, HeldLine
from marketplace.trade.checkout import service as checkout
from marketplace.trade.checkout.errors import PriceChanged
from tests.conftest import NOW
from tests.trade import deals
from tests.vendors.market import offer, tiers
from vendors.offers import service as offers
from vendors.offers.errors import QuantityNotAllowed
from vendors.prices import service as prices
from vendors.prices.schemas import NewPrice

pytestmark = pytest.mark.usefixtures("rolled_back")
LATER = NOW + timedelta(hours=1)


async def test_a_cart_is_grouped_by_supplier_with_freight_per_consignment_and_totals_per_currency() -> None:
    market = await deals.deal(now=NOW)
    for offer_id, quantity in ((market.hansa_offer, 5), (market.kuwait_offer, 3), (market.rhein_offer, 10)):
        await deals.put(market, offer_id, quantity, now=NOW)
    view = await carts.view(actor=market.buyer.actor, now=NOW)
    assert [(group.goods_minor, group.freight.amount_minor, group.net_minor, group.tax_minor, group.currency) for group in view.groups] == [
        (6_250, 990, 7_240, None, "EUR"),
        (12_380, 3_000, 15_380, None, "KWD"),
        (13_100, 490, 13_590, None, "EUR"),
    ]
    assert [(total.currency, total.gross_minor, total.is_complete) for total in view.totals] == [("EUR", 20_830, True), ("KWD", 15_380, True)]
    assert view.address_id == market.buyer.address_id
    assert view.can_check_out
    assert view.changes == []


async def test_quantities_that_are_not_sold_are_refused_naming_the_next_ones() -> None:
    market = await deals.deal(now=NOW)
    with pytest.raises(QuantityNotAllowed) as refused:
        await deals.put(market, market.rhein_offer, 15, now=NOW)
    assert refused.value.extra["next_quantities"] == [10, 20]
    with pytest.raises(QuantityNotAllowed) as refused:
        await deals.put(market, market.rhein_offer, 3, now=NOW)
    assert refused.value.extra["next_quantities"] == [10]
    for wrong in ("1.5", 0, 1_000_001):
        with pytest.raises(BadQuantity):
            await carts.add_line(product_id=market.product_id, offer_id=market.hansa_offer, quantity=wrong, actor=market.buyer.actor, now=NOW)
    assert (await carts.view(actor=market.buyer.actor, now=NOW)).line_count == 0


async def test_more_of_the_same_offer_adds_up_to_the_next_tier() -> None:
    market = await deals.deal(now=NOW)
    await deals.put(market, market.hansa_offer, 30, now=NOW)
    await deals.put(market, market.hansa_offer, 20, now=NOW)
    view = await carts.view(actor=market.buyer.actor, now=NOW)
    (line,) = view.groups[0].lines
    assert (line.quantity, line.unit_price, line.seen_unit_price, line.net_minor) == (50, Decimal("11.00"), Decimal("11.00"), 55_000)


async def test_a_price_that_rose_is_said_with_both_prices_and_counts_at_once() -> None:
    market = await deals.deal(now=NOW)
    await deals.put(market, market.hansa_offer, 2, now=NOW)
    before = await carts.view(actor=market.buyer.actor, now=NOW)
    await offers.set_price(market.hansa_offer, tiers=tiers((1, "13.00")), version=None, actor=market.hansa.actor, now=LATER)
    view = await carts.view(actor=market.buyer.actor, now=LATER)
    (change,) = view.changes
    assert (change.problem.code, change.problem.params) == ("price-rose", {"before": "12.5 EUR", "after": "13 EUR"})
    assert not change.problem.blocks
    assert view.groups[0].goods_minor == 2_600
    assert view.can_check_out
    assert view.price_token != before.price_token


async def test_what_is_no_longer_sold_keeps_the_cart_from_checkout_until_it_is_taken_out() -> None:
    market = await deals.deal(now=NOW)
    await deals.put(market, market.hansa_offer, 2, now=NOW)
    await deals.put(market, market.rhein_offer, 10, now=NOW)
    await offers.set_state(market.hansa_offer, wanted="paused", version=None, actor=market.hansa.actor, now=LATER)
    view = await carts.view(actor=market.buyer.actor, now=LATER)
    assert [(change.problem.code, change.problem.blocks) for change in view.changes] == [("offer-paused", True)]
    assert not view.can_check_out
    rest = await carts.remove_line(view.changes[0].line_id, actor=market.buyer.actor, now=LATER)
    assert (rest.can_check_out, rest.line_count) == (True, 1)
    with pytest.raises(OfferNotSold):
        await deals.put(market, market.hansa_offer, 2, now=LATER)


async def test_less_stock_than_wanted_is_said_with_what_is_left() -> None:
    market = await deals.deal(now=NOW)
    await deals.put(market, market.hansa_offer, 80, now=NOW)
    await offers.set_stock(market.hansa_offer, on_hand=30, version=None, actor=market.hansa.actor, now=LATER)
    (change,) = (await carts.view(actor=market.buyer.actor, now=LATER)).changes
    assert (change.problem.code, change.problem.params["available"]) == ("not-enough-stock", (30, ""))
    changed = await carts.change_line(change.line_id, quantity=30, actor=market.buyer.actor, now=LATER)
    assert changed.can_check_out


async def test_everybody_has_their_own_cart() -> None:
    market = await deals.deal(now=NOW)
    await deals.put(market, market.hansa_offer, 2, now=NOW)
    view = await carts.view(actor=market.buyer.actor, now=NOW)
    for somebody in (market.other, deals.colleague(market.buyer)):
        assert (await carts.view(actor=somebody.actor, now=NOW)).line_count == 0
        with pytest.raises(NotFound):
            await carts.remove_line(view.groups[0].lines[0].id, actor=somebody.actor, now=NOW)
        with pytest.raises(NotFound):
            await carts.change_line(view.groups[0].lines[0].id, quantity=1, actor=somebody.actor, now=NOW)
    with pytest.raises(NotFound):
        await carts.choose_address(market.other.address_id, actor=market.buyer.actor, now=NOW)
    with pytest.raises(NoHolder):
        await carts.view(actor=market.hansa.actor, now=NOW)
    assert (await carts.view(actor=market.buyer.actor, now=NOW)).line_count == 1


async def test_nobody_orders_from_themselves() -> None:
    market = await deals.deal(now=NOW)
    both = replace(market.buyer, actor=structs.replace(market.buyer.actor, organisation_id=market.hansa.supplier_id))
    with pytest.raises(OwnOffer):
        await deals.put(market, market.hansa_offer, 2, now=NOW, by=both)
    assert (await carts.view(actor=both.actor, now=NOW)).line_count == 0
    await deals.put(market, market.rhein_offer, 10, now=NOW, by=both)
    (order_id,) = (await deals.place(market, (market.hansa_offer, 2), now=NOW)).order_ids
    async with transaction(actor=WORKER):
        before = await connection().fetchval("SELECT count(*) FROM trade.orders")
        with pytest.raises(asyncpg.CheckViolationError, match="orders_rule"):
            async with savepoint():
                await connection().execute(
                    """INSERT INTO trade.orders SELECT (jsonb_populate_record(o, jsonb_build_object('id', gen_random_uuid(), 'number', 'G0', 'position', 9,
                    'vendor_id', o.buyer_id))).* FROM trade.orders o WHERE o.id = $1""",
                    order_id,
                )
        assert await connection().fetchval("SELECT count(*) FROM trade.orders") == before


async def test_a_line_whose_offer_is_not_there_is_never_left_out() -> None:
    market = await deals.deal(now=NOW)
    for offer_id, quantity in ((market.hansa_offer, 2), (market.rhein_offer, 10)):
        await deals.put(market, offer_id, quantity, now=NOW)
    line = HeldLine(
        id=uuid7(),
        product_id=market.product_id,
        offer_id=market.hansa_offer,
        quantity=2,
        seen_unit_price=Decimal(1),
        seen_currency="EUR",
        added_at=NOW,
    )
    to = Destination(country="DE", postal_code="10115", time_zone="Europe/Berlin")
    with pytest.raises(Busy):
        await carts.price([line], [], to=to, now=NOW)


async def test_several_currencies_are_converted_for_orientation_with_rate_and_age() -> None:
    market = await deals.deal(now=NOW)
    rate = NewRate(base="EUR", quote="KWD", rate=Decimal("0.5"))
    await fx.put_rates([rate], provider="test", as_of=NOW - timedelta(hours=3))
    await deals.put(market, market.hansa_offer, 1, now=NOW)
    await deals.put(market, market.kuwait_offer, 1, now=NOW)
    view = await carts.view(actor=market.buyer.actor, now=NOW)
    assert view.indicative is not None
    kuwait = next(total for total in view.totals if total.currency == "KWD")
    assert view.indicative.gross_minor == 1_250 + 990 + kuwait.gross_minor * 2 // 10
    assert [(one.base, one.quote, one.as_of) for one in view.indicative.rates] == [("KWD", "EUR", NOW - timedelta(hours=3))]


async def test_without_freight_to_the_address_freight_is_not_known_and_the_total_says_so() -> None:
    market = await deals.deal(now=NOW)
    far = await deals.buyer("Far", now=NOW, country="JP", city="Osaka", postal_code="530-0001")
    await deals.put(market, market.hansa_offer, 1, now=NOW, by=far)
    view = await carts.view(actor=far.actor, now=NOW)
    assert (view.groups[0].freight.state, view.groups[0].freight.amount_minor, view.groups[0].arrives_on) == ("unknown", None, None)
    assert not view.totals[0].is_complete


async def test_a_planned_price_that_began_meanwhile_is_told_with_both_prices_and_has_to_be_agreed_to() -> None:
    market = await deals.deal(now=NOW)
    cart_id = await deals.put(market, market.hansa_offer, 10, now=NOW)
    tomorrow = NOW + timedelta(days=1)
    price = NewPrice(tiers=tiers((1, "13.75")), starts=tomorrow, ends=tomorrow + timedelta(days=2))
    await prices.plan(market.hansa_offer, price=price, version=None, actor=market.hansa.actor, now=NOW)
    assert (await carts.view(actor=market.buyer.actor, now=tomorrow - timedelta(seconds=1))).changes == []
    (change,) = (await carts.view(actor=market.buyer.actor, now=tomorrow)).changes
    assert (change.problem.code, change.problem.params) == ("price-rose", {"before": "12.5 EUR", "after": "13.75 EUR"})
    with pytest.raises(PriceChanged):
        await checkout.checkout(cart_id, address_id=market.buyer.address_id, actor=market.buyer.actor, now=tomorrow)
    assert (await carts.view(actor=market.buyer.actor, now=tomorrow + timedelta(days=2))).changes == []


async def test_a_line_says_how_many_more_reach_the_next_tier() -> None:
    market = await deals.deal(now=NOW)
    stepped = await offer(
        market.hansa, market.product_id, "H-9", now=NOW, tiers=tiers((1, "3.00"), (10, "2.50"), (20, "2.50")), multiple=4, on_hand=500
    )
    for offer_id, quantity in ((market.hansa_offer, 12), (market.rhein_offer, 10), (stepped, 8)):
        await deals.put(market, offer_id, quantity, now=NOW)
    lines = [line for group in (await carts.view(actor=market.buyer.actor, now=NOW)).groups for line in group.lines]
    told = {line.offer_id: line.cheaper and (line.cheaper.more, line.cheaper.unit_price) for line in lines}
    assert told == {market.hansa_offer: (38, Decimal("11.000000")), market.rhein_offer: None, stepped: (4, Decimal("2.500000"))}
    await deals.put(market, stepped, 4, now=NOW)
    lines = [line for group in (await carts.view(actor=market.buyer.actor, now=NOW)).groups for line in group.lines]
    assert next(line for line in lines if line.offer_id == stepped).cheaper is None
