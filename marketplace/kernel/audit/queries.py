"""Owns the SQL of the audit."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from marketplace.kernel.audit.schemas import AuditOut, Tampered
from marketplace.kernel.database import connection

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

NOBODY = UUID(int=0)

# Salt, digest and the empty seal are written by the table's trigger, whatever is sent.
INSERT = """
INSERT INTO kernel.audit_rows (id, organisation_id, action, entity, entity_id, principal, person_id, request_id, at, reason, before, after, digest)
SELECT u.*, ''::bytea FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::uuid[], $6::text[], $7::uuid[], $8::text[], $9::timestamptz[], $10::text[],
  $11::jsonb[], $12::jsonb[]) AS u
"""

# The one query that finds tampering: a gap, a broken link, a changed row, a changed content, a head that is not the last row.
TAMPERED = """
WITH sealed AS (
  SELECT r.*, lag(r.hash) OVER chain AS expected, row_number() OVER chain AS place FROM kernel.audit_rows r WHERE r.hash IS NOT NULL
  WINDOW chain AS (PARTITION BY r.organisation_id ORDER BY r.seq)
), last AS (
  SELECT DISTINCT ON (organisation_id) organisation_id, seq, hash FROM kernel.audit_rows WHERE hash IS NOT NULL ORDER BY organisation_id, seq DESC
)
SELECT s.organisation_id, s.seq, CASE
    WHEN s.seq <> s.place THEN 'gap'
    WHEN s.previous_hash IS DISTINCT FROM coalesce(s.expected, ''::bytea) THEN 'broken link'
    WHEN s.hash <> kernel.audit_hash(r) THEN 'changed row'
    ELSE 'changed content' END AS what
FROM sealed s JOIN kernel.audit_rows r ON r.id = s.id
WHERE s.seq <> s.place OR s.previous_hash IS DISTINCT FROM coalesce(s.expected, ''::bytea) OR s.hash <> kernel.audit_hash(r)
  OR (r.salt IS NOT NULL AND r.digest <> kernel.audit_digest(r.salt, r.reason, r.before, r.after))
UNION ALL
SELECT coalesce(h.organisation_id, l.organisation_id), coalesce(h.seq, l.seq), 'head differs from last row'
FROM kernel.audit_heads h FULL JOIN last l ON l.organisation_id = h.organisation_id
WHERE (h.seq, h.hash) IS DISTINCT FROM (l.seq, l.hash) AND coalesce(h.seq, 1) > 0
ORDER BY 1, 2
"""


async def insert(rows: Sequence[tuple[object, ...]]) -> None:
    """Insert rows in one statement: id, organisation, action, entity, entity id, principal, person, request, at, reason, before, after."""
    await connection().execute(INSERT, *zip(*rows, strict=True))


async def seal(now: datetime, *, limit: int) -> int:
    """Seal up to `limit` rows into their chains and give how many; one sealer at a time."""
    return int(await connection().fetchval("SELECT kernel.seal_audit($1, $2)", now, limit))


async def tampered(limit: int) -> list[Tampered]:
    """Give the places where a chain does not hold."""
    return [Tampered(**row) for row in await connection().fetch(f"{TAMPERED} LIMIT $1", limit)]


async def of_organisation(
    organisation_id: UUID, *, entity: str | None, entity_id: UUID | None, before: tuple[datetime, UUID] | None, limit: int
) -> list[AuditOut]:
    """Give an organisation's rows, newest first, perhaps of one thing, from before a place in the list."""
    at, row_id = before or (None, None)
    rows = await connection().fetch(
        "SELECT id, action, entity, entity_id, principal, person_id, at, reason, before::text AS before, after::text AS after, seq FROM kernel.audit_rows "
        "WHERE organisation_id = $1 AND ($2::text IS NULL OR entity = $2) AND ($3::uuid IS NULL OR entity_id = $3) "
        "AND ($4::timestamptz IS NULL OR (at, id) < ($4, $5)) ORDER BY at DESC, id DESC LIMIT $6",
        *(organisation_id, entity, entity_id, at, row_id, limit),
    )
    return [AuditOut(**row) for row in rows]
