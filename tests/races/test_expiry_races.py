"""Races of time running out: against an acceptance, against a cancellation, and of a mark against the computing that takes it."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest

from marketplace.kernel.actor import WORKER
from marketplace.kernel.database import connection, transaction
from marketplace.kernel.ids import uuid7
from marketplace.trade.orders import service as orders
from marketplace.trade.orders.errors import AcceptanceOver
from tests.conftest import NOW
from tests.races.barriers import Held, until_somebody_waits
from tests.trade import deals
from trust.score import service as score
from vendors.stock import service as stock

pytestmark = pytest.mark.usefixtures("committed")
DUE = NOW + timedelta(hours=48)
SUPPLIER, BUYER = UUID(int=901), UUID(int=902)


async def reserved(market: deals.Deal) -> int:
    async with transaction(actor=WORKER):
        return int(await connection().fetchval("SELECT sum(reserved) FROM vendors.stock_levels WHERE offer_id = $1", market.hansa_offer))


async def reservations(order_id: UUID) -> list[tuple[str, int, bool]]:
    sql = "SELECT state, quantity, expires_at IS NULL FROM vendors.stock_reservations WHERE order_id = $1"
    async with transaction(actor=WORKER):
        return [tuple(row) for row in await connection().fetch(sql, order_id)]


async def test_stock_of_an_order_that_is_accepted_first_does_not_end_with_its_time() -> None:
    await stock.expire_reservations(DUE)
    market = await deals.deal(now=NOW)
    (order_id,) = (await deals.place(market, (market.hansa_offer, 5), now=NOW)).order_ids
    acceptance = Held(lambda: orders.accept_order(order_id, actor=market.hansa.actor, now=DUE), actor=market.hansa.actor)
    await acceptance.until_done()
    expiry = asyncio.create_task(stock.expire_reservations(DUE))
    await until_somebody_waits()
    await acceptance.commit()
    assert await expiry == 0
    assert (await orders.order(order_id, actor=market.buyer.actor)).state == "accepted"
    assert await reservations(order_id) == [("open", 5, True)]
    assert await reserved(market) == 5


async def test_an_order_whose_stock_ends_first_is_not_accepted_any_more() -> None:
    await stock.expire_reservations(DUE)
    market = await deals.deal(now=NOW)
    (order_id,) = (await deals.place(market, (market.hansa_offer, 5), now=NOW)).order_ids
    expiry = Held(lambda: stock.expire_reservations(DUE), actor=WORKER)
    await expiry.until_done()
    acceptance = asyncio.create_task(orders.accept_order(order_id, actor=market.hansa.actor, now=DUE))
    await until_somebody_waits()
    assert await expiry.commit() == 1
    with pytest.raises(AcceptanceOver):
        await acceptance
    assert (await orders.order(order_id, actor=market.buyer.actor)).state == "awaiting_acceptance"
    assert await reservations(order_id) == [("expired", 5, False)]
    assert await reserved(market) == 0


async def test_an_order_that_somebody_changes_meanwhile_does_not_keep_the_others_from_timing_out() -> None:
    later = DUE + timedelta(seconds=2)
    await orders.time_out_orders(later)
    market = await deals.deal(now=NOW)
    (first,) = (await deals.place(market, (market.hansa_offer, 5), now=NOW)).order_ids
    (second,) = (await deals.place(market, (market.hansa_offer, 7), now=NOW + timedelta(seconds=1))).order_ids
    cancellation = Held(
        lambda: orders.cancel_order(first, actor=market.buyer.actor, now=DUE, reason="Ordered twice by mistake."), actor=market.buyer.actor
    )
    await cancellation.until_done()
    ending = asyncio.create_task(orders.time_out_orders(later))
    await until_somebody_waits()
    await cancellation.commit()
    assert await ending == 1
    assert [(await orders.order(each, actor=market.buyer.actor)).state for each in (first, second)] == ["cancelled", "timed_out"]
    assert await reserved(market) == 0
    assert await orders.time_out_orders(later) == 0


async def test_a_mark_beside_an_outcome_that_is_not_committed_yet_is_not_lost() -> None:
    while await score.recompute(NOW):
        pass
    at = NOW - timedelta(days=2)
    known = {"supplier_id": SUPPLIER, "buyer_id": BUYER, "now": NOW, "placed_at": at, "time_zone": "UTC"}
    await score.note(uuid7(), kind="accepted", at=at + timedelta(hours=3), **known)  # type: ignore[arg-type]
    noting = Held(
        lambda: score.note(uuid7(), kind="accepted", at=at + timedelta(hours=5), **known),  # type: ignore[arg-type]
        actor=WORKER,
    )
    await noting.until_done()
    await score.recompute(NOW)
    await noting.commit()
    assert await score.recompute(NOW) == 1
    (rates,) = await score.rates_in_order([SUPPLIER])
    assert rates is not None
    assert (rates.acceptance.k, rates.acceptance.n) == (2, 2)
