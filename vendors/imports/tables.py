"""Owns the tables of the feed."""

from piccolo.columns import JSONB, UUID, Array, BigInt, Boolean, Integer, Numeric, SmallInt, Text, Timestamptz
from piccolo.table import Table


class ImportMapping(Table, tablename="import_mappings", schema="vendors"):
    """How a supplier's files with these heads are read; its key is (supplier_id, fingerprint)."""

    supplier_id = UUID(primary_key=True, default=None)
    fingerprint = Text(null=False, default=None)
    mapping = JSONB(null=False, default="{}")
    actor = Text(null=False, default=None)
    updated_at = Timestamptz(null=False, default=None)


class ImportRun(Table, tablename="import_runs", schema="vendors"):
    """One file of a supplier. `position` counts the rows done in the present step; `lease_token` is whose turn it is, by the database's clock."""

    id = UUID(primary_key=True, default=None)
    supplier_id = UUID(null=False, default=None)
    file_name = Text(null=False, default="")
    file_sha256 = Text(null=False, default=None)
    file_bytes = BigInt(null=False, default=0)
    file_key = Text(null=False, default="")
    choices = JSONB(null=False, default="{}")
    layout = JSONB(null=False, default="{}")
    mapping = JSONB(null=False, default="{}")
    state = Text(null=False, default="waiting")
    position = BigInt(null=False, default=0)
    row_count = BigInt(null=False, default=0)
    new_count = BigInt(null=False, default=0)
    changed_count = BigInt(null=False, default=0)
    unchanged_count = BigInt(null=False, default=0)
    error_count = BigInt(null=False, default=0)
    missing_count = BigInt(null=False, default=0)
    active_count = BigInt(null=False, default=0)
    problem = Text(null=False, default="")
    actor = Text(null=False, default=None)
    version = BigInt(null=False, default=1)
    created_at = Timestamptz(null=False, default=None)
    checked_at = Timestamptz(null=True, default=None)
    finished_at = Timestamptz(null=True, default=None)
    lease_token = UUID(null=True, default=None)
    leased_until = Timestamptz(null=True, default=None)


class ImportRow(Table, tablename="import_rows", schema="vendors"):
    """One row of a file, checked; its key is (run_id, line). Quantities count the unit's smallest step; what the row does not say is NULL.

    `id` becomes the id of what the row makes: an offer, a price version, a movement. `problems` are "code|column|what stood there".
    """

    run_id = UUID(null=False, default=None)
    line = Integer(null=False, default=None)
    supplier_id = UUID(null=False, default=None)
    id = UUID(primary_key=True, default=None)
    sku = Text(null=False, default="")
    sku_key = Text(null=False, default="")
    kind = Text(null=False, default=None)
    action = Text(null=True, default=None)
    product_id = UUID(null=True, default=None)
    offer_id = UUID(null=True, default=None)
    unit_code = Text(null=True, default=None)
    unit_decimals = SmallInt(null=False, default=0)
    currency = Text(null=True, default=None)
    tier_from = Array(base_column=BigInt(), null=True, default=None)
    tier_price = Array(base_column=Numeric(digits=(20, 6)), null=True, default=None)
    moq = BigInt(null=True, default=None)
    multiple = BigInt(null=True, default=None)
    pack_size = BigInt(null=True, default=None)
    lead_days = SmallInt(null=True, default=None)
    incoterm = Text(null=True, default=None)
    origin_country = Text(null=True, default=None)
    condition = Text(null=True, default=None)
    visibility = Text(null=True, default=None)
    site_id = UUID(null=True, default=None)
    stock = BigInt(null=True, default=None)
    safety = BigInt(null=True, default=None)
    allows_backorder = Boolean(null=True, default=None)
    valid_from = Timestamptz(null=True, default=None)
    valid_to = Timestamptz(null=True, default=None)
    problems = Array(base_column=Text(), null=False, default=[])
