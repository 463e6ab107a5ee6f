"""Owns the SQL of merges."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from marketplace.catalogue.merges.schemas import MergeOut, Snapshot
from marketplace.catalogue.products.schemas import Key
from marketplace.kernel.database import connection

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from asyncpg import Record

MERGE = """SELECT m.id, m.kept_id, m.gone_id, m.reason, k.title AS kept_title, g.title AS gone_title, m.at, m.actor, m.undone_at,
  ARRAY(SELECT jsonb_object_keys(m.snapshot -> 'after')) AS filled
  FROM catalogue.merges m JOIN catalogue.products k ON k.id = m.kept_id JOIN catalogue.products g ON g.id = m.gone_id"""


def _merge(row: Record) -> MergeOut:
    return MergeOut(**(dict(row) | {"filled": sorted(row["filled"])}))


async def lock() -> None:
    """Let one merge or undoing at a time be done, until the transaction ends: two that share a product see each other whole."""
    await connection().execute("SELECT pg_advisory_xact_lock(hashtextextended('catalogue.merges', 0))")


async def insert(merge_id: UUID, *, kept_id: UUID, gone_id: UUID, reason: str, snapshot: Snapshot, actor: str, now: datetime) -> None:
    """Write a merge."""
    await connection().execute(
        "INSERT INTO catalogue.merges (id, kept_id, gone_id, reason, snapshot, actor, at) VALUES ($1, $2, $3, $4, $5, $6, $7)",
        merge_id, kept_id, gone_id, reason, msgspec.json.encode(snapshot).decode(), actor, now,
    )  # fmt: skip


async def merge(merge_id: UUID) -> MergeOut | None:
    """Read a merge."""
    row = await connection().fetchrow(f"{MERGE} WHERE m.id = $1", merge_id)
    return None if row is None else _merge(row)


async def snapshot(merge_id: UUID) -> Snapshot:
    """Read what a merge changed."""
    return msgspec.json.decode(await connection().fetchval("SELECT snapshot FROM catalogue.merges WHERE id = $1", merge_id), type=Snapshot)


async def keep(merge_id: UUID, snapshot: Snapshot) -> None:
    """Write anew what a merge changed."""
    await connection().execute("UPDATE catalogue.merges SET snapshot = $2 WHERE id = $1", merge_id, msgspec.json.encode(snapshot).decode())


async def standing(kept_id: UUID) -> list[MergeOut]:
    """Read the merges into a product that nobody has undone, the first first."""
    return [_merge(row) for row in await connection().fetch(f"{MERGE} WHERE m.kept_id = $1 AND m.undone_at IS NULL ORDER BY m.at, m.id", kept_id)]


async def keys_lent(kept_id: UUID) -> list[Key]:
    """Read the keys that any merge ever lent to a product: of two that would have lent the same, only the first did."""
    sql = """SELECT DISTINCT x ->> 'scheme', x ->> 'value' FROM catalogue.merges m CROSS JOIN LATERAL jsonb_array_elements(m.snapshot -> 'lent' -> 'keys') x
      WHERE m.kept_id = $1"""
    return [Key(*row) for row in await connection().fetch(sql, kept_id)]


async def undo(merge_id: UUID, *, actor: str, now: datetime) -> None:
    """Write that a merge is undone."""
    await connection().execute("UPDATE catalogue.merges SET undone_by = $2, undone_at = $3 WHERE id = $1", merge_id, actor, now)


async def listed(*, product_id: UUID | None, text: str, after: tuple[datetime, UUID] | None, limit: int) -> list[MergeOut]:
    """Read merges, of all products, of one, or of those whose title or part number has some words, the newest first."""
    sql = f"""{MERGE} WHERE ($1::uuid IS NULL OR $1 IN (m.kept_id, m.gone_id))
      AND ($2 = '' OR k.title ILIKE $2 OR k.part_number ILIKE $2 OR g.title ILIKE $2 OR g.part_number ILIKE $2)
      AND ($3::timestamptz IS NULL OR (m.at, m.id) < ($3, $4::uuid)) ORDER BY m.at DESC, m.id DESC LIMIT $5"""
    pattern = "%" + text.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_") + "%" if text else ""
    return [_merge(row) for row in await connection().fetch(sql, product_id, pattern, *(after or (None, None)), limit)]


async def latest(*, product_id: UUID | None, limit: int) -> list[MergeOut]:
    """Read the latest merges, of all products or of one, the newest first."""
    sql = f"{MERGE} WHERE $1::uuid IS NULL OR $1 IN (m.kept_id, m.gone_id) ORDER BY m.at DESC, m.id DESC LIMIT $2"
    return [_merge(row) for row in await connection().fetch(sql, product_id, limit)]
