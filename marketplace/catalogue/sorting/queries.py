"""Owns the SQL of sorting products; public tables, so no organisation scopes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from marketplace.catalogue.sorting.errors import RuleExists
from marketplace.catalogue.sorting.rules import folded
from marketplace.catalogue.sorting.schemas import Look, Rule, Run
from marketplace.kernel.database import connection

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from uuid import UUID

    from asyncpg import Record

    from marketplace.catalogue.sorting.schemas import RuleIn, Verdict

RULE = "id, category_id, kind, key, phrase, priority, origin, learned_from, found, is_active, created_at, version"
RUN = "id, state, reason, position, total, done, changed, started_at, finished_at"
RULES_MAX = 5000
LOOKS = """SELECT p.id, coalesce(p.type, '') AS type, coalesce(p.head, '') AS head, coalesce(p.name_tail, '') AS name_tail, p.brand, p.category_id,
  ARRAY(SELECT coalesce(p.attributes ->> k, '') FROM unnest($2::text[]) WITH ORDINALITY AS n (k, place) ORDER BY place) AS found,
  coalesce(s.decided_by, '') AS decided_by, s.category_id AS decided_category, s.rule_id, coalesce(s.evidence, '{}') AS evidence,
  s.decided_by = 'operator' AND s.category_id IS DISTINCT FROM p.category_id AND EXISTS (SELECT FROM catalogue.product_changes c
    WHERE c.product_id = p.id AND c.field = 'category' AND c.changed_at > s.at) IS TRUE AS is_later
  FROM catalogue.products p LEFT JOIN catalogue.product_sortings s ON s.product_id = p.id WHERE p.id = ANY ($1) ORDER BY p.id"""
WRITE = """INSERT INTO catalogue.product_sortings (product_id, category_id, rule_id, decided_by, evidence, at)
  SELECT n.product_id, n.category_id, n.rule_id, n.decided_by, n.evidence, $6
  FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::jsonb[]) AS n (product_id, category_id, rule_id, decided_by, evidence)
  ON CONFLICT (product_id) DO UPDATE SET category_id = excluded.category_id, rule_id = excluded.rule_id, decided_by = excluded.decided_by,
  evidence = excluded.evidence, at = excluded.at"""
# A superset of the products that a rule can meet; the rules themselves say which it does.
CANDIDATES = {
    "type": "(' ' || coalesce(p.head, '') || ' ' || coalesce(p.name_tail, '') || ' ' || coalesce(p.type, '') || ' ') LIKE '% ' || $2::text || ' %'",
    "attribute": "jsonb_exists(p.attributes, $3::text)",
    "brand": "lower(p.brand) = $2::text OR p.brand ~ '[^ -~]'",
}


async def rules() -> list[Rule]:
    """Read every rule, also those that are switched off."""
    return [Rule(**dict(row)) for row in await connection().fetch(f"SELECT {RULE} FROM catalogue.sorting_rules ORDER BY id LIMIT {RULES_MAX}")]


async def lock_rule(rule_id: UUID) -> Rule | None:
    """Read a rule and let nobody else change it until the transaction ends."""
    row = await connection().fetchrow(f"SELECT {RULE} FROM catalogue.sorting_rules WHERE id = $1 FOR NO KEY UPDATE", rule_id)
    return None if row is None else Rule(**dict(row))


async def insert_rule(rule_id: UUID, new: RuleIn, *, found: int, learned_from: int, is_active: bool, by: tuple[str, datetime]) -> UUID:
    """Write a rule, published `by` whom and when; one of the same words and category that is switched off is switched on. Raises: RuleExists when it is on already."""
    origin = "learned" if learned_from else "published"
    made = await connection().fetchval(
        "INSERT INTO catalogue.sorting_rules AS r (id, category_id, kind, key, phrase, priority, origin, learned_from, found, is_active, created_by, created_at) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) ON CONFLICT ON CONSTRAINT sorting_rules_once DO UPDATE SET priority = excluded.priority, "
        "origin = excluded.origin, learned_from = excluded.learned_from, found = excluded.found, is_active = excluded.is_active, "
        "created_by = excluded.created_by, created_at = excluded.created_at, version = r.version + 1 WHERE NOT r.is_active RETURNING r.id",
        rule_id,
        new.category_id,
        new.kind,
        new.key,
        new.phrase,
        new.priority,
        origin,
        learned_from,
        found,
        is_active,
        *by,
    )
    if made is None:
        raise RuleExists
    written: UUID = made
    return written


async def change_rule(rule: Rule) -> None:
    """Write whether a locked rule is on, and its priority."""
    await connection().execute(
        "UPDATE catalogue.sorting_rules SET is_active = $2, priority = $3, version = version + 1 WHERE id = $1",
        rule.id,
        rule.is_active,
        rule.priority,
    )


async def lock_products(ids: Sequence[UUID]) -> list[UUID]:
    """Let nobody else change these products until the transaction ends, always in the order of their ids; gives those that exist and are sold."""
    rows = await connection().fetch(
        "SELECT id FROM catalogue.products WHERE id = ANY ($1) AND state <> 'retired' ORDER BY id FOR NO KEY UPDATE", list(ids)
    )
    return [row[0] for row in rows]


async def looks(ids: Sequence[UUID], keys: Sequence[str]) -> list[Look]:
    """Read what rules see of products, in the order of their ids."""
    return [_look(row, keys) for row in await connection().fetch(LOOKS, list(ids), list(keys))]


def _look(row: Record, keys: Sequence[str]) -> Look:
    values = dict(row)
    found = values.pop("found")
    values["evidence"] = msgspec.json.decode(values["evidence"])
    return Look(**values, values={key: folded(value) for key, value in zip(keys, found, strict=True) if value})


async def candidates(rule: Rule | RuleIn, *, after: UUID, limit: int) -> list[UUID]:
    """Read the next products that a rule may meet, in the order of their ids."""
    # Every kind is given both words, of which it asks one or two.
    given = "num_nulls($2::text, $3::text) = 0"
    sql = f"SELECT p.id FROM catalogue.products p WHERE p.id > $1 AND p.state = 'published' AND ({CANDIDATES[rule.kind]}) AND {given} ORDER BY p.id LIMIT $4"
    return [row[0] for row in await connection().fetch(sql, after, rule.phrase, rule.key, limit)]


async def standing_by(rule_id: UUID, *, after: UUID, limit: int) -> list[UUID]:
    """Read the next products that stand by a rule, in the order of their ids."""
    rows = await connection().fetch(
        "SELECT product_id FROM catalogue.product_sortings WHERE rule_id = $1 AND product_id > $2 ORDER BY product_id LIMIT $3", rule_id, after, limit
    )
    return [row[0] for row in rows]


async def write(verdicts: Sequence[tuple[UUID, Verdict]], *, now: datetime) -> None:
    """Write why products stand where they stand, and take away the rows of those of which nobody decided."""
    kept = [(one, verdict) for one, verdict in verdicts if verdict.decided_by]
    gone = [one for one, verdict in verdicts if not verdict.decided_by]
    if kept:
        rows = [(one, v.category_id, v.rule_id, v.decided_by, msgspec.json.encode(v.evidence).decode()) for one, v in kept]
        await connection().execute(WRITE, *(list(column) for column in zip(*rows, strict=True)), now)
    if gone:
        await connection().execute("DELETE FROM catalogue.product_sortings WHERE product_id = ANY ($1)", gone)


async def titles(ids: Sequence[UUID]) -> dict[UUID, str]:
    """Read titles in the products' own languages."""
    return {row[0]: row[1] for row in await connection().fetch("SELECT id, title FROM catalogue.products WHERE id = ANY ($1)", list(ids))}


