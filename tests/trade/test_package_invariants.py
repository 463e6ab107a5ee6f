"""Tests of the invariants of trade: each finds the break that it is there for, and none in a market at rest."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from marketplace.kernel.actor import WORKER
from marketplace.kernel.database import connection, savepoint, transaction
from marketplace.trade.orders import service as orders
from marketplace.trade.package import PACKAGE
from tests.conftest import NOW
from tests.trade import deals

if TYPE_CHECKING:
    from uuid import UUID

pytestmark = pytest.mark.usefixtures("rolled_back")
LATER = NOW + timedelta(hours=2)
BREAKS = {
    "O3-state": "UPDATE trade.orders SET state = 'shipped' WHERE id = $1",
    "S4-orders": "UPDATE vendors.stock_reservations SET quantity = quantity - 1 WHERE order_id = $1",
    "P-voided": "UPDATE trade.orders SET state = 'refused', updated_at = '2026-11-01' WHERE id = $1",
    "P3-shares": "UPDATE trade.payments p SET voided_minor = 1 FROM trade.payment_shares s WHERE s.payment_id = p.id AND s.order_id = $1",
    "O5": "UPDATE trade.carts c SET state = 'open' FROM trade.orders o JOIN trade.order_groups g ON g.id = o.group_id WHERE c.id = g.cart_id AND o.id = $1",
    "H1": "UPDATE trade.order_lines SET to_ship = to_ship - 1, shipped = shipped + 1, in_transit = in_transit + 1 WHERE order_id = $1",
}


async def found(code: str, order_id: UUID) -> bool:
    """Tell whether an invariant answers any row; the world at rest has none."""
    assert order_id
    rule = next(each for each in PACKAGE.invariants if each.code == code)
    values = [NOW - timedelta(seconds=rule.lag_seconds)] if "$1" in rule.sql else []
    return bool(await connection().fetch(rule.sql, *values))


class Undone(Exception):
    """The break is taken back."""


@pytest.mark.parametrize("code", list(BREAKS))
async def test_each_invariant_finds_its_break(code: str) -> None:
    market = await deals.deal(now=NOW)
    (order_id,) = (await deals.place(market, (market.hansa_offer, 5), now=NOW)).order_ids
    if code == "H1":
        await orders.accept_order(order_id, actor=market.hansa.actor, now=LATER)
    async with transaction(actor=WORKER):
        assert not await found(code, order_id)
        with pytest.raises(Undone):
            async with savepoint():
                await connection().execute(BREAKS[code], order_id)
                assert await found(code, order_id)
                raise Undone


async def test_a_market_at_rest_breaks_no_invariant() -> None:
    market = await deals.deal(now=NOW)
    placed = await deals.place(market, (market.hansa_offer, 5), (market.kuwait_offer, 2), now=NOW)
    await orders.refuse_order(placed.order_ids[0], actor=market.hansa.actor, now=LATER, reason="Sold out.")
    await deals.drain(LATER)
    async with transaction(actor=WORKER):
        for rule in PACKAGE.invariants:
            values = [NOW - timedelta(seconds=rule.lag_seconds)] if "$1" in rule.sql else []
            assert await connection().fetch(rule.sql, *values) == [], rule.code
