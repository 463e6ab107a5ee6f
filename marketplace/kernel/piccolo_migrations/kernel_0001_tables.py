"""Makes the tables of facts, idempotency keys, audit, state machines, timers and exchange rates; their walls follow in the next one."""

from __future__ import annotations

from typing import Any, Final

from piccolo.columns import JSONB, UUID, BigInt, Boolean, Bytea, Column, Integer, Numeric, SmallInt, Text, Timestamptz

from marketplace.kernel.migrations import Migration

ID = "kernel_0001_tables"
VERSION = "1.38.0"
DESCRIPTION = "Facts, keys, audit, machines, timers, rates"

KEY: Final[dict[str, Any]] = {"primary_key": True}
TABLES: Final[dict[tuple[str, str], tuple[tuple[str, type[Column], dict[str, Any]], ...]]] = {
    ("AllowedEdge", "allowed_edges"): (
        ("entity", Text, KEY),
        ("from_state", Text, {"default": ""}),
        ("to_state", Text, {}),
    ),
    ("AuditHead", "audit_heads"): (
        ("organisation_id", UUID, KEY),
        ("seq", BigInt, {"default": 0}),
        ("hash", Bytea, {"default": b""}),
        ("sealed_at", Timestamptz, {}),
    ),
    ("AuditRow", "audit_rows"): (
        ("id", UUID, KEY),
        ("organisation_id", UUID, {}),
        ("action", Text, {}),
        ("entity", Text, {}),
        ("entity_id", UUID, {"null": True}),
        ("principal", Text, {}),
        ("person_id", UUID, {"null": True}),
        ("request_id", Text, {"default": ""}),
        ("at", Timestamptz, {}),
        ("reason", Text, {"null": True}),
        ("before", JSONB, {"null": True}),
        ("after", JSONB, {"null": True}),
        ("salt", Bytea, {"null": True}),
        ("digest", Bytea, {"default": b""}),
        ("seq", BigInt, {"null": True}),
        ("previous_hash", Bytea, {"null": True}),
        ("hash", Bytea, {"null": True}),
        ("sealed_at", Timestamptz, {"null": True}),
    ),
    ("FxRate", "fx_rates"): (
        ("id", UUID, KEY),
        ("base", Text, {}),
        ("quote", Text, {}),
        ("rate", Numeric, {"digits": (20, 10)}),
        ("provider", Text, {}),
        ("as_of", Timestamptz, {}),
        ("is_fixed", Boolean, {"default": False}),
    ),
    ("IdempotencyKey", "idempotency_keys"): (
        ("principal", Text, KEY),
        ("route", Text, {}),
        ("key", Text, {}),
        ("fingerprint", Bytea, {"default": b""}),
        ("status", SmallInt, {"null": True}),
        ("content_type", Text, {"default": ""}),
        ("body", Bytea, {"null": True}),
        ("created_at", Timestamptz, {}),
        ("finished_at", Timestamptz, {"null": True}),
    ),
    ("Inbox", "inbox"): (
        ("fact_id", UUID, KEY),
        ("handler", Text, {}),
        ("state", Text, {"default": "done"}),
        ("attempts", SmallInt, {"default": 0}),
        ("due_at", Timestamptz, {"null": True}),
        ("done_at", Timestamptz, {"null": True}),
        ("last_error", Text, {"default": ""}),
    ),
    ("JobRun", "job_runs"): (
        ("name", Text, KEY),
        ("every_seconds", Integer, {"default": 60}),
        ("last_started", Timestamptz, {"null": True}),
        ("last_finished", Timestamptz, {"null": True}),
        ("last_succeeded", Timestamptz, {"null": True}),
        ("last_count", BigInt, {"default": 0}),
        ("last_error", Text, {"default": ""}),
        ("lease_token", UUID, {"null": True}),
        ("leased_until", Timestamptz, {"null": True}),
    ),
    ("Outbox", "outbox"): (
        ("id", UUID, KEY),
        ("kind", Text, {}),
        ("payload", JSONB, {"default": "{}"}),
        ("dedupe_key", Text, {"unique": True, "null": True}),
        ("state", Text, {"default": "new"}),
        ("attempts", SmallInt, {"default": 0}),
        ("created_at", Timestamptz, {}),
        ("due_at", Timestamptz, {}),
        ("done_at", Timestamptz, {"null": True}),
        ("last_error", Text, {"default": ""}),
        ("traceparent", Text, {"default": ""}),
    ),
    ("StateLog", "state_log"): (
        ("entity", Text, KEY),
        ("entity_id", UUID, {}),
        ("seq", Integer, {"default": 1}),
        ("from_state", Text, {"default": ""}),
        ("to_state", Text, {}),
        ("principal", Text, {}),
        ("at", Timestamptz, {}),
    ),
}


async def forwards() -> Migration:
    """Describe the tables as Piccolo creates them; columns are NOT NULL without default unless said otherwise."""
    manager = Migration(migration_id=ID, app_name="kernel", description=DESCRIPTION)
    manager.tables(TABLES)
    return manager
