"""Owns the tables of sites."""

from piccolo.columns import UUID, Array, BigInt, Boolean, Date, SmallInt, Text, Time
from piccolo.table import Table


class Site(Table, tablename="sites", schema="vendors"):
    """A place a supplier ships from. Orders placed until `cut_off` in `time_zone` count for that day; `working_days` are ISO 1 to 7.

    `opens_at` and `closes_at` are the hours of each working day, in the order of `working_days`; None where they were never stated.
    """

    id = UUID(primary_key=True, default=None)
    supplier_id = UUID(null=False, default=None)
    name = Text(null=False, default=None)
    country = Text(null=False, default=None)
    region = Text(null=False, default="")
    postal_code = Text(null=False, default="")
    city = Text(null=False, default="")
    time_zone = Text(null=False, default=None)
    cut_off = Time(null=False, default=None)
    working_days = Array(base_column=SmallInt(), null=False, default=[1, 2, 3, 4, 5])
    opens_at = Array(base_column=Time(), null=True, default=None)
    closes_at = Array(base_column=Time(), null=True, default=None)
    keeps_public_holidays = Boolean(null=False, default=True)
    version = BigInt(null=False, default=1)


class SiteException(Table, tablename="site_exceptions", schema="vendors"):
    """A day on which a site is closed though it is a working day, or open though it is not."""

    site_id = UUID(primary_key=True, default=None)
    on_date = Date(null=False, default=None)
    is_open = Boolean(null=False, default=False)
    reason = Text(null=False, default="")
