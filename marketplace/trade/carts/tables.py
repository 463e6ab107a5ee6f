"""Owns the tables of carts: one open cart per organisation and person, and its lines."""

from __future__ import annotations

from piccolo.columns import UUID, BigInt, Integer, Numeric, Text, Timestamptz
from piccolo.table import Table


class Cart(Table, tablename="carts", schema="trade"):
    """A cart; `version` grows with every change of it, so that a checkout knows what the buyer saw."""

    id = UUID(primary_key=True, null=False, default=None)
    organisation_id = UUID(null=False, default=None)
    person_id = UUID(null=False, default=None)
    state = Text(null=False, default="open")
    address_id = UUID(null=True, default=None)
    version = Integer(null=False, default=1)
    created_at = Timestamptz(null=False, default=None)
    updated_at = Timestamptz(null=False, default=None)


class CartLine(Table, tablename="cart_lines", schema="trade"):
    """One offer in a cart with the price that was seen when it was put in; `quantity` counts the smallest step of the unit."""

    id = UUID(primary_key=True, null=False, default=None)
    cart_id = UUID(null=False, default=None)
    organisation_id = UUID(null=False, default=None)
    product_id = UUID(null=False, default=None)
    offer_id = UUID(null=False, default=None)
    quantity = BigInt(null=False, default=None)
    seen_unit_price = Numeric(digits=(20, 6), null=False, default=None)
    seen_currency = Text(null=False, default=None)
    added_at = Timestamptz(null=False, default=None)
