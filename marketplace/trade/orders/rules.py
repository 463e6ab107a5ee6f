"""Owns what an order may do: its states and edges, how quantities move with them, and what follows from them. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from marketplace.kernel.machine.rules import Machine

if TYPE_CHECKING:
    from collections.abc import Iterable

ORDER_MACHINE: Final = Machine(
    entity="order",
    edges={
        "": ("pending_approval", "awaiting_acceptance"),
        "pending_approval": ("awaiting_acceptance", "cancelled"),
        "awaiting_acceptance": ("accepted", "partly_accepted", "refused", "timed_out", "cancelled"),
        "accepted": ("partially_shipped", "shipped", "cancelled"),
        "partly_accepted": ("partially_shipped", "shipped", "cancelled"),
        "partially_shipped": ("shipped",),
        "shipped": ("delivered",),
        "delivered": ("closed",),
    },
)
AWAITING: Final = ("awaiting_acceptance",)
ACCEPTED: Final = ("accepted", "partly_accepted")
TO_SHIP: Final = ("accepted", "partly_accepted", "partially_shipped")
ENDED: Final = ("refused", "timed_out", "cancelled", "delivered", "closed")
