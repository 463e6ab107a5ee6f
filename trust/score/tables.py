"""Owns the tables of the score: every event it learnt, what became of each order, each supplier's rates, and the means they are drawn towards."""

from piccolo.columns import UUID, BigInt, Boolean, Date, Integer, Numeric, Text, Timestamptz
from piccolo.table import Table


class Event(Table, tablename="events", schema="trust"):
    """One thing that a fact told of an order, kept for good. A correction is a further `version` of the same kind, with its reason."""

    id = UUID(primary_key=True, default=None)
    order_id = UUID(null=False, default=None)
    supplier_id = UUID(null=False, default=None)
    buyer_id = UUID(null=False, default=None)
    kind = Text(null=False, default=None)
    version = Integer(null=False, default=1)
    at = Timestamptz(null=False, default=None)
    placed_at = Timestamptz(null=True, default=None)
    promised_on = Date(null=True, default=None)
    time_zone = Text(null=False, default="")
    delivered_on = Date(null=True, default=None)
    cancelled_by = Text(null=False, default="")
    category_id = UUID(null=True, default=None)
    order_number = Text(null=False, default="")
    is_void = Boolean(null=False, default=False)
    reason = Text(null=False, default="")
    actor = Text(null=False, default="")
    recorded_at = Timestamptz(null=False, default=None)


class CategoryMean(Table, tablename="category_means", schema="trust"):
    """What all suppliers together came to in a top category (None: in the whole market) up to a moment; never changed."""

    id = UUID(primary_key=True, default=None)
    as_of = Timestamptz(null=False, default=None)
    measure = Text(null=False, default=None)
    category_id = UUID(null=True, default=None)
    k = BigInt(null=False, default=None)
    n = BigInt(null=False, default=None)
    mean = Numeric(digits=(7, 6), null=False, default=None)
    formula = Text(null=False, default=None)


class OrderOutcome(Table, tablename="order_outcomes", schema="trust"):
    """What became of one order: its events folded into a row, for counting. The order stands in trade, above: its id is plain."""

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
    category_id = UUID(null=True, default=None)
    order_number = Text(null=False, default="")


class SupplierRate(Table, tablename="supplier_rates", schema="trust"):
    """A supplier's rates over the window that ends at `as_of`; worked out from the events, never edited."""

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
    response_n = BigInt(null=False, default=0)
    response_low = Numeric(digits=(8, 2), null=True, default=None)
    response_high = Numeric(digits=(8, 2), null=True, default=None)
    formula = Text(null=False, default="rates-1")
    on_time_rate = Numeric(digits=(7, 6), null=True, default=None)
    on_time_mean = Numeric(digits=(7, 6), null=True, default=None)
    acceptance_rate = Numeric(digits=(7, 6), null=True, default=None)
    acceptance_mean = Numeric(digits=(7, 6), null=True, default=None)
    means_as_of = Timestamptz(null=True, default=None)


class StaleSupplier(Table, tablename="stale_suppliers", schema="trust"):
    """A supplier of whom a fact came since the last computing."""

    supplier_id = UUID(primary_key=True, default=None)
    since = Timestamptz(null=False, default=None)
