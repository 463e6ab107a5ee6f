"""Makes the tables of saved comparisons, each behind its organisation's wall."""

from __future__ import annotations

from piccolo.columns import JSONB, UUID, BigInt, Boolean, Integer, Text, Timestamptz

from marketplace.kernel.migrations import Migration, grant, tenant_policy

ID = "trade_0004_saved"
VERSION = "1.38.0"
DESCRIPTION = "saved comparisons and their states"

TABLES = {
    ("SavedComparison", "saved_comparisons"): (
        ("id", UUID, {"primary_key": True}),
        ("organisation_id", UUID, {}),
        ("product_id", UUID, {}),
        ("product_title", Text, {}),
        ("name", Text, {}),
        ("note", Text, {"default": ""}),
        ("state", Text, {"default": "active"}),
        ("saved_by", UUID, {"null": True}),
        ("saved_by_name", Text, {"default": ""}),
        ("latest_seq", Integer, {"default": 1}),
        ("version", Integer, {"default": 1}),
        ("created_at", Timestamptz, {}),
        ("updated_at", Timestamptz, {}),
    ),
    ("ComparisonSnapshot", "comparison_snapshots"): (
        ("id", UUID, {"primary_key": True}),
        ("comparison_id", UUID, {}),
        ("organisation_id", UUID, {}),
        ("seq", Integer, {}),
        ("taken_at", Timestamptz, {}),
        ("taken_by", UUID, {"null": True}),
        ("taken_by_name", Text, {"default": ""}),
        ("ranking_version", Integer, {}),
        ("has_own_weights", Boolean, {"default": False}),
        ("offers", Integer, {}),
        ("ranked", Integer, {}),
        ("first_name", Text, {"default": ""}),
        ("lowest_minor", BigInt, {"null": True}),
        ("currency", Text, {}),
        ("unit_code", Text, {}),
        ("unit_decimals", Integer, {}),
        ("ask", JSONB, {}),
        ("answer", JSONB, {}),
    ),
}
WALLS = """
ALTER TABLE trade.saved_comparisons ADD CONSTRAINT saved_comparisons_tenant UNIQUE (id, organisation_id),
  ADD FOREIGN KEY (organisation_id) REFERENCES kernel.organisations (id), ADD FOREIGN KEY (product_id) REFERENCES catalogue.products (id),
  ADD CHECK (state IN ('active', 'archived')), ADD CHECK (version > 0 AND latest_seq BETWEEN 1 AND 50), ADD CHECK (updated_at >= created_at),
  ADD CHECK (name <> '' AND char_length(name) <= 120 AND char_length(note) <= 1000);
ALTER TABLE trade.comparison_snapshots ADD CONSTRAINT comparison_snapshots_seq UNIQUE (comparison_id, seq),
  ADD FOREIGN KEY (comparison_id, organisation_id) REFERENCES trade.saved_comparisons (id, organisation_id),
  ADD CHECK (seq BETWEEN 1 AND 50 AND ranked BETWEEN 0 AND offers AND (lowest_minor IS NULL) = (ranked = 0) AND lowest_minor >= 0),
  ADD CHECK (unit_decimals BETWEEN 0 AND 3), ADD CHECK (currency ~ '^[A-Z][A-Z][A-Z]$' AND jsonb_typeof(ask) = 'object' AND jsonb_typeof(answer) = 'object');
CREATE INDEX saved_comparisons_list ON trade.saved_comparisons (organisation_id, state, updated_at DESC, id DESC);
CREATE TRIGGER comparison_snapshots_append BEFORE UPDATE OR DELETE ON trade.comparison_snapshots FOR EACH ROW EXECUTE FUNCTION kernel.refuse_change();
"""


async def forwards() -> Migration:
    """Describe the migration; the runner carries it out in one transaction."""
    migration = Migration(migration_id=ID, app_name="trade", description=DESCRIPTION)
    migration.tables(TABLES)
    migration.after(
        WALLS,
        grant("trade", "saved_comparisons", "SELECT, INSERT, UPDATE"),
        grant("trade", "comparison_snapshots", "SELECT, INSERT"),
        tenant_policy("trade", "saved_comparisons", "organisation_id"),
        tenant_policy("trade", "comparison_snapshots", "organisation_id"),
    )
    return migration
