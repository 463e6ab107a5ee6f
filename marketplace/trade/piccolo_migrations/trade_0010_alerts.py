"""Makes the tables of saved searches, each behind its organisation's wall."""

from __future__ import annotations

from typing import Any, Final

from piccolo.columns import JSONB, UUID, Column, Integer, Numeric, Text, Timestamptz

from marketplace.kernel.migrations import Migration, composite_key, grant, tenant_policy

ID = "trade_0010_alerts"
VERSION = "1.38.0"
DESCRIPTION = "Saved searches and their alerts"

PRICE: Final[dict[str, Any]] = {"digits": (20, 6), "null": True, "default": None}
TABLES: Final[dict[tuple[str, str], tuple[tuple[str, type[Column], dict[str, Any]], ...]]] = {
    ("SavedSearch", "saved_searches"): (
        ("id", UUID, {"primary_key": True, "default": None}),
        ("organisation_id", UUID, {"default": None}),
        ("person_id", UUID, {"default": None}),
        ("name", Text, {"default": None}),
        ("text", Text, {"default": ""}),
        ("filters", JSONB, {"default": "{}"}),
        ("frequency", Text, {"default": None}),
        ("state", Text, {"default": "active"}),
        ("version", Integer, {"default": 1}),
        ("created_at", Timestamptz, {"default": None}),
        ("looked_at", Timestamptz, {"null": True, "default": None}),
        ("due_at", Timestamptz, {"default": None}),
    ),
    ("SearchSeen", "search_seen"): (
        ("search_id", UUID, {"primary_key": True, "default": None}),
        ("organisation_id", UUID, {"default": None}),
        ("product_id", UUID, {"default": None}),
        ("offer_id", UUID, {"default": None}),
        ("price", Numeric, PRICE),
        ("currency", Text, {"default": ""}),
    ),
    ("SearchAlert", "search_alerts"): (
        ("id", UUID, {"primary_key": True, "default": None}),
        ("search_id", UUID, {"default": None}),
        ("organisation_id", UUID, {"default": None}),
        ("product_id", UUID, {"default": None}),
        ("offer_id", UUID, {"default": None}),
        ("supplier", Text, {"default": ""}),
        ("why", Text, {"default": None}),
        ("price", Numeric, PRICE),
        ("before", Numeric, PRICE),
        ("currency", Text, {"default": ""}),
        ("found_at", Timestamptz, {"default": None}),
        ("read_at", Timestamptz, {"null": True, "default": None}),
    ),
    ("SearchTouched", "search_touched"): (
        ("product_id", UUID, {"primary_key": True, "default": None}),
        ("touched_at", Timestamptz, {"default": None}),
    ),
}
WALLS = """
ALTER TABLE trade.saved_searches ADD CONSTRAINT saved_searches_tenant UNIQUE (id, organisation_id),
  ADD FOREIGN KEY (organisation_id) REFERENCES kernel.organisations (id), ADD FOREIGN KEY (person_id) REFERENCES kernel.people (id),
  ADD CHECK (frequency IN ('instant', 'daily', 'weekly')), ADD CHECK (state IN ('active', 'paused', 'deleted', 'ended')),
  ADD CHECK (name <> '' AND char_length(name) <= 120 AND char_length(text) <= 200 AND jsonb_typeof(filters) = 'object' AND version > 0);
ALTER TABLE trade.search_seen ADD CHECK (price >= 0 AND price < 1e14), ADD FOREIGN KEY (search_id, organisation_id) REFERENCES trade.saved_searches (id, organisation_id);
ALTER TABLE trade.search_alerts ADD CONSTRAINT search_alerts_once UNIQUE (search_id, product_id, offer_id),
  ADD FOREIGN KEY (search_id, organisation_id) REFERENCES trade.saved_searches (id, organisation_id),
  ADD CHECK (why IN ('product', 'offer', 'price')), ADD CHECK ((why = 'price') = (before IS NOT NULL)), ADD CHECK (before IS NULL OR price < before),
  ADD CHECK (price >= 0 AND price < 1e14 AND (before IS NULL OR before < 1e14));
CREATE INDEX saved_searches_list ON trade.saved_searches (organisation_id, person_id, created_at DESC) WHERE state <> 'deleted';
CREATE INDEX saved_searches_due ON trade.saved_searches (due_at) WHERE state = 'active';
CREATE INDEX search_alerts_list ON trade.search_alerts (search_id, found_at DESC);
CREATE INDEX search_touched_at ON trade.search_touched (touched_at);
"""


async def forwards() -> Migration:
    """Describe the migration; the runner carries it out in one transaction."""
    migration = Migration(migration_id=ID, app_name="trade", description=DESCRIPTION)
    migration.tables(TABLES)
    migration.after(
        composite_key("trade", "search_seen", "search_id", "product_id", "offer_id"),
        WALLS,
        grant("trade", "saved_searches", "SELECT, INSERT, UPDATE"),
        grant("trade", "search_seen", "SELECT, INSERT, UPDATE"),
        grant("trade", "search_alerts", "SELECT, INSERT, UPDATE"),
        grant("trade", "search_touched", "SELECT, INSERT, UPDATE, DELETE"),
        tenant_policy("trade", "saved_searches", "organisation_id"),
        tenant_policy("trade", "search_seen", "organisation_id"),
        tenant_policy("trade", "search_alerts", "organisation_id"),
    )
    return migration
