"""Owns the tables of duty."""

from piccolo.columns import UUID, BigInt, Boolean, Date, Numeric, Text
from piccolo.table import Table


class DutyRate(Table, tablename="duty_rates", schema="services"):
    """A rate of duty on goods of a HS prefix or a category, from an origin ("" is any) into a country or customs union, while it is valid."""

    id = UUID(primary_key=True, default=None)
    hs_prefix = Text(null=True, default=None)
    category_id = UUID(null=True, default=None)
    origin = Text(null=False, default="")
    destination = Text(null=False, default=None)
    rate = Numeric(digits=(20, 6), null=False, default=None)
    valid_from = Date(null=False, default=None)
    valid_to = Date(null=True, default=None)
    source = Text(null=False, default="")
    is_invented = Boolean(null=False, default=False)


class CustomsUnion(Table, tablename="customs_unions", schema="services"):
    """A country's membership of a customs union from its first to its last day; `is_industrial_only` leaves out HS chapters 1 to 24."""

    code = Text(primary_key=True, default=None)
    country = Text(null=False, default=None)
    is_industrial_only = Boolean(null=False, default=False)
    source = Text(null=False, default="")
    valid_from = Date(null=True, default=None)
    valid_to = Date(null=True, default=None)
    version = BigInt(null=False, default=1)
