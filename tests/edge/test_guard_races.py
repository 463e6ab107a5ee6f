"""Races for one thing on connections that are open already, so that nobody is first by waiting for a connection."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from marketplace.kernel.actor import WORKER
from marketplace.kernel.database import connection, transaction
from marketplace.kernel.errors import DomainError
from marketplace.trade.checkout import service as checkout
from marketplace.trade.checkout.errors import CartNotReady
from marketplace.trade.orders import service as orders
from tests.conftest import NOW
from tests.trade import deals
from vendors.stock.errors import OutOfStock

pytestmark = pytest.mark.usefixtures("committed")
ROUNDS = 3
PARALLEL = 16


async def counted(sql: str, *values: object) -> int:
    async with transaction(actor=WORKER):
        return int(await connection().fetchval(sql, *values))


async def warm() -> None:
    """Open every connection of the pool."""
    await asyncio.gather(*(counted("SELECT length(pg_sleep(0.1)::text)") for _ in range(PARALLEL)))


async def outcome(work: Any) -> Any:
    """Give what some work answers, or the error by which it was refused."""
    try:
        return await work
    except DomainError as error:
        return error


async def test_the_last_piece_is_sold_once_to_four_buyers_at_once() -> None:
    await warm()
    for _ in range(ROUNDS):
        market = await deals.deal(now=NOW, on_hand=1)
        buyers = [market.buyer, market.other, deals.colleague(market.buyer), deals.colleague(market.other)]
        ids = [await deals.put(market, market.hansa_offer, 1, now=NOW, by=buyer) for buyer in buyers]
        tries = [
            checkout.checkout(cart_id, address_id=buyer.address_id, actor=buyer.actor, now=NOW) for cart_id, buyer in zip(ids, buyers, strict=True)
        ]
        answers = await asyncio.gather(*(outcome(one) for one in tries))
        assert sorted(isinstance(one, CartNotReady | OutOfStock) for one in answers) == [False, True, True, True], answers
        assert await counted("SELECT count(*) FROM trade.order_lines WHERE offer_id = $1", market.hansa_offer) == 1
        assert await counted("SELECT reserved FROM vendors.stock_levels WHERE offer_id = $1", market.hansa_offer) == 1


async def test_sixteen_acceptances_at_once_change_an_order_once() -> None:
    market = await deals.deal(now=NOW)
    await warm()
    for _ in range(ROUNDS):
        (order_id,) = (await deals.place(market, (market.hansa_offer, 3), now=NOW)).order_ids
        answers = await asyncio.gather(*(outcome(orders.accept_order(order_id, actor=market.hansa.actor, now=NOW)) for _ in range(PARALLEL)))
        assert [isinstance(one, DomainError) for one in answers].count(False) == 1, answers
        assert (await orders.order(order_id, actor=market.buyer.actor)).version == 2
        assert await counted("SELECT count(*) FROM kernel.state_log WHERE entity = 'order' AND entity_id = $1", order_id) == 2
