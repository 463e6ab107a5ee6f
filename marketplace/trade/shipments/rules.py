"""Owns what a shipment may do. Pure."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from marketplace.kernel.machine.schemas import Machine

if TYPE_CHECKING:
    from datetime import date, datetime

SHIPMENT_MACHINE: Final = Machine(
    entity="shipment",
    edges={
        "pre_transit": ("handed_over", "voided"),
        "handed_over": ("in_transit", "out_for_delivery", "delivered", "exception", "lost", "returned"),
        "in_transit": ("out_for_delivery", "delivered", "exception", "lost", "returned"),
        "out_for_delivery": ("delivered", "exception", "lost", "returned"),
        "exception": ("in_transit", "out_for_delivery", "delivered", "lost", "returned"),
    },
    initial=("pre_transit", "handed_over"),
    table="trade.shipments",
)
UNDER_WAY: Final = ("handed_over", "in_transit", "out_for_delivery", "exception")


def day_in(zone: str, moment: datetime) -> date:
    """Give the day it is in a zone; an order's dates are days where it is shipped to."""
    return moment.astimezone(ZoneInfo(zone) if zone else UTC).date()
