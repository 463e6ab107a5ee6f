"""Owns the table of flagged numbers."""

from piccolo.columns import UUID, Integer, Numeric, Text, Timestamptz
from piccolo.table import Table


class NumberFlag(Table, tablename="number_flags", schema="catalogue"):
    """A product's number far outside the usual range of the `n` numbers of its key in its category, or in its type where it has none."""

    id = UUID(primary_key=True, default=None)
    product_id = UUID(null=False, default=None)
    key = Text(null=False, default=None)
    value = Numeric(null=False, default=None)
    usual_low = Numeric(null=False, default=None)
    usual_high = Numeric(null=False, default=None)
    median = Numeric(null=False, default=None)
    n = Integer(null=False, default=None)
    category_id = UUID(null=True, default=None)
    type = Text(null=True, default=None)
    found_at = Timestamptz(null=False, default=None)
    state = Text(null=False, default="open")
    decided_at = Timestamptz(null=True, default=None)
    decided_by = Text(null=True, default=None)
