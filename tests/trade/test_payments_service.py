"""Tests of payments: exact shares, what is voided, when something is due, and when an order may ship."""

from __future__ import annotations

from datetime import date, timedelta

import asyncpg
import pytest

from marketplace.kernel.actor import WORKER
from marketplace.kernel.database import connection, savepoint, transaction
from marketplace.trade.orders import service as orders
from marketplace.trade.payments import rules
from marketplace.trade.payments import service as payments
from marketplace.trade.payments.schemas import Terms
from marketplace.trade.shipments import service as shipments
from tests.conftest import NOW
from tests.trade import deals

pytestmark = pytest.mark.usefixtures("rolled_back")
LATER = NOW + timedelta(hours=2)


@pytest.mark.parametrize(
    "timing, state, may_ship",
    [
        ("due_date", "requires_action", True),
        ("delivery", "requires_action", True),
        ("shipment", "requires_action", True),
        ("order", "requires_action", False),
        ("acceptance", "processing", False),
        ("order", "authorised", True),
        ("order", "captured", True),
        ("order", "cancelled", False),
    ],
)
def test_an_order_ships_when_its_payment_lets_it(timing: str, state: str, *, may_ship: bool) -> None:
    assert rules.may_ship(timing=timing, state=state) is may_ship


async def test_shares_sum_to_their_payment_per_currency() -> None:
    market = await deals.deal(now=NOW)
    placed = await deals.place(market, (market.hansa_offer, 3), (market.rhein_offer, 30), (market.kuwait_offer, 11), now=NOW)
    found = await payments.payments_of(placed.id, actor=market.buyer.actor)
    assert {one.currency: one.amount_minor for one in found} == {total.currency: total.gross_minor for total in placed.totals}
    for one in found:
        assert sum(share.amount_minor for share in one.shares) == one.amount_minor
    assert sorted(share.order_id for one in found for share in one.shares) == sorted(placed.order_ids)


async def test_a_payment_is_due_when_everything_that_is_owed_is_due() -> None:
    market = await deals.deal(now=NOW)
    placed = await deals.place(market, (market.hansa_offer, 3), (market.rhein_offer, 10), now=NOW)
    first, second = placed.order_ids
    await orders.accept_order(first, actor=market.hansa.actor, now=LATER)
    shipment = await shipments.ship(first, carrier="Kestrel", tracking_number="K-1", actor=market.hansa.actor, now=LATER)
    await shipments.confirm_delivery(shipment.id, actor=market.buyer.actor, now=LATER)
    await deals.drain(LATER)
    (paid,) = await payments.payments_of(placed.id, actor=market.buyer.actor)
    assert paid.due_on is None
    await orders.refuse_order(second, actor=market.rhein.actor, now=LATER, reason="Sold out.")
    await deals.drain(LATER)
    (paid,) = await payments.payments_of(placed.id, actor=market.buyer.actor)
    assert paid.due_on == date(2026, 12, 24)


async def test_a_supplier_sees_its_own_share_and_no_payment() -> None:
    market = await deals.deal(now=NOW)
    placed = await deals.place(market, (market.hansa_offer, 3), (market.rhein_offer, 10), now=NOW)
    first, second = placed.order_ids
    share = await payments.share_of(first, actor=market.hansa.actor)
    assert share is not None
    assert share.amount_minor == 3_750 + 990
    assert await payments.share_of(second, actor=market.hansa.actor) is None
    assert await payments.payments_of(placed.id, actor=market.hansa.actor) == []
    assert await payments.payments_of(placed.id, actor=market.other.actor) == []


async def test_a_share_keeps_the_terms_that_its_order_was_placed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    market = await deals.deal(now=NOW)
    with monkeypatch.context() as then:
        then.setattr(payments, "TERMS", Terms(timing="delivery", due_days=14))
        placed = await deals.place(market, (market.hansa_offer, 3), now=NOW)
    (order_id,) = placed.order_ids
    for actor in (market.buyer.actor, market.hansa.actor):
        share = await payments.share_of(order_id, actor=actor)
        assert share is not None
        assert (share.method, share.timing, share.due_days) == ("manual_transfer", "delivery", 14)
    assert await payments.due_days_of([order_id], actor=market.buyer.actor) == {order_id: 14}
    assert await payments.due_days_of([order_id], actor=market.other.actor) == {}


async def test_the_database_refuses_to_capture_more_than_is_owed_or_to_change_an_amount() -> None:
    market = await deals.deal(now=NOW)
    placed = await deals.place(market, (market.hansa_offer, 3), now=NOW)
    async with transaction(actor=WORKER):
        with pytest.raises(asyncpg.CheckViolationError):
            async with savepoint():
                await connection().execute(
                    "UPDATE trade.payment_shares SET captured_minor = amount_minor + 1 WHERE order_id = $1", placed.order_ids[0]
                )
        with pytest.raises(asyncpg.CheckViolationError):
            async with savepoint():
                await connection().execute("UPDATE trade.payment_shares SET refunded_minor = 1 WHERE order_id = $1", placed.order_ids[0])
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with savepoint():
                await connection().execute("UPDATE trade.payment_shares SET amount_minor = 1 WHERE order_id = $1", placed.order_ids[0])
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with savepoint():
                await connection().execute("UPDATE trade.order_lines SET unit_price = 1 WHERE order_id = $1", placed.order_ids[0])
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with savepoint():
                await connection().execute("DELETE FROM trade.promises")
