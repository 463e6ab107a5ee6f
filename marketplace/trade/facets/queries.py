"""Owns the SQL that counts facets; the viewer says which offers count and which prices fall into bands, no organisation scopes it besides."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import UUID

import asyncpg
import msgspec

from marketplace.kernel.database import connection
from marketplace.kernel.errors import QueryTooBroad
from marketplace.trade.facets.schemas import Counted

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from decimal import Decimal

    from marketplace.trade.facets.schemas import Range
    from vendors.visibility.schemas import Viewer

CANDIDATES_MAX = 5000
CHOICES_MAX = 60
FIXED = 17
FIRST = UUID(int=0)
CATEGORY, BRAND, OFFER, ATTRIBUTE = 0, 1, 2, 3
CLOSED = """ARRAY(SELECT s.organisation_id FROM vendors.suppliers s JOIN kernel.organisations g ON g.id = s.organisation_id
  WHERE NOT vendors.supplier_sells(s, g, $2))"""
RESTRICTED = "ARRAY(SELECT s.organisation_id FROM vendors.suppliers s WHERE s.is_restricted)"
OUT_OF = "NOT EXISTS (SELECT FROM unnest({lows}, {highs}) w (low, high) WHERE (w.low IS NULL OR {x} >= w.low) AND (w.high IS NULL OR {x} < w.high OR {x} = w.low))"
# One row an offer that the viewer may know of. What is restricted is asked once for each supplier, category and mark, and only where something is.
OFFERS = f"""u AS MATERIALIZED (
    SELECT w.*, w.mark <> 'public' OR w.supplier = ANY ({RESTRICTED}) AS is_restricted
    FROM (SELECT h.place, h.missed, coalesce(h.category_id, '{FIRST}') AS category_id, unnest(h.suppliers) AS supplier, unnest(h.leads) AS lead,
      unnest(h.prices) AS price, unnest(h.currencies) AS currency, unnest(h.marks) AS mark FROM h) w
    WHERE w.supplier <> ALL ({CLOSED})),
  s AS MATERIALIZED (
    SELECT z.supplier, z.mark, z.category_id, vendors.sight($3::uuid, $4::boolean, z.supplier, nullif(z.category_id, '{FIRST}'), z.mark) AS sight
    FROM (SELECT DISTINCT u.supplier, u.mark, u.category_id FROM u WHERE u.is_restricted) z),
  v AS MATERIALIZED (
    SELECT u.place, u.missed, u.supplier, u.lead,
      CASE WHEN NOT u.is_restricted OR s.sight = 2 THEN round(u.price * ($6::numeric[])[array_position($5::text[], u.currency)], 6) END AS price
    FROM u LEFT JOIN s ON u.is_restricted AND s.supplier = u.supplier AND s.mark = u.mark AND s.category_id = u.category_id
    WHERE NOT u.is_restricted OR s.sight > 0)"""


class Attribute(NamedTuple):
    """An attribute to count or choose by: its key, whether it is a number, and what of it is chosen."""

    key: str
    is_number: bool
    texts: Sequence[str] = ()
    ranges: Sequence[Range] = ()


class Offered(NamedTuple):
    """What is chosen of offers: suppliers, lead times with both ends in, prices; `is_nobody` where suppliers are chosen that do not exist."""

    suppliers: Sequence[UUID]
    leads: Sequence[tuple[int, int | None]]
    prices: Sequence[Range]
    is_nobody: bool = False

    @property
    def is_any(self) -> bool:
        """Tell whether something is chosen."""
        return bool(self.suppliers or self.leads or self.prices or self.is_nobody)


class Look(NamedTuple):
    """Who looks, when, and what each currency costs in the reference currency."""

    now: datetime
    viewer: Viewer
    codes: Sequence[str]
    rates: Sequence[Decimal]


class Wanted(NamedTuple):
    """What is chosen of products and of their offers. `categories` holds all below the chosen one; None where none is chosen."""

    categories: Sequence[UUID] | None
    brands: Sequence[str]
    attributes: Sequence[Attribute]
    offers: Offered


# A statement uses each of its parameters, or PostgreSQL does not know their types.
TYPES = (
    "uuid[]", "timestamptz", "uuid", "boolean", "text[]", "numeric[]", "float8[]", "int[]", "uuid[]", "int[]", "int[]", "numeric[]", "numeric[]", "uuid[]",
    "text[]", "text", "boolean",
)  # fmt: skip


def _typed(numbers: tuple[bool, ...]) -> str:
    names = [f"${place}::{kind}" for place, kind in enumerate(TYPES, 1)]
    names += [
        f"${FIXED + 1 + 4 * at + one}::{kind}" for at in range(len(numbers)) for one, kind in enumerate(("text", "text[]", "numeric[]", "numeric[]"))
    ]
    return ", ".join(names)


class Shape(NamedTuple):
    """What a statement is written for: of each attribute whether it is a number; what is chosen of offers; whether their prices or times say the order."""

    attributes: tuple[bool, ...]
    suppliers: bool = False
    leads: bool = False
    prices: bool = False
    by_offers: bool = False

    @property
    def narrows(self) -> bool:
        """Tell whether something is chosen of offers."""
        return self.suppliers or self.leads or self.prices


def _shape(wanted: Wanted, sort: str) -> Shape:
    offers = wanted.offers
    numbers = tuple(one.is_number for one in wanted.attributes)
    return Shape(numbers, bool(offers.suppliers) or offers.is_nobody, bool(offers.leads), bool(offers.prices), sort != "relevance")


BANDS = msgspec.json.Decoder(list[tuple[int, int]])
VALUES = msgspec.json.Decoder(list[tuple[int, str | None, str | None, int, str | None, str | None]])
SUPPLIERS = msgspec.json.Decoder(list[tuple[str, str, int]])


@cache
def _misses(shape: tuple[bool, ...]) -> str:
    """Say as bits which choices a product misses, before its offers are looked at. `shape` tells of each attribute whether it is a number."""
    parts = [
        f"CASE WHEN $14::uuid[] IS NULL OR f.category_id = ANY ($14) THEN 0 ELSE {1 << CATEGORY} END",
        f"CASE WHEN $15::text[] = '{{}}' OR lower(f.brand) = ANY ($15) THEN 0 ELSE {1 << BRAND} END",
    ]
    for at, is_number in enumerate(shape):
        key, texts, lows, highs = (f"${FIXED + 1 + 4 * at + one}" for one in range(4))
        if is_number:
            number = f"(CASE WHEN jsonb_typeof(f.attributes->{key}::text) = 'number' THEN (f.attributes->{key}::text)::numeric END)"
            out = f"({number} IS NULL OR {OUT_OF.format(lows=f'{lows}::numeric[]', highs=f'{highs}::numeric[]', x=number)})"
            chosen = f"{texts}::text[] IS NOT NULL AND {lows}::numeric[] <> '{{}}'"
        else:
            out = f"coalesce(f.attributes->>{key}::text, '') <> ALL ({texts}::text[])"
            chosen = f"{texts}::text[] <> '{{}}' AND {lows}::numeric[] IS NOT NULL AND {highs}::numeric[] IS NOT NULL"
        parts.append(f"CASE WHEN {chosen} AND {out} THEN {1 << (ATTRIBUTE + at)} ELSE 0 END")
    return " + ".join(parts)


def _head(shape: Shape) -> str:
    values = "".join(
        f", (CASE WHEN jsonb_typeof(f.attributes->${FIXED + 1 + 4 * at}::text) = 'number' THEN (f.attributes->${FIXED + 1 + 4 * at}::text)::numeric END) AS a{at}"
        if is_number
        else f", f.attributes->>${FIXED + 1 + 4 * at}::text AS a{at}"
        for at, is_number in enumerate(shape.attributes)
    )
    return f"""WITH h AS MATERIALIZED (
    SELECT i.place::int, i.id AS product_id, f.category_id, f.brand, f.suppliers, f.leads, f.prices, f.currencies, f.marks{values}, {_misses(shape.attributes)} AS missed
    FROM unnest($1::uuid[]) WITH ORDINALITY AS i (id, place) LEFT JOIN trade.facet_products f ON f.product_id = i.id),
  {OFFERS}, {_fitting(shape)}"""


def _fitting(shape: Shape) -> str:
    """Say which offers and which products have what is chosen; where nothing is chosen of offers and no order needs them, no product waits for its offers."""
    fits = {
        "fits_supplier": "v.supplier = ANY ($9::uuid[])" if shape.suppliers else "true",
        "fits_lead": f"NOT ({OUT_OF.format(lows='$10::int[]', highs='$11::int[]', x='v.lead')})" if shape.leads else "true",
        "fits_price": f"v.price IS NOT NULL AND NOT ({OUT_OF.format(lows='$12::numeric[]', highs='$13::numeric[]', x='v.price')})"
        if shape.prices
        else "true",
    }
    offers = f"o AS MATERIALIZED (SELECT v.*, {', '.join(f'{fit} AS {name}' for name, fit in fits.items())} FROM v)"
    if not (shape.narrows or shape.by_offers):
        return f"{offers}, x AS (SELECT h.*, h.missed AS miss, NULL::numeric AS price, NULL::int AS lead FROM h)"
    missing = f"CASE WHEN g.place IS NULL THEN {1 << OFFER} ELSE 0 END" if shape.narrows else "0"
    return f"""{offers},
  g AS MATERIALIZED (SELECT o.place, min(o.price) AS price, min(o.lead) AS lead FROM o WHERE o.fits_supplier AND o.fits_lead AND o.fits_price GROUP BY o.place),
  x AS MATERIALIZED (SELECT h.*, h.missed + {missing} AS miss, g.price, g.lead FROM h LEFT JOIN g ON g.place = h.place)"""


@cache
def _statement(shape: Shape) -> str:
    """Write the count of this shape: one pass over the candidates, in which each is told apart by the only choice it misses."""
    groups = [
        f"SELECT {CATEGORY}, x.category_id::text, NULL, count(*), NULL, NULL FROM x WHERE x.miss IN (0, {1 << CATEGORY}) GROUP BY x.category_id",
        f"SELECT {BRAND}, lower(x.brand), min(x.brand), count(*), NULL, NULL FROM x WHERE x.miss IN (0, {1 << BRAND}) AND x.brand <> '' GROUP BY lower(x.brand)",
    ]
    for at, is_number in enumerate(shape.attributes):
        facet = ATTRIBUTE + at
        value = f"width_bucket(x.a{at}::float8, $7::float8[])::text" if is_number else f"x.a{at}"
        ends = f"min(x.a{at})::text, max(x.a{at})::text" if is_number else "NULL, NULL"
        groups.append(
            f"SELECT {facet}, {value}, NULL, count(*), {ends} FROM x WHERE x.miss IN (0, {1 << facet}) AND x.a{at} IS NOT NULL GROUP BY {value}"
        )
    ranked = " UNION ALL ".join(
        f"(SELECT * FROM ({one}) AS x (facet, value, label, n, low, high) ORDER BY n DESC, value LIMIT {CHOICES_MAX if at else 10000})"
        for at, one in enumerate(groups)
    )
    order = "CASE WHEN $16::text = 'price' THEN x.price WHEN $16::text = 'lead' THEN x.lead END NULLS LAST, x.place" if shape.by_offers else "x.place"
    return f"""{_head(shape)}
  SELECT ARRAY(SELECT x.product_id FROM x WHERE x.miss = 0 ORDER BY {order}),
    (SELECT coalesce(json_agg(json_build_array(x.facet, x.value, x.label, x.n, x.low, x.high)), '[]')::text FROM ({ranked}) x),
    (SELECT coalesce(json_agg(json_build_array(y.slug, z.display_name, x.n)), '[]')::text FROM (
        SELECT d.supplier, count(*) AS n FROM (SELECT DISTINCT o.place, o.supplier FROM o WHERE o.missed < 1 AND o.fits_lead AND o.fits_price) d
        GROUP BY d.supplier ORDER BY n DESC, d.supplier LIMIT {CHOICES_MAX}) x
      JOIN vendors.suppliers y ON y.organisation_id = x.supplier JOIN kernel.organisations z ON z.id = x.supplier),
    (SELECT coalesce(json_agg(json_build_array(x.band, x.n)), '[]')::text FROM (SELECT d.band, count(*) AS n FROM (
        SELECT DISTINCT o.place, width_bucket(o.lead, $8::int[]) AS band FROM o WHERE o.missed < 1 AND o.fits_supplier AND o.fits_price) d GROUP BY d.band) x),
    (SELECT coalesce(json_agg(json_build_array(x.band, x.n)), '[]')::text FROM (SELECT d.band, count(*) AS n FROM (
        SELECT DISTINCT o.place, width_bucket(o.price::float8, $7::float8[]) AS band FROM o WHERE o.missed < 1 AND o.fits_supplier AND o.fits_lead AND o.price IS NOT NULL) d
      GROUP BY d.band) x)
  WHERE num_nulls({_typed(shape.attributes)}) >= 0"""


def _arguments(ids: Sequence[UUID], wanted: Wanted, look: Look, *, steps: tuple[Sequence[Decimal], Sequence[int]], sort: str) -> list[Any]:
    offers = wanted.offers
    found: list[Any] = [
        ids, look.now, look.viewer.organisation_id, look.viewer.sees_all, look.codes, look.rates, steps[0], steps[1],
        [FIRST] if offers.is_nobody and not offers.suppliers else offers.suppliers,
        [low for low, _ in offers.leads], [None if high is None else high + 1 for _, high in offers.leads],
        [one.low for one in offers.prices], [one.high for one in offers.prices],
        wanted.categories, [one.lower() for one in wanted.brands], sort, offers.is_any,
    ]  # fmt: skip
    assert len(found) == FIXED, "the parameters of attributes follow"
    for one in wanted.attributes:
        found += [one.key, one.texts, [span.low for span in one.ranges], [span.high for span in one.ranges]]
    return found


async def counted(ids: Sequence[UUID], wanted: Wanted, look: Look, *, steps: tuple[Sequence[Decimal], Sequence[int]], sort: str) -> Counted:
    """Count the facets of these products, in their order of relevance. Raises: QueryTooBroad when it takes longer than it may."""
    try:
        row = await connection().fetchrow(_statement(_shape(wanted, sort)), *_arguments(ids, wanted, look, steps=steps, sort=sort))
    except asyncpg.QueryCanceledError:
        raise QueryTooBroad from None
    assert row is not None, "a SELECT without FROM has a row"
    leads, prices = [0] * len(steps[1]), [0] * (len(steps[0]) + 1)
    for band, count in BANDS.decode(row[3]):
        leads[band - 1] = count
    for band, count in BANDS.decode(row[4]):
        prices[band] = count
    return Counted(row[0], VALUES.decode(row[1]), SUPPLIERS.decode(row[2]), leads, prices)


async def limit_time(milliseconds: int) -> None:
    """Give each statement until the end of the transaction this much time, and plan each for its own number of candidates: a plan for any number is slow for thousands."""
    await connection().execute(
        "SELECT set_config('statement_timeout', $1, true), set_config('plan_cache_mode', 'force_custom_plan', true), set_config('enable_mergejoin', 'off', true)",
        str(milliseconds),
    )


async def below(category_id: UUID) -> list[UUID]:
    """List a category and all below it."""
    return [row[0] for row in await connection().fetch("SELECT category_id FROM catalogue.category_descendants WHERE ancestor_id = $1", category_id)]


async def suppliers_named(slugs: Sequence[str]) -> dict[str, tuple[UUID, str]]:
    """Find suppliers by their slugs, with their names."""
    rows = await connection().fetch(
        "SELECT s.slug, s.organisation_id, g.display_name FROM vendors.suppliers s JOIN kernel.organisations g ON g.id = s.organisation_id WHERE s.slug = ANY ($1)",
        slugs,
    )
    return {row[0]: (row[1], row[2]) for row in rows}


async def arrived(categories: Sequence[UUID] | None, *, is_unsorted: bool, limit: int) -> list[UUID]:
    """List products in the order of arrival: of these categories, of none, or all."""
    if is_unsorted:
        sql = "SELECT id FROM catalogue.products WHERE category_id IS NULL AND state = 'published' ORDER BY id LIMIT $1"
        return [row[0] for row in await connection().fetch(sql, limit)]
    if categories is None:
        return [row[0] for row in await connection().fetch("SELECT id FROM catalogue.products WHERE state = 'published' ORDER BY id LIMIT $1", limit)]
    sql = """SELECT y.id FROM unnest($2::uuid[]) AS e (id) CROSS JOIN LATERAL (
      SELECT z.id FROM catalogue.products z WHERE z.category_id = e.id AND z.state = 'published' ORDER BY z.id LIMIT $1) y ORDER BY y.id LIMIT $1"""
    return [row[0] for row in await connection().fetch(sql, limit, categories)]


async def published(ids: Sequence[UUID], categories: Sequence[UUID] | None, *, is_unsorted: bool) -> list[UUID]:
    """Tell which of these products are listed: in these categories, in none, or anywhere."""
    sql = """SELECT id FROM catalogue.products WHERE id = ANY ($1) AND state = 'published'
      AND CASE WHEN $3 THEN category_id IS NULL ELSE $2::uuid[] IS NULL OR category_id = ANY ($2) END ORDER BY id"""
    return [row[0] for row in await connection().fetch(sql, ids, categories, is_unsorted)]


@cache
def _matching(shape: tuple[bool, ...], *, filtered: tuple[str, ...]) -> str:
    """Write the list of what is chosen out of more products than are counted one by one; `filtered` names what is chosen."""
    conditions = {
        "unsorted": "f.category_id IS NULL",
        "category": "f.category_id = ANY ($14)",
        "brand": "lower(f.brand) = ANY ($15)",
        "supplier": "f.suppliers && $9::uuid[]",
        "attributes": f"({_misses(shape)}) = 0",
    }
    every = " AND ".join(conditions[one] for one in filtered) or "true"
    return f"SELECT f.product_id FROM trade.facet_products f WHERE {every} AND num_nulls({_typed(shape)}) >= 0 ORDER BY f.product_id LIMIT {CANDIDATES_MAX + 1}"


async def matching(wanted: Wanted, look: Look, *, is_unsorted: bool, steps: tuple[Sequence[Decimal], Sequence[int]]) -> list[UUID]:
    """List the first 5,001 products that have what is chosen of products and of suppliers. Raises: QueryTooBroad."""
    shape = tuple(one.is_number for one in wanted.attributes)
    chosen = {
        "unsorted": is_unsorted,
        "category": wanted.categories is not None and not is_unsorted,
        "brand": bool(wanted.brands),
        "supplier": bool(wanted.offers.suppliers) or wanted.offers.is_nobody,
        "attributes": any(one.texts or one.ranges for one in wanted.attributes),
    }
    statement = _matching(shape, filtered=tuple(name for name, is_chosen in chosen.items() if is_chosen))
    try:
        rows = await connection().fetch(statement, *_arguments([], wanted, look, steps=steps, sort="relevance"))
    except asyncpg.QueryCanceledError:
        raise QueryTooBroad from None
    return [row[0] for row in rows]


PRICED = """ SELECT x.product_id, x.price, count(DISTINCT o.supplier), count(o.place) FROM x
  LEFT JOIN o ON o.place = x.place AND o.fits_supplier AND o.fits_lead AND o.fits_price WHERE num_nulls({typed}) >= 0 GROUP BY x.product_id, x.price"""


async def priced(
    ids: Sequence[UUID], wanted: Wanted, look: Look, *, steps: tuple[Sequence[Decimal], Sequence[int]]
) -> dict[UUID, tuple[Decimal | None, int, int]]:
    """Give of these products the lowest price, the suppliers and the offers among the offers that are chosen."""
    shape = _shape(wanted, "price")
    rows = await connection().fetch(
        f"{_head(shape)}{PRICED.format(typed=_typed(shape.attributes))}", *_arguments(ids, wanted, look, steps=steps, sort="relevance")
    )
    return {row[0]: (row[1], row[2], row[3]) for row in rows}


async def kinds(ids: Sequence[UUID]) -> dict[UUID | None, int]:
    """Count these products by their category."""
    sql = "SELECT category_id, count(*) FROM trade.facet_products WHERE product_id = ANY ($1) GROUP BY category_id"
    return {row[0]: row[1] for row in await connection().fetch(sql, ids)}
