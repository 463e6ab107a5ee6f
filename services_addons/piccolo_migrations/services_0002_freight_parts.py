"""Widens freight: bases, minimum, steps beyond the last bound, surcharges, versions that never overlap, what goes on a pallet; and dates the customs unions."""

from decimal import Decimal

from piccolo.columns import UUID, BigInt, Boolean, Column, Date, Numeric, Text, Timestamptz

from marketplace.kernel.migrations import Migration, composite_key, grant

ID = "services_0002_freight_parts"
VERSION = "1.38.0"
DESCRIPTION = "freight bases, surcharges, versions, packings; dated customs unions; duty rates that never overlap"


def _text(default: str | None = None) -> Text:
    return Text(null=False, default=default)


def _id() -> UUID:
    return UUID(null=False, default=None)


# What tables that stand already get, by (class, table).
COLUMNS: dict[tuple[str, str], dict[str, Column]] = {
    ("FreightTable", "freight_tables"): {
        "basis": _text("weight"),
        "replaces_id": UUID(null=True, default=None),
        "withdrawn_at": Timestamptz(null=True, default=None),
    },
    ("FreightZone", "freight_zones"): {
        "minimum_minor": BigInt(null=False, default=0),
        "free_from_minor": BigInt(null=True, default=None),
        "step": BigInt(null=True, default=None),
        "step_minor": BigInt(null=True, default=None),
    },
    ("FreightZoneArea", "freight_zone_areas"): {"postal_to": _text("")},
    ("CustomsUnion", "customs_unions"): {"valid_from": Date(null=True, default=None), "valid_to": Date(null=True, default=None)},
}
TABLES: dict[tuple[str, str], dict[str, Column]] = {
    ("FreightSurcharge", "freight_surcharges"): {
        "id": UUID(primary_key=True, default=None),
        "table_id": _id(),
        "zone_id": UUID(null=True, default=None),
        "code": _text(),
        "name": _text(""),
        "kind": _text(),
        "rate": Numeric(digits=(20, 6), null=False, default=Decimal(0)),
        "amount_minor": BigInt(null=False, default=0),
        "valid_from": Date(null=True, default=None),
        "valid_to": Date(null=True, default=None),
    },
    ("FreightPacking", "freight_packings"): {
        "supplier_id": UUID(primary_key=True, default=None),
        "product_id": _id(),
        "per_pallet": BigInt(null=False, default=None),
        "is_stackable": Boolean(null=False, default=True),
        "changed_at": Timestamptz(null=False, default=None),
    },
}
# Where two tables of a supplier and currency held on one day, the later one counted: the earlier one now ends the day before it began.
UNTANGLE = """
WITH later AS (
  SELECT f.id, (SELECT min(n.valid_from) FROM services.freight_tables n WHERE n.supplier_id = f.supplier_id AND n.currency = f.currency
      AND (n.valid_from, n.id) > (f.valid_from, f.id)) AS begins
  FROM services.freight_tables f)
UPDATE services.freight_tables f SET valid_to = CASE WHEN l.begins > f.valid_from THEN l.begins - 1 ELSE f.valid_to END,
    withdrawn_at = CASE WHEN l.begins > f.valid_from THEN NULL ELSE f.created_at END
  FROM later l WHERE l.id = f.id AND l.begins <= coalesce(f.valid_to, l.begins);
WITH later AS (
  SELECT d.id, (SELECT min(n.valid_from) FROM services.duty_rates n WHERE n.destination = d.destination AND n.origin = d.origin
      AND n.hs_prefix IS NOT DISTINCT FROM d.hs_prefix AND n.category_id IS NOT DISTINCT FROM d.category_id AND n.valid_from > d.valid_from) AS begins
  FROM services.duty_rates d)
UPDATE services.duty_rates d SET valid_to = l.begins - 1 FROM later l WHERE l.id = d.id AND l.begins <= coalesce(d.valid_to, l.begins);
"""
CONSTRAINTS = """
ALTER TABLE services.freight_tables
  ADD FOREIGN KEY (replaces_id) REFERENCES services.freight_tables (id),
  ADD CONSTRAINT freight_tables_replaced_once UNIQUE (replaces_id),
  ADD CONSTRAINT freight_tables_basis CHECK (basis IN ('weight', 'volume', 'pallets', 'value')),
  ADD CONSTRAINT freight_tables_divisor_of_weight CHECK (volumetric_divisor IS NULL OR basis = 'weight'),
  ADD CONSTRAINT freight_tables_one_a_day EXCLUDE USING gist
    (supplier_id WITH =, currency WITH =, daterange(valid_from, valid_to, '[]') WITH &&) WHERE (withdrawn_at IS NULL);
ALTER TABLE services.freight_zones
  ADD CONSTRAINT freight_zones_amounts CHECK (minimum_minor BETWEEN 0 AND 100000000000000 AND free_from_minor BETWEEN 0 AND 1000000000000000),
  ADD CONSTRAINT freight_zones_step CHECK ((step IS NULL) = (step_minor IS NULL) AND step BETWEEN 1 AND 1000000000000 AND step_minor BETWEEN 0 AND 100000000000000);
ALTER TABLE services.freight_zone_areas
  ADD CONSTRAINT freight_zone_areas_range CHECK (postal_to = '' OR (postal_to ~ '^[0-9A-Z]{1,10}$' AND length(postal_to) = length(postal_prefix)
    AND postal_to COLLATE "C" > postal_prefix COLLATE "C"));
ALTER TABLE services.freight_rates DROP CONSTRAINT freight_rates_values,
  ADD CONSTRAINT freight_rates_values CHECK (up_to BETWEEN 1 AND 1000000000000000 AND amount_minor BETWEEN 0 AND 100000000000000);
ALTER TABLE services.freight_surcharges
  ADD FOREIGN KEY (table_id) REFERENCES services.freight_tables (id),
  ADD FOREIGN KEY (table_id, zone_id) REFERENCES services.freight_zones (table_id, id),
  ADD CONSTRAINT freight_surcharges_once UNIQUE NULLS NOT DISTINCT (table_id, code, zone_id, valid_from),
  ADD CONSTRAINT freight_surcharges_code CHECK (code ~ '^[a-z][a-z0-9-]{0,29}$'),
  ADD CONSTRAINT freight_surcharges_kind CHECK ((kind = 'percent' AND rate > 0 AND rate <= 5 AND amount_minor = 0)
    OR (kind = 'fixed' AND rate = 0 AND amount_minor BETWEEN 1 AND 100000000000000)),
  ADD CONSTRAINT freight_surcharges_validity CHECK (valid_to >= valid_from);
ALTER TABLE services.freight_packings
  ADD FOREIGN KEY (supplier_id) REFERENCES vendors.suppliers (organisation_id),
  ADD FOREIGN KEY (product_id) REFERENCES catalogue.products (id),
  ADD CONSTRAINT freight_packings_quantity CHECK (per_pallet BETWEEN 1 AND 1000000000);
ALTER TABLE services.duty_rates
  ADD CONSTRAINT duty_rates_one_a_day EXCLUDE USING gist (destination WITH =, origin WITH =, coalesce(hs_prefix, '') WITH =,
    coalesce(category_id, '00000000-0000-0000-0000-000000000000'::uuid) WITH =, daterange(valid_from, valid_to, '[]') WITH &&);
ALTER TABLE services.customs_unions
  ADD CONSTRAINT customs_unions_code CHECK (code ~ '^[A-Z]{2,5}$'),
  ADD CONSTRAINT customs_unions_validity CHECK (valid_to >= valid_from);
"""
# A version that somebody may have been quoted by stays as it was: only its end is ever written.
GRANTS = """
REVOKE UPDATE ON services.freight_tables FROM marketplace_app;
GRANT UPDATE (valid_to, withdrawn_at) ON services.freight_tables TO marketplace_app;
REVOKE UPDATE ON services.duty_rates FROM marketplace_app;
GRANT UPDATE (valid_to) ON services.duty_rates TO marketplace_app;
"""
# When each country came into its union, by the acts of accession; the United Kingdom left at the end of the transition period.
JOINED = {
    "EU": {
        "1968-07-01": "BE DE FR IT LU NL", "1973-01-01": "DK IE", "1981-01-01": "GR", "1986-01-01": "ES PT", "1995-01-01": "AT FI SE",
        "2004-05-01": "CY CZ EE HU LT LV MT PL SI SK", "2007-01-01": "BG RO", "2013-07-01": "HR",
    },
    "GCC": {"2003-01-01": "AE BH KW OM QA SA"},
}  # fmt: skip
EURASIAN = {"2015-01-01": "BY KZ RU", "2015-01-02": "AM", "2015-08-12": "KG"}


