"""Owns the SQL of facts on their way."""

from __future__ import annotations

from typing import TYPE_CHECKING

from marketplace.kernel.database import connection
from marketplace.kernel.outbox.schemas import Backlog, Due, Waiting

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from uuid import UUID

CHANNEL = "kernel_outbox"

# Whoever publishes may not read: a conflict target or RETURNING would. The hint is sent with the commit. It takes a lock that all committing notifiers share, so the service asks for it a few times a second only.
INSERT = f"""
WITH told AS (
  INSERT INTO kernel.outbox (id, kind, payload, dedupe_key, state, attempts, created_at, due_at, last_error, traceparent)
  SELECT u.id, u.kind, u.payload::jsonb, u.dedupe_key, 'new', 0, $5, $5, '', $7
  FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[]) AS u (id, kind, payload, dedupe_key)
  ON CONFLICT DO NOTHING)
SELECT CASE WHEN $6 THEN pg_notify('{CHANNEL}', '') END AS hint
"""

CLAIM = """
SELECT o.id, o.payload::text AS payload, o.traceparent FROM kernel.outbox o
WHERE o.state = 'new' AND o.kind = $1 AND o.due_at <= $3
  AND NOT EXISTS (SELECT FROM kernel.inbox i WHERE i.fact_id = o.id AND i.handler = $2 AND (i.state <> 'failed' OR i.due_at > $3))
ORDER BY o.due_at, o.id LIMIT $4 FOR UPDATE OF o SKIP LOCKED
"""

# Marks and settles in one statement. It does not see its own marks, so it counts the other handlers' ($4) only; the row is locked by the claim.
MARK_DONE = """
WITH marked AS (
  INSERT INTO kernel.inbox (fact_id, handler, state, attempts, done_at, last_error)
  SELECT u, $2, 'done', 1, $3, '' FROM unnest($1::uuid[]) AS u
  ON CONFLICT (fact_id, handler) DO UPDATE SET state = 'done', attempts = inbox.attempts + 1, due_at = NULL, done_at = $3
)
UPDATE kernel.outbox o SET done_at = $3,
  state = CASE WHEN EXISTS (SELECT FROM kernel.inbox i WHERE i.fact_id = o.id AND i.handler = ANY($4::text[]) AND i.state = 'dead') THEN 'dead' ELSE 'done' END
WHERE o.id = ANY($1::uuid[]) AND o.state = 'new'
  AND cardinality($4::text[]) = (SELECT count(*) FROM kernel.inbox i WHERE i.fact_id = o.id AND i.handler = ANY($4::text[]) AND i.state IN ('done', 'dead'))
"""

MARK_FAILED = """
INSERT INTO kernel.inbox (fact_id, handler, state, attempts, due_at, last_error)
VALUES ($1, $2, CASE WHEN $5 <= 1 THEN 'dead' ELSE 'failed' END, 1, CASE WHEN $5 <= 1 THEN NULL ELSE $3::timestamptz + make_interval(secs => $4) END, $6)
ON CONFLICT (fact_id, handler) DO UPDATE SET attempts = inbox.attempts + 1, last_error = $6,
  state = CASE WHEN inbox.attempts + 1 >= $5 THEN 'dead' ELSE 'failed' END,
  due_at = CASE WHEN inbox.attempts + 1 >= $5 THEN NULL ELSE $3::timestamptz + make_interval(secs => least($4 * 2 ^ inbox.attempts, 3600)) END
WHERE inbox.state = 'failed' RETURNING attempts
"""

# A fact is over when each of its handlers is: done if all are, dead if one gave up.
SETTLE = """
UPDATE kernel.outbox o SET done_at = $3,
  state = CASE WHEN EXISTS (SELECT FROM kernel.inbox i WHERE i.fact_id = o.id AND i.handler = ANY($2::text[]) AND i.state = 'dead') THEN 'dead' ELSE 'done' END
WHERE o.id = ANY($1::uuid[]) AND o.state = 'new'
  AND cardinality($2::text[]) = (SELECT count(*) FROM kernel.inbox i WHERE i.fact_id = o.id AND i.handler = ANY($2::text[]) AND i.state IN ('done', 'dead'))
"""

SETTLE_UNHANDLED = """
WITH idle AS (SELECT id FROM kernel.outbox WHERE state = 'new' AND kind = $1 AND due_at <= $2 LIMIT $3 FOR UPDATE SKIP LOCKED),
  ended AS (UPDATE kernel.outbox o SET state = 'done', done_at = $2 FROM idle WHERE o.id = idle.id RETURNING 1)
SELECT count(*) FROM ended
"""

