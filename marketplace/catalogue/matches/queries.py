"""Owns the SQL of pairs that may be the same; the catalogue is public, and only the operator is let to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from marketplace.catalogue.matches.schemas import CandidateOut, Facts, Pattern, Piece
from marketplace.catalogue.products.schemas import AttributeValue
from marketplace.kernel.database import connection
from marketplace.kernel.ids import uuid7

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime
    from uuid import UUID

    from asyncpg import Record

    from marketplace.catalogue.matches.schemas import Found

FACTS = """SELECT p.id, p.title, p.brand, p.part_number, p.category_id, p.unit_code, p.weight_grams, p.attributes,
  (SELECT array_agg(i.value) FROM catalogue.product_identifiers i WHERE i.product_id = p.id AND i.scheme = 'gtin') AS gtins
  FROM catalogue.products p WHERE p.state = 'published'"""
# $1 are those that changed: what they meet in a key, each group with at most $2 products, the lowest ids first.
GROUPS = """SELECT k.kind, k.key, (SELECT array_agg(m.product_id) FROM (SELECT m.product_id FROM catalogue.match_keys m
    WHERE m.kind = k.kind AND m.key COLLATE "C" = k.key ORDER BY m.product_id LIMIT $2) m) AS ids
  FROM (SELECT DISTINCT kind, key FROM catalogue.match_keys WHERE product_id = ANY ($1)) k"""
# A pair that people decided on stays as it was decided. One that is weighed anew keeps the day it was found.
SAVE = """INSERT INTO catalogue.match_candidates AS c (id, low_id, high_id, kind, score, pattern, evidence, state, found_at)
  SELECT n.id, n.low, n.high, n.kind, n.score, n.pattern, n.evidence::jsonb, 'open', $8
  FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::smallint[], $6::text[], $7::text[]) AS n (id, low, high, kind, score, pattern, evidence) ORDER BY n.low, n.high
  ON CONFLICT (low_id, high_id) DO UPDATE SET kind = excluded.kind, score = excluded.score, pattern = excluded.pattern, evidence = excluded.evidence
  WHERE c.state = 'open' AND (c.score, c.pattern, c.evidence) IS DISTINCT FROM (excluded.score, excluded.pattern, excluded.evidence)"""
# Open pairs of products that no longer meet in any key are let go; products that were merged away keep theirs for the undoing.
DROP = """DELETE FROM catalogue.match_candidates c WHERE c.state = 'open' AND (c.low_id = ANY ($1) OR c.high_id = ANY ($1))
  AND NOT EXISTS (SELECT FROM unnest($2::uuid[], $3::uuid[]) AS n (low, high) WHERE n.low = c.low_id AND n.high = c.high_id)
  AND NOT EXISTS (SELECT FROM catalogue.products p WHERE p.id IN (c.low_id, c.high_id) AND p.moved_to IS NOT NULL)"""
CANDIDATE = """SELECT c.id, c.low_id, c.high_id, c.kind, c.score, c.pattern, c.state, c.found_at, l.title AS low_title, h.title AS high_title,
  l.brand AS low_brand, h.brand AS high_brand, c.evidence, c.decided_by, c.decided_at
  FROM catalogue.match_candidates c JOIN catalogue.products l ON l.id = c.low_id JOIN catalogue.products h ON h.id = c.high_id"""
WAITING = "c.state = 'open' AND l.state = 'published' AND h.state = 'published'"


def _facts(row: Record) -> Facts:
    values = dict(row)
    values["attributes"] = msgspec.json.decode(values["attributes"], type=dict[str, AttributeValue])
    values["gtins"] = frozenset(values["gtins"] or ())
    return Facts(**values)


def _candidate(row: Record) -> CandidateOut:
    values = dict(row)
    values["evidence"] = msgspec.json.decode(values["evidence"], type=list[Piece])
    return CandidateOut(**values)


async def lock() -> None:
    """Let one at a time look for pairs and write them, until the transaction ends."""
    await connection().execute("SELECT pg_advisory_xact_lock(hashtextextended('catalogue.matches:pairs', 0))")


async def facts(ids: Sequence[UUID]) -> list[Facts]:
    """Read what counts of those of these products that are published."""
    return [_facts(row) for row in await connection().fetch(f"{FACTS} AND p.id = ANY ($1)", ids)]


async def set_keys(ids: Sequence[UUID], rows: Sequence[tuple[UUID, str, str]]) -> None:
    """Write the keys of these products, (id, kind, key), in place of what they had."""
    await connection().execute("DELETE FROM catalogue.match_keys WHERE product_id = ANY ($1)", ids)
    await connection().copy_records_to_table("match_keys", schema_name="catalogue", columns=("product_id", "kind", "key"), records=rows)


async def groups(ids: Sequence[UUID], *, limit: int) -> list[tuple[str, str, list[UUID]]]:
    """Read who meets these products in a key: (kind, key, ids), groups of one left out."""
    rows = await connection().fetch(GROUPS, ids, limit)
    return [(row["kind"], row["key"], row["ids"]) for row in rows if len(row["ids"]) > 1]


async def save(found: Sequence[Found], *, now: datetime) -> None:
    """Write pairs, or weigh open ones anew."""
    encode = msgspec.json.encode
    await connection().execute(
        SAVE,
        [uuid7() for _ in found],
        [one.low_id for one in found],
        [one.high_id for one in found],
        [one.kind for one in found],
        [one.score for one in found],
        [one.pattern for one in found],
        [encode(one.evidence).decode() for one in found],
        now,
    )


async def drop_others(ids: Sequence[UUID], found: Sequence[Found]) -> None:
    """Let go the open pairs of these products that are not among those found."""
    await connection().execute(DROP, ids, [one.low_id for one in found], [one.high_id for one in found])


async def waiting(*, pattern: str | None, kind: str | None, after: tuple[int, UUID, UUID] | None, limit: int) -> list[CandidateOut]:
    """Read open pairs of published products, the likeliest first."""
    sql = f"""{CANDIDATE} WHERE {WAITING} AND ($1::text IS NULL OR c.pattern = $1) AND ($2::text IS NULL OR c.kind = $2)
      AND ($3::int IS NULL OR (-c.score, c.low_id, c.high_id) > (-$3::int, $4::uuid, $5::uuid)) ORDER BY c.score DESC, c.low_id, c.high_id LIMIT $6"""
    return [_candidate(row) for row in await connection().fetch(sql, pattern, kind, *(after or (None, None, None)), limit)]


async def apart(*, after: tuple[datetime, UUID] | None, limit: int) -> list[CandidateOut]:
    """Read the pairs that people called different, the latest first."""
    sql = f"""{CANDIDATE} WHERE c.state = 'apart' AND c.decided_at IS NOT NULL AND ($1::timestamptz IS NULL OR (c.decided_at, c.id) < ($1, $2::uuid))
      ORDER BY c.decided_at DESC, c.id DESC LIMIT $3"""
    return [_candidate(row) for row in await connection().fetch(sql, *(after or (None, None)), limit)]


async def count_waiting(*, limit: int) -> int:
    """Count the open pairs, up to a limit."""
    sql = f"""SELECT count(*) FROM (SELECT FROM catalogue.match_candidates c JOIN catalogue.products l ON l.id = c.low_id
      JOIN catalogue.products h ON h.id = c.high_id WHERE {WAITING} LIMIT $1) one"""
    return int(await connection().fetchval(sql, limit))


async def patterns(*, limit: int) -> list[Pattern]:
    """Read the patterns of open pairs, those of the most pairs first."""
    sql = f"""SELECT c.pattern, count(*), min(c.score), max(c.score) FROM catalogue.match_candidates c JOIN catalogue.products l ON l.id = c.low_id
      JOIN catalogue.products h ON h.id = c.high_id WHERE {WAITING} GROUP BY 1 ORDER BY max(c.score) DESC, count(*) DESC, 1 LIMIT $1"""
    return [Pattern(*row) for row in await connection().fetch(sql, limit)]


async def pair(low_id: UUID, high_id: UUID) -> CandidateOut | None:
    """Read a pair, decided or not."""
    row = await connection().fetchrow(f"{CANDIDATE} WHERE c.low_id = $1 AND c.high_id = $2", low_id, high_id)
    return None if row is None else _candidate(row)


async def by_id(match_id: UUID) -> CandidateOut | None:
    """Read a pair by its id, decided or not."""
    row = await connection().fetchrow(f"{CANDIDATE} WHERE c.id = $1", match_id)
    return None if row is None else _candidate(row)


async def decide(low_id: UUID, high_id: UUID, *, state: str, by: str, now: datetime) -> bool:
    """Write what was decided of an open pair; tell whether it was open."""
    sql = "UPDATE catalogue.match_candidates SET state = $3, decided_by = $4, decided_at = $5 WHERE low_id = $1 AND high_id = $2 AND state = 'open' RETURNING true"
    return bool(await connection().fetchval(sql, low_id, high_id, state, by, now))


async def reopen(low_id: UUID, high_id: UUID) -> None:
    """Let a pair be open again."""
    sql = "UPDATE catalogue.match_candidates SET state = 'open', decided_by = '', decided_at = NULL WHERE low_id = $1 AND high_id = $2"
    await connection().execute(sql, low_id, high_id)


async def are_apart(one: UUID, other: UUID) -> bool:
    """Tell whether people said that anything that is or was merged into the one is different from anything that is or was merged into the other."""
    sql = """SELECT EXISTS (SELECT FROM catalogue.match_candidates c WHERE c.state = 'apart' AND (
      c.low_id IN (SELECT id FROM catalogue.products WHERE id = $1 OR moved_to = $1) AND c.high_id IN (SELECT id FROM catalogue.products WHERE id = $2 OR moved_to = $2)
      OR c.high_id IN (SELECT id FROM catalogue.products WHERE id = $1 OR moved_to = $1) AND c.low_id IN (SELECT id FROM catalogue.products WHERE id = $2 OR moved_to = $2)))"""
    return bool(await connection().fetchval(sql, one, other))


async def keep_apart(low_id: UUID, high_id: UUID, *, by: str, now: datetime) -> None:
    """Write that two are different, whatever was decided before."""
    sql = "UPDATE catalogue.match_candidates SET state = 'apart', decided_by = $3, decided_at = $4 WHERE low_id = $1 AND high_id = $2"
    await connection().execute(sql, low_id, high_id, by, now)


async def other_gtins(ids: Iterable[UUID]) -> dict[UUID, list[str]]:
    """Read every GTIN that products are found by."""
    sql = "SELECT product_id, array_agg(value ORDER BY value) FROM catalogue.product_identifiers WHERE scheme = 'gtin' AND product_id = ANY ($1) GROUP BY 1"
    return {row[0]: row[1] for row in await connection().fetch(sql, list(ids))}
