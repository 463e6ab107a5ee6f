"""Owns the table of acts on suppliers."""

from piccolo.columns import UUID, Date, Text, Timestamptz
from piccolo.table import Table


class SupplierAct(Table, tablename="supplier_acts", schema="vendors"):
    """One act on a supplier's life with its reason, only ever appended: of a notice, the reason is the statement that the supplier is owed."""

    id = UUID(primary_key=True, default=None)
    supplier_id = UUID(null=False, default=None)
    act = Text(null=False, default=None)
    from_state = Text(null=False, default=None)
    to_state = Text(null=False, default=None)
    closed_from = Date(null=True, default=None)
    closed_to = Date(null=True, default=None)
    ends_on = Date(null=True, default=None)
    reason = Text(null=False, default=None)
    principal = Text(null=False, default=None)
    by_side = Text(null=False, default=None)
    at = Timestamptz(null=False, default=None)