PURGE = """
WITH old AS (SELECT id FROM kernel.outbox WHERE state = 'done' AND done_at < $1 AND created_at < $1 LIMIT $2 FOR UPDATE SKIP LOCKED),
  gone AS (DELETE FROM kernel.outbox o USING old WHERE o.id = old.id RETURNING 1)
SELECT count(*) FROM gone
"""


async def insert(rows: Sequence[tuple[UUID, str, str, str | None]], *, now: datetime, hints: bool, traceparent: str) -> None:
    """Insert (id, kind, payload, dedupe key) rows in one statement, passing over keys that exist already."""
    ids, kinds, payloads, keys = zip(*rows, strict=True)
    await connection().execute(INSERT, ids, kinds, payloads, keys, now, hints, traceparent)


async def due_kinds(now: datetime) -> list[str]:
    """Give the kinds that have a fact due, the kind with the oldest fact first: what happened first is mostly told first."""
    rows = await connection().fetch(
        "SELECT kind FROM kernel.outbox WHERE state = 'new' AND due_at <= $1 GROUP BY kind ORDER BY min(due_at), min(id::text)", now
    )
    return [row["kind"] for row in rows]


async def claim(kind: str, *, handler: str, now: datetime, limit: int) -> list[Due]:
    """Lock facts of a kind that this handler has not ended, oldest first, passing over what another worker holds."""
    return [Due(*row) for row in await connection().fetch(CLAIM, kind, handler, now, limit)]


async def mark_done(fact_ids: Sequence[UUID], *, handler: str, handlers: Sequence[str], now: datetime) -> None:
    """Mark facts as done by one handler, and end those whose handlers have all ended."""
    others = [name for name in handlers if name != handler]
    await connection().execute(MARK_DONE, fact_ids, handler, now, others)


async def mark_failed(fact_id: UUID, *, handler: str, handlers: Sequence[str], now: datetime, error: str, attempts_max: int) -> int:
    """Note a failure with the time of the next attempt (2 s, doubling, an hour at most), or give the handler up; give the attempts so far."""
    attempts = await connection().fetchval(MARK_FAILED, fact_id, handler, now, 2.0, attempts_max, error)
    await connection().execute(
        "UPDATE kernel.outbox SET attempts = greatest(attempts, $2), last_error = $3 WHERE id = $1", fact_id, attempts or 0, f"{handler}: {error}"
    )
    await connection().execute(SETTLE, [fact_id], handlers, now)
    return int(attempts or 0)


async def settle_unhandled(kind: str, *, now: datetime, limit: int) -> int:
    """End facts that nobody handles and give how many."""
    return int(await connection().fetchval(SETTLE_UNHANDLED, kind, now, limit))


async def purge(before: datetime, *, limit: int) -> int:
    """Delete facts that were done before a moment and give how many."""
    return int(await connection().fetchval(PURGE, before, limit))


async def waiting(limit: int) -> list[Waiting]:
    """List facts whose delivery fails or has been given up, newest first, for the operator."""
    rows = await connection().fetch(
        "SELECT o.id, o.kind, i.handler, i.state, i.attempts, i.last_error, o.created_at FROM kernel.inbox i JOIN kernel.outbox o ON o.id = i.fact_id "
        "WHERE i.state <> 'done' ORDER BY o.created_at DESC, o.id DESC, i.handler LIMIT $1",
        limit,
    )
    return [Waiting(**row) for row in rows]


async def revive(fact_id: UUID, *, handler: str, now: datetime) -> bool:
    """Let a dead delivery try again from the start; tell whether there was one."""
    row = await connection().fetchval(
        "UPDATE kernel.inbox SET state = 'failed', attempts = 0, due_at = $3 WHERE fact_id = $1 AND handler = $2 AND state = 'dead' RETURNING 1",
        fact_id,
        handler,
        now,
    )
    await connection().execute(
        "UPDATE kernel.outbox SET state = 'new', done_at = NULL WHERE id = $1 AND state = 'dead' AND $2", fact_id, row is not None
    )
    return row is not None


async def backlog(now: datetime) -> Backlog:
    """Count what waits and give the age of the oldest."""
    row = await connection().fetchrow(
        "SELECT count(*) AS waiting, coalesce(greatest(0, extract(epoch FROM $1::timestamptz - min(due_at))), 0)::int AS oldest_seconds, "
        "(SELECT count(*) FROM kernel.inbox WHERE state = 'failed') AS failed, (SELECT count(*) FROM kernel.inbox WHERE state = 'dead') AS dead "
        "FROM kernel.outbox WHERE state = 'new'",
        now,
    )
    assert row is not None, "a count always answers"
    return Backlog(**row)
