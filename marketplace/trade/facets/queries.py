"""Owns the reads of lists that are narrowed down: their counts, what they begin with, and the prices of the offers that are chosen."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import asyncpg
import msgspec

from marketplace.kernel.database import connection
from marketplace.kernel.errors import QueryTooBroad
from marketplace.trade.facets import queries_count
from marketplace.trade.facets.queries_count import (
    ATTRIBUTE,
    BRAND,
    CANDIDATES_MAX,
    FIRST,
    FIXED,
    OFFER,
    Attribute,
    Look,
    Offered,
    Wanted,
    misses,
    shape_of,
    typed,
)
from marketplace.trade.facets.schemas import Counted

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from decimal import Decimal
    from uuid import UUID

__all__ = ("ATTRIBUTE", "BRAND", "CANDIDATES_MAX", "OFFER", "Attribute", "Look", "Offered", "Wanted")

BANDS = msgspec.json.Decoder(list[tuple[int, int]])
VALUES = msgspec.json.Decoder(list[tuple[int, str | None, str | None, int, str | None, str | None]])
SUPPLIERS = msgspec.json.Decoder(list[tuple[str, str, int]])


def _arguments(ids: Sequence[UUID], wanted: Wanted, look: Look, *, steps: tuple[Sequence[Decimal], Sequence[int]], sort: str) -> list[Any]:
    offers = wanted.offers
    found: list[Any] = [
        ids, look.now, look.viewer.organisation_id, look.viewer.sees_all, look.codes, look.rates, steps[0], steps[1],
        [FIRST] if offers.is_nobody and not offers.suppliers else offers.suppliers,
        [low for low, _ in offers.leads], [None if high is None else high + 1 for _, high in offers.leads],
        [one.low for one in offers.prices], [one.high for one in offers.prices],
        wanted.categories, [one.lower() for one in wanted.brands], sort,
    ]  # fmt: skip
    assert len(found) == FIXED, "the parameters of attributes follow"
    for one in wanted.attributes:
        found += [one.key, one.texts, [span.low for span in one.ranges], [span.high for span in one.ranges]]
    return found


async def counted(
    ids: Sequence[UUID],
    wanted: Wanted,
    look: Look,
    *,
    steps: tuple[Sequence[Decimal], Sequence[int]],
    sort: str,
    counts: tuple[int, ...] | None = None,
) -> Counted:
    """Count the facets of these products, those of `counts` or all of them, in their order of relevance. Raises: QueryTooBroad when it takes longer than it may."""
    statement = queries_count.statement(shape_of(wanted, sort=sort, counts=counts), steps=(len(steps[0]), len(steps[1])))
    try:
        row = await connection().fetchrow(statement, *_arguments(ids, wanted, look, steps=steps, sort=sort))
    except asyncpg.QueryCanceledError:
        raise QueryTooBroad from None
    assert row is not None, "a SELECT without FROM has a row"
    leads, prices = [0] * len(steps[1]), [0] * (len(steps[0]) + 1)
    for band, count in BANDS.decode(row[4]):
        leads[band - 1] = count
    for band, count in BANDS.decode(row[5]):
        prices[band] = count
    shape = shape_of(wanted, sort=sort)
    if shape.by_offers:
        remaining = _sorted(ids, dict(zip(row[0] or (), row[1] or (), strict=True)), is_narrowed=shape.is_narrowed)
    else:
        kept = set(row[0] or ())
        remaining = [one for one in ids if one in kept] if shape.is_narrowed else list(ids)
    return Counted(remaining, VALUES.decode(row[2]), SUPPLIERS.decode(row[3]), leads, prices)


def _sorted(ids: Sequence[UUID], keys: Mapping[UUID, float | None], *, is_narrowed: bool) -> list[UUID]:
    """Sort by what belongs to each, the lowest first, those with nothing last, equals in the order in which they came."""
    kept = [one for one in ids if one in keys] if is_narrowed else list(ids)
    return sorted(kept, key=lambda one: (keys.get(one) is None, keys.get(one) or 0))


async def limit_time(milliseconds: int) -> None:
    """Give each statement until the end of the transaction this much time, and plan each for its own number of candidates: a plan for any number is slow for thousands.

    What is read here is asked for all the time and lies in memory, so that a row looked up costs about what one read in passing does.
    """
    await connection().execute(
        "SELECT set_config('statement_timeout', $1, true), set_config('plan_cache_mode', 'force_custom_plan', true), set_config('enable_mergejoin', 'off', true), "
        "set_config('random_page_cost', '1.1', true)",
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
def _matching(shape: tuple[str, ...], *, filtered: tuple[str, ...]) -> str:
    """Write the list of what is chosen out of more products than are counted one by one; `filtered` names what is chosen."""
    conditions = {
        "unsorted": "f.category_id IS NULL",
        "category": "f.category_id = ANY ($14)",
        "brand": "lower(f.brand) = ANY ($15)",
        "supplier": "f.sellers && ARRAY(SELECT y.id FROM trade.facet_sellers y WHERE y.supplier_id = ANY ($9::uuid[]))",
        "attributes": f"({misses(shape)}) = 0",
    }
    every = " AND ".join(conditions[one] for one in filtered) or "true"
    return f"SELECT f.product_id FROM trade.facet_products f WHERE {every} AND num_nulls({typed(len(shape))}) >= 0 ORDER BY f.product_id LIMIT {CANDIDATES_MAX + 1}"


async def matching(wanted: Wanted, look: Look, *, is_unsorted: bool, steps: tuple[Sequence[Decimal], Sequence[int]]) -> list[UUID]:
    """List the first 5,001 products that have what is chosen of products and of suppliers. Raises: QueryTooBroad."""
    shape = tuple(one.kind for one in wanted.attributes)
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


PRICED = """ SELECT x.product_id, round(x.price::numeric, 6), count(DISTINCT v.supplier), count(v.product_id) FROM x
  LEFT JOIN v ON v.product_id = x.product_id AND v.fits_supplier AND v.fits_lead AND v.fits_price WHERE num_nulls({typed}) >= 0 GROUP BY x.product_id, x.price"""


async def priced(
    ids: Sequence[UUID], wanted: Wanted, look: Look, *, steps: tuple[Sequence[Decimal], Sequence[int]]
) -> dict[UUID, tuple[Decimal | None, int, int]]:
    """Give of these products the lowest price, the suppliers and the offers among the offers that are chosen; prices of more than fifteen figures are rounded to these."""
    shape = shape_of(wanted, sort="price")
    rows = await connection().fetch(
        f"{queries_count.head(shape)}{PRICED.format(typed=typed(len(shape.attributes)))}",
        *_arguments(ids, wanted, look, steps=steps, sort="relevance"),
    )
    return {row[0]: (row[1], row[2], row[3]) for row in rows}


async def kinds(ids: Sequence[UUID]) -> dict[UUID | None, int]:
    """Count these products by their category."""
    sql = "SELECT category_id, count(*) FROM trade.facet_products WHERE product_id = ANY ($1) GROUP BY category_id"
    return {row[0]: row[1] for row in await connection().fetch(sql, ids)}
