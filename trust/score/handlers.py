"""Owns what the score learns from the facts of orders."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trust.score.service import note

if TYPE_CHECKING:
    from datetime import datetime

    from marketplace.kernel.contracts import OrderAccepted, OrderCancelled, OrderDelivered, OrderPlaced, OrderRefused


async def on_order_placed(fact: OrderPlaced, now: datetime) -> None:
    """Begin the order's outcome, in the top category of what it orders."""
    await note(
        fact.order_id, kind="placed", supplier_id=fact.supplier_id, buyer_id=fact.buyer_id, at=fact.placed_at, now=now, product_ids=fact.product_ids,
        placed_at=fact.placed_at, order_number=fact.number,
    )  # fmt: skip


async def on_order_accepted(fact: OrderAccepted, now: datetime) -> None:
    """Note the acceptance with the first promise."""
    await note(
        fact.order_id, kind="accepted", supplier_id=fact.supplier_id, buyer_id=fact.buyer_id, at=fact.accepted_at, now=now,
        placed_at=fact.placed_at, promised_on=fact.promised_on, time_zone=fact.time_zone,
    )  # fmt: skip


async def on_order_refused(fact: OrderRefused, now: datetime) -> None:
    """Note the refusal, or that no answer came in time."""
    await note(
        fact.order_id, kind="timed_out" if fact.timed_out else "refused", supplier_id=fact.supplier_id, buyer_id=fact.buyer_id, at=fact.refused_at,
        now=now, placed_at=fact.placed_at,
    )  # fmt: skip


async def on_order_cancelled(fact: OrderCancelled, now: datetime) -> None:
    """Note who cancelled: such an order is neither on time nor late."""
    await note(
        fact.order_id, kind="cancelled", supplier_id=fact.supplier_id, buyer_id=fact.buyer_id, at=fact.cancelled_at, now=now, cancelled_by=fact.by
    )  # fmt: skip


async def on_order_delivered(fact: OrderDelivered, now: datetime) -> None:
    """Note the delivery's date in the ship-to zone."""
    await note(
        fact.order_id, kind="delivered", supplier_id=fact.supplier_id, buyer_id=fact.buyer_id, at=fact.delivered_at, now=now,
        delivered_on=fact.delivered_on,
    )  # fmt: skip
