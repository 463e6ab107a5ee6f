"""Makes the tables of freight and duty, and fills in the customs unions."""

from piccolo.columns import UUID, BigInt, Boolean, Column, Date, Integer, Numeric, SmallInt, Text, Timestamptz

from marketplace.kernel.migrations import Migration, composite_key, grant

ID = "services_0001_logistics"
VERSION = "1.38.0"
DESCRIPTION = "freight tables, duty rates, customs unions"


def _key() -> UUID:
    return UUID(primary_key=True, default=None)


def _id(*, null: bool = False) -> UUID:
    return UUID(null=null, default=None)


def _text(default: str | None = None, *, null: bool = False) -> Text:
    return Text(null=null, default=default)


def _flag() -> Boolean:
    return Boolean(null=False, default=False)


def _day(*, null: bool = False) -> Date:
    return Date(null=null, default=None)


def _tables() -> dict[tuple[str, str], dict[str, Column]]:
    return {
        ("FreightTable", "freight_tables"): {
            "id": _key(),
            "supplier_id": _id(),
            "name": _text(),
            "currency": _text(),
            "valid_from": _day(),
            "valid_to": _day(null=True),
            "volumetric_divisor": Integer(null=True, default=None),
            "source": _text(""),
            "is_invented": _flag(),
            "created_at": Timestamptz(null=False, default=None),
        },
        ("FreightZone", "freight_zones"): {"id": _key(), "table_id": _id(), "code": _text(), "transit_days": SmallInt(null=False, default=None)},
        ("FreightZoneArea", "freight_zone_areas"): {"zone_id": _id(), "table_id": _key(), "country": _text(), "postal_prefix": _text("")},
        ("FreightRate", "freight_rates"): {
            "zone_id": _key(),
            "weight_to_grams": BigInt(null=False, default=None),
            "amount_minor": BigInt(null=False, default=None),
        },
        ("DutyRate", "duty_rates"): {
            "id": _key(),
            "hs_prefix": _text(null=True),
            "category_id": _id(null=True),
            "origin": _text(""),
            "destination": _text(),
            "rate": Numeric(digits=(20, 6), null=False, default=None),
            "valid_from": _day(),
            "valid_to": _day(null=True),
            "source": _text(""),
            "is_invented": _flag(),
        },
        ("CustomsUnion", "customs_unions"): {
            "code": Text(primary_key=True, default=None),
            "country": _text(),
            "is_industrial_only": _flag(),
            "source": _text(""),
        },
    }


CONSTRAINTS = """
ALTER TABLE services.freight_tables
  ADD FOREIGN KEY (supplier_id) REFERENCES vendors.suppliers (organisation_id),
  ADD CONSTRAINT freight_tables_currency CHECK (currency ~ '^[A-Z]{3}$'),
  ADD CONSTRAINT freight_tables_validity CHECK (valid_to >= valid_from),
  ADD CONSTRAINT freight_tables_divisor CHECK (volumetric_divisor BETWEEN 1000 AND 20000);
CREATE INDEX freight_tables_supplier ON services.freight_tables (supplier_id, currency, valid_from);
ALTER TABLE services.freight_zones
  ADD FOREIGN KEY (table_id) REFERENCES services.freight_tables (id) ON DELETE CASCADE,
  ADD CONSTRAINT freight_zones_of_table UNIQUE (table_id, id),
  ADD CONSTRAINT freight_zones_code UNIQUE (table_id, code),
  ADD CONSTRAINT freight_zones_transit CHECK (transit_days BETWEEN 0 AND 180);
ALTER TABLE services.freight_zone_areas
  ADD FOREIGN KEY (table_id, zone_id) REFERENCES services.freight_zones (table_id, id) ON DELETE CASCADE,
  ADD CONSTRAINT freight_zone_areas_country CHECK (country ~ '^[A-Z]{2}$'),
  ADD CONSTRAINT freight_zone_areas_prefix CHECK (postal_prefix ~ '^[0-9A-Z]{0,10}$');
ALTER TABLE services.freight_rates
  ADD FOREIGN KEY (zone_id) REFERENCES services.freight_zones (id) ON DELETE CASCADE,
  ADD CONSTRAINT freight_rates_values CHECK (weight_to_grams BETWEEN 1 AND 1000000000 AND amount_minor BETWEEN 0 AND 100000000000000);
ALTER TABLE services.duty_rates
  ADD FOREIGN KEY (category_id) REFERENCES catalogue.categories (id),
  ADD CONSTRAINT duty_rates_goods CHECK ((hs_prefix IS NULL) <> (category_id IS NULL)),
  ADD CONSTRAINT duty_rates_hs CHECK (hs_prefix ~ '^[0-9]{2,10}$'),
  ADD CONSTRAINT duty_rates_origin CHECK (origin ~ '^([A-Z]{2})?$'),
  ADD CONSTRAINT duty_rates_destination CHECK (destination ~ '^[A-Z]{2,5}$'),
  ADD CONSTRAINT duty_rates_rate CHECK (rate >= 0 AND rate < 100),
  ADD CONSTRAINT duty_rates_validity CHECK (valid_to >= valid_from),
  ADD CONSTRAINT duty_rates_once UNIQUE NULLS NOT DISTINCT (destination, origin, hs_prefix, category_id, valid_from);
ALTER TABLE services.customs_unions ADD CONSTRAINT customs_unions_country CHECK (country ~ '^[A-Z]{2}$');
CREATE INDEX customs_unions_by_country ON services.customs_unions (country, code);
"""
EUROPE = [
    "AT",
    "BE",
    "BG",
    "CY",
    "CZ",
    "DE",
    "DK",
    "EE",
    "ES",
    "FI",
    "FR",
    "GR",
    "HR",
    "HU",
    "IE",
    "IT",
    "LT",
    "LU",
    "LV",
    "MT",
    "NL",
    "PL",
    "PT",
    "RO",
    "SE",
    "SI",
    "SK",
]
GULF = ["AE", "BH", "KW", "OM", "QA", "SA"]


def _unions() -> str:
    """Write the unions: the EU and the GCC for all goods, the EU with Türkiye for industrial goods (HS chapters 25 to 97)."""
    rows = [("EU", country, "false", "Regulation (EU) 952/2013, article 4") for country in EUROPE]
    rows += [("EUTR", country, "true", "Decision 1/95 of the EC-Turkey Association Council") for country in [*EUROPE, "TR"]]
    rows += [("GCC", country, "false", "GCC customs union, in force since 2003-01-01") for country in GULF]
    values = ", ".join(f"('{code}', '{country}', {is_industrial}, '{source}')" for code, country, is_industrial, source in rows)
    return f"INSERT INTO services.customs_unions (code, country, is_industrial_only, source) VALUES {values}"


async def forwards() -> Migration:
    """Describe the migration; the runner carries it out in one transaction."""
    migration = Migration(migration_id=ID, app_name="services", description=DESCRIPTION)
    migration.tables(_tables())
    migration.after(
        composite_key("services", "freight_zone_areas", "table_id", "country", "postal_prefix"),
        composite_key("services", "freight_rates", "zone_id", "weight_to_grams"),
        composite_key("services", "customs_unions", "code", "country"),
        CONSTRAINTS,
        _unions(),
        grant("services", "freight_tables", "SELECT, INSERT, UPDATE"),
        grant("services", "freight_zones", "SELECT, INSERT"),
        grant("services", "freight_zone_areas", "SELECT, INSERT"),
        grant("services", "freight_rates", "SELECT, INSERT"),
        grant("services", "duty_rates", "SELECT, INSERT, UPDATE"),
        grant("services", "customs_unions"),
    )
    return migration
