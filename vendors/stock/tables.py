"""Owns the tables of stock."""

from piccolo.columns import UUID, BigInt, Text, Timestamptz
from piccolo.table import Table


class StockLevel(Table, tablename="stock_levels", schema="vendors"):
    """What of an offer lies at a site; its key is (product_id, offer_id, site_id). Available = on_hand - reserved - safety.

    `short_since` is set while a count stands below what is reserved: the offer then shows as short.
    """

    product_id = UUID(null=False, default=None)
    offer_id = UUID(primary_key=True, default=None)
    site_id = UUID(null=False, default=None)
    on_hand = BigInt(null=False, default=0)
    reserved = BigInt(null=False, default=0)
    safety = BigInt(null=False, default=0)
    counted_at = Timestamptz(null=False, default=None)
    short_since = Timestamptz(null=True, default=None)


class StockMovement(Table, tablename="stock_movements", schema="vendors"):
    """One change of `on_hand`, append-only: opening, receipt, count (a difference), shipped (negative) or returned."""

    id = UUID(primary_key=True, default=None)
    product_id = UUID(null=False, default=None)
    offer_id = UUID(null=False, default=None)
    site_id = UUID(null=False, default=None)
    kind = Text(null=False, default=None)
    quantity = BigInt(null=False, default=None)
    order_id = UUID(null=True, default=None)
    actor = Text(null=False, default=None)
    at = Timestamptz(null=False, default=None)


class StockReservation(Table, tablename="stock_reservations", schema="vendors"):
    """A quantity kept for an order line. `expires_at` is null once the supplier has accepted; order ids are plain, trade lies above."""

    id = UUID(primary_key=True, default=None)
    product_id = UUID(null=False, default=None)
    offer_id = UUID(null=False, default=None)
    site_id = UUID(null=False, default=None)
    order_id = UUID(null=False, default=None)
    order_line_id = UUID(null=False, default=None)
    buyer_id = UUID(null=False, default=None)
    supplier_id = UUID(null=False, default=None)
    quantity = BigInt(null=False, default=None)
    state = Text(null=False, default="open")
    expires_at = Timestamptz(null=True, default=None)
    created_at = Timestamptz(null=False, default=None)
    closed_at = Timestamptz(null=True, default=None)


class StockWatch(Table, tablename="stock_watches", schema="vendors"):
    """From when on a supplier is warned of an offer: `threshold` steps of the unit, or days of cover; its key is (product_id, offer_id)."""

    product_id = UUID(null=False, default=None)
    offer_id = UUID(primary_key=True, default=None)
    supplier_id = UUID(null=False, default=None)
    kind = Text(null=False, default=None)
    threshold = BigInt(null=False, default=None)
    actor = Text(null=False, default=None)
    updated_at = Timestamptz(null=False, default=None)


class StockAlert(Table, tablename="stock_alerts", schema="vendors"):
    """One time at which an offer's stock was low: `threshold` and `available` in steps as it began. At most one of an offer is open."""

    id = UUID(primary_key=True, default=None)
    product_id = UUID(null=False, default=None)
    offer_id = UUID(null=False, default=None)
    supplier_id = UUID(null=False, default=None)
    threshold = BigInt(null=False, default=None)
    available = BigInt(null=False, default=None)
    raised_at = Timestamptz(null=False, default=None)
    recovered_at = Timestamptz(null=True, default=None)
