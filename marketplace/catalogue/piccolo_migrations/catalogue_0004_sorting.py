"""Lets products get their category by published rules with evidence, and keeps what operators corrected."""

from __future__ import annotations

from typing import Any

from piccolo.columns import JSONB, UUID, BigInt, Boolean, Column, Integer, SmallInt, Text, Timestamptz

from marketplace.kernel.migrations import Migration, grant

ID = "catalogue_0004_sorting"
VERSION = "1.38.0"
DESCRIPTION = "sorting rules, why products stand where they stand, corrections, runs"

TABLES: dict[tuple[str, str], tuple[tuple[str, type[Column], dict[str, Any]], ...]] = {
    ("SortingRule", "sorting_rules"): (
        ("id", UUID, {"primary_key": True}),
        ("category_id", UUID, {}),
        ("kind", Text, {}),
        ("key", Text, {"default": ""}),
        ("phrase", Text, {"default": ""}),
        ("priority", SmallInt, {"default": 100}),
        ("origin", Text, {"default": "published"}),
        ("learned_from", Integer, {"default": 0}),
        ("found", Integer, {"default": 0}),
        ("is_active", Boolean, {"default": True}),
        ("created_by", Text, {"default": ""}),
        ("created_at", Timestamptz, {}),
        ("version", BigInt, {"default": 1}),
    ),
    ("ProductSorting", "product_sortings"): (
        ("product_id", UUID, {"primary_key": True}),
        ("category_id", UUID, {}),
        ("rule_id", UUID, {"null": True}),
        ("decided_by", Text, {}),
        ("evidence", JSONB, {"default": "{}"}),
        ("at", Timestamptz, {}),
    ),
    ("SortingCorrection", "sorting_corrections"): (
        ("id", UUID, {"primary_key": True}),
        ("step_id", UUID, {}),
        ("undoes", UUID, {"null": True}),
        ("product_id", UUID, {}),
        ("from_category", UUID, {"null": True}),
        ("to_category", UUID, {"null": True}),
        ("was_decided_by", Text, {"default": ""}),
        ("actor", Text, {}),
        ("at", Timestamptz, {}),
    ),
    ("SortingRun", "sorting_runs"): (
        ("id", UUID, {"primary_key": True}),
        ("state", Text, {"default": "running"}),
        ("reason", Text, {"default": ""}),
        ("position", UUID, {}),
        ("total", BigInt, {"default": 0}),
        ("done", BigInt, {"default": 0}),
        ("changed", BigInt, {"default": 0}),
        ("started_at", Timestamptz, {}),
        ("finished_at", Timestamptz, {"null": True}),
    ),
}
WALLS = """
ALTER TABLE catalogue.sorting_rules
  ADD FOREIGN KEY (category_id) REFERENCES catalogue.categories (id),
  ADD CHECK (kind IN ('type', 'attribute', 'brand')),
  ADD CHECK ((kind = 'attribute') = (key <> '')),
  ADD CHECK (kind = 'attribute' OR phrase <> ''),
  ADD CHECK (length(key) <= 200 AND length(phrase) <= 200),
  ADD CHECK (priority BETWEEN 1 AND 999),
  ADD CHECK (origin IN ('published', 'learned')),
  ADD CHECK ((origin = 'learned') = (learned_from > 0)),
  ADD CHECK (found >= 0),
  ADD CONSTRAINT sorting_rules_once UNIQUE (kind, key, phrase, category_id);
GRANT SELECT, INSERT ON catalogue.sorting_rules TO marketplace_app;
GRANT UPDATE (priority, is_active, origin, learned_from, found, created_by, created_at, version) ON catalogue.sorting_rules TO marketplace_app;
ALTER TABLE catalogue.product_sortings
  ADD FOREIGN KEY (product_id) REFERENCES catalogue.products (id) ON DELETE CASCADE,
  ADD FOREIGN KEY (category_id) REFERENCES catalogue.categories (id),
  ADD FOREIGN KEY (rule_id) REFERENCES catalogue.sorting_rules (id),
  ADD CHECK (decided_by IN ('rule', 'operator')),
  ADD CHECK ((decided_by = 'rule') = (rule_id IS NOT NULL)),
  ADD CHECK (jsonb_typeof(evidence) = 'object');
CREATE INDEX product_sortings_by_rule ON catalogue.product_sortings (rule_id);
CREATE INDEX product_sortings_decided ON catalogue.product_sortings (product_id) WHERE decided_by = 'operator';
CREATE INDEX products_unsorted ON catalogue.products (id) WHERE category_id IS NULL AND state = 'published';
ALTER TABLE catalogue.sorting_corrections
  ADD FOREIGN KEY (product_id) REFERENCES catalogue.products (id) ON DELETE CASCADE,
  ADD FOREIGN KEY (from_category) REFERENCES catalogue.categories (id),
  ADD FOREIGN KEY (to_category) REFERENCES catalogue.categories (id),
  ADD CHECK (was_decided_by IN ('', 'rule', 'operator'));
CREATE INDEX sorting_corrections_of_product ON catalogue.sorting_corrections (product_id, id);
CREATE INDEX sorting_corrections_of_step ON catalogue.sorting_corrections (step_id);
CREATE INDEX sorting_corrections_of_actor ON catalogue.sorting_corrections (actor, id);
CREATE TRIGGER sorting_corrections_append BEFORE UPDATE ON catalogue.sorting_corrections FOR EACH ROW EXECUTE FUNCTION kernel.refuse_change();
ALTER TABLE catalogue.sorting_runs
  ADD CHECK (state IN ('running', 'finished', 'replaced')),
  ADD CHECK ((state = 'running') = (finished_at IS NULL)),
  ADD CHECK (done >= 0 AND changed >= 0 AND total >= 0);
CREATE UNIQUE INDEX sorting_runs_running ON catalogue.sorting_runs (state) WHERE state = 'running';
CREATE INDEX sorting_runs_latest ON catalogue.sorting_runs (id);
"""


async def forwards() -> Migration:
    """Describe the migration; the runner carries it out in one transaction."""
    migration = Migration(migration_id=ID, app_name="catalogue", description=DESCRIPTION)
    migration.tables(TABLES)
    migration.after(
        WALLS,
        grant("catalogue", "product_sortings"),
        grant("catalogue", "sorting_corrections", "SELECT, INSERT"),
        grant("catalogue", "sorting_runs", "SELECT, INSERT, UPDATE"),
    )
    return migration
