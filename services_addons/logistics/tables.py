"""Owns the tables of freight and duty."""

from piccolo.columns import UUID, BigInt, Boolean, Date, Integer, Numeric, SmallInt, Text, Timestamptz
from piccolo.table import Table


class FreightTable(Table, tablename="freight_tables", schema="services"):
    """What a supplier asks for freight, in one currency, while it is valid (both days included).

    `volumetric_divisor` is the cm³ that count as one kilogram, null where volume does not count. `is_invented` marks a demo's rates.
    """

    id = UUID(primary_key=True, default=None)
    supplier_id = UUID(null=False, default=None)
    name = Text(null=False, default=None)
    currency = Text(null=False, default=None)
    valid_from = Date(null=False, default=None)
    valid_to = Date(null=True, default=None)
    volumetric_divisor = Integer(null=True, default=None)
    source = Text(null=False, default="")
    is_invented = Boolean(null=False, default=False)
    created_at = Timestamptz(null=False, default=None)


class FreightZone(Table, tablename="freight_zones", schema="services"):
    """A part of the world with one set of rates; `transit_days` are the carrier's working days."""

    id = UUID(primary_key=True, default=None)
    table_id = UUID(null=False, default=None)
    code = Text(null=False, default=None)
    transit_days = SmallInt(null=False, default=None)


class FreightZoneArea(Table, tablename="freight_zone_areas", schema="services"):
    """A country, or the postal codes of it that begin with a prefix, in a zone; the longest prefix of a table counts."""

    zone_id = UUID(null=False, default=None)
    table_id = UUID(primary_key=True, default=None)
    country = Text(null=False, default=None)
    postal_prefix = Text(null=False, default="")


class FreightRate(Table, tablename="freight_rates", schema="services"):
    """What a consignment up to a weight costs in a zone, in minor units of the table's currency."""

    zone_id = UUID(primary_key=True, default=None)
    weight_to_grams = BigInt(null=False, default=None)
    amount_minor = BigInt(null=False, default=None)


class DutyRate(Table, tablename="duty_rates", schema="services"):
    """A rate of duty on goods of a HS prefix or a category, from an origin ("" is any) into a country or customs union."""

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
    """A country's membership of a customs union; `is_industrial_only` leaves out HS chapters 1 to 24."""

    code = Text(primary_key=True, default=None)
    country = Text(null=False, default=None)
    is_industrial_only = Boolean(null=False, default=False)
    source = Text(null=False, default="")
