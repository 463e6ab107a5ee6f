"""Owns what a payment may do and when it lets an order ship. Pure."""

from __future__ import annotations

from typing import Final

from marketplace.kernel.machine.schemas import Machine

PAYMENT_MACHINE: Final = Machine(
    entity="payment",
    edges={
        "requires_action": ("processing", "authorised", "captured", "failed", "cancelled"),
        "processing": ("authorised", "captured", "failed"),
        "authorised": ("captured", "cancelled"),
        "captured": ("partly_refunded", "refunded", "disputed"),
        "partly_refunded": ("refunded", "disputed"),
        "failed": ("requires_action", "cancelled"),
    },
    initial=("requires_action",),
    table="trade.payments",
)
_AFTER_SHIPMENT: Final = frozenset({"shipment", "delivery", "due_date"})


def may_ship(*, timing: str, state: str) -> bool:
    """Tell whether payment lets an order ship: it is paid or authorised, or is not due before shipment."""
    return timing in _AFTER_SHIPMENT or state in {"authorised", "captured"}
