"""Owns the one statement that writes births: log of states, facts and audit rows at once, for what is made on the busiest path."""

from __future__ import annotations

from typing import TYPE_CHECKING

from marketplace.kernel.database import at_commit
from marketplace.kernel.literals import as_json

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from typing import Any

# The number of a birth is 1: the key refuses a second one. The audit's trigger writes salt and digest.
INSERT = """
WITH born AS MATERIALIZED (
  SELECT * FROM json_to_recordset($1::json) AS x(entity text, entity_id uuid, to_state text, fact_id uuid, kind text, payload jsonb)),
logged AS (
  INSERT INTO kernel.state_log (entity, entity_id, seq, from_state, to_state, principal, at)
  SELECT entity, entity_id, 1, '', to_state, $4, $5 FROM born),
told AS (
  INSERT INTO kernel.outbox (id, kind, payload, dedupe_key, state, attempts, created_at, due_at, last_error, traceparent)
  SELECT fact_id, kind, payload, entity || ':' || entity_id || ':1', 'new', 0, $5, $5, '', $8 FROM born),
audited AS (
  INSERT INTO kernel.audit_rows (id, organisation_id, action, entity, entity_id, principal, person_id, request_id, at, reason, before, after, digest)
  SELECT x.id, x.organisation_id, x.action, x.entity, x.entity_id, $4, $6, $7, $5, x.reason, NULL, x.after, ''::bytea
  FROM json_to_recordset($2::json) AS x(id uuid, organisation_id uuid, action text, entity text, entity_id uuid, reason text, after jsonb))
SELECT CASE WHEN $3::text <> '' THEN pg_notify($3, '') END
"""


async def insert(
    born: Sequence[dict[str, Any]], *, entries: Sequence[dict[str, Any]], channel: str, who: tuple[str, Any, str, str], now: datetime
) -> None:
    """Write births with their facts, and audit entries, in one statement, as late as the transaction allows.

    `channel` "" sends no hint; `who` is (principal, person, request, traceparent).
    """
    principal, person_id, request_id, traceparent = who
    await at_commit(INSERT, *map(as_json, (born, entries)), channel, principal, now, person_id, request_id, traceparent)
