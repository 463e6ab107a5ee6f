"""Owns the tables of the score: what became of each order, and each supplier's rates."""

from piccolo.columns import UUID, BigInt, Boolean, Date, Integer, Numeric, Text, Timestamptz
from piccolo.table import Table


class OrderOutcome(Table, tablename="order_outcomes", schema="trust"):
    """What became of one order, as the facts told it. The order stands in trade, above: its id is plain."""

    order_id = UUID(primary_key=True, default=None)
    supplier_id = UUID(null=False, default=None)
    buyer_id = UUID(null=False, default=None)
    placed_at = Timestamptz(null=True, default=None)
    accepted_at = Timestamptz(null=True, default=None)
    refused_at = Timestamptz(null=True, default=None)
    is_timed_out = Boolean(null=False, default=False)
    cancelled_at = Timestamptz(null=True, default=None)
    cancelled_by = Text(null=False, default="")
    promised_on = Date(null=True, default=None)
    time_zone = Text(null=False, default="UTC")
    delivered_at = Timestamptz(null=True, default=None)
    delivered_on = Date(null=True, default=None)


class SupplierRate(Table, tablename="supplier_rates", schema="trust"):
    """A supplier's rates over the window that ends at `as_of`; recomputed from the outcomes, never edited."""

    supplier_id = UUID(primary_key=True, default=None)
    as_of = Timestamptz(null=False, default=None)
    window_days = Integer(null=False, default=365)
    on_time_k = BigInt(null=False, default=0)
    on_time_n = BigInt(null=False, default=0)
    on_time_low = Numeric(digits=(7, 6), null=True, default=None)
    on_time_high = Numeric(digits=(7, 6), null=True, default=None)
    acceptance_k = BigInt(null=False, default=0)
    acceptance_n = BigInt(null=False, default=0)
    acceptance_low = Numeric(digits=(7, 6), null=True, default=None)
    acceptance_high = Numeric(digits=(7, 6), null=True, default=None)
    response_hours = Numeric(digits=(8, 2), null=True, default=None)
    formula = Text(null=False, default="rates-1")


class StaleSupplier(Table, tablename="stale_suppliers", schema="trust"):
    """A supplier of whom a fact came since the last computing."""

    supplier_id = UUID(primary_key=True, default=None)
    since = Timestamptz(null=False, default=None)
