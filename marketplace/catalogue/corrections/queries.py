"""Owns the SQL of corrections; public tables, so no organisation scopes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from marketplace.catalogue.corrections.schemas import Correction, Group, Listed, Step
from marketplace.kernel.database import connection
from marketplace.kernel.literals import anywhere

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from uuid import UUID

    from asyncpg import Record

    from marketplace.catalogue.corrections.schemas import By, Proposed, Wanted

# What a group of products without a learned type is called: how its title begins, as a rule would ask it.
GROUPED = {
    "type": "coalesce(p.type, nullif(array_to_string((string_to_array(p.head, ' '))[1:2], ' '), ''), '')",
    "brand": "p.brand",
}
DECIDER = "CASE WHEN s.category_id IS NOT DISTINCT FROM p.category_id AND s.decided_by IS NOT NULL THEN s.decided_by WHEN p.category_id IS NULL THEN 'nobody' ELSE 'source' END"
LIST = f"""SELECT p.id, p.title, p.brand, p.part_number, coalesce(p.type, '') AS type, p.category_id, {DECIDER} AS decided_by
  FROM catalogue.products p LEFT JOIN catalogue.product_sortings s ON s.product_id = p.id
  WHERE p.state = 'published' AND ($1::uuid IS NULL OR p.id > $1)
  AND ($2 = '' OR p.title ILIKE $2 OR p.part_number ILIKE $2)
  AND ($3::uuid IS NULL OR p.category_id IN (SELECT category_id FROM catalogue.category_descendants WHERE ancestor_id = $3))
  AND ($4 = '' OR {GROUPED["type"]} = $4) AND ($5 = '' OR p.brand = $5) AND ($6 = '' OR {DECIDER} = $6) ORDER BY p.id LIMIT $7"""
LAST_STEP = """SELECT c.step_id, min(c.at), count(*), (array_agg(c.to_category))[1] FROM catalogue.sorting_corrections c
  WHERE c.actor = $1 AND c.undoes IS NULL AND ($2::uuid IS NULL OR c.step_id = $2)
  AND NOT EXISTS (SELECT FROM catalogue.sorting_corrections u WHERE u.undoes = c.step_id AND u.actor = $1) GROUP BY 1 ORDER BY (array_agg(c.id ORDER BY c.id DESC))[1] DESC LIMIT 1"""
OF_STEP = """SELECT c.product_id, c.from_category, c.to_category, c.was_decided_by,
  NOT EXISTS (SELECT FROM catalogue.sorting_corrections l WHERE l.product_id = c.product_id AND l.id > c.id) AS is_latest
  FROM catalogue.sorting_corrections c WHERE c.step_id = $1 ORDER BY c.product_id"""
# In the words of the groups, so that what was corrected in one go teaches a rule whether or not its type was learned.
BY_TYPE = f"""SELECT 'type', '', {GROUPED["type"]}, s.category_id, count(*) FROM catalogue.product_sortings s JOIN catalogue.products p ON p.id = s.product_id
  WHERE s.decided_by = 'operator' AND {GROUPED["type"]} <> '' GROUP BY 3, 4"""
BY_VALUE = """SELECT 'attribute', a.key, lower(a.value), s.category_id, count(*) FROM catalogue.product_sortings s JOIN catalogue.products p ON p.id = s.product_id
  CROSS JOIN LATERAL jsonb_each_text(p.attributes) a WHERE s.decided_by = 'operator' AND jsonb_typeof(p.attributes -> a.key) = 'string'
  AND length(a.value) BETWEEN 2 AND 60 AND length(a.key) <= 200 GROUP BY 2, 3, 4"""
# Counted on so many products at most: enough to tell a sign from a coincidence.
OTHERS = """SELECT count(*) FILTER (WHERE p.category_id = $3), count(*) FILTER (WHERE p.category_id <> $3) FROM (
  SELECT category_id, attributes FROM catalogue.products WHERE category_id IS NOT NULL AND state = 'published' AND jsonb_exists(attributes, $1) LIMIT 50000) p
  WHERE lower(p.attributes ->> $1) = $2"""


async def groups(by: By, *, limit: int) -> list[Group]:
    """Read the unsorted products by type or brand, most first."""
    rows = await connection().fetch(
        f"SELECT {GROUPED[by]} AS phrase, count(*), (array_agg(p.title ORDER BY p.id))[1:3] FROM catalogue.products p "
        "WHERE p.category_id IS NULL AND p.state = 'published' GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT $1",
        limit,
    )
    return [Group(*row) for row in rows]


async def count_unsorted() -> int:
    """Count the published products without a category."""
    return int(await connection().fetchval("SELECT count(*) FROM catalogue.products WHERE category_id IS NULL AND state = 'published'"))


async def products(wanted: Wanted, *, after: UUID | None, limit: int) -> list[Listed]:
    """Read the next products of a list, in the order of their ids."""
    rows = await connection().fetch(LIST, after, anywhere(wanted.text), wanted.category_id, wanted.type, wanted.brand, wanted.decided_by, limit)
    return [Listed(*row) for row in rows]


async def add(rows: Sequence[tuple[object, ...]]) -> None:
    """Write corrections as (id, step_id, undoes, product_id, from_category, to_category, was_decided_by, actor, at)."""
    columns = ("id", "step_id", "undoes", "product_id", "from_category", "to_category", "was_decided_by", "actor", "at")
    await connection().copy_records_to_table("sorting_corrections", schema_name="catalogue", columns=columns, records=rows)


async def lock_steps(actor: str) -> None:
    """Let one step of an operator be taken back at a time, until the transaction ends."""
    await connection().execute("SELECT pg_advisory_xact_lock(hashtextextended('catalogue.corrections:' || $1, 0))", actor)


async def last_step(actor: str, *, step_id: UUID | None) -> Step | None:
    """Read the last step of an operator that was not taken back, or a named one of theirs."""
    row = await connection().fetchrow(LAST_STEP, actor, step_id)
    return None if row is None else Step(*row)


async def of_step(step_id: UUID) -> list[Correction]:
    """Read what a step did, in the order of the products' ids."""
    return [Correction(**dict(row)) for row in await connection().fetch(OF_STEP, step_id)]


async def corrected() -> list[Record]:
    """Count where operators placed products, by learned type and by attribute's value: (kind, key, phrase, category, products)."""
    return [*await connection().fetch(BY_TYPE), *await connection().fetch(BY_VALUE)]


async def others(proposed: Proposed) -> tuple[int, int]:
    """Count the placed products that have an attribute's value: in the category that is proposed, and elsewhere."""
    row = await connection().fetchrow(OTHERS, proposed.key, proposed.phrase, proposed.category_id)
    assert row is not None, "an aggregate gives a row"
    return row[0], row[1]


async def history(product_id: UUID, *, limit: int) -> list[tuple[datetime, UUID | None, UUID | None, bool]]:
    """Read the latest corrections of a product: when, from where, to where, and whether it took another back."""
    rows = await connection().fetch(
        "SELECT at, from_category, to_category, undoes IS NOT NULL FROM catalogue.sorting_corrections WHERE product_id = $1 ORDER BY id DESC LIMIT $2",
        product_id,
        limit,
    )
    return [(row[0], row[1], row[2], row[3]) for row in rows]
