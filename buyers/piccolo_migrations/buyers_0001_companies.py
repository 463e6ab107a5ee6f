"""Makes the tables of buying companies: settings, units and addresses, behind row level security."""

from __future__ import annotations

from typing import Any, Final

from piccolo.columns import UUID, Array, Boolean, Column, Integer, Text, Timestamptz

from marketplace.kernel.migrations import Migration, grant, tenant_policy

ID = "buyers_0001_companies"
VERSION = "1.38.0"
DESCRIPTION = "Companies, units and addresses"

KEY: Final[dict[str, Any]] = {"primary_key": True}
NULLABLE: Final[dict[str, Any]] = {"null": True}
VERSIONED: Final[dict[str, Any]] = {"default": 1}
TABLES: Final[dict[tuple[str, str], tuple[tuple[str, type[Column], dict[str, Any]], ...]]] = {
    ("Company", "companies"): (
        ("organisation_id", UUID, KEY),
        ("po_number_required", Boolean, {"default": False}),
        ("version", Integer, VERSIONED),
        ("updated_at", Timestamptz, {}),
    ),
    ("Unit", "units"): (
        ("id", UUID, KEY),
        ("organisation_id", UUID, {}),
        ("parent_id", UUID, NULLABLE),
        ("name", Text, {}),
        ("version", Integer, VERSIONED),
        ("created_at", Timestamptz, {}),
    ),
    ("Address", "addresses"): (
        ("id", UUID, KEY),
        ("organisation_id", UUID, {}),
        ("unit_id", UUID, NULLABLE),
        ("label", Text, {}),
        ("recipient", Text, {}),
        ("lines", Array, {"base_column": Text()}),
        ("city", Text, {}),
        ("region", Text, {"default": ""}),
        ("postal_code", Text, {"default": ""}),
        ("country", Text, {}),
        ("time_zone", Text, {}),
        ("is_default", Boolean, {"default": False}),
        ("state", Text, {"default": "active"}),
        ("version", Integer, VERSIONED),
        ("created_at", Timestamptz, {}),
    ),
}
SQL: Final[tuple[str, ...]] = (
    "ALTER TABLE buyers.companies ADD FOREIGN KEY (organisation_id) REFERENCES kernel.organisations (id)",
    # A unit's parent, and an address's unit, belong to the same company: the key of the pair says so.
    "ALTER TABLE buyers.units ADD UNIQUE (organisation_id, id)",
    """
    ALTER TABLE buyers.units ADD FOREIGN KEY (organisation_id) REFERENCES kernel.organisations (id),
        ADD FOREIGN KEY (organisation_id, parent_id) REFERENCES buyers.units (organisation_id, id),
        ADD CHECK (parent_id <> id), ADD CHECK (name <> '')
    """,
    "CREATE UNIQUE INDEX units_by_name ON buyers.units (organisation_id, coalesce(parent_id, organisation_id), name)",
    """
    ALTER TABLE buyers.addresses ADD FOREIGN KEY (organisation_id) REFERENCES kernel.organisations (id),
        ADD FOREIGN KEY (organisation_id, unit_id) REFERENCES buyers.units (organisation_id, id),
        ADD CHECK (state IN ('active', 'archived')), ADD CHECK (country ~ '^[A-Z]{2}$'), ADD CHECK (cardinality(lines) BETWEEN 1 AND 4),
        ADD CHECK (NOT (is_default AND state = 'archived')), ADD CHECK (label <> '' AND recipient <> '' AND city <> '')
    """,
    "CREATE UNIQUE INDEX addresses_default ON buyers.addresses (organisation_id) WHERE is_default",
    "CREATE INDEX addresses_by_label ON buyers.addresses (organisation_id, label COLLATE \"C\", id) WHERE state = 'active'",
    grant("buyers", "companies", "SELECT, INSERT, UPDATE"),
    grant("buyers", "units"),
    grant("buyers", "addresses", "SELECT, INSERT, UPDATE"),
    tenant_policy("buyers", "companies", "organisation_id"),
    tenant_policy("buyers", "units", "organisation_id"),
    tenant_policy("buyers", "addresses", "organisation_id"),
)


async def forwards() -> Migration:
    """Make the tables, then their checks, keys, indexes, rights and row level security."""
    migration = Migration(migration_id=ID, app_name="buyers", description=DESCRIPTION)
    migration.tables(TABLES)
    migration.after(*SQL)
    return migration
