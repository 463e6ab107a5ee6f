"""Owns the tables of shipments: what of an order was handed over to a carrier."""

from __future__ import annotations

from piccolo.columns import UUID, BigInt, Date, Integer, SmallInt, Text, Timestamptz
from piccolo.table import Table


class Shipment(Table, tablename="shipments", schema="trade"):
    """One consignment of one order; the tracking number is unique per carrier."""

    id = UUID(primary_key=True, null=False, default=None)
    order_id = UUID(null=False, default=None)
    buyer_id = UUID(null=False, default=None)
    vendor_id = UUID(null=False, default=None)
    position = SmallInt(null=False, default=None)
    number = Text(null=False, default=None, unique=True)
    carrier = Text(null=False, default=None)
    tracking_number = Text(null=False, default=None)
    state = Text(null=False, default=None)
    handed_over_at = Timestamptz(null=True, default=None)
    delivered_at = Timestamptz(null=True, default=None)
    delivered_on = Date(null=True, default=None)
    version = Integer(null=False, default=1)
    created_at = Timestamptz(null=False, default=None)


class ShipmentLine(Table, tablename="shipment_lines", schema="trade"):
    """How much of one order line a shipment carries, in steps of the unit."""

    id = UUID(primary_key=True, null=False, default=None)
    shipment_id = UUID(null=False, default=None)
    order_id = UUID(null=False, default=None)
    order_line_id = UUID(null=False, default=None)
    buyer_id = UUID(null=False, default=None)
    vendor_id = UUID(null=False, default=None)
    quantity = BigInt(null=False, default=None)