def _unions() -> str:
    """Date the memberships that stand already, and add the Eurasian Economic Union and the one country that has left the European one."""
    dated = "; ".join(
        f"UPDATE services.customs_unions SET valid_from = '{day}' WHERE code = '{code}' AND country = ANY(string_to_array('{members}', ' '))"
        for code, days in JOINED.items()
        for day, members in days.items()
    )
    turkey = "UPDATE services.customs_unions SET valid_from = greatest('1995-12-31', (SELECT max(m.valid_from) FROM services.customs_unions m WHERE m.code = 'EU' AND m.country = customs_unions.country)) WHERE code = 'EUTR'"
    source = "Treaty on the Eurasian Economic Union of 29 May 2014, article 25, and its acts of accession"
    values = ", ".join(
        f"('EAEU', '{country}', false, '{source}', '{day}'::date, NULL::date)" for day, some in EURASIAN.items() for country in some.split()
    )
    left = "('EU', 'GB', false, 'Agreement on the withdrawal of the United Kingdom (2019/C 384 I/01), article 126', '1973-01-01'::date, '2020-12-31'::date)"
    columns = "code, country, is_industrial_only, source, valid_from, valid_to"
    return f"{dated}; {turkey}; INSERT INTO services.customs_unions ({columns}) VALUES {values}, {left} ON CONFLICT (code, country) DO NOTHING"


async def forwards() -> Migration:
    """Describe the migration; the runner carries it out in one transaction."""
    migration = Migration(migration_id=ID, app_name="services", description=DESCRIPTION)
    migration.columns(COLUMNS)
    migration.rename_column("FreightRate", "freight_rates", "weight_to_grams", "up_to", schema="services")
    migration.tables(TABLES)
    migration.after(
        composite_key("services", "freight_packings", "supplier_id", "product_id"),
        UNTANGLE,
        CONSTRAINTS,
        _unions(),
        grant("services", "freight_surcharges", "SELECT, INSERT"),
        grant("services", "freight_packings"),
        GRANTS,
    )
    return migration
