"""Owns the tables of payments: one payment per group and currency, and in it one share per order."""

from __future__ import annotations

from piccolo.columns import UUID, BigInt, Date, Integer, SmallInt, Text, Timestamptz
from piccolo.table import Table


class Payment(Table, tablename="payments", schema="trade"):
    """What a buyer pays for one group in one currency; the amounts in it are sums of its shares."""

    id = UUID(primary_key=True, null=False, default=None)
    group_id = UUID(null=False, default=None)
    buyer_id = UUID(null=False, default=None)
    currency = Text(null=False, default=None)
    amount_minor = BigInt(null=False, default=None)
    voided_minor = BigInt(null=False, default=0)
    method = Text(null=False, default="manual_transfer")
    timing = Text(null=False, default="due_date")
    due_days = SmallInt(null=False, default=30)
    due_on = Date(null=True, default=None)
    state = Text(null=False, default="requires_action")
    psp = Text(null=True, default=None)
    psp_id = Text(null=True, default=None)
    version = Integer(null=False, default=1)
    created_at = Timestamptz(null=False, default=None)


class PaymentShare(Table, tablename="payment_shares", schema="trade"):
    """The part of a payment that belongs to one order; shares of a payment sum to it exactly."""

    id = UUID(primary_key=True, null=False, default=None)
    payment_id = UUID(null=False, default=None)
    order_id = UUID(null=False, default=None, unique=True)
    buyer_id = UUID(null=False, default=None)
    vendor_id = UUID(null=False, default=None)
    currency = Text(null=False, default=None)
    amount_minor = BigInt(null=False, default=None)
    authorised_minor = BigInt(null=False, default=0)
    captured_minor = BigInt(null=False, default=0)
    refunded_minor = BigInt(null=False, default=0)
    voided_minor = BigInt(null=False, default=0)
    method = Text(null=False, default="manual_transfer")
    timing = Text(null=False, default="due_date")
    due_days = SmallInt(null=False, default=30)
    due_on = Date(null=True, default=None)
    state = Text(null=False, default="requires_action")
    version = Integer(null=False, default=1)
