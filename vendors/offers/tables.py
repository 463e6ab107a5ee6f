"""Owns the tables of offers and their prices."""

from piccolo.columns import UUID, Array, BigInt, Boolean, Integer, Numeric, SmallInt, Text, Timestamptz
from piccolo.table import Table


class Offer(Table, tablename="offers", schema="vendors"):
    """One supplier's offer on one product; its key is (product_id, id). Quantities count the smallest step of the unit.

    `lead_days` are working days of the site until hand-over. `origin_country` is where the goods are made (duty), the site where
    they leave from (freight). `is_watched` says that its supplier is warned of low stock; where it is false nobody has to look.
    """

    product_id = UUID(null=False, default=None)
    id = UUID(primary_key=True, default=None)
    supplier_id = UUID(null=False, default=None)
    supplier_sku = Text(null=False, default=None)
    state = Text(null=False, default="approved")
    currency = Text(null=False, default=None)
    unit_code = Text(null=False, default="C62")
    moq = BigInt(null=False, default=1)
    multiple = BigInt(null=False, default=1)
    pack_size = BigInt(null=False, default=1)
    lead_days = SmallInt(null=False, default=1)
    incoterm = Text(null=False, default="EXW")
    origin_country = Text(null=False, default=None)
    condition = Text(null=False, default="new")
    site_id = UUID(null=False, default=None)
    valid_from = Timestamptz(null=False, default=None)
    valid_to = Timestamptz(null=True, default=None)
    allows_backorder = Boolean(null=False, default=False)
    visibility = Text(null=False, default="public")
    version = BigInt(null=False, default=1)
    created_at = Timestamptz(null=False, default=None)
    updated_at = Timestamptz(null=False, default=None)
    is_watched = Boolean(null=False, default=False)
    # The product it was made on, where that was merged into the one that it stands on now.
    home_id = UUID(null=True, default=None)


class OfferKey(Table, tablename="offer_keys", schema="vendors"):
    """A supplier's own article number, normalised, which names exactly one offer whatever product it stands on."""

    supplier_id = UUID(primary_key=True, default=None)
    sku_key = Text(null=False, default=None)
    product_id = UUID(null=False, default=None)
    offer_id = UUID(null=False, default=None)


class PriceVersion(Table, tablename="price_versions", schema="vendors"):
    """The price of an offer from a moment on, append-only. `tier_from` are ascending lower bounds, `tier_price` the unit price from each.

    In force at a moment is, of the versions that have begun, not ended and not been withdrawn, the one with the latest `valid_from`, and among equal
    ones the highest `seq`: `vendors.price_in_force` says so to every statement. `valid_to` None holds until another one begins;
    the mark of a withdrawn one is set by its withdrawal.
    """

    id = UUID(primary_key=True, default=None)
    product_id = UUID(null=False, default=None)
    offer_id = UUID(null=False, default=None)
    seq = Integer(null=False, default=1)
    valid_from = Timestamptz(null=False, default=None)
    tier_from = Array(base_column=BigInt(), null=False, default=None)
    tier_price = Array(base_column=Numeric(digits=(20, 6)), null=False, default=None)
    actor = Text(null=False, default=None)
    created_at = Timestamptz(null=False, default=None)
    valid_to = Timestamptz(null=True, default=None)
    is_withdrawn = Boolean(null=False, default=False)
