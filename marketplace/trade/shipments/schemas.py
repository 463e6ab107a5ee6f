"""Owns the shapes of shipments."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

import msgspec

from marketplace.kernel.quantity import Steps
from marketplace.kernel.versions import Version
from marketplace.trade.orders.schemas import Quantity

Carrier = Annotated[str, msgspec.Meta(min_length=1, max_length=60, pattern=r"^[^\x00-\x1f\x7f]+$")]
TrackingNumber = Annotated[str, msgspec.Meta(min_length=3, max_length=60, pattern="^[A-Za-z0-9][A-Za-z0-9 ./_-]*$")]


class ShipLine(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How much of a line is handed over, in its unit."""

    line_id: UUID
    quantity: Quantity


class ShipIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A hand-over to a carrier; without lines everything that is left to ship. `version` is the order's, and may come as If-Match."""

    carrier: Carrier
    tracking_number: TrackingNumber
    lines: Annotated[list[ShipLine], msgspec.Meta(max_length=500)] = []
    version: Version | None = None


class Parcel(msgspec.Struct, frozen=True, kw_only=True):
    """What of an order goes out, by line in steps of the unit (empty: all that is left), and the order's version that was looked at."""

    lines: dict[UUID, int] = {}
    version: int | None = None


class DeliverIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The buyer's word that a shipment has arrived."""

    version: Version | None = None


class ShipmentLineOut(msgspec.Struct, kw_only=True):
    """What a shipment carries of one order line; an answer tells it in the unit."""

    order_line_id: UUID
    product_id: UUID
    title: str
    quantity: Steps
    unit_code: str
    unit_decimals: int


class ShipmentOut(msgspec.Struct, kw_only=True):
    """A shipment; `delivered_on` is the day in the ship-to zone, `is_last` says that with its arrival the order is delivered."""

    id: UUID
    order_id: UUID
    order_number: str
    number: str
    buyer_id: UUID
    vendor_id: UUID
    vendor_name: str
    buyer_name: str
    carrier: str
    tracking_number: str
    state: str
    handed_over_at: datetime | None
    delivered_at: datetime | None
    delivered_on: date | None
    promised_on: date | None
    time_zone: str
    version: int
    is_last: bool
    lines: list[ShipmentLineOut] = []


class HeldShipment(msgspec.Struct, frozen=True, kw_only=True):
    """A shipment as a change needs it."""

    id: UUID
    order_id: UUID
    number: str
    buyer_id: UUID
    vendor_id: UUID
    state: str
    version: int
    handed_over_at: datetime
    quantities: dict[UUID, int]


class NewShipment(msgspec.Struct, frozen=True, kw_only=True):
    """A shipment to write; `quantities` by order line."""

    id: UUID
    order_id: UUID
    order_number: str
    buyer_id: UUID
    vendor_id: UUID
    carrier: str
    tracking_number: str
    handed_over_at: datetime
    quantities: dict[UUID, int]