async def placed_at(product_id: UUID) -> datetime | None:
    """Read when it was decided where a product stands."""
    found: datetime | None = await connection().fetchval("SELECT at FROM catalogue.product_sortings WHERE product_id = $1", product_id)
    return found


async def counts() -> dict[UUID, int]:
    """Count the products that stand by each rule."""
    rows = await connection().fetch("SELECT rule_id, count(*) FROM catalogue.product_sortings WHERE rule_id IS NOT NULL GROUP BY 1")
    return {row[0]: row[1] for row in rows}


async def overlaps(*, limit: int) -> list[Record]:
    """Read (rule, rule that it went before, products) of products that meet two rules of different categories, most first."""
    found: list[Record] = await connection().fetch(
        "SELECT s.rule_id, o.id::uuid, count(*) FROM catalogue.product_sortings s CROSS JOIN LATERAL jsonb_array_elements_text(s.evidence -> 'passed_over') o (id) "
        "WHERE s.decided_by = 'rule' AND jsonb_exists(s.evidence, 'passed_over') GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2 LIMIT $1",
        limit,
    )
    return found


async def begin_run(run_id: UUID, *, reason: str, first: UUID, now: datetime) -> None:
    """Write a run from the beginning; one that is under way is replaced by it."""
    await connection().execute("SELECT pg_advisory_xact_lock(hashtextextended('catalogue.sorting', 0))")
    await connection().execute("UPDATE catalogue.sorting_runs SET state = 'replaced', finished_at = $1 WHERE state = 'running'", now)
    await connection().execute(
        "INSERT INTO catalogue.sorting_runs (id, reason, position, total, started_at) SELECT $1, $2, $3, count(*), $4 FROM catalogue.products",
        run_id,
        reason,
        first,
        now,
    )


