"""Owns the SQL of flagged numbers: finding them in one kind of goods at a time, keeping what was decided, and listing them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from marketplace.catalogue.numbers import rules
from marketplace.catalogue.numbers.schemas import Flag
from marketplace.kernel.database import connection
from marketplace.kernel.ids import uuid7

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from uuid import UUID

    from asyncpg import Record

# A modified z-score takes the spread of a normal distribution for one.
SCORE = 0.6745
# What is usual in a kind is read from at most so many of its products.
READ_MAX = 50_000


class Group(NamedTuple):
    """Products of one kind: of a category, or without one of a learned type."""

    category_id: UUID | None
    type: str | None


GROUPS = """SELECT category_id, CASE WHEN category_id IS NULL THEN type END AS type FROM catalogue.products
  WHERE state = 'published' AND (category_id IS NOT NULL OR type IS NOT NULL) GROUP BY 1, 2 HAVING count(*) >= $1 ORDER BY 1, 2"""
# Two plans, so that each kind is read by its own index.
OF_CATEGORY = "p.category_id = $1::uuid AND $2::text IS NULL AND p.state = 'published'"
OF_TYPE = "p.type = $2::text AND $1::uuid IS NULL AND p.category_id IS NULL AND p.state = 'published'"
# Products are drawn by their ids, which say nothing of their numbers; a second look at more than that many goes on where the numbers differ least.
FOUND = f"""WITH v AS MATERIALIZED (
    SELECT p.id, a.key, a.value::numeric AS value, ln(a.value::numeric::double precision) AS l
    FROM (SELECT p.id, p.attributes FROM catalogue.products p WHERE OF_KIND LIMIT {READ_MAX}) p CROSS JOIN LATERAL jsonb_each(p.attributes) a
    WHERE CASE WHEN jsonb_typeof(a.value) = 'number' THEN a.value::numeric > 1e-300 AND a.value::numeric < 1e300 ELSE false END),
  mid AS (SELECT key, count(*)::int AS n, percentile_cont(0.5) WITHIN GROUP (ORDER BY l) AS l FROM v GROUP BY key HAVING count(*) >= {rules.NUMBERS_MIN}),
  spread AS (SELECT v.key, greatest(percentile_cont(0.5) WITHIN GROUP (ORDER BY abs(v.l - mid.l)), {rules.SPREAD_MIN}) AS mad
    FROM v JOIN mid USING (key) GROUP BY v.key),
  judged AS (SELECT v.*, mid.n, mid.l AS mid, abs(v.l - mid.l) >= ln({rules.FACTOR_MIN}::double precision)
      AND {SCORE} * abs(v.l - mid.l) / spread.mad >= {rules.Z_MIN} AS is_far FROM v JOIN mid USING (key) JOIN spread USING (key)),
  usual AS (SELECT key, exp(percentile_cont({rules.LOW}) WITHIN GROUP (ORDER BY l) FILTER (WHERE NOT is_far))::numeric AS low,
      exp(percentile_cont({rules.HIGH}) WITHIN GROUP (ORDER BY l) FILTER (WHERE NOT is_far))::numeric AS high FROM judged GROUP BY key HAVING bool_or(is_far))
  SELECT j.id, j.key, j.value, u.low, u.high, exp(j.mid)::numeric AS median, j.n FROM judged j JOIN usual u USING (key) WHERE j.is_far ORDER BY j.id, j.key"""
GONE = """DELETE FROM catalogue.number_flags f USING catalogue.products p WHERE p.id = f.product_id AND OF_KIND
  AND NOT EXISTS (SELECT FROM unnest($3::uuid[], $4::text[], $5::numeric[]) AS n (id, key, value) WHERE n.id = f.product_id AND n.key = f.key AND n.value = f.value)
  AND (f.state = 'open' OR p.attributes -> f.key IS DISTINCT FROM to_jsonb(f.value)) RETURNING f.product_id"""
KEPT = """INSERT INTO catalogue.number_flags AS f (id, product_id, key, value, usual_low, usual_high, median, n, category_id, type, found_at, state)
  SELECT n.*, $9::uuid, $10::text, $11::timestamptz, 'open'
  FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::numeric[], $5::numeric[], $6::numeric[], $7::numeric[], $8::int[]) AS n
  ON CONFLICT (product_id, key) DO UPDATE SET usual_low = excluded.usual_low, usual_high = excluded.usual_high, median = excluded.median, n = excluded.n,
    category_id = excluded.category_id, type = excluded.type, value = excluded.value,
    found_at = CASE WHEN f.value = excluded.value THEN f.found_at ELSE excluded.found_at END,
    state = CASE WHEN f.value = excluded.value THEN f.state ELSE 'open' END,
    decided_at = CASE WHEN f.value = excluded.value THEN f.decided_at END, decided_by = CASE WHEN f.value = excluded.value THEN f.decided_by END
  WHERE (f.value, f.n, f.median, f.category_id, f.type) IS DISTINCT FROM (excluded.value, excluded.n, excluded.median, excluded.category_id, excluded.type)
  RETURNING f.product_id, f.found_at = $11 AS is_new"""
FLAG = """SELECT f.id, f.product_id, p.title, f.key, f.value, f.usual_low, f.usual_high, f.median, f.n, f.category_id, f.type, f.found_at, f.state, f.decided_at, f.decided_by
  FROM catalogue.number_flags f JOIN catalogue.products p ON p.id = f.product_id"""


def _of(sql: str, group: Group) -> str:
    return sql.replace("OF_KIND", OF_TYPE if group.category_id is None else OF_CATEGORY, 1)


async def groups() -> list[Group]:
    """List the kinds of goods with enough products to say what is usual."""
    return [Group(row[0], row[1]) for row in await connection().fetch(GROUPS, rules.NUMBERS_MIN)]


async def found(group: Group) -> list[Record]:
    """Find the numbers of one kind that cannot be meant, with the usual range of the others, as (id, key, value, low, high, median, n)."""
    rows: list[Record] = await connection().fetch(_of(FOUND, group), *group)
    return rows


async def keep(group: Group, rows: Sequence[Record], *, now: datetime) -> set[UUID]:
    """Bring the flags of one kind up to date with what was found; what people decided stays while its number stays. Gives whose flags came or went."""
    ids, keys, values = [row["id"] for row in rows], [row["key"] for row in rows], [row["value"] for row in rows]
    gone = await connection().fetch(_of(GONE, group), *group, ids, keys, values)
    columns = ([row["low"] for row in rows], [row["high"] for row in rows], [row["median"] for row in rows], [row["n"] for row in rows])
    kept = await connection().fetch(KEPT, [uuid7() for _ in rows], ids, keys, values, *columns, *group, now) if rows else []
    return {row["product_id"] for row in gone} | {row["product_id"] for row in kept if row["is_new"]}


async def drop_unsold() -> None:
    """Take away open flags of products that are no longer published."""
    await connection().execute(
        "DELETE FROM catalogue.number_flags f USING catalogue.products p WHERE p.id = f.product_id AND f.state = 'open' AND p.state <> 'published'"
    )


async def flags(state: str, *, after: UUID | None, limit: int) -> list[Flag]:
    """List the flags of a state in the order of their ids."""
    sql = f"{FLAG} WHERE f.state = $1 AND ($2::uuid IS NULL OR f.id > $2) ORDER BY f.id LIMIT $3"
    return [Flag(**dict(row)) for row in await connection().fetch(sql, state, after, limit)]


async def flag(flag_id: UUID, *, is_locked: bool = False) -> Flag | None:
    """Read one flag, and with `is_locked` let nobody else decide it until the transaction ends."""
    row = await connection().fetchrow(f"{FLAG} WHERE f.id = $1{' FOR UPDATE OF f' if is_locked else ''}", flag_id)
    return None if row is None else Flag(**dict(row))


async def of_products(ids: Sequence[UUID]) -> list[Flag]:
    """Read the flags of products that nobody called right."""
    return [Flag(**dict(row)) for row in await connection().fetch(f"{FLAG} WHERE f.product_id = ANY ($1) AND f.state <> 'right'", ids)]


async def decide(flag_id: UUID, *, state: str, by: str | None, now: datetime | None) -> None:
    """Write what somebody said of a flagged number."""
    await connection().execute(
        "UPDATE catalogue.number_flags SET state = $2, decided_by = $3, decided_at = $4 WHERE id = $1", flag_id, state, by, now
    )


async def counts() -> dict[str, int]:
    """Count the flags by state."""
    return {row[0]: row[1] for row in await connection().fetch("SELECT state, count(*) FROM catalogue.number_flags GROUP BY 1")}
