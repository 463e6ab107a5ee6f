"""Owns the table of disputes."""

from piccolo.columns import UUID, BigInt, Text, Timestamptz
from piccolo.table import Table


class MatchDispute(Table, tablename="match_disputes", schema="vendors"):
    """A supplier says that its offer is another thing than the product it stands on, and what it is; at most one of an offer is open."""

    id = UUID(primary_key=True, default=None)
    supplier_id = UUID(null=False, default=None)
    offer_id = UUID(null=False, default=None)
    product_id = UUID(null=False, default=None)
    reason = Text(null=False, default=None)
    title = Text(null=False, default=None)
    brand = Text(null=False, default="")
    part_number = Text(null=False, default="")
    state = Text(null=False, default="open")
    answer = Text(null=False, default="")
    asked_by = Text(null=False, default=None)
    asked_at = Timestamptz(null=False, default=None)
    decided_by = Text(null=False, default="")
    decided_at = Timestamptz(null=True, default=None)
    new_product_id = UUID(null=True, default=None)
    version = BigInt(null=False, default=1)
