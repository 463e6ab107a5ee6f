"""Tests of checkout: what it makes of a cart, exactly, and what it refuses."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from buyers.addresses.schemas import AddressInput
from buyers.addresses.service import archive_address, create_address
from buyers.companies.schemas import CompanySettings
from buyers.companies.service import company, save_settings
from marketplace.kernel.actor import WORKER
from marketplace.kernel.database import connection, transaction
from marketplace.kernel.errors import NotFound, VersionConflict
from marketplace.kernel.fx import service as fx
from marketplace.kernel.fx.errors import StaleRate
from marketplace.kernel.fx.schemas import NewRate
from marketplace.kernel.money import AmountTooLarge, Money
from marketplace.kernel.settings import Settings
from marketplace.trade.carts import service as carts
from marketplace.trade.checkout import service as checkout
from marketplace.trade.checkout.errors import AddressNotInUse, CartEmpty, CartNotReady, FreightChanged, PoNumberNeeded, PriceChanged
from marketplace.trade.checkout.schemas import Seen
from marketplace.trade.orders import service as orders
from marketplace.trade.payments import service as payments
from tests.conftest import NOW
from tests.trade import deals
from tests.vendors.market import offer, tiers
from vendors.offers import service as offers

pytestmark = pytest.mark.usefixtures("rolled_back")
LATER = NOW + timedelta(hours=1)


async def nothing_ordered(market: deals.Deal) -> bool:
    """Tell that no order of the buyer's and no reservation of Hansa's exists."""
    async with transaction(actor=WORKER):
        placed = await connection().fetchval("SELECT count(*) FROM trade.order_groups WHERE buyer_id = $1", market.buyer.organisation_id)
        kept = await connection().fetchval("SELECT sum(reserved) FROM vendors.stock_levels WHERE offer_id = $1", market.hansa_offer)
    return (placed, kept) == (0, 0)


async def test_a_cart_of_three_suppliers_becomes_three_orders_with_exact_amounts() -> None:
    market = await deals.deal(now=NOW)
    placed = await deals.place(market, (market.hansa_offer, 60), (market.rhein_offer, 20), (market.kuwait_offer, 7), now=NOW)
    group = await orders.order_group(placed.id, actor=market.buyer.actor)
    assert group.state == "awaiting_acceptance"
    assert [order.number for order in group.orders] == [f"{group.number}-1", f"{group.number}-2", f"{group.number}-3"]
    assert [(order.goods_minor, order.freight_minor, order.gross_minor, order.currency) for order in group.orders] == [
        (66_000, 990, 66_990, "EUR"),
        (26_200, 490, 26_690, "EUR"),
        (28_880, 3_000, 31_880, "KWD"),
    ]
    assert [(total.currency, total.gross_minor, total.tax_minor) for total in group.totals] == [("EUR", 93_680, None), ("KWD", 31_880, None)]
    paid = await payments.payments_of(placed.id, actor=market.buyer.actor)
    assert [(one.currency, one.amount_minor, one.state, one.method, one.timing, one.due_on) for one in paid] == [
        ("EUR", 93_680, "requires_action", "manual_transfer", "due_date", None),
        ("KWD", 31_880, "requires_action", "manual_transfer", "due_date", None),
    ]
    assert sorted(share.amount_minor for share in paid[0].shares) == [26_690, 66_990]


async def test_lines_keep_price_version_address_and_the_promise_of_the_comparison() -> None:
    market = await deals.deal(now=NOW)
    await deals.put(market, market.hansa_offer, 5, now=NOW)
    view = await carts.view(actor=market.buyer.actor, now=NOW)
    assert view.id is not None
    placed = await checkout.checkout(view.id, address_id=market.buyer.address_id, actor=market.buyer.actor, now=NOW, po_number=" PO-1 ")
    await offers.set_price(market.hansa_offer, tiers=tiers((1, "99.00")), version=None, actor=market.hansa.actor, now=LATER)
    found = await orders.order(placed.order_ids[0], actor=market.buyer.actor)
    (line,), (cart_line,) = found.lines, view.groups[0].lines
    assert (line.unit_price, line.price_version_id, line.net_minor) == (Decimal("12.50"), cart_line.price_version_id, 6_250)
    assert [(promise.seq, promise.promised_on, promise.ready_on, promise.time_zone) for promise in line.promises] == [
        (1, cart_line.arrives_on, cart_line.ready_on, "Europe/Berlin")
    ]
    assert (found.ship_to.city, found.ship_to.postal_code, found.po_number) == ("Berlin", "10115", "PO-1")
    assert (found.accept_by, found.may_ship, found.tax_minor) == (NOW + timedelta(hours=48), True, None)


async def test_a_cart_that_was_ordered_answers_with_its_group() -> None:
    market = await deals.deal(now=NOW)
    placed = await deals.place(market, (market.hansa_offer, 5), now=NOW)
    again = await checkout.checkout(placed.cart_id, address_id=market.buyer.address_id, actor=market.buyer.actor, now=LATER)
    assert again == placed
    assert (await carts.view(actor=market.buyer.actor, now=LATER)).line_count == 0


async def test_a_price_that_changed_is_refused_until_the_buyer_has_seen_it() -> None:
    market = await deals.deal(now=NOW)
    cart_id = await deals.put(market, market.hansa_offer, 2, now=NOW)
    before = await carts.view(actor=market.buyer.actor, now=NOW)
    await offers.set_price(market.hansa_offer, tiers=tiers((1, "13.00")), version=None, actor=market.hansa.actor, now=LATER)
    for seen in (Seen(), Seen(version=before.version, price_token=before.price_token)):
        with pytest.raises(PriceChanged) as refused:
            await checkout.checkout(cart_id, address_id=market.buyer.address_id, actor=market.buyer.actor, now=LATER, seen=seen)
        assert [(error.code, error.params) for error in refused.value.errors] == [("price-rose", {"before": "12.5 EUR", "after": "13 EUR"})]
    assert await nothing_ordered(market)
    agreed = Seen(price_token=(await carts.view(actor=market.buyer.actor, now=LATER)).price_token)
    placed = await checkout.checkout(cart_id, address_id=market.buyer.address_id, actor=market.buyer.actor, now=LATER, seen=agreed)
    assert [order.gross_minor for order in placed.orders] == [2_600 + 990]


async def test_freight_that_changed_is_refused_as_such_with_what_it_is_now() -> None:
    market = await deals.deal(now=NOW)
    cart_id = await deals.put(market, market.hansa_offer, 2, now=NOW)
    before = Seen(price_token=(await carts.view(actor=market.buyer.actor, now=NOW)).price_token)
    await deals.freight(market.hansa, "EUR", 1_490, now=LATER)
    with pytest.raises(FreightChanged) as refused:
        await checkout.checkout(cart_id, address_id=market.buyer.address_id, actor=market.buyer.actor, now=LATER, seen=before)
    assert [(error.pointer, error.code, error.params["amount"]) for error in refused.value.errors] == [
        ("/groups/0/freight", "freight-now", Money(1_490, "EUR"))
    ]
    assert await nothing_ordered(market)
    agreed = Seen(price_token=refused.value.extra["price_token"])
    placed = await checkout.checkout(cart_id, address_id=market.buyer.address_id, actor=market.buyer.actor, now=LATER, seen=agreed)
    assert [order.gross_minor for order in placed.orders] == [2_500 + 1_490]


async def test_another_address_than_the_one_priced_is_refused_while_freight_there_is_another() -> None:
    market = await deals.deal(now=NOW)
    cart_id = await deals.put(market, market.hansa_offer, 2, now=NOW)
    before = Seen(price_token=(await carts.view(actor=market.buyer.actor, now=NOW)).price_token)
    address = AddressInput(label="Far", recipient="Receiving", lines=("1 Chome",), city="Osaka", country="JP", postal_code="530-0001")
    far = await create_address(address, actor=market.buyer.actor, now=NOW)
    with pytest.raises(FreightChanged) as refused:
        await checkout.checkout(cart_id, address_id=far.id, actor=market.buyer.actor, now=LATER, seen=before)
    assert [(error.message, list(error.params)) for error in refused.value.errors] == [("Freight of {supplier} is not known now.", ["supplier"])]
    assert await nothing_ordered(market)


async def test_a_price_that_went_and_came_back_is_listed_too() -> None:
    market = await deals.deal(now=NOW)
    cart_id = await deals.put(market, market.hansa_offer, 2, now=NOW)
    await offers.set_price(market.hansa_offer, tiers=tiers((1, "13.00")), version=None, actor=market.hansa.actor, now=LATER)
    seen = Seen(price_token=(await carts.view(actor=market.buyer.actor, now=LATER)).price_token)
    again = LATER + timedelta(minutes=5)
    await offers.set_price(market.hansa_offer, tiers=tiers((1, "12.50")), version=None, actor=market.hansa.actor, now=again)
    with pytest.raises(PriceChanged) as refused:
        await checkout.checkout(cart_id, address_id=market.buyer.address_id, actor=market.buyer.actor, now=again, seen=seen)
    assert [(error.code, error.params["price"]) for error in refused.value.errors] == [("price-now", "12.5 EUR")]
    assert await nothing_ordered(market)


async def test_a_cart_that_changed_since_it_was_seen_is_refused() -> None:
    market = await deals.deal(now=NOW)
    cart_id = await deals.put(market, market.hansa_offer, 2, now=NOW)
    seen = Seen(version=(await carts.view(actor=market.buyer.actor, now=NOW)).version)
    await deals.put(market, market.hansa_offer, 1, now=NOW)
    with pytest.raises(VersionConflict):
        await checkout.checkout(cart_id, address_id=market.buyer.address_id, actor=market.buyer.actor, now=NOW, seen=seen)
    assert await nothing_ordered(market)


async def test_one_line_that_cannot_be_ordered_holds_back_the_whole_cart() -> None:
    market = await deals.deal(now=NOW)
    await deals.put(market, market.hansa_offer, 2, now=NOW)
    cart_id = await deals.put(market, market.rhein_offer, 20, now=NOW)
    await offers.set_stock(market.rhein_offer, on_hand=10, version=None, actor=market.rhein.actor, now=LATER)
    with pytest.raises(CartNotReady) as refused:
        await checkout.checkout(cart_id, address_id=market.buyer.address_id, actor=market.buyer.actor, now=LATER)
    assert [error.code for error in refused.value.errors] == ["not-enough-stock"]
    assert await nothing_ordered(market)


async def test_empty_foreign_and_missing_carts_and_addresses_are_refused() -> None:
    market = await deals.deal(now=NOW)
    cart_id = await carts.open_cart(actor=market.buyer.actor, now=NOW)
    with pytest.raises(CartEmpty):
        await checkout.checkout(cart_id, address_id=market.buyer.address_id, actor=market.buyer.actor, now=NOW)
    await deals.put(market, market.hansa_offer, 2, now=NOW)
    with pytest.raises(NotFound):
        await checkout.checkout(cart_id, address_id=market.other.address_id, actor=market.buyer.actor, now=NOW)
    with pytest.raises(NotFound):
        await checkout.checkout(cart_id, address_id=market.other.address_id, actor=market.other.actor, now=NOW)
    await archive_address(market.buyer.address_id, version=1, actor=market.buyer.actor, now=NOW)
    with pytest.raises(AddressNotInUse):
        await checkout.checkout(cart_id, address_id=market.buyer.address_id, actor=market.buyer.actor, now=NOW)
    assert await nothing_ordered(market)


async def test_a_company_that_orders_with_po_numbers_is_asked_for_one() -> None:
    market = await deals.deal(now=NOW)
    cart_id = await deals.put(market, market.hansa_offer, 2, now=NOW)
    version = (await company(actor=market.buyer.actor)).version
    await save_settings(CompanySettings(po_number_required=True, version=version), actor=market.buyer.actor, now=NOW)
    with pytest.raises(PoNumberNeeded):
        await checkout.checkout(cart_id, address_id=market.buyer.address_id, actor=market.buyer.actor, now=NOW, po_number="  ")
    assert await nothing_ordered(market)
    placed = await checkout.checkout(cart_id, address_id=market.buyer.address_id, actor=market.buyer.actor, now=NOW, po_number="4711")
    assert (await orders.order(placed.order_ids[0], actor=market.hansa.actor)).po_number == "4711"


async def test_a_rate_that_is_too_old_holds_back_a_cart_of_another_currency_only() -> None:
    market = await deals.deal(now=NOW)
    await fx.put_rates([NewRate(base="EUR", quote="KWD", rate=Decimal("0.33"))], provider="test", as_of=NOW - timedelta(hours=1))
    later = NOW + timedelta(hours=100)
    cart_id = await deals.put(market, market.kuwait_offer, 1, now=later)
    with pytest.raises(StaleRate):
        await checkout.checkout(cart_id, address_id=market.buyer.address_id, actor=market.buyer.actor, now=later)
    fx.use(200)
    try:
        await checkout.checkout(cart_id, address_id=market.buyer.address_id, actor=market.buyer.actor, now=later)
    finally:
        fx.use(Settings().fx_max_age_hours)
    assert (await deals.place(market, (market.hansa_offer, 1), now=later)).orders[0].currency == "EUR"


async def test_amounts_beyond_a_line_or_an_order_are_refused() -> None:
    market = await deals.deal(now=NOW)
    dear = await offer(market.hansa, market.product_id, "H-2", now=NOW, tiers=tiers((1, "999999999.00")), on_hand=10_000_000, currency="EUR")
    with pytest.raises(AmountTooLarge):
        await deals.put(market, dear, 1_000_000, now=NOW)
    assert await nothing_ordered(market)


async def test_the_supplier_that_takes_every_order_accepts_by_itself() -> None:
    market = await deals.deal(now=NOW)
    async with transaction(actor=WORKER):
        await connection().execute("UPDATE vendors.suppliers SET auto_accepts = true WHERE organisation_id = $1", market.hansa.supplier_id)
    placed = await deals.place(market, (market.hansa_offer, 1), (market.rhein_offer, 10), now=NOW)
    await deals.drain(LATER)
    assert [(await orders.order(one, actor=market.buyer.actor)).state for one in placed.order_ids] == ["accepted", "awaiting_acceptance"]
