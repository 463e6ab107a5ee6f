"""Makes the events that rates are worked out from, each kept for good, and the means that rates are drawn towards."""

from __future__ import annotations

from typing import Any

from piccolo.columns import UUID, BigInt, Boolean, Column, Date, Integer, Numeric, Text, Timestamptz

from marketplace.kernel.migrations import Migration, grant, tenant_policy

ID = "trust_0002_events"
VERSION = "1.38.0"
DESCRIPTION = "events of the score, means of categories, shrunk rates"

TABLES: dict[tuple[str, str], tuple[tuple[str, type[Column], dict[str, Any]], ...]] = {
    ("Event", "events"): (
        ("id", UUID, {"primary_key": True}),
        ("order_id", UUID, {}),
        ("supplier_id", UUID, {}),
        ("buyer_id", UUID, {}),
        ("kind", Text, {}),
        ("version", Integer, {"default": 1}),
        ("at", Timestamptz, {}),
        ("placed_at", Timestamptz, {"null": True}),
        ("promised_on", Date, {"null": True}),
        ("time_zone", Text, {"default": ""}),
        ("delivered_on", Date, {"null": True}),
        ("cancelled_by", Text, {"default": ""}),
        ("category_id", UUID, {"null": True}),
        ("order_number", Text, {"default": ""}),
        ("is_void", Boolean, {"default": False}),
        ("reason", Text, {"default": ""}),
        ("actor", Text, {"default": ""}),
        ("recorded_at", Timestamptz, {}),
    ),
    ("CategoryMean", "category_means"): (
        ("id", UUID, {"primary_key": True}),
        ("as_of", Timestamptz, {}),
        ("measure", Text, {}),
        ("category_id", UUID, {"null": True}),
        ("k", BigInt, {}),
        ("n", BigInt, {}),
        ("mean", Numeric, {"digits": (7, 6)}),
        ("formula", Text, {}),
    ),
}
SHARE: dict[str, Any] = {"digits": (7, 6)}
ADDED: tuple[tuple[str, str, str, type[Column], dict[str, Any]], ...] = (
    ("OrderOutcome", "order_outcomes", "category_id", UUID, {}),
    ("OrderOutcome", "order_outcomes", "order_number", Text, {"null": False, "default": ""}),
    ("SupplierRate", "supplier_rates", "on_time_rate", Numeric, SHARE),
    ("SupplierRate", "supplier_rates", "on_time_mean", Numeric, SHARE),
    ("SupplierRate", "supplier_rates", "acceptance_rate", Numeric, SHARE),
    ("SupplierRate", "supplier_rates", "acceptance_mean", Numeric, SHARE),
    ("SupplierRate", "supplier_rates", "means_as_of", Timestamptz, {}),
)
WALLS = """
ALTER TABLE trust.events ADD CONSTRAINT events_once UNIQUE (order_id, kind, version),
  ADD CHECK (kind IN ('placed', 'accepted', 'refused', 'timed_out', 'cancelled', 'delivered')), ADD CHECK (version > 0 AND char_length(reason) <= 500),
  ADD CHECK (cancelled_by IN ('', 'buyer', 'supplier', 'operator')), ADD CHECK (kind <> 'accepted' OR time_zone <> ''), ADD CHECK (version = 1 OR reason <> ''), ADD CHECK (version > 1 OR NOT is_void);
CREATE INDEX events_supplier ON trust.events (supplier_id, order_id);
CREATE TRIGGER events_append BEFORE UPDATE OR DELETE ON trust.events FOR EACH ROW EXECUTE FUNCTION kernel.refuse_change();
ALTER TABLE trust.category_means ADD CHECK (measure IN ('on_time', 'acceptance')), ADD CHECK (k BETWEEN 0 AND n AND mean > 0 AND mean < 1);
CREATE UNIQUE INDEX category_means_once ON trust.category_means
  (as_of, measure, coalesce(category_id, '00000000-0000-0000-0000-000000000000'::uuid));
CREATE TRIGGER category_means_append BEFORE UPDATE OR DELETE ON trust.category_means FOR EACH ROW EXECUTE FUNCTION kernel.refuse_change();
ALTER TABLE trust.supplier_rates DROP CONSTRAINT supplier_rates_on_time, DROP CONSTRAINT supplier_rates_acceptance,
  ADD CONSTRAINT supplier_rates_on_time CHECK (on_time_k BETWEEN 0 AND on_time_n AND (on_time_low IS NULL OR on_time_n > 0) AND on_time_low <= on_time_high),
  ADD CONSTRAINT supplier_rates_acceptance CHECK (
    acceptance_k BETWEEN 0 AND acceptance_n AND (acceptance_low IS NULL OR acceptance_n > 0) AND acceptance_low <= acceptance_high),
  ADD CONSTRAINT supplier_rates_drawn CHECK (on_time_rate >= 0 AND on_time_rate <= 1 AND acceptance_rate >= 0 AND acceptance_rate <= 1),
  ADD CONSTRAINT supplier_rates_means CHECK (on_time_mean > 0 AND on_time_mean < 1 AND acceptance_mean > 0 AND acceptance_mean < 1);
"""
# What was known before events were kept becomes events: an outcome told each of them once, and nothing was corrected.
BEFORE = """
SELECT set_config('app.role', 'worker', true);
INSERT INTO trust.events (id, order_id, supplier_id, buyer_id, kind, version, at, placed_at, promised_on, time_zone, delivered_on, cancelled_by, recorded_at)
SELECT gen_random_uuid(), o.order_id, o.supplier_id, o.buyer_id, e.kind, 1, e.at, CASE WHEN e.kind IN ('cancelled', 'delivered') THEN NULL ELSE o.placed_at END,
  CASE e.kind WHEN 'accepted' THEN o.promised_on END, CASE e.kind WHEN 'accepted' THEN o.time_zone ELSE '' END, CASE e.kind WHEN 'delivered' THEN o.delivered_on END,
  CASE e.kind WHEN 'cancelled' THEN o.cancelled_by ELSE '' END, e.at
FROM trust.order_outcomes o CROSS JOIN LATERAL (VALUES ('placed', o.placed_at), ('accepted', o.accepted_at),
  (CASE WHEN o.is_timed_out THEN 'timed_out' ELSE 'refused' END, o.refused_at), ('cancelled', o.cancelled_at), ('delivered', o.delivered_at)) AS e(kind, at)
WHERE e.at IS NOT NULL;
"""


async def forwards() -> Migration:
    """Describe the migration; the runner carries it out in one transaction."""
    migration = Migration(migration_id=ID, app_name="trust", description=DESCRIPTION)
    migration.tables(TABLES)
    for class_name, tablename, name, column_class, params in ADDED:
        migration.add_column(
            table_class_name=class_name, tablename=tablename, column_name=name, column_class=column_class, params={"null": True, "default": None, **params},
            schema="trust",
        )  # fmt: skip
    migration.after(
        WALLS,
        grant("trust", "events", "SELECT, INSERT"),
        tenant_policy("trust", "events", "supplier_id", "buyer_id"),
        grant("trust", "category_means", "SELECT, INSERT"),
        BEFORE,
    )
    return migration
