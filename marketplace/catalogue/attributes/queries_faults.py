"""Owns the SQL of what is wrong with products by the schemas of their categories: `rules.fault` in one expression, over whole categories at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import msgspec

from marketplace.catalogue.attributes import rules
from marketplace.catalogue.attributes.schemas import FaultyProduct, Sample
from marketplace.kernel.database import connection

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from asyncpg import Record

    from marketplace.catalogue.taxonomy.schemas import CategoryAttribute

SAMPLES = 5


def _fault(d: str) -> str:
    """Give the expression for the definitions of an alias, over `v.t` (the value as text) and `v.j` (its type in JSON)."""
    bounded = f"WHEN v.t::numeric < {d}.minimum OR v.t::numeric > {d}.maximum THEN '{rules.OUTSIDE}'"
    low, high = "split_part(v.t, '..', 1)::numeric", "split_part(v.t, '..', 2)::numeric"
    days = "extract(day FROM make_date(left(v.t, 4)::int, substr(v.t, 6, 2)::int, 1) + interval '1 month - 1 day')"
    wrong, unit = f"'{rules.WRONG_TYPE}'", f"CASE WHEN v.t ~ '{rules.WITH_UNIT}' THEN '{rules.UNIT}' ELSE '{rules.WRONG_TYPE}' END"
    return f"""CASE WHEN {d}.kind IS NULL THEN NULL
      WHEN coalesce(v.t, '') = '' THEN CASE WHEN {d}.is_required THEN '{rules.MISSING}' END
      WHEN {d}.kind = 'bool' THEN CASE WHEN v.j <> 'boolean' THEN {wrong} END
      WHEN {d}.kind = 'number' AND v.j = 'number' THEN CASE {bounded} END
      WHEN v.j <> 'string' THEN {wrong}
      WHEN {d}.kind = 'number' THEN {unit}
      WHEN {d}.kind = 'enum' THEN CASE WHEN NOT {d}.options ? v.t THEN '{rules.NOT_AN_OPTION}' END
      WHEN {d}.kind = 'date' THEN CASE WHEN v.t !~ '{rules.DATE}' THEN {wrong} WHEN left(v.t, 4) = '0000' THEN {wrong}
        WHEN substr(v.t, 9, 2)::int > {days} THEN {wrong} END
      WHEN {d}.kind = 'range' THEN CASE WHEN v.t !~ '{rules.RANGE}' THEN {unit} WHEN {low} > {high} THEN {wrong}
        WHEN {low} < {d}.minimum OR {high} > {d}.maximum THEN '{rules.OUTSIDE}' END
      END"""


# The values under a changed definition as products have them; where only the unit changes, each number is told to be in another.
ROWS = "unnest($1::uuid[], $2::text[], $3::text[], $4::bool[], $5::jsonb[], $6::numeric[], $7::numeric[], $8::bool[], $9::text[], $10::bool[], $11::jsonb[], $12::numeric[], $13::numeric[])"
NAMES = (
    "(category_id, key, kind, is_required, options, minimum, maximum, is_other_unit, was_kind, was_required, was_options, was_minimum, was_maximum)"
)
BROKEN = f"""WITH d AS MATERIALIZED (SELECT * FROM {ROWS} AS d {NAMES}),
  w AS MATERIALIZED (SELECT category_id, key, was_kind AS kind, was_required AS is_required, was_options AS options, was_minimum AS minimum, was_maximum AS maximum FROM d),
  found AS (SELECT p.id, d.key, v.t, coalesce(f.code, CASE WHEN d.is_other_unit AND v.j IN ('number', 'string') AND v.t <> '' THEN '{rules.UNIT}' END) AS code,
      b.code IS NOT NULL AS was_broken
    FROM d JOIN w USING (category_id, key) JOIN catalogue.products p TAKEN ON p.category_id = d.category_id AND p.state = 'published'
    CROSS JOIN LATERAL (SELECT p.attributes ->> d.key AS t, jsonb_typeof(p.attributes -> d.key) AS j) v
    CROSS JOIN LATERAL (SELECT {_fault("d")} AS code) f
    CROSS JOIN LATERAL (SELECT {_fault("w")} AS code) b)
  SELECT key, code, count(*) AS products, count(*) FILTER (WHERE was_broken) AS already, (array_agg(id))[1:{SAMPLES}] AS ids, count(DISTINCT id) AS any
  FROM found WHERE code IS NOT NULL GROUP BY GROUPING SETS ((key, code), ())"""
PAGE = f"""SELECT p.id, p.title, p.brand, p.part_number, v.t AS value
  FROM unnest($1::uuid[], $2::text[], $3::text[], $4::bool[], $5::jsonb[], $6::numeric[], $7::numeric[]) AS d (category_id, key, kind, is_required, options, minimum, maximum)
  JOIN catalogue.products p ON p.category_id = d.category_id AND p.state = 'published' AND p.id > coalesce($9, '00000000-0000-0000-0000-000000000000'::uuid)
  CROSS JOIN LATERAL (SELECT p.attributes ->> d.key AS t, jsonb_typeof(p.attributes -> d.key) AS j) v
  WHERE {_fault("d")} = $8 ORDER BY p.id LIMIT $10"""


class Definition(NamedTuple):
    """One attribute of one category as it would be, and as it is (None: there was none)."""

    category_id: UUID
    now: CategoryAttribute
    was: CategoryAttribute | None

    @property
    def is_other_unit(self) -> bool:
        """Tell whether numbers that stay the same would mean another size."""
        return self.was is not None and bool(self.was.unit) and self.was.unit != self.now.unit


class Broken(NamedTuple):
    """What a change breaks: by (key, code) how many products, how many of them were wrong before, and some of their ids; and all products once."""

    by_fault: dict[tuple[str, str], tuple[int, int, list[UUID]]]
    products: int


def _columns(about: CategoryAttribute | None) -> tuple[object, ...]:
    if about is None:
        return (None, None, None, None, None)
    options = msgspec.json.encode([one.value for one in about.options]).decode()
    return (about.kind, about.is_required, options, about.minimum, about.maximum)


async def broken(definitions: Sequence[Definition], *, percent: float | None) -> Broken:
    """Count what is wrong under each definition among published products; `percent` looks at a sample of the table's blocks of that share."""
    if not definitions:
        return Broken({}, 0)
    rows = [(one.category_id, one.now.key, *_columns(one.now), one.is_other_unit, *_columns(one.was)) for one in definitions]
    sample = "" if percent is None else f"TABLESAMPLE SYSTEM ({float(percent)}) REPEATABLE (7)"
    sql = BROKEN.replace("TAKEN", sample, 1)
    found = await connection().fetch(sql, *(list(column) for column in zip(*rows, strict=True)))
    by_fault = {(row["key"], row["code"]): (row["products"], row["already"], row["ids"]) for row in found if row["key"] is not None}
    return Broken(by_fault, next(row["any"] for row in found if row["key"] is None))


