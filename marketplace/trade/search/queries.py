"""Owns the SQL that finds products; public tables, so no organisation scopes them: the viewer says which offers and which prices count."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

import asyncpg

from marketplace.kernel.database import connection
from marketplace.kernel.errors import QueryTooBroad
from marketplace.kernel.ids import uuid7
from marketplace.trade.search.schemas import ListPage

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from decimal import Decimal

    from vendors.visibility.schemas import Viewer

IN_CATEGORY = """($2::uuid IS NULL OR d.category_id IN (SELECT e.category_id FROM catalogue.category_descendants e WHERE e.ancestor_id = $2))"""
# What a text excludes is excluded of what carries one of its identifiers too; a phrase in quotes may be just that identifier.
NOT_EXCLUDED = "(NOT d.keys && $4::text[] AND NOT EXISTS (SELECT FROM unnest($5::text[]) AS x (word) WHERE d.tsv @@ phraseto_tsquery('trade.words', trade.fold(x.word))))"
BY_KEY = f"""SELECT d.product_id FROM trade.search_documents d WHERE d.keys && $1::text[] AND {IN_CATEGORY} AND {NOT_EXCLUDED}
  ORDER BY (SELECT min(array_position($1::text[], k)) FROM unnest(d.keys) k), d.product_id LIMIT $3"""

# The hot list. It asks in parts what `vendors.sells` says as a whole, and a test holds the two together: suppliers that do not sell
# are few, so they are listed once instead of joining every offer with its supplier; stock is read once a product.
LIST_OFFERS = """LEFT JOIN LATERAL (
    SELECT trim_scale(round(min(v.tier_price[width_bucket(vendors.smallest_quantity(o.moq, o.multiple), v.tier_from)]
        * ($4::numeric[])[array_position($3::text[], o.currency)]) FILTER (WHERE z.sight = 2), 6)) AS price,
      count(DISTINCT o.supplier_id) AS suppliers, count(*) AS offers
    FROM vendors.offers o
    CROSS JOIN LATERAL vendors.price_in_force(o.product_id, o.id, $1) v
    CROSS JOIN LATERAL (SELECT CASE WHEN o.visibility = 'public'
        AND o.supplier_id <> ALL (ARRAY(SELECT s.organisation_id FROM vendors.suppliers s WHERE s.is_restricted)) THEN 2
      ELSE vendors.sight($2::uuid, $9::boolean, o.supplier_id, p.category_id, o.visibility) END AS sight) z
    WHERE o.product_id = p.id AND vendors.offer_stands(o, $1)
      AND o.supplier_id <> ALL (ARRAY(SELECT s.organisation_id FROM vendors.suppliers s JOIN kernel.organisations g ON g.id = s.organisation_id
        WHERE NOT vendors.supplier_sells(s, g, $1)))
      AND (o.allows_backorder OR o.id IN (SELECT l.offer_id FROM vendors.stock_levels l
        WHERE l.product_id = p.id AND l.on_hand - l.reserved - l.safety > 0))
      AND z.sight > 0) x ON true"""
LIST_COLUMNS = "y.id, y.slug, y.title, y.brand, y.part_number, y.locale, y.category_id"
# The reader's languages are tried in their order, the product's own last, as in the catalogue's own queries.
LIST_WORDS = """LEFT JOIN LATERAL (SELECT t.title FROM catalogue.product_texts t WHERE p.locale <> ($6::text[])[1] AND t.product_id = p.id
    AND t.locale = ANY ($6) AND array_position($6, t.locale) < coalesce(array_position($6, p.locale), 99) ORDER BY array_position($6, t.locale) LIMIT 1) w ON true"""
LIST = f"""SELECT json_agg(json_build_object('id', p.id, 'slug', p.slug, 'title', coalesce(w.title, p.title), 'brand', p.brand, 'part_number', p.part_number,
    'from_price', x.price::text, 'currency', $5::text, 'suppliers', x.suppliers, 'offers', x.offers) ORDER BY p.id) FILTER (WHERE p.place < $8)::text,
  max(p.id::text) FILTER (WHERE p.place = $8 - 1), count(*)
  FROM (SELECT z.*, row_number() OVER (ORDER BY z.id) AS place FROM ({{page}}) z) p {LIST_OFFERS} {LIST_WORDS}"""
ALL_PAGE = f"SELECT {LIST_COLUMNS} FROM catalogue.products y WHERE y.state = 'published' AND y.id > $7 ORDER BY y.id LIMIT $8"
CATEGORY_PAGE = f"""SELECT y.* FROM catalogue.category_descendants e CROSS JOIN LATERAL (
  SELECT {LIST_COLUMNS} FROM catalogue.products y WHERE y.category_id = e.category_id AND y.state = 'published' AND y.id > $7 ORDER BY y.id LIMIT $8) y
  WHERE e.ancestor_id = {{category}} ORDER BY y.id LIMIT $8"""
UNSORTED_PAGE = f"""SELECT {LIST_COLUMNS} FROM catalogue.products y
  WHERE y.category_id IS NULL AND y.state = 'published' AND y.id > $7 ORDER BY y.id LIMIT $8"""
# The name in addresses of what has no category yet; no category may take it.
UNSORTED = "unsorted"
LIST_UNSORTED = LIST.format(page=UNSORTED_PAGE)
LIST_ALL = LIST.format(page=ALL_PAGE)
LIST_OF_ID = LIST.format(page=CATEGORY_PAGE.format(category="$10::uuid"))
LIST_OF_SLUG = LIST.format(page=CATEGORY_PAGE.format(category="(SELECT f.id FROM catalogue.categories f WHERE f.slug = $10)"))


async def limit_time(milliseconds: int) -> None:
    """Give each statement until the end of the transaction this much time, and plan each for its own words: a plan for any word reads every document for a rare one."""
    await connection().execute(f"SET LOCAL statement_timeout = {milliseconds:d}; SET LOCAL plan_cache_mode = force_custom_plan")


async def ids_by_key(
    keys: Sequence[str], *, category_id: UUID | None, excluded: tuple[Sequence[str], Sequence[str]] = ((), ()), limit: int
) -> list[UUID]:
    """Find the products that carry one of these identifiers, in the order of the keys, without those with the excluded (identifiers, phrases)."""
    return await _ids(BY_KEY, keys, category_id, limit, *excluded)


async def _ids(statement: str, *arguments: object) -> list[UUID]:
    """Run one search. Raises: QueryTooBroad when it takes longer than it may."""
    try:
        return [row[0] for row in await connection().fetch(statement, *arguments)]
    except asyncpg.QueryCanceledError:
        raise QueryTooBroad from None


async def list_page(
    category: UUID | str | None,
    *,
    after: UUID,
    limit: int,
    now: datetime,
    viewer: Viewer,
    locales: list[str],
    prices: tuple[str, list[str], list[Decimal]],
) -> ListPage:
    """Read one page of a category (by id or slug, with all below it) or of everything, in the order of arrival, with what sells now: one statement.

    `prices` are the currency to show, and what one unit of each currency costs in it.
    """
    arguments: tuple[object, ...] = (now, viewer.organisation_id, prices[1], prices[2], prices[0], locales, after, limit + 1, viewer.sees_all)
    if category is None:
        row = await connection().fetchrow(LIST_ALL, *arguments)
    elif category == UNSORTED:
        row = await connection().fetchrow(LIST_UNSORTED, *arguments)
    else:
        row = await connection().fetchrow(LIST_OF_SLUG if isinstance(category, str) else LIST_OF_ID, *arguments, category)
    assert row is not None, "an aggregate always answers"
    return ListPage((row[0] or "[]").encode(), UUID(row[1]) if row[2] > limit else None)


async def ids_in_order(category_id: UUID | str | None, *, after: UUID, limit: int) -> list[UUID]:
    """List published products of a category and below it, of none ("unsorted"), or all, in the order of arrival."""
    if category_id is None:
        sql = "SELECT id FROM catalogue.products WHERE state = 'published' AND id > $1 ORDER BY id LIMIT $2"
        return [row[0] for row in await connection().fetch(sql, after, limit)]
    if category_id == UNSORTED:
        sql = "SELECT id FROM catalogue.products WHERE category_id IS NULL AND state = 'published' AND id > $1 ORDER BY id LIMIT $2"
        return [row[0] for row in await connection().fetch(sql, after, limit)]
    sql = """SELECT y.id FROM catalogue.category_descendants e CROSS JOIN LATERAL (SELECT z.id FROM catalogue.products z
      WHERE z.category_id = e.category_id AND z.state = 'published' AND z.id > $1 ORDER BY z.id LIMIT $2) y WHERE e.ancestor_id = $3 ORDER BY y.id LIMIT $2"""
    return [row[0] for row in await connection().fetch(sql, after, limit, category_id)]


async def categories_of(ids: Sequence[UUID]) -> dict[UUID, int]:
    """Count these products by their category; those without one are left out."""
    sql = """SELECT category_id, count(*) FROM trade.search_documents WHERE product_id = ANY ($1) AND category_id IS NOT NULL GROUP BY category_id"""
    return {row[0]: row[1] for row in await connection().fetch(sql, ids)}


async def record_miss(text: str, *, segment: str, locale: str, now: datetime) -> None:
    """Count a search that found nothing, by day, kind of visitor and language."""
    await connection().execute(
        "INSERT INTO trade.search_misses AS m (id, on_date, segment, locale, query, times, last_at) VALUES ($1, ($2::timestamptz AT TIME ZONE 'UTC')::date, $3, $4, $5, 1, $2) "
        "ON CONFLICT (on_date, segment, locale, query) DO UPDATE SET times = m.times + 1, last_at = greatest(m.last_at, excluded.last_at)",
        uuid7(),
        now,
        segment,
        locale,
        text,
    )
