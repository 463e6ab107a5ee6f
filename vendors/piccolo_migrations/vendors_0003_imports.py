"""Makes the tables of the feed: mappings that are remembered, runs, and the rows that a run has staged."""

from piccolo.columns import JSONB, UUID, Array, BigInt, Boolean, Column, Integer, Numeric, SmallInt, Text, Timestamptz

from marketplace.kernel.migrations import Migration, composite_key, grant, tenant_policy

ID = "vendors_0003_imports"
VERSION = "1.38.0"
DESCRIPTION = "the feed: mappings, runs and staged rows"


def _key() -> UUID:
    return UUID(primary_key=True, default=None)


def _id(*, null: bool = False) -> UUID:
    return UUID(null=null, default=None)


def _text(default: str | None = None, *, null: bool = False) -> Text:
    return Text(null=null, default=default)


def _count(default: int | None = 0, *, null: bool = False) -> BigInt:
    return BigInt(null=null, default=default)


def _moment(*, null: bool = False) -> Timestamptz:
    return Timestamptz(null=null, default=None)


def _runs() -> dict[str, Column]:
    return {
        "id": _key(),
        "supplier_id": _id(),
        "file_name": _text(""),
        "file_sha256": _text(),
        "file_bytes": _count(),
        "file_key": _text(""),
        "choices": JSONB(null=False, default="{}"),
        "layout": JSONB(null=False, default="{}"),
        "mapping": JSONB(null=False, default="{}"),
        "state": _text("waiting"),
        "position": _count(),
        "row_count": _count(),
        "new_count": _count(),
        "changed_count": _count(),
        "unchanged_count": _count(),
        "error_count": _count(),
        "missing_count": _count(),
        "active_count": _count(),
        "problem": _text(""),
        "actor": _text(),
        "version": _count(1),
        "created_at": _moment(),
        "checked_at": _moment(null=True),
        "finished_at": _moment(null=True),
        "lease_token": _id(null=True),
        "leased_until": _moment(null=True),
    }


def _rows() -> dict[str, Column]:
    return {
        "run_id": _id(),
        "line": Integer(null=False, default=None),
        "supplier_id": _id(),
        "id": _key(),
        "sku": _text(""),
        "sku_key": _text(""),
        "kind": _text(),
        "action": _text(null=True),
        "product_id": _id(null=True),
        "offer_id": _id(null=True),
        "unit_code": _text(null=True),
        "unit_decimals": SmallInt(null=False, default=0),
        "currency": _text(null=True),
        "tier_from": Array(base_column=BigInt(), null=True, default=None),
        "tier_price": Array(base_column=Numeric(digits=(20, 6)), null=True, default=None),
        "moq": _count(None, null=True),
        "multiple": _count(None, null=True),
        "pack_size": _count(None, null=True),
        "lead_days": SmallInt(null=True, default=None),
        "incoterm": _text(null=True),
        "origin_country": _text(null=True),
        "condition": _text(null=True),
        "visibility": _text(null=True),
        "site_id": _id(null=True),
        "stock": _count(None, null=True),
        "safety": _count(None, null=True),
        "allows_backorder": Boolean(null=True, default=None),
        "valid_from": _moment(null=True),
        "valid_to": _moment(null=True),
        "problems": Array(base_column=Text(), null=False, default=[]),
    }


def _tables() -> dict[tuple[str, str], dict[str, Column]]:
    return {
        ("ImportMapping", "import_mappings"): {
            "supplier_id": _key(),
            "fingerprint": _text(),
            "mapping": JSONB(null=False, default="{}"),
            "actor": _text(),
            "updated_at": _moment(),
        },
        ("ImportRun", "import_runs"): _runs(),
        ("ImportRow", "import_rows"): _rows(),
    }


CONSTRAINTS = """
ALTER TABLE vendors.import_mappings
  ADD FOREIGN KEY (supplier_id) REFERENCES vendors.suppliers (organisation_id),
  ADD CONSTRAINT import_mappings_fingerprint CHECK (fingerprint ~ '^[0-9a-f]{64}$'),
  ADD CONSTRAINT import_mappings_mapping CHECK (jsonb_typeof(mapping) = 'object');
ALTER TABLE vendors.import_runs
  ADD FOREIGN KEY (supplier_id) REFERENCES vendors.suppliers (organisation_id),
  ADD CONSTRAINT import_runs_of_supplier UNIQUE (supplier_id, id),
  ADD CONSTRAINT import_runs_sha256 CHECK (file_sha256 ~ '^[0-9a-f]{64}$'),
  ADD CONSTRAINT import_runs_state CHECK (state IN ('mapping', 'waiting', 'checked', 'applying', 'applied', 'failed', 'abandoned')),
  ADD CONSTRAINT import_runs_counts CHECK (file_bytes >= 0 AND position >= 0 AND row_count >= 0 AND new_count >= 0 AND changed_count >= 0
    AND unchanged_count >= 0 AND error_count >= 0 AND missing_count >= 0 AND active_count >= 0),
  ADD CONSTRAINT import_runs_end CHECK ((state IN ('applied', 'failed', 'abandoned')) = (finished_at IS NOT NULL)),
  ADD CONSTRAINT import_runs_lease CHECK ((lease_token IS NULL) = (leased_until IS NULL)),
  ADD CONSTRAINT import_runs_objects CHECK (jsonb_typeof(choices) = 'object' AND jsonb_typeof(layout) = 'object' AND jsonb_typeof(mapping) = 'object');
CREATE UNIQUE INDEX import_runs_one_applied ON vendors.import_runs (supplier_id) WHERE state = 'applying';
CREATE INDEX import_runs_of_supplier_by_time ON vendors.import_runs (supplier_id, id DESC);
CREATE INDEX import_runs_due ON vendors.import_runs (id) WHERE state IN ('waiting', 'applying');
ALTER TABLE vendors.import_rows
  ADD FOREIGN KEY (supplier_id, run_id) REFERENCES vendors.import_runs (supplier_id, id),
  ADD CONSTRAINT import_rows_kind CHECK (kind IN ('new', 'changed', 'unchanged', 'error')),
  ADD CONSTRAINT import_rows_problems CHECK ((kind = 'error') = (cardinality(problems) > 0)),
  ADD CONSTRAINT import_rows_whole CHECK (kind = 'error' OR (product_id IS NOT NULL AND offer_id IS NOT NULL AND sku_key <> '')),
  ADD CONSTRAINT import_rows_tiers CHECK ((tier_from IS NULL) = (tier_price IS NULL));
"""


async def forwards() -> Migration:
    """Describe the migration; the runner carries it out in one transaction."""
    migration = Migration(migration_id=ID, app_name="vendors", description=DESCRIPTION)
    migration.tables(_tables())
    migration.after(
        composite_key("vendors", "import_mappings", "supplier_id", "fingerprint"),
        composite_key("vendors", "import_rows", "run_id", "line"),
        CONSTRAINTS,
        grant("vendors", "import_mappings", "SELECT, INSERT, UPDATE"),
        grant("vendors", "import_runs", "SELECT, INSERT, UPDATE"),
        # The rows of a file that is checked anew are thrown away first.
        grant("vendors", "import_rows", "SELECT, INSERT, UPDATE, DELETE"),
        tenant_policy("vendors", "import_mappings", "supplier_id"),
        tenant_policy("vendors", "import_runs", "supplier_id"),
        tenant_policy("vendors", "import_rows", "supplier_id"),
    )
    return migration
