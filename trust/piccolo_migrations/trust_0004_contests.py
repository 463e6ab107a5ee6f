"""Makes what suppliers contest of their score, and the operator's answers: rows are added to both and never changed."""

from __future__ import annotations

from typing import Any

from piccolo.columns import UUID, Column, Date, Integer, Text, Timestamptz

from marketplace.kernel.migrations import ACTING, STAFF, Migration, Statement, grant, tenant_policy

ID = "trust_0004_contests"
VERSION = "1.38.0"
DESCRIPTION = "contests of events, and their decisions"

TABLES: dict[tuple[str, str], tuple[tuple[str, type[Column], dict[str, Any]], ...]] = {
    ("Contest", "contests"): (
        ("id", UUID, {"primary_key": True}),
        ("supplier_id", UUID, {}),
        ("order_id", UUID, {}),
        ("order_number", Text, {"default": ""}),
        ("kind", Text, {}),
        ("event_version", Integer, {}),
        ("attempt", Integer, {"default": 1}),
        ("wrong", Text, {}),
        ("delivered_on", Date, {"null": True}),
        ("reason", Text, {}),
        ("stated_by", Text, {}),
        ("stated_at", Timestamptz, {}),
    ),
    ("ContestDecision", "contest_decisions"): (
        ("contest_id", UUID, {"primary_key": True}),
        ("supplier_id", UUID, {}),
        ("outcome", Text, {}),
        ("answer", Text, {"default": ""}),
        ("decided_by", Text, {}),
        ("decided_at", Timestamptz, {}),
    ),
}
WALLS = """
ALTER TABLE trust.contests
  ADD FOREIGN KEY (order_id, kind, event_version) REFERENCES trust.events (order_id, kind, version),
  ADD FOREIGN KEY (supplier_id) REFERENCES vendors.suppliers (organisation_id),
  ADD CONSTRAINT contests_attempt UNIQUE (order_id, kind, attempt), ADD CHECK (attempt BETWEEN 1 AND 3),
  ADD CONSTRAINT contests_supplier UNIQUE (id, supplier_id),
  ADD CHECK (kind IN ('accepted', 'refused', 'timed_out', 'cancelled', 'delivered')),
  ADD CHECK (wrong IN ('date', 'void') AND (wrong = 'date') = (delivered_on IS NOT NULL) AND (wrong = 'void' OR kind = 'delivered')),
  ADD CHECK (char_length(btrim(reason)) BETWEEN 1 AND 500);
CREATE INDEX contests_of_supplier ON trust.contests (supplier_id, id);
CREATE TRIGGER contests_append BEFORE UPDATE OR DELETE ON trust.contests FOR EACH ROW EXECUTE FUNCTION kernel.refuse_change();
ALTER TABLE trust.contest_decisions
  ADD FOREIGN KEY (contest_id, supplier_id) REFERENCES trust.contests (id, supplier_id),
  ADD CHECK (outcome IN ('accepted', 'declined')),
  ADD CHECK (char_length(answer) <= 500 AND (outcome = 'accepted' OR btrim(answer) <> ''));
CREATE TRIGGER contest_decisions_append BEFORE UPDATE OR DELETE ON trust.contest_decisions FOR EACH ROW EXECUTE FUNCTION kernel.refuse_change();
"""
# A supplier reads the answers to its contests, and writes none of them.
ANSWERS = Statement(
    f"""ALTER TABLE trust.contest_decisions ENABLE ROW LEVEL SECURITY; ALTER TABLE trust.contest_decisions FORCE ROW LEVEL SECURITY;
    CREATE POLICY tenant ON trust.contest_decisions FOR SELECT USING ({STAFF} OR supplier_id = {ACTING});
    CREATE POLICY staff ON trust.contest_decisions FOR INSERT WITH CHECK ({STAFF});"""
)


async def forwards() -> Migration:
    """Describe the migration; the runner carries it out in one transaction."""
    migration = Migration(migration_id=ID, app_name="trust", description=DESCRIPTION)
    migration.tables(TABLES)
    migration.after(
        WALLS,
        grant("trust", "contests", "SELECT, INSERT"),
        tenant_policy("trust", "contests", "supplier_id"),
        grant("trust", "contest_decisions", "SELECT, INSERT"),
        ANSWERS,
    )
    return migration
