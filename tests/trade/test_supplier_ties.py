"""Tests of what ties a supplier: open carts, open orders and money due, asked of trade, and that its life is followed by lists and comparisons."""

from __future__ import annotations

from datetime import timedelta

import pytest

from marketplace.kernel.actor import ANONYMOUS
from marketplace.kernel.money import Money
from marketplace.kernel.ports import Ties
from marketplace.trade.orders import service as orders
from marketplace.trade.package import bind_ports
from tests.conftest import NOW
from tests.trade import deals
from vendors.life import service as life
from vendors.life.schemas import LifeChange
from vendors.offers import service as offers

pytestmark = pytest.mark.usefixtures("rolled_back")


@pytest.fixture(autouse=True)
def bound() -> None:
    """Bind what trade answers, as the server does."""
    bind_ports()


async def told(market: deals.Deal) -> Ties:
    found = await life.ties(market.hansa.supplier_id, now=NOW)
    assert found is not None
    return found


async def test_carts_orders_and_money_tie_a_supplier_until_they_are_done() -> None:
    market = await deals.deal(now=NOW)
    assert await told(market) == Ties()
    await deals.put(market, market.hansa_offer, 2, now=NOW)
    assert await told(market) == Ties(carts=1)
    placed = await deals.place(market, (market.hansa_offer, 60), now=NOW)
    tied = await told(market)
    assert (tied.carts, tied.open_orders) == (0, 1)
    (due,) = tied.money_due
    found = await orders.order(placed.order_ids[0], actor=market.buyer.actor)
    assert due == Money(found.gross_minor, "EUR")
    await orders.refuse_order(placed.order_ids[0], actor=market.hansa.actor, now=NOW + timedelta(hours=1), reason="Sold out.")
    await deals.drain(NOW + timedelta(hours=2))
    assert await told(market) == Ties()


async def test_effects_tell_the_same_to_the_supplier_who_may_not_look_into_carts() -> None:
    market = await deals.deal(now=NOW)
    await deals.put(market, market.hansa_offer, 2, now=NOW)
    effects = await life.effects(market.hansa.supplier_id, act="pause", actor=market.hansa.actor, now=NOW)
    assert (effects.carts, effects.open_orders, effects.money_due) == (1, 0, [])


async def test_a_paused_supplier_leaves_comparison_and_list_at_once_and_keeps_its_orders() -> None:
    market = await deals.deal(now=NOW)
    placed = await deals.place(market, (market.hansa_offer, 1), now=NOW)
    before = len(await offers.offers_for_comparison(market.product_id, now=NOW, viewer=ANONYMOUS))
    version = (await life.life(market.hansa.supplier_id, actor=market.hansa.actor, now=NOW)).version
    pause = LifeChange(act="pause", reason="Stocktaking.", version=version)
    await life.change_life(market.hansa.supplier_id, pause, actor=market.hansa.actor, now=NOW)
    assert len(await offers.offers_for_comparison(market.product_id, now=NOW, viewer=ANONYMOUS)) == before - 1
    accepted = await orders.accept_order(placed.order_ids[0], actor=market.hansa.actor, now=NOW + timedelta(hours=1))
    assert accepted.state == "accepted"
    summaries = await offers.offer_summaries([market.product_id], now=NOW, viewer=ANONYMOUS, currency="EUR")
    assert summaries[market.product_id].suppliers == before - 1
