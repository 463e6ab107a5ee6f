"""Makes the tables of suppliers and their sites."""

from piccolo.columns import JSONB, UUID, Array, BigInt, Boolean, Column, Date, SmallInt, Text, Time, Timestamptz

from marketplace.kernel.migrations import Migration, composite_key, grant

ID = "vendors_0001_accounts"
VERSION = "1.38.0"
DESCRIPTION = "suppliers, checks, sites and their exceptions"


def _text(default: str | None = None, *, unique: bool = False) -> Text:
    return Text(null=False, unique=unique, default=default)


def _tables() -> dict[tuple[str, str], dict[str, Column]]:
    return {
        ("Supplier", "suppliers"): {
            "organisation_id": UUID(primary_key=True, default=None),
            "slug": _text(unique=True),
            "state": _text("open"),
            "closed_from": Date(null=True, default=None),
            "closed_to": Date(null=True, default=None),
            "auto_accepts": Boolean(null=False, default=False),
            "acceptance_hours": SmallInt(null=False, default=48),
            "default_incoterm": _text("EXW"),
            "profile": JSONB(null=False, default="{}"),
            "version": BigInt(null=False, default=1),
            "created_at": Timestamptz(null=False, default=None),
        },
        ("SupplierCheck", "supplier_checks"): {
            "id": UUID(primary_key=True, default=None),
            "supplier_id": UUID(null=False, default=None),
            "kind": _text(),
            "passed_on": Date(null=False, default=None),
            "expires_on": Date(null=True, default=None),
            "reference": _text(""),
            "actor": _text(),
        },
        ("Site", "sites"): {
            "id": UUID(primary_key=True, default=None),
            "supplier_id": UUID(null=False, default=None),
            "name": _text(),
            "country": _text(),
            "region": _text(""),
            "postal_code": _text(""),
            "city": _text(""),
            "time_zone": _text(),
            "cut_off": Time(null=False, default=None),
            "working_days": Array(base_column=SmallInt(), null=False, default=[1, 2, 3, 4, 5]),
            "keeps_public_holidays": Boolean(null=False, default=True),
            "version": BigInt(null=False, default=1),
        },
        ("SiteException", "site_exceptions"): {
            "site_id": UUID(primary_key=True, default=None),
            "on_date": Date(null=False, default=None),
            "is_open": Boolean(null=False, default=False),
            "reason": _text(""),
        },
    }


CONSTRAINTS = """
ALTER TABLE vendors.suppliers
  ADD FOREIGN KEY (organisation_id) REFERENCES kernel.organisations (id),
  ADD CONSTRAINT suppliers_slug CHECK (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$' AND length(slug) <= 80),
  ADD CONSTRAINT suppliers_state CHECK (state IN ('open', 'paused', 'suspended', 'terminated')),
  ADD CONSTRAINT suppliers_closure CHECK ((closed_from IS NULL) = (closed_to IS NULL) AND closed_from <= closed_to),
  ADD CONSTRAINT suppliers_hours CHECK (acceptance_hours BETWEEN 1 AND 720),
  ADD CONSTRAINT suppliers_incoterm CHECK (default_incoterm IN ('EXW', 'FCA', 'DAP', 'DDP')),
  ADD CONSTRAINT suppliers_profile CHECK (jsonb_typeof(profile) = 'object');
ALTER TABLE vendors.supplier_checks
  ADD FOREIGN KEY (supplier_id) REFERENCES vendors.suppliers (organisation_id),
  ADD CONSTRAINT supplier_checks_kind CHECK (kind IN ('registry', 'tax', 'bank', 'sanctions', 'certificate')),
  ADD CONSTRAINT supplier_checks_dates CHECK (expires_on > passed_on);
CREATE INDEX supplier_checks_supplier ON vendors.supplier_checks (supplier_id, passed_on);
ALTER TABLE vendors.sites
  ADD FOREIGN KEY (supplier_id) REFERENCES vendors.suppliers (organisation_id),
  ADD CONSTRAINT sites_of_supplier UNIQUE (supplier_id, id),
  ADD CONSTRAINT sites_name UNIQUE (supplier_id, name),
  ADD CONSTRAINT sites_country CHECK (country ~ '^[A-Z]{2}$'),
  ADD CONSTRAINT sites_working_days CHECK (cardinality(working_days) BETWEEN 1 AND 7 AND working_days <@ ARRAY[1, 2, 3, 4, 5, 6, 7]::smallint[]);
ALTER TABLE vendors.site_exceptions ADD FOREIGN KEY (site_id) REFERENCES vendors.sites (id) ON DELETE CASCADE;
"""


async def forwards() -> Migration:
    """Describe the migration; the runner carries it out in one transaction."""
    migration = Migration(migration_id=ID, app_name="vendors", description=DESCRIPTION)
    migration.tables(_tables())
    migration.after(
        composite_key("vendors", "site_exceptions", "site_id", "on_date"),
        CONSTRAINTS,
        grant("vendors", "suppliers", "SELECT, INSERT, UPDATE"),
        grant("vendors", "supplier_checks", "SELECT, INSERT"),
        grant("vendors", "sites", "SELECT, INSERT, UPDATE"),
        grant("vendors", "site_exceptions"),
    )
    return migration
