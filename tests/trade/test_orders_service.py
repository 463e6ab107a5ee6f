"""Tests of orders: who may do what when, how quantities move, and what is told about it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from marketplace.kernel.actor import WORKER
from marketplace.kernel.database import connection, transaction
from marketplace.kernel.errors import InvalidTransition, NotAllowed, NotFound, VersionConflict
from marketplace.trade.orders import service as orders
from marketplace.trade.orders.errors import AcceptanceOver, LineUnknown, NothingAccepted, QuantityOutOfRange
from marketplace.trade.payments import service as payments
from tests.conftest import NOW
from tests.trade import deals
from vendors.stock import service as stock

if TYPE_CHECKING:
    from uuid import UUID

pytestmark = pytest.mark.usefixtures("rolled_back")
LATER = NOW + timedelta(hours=2)


async def reserved(offer_id: UUID) -> int:
    async with transaction(actor=WORKER):
        return int(await connection().fetchval("SELECT sum(reserved) FROM vendors.stock_levels WHERE offer_id = $1", offer_id))


async def facts(order_id: UUID) -> list[str]:
    async with transaction(actor=WORKER):
        rows = await connection().fetch("SELECT kind FROM kernel.outbox WHERE payload ->> 'order_id' = $1 ORDER BY id", str(order_id))
    return [row["kind"] for row in rows]


async def test_an_accepted_order_keeps_its_stock_and_tells_its_first_promise() -> None:
    market = await deals.deal(now=NOW)
    placed = await deals.place(market, (market.hansa_offer, 5), now=NOW)
    acted = await orders.accept_order(placed.order_ids[0], actor=market.hansa.actor, now=LATER, version=1)
    found = await orders.order(placed.order_ids[0], actor=market.buyer.actor)
    assert (acted.state, acted.version) == ("accepted", 2)
    assert [(line.open, line.accepted, line.to_ship) for line in found.lines] == [(0, 5, 5)]
    assert found.accepted_at == LATER
    assert found.promised_on is not None
    assert found.promised_on == found.lines[0].promises[0].promised_on
    assert [step.state for step in found.log] == ["awaiting_acceptance", "accepted"]
    assert await reserved(market.hansa_offer) == 5
    assert await facts(found.id) == ["OrderPlaced", "OrderAccepted"]


async def test_a_partial_acceptance_frees_what_was_refused_and_voids_its_price() -> None:
    market = await deals.deal(now=NOW)
    placed = await deals.place(market, (market.hansa_offer, 60), now=NOW)
    line = (await orders.order(placed.order_ids[0], actor=market.buyer.actor)).lines[0]
    acted = await orders.accept_order(placed.order_ids[0], actor=market.hansa.actor, now=LATER, lines={line.id: 40})
    await deals.drain(LATER)
    assert acted.state == "partly_accepted"
    assert await reserved(market.hansa_offer) == 40
    share = await payments.share_of(placed.order_ids[0], actor=market.buyer.actor)
    assert share is not None
    assert (share.amount_minor, share.voided_minor, share.owed_minor) == (66_990, 22_000, 44_990)


async def test_an_acceptance_of_nothing_is_no_acceptance() -> None:
    market = await deals.deal(now=NOW)
    placed = await deals.place(market, (market.hansa_offer, 5), now=NOW)
    line = (await orders.order(placed.order_ids[0], actor=market.buyer.actor)).lines[0]
    with pytest.raises(NothingAccepted):
        await orders.accept_order(placed.order_ids[0], actor=market.hansa.actor, now=LATER, lines={line.id: 0})
    with pytest.raises(QuantityOutOfRange):
        await orders.accept_order(placed.order_ids[0], actor=market.hansa.actor, now=LATER, lines={line.id: 6})
    with pytest.raises(LineUnknown):
        await orders.accept_order(placed.order_ids[0], actor=market.hansa.actor, now=LATER, lines={placed.id: 1})
    assert (await orders.order(placed.order_ids[0], actor=market.buyer.actor)).version == 1


async def test_a_refusal_frees_stock_and_voids_only_its_own_share() -> None:
    market = await deals.deal(now=NOW)
    placed = await deals.place(market, (market.hansa_offer, 5), (market.rhein_offer, 10), now=NOW)
    await orders.refuse_order(placed.order_ids[0], actor=market.hansa.actor, now=LATER, reason="Out of production.")
    await deals.drain(LATER)
    found = await orders.order(placed.order_ids[0], actor=market.buyer.actor)
    assert (found.state, found.end_reason, found.lines[0].refused) == ("refused", "Out of production.", 5)
    assert await reserved(market.hansa_offer) == 0
    assert await reserved(market.rhein_offer) == 10
    (paid,) = await payments.payments_of(placed.id, actor=market.buyer.actor)
    assert (paid.amount_minor, paid.voided_minor, paid.owed_minor, paid.state) == (7_240 + 13_590, 7_240, 13_590, "requires_action")
    assert sorted((share.voided_minor, share.state) for share in paid.shares) == [(0, "requires_action"), (7_240, "cancelled")]


async def test_the_same_fact_twice_voids_once() -> None:
    market = await deals.deal(now=NOW)
    placed = await deals.place(market, (market.hansa_offer, 5), now=NOW)
    await orders.refuse_order(placed.order_ids[0], actor=market.hansa.actor, now=LATER, reason="Out of production.")
    await payments.void_what_is_not_owed(placed.order_ids[0], now=LATER)
    await payments.void_what_is_not_owed(placed.order_ids[0], now=LATER)
    (paid,) = await payments.payments_of(placed.id, actor=market.buyer.actor)
    assert (paid.voided_minor, paid.owed_minor, paid.state, paid.version) == (7_240, 0, "cancelled", 2)


async def test_a_buyer_cancels_freely_before_acceptance_and_not_after() -> None:
    market = await deals.deal(now=NOW)
    placed = await deals.place(market, (market.hansa_offer, 5), (market.rhein_offer, 10), now=NOW)
    first, second = placed.order_ids
    await orders.cancel_order(first, actor=market.buyer.actor, now=LATER, reason="Ordered twice.")
    await orders.accept_order(second, actor=market.rhein.actor, now=LATER)
    with pytest.raises(InvalidTransition) as refused:
        await orders.cancel_order(second, actor=market.buyer.actor, now=LATER, reason="Too late.")
    assert refused.value.extra == {"current": "accepted", "allowed": ["partially_shipped", "shipped", "cancelled"]}
    cancelled = await orders.order(first, actor=market.buyer.actor)
    assert (cancelled.state, cancelled.cancelled_by, cancelled.lines[0].withdrawn) == ("cancelled", "buyer", 5)
    assert (await orders.order(second, actor=market.buyer.actor)).state == "accepted"
    assert await reserved(market.hansa_offer) == 0


async def test_a_supplier_cancels_what_it_accepted_while_nothing_is_shipped() -> None:
    market = await deals.deal(now=NOW)
    placed = await deals.place(market, (market.hansa_offer, 5), now=NOW)
    with pytest.raises(InvalidTransition):
        await orders.cancel_order(placed.order_ids[0], actor=market.hansa.actor, now=LATER, reason="Not accepted yet.")
    await orders.accept_order(placed.order_ids[0], actor=market.hansa.actor, now=LATER)
    await orders.cancel_order(placed.order_ids[0], actor=market.hansa.actor, now=LATER, reason="Damaged in our store.")
    found = await orders.order(placed.order_ids[0], actor=market.buyer.actor)
    assert (found.state, found.cancelled_by, found.lines[0].accepted, found.lines[0].cancelled) == ("cancelled", "supplier", 5, 5)
    assert await reserved(market.hansa_offer) == 0


async def test_an_order_times_out_after_the_suppliers_hours_and_not_before() -> None:
    market = await deals.deal(now=NOW)
    placed = await deals.place(market, (market.hansa_offer, 5), now=NOW)
    await orders.time_out_orders(NOW + timedelta(hours=48) - timedelta(seconds=1))
    assert (await orders.order(placed.order_ids[0], actor=market.buyer.actor)).state == "awaiting_acceptance"
    assert await orders.time_out_orders(NOW + timedelta(hours=48)) == 1
    found = await orders.order(placed.order_ids[0], actor=market.buyer.actor)
    assert (found.state, found.lines[0].withdrawn) == ("timed_out", 5)
    assert await reserved(market.hansa_offer) == 0
    assert await orders.time_out_orders(NOW + timedelta(hours=49)) == 0


async def test_after_its_time_an_order_is_no_longer_accepted_and_keeps_nothing() -> None:
    market = await deals.deal(now=NOW)
    placed = await deals.place(market, (market.hansa_offer, 5), now=NOW)
    with pytest.raises(AcceptanceOver):
        await orders.accept_order(placed.order_ids[0], actor=market.hansa.actor, now=NOW + timedelta(hours=48, seconds=1))
    await stock.expire_reservations(NOW + timedelta(hours=48))
    with pytest.raises(AcceptanceOver):
        await orders.accept_order(placed.order_ids[0], actor=market.hansa.actor, now=NOW + timedelta(hours=48))
    assert (await orders.order(placed.order_ids[0], actor=market.buyer.actor)).state == "awaiting_acceptance"
    await orders.time_out_orders(NOW + timedelta(hours=49))
    assert (await orders.order(placed.order_ids[0], actor=market.buyer.actor)).state == "timed_out"


async def test_a_stale_version_changes_nothing() -> None:
    market = await deals.deal(now=NOW)
    placed = await deals.place(market, (market.hansa_offer, 5), now=NOW)
    with pytest.raises(VersionConflict):
        await orders.accept_order(placed.order_ids[0], actor=market.hansa.actor, now=LATER, version=7)
    assert (await orders.order(placed.order_ids[0], actor=market.buyer.actor)).state == "awaiting_acceptance"


async def test_an_order_is_not_there_for_others_and_not_the_buyers_to_accept() -> None:
    market = await deals.deal(now=NOW)
    placed = await deals.place(market, (market.hansa_offer, 5), now=NOW)
    for stranger in (market.other.actor, market.rhein.actor):
        with pytest.raises(NotFound):
            await orders.order(placed.order_ids[0], actor=stranger)
        with pytest.raises(NotFound):
            await orders.accept_order(placed.order_ids[0], actor=stranger, now=LATER)
    with pytest.raises(NotAllowed):
        await orders.accept_order(placed.order_ids[0], actor=market.buyer.actor, now=LATER)
    with pytest.raises(NotFound):
        await orders.order_group(placed.id, actor=market.hansa.actor)
    assert (await orders.order(placed.order_ids[0], actor=market.buyer.actor)).version == 1


async def test_the_application_role_without_where_sees_nothing_foreign() -> None:
    market = await deals.deal(now=NOW)
    await deals.place(market, (market.hansa_offer, 5), (market.rhein_offer, 10), now=NOW)
    tables = ["carts", "cart_lines", "order_groups", "order_group_totals", "orders", "order_lines", "promises", "payments", "payment_shares"]
    for who, expected in ((market.other.actor, 0), (market.kuwait.actor, 0), (market.hansa.actor, 1), (market.buyer.actor, 2)):
        async with transaction(actor=who):
            counts = {table: await connection().fetchval(f"SELECT count(*) FROM trade.{table}") for table in tables}
        assert counts["orders"] == expected
        assert counts["order_lines"] == counts["promises"] == counts["payment_shares"] == expected
        assert counts["order_groups"] == (1 if who is market.buyer.actor else 0)
        assert counts["payments"] == counts["carts"] == counts["order_groups"]
