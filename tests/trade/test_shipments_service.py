"""Tests of shipments: parts of an order, tracking numbers, delivery against the first promise."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from marketplace.kernel.actor import WORKER
from marketplace.kernel.cursors import Asked
from marketplace.kernel.database import connection, transaction
from marketplace.kernel.errors import InvalidTransition, NotAllowed, NotFound
from marketplace.trade.orders import service as orders
from marketplace.trade.orders.errors import QuantityOutOfRange
from marketplace.trade.payments import service as payments
from marketplace.trade.payments.schemas import Terms
from marketplace.trade.shipments import service as shipments
from marketplace.trade.shipments.errors import MayNotShip, TrackingNumberTaken
from marketplace.trade.shipments.schemas import Parcel
from tests.conftest import NOW
from tests.trade import deals

pytestmark = pytest.mark.usefixtures("rolled_back")
LATER = NOW + timedelta(hours=2)


async def test_an_order_is_shipped_in_two_parts_and_delivered_with_the_last() -> None:
    market = await deals.deal(now=NOW)
    placed = await deals.place(market, (market.hansa_offer, 10), now=NOW)
    (order_id,) = placed.order_ids
    await orders.accept_order(order_id, actor=market.hansa.actor, now=LATER)
    line = (await orders.order(order_id, actor=market.hansa.actor)).lines[0]
    first = await shipments.ship(
        order_id, carrier="Kestrel", tracking_number="kf 1", actor=market.hansa.actor, now=LATER, parcel=Parcel(lines={line.id: 4})
    )
    assert (first.number, first.tracking_number, first.state) == (f"{placed.number}-1/1", "KF 1", "handed_over")
    assert (await orders.order(order_id, actor=market.buyer.actor)).state == "partially_shipped"
    await shipments.confirm_delivery(first.id, actor=market.buyer.actor, now=LATER + timedelta(days=1))
    assert (await orders.order(order_id, actor=market.buyer.actor)).state == "partially_shipped"
    second = await shipments.ship(order_id, carrier="Kestrel", tracking_number="KF2", actor=market.hansa.actor, now=LATER)
    found = await orders.order(order_id, actor=market.buyer.actor)
    assert (found.state, found.lines[0].shipped, found.lines[0].in_transit, found.lines[0].delivered) == ("shipped", 10, 6, 4)
    await shipments.confirm_delivery(second.id, actor=market.buyer.actor, now=LATER + timedelta(days=3))
    assert (await orders.order(order_id, actor=market.buyer.actor)).state == "delivered"
    async with transaction(actor=WORKER):
        stock = await connection().fetchrow("SELECT on_hand, reserved FROM vendors.stock_levels WHERE offer_id = $1", market.hansa_offer)
    assert stock is not None
    assert tuple(stock) == (90, 0)


async def test_the_day_of_delivery_is_the_day_in_the_ship_to_zone_and_the_share_is_due_30_days_later() -> None:
    market = await deals.deal(now=NOW)
    placed = await deals.place(market, (market.hansa_offer, 10), now=NOW)
    (order_id,) = placed.order_ids
    await orders.accept_order(order_id, actor=market.hansa.actor, now=LATER)
    shipment = await shipments.ship(order_id, carrier="Kestrel", tracking_number="KF1", actor=market.hansa.actor, now=LATER)
    late_in_the_evening = datetime(2026, 11, 27, 23, 30, tzinfo=UTC)
    delivered = await shipments.confirm_delivery(shipment.id, actor=market.buyer.actor, now=late_in_the_evening)
    assert delivered.delivered_on == date(2026, 11, 28)
    await deals.drain(late_in_the_evening)
    share = await payments.share_of(order_id, actor=market.hansa.actor)
    assert share is not None
    assert share.due_on == date(2026, 12, 28)
    (paid,) = await payments.payments_of(placed.id, actor=market.buyer.actor)
    assert paid.due_on == date(2026, 12, 28)


async def test_what_is_not_accepted_cannot_be_shipped() -> None:
    market = await deals.deal(now=NOW)
    placed = await deals.place(market, (market.hansa_offer, 10), now=NOW)
    with pytest.raises(InvalidTransition):
        await shipments.ship(placed.order_ids[0], carrier="Kestrel", tracking_number="KF1", actor=market.hansa.actor, now=LATER)
    assert await shipments.shipments_of(placed.order_ids[0], actor=market.buyer.actor) == []


async def test_more_than_what_is_left_cannot_be_shipped_and_moves_nothing() -> None:
    market = await deals.deal(now=NOW)
    placed = await deals.place(market, (market.hansa_offer, 10), now=NOW)
    await orders.accept_order(placed.order_ids[0], actor=market.hansa.actor, now=LATER)
    line = (await orders.order(placed.order_ids[0], actor=market.hansa.actor)).lines[0]
    with pytest.raises(QuantityOutOfRange):
        await shipments.ship(
            placed.order_ids[0], carrier="Kestrel", tracking_number="KF1", actor=market.hansa.actor, now=LATER, parcel=Parcel(lines={line.id: 11})
        )
    assert (await orders.order(placed.order_ids[0], actor=market.buyer.actor)).lines[0].to_ship == 10


async def test_a_parcel_of_nothing_is_refused_and_is_not_taken_for_everything() -> None:
    market = await deals.deal(now=NOW)
    (order_id,) = (await deals.place(market, (market.hansa_offer, 10), now=NOW)).order_ids
    await orders.accept_order(order_id, actor=market.hansa.actor, now=LATER)
    line = (await orders.order(order_id, actor=market.hansa.actor)).lines[0]
    with pytest.raises(QuantityOutOfRange) as refused:
        await shipments.ship(order_id, carrier="K", tracking_number="KF1", actor=market.hansa.actor, now=LATER, parcel=Parcel(lines={line.id: 0}))
    assert [(error.code, error.params) for error in refused.value.errors] == [("nothing-to-ship", {"line_id": str(line.id)})]
    assert await shipments.shipments_of(order_id, actor=market.hansa.actor) == []


async def test_the_last_shipment_of_an_order_is_told_from_those_before_it() -> None:
    market = await deals.deal(now=NOW)
    (order_id,) = (await deals.place(market, (market.hansa_offer, 10), now=NOW)).order_ids
    await orders.accept_order(order_id, actor=market.hansa.actor, now=LATER)
    line = (await orders.order(order_id, actor=market.hansa.actor)).lines[0]
    seen = []
    for tracking_number in ("KF1", "KF2"):
        parcel = Parcel(lines={line.id: 5})
        await shipments.ship(order_id, carrier="K", tracking_number=tracking_number, actor=market.hansa.actor, now=LATER, parcel=parcel)
        seen.append([one.is_last for one in await shipments.shipments_of(order_id, actor=market.buyer.actor)])
    asked = Asked(None, 1, "a secret of the tests")
    (first,), following, total = await shipments.arrivals(asked=asked, actor=market.buyer.actor)
    (second,), last, _ = await shipments.arrivals(asked=asked._replace(cursor=following), actor=market.buyer.actor)
    assert (total, last, first.id != second.id) == (2, None, True)
    await shipments.confirm_delivery(first.id, actor=market.buyer.actor, now=LATER)
    seen.append([one.is_last for one in await shipments.shipments_of(order_id, actor=market.buyer.actor)])
    await shipments.confirm_delivery(second.id, actor=market.buyer.actor, now=LATER)
    seen.append([one.is_last for one in await shipments.shipments_of(order_id, actor=market.buyer.actor)])
    assert seen == [[False], [False, False], [False, True], [False, False]]


async def test_a_supplier_is_offered_the_carrier_it_took_last() -> None:
    market = await deals.deal(now=NOW)
    placed = await deals.place(market, (market.hansa_offer, 10), (market.rhein_offer, 10), now=NOW)
    assert await shipments.last_carrier(actor=market.hansa.actor) == ""
    line = (await orders.order(placed.order_ids[0], actor=market.hansa.actor)).lines[0]
    await orders.accept_order(placed.order_ids[0], actor=market.hansa.actor, now=LATER)
    for carrier in ("Kestrel", "Heron"):
        parcel = Parcel(lines={line.id: 5})
        await shipments.ship(placed.order_ids[0], carrier=carrier, tracking_number="KF1", actor=market.hansa.actor, now=LATER, parcel=parcel)
    assert await shipments.last_carrier(actor=market.hansa.actor) == "Heron"
    assert await shipments.last_carrier(actor=market.rhein.actor) == ""


async def test_an_order_that_waits_for_payment_does_not_ship(monkeypatch: pytest.MonkeyPatch) -> None:
    market = await deals.deal(now=NOW)
    monkeypatch.setattr(payments, "TERMS", Terms(timing="order"))
    placed = await deals.place(market, (market.hansa_offer, 10), now=NOW)
    await orders.accept_order(placed.order_ids[0], actor=market.hansa.actor, now=LATER)
    with pytest.raises(MayNotShip):
        await shipments.ship(placed.order_ids[0], carrier="Kestrel", tracking_number="KF1", actor=market.hansa.actor, now=LATER)
    assert "ship" not in (await orders.order(placed.order_ids[0], actor=market.hansa.actor)).allowed


async def test_a_tracking_number_names_one_shipment_of_a_carrier() -> None:
    market = await deals.deal(now=NOW)
    placed = await deals.place(market, (market.hansa_offer, 10), (market.rhein_offer, 10), now=NOW)
    first, second = placed.order_ids
    await orders.accept_order(first, actor=market.hansa.actor, now=LATER)
    await orders.accept_order(second, actor=market.rhein.actor, now=LATER)
    await shipments.ship(first, carrier="Kestrel", tracking_number="KF1", actor=market.hansa.actor, now=LATER)
    with pytest.raises(TrackingNumberTaken):
        await shipments.ship(second, carrier="Kestrel", tracking_number="kf1", actor=market.rhein.actor, now=LATER)
    assert (await orders.order(second, actor=market.buyer.actor)).state == "accepted"
    await shipments.ship(second, carrier="Blue Harbour", tracking_number="KF1", actor=market.rhein.actor, now=LATER)


async def test_only_the_buyer_confirms_a_delivery_and_only_once() -> None:
    market = await deals.deal(now=NOW)
    placed = await deals.place(market, (market.hansa_offer, 10), now=NOW)
    await orders.accept_order(placed.order_ids[0], actor=market.hansa.actor, now=LATER)
    shipment = await shipments.ship(placed.order_ids[0], carrier="Kestrel", tracking_number="KF1", actor=market.hansa.actor, now=LATER)
    with pytest.raises(NotAllowed):
        await shipments.confirm_delivery(shipment.id, actor=market.hansa.actor, now=LATER)
    with pytest.raises(NotFound):
        await shipments.confirm_delivery(shipment.id, actor=market.other.actor, now=LATER)
    await shipments.confirm_delivery(shipment.id, actor=market.buyer.actor, now=LATER)
    with pytest.raises(InvalidTransition):
        await shipments.confirm_delivery(shipment.id, actor=market.buyer.actor, now=LATER)
    assert [one.state for one in await shipments.shipments_of(placed.order_ids[0], actor=market.buyer.actor)] == ["delivered"]
