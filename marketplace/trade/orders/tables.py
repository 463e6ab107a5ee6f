"""Owns the tables of orders: groups with totals per currency, orders of one supplier each, lines, and promises that are only ever appended."""

from __future__ import annotations

from piccolo.columns import JSONB, UUID, BigInt, Boolean, Date, Integer, Numeric, SmallInt, Text, Timestamptz
from piccolo.table import Table


class OrderGroup(Table, tablename="order_groups", schema="trade"):
    """What one checkout made of one cart; its state is derived from its orders."""

    id = UUID(primary_key=True, null=False, default=None)
    number = Text(null=False, default=None, unique=True)
    cart_id = UUID(null=False, default=None, unique=True)
    buyer_id = UUID(null=False, default=None)
    person_id = UUID(null=False, default=None)
    placed_at = Timestamptz(null=False, default=None)
    ship_to = JSONB(null=False, default=None)
    po_number = Text(null=False, default="")


class OrderGroupTotal(Table, tablename="order_group_totals", schema="trade"):
    """The exact sum of a group's orders in one currency."""

    id = UUID(primary_key=True, null=False, default=None)
    group_id = UUID(null=False, default=None)
    buyer_id = UUID(null=False, default=None)
    currency = Text(null=False, default=None)
    goods_minor = BigInt(null=False, default=None)
    freight_minor = BigInt(null=False, default=None)
    discount_minor = BigInt(null=False, default=0)
    net_minor = BigInt(null=False, default=None)
    tax_minor = BigInt(null=True, default=None)
    gross_minor = BigInt(null=False, default=None)


class Order(Table, tablename="orders", schema="trade"):
    """An order with one supplier in one currency; names, address and terms are snapshots of the moment it was placed."""

    id = UUID(primary_key=True, null=False, default=None)
    group_id = UUID(null=False, default=None)
    number = Text(null=False, default=None, unique=True)
    position = SmallInt(null=False, default=None)
    buyer_id = UUID(null=False, default=None)
    vendor_id = UUID(null=False, default=None)
    person_id = UUID(null=False, default=None)
    buyer_name = Text(null=False, default=None)
    vendor_name = Text(null=False, default=None)
    currency = Text(null=False, default=None)
    goods_minor = BigInt(null=False, default=None)
    freight_minor = BigInt(null=False, default=None)
    freight_state = Text(null=False, default="known")
    freight_source = Text(null=False, default="")
    freight_as_of = Timestamptz(null=True, default=None)
    freight_is_invented = Boolean(null=False, default=False)
    duty_state = Text(null=False, default="unknown")
    duty_minor = BigInt(null=True, default=None)
    duty_source = Text(null=False, default="")
    discount_minor = BigInt(null=False, default=0)
    net_minor = BigInt(null=False, default=None)
    tax_minor = BigInt(null=True, default=None)
    gross_minor = BigInt(null=False, default=None)
    state = Text(null=False, default=None)
    po_number = Text(null=False, default="")
    ship_to = JSONB(null=False, default=None)
    time_zone = Text(null=False, default=None)
    promised_on = Date(null=True, default=None)
    may_ship = Boolean(null=False, default=False)
    placed_at = Timestamptz(null=False, default=None)
    accept_by = Timestamptz(null=False, default=None)
    accepted_at = Timestamptz(null=True, default=None)
    ended_at = Timestamptz(null=True, default=None)
    delivered_at = Timestamptz(null=True, default=None)
    cancelled_by = Text(null=False, default="")
    end_reason = Text(null=False, default="")
    version = Integer(null=False, default=1)
    updated_at = Timestamptz(null=False, default=None)
    freight_rule = Text(null=False, default="")
    freight_parts = JSONB(null=False, default="[]")
    duty_rule = Text(null=False, default="")


class OrderLine(Table, tablename="order_lines", schema="trade"):
    """One line with the snapshot of its offer; the eleven quantities keep the identities that the CHECKs state, in steps of the unit."""

    id = UUID(primary_key=True, null=False, default=None)
    order_id = UUID(null=False, default=None)
    buyer_id = UUID(null=False, default=None)
    vendor_id = UUID(null=False, default=None)
    position = SmallInt(null=False, default=None)
    product_id = UUID(null=False, default=None)
    offer_id = UUID(null=False, default=None)
    site_id = UUID(null=False, default=None)
    price_version_id = UUID(null=False, default=None)
    title = Text(null=False, default=None)
    supplier_sku = Text(null=False, default=None)
    brand = Text(null=False, default="")
    part_number = Text(null=False, default="")
    unit_code = Text(null=False, default=None)
    unit_decimals = SmallInt(null=False, default=0)
    incoterm = Text(null=False, default="")
    currency = Text(null=False, default=None)
    unit_price = Numeric(digits=(20, 6), null=False, default=None)
    net_minor = BigInt(null=False, default=None)
    tax_minor = BigInt(null=True, default=None)
    gross_minor = BigInt(null=False, default=None)
    quantity = BigInt(null=False, default=None)
    open = BigInt(null=False, default=None)
    accepted = BigInt(null=False, default=0)
    refused = BigInt(null=False, default=0)
    withdrawn = BigInt(null=False, default=0)
    to_ship = BigInt(null=False, default=0)
    shipped = BigInt(null=False, default=0)
    cancelled = BigInt(null=False, default=0)
    in_transit = BigInt(null=False, default=0)
    delivered = BigInt(null=False, default=0)
    lost = BigInt(null=False, default=0)
    returned = BigInt(null=False, default=0)
    condition = Text(null=False, default="new")


class Promise(Table, tablename="promises", schema="trade"):
    """A promised arrival of one line, a date in the ship-to zone; never overwritten, a new promise is a new row."""

    id = UUID(primary_key=True, null=False, default=None)
    order_line_id = UUID(null=False, default=None)
    order_id = UUID(null=False, default=None)
    buyer_id = UUID(null=False, default=None)
    vendor_id = UUID(null=False, default=None)
    seq = SmallInt(null=False, default=None)
    ready_on = Date(null=True, default=None)
    promised_on = Date(null=True, default=None)
    time_zone = Text(null=False, default=None)
    reason = Text(null=False, default="")
    at = Timestamptz(null=False, default=None)
