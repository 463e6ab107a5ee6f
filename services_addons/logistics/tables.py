"""Owns the tables of freight."""

from decimal import Decimal

from piccolo.columns import UUID, BigInt, Boolean, Date, Integer, Numeric, SmallInt, Text, Timestamptz
from piccolo.table import Table


class FreightTable(Table, tablename="freight_tables", schema="services"):
    """One version of what a supplier asks for freight, in one currency, while it is valid (both days included); its content never changes.

    `basis` is what its bounds measure. `volumetric_divisor` is the cm³ that count as one kilogram, null where volume does not count.
    `replaces_id` is the version it took the place of; `withdrawn_at` is set where it was replaced before its first day was over.
    `is_invented` marks a demo's rates.
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
    basis = Text(null=False, default="weight")
    replaces_id = UUID(null=True, default=None)
    withdrawn_at = Timestamptz(null=True, default=None)


class FreightZone(Table, tablename="freight_zones", schema="services"):
    """A part of the world with one set of rates; `transit_days` are the carrier's days on the way.

    Beyond the last bound each started `step` costs `step_minor` more; from goods worth `free_from_minor` on nothing is charged.
    A zone without rates is one where freight is told on request.
    """

    id = UUID(primary_key=True, default=None)
    table_id = UUID(null=False, default=None)
    code = Text(null=False, default=None)
    transit_days = SmallInt(null=False, default=None)
    minimum_minor = BigInt(null=False, default=0)
    free_from_minor = BigInt(null=True, default=None)
    step = BigInt(null=True, default=None)
    step_minor = BigInt(null=True, default=None)


class FreightZoneArea(Table, tablename="freight_zone_areas", schema="services"):
    """A country, or the postal codes of it that begin with a prefix, or with one from it to `postal_to`; the longest prefix of a table counts."""

    zone_id = UUID(null=False, default=None)
    table_id = UUID(primary_key=True, default=None)
    country = Text(null=False, default=None)
    postal_prefix = Text(null=False, default="")
    postal_to = Text(null=False, default="")


class FreightRate(Table, tablename="freight_rates", schema="services"):
    """What a consignment costs in a zone up to so many grams, cm³, pallets or minor units of value, in minor units of the table's currency."""

    zone_id = UUID(primary_key=True, default=None)
    up_to = BigInt(null=False, default=None)
    amount_minor = BigInt(null=False, default=None)


class FreightSurcharge(Table, tablename="freight_surcharges", schema="services"):
    """What is charged beside the rate: a share of it (`rate`, 0.125 is 12.5 %) or a fixed amount, in one zone or in all (null), while it is valid."""

    id = UUID(primary_key=True, default=None)
    table_id = UUID(null=False, default=None)
    zone_id = UUID(null=True, default=None)
    code = Text(null=False, default=None)
    name = Text(null=False, default="")
    kind = Text(null=False, default=None)
    rate = Numeric(digits=(20, 6), null=False, default=Decimal(0))
    amount_minor = BigInt(null=False, default=0)
    valid_from = Date(null=True, default=None)
    valid_to = Date(null=True, default=None)


class FreightPacking(Table, tablename="freight_packings", schema="services"):
    """How many steps of a product's unit a supplier puts on one pallet."""

    supplier_id = UUID(primary_key=True, default=None)
    product_id = UUID(null=False, default=None)
    per_pallet = BigInt(null=False, default=None)
    is_stackable = Boolean(null=False, default=True)
    changed_at = Timestamptz(null=False, default=None)
