"""Owns the table of withdrawals; the price versions themselves stand beside the offers."""

from piccolo.columns import UUID, Text, Timestamptz
from piccolo.table import Table


class PriceWithdrawal(Table, tablename="price_withdrawals", schema="vendors"):
    """A coming price that was taken back before it began, append-only: the version stays on record and never comes into force."""

    version_id = UUID(primary_key=True, default=None)
    product_id = UUID(null=False, default=None)
    offer_id = UUID(null=False, default=None)
    actor = Text(null=False, default=None)
    at = Timestamptz(null=False, default=None)
