"""Owns payments' reactions to what becomes of orders; each may run twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

from marketplace.trade.payments import service

if TYPE_CHECKING:
    from datetime import datetime

    from marketplace.kernel.contracts import OrderAccepted, OrderCancelled, OrderDelivered, OrderRefused


async def on_order_accepted(fact: OrderAccepted, now: datetime) -> None:
    """Void what a partial acceptance left out."""
    if fact.is_partial:
        await service.void_what_is_not_owed(fact.order_id, now=now)


async def on_order_refused(fact: OrderRefused, now: datetime) -> None:
    """Void the share of a refused or timed-out order, and of no other."""
    await service.void_what_is_not_owed(fact.order_id, now=now)


async def on_order_cancelled(fact: OrderCancelled, now: datetime) -> None:
    """Void the share of a cancelled order."""
    await service.void_what_is_not_owed(fact.order_id, now=now)


async def on_order_delivered(fact: OrderDelivered, now: datetime) -> None:
    """Count the days to pay from the day of delivery."""
    del now
    await service.set_due(fact.order_id, delivered_on=fact.delivered_on)
