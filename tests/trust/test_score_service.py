"""Tests of the rates: what the facts of orders make of a supplier's score."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING
from uuid import UUID

import pytest

from marketplace.kernel.contracts import OrderAccepted, OrderCancelled, OrderDelivered, OrderPlaced, OrderRefused
from marketplace.kernel.ids import uuid7
from tests.conftest import NOW
from tests.trade import deals
from trust.score import handlers, service
from trust.score.schemas import Response

if TYPE_CHECKING:
    from datetime import datetime

    from trust.score.schemas import SupplierRates

pytestmark = pytest.mark.usefixtures("rolled_back")
SUPPLIER, BUYER = UUID(int=901), UUID(int=902)
PROMISED = date(2026, 11, 20)


async def placed(at: datetime = NOW - timedelta(days=20)) -> UUID:
    """Place an order."""
    order_id = uuid7()
    fact = OrderPlaced(order_id=order_id, group_id=uuid7(), buyer_id=BUYER, supplier_id=SUPPLIER, placed_at=at)
    await handlers.on_order_placed(fact, NOW)
    return order_id


async def accepted(
    order_id: UUID, *, promised_on: date | None = PROMISED, at: datetime = NOW - timedelta(days=20), zone: str = "Europe/Berlin"
) -> None:
    """Accept an order three hours after it was placed."""
    fact = OrderAccepted(
        order_id=order_id,
        buyer_id=BUYER,
        supplier_id=SUPPLIER,
        placed_at=at,
        accepted_at=at + timedelta(hours=3),
        is_partial=False,
        promised_on=promised_on,
        time_zone=zone,
    )
    await handlers.on_order_accepted(fact, NOW)


async def delivered(order_id: UUID, on: date) -> None:
    """Deliver an order."""
    fact = OrderDelivered(
        order_id=order_id, buyer_id=BUYER, supplier_id=SUPPLIER, delivered_at=NOW - timedelta(days=1), delivered_on=on, promised_on=PROMISED
    )
    await handlers.on_order_delivered(fact, NOW)


async def refused(order_id: UUID, *, timed_out: bool = False) -> None:
    """Refuse an order five hours after it was placed."""
    at = NOW - timedelta(days=20)
    fact = OrderRefused(
        order_id=order_id, buyer_id=BUYER, supplier_id=SUPPLIER, placed_at=at, refused_at=at + timedelta(hours=5), timed_out=timed_out
    )
    await handlers.on_order_refused(fact, NOW)


async def rates(now: datetime = NOW) -> SupplierRates:
    """Compute and read the supplier's rates."""
    await service.recompute_all(now)
    (found,) = await service.rates_in_order([SUPPLIER])
    assert found is not None
    return found


async def test_a_supplier_without_orders_has_no_rates() -> None:
    await service.recompute_all(NOW)
    assert await service.rates_in_order([UUID(int=999)]) == [None]


async def test_orders_by_the_first_promise_are_on_time_and_later_ones_late() -> None:
    for on in (PROMISED - timedelta(days=1), PROMISED, PROMISED + timedelta(days=1)):
        order_id = await placed()
        await accepted(order_id)
        await delivered(order_id, on)
    found = await rates()
    assert (found.on_time.k, found.on_time.n) == (2, 3)
    assert (found.on_time.low, found.on_time.rate) == (None, None), "three orders are fewer than a rate needs"
    assert (found.as_of, found.window_days, found.formula) == (NOW, 365, "rates-2")


async def test_past_its_promise_an_order_that_has_not_arrived_counts_as_late() -> None:
    await accepted(await placed(), promised_on=date(2026, 11, 23))
    assert ((await rates()).on_time.k, (await rates()).on_time.n) == (0, 1)


