"""Owns the tables of saved comparisons: what they are called, and each state that was kept of them."""

from __future__ import annotations

from piccolo.columns import JSONB, UUID, BigInt, Boolean, Integer, Text, Timestamptz
from piccolo.table import Table


class SavedComparison(Table, tablename="saved_comparisons", schema="trade"):
    """A comparison that an organisation keeps under a name. `latest_seq` is the number of its latest state."""

    id = UUID(primary_key=True, null=False, default=None)
    organisation_id = UUID(null=False, default=None)
    product_id = UUID(null=False, default=None)
    product_title = Text(null=False, default=None)
    name = Text(null=False, default=None)
    note = Text(null=False, default="")
    state = Text(null=False, default="active")
    saved_by = UUID(null=True, default=None)
    saved_by_name = Text(null=False, default="")
    latest_seq = Integer(null=False, default=1)
    version = Integer(null=False, default=1)
    created_at = Timestamptz(null=False, default=None)
    updated_at = Timestamptz(null=False, default=None)


class ComparisonSnapshot(Table, tablename="comparison_snapshots", schema="trade"):
    """A comparison exactly as it was answered at a moment, never changed; the columns beside `answer` are what lists show of it."""

    id = UUID(primary_key=True, null=False, default=None)
    comparison_id = UUID(null=False, default=None)
    organisation_id = UUID(null=False, default=None)
    seq = Integer(null=False, default=None)
    taken_at = Timestamptz(null=False, default=None)
    taken_by = UUID(null=True, default=None)
    taken_by_name = Text(null=False, default="")
    ranking_version = Integer(null=False, default=None)
    has_own_weights = Boolean(null=False, default=False)
    offers = Integer(null=False, default=None)
    ranked = Integer(null=False, default=None)
    first_name = Text(null=False, default="")
    lowest_minor = BigInt(null=True, default=None)
    currency = Text(null=False, default=None)
    unit_code = Text(null=False, default=None)
    unit_decimals = Integer(null=False, default=None)
    ask = JSONB(null=False, default=None)
    answer = JSONB(null=False, default=None)
