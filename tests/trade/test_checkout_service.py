"""Tests of checkout: what it makes of a cart, exactly, and what it refuses."""

from __future__ import annotations

import pytest

from marketplace.trade.orders import service as orders
from marketplace.trade.payments import service as payments
from tests.conftest import NOW
from tests.trade import deals

pytestmark = pytest.mark.usefixtures("rolled_back")


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