async def lock_run() -> Run | None:
    """Take the run that is under way, if nobody else has it."""
    row = await connection().fetchrow(f"SELECT {RUN} FROM catalogue.sorting_runs WHERE state = 'running' FOR NO KEY UPDATE SKIP LOCKED")
    return None if row is None else Run(**dict(row))


async def advance(run: Run) -> None:
    """Write how far a locked run is."""
    await connection().execute(
        "UPDATE catalogue.sorting_runs SET state = $2, position = $3, done = $4, changed = $5, finished_at = $6 WHERE id = $1",
        run.id,
        run.state,
        run.position,
        run.done,
        run.changed,
        run.finished_at,
    )


async def latest_runs(*, limit: int) -> list[Run]:
    """Read the latest runs, the newest first."""
    rows = await connection().fetch(f"SELECT {RUN} FROM catalogue.sorting_runs ORDER BY id DESC LIMIT $1", limit)
    return [Run(**dict(row)) for row in rows]


async def is_category(category_id: UUID) -> bool:
    """Tell whether there is such a category."""
    return bool(await connection().fetchval("SELECT EXISTS (SELECT FROM catalogue.categories WHERE id = $1)", category_id))


async def insert_rules(new: Sequence[tuple[UUID, RuleIn]], *, by: str, now: datetime) -> None:
    """Write many published rules."""
    await connection().executemany(
        "INSERT INTO catalogue.sorting_rules (id, category_id, kind, key, phrase, priority, created_by, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) "
        "ON CONFLICT ON CONSTRAINT sorting_rules_once DO NOTHING",
        [(one, rule.category_id, rule.kind, rule.key, rule.phrase, rule.priority, by, now) for one, rule in new],
    )


async def is_used() -> bool:
    """Tell whether anything was ever sorted or published here."""
    return bool(await connection().fetchval("SELECT EXISTS (SELECT FROM catalogue.sorting_rules) OR EXISTS (SELECT FROM catalogue.product_sortings)"))


async def stands(rule_id: UUID) -> int:
    """Count the products that stand by a rule."""
    return int(await connection().fetchval("SELECT count(*) FROM catalogue.product_sortings WHERE rule_id = $1", rule_id))
