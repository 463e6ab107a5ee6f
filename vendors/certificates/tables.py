"""Owns the table of certificates."""

from piccolo.columns import UUID, BigInt, Date, Text, Timestamptz
from piccolo.table import Table


class Certificate(Table, tablename="certificates", schema="vendors"):
    """A certificate that a supplier states to hold; `confirmed_at` and `confirmed_by` tell when the operator has seen it, and who of it."""

    id = UUID(primary_key=True, default=None)
    supplier_id = UUID(null=False, default=None)
    kind = Text(null=False, default=None)
    number = Text(null=False, default=None)
    issuer = Text(null=False, default=None)
    issued_on = Date(null=False, default=None)
    expires_on = Date(null=True, default=None)
    note = Text(null=False, default="")
    state = Text(null=False, default="stated")
    stated_at = Timestamptz(null=False, default=None)
    confirmed_at = Timestamptz(null=True, default=None)
    confirmed_by = Text(null=False, default="")
    version = BigInt(null=False, default=1)
