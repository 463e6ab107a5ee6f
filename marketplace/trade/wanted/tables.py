"""Owns the table of what buyers ask for."""

from piccolo.columns import UUID, BigInt, Date, Text, Timestamptz
from piccolo.table import Table


class Wanted(Table, tablename="wanted", schema="trade"):
    """What an organisation asks the market for; of one folded text at most one waits."""

    id = UUID(primary_key=True, default=None)
    organisation_id = UUID(null=False, default=None)
    person_id = UUID(null=False, default=None)
    text = Text(null=False, default=None)
    folded = Text(null=False, default=None)
    quantity = BigInt(null=True, default=None)
    unit_code = Text(null=False, default=None)
    needed_by = Date(null=True, default=None)
    note = Text(null=False, default="")
    segment = Text(null=False, default="")
    locale = Text(null=False, default="en")
    state = Text(null=False, default="open")
    answer = Text(null=False, default="")
    product_id = UUID(null=True, default=None)
    category_id = UUID(null=True, default=None)
    asked_at = Timestamptz(null=False, default=None)
    answered_at = Timestamptz(null=True, default=None)
    read_at = Timestamptz(null=True, default=None)
    version = BigInt(null=False, default=1)
