"""Lets product files be checked before they are applied: what a file is and how it is read, what it would do, whose turn it is, and mappings."""

from piccolo.columns import JSONB, UUID, BigInt, Boolean, Column, Text, Timestamptz

from marketplace.kernel.migrations import Migration

ID = "catalogue_0005_imports"
VERSION = "1.38.0"
DESCRIPTION = "product files: mapped, checked, applied"

# Runs of before were applied as they were read.
BEFORE = """
ALTER TABLE catalogue.import_runs DROP CONSTRAINT import_runs_state_check;
UPDATE catalogue.import_runs SET state = CASE state WHEN 'finished' THEN 'applied' WHEN 'running' THEN 'applying' ELSE state END;
"""
AFTER = """
GRANT DELETE ON catalogue.import_errors TO marketplace_app;
GRANT SELECT, INSERT, UPDATE ON catalogue.import_mappings TO marketplace_app;
ALTER TABLE catalogue.import_runs ALTER COLUMN state SET DEFAULT 'waiting',
  ADD CONSTRAINT import_runs_state CHECK (state IN ('mapping', 'waiting', 'checked', 'applying', 'applied', 'failed', 'abandoned')),
  ADD CONSTRAINT import_runs_kind CHECK (kind IN ('icecat', 'sheet')),
  ADD CONSTRAINT import_runs_counts CHECK (file_bytes >= 0 AND created_count >= 0 AND updated_count >= 0 AND unchanged_count >= 0 AND failed_count >= 0
    AND warning_count >= 0),
  ADD CONSTRAINT import_runs_lease CHECK ((lease_token IS NULL) = (leased_until IS NULL)),
  ADD CONSTRAINT import_runs_objects CHECK (jsonb_typeof(layout) = 'object' AND jsonb_typeof(mapping) = 'object' AND jsonb_typeof(plan) = 'object');
CREATE INDEX import_runs_due ON catalogue.import_runs (id) WHERE state IN ('waiting', 'applying') AND file_key <> '';
ALTER TABLE catalogue.import_mappings ADD CHECK (fingerprint ~ '^[0-9a-f]{64}$'), ADD CHECK (jsonb_typeof(mapping) = 'object');
"""


def _text(default: str) -> Text:
    return Text(null=False, default=default)


def _object() -> JSONB:
    return JSONB(null=False, default="{}")


def _columns() -> dict[str, Column]:
    return {
        "kind": _text("icecat"),
        "file_bytes": BigInt(null=False, default=0),
        "file_key": _text(""),
        "layout": _object(),
        "mapping": _object(),
        "plan": _object(),
        "is_partial": Boolean(null=False, default=False),
        "problem": _text(""),
        "actor": _text("worker"),
        "checked_at": Timestamptz(null=True, default=None),
        "lease_token": UUID(null=True, default=None),
        "leased_until": Timestamptz(null=True, default=None),
    }


async def forwards() -> Migration:
    """Make the table of mappings, then give runs what a checked file needs."""
    migration = Migration(migration_id=ID, app_name="catalogue", description=DESCRIPTION)
    migration.before(BEFORE)
    migration.tables(
        {
            ("ImportMapping", "import_mappings"): {
                "fingerprint": Text(primary_key=True, default=None),
                "mapping": _object(),
                "actor": Text(null=False, default=None),
                "updated_at": Timestamptz(null=False, default=None),
            }
        }
    )
    migration.columns({("ImportRun", "import_runs"): _columns()})
    migration.alter_column(
        table_class_name="ImportRun",
        tablename="import_runs",
        schema="catalogue",
        column_name="state",
        params={"default": "waiting"},
        old_params={"default": "running"},
        column_class=Text,
        old_column_class=Text,
    )
    migration.after(AFTER)
    return migration