async def test_on_its_promised_day_an_order_does_not_count_yet_and_the_day_is_that_of_the_ship_to_zone() -> None:
    await accepted(await placed(), promised_on=date(2026, 11, 24), zone="Europe/Berlin")
    assert (await rates()).on_time.n == 0
    # 20:00 in London is already tomorrow in Tokyo.
    await accepted(await placed(), promised_on=date(2026, 11, 24), zone="Asia/Tokyo")
    assert (await rates(NOW.replace(hour=20))).on_time.n == 1


async def test_an_order_without_a_promise_counts_neither_on_time_nor_late() -> None:
    order_id = await placed()
    await accepted(order_id, promised_on=None)
    await delivered(order_id, PROMISED)
    found = await rates()
    assert (found.on_time.n, found.on_time.low, found.acceptance.n) == (0, None, 1)


async def test_a_cancelled_order_is_neither_on_time_nor_late() -> None:
    order_id = await placed()
    await accepted(order_id)
    fact = OrderCancelled(order_id=order_id, buyer_id=BUYER, supplier_id=SUPPLIER, cancelled_at=NOW, was_accepted=True, by="buyer")
    await handlers.on_order_cancelled(fact, NOW)
    assert ((await rates()).on_time.n, (await rates()).acceptance.k) == (0, 1)


async def test_refusals_and_passed_time_lower_acceptance_and_waiting_orders_do_not_count() -> None:
    await accepted(await placed())
    await refused(await placed())
    await refused(await placed(), timed_out=True)
    await placed()
    found = await rates()
    assert (found.acceptance.k, found.acceptance.n) == (1, 3)
    assert found.response.hours == Decimal("4.00")


async def test_half_of_the_answers_came_between_the_quartiles() -> None:
    for hours in (1, 2, 3, 5, 8, 13):
        await accepted(await placed(), at=NOW - timedelta(days=20) + timedelta(hours=hours - 3))
    found = await rates()
    assert found.response == Response(Decimal("4.00"), 6, Decimal("2.00"), Decimal("8.00"))
    assert (await service.rates_as_of(SUPPLIER, as_of=NOW)).response == found.response


async def test_orders_older_than_the_window_fall_out_of_it() -> None:
    old = NOW - timedelta(days=366)
    await accepted(await placed(old), at=old)
    await refused(await placed())
    assert ((await rates()).acceptance.k, (await rates()).acceptance.n) == (0, 1)


async def test_facts_may_come_twice_and_in_any_order() -> None:
    order_id = uuid7()
    await delivered(order_id, PROMISED)
    for _ in range(2):
        await accepted(order_id)
        await delivered(order_id, PROMISED)
    found = await rates()
    assert (found.on_time.k, found.on_time.n, found.acceptance.n) == (1, 1, 1)


async def test_a_fact_marks_its_supplier_and_the_next_round_computes_it_once() -> None:
    await service.recompute(NOW)
    await accepted(await placed())
    assert await service.recompute(NOW) == 1
    (found,) = await service.rates_in_order([SUPPLIER])
    assert found is not None
    assert found.on_time.n == 1
    assert await service.recompute(NOW) == 0


async def test_computing_again_from_the_same_outcomes_gives_the_same_digits() -> None:
    for day in range(1, 8):
        order_id = await placed()
        await accepted(order_id)
        await delivered(order_id, PROMISED + timedelta(days=day % 3))
    assert await rates() == await rates()


async def test_an_order_of_the_market_moves_its_suppliers_rates() -> None:
    market = await deals.deal(now=NOW)
    await deals.place(market, (market.hansa_offer, 5), now=NOW)
    await deals.drain(NOW)
    await service.recompute(NOW)
    assert await service.rates_in_order([]) == [], "rates are read for those asked alone"
    by_id, unknown, by_text = await service.rates_in_order([market.hansa.supplier_id, UUID(int=999), str(market.hansa.supplier_id)])
    assert by_id is not None
    assert (by_id.acceptance.n, by_id.on_time.n) == (0, 0)
    assert (unknown, by_text) == (None, by_id)
