"""Owns the SQL by which offers follow their products."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from marketplace.kernel.database import connection
from marketplace.kernel.ports import ProductTies

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

# An offer belongs on the product it was made on, or on the one which that leads to now.
STRAYS = """SELECT o.id, o.product_id, coalesce(o.home_id, o.product_id) AS home_id, coalesce(p.moved_to, p.id) AS target_id, o.supplier_id
  FROM vendors.offers o JOIN catalogue.products p ON p.id = coalesce(o.home_id, o.product_id)
  WHERE o.product_id <> coalesce(p.moved_to, p.id)"""
OF_PRODUCTS = f"{STRAYS} AND (o.product_id = ANY ($1) OR o.home_id = ANY ($1)) ORDER BY o.product_id, o.id LIMIT $2"
ANYWHERE = f"""{STRAYS} AND o.product_id IN (SELECT id FROM catalogue.products WHERE moved_to IS NOT NULL)
  UNION ALL {STRAYS} AND o.home_id IS NOT NULL LIMIT $1"""
LOCK_OFFERS = "SELECT id FROM vendors.offers WHERE id = ANY ($1) AND product_id = ANY ($2) ORDER BY product_id, id FOR NO KEY UPDATE"
LOCK_STOCK = """SELECT offer_id FROM vendors.stock_levels WHERE offer_id = ANY ($1) AND product_id = ANY ($2)
  ORDER BY product_id, offer_id, site_id FOR UPDATE"""


class Stray(NamedTuple):
    """An offer that stands on another product than it belongs on."""

    offer_id: UUID
    product_id: UUID
    home_id: UUID
    target_id: UUID
    supplier_id: UUID


async def strays(product_ids: Sequence[UUID], *, limit: int) -> list[Stray]:
    """Read the offers on or from these products that stand elsewhere than they belong."""
    return [Stray(*row) for row in await connection().fetch(OF_PRODUCTS, product_ids, limit)]


async def strays_anywhere(*, limit: int) -> list[Stray]:
    """Read the offers of any product that stand elsewhere than they belong."""
    return [Stray(*row) for row in await connection().fetch(ANYWHERE, limit)]


async def lock(strays: Sequence[Stray]) -> None:
    """Lock offers and then their stock rows, each in the written order."""
    offers, products = [one.offer_id for one in strays], sorted({one.product_id for one in strays})
    await connection().execute(LOCK_OFFERS, offers, products)
    await connection().execute(LOCK_STOCK, offers, products)


async def move(strays: Sequence[Stray]) -> list[UUID]:
    """Let offers stand where they belong, with all that refers to them; gives those that were still where they were read."""
    rows = await connection().fetch(
        "SELECT vendors.move_offers($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[]) AS id",
        [one.offer_id for one in strays],
        [one.product_id for one in strays],
        [one.target_id for one in strays],
        [one.home_id for one in strays],
    )
    return [row[0] for row in rows]


async def set_home(offer_id: UUID, *, supplier_id: UUID, home_id: UUID) -> None:
    """Write on which product an offer of a supplier belongs from now on."""
    await connection().execute("UPDATE vendors.offers SET home_id = $3 WHERE supplier_id = $1 AND id = $2", supplier_id, offer_id, home_id)


async def counts(product_ids: Sequence[UUID]) -> dict[UUID, ProductTies]:
    """Count the offers that stand on products, those that were ended left out."""
    sql = "SELECT product_id, count(*) FROM vendors.offers WHERE product_id = ANY ($1) AND state <> 'retired' GROUP BY 1"
    found = {row[0]: row[1] for row in await connection().fetch(sql, product_ids)}
    return {one: ProductTies(offers=found.get(one, 0)) for one in product_ids}
