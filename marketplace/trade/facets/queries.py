"""Owns the SQL that counts facets; the viewer says which offers count and which prices fall into bands, no organisation scopes it besides."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import UUID

import asyncpg
import msgspec

from marketplace.kernel.database import connection
from marketplace.kernel.errors import QueryTooBroad

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
# What an offer is to the viewer. Sights are asked once for each supplier, category and mark, and only where something is restricted.
OFFERS = """o AS MATERIALIZED (
    SELECT w.place, w.supplier, w.lead, w.fits_supplier, w.fits_lead, x.price,
      CASE WHEN NOT w.asks_price THEN true ELSE x.price IS NOT NULL AND NOT ({out_of_price}) END AS fits_price
    FROM (SELECT h.place, u.supplier, u.lead, u.price, u.currency, u.mark, h.category_id, u.mark <> 'public' OR u.supplier = ANY ({restricted}) AS is_restricted,
        $9::uuid[] = '{{}}' OR u.supplier = ANY ($9) AS fits_supplier,
        $10::int[] = '{{}}' OR NOT ({out_of_lead}) AS fits_lead, $12::numeric[] <> '{{}}' AS asks_price
      FROM h CROSS JOIN LATERAL unnest(h.suppliers, h.leads, h.prices, h.currencies, h.marks) AS u (supplier, lead, price, currency, mark)
      WHERE u.supplier <> ALL ({closed})) w
    LEFT JOIN s ON w.is_restricted AND s.supplier = w.supplier AND s.mark = w.mark AND s.category_id = coalesce(w.category_id, '{first}')
    CROSS JOIN LATERAL (SELECT CASE WHEN NOT w.is_restricted OR s.sight = 2 THEN round(w.price * ($6::numeric[])[array_position($5::text[], w.currency)], 6) END AS price OFFSET 0) x
    WHERE NOT w.is_restricted OR s.sight > 0)""".format(
    restricted=RESTRICTED,
    closed=CLOSED,
    first=FIRST,
    out_of_price=OUT_OF.format(lows="$12::numeric[]", highs="$13::numeric[]", x="x.price"),
    out_of_lead=OUT_OF.format(lows="$10::int[]", highs="$11::int[]", x="u.lead"),
)
SIGHTS = f"""s AS MATERIALIZED (
    SELECT z.supplier, z.mark, z.category_id, vendors.sight($3::uuid, $4::boolean, z.supplier, nullif(z.category_id, '{FIRST}'), z.mark) AS sight
    FROM (SELECT DISTINCT u.supplier, u.mark, coalesce(h.category_id, '{FIRST}') AS category_id
      FROM h CROSS JOIN LATERAL unnest(h.suppliers, h.marks) AS u (supplier, mark) WHERE u.mark <> 'public' OR u.supplier = ANY ({RESTRICTED})) z)"""
# Bits from 0 on are bands of lead times, the others of prices.
PRODUCTS = """g AS MATERIALIZED (
    SELECT o.place, bool_or(o.fits_supplier AND o.fits_lead AND o.fits_price) AS fits,
      bit_or(1 << width_bucket(o.lead, $8::int[])) FILTER (WHERE o.fits_supplier AND o.fits_price) AS leads,
      bit_or(1::bigint << width_bucket(o.price, $7::numeric[])) FILTER (WHERE o.fits_supplier AND o.fits_lead AND o.price IS NOT NULL) AS prices,
      min(o.price) FILTER (WHERE o.fits_supplier AND o.fits_lead AND o.fits_price) AS price,
      min(o.lead) FILTER (WHERE o.fits_supplier AND o.fits_lead AND o.fits_price) AS lead
    FROM o GROUP BY o.place)"""


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


class Counted(NamedTuple):
    """What was counted: the ids that remain in their order; (facet, value, label, count, lowest, highest) a value of products; a supplier; bands of lead times and prices."""

    ids: list[UUID]
    values: list[tuple[int, str | None, str | None, int, str | None, str | None]]
    suppliers: list[tuple[str, str, int]]
    leads: list[int]
    prices: list[int]


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


def _head(shape: tuple[bool, ...]) -> str:
    values = "".join(
        f", (CASE WHEN jsonb_typeof(f.attributes->${FIXED + 1 + 4 * at}::text) = 'number' THEN (f.attributes->${FIXED + 1 + 4 * at}::text)::numeric END) AS a{at}"
        if is_number
        else f", f.attributes->>${FIXED + 1 + 4 * at}::text AS a{at}"
        for at, is_number in enumerate(shape)
    )
    return f"""WITH h AS MATERIALIZED (
    SELECT i.place::int, i.id AS product_id, f.category_id, f.brand, f.suppliers, f.leads, f.prices, f.currencies, f.marks{values}, {_misses(shape)} AS missed
    FROM unnest($1::uuid[]) WITH ORDINALITY AS i (id, place) LEFT JOIN trade.facet_products f ON f.product_id = i.id),
  {SIGHTS}, {OFFERS}, {PRODUCTS},
  r AS MATERIALIZED (SELECT h.*, h.missed + CASE WHEN $17::boolean AND NOT coalesce(g.fits, false) THEN {1 << OFFER} ELSE 0 END AS miss,
    g.leads AS lead_bits, g.prices AS price_bits, g.price, g.lead FROM h LEFT JOIN g ON g.place = h.place)"""


@cache
def _statement(shape: tuple[bool, ...], *, counts: bool) -> str:
    """Write the count for attributes of this shape: one pass over the candidates, in which each is told apart by the only choice it misses."""
    ids = """ARRAY(SELECT r.product_id FROM r WHERE r.miss = 0
      ORDER BY CASE WHEN $16::text = 'price' THEN r.price WHEN $16::text = 'lead' THEN r.lead END NULLS LAST, r.place)"""
    if not counts:
        return f"{_head(shape)} SELECT {ids}"
    groups = [
        f"SELECT {CATEGORY} AS facet, r.category_id::text AS value, NULL AS label, count(*) AS n, NULL AS low, NULL AS high FROM r WHERE r.miss IN (0, {1 << CATEGORY}) GROUP BY r.category_id",
        f"SELECT {BRAND}, lower(r.brand), min(r.brand), count(*), NULL, NULL FROM r WHERE r.miss IN (0, {1 << BRAND}) AND r.brand <> '' GROUP BY lower(r.brand)",
    ]
    for at, is_number in enumerate(shape):
        facet = ATTRIBUTE + at
        value = f"width_bucket(r.a{at}, $7::numeric[])::text" if is_number else f"r.a{at}"
        ends = f"min(r.a{at})::text, max(r.a{at})::text" if is_number else "NULL, NULL"
        groups.append(
            f"SELECT {facet}, {value}, NULL, count(*), {ends} FROM r WHERE r.miss IN (0, {1 << facet}) AND r.a{at} IS NOT NULL GROUP BY {value}"
        )
    ranked = " UNION ALL ".join(
        f"(SELECT * FROM ({one}) AS x (facet, value, label, n, low, high) ORDER BY n DESC, value LIMIT {CHOICES_MAX if at else 10000})"
        for at, one in enumerate(groups)
    )
    return f"""{_head(shape)}
  SELECT {ids},
    (SELECT coalesce(json_agg(json_build_array(x.facet, x.value, x.label, x.n, x.low, x.high)), '[]')::text FROM ({ranked}) x),
    (SELECT coalesce(json_agg(json_build_array(y.slug, z.display_name, x.n)), '[]')::text FROM (
        SELECT d.supplier, count(*) AS n FROM (SELECT DISTINCT o.place, o.supplier FROM o WHERE o.fits_lead AND o.fits_price) d
        JOIN r ON r.place = d.place AND r.missed = 0 GROUP BY d.supplier ORDER BY n DESC, d.supplier LIMIT {CHOICES_MAX}) x
      JOIN vendors.suppliers y ON y.organisation_id = x.supplier JOIN kernel.organisations z ON z.id = x.supplier),
    ARRAY(SELECT count(*) FILTER (WHERE r.lead_bits & (1 << b.bit) <> 0) FROM generate_series(1, cardinality($8::int[])) AS b (bit) CROSS JOIN r
      WHERE r.missed = 0 GROUP BY b.bit ORDER BY b.bit),
    ARRAY(SELECT coalesce(c.n, 0) FROM generate_series(0, cardinality($7::numeric[])) AS b (bit) LEFT JOIN (SELECT t.bit, count(*) AS n FROM r
        CROSS JOIN LATERAL generate_series(0, cardinality($7::numeric[])) AS t (bit) WHERE r.missed = 0 AND r.price_bits & (1::bigint << t.bit) <> 0 GROUP BY t.bit) c
      ON c.bit = b.bit ORDER BY b.bit)"""


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
    shape = tuple(one.is_number for one in wanted.attributes)
    try:
        row = await connection().fetchrow(_statement(shape, counts=True), *_arguments(ids, wanted, look, steps=steps, sort=sort))
    except asyncpg.QueryCanceledError:
        raise QueryTooBroad from None
    assert row is not None, "a SELECT without FROM has a row"
    return Counted(row[0], VALUES.decode(row[1]), SUPPLIERS.decode(row[2]), row[3], row[4])


async def limit_time(milliseconds: int) -> None:
    """Give each statement until the end of the transaction this much time."""
    await connection().execute(f"SET LOCAL statement_timeout = {milliseconds:d}")


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


# A statement uses each of its parameters, or PostgreSQL does not know their types.
TYPES = (
    "uuid[]", "timestamptz", "uuid", "boolean", "text[]", "numeric[]", "numeric[]", "int[]", "uuid[]", "int[]", "int[]", "numeric[]", "numeric[]", "uuid[]",
    "text[]", "text", "boolean",
)  # fmt: skip


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
    names = [f"${place}::{kind}" for place, kind in enumerate(TYPES, 1)]
    names += [
        f"${FIXED + 1 + 4 * at + one}::{kind}" for at in range(len(shape)) for one, kind in enumerate(("text", "text[]", "numeric[]", "numeric[]"))
    ]
    return f"""SELECT f.product_id FROM trade.facet_products f WHERE {every} AND (num_nulls({", ".join(names)}) >= 0)
      ORDER BY f.product_id LIMIT {CANDIDATES_MAX + 1}"""


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


PRICED = """ SELECT r.product_id, r.price, count(DISTINCT o.supplier), count(o.place) FROM r
  LEFT JOIN o ON o.place = r.place AND o.fits_supplier AND o.fits_lead AND o.fits_price WHERE $16::text IS NOT NULL GROUP BY r.product_id, r.price"""


async def priced(
    ids: Sequence[UUID], wanted: Wanted, look: Look, *, steps: tuple[Sequence[Decimal], Sequence[int]]
) -> dict[UUID, tuple[Decimal | None, int, int]]:
    """Give of these products the lowest price, the suppliers and the offers among the offers that are chosen."""
    shape = tuple(one.is_number for one in wanted.attributes)
    rows = await connection().fetch(f"{_head(shape)}{PRICED}", *_arguments(ids, wanted, look, steps=steps, sort="relevance"))
    return {row[0]: (row[1], row[2], row[3]) for row in rows}


async def kinds(ids: Sequence[UUID]) -> dict[UUID | None, int]:
    """Count these products by their category."""
    sql = "SELECT category_id, count(*) FROM trade.facet_products WHERE product_id = ANY ($1) GROUP BY category_id"
    return {row[0]: row[1] for row in await connection().fetch(sql, ids)}