async def count(category_ids: Sequence[UUID], *, most: int) -> int:
    """Count the published products of categories, and stop behind `most`."""
    sql = "SELECT count(*) FROM (SELECT FROM catalogue.products WHERE category_id = ANY ($1) AND state = 'published' LIMIT $2) s"
    return int(await connection().fetchval(sql, list(category_ids), most + 1))


async def count_sample(category_ids: Sequence[UUID], *, percent: float) -> int:
    """Count the published products of categories in the sample that `broken` looks at."""
    sql = f"SELECT count(*) FROM catalogue.products TABLESAMPLE SYSTEM ({float(percent)}) REPEATABLE (7) WHERE category_id = ANY ($1) AND state = 'published'"
    return int(await connection().fetchval(sql, list(category_ids)))


async def samples(ids: Sequence[UUID], key: str) -> list[Sample]:
    """Read what some products are called and hold under a key."""
    rows = await connection().fetch("SELECT id, title, attributes ->> $2 AS value FROM catalogue.products WHERE id = ANY ($1) ORDER BY id", ids, key)
    return [Sample(id=row["id"], title=row["title"], value=_shown(row)) for row in rows]


async def faulty(
    category_ids: Sequence[UUID], abouts: Sequence[CategoryAttribute], *, code: str, after: UUID | None, limit: int
) -> list[FaultyProduct]:
    """List the products of categories, each under its own definition of one attribute, that have one fault, in the order of their ids."""
    rows = [(one, about.key, *_columns(about)) for one, about in zip(category_ids, abouts, strict=True)]
    found = await connection().fetch(PAGE, *(list(column) for column in zip(*rows, strict=True)), code, after, limit)
    return [FaultyProduct(id=row["id"], title=row["title"], brand=row["brand"], part_number=row["part_number"], value=_shown(row)) for row in found]


def _shown(row: Record) -> str | None:
    value: str | None = row["value"]
    return None if value is None else value[: rules.VALUE_SHOWN_MAX]
