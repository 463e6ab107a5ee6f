"""Owns orders' reactions to facts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from marketplace.trade.orders import service

if TYPE_CHECKING:
    from datetime import datetime

    from marketplace.kernel.contracts import OrderPlaced


async def on_order_placed(fact: OrderPlaced, now: datetime) -> None:
    """Accept in the supplier's name where the supplier takes every order as it comes."""
    await service.accept_automatically(fact.order_id, supplier_id=fact.supplier_id, now=now)
