"""Owns the SQL of the price grid: a page of the supplier's own offers in one statement, and the saves."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import msgspec

from marketplace.kernel.database import connection
from marketplace.kernel.literals import anywhere
from marketplace.trade.grid.schemas import KeptChange, OwnRow
from marketplace.trade.standing.schemas import Stander

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from uuid import UUID

    from marketplace.trade.grid.schemas import GridFilter

COUNTED_MAX = 10_001
SMALLEST = "vendors.smallest_quantity(o.moq, o.multiple)"
PRICE = """
  LEFT JOIN LATERAL vendors.price_in_force(o.product_id, o.id, $1::timestamptz) v ON true"""
STOCK = """
  CROSS JOIN LATERAL (SELECT coalesce(sum(greatest(l.on_hand - l.reserved - l.safety, 0)), 0)::bigint AS available
    FROM vendors.stock_levels l WHERE l.product_id = o.product_id AND l.offer_id = o.id) k"""
OWNER = """
  JOIN vendors.suppliers s ON s.organisation_id = o.supplier_id JOIN kernel.organisations g ON g.id = o.supplier_id"""
SELLS = "vendors.sells(p, o, s, g, v.id, k.available, $1::timestamptz)"
# Less than anybody could order, or less than the supplier wants to be warned of.
LOW = f"""(o.state <> 'retired' AND ((NOT o.allows_backorder AND k.available < {SMALLEST}) OR EXISTS (SELECT FROM vendors.stock_alerts a
  WHERE a.supplier_id = $2 AND a.product_id = o.product_id AND a.offer_id = o.id AND a.recovered_at IS NULL)))"""
MINE = """o.supplier_id = $2 AND ($3 = '' OR o.supplier_sku ILIKE $3 OR p.title ILIKE $3 OR p.part_number ILIKE $3)
  AND ($4::uuid IS NULL OR p.category_id = $4) AND ($5::uuid IS NULL OR o.site_id = $5)"""
SHOWN = f"($6 = '' OR ($6 = 'not-selling' AND NOT {SELLS}) OR ($6 = 'low-stock' AND {LOW}))"
OFFERS = "vendors.offers o JOIN catalogue.products p ON p.id = o.product_id"
# The order of the columns is the order of OwnRow's fields.
COLUMNS = f"""o.id, o.product_id, o.version, o.supplier_sku, p.title, o.state, o.currency, o.unit_code, u.decimals, o.moq, o.multiple, o.lead_days,
  o.site_id, coalesce(v.tier_from, '{{}}'), coalesce(v.tier_price, '{{}}'), k.available, {SELLS}, {LOW}"""
# Every key is a text, so that one shape of cursor serves all: prices by currency and then by number.
KEYS = {
    "sku": "o.supplier_sku",
    "title": "p.title",
    "price": f"o.currency || to_char(coalesce(v.tier_price[width_bucket({SMALLEST}, v.tier_from)], 0), 'FM000000000000.000000')",
    "stock": "to_char(k.available, 'FM0000000000000000')",
}
LIGHT = frozenset({"sku", "title"})
BY_IDS = f"""SELECT {COLUMNS}, '' FROM {OFFERS} {OWNER} JOIN catalogue.units u ON u.code = o.unit_code {PRICE} {STOCK}
  WHERE o.supplier_id = $2 AND o.id = ANY($3) ORDER BY o.product_id, o.id"""
COUNT = f"SELECT count(*) FROM (SELECT FROM {OFFERS} {OWNER} {PRICE} {STOCK} WHERE {MINE} AND {SHOWN} LIMIT $7) counted"
COUNT_LIGHT = f"SELECT count(*) FROM (SELECT FROM {OFFERS} WHERE {MINE} AND $1::timestamptz IS NOT NULL AND $6 = '' LIMIT $7) counted"
STANDERS = f"SELECT o.id, o.product_id, u.decimals FROM {OFFERS} {OWNER} JOIN catalogue.units u ON u.code = o.unit_code {PRICE} {STOCK} WHERE {MINE} AND {SHOWN} ORDER BY o.id LIMIT $7"
CATEGORIES = f"""SELECT p.category_id, count(*)::int FROM {OFFERS} WHERE o.supplier_id = $1 AND p.category_id IS NOT NULL
  GROUP BY p.category_id ORDER BY count(*) DESC, p.category_id LIMIT 200"""
KEEP = """INSERT INTO trade.grid_saves (id, organisation_id, principal, saved_at, row_count, cell_count, changes, undoes_id)
  VALUES ($1, $2, $3, $4, $5, $6, $7::text::jsonb, $8)"""
LAST = """SELECT s.id, s.saved_at, s.row_count, s.cell_count, s.undoes_id IS NOT NULL OR EXISTS (SELECT FROM trade.grid_saves n WHERE n.undoes_id = s.id)
  FROM trade.grid_saves s WHERE s.organisation_id = $1 AND s.principal = $2 ORDER BY s.saved_at DESC, s.id DESC LIMIT 1"""
CHANGES = "SELECT changes::text FROM trade.grid_saves WHERE organisation_id = $1 AND id = $2"


class Last(NamedTuple):
    """The latest save of somebody: `is_spent` when it is an undo or was undone."""

    id: UUID
    saved_at: datetime
    rows: int
    cells: int
    is_spent: bool


def _page(sort: str) -> str:
    """Write the statement of a page: the keys of its rows are found first, prices and stocks are read for these alone where the sort allows."""
    name = sort.lstrip("-")
    key, sign, order = KEYS[name], *(("<", "DESC") if sort.startswith("-") else (">", "ASC"))
    return f"""SELECT {COLUMNS}, n.sort_key FROM (SELECT o.product_id, o.id, {key} AS sort_key FROM {OFFERS} {OWNER} {PRICE} {STOCK}
      WHERE {MINE} AND {SHOWN} AND ($7::text IS NULL OR (({key}) COLLATE "C", o.id) {sign} ($7, $8::uuid))
      ORDER BY ({key}) COLLATE "C" {order}, o.id {order} LIMIT $9) n
    JOIN vendors.offers o ON o.product_id = n.product_id AND o.id = n.id JOIN catalogue.products p ON p.id = o.product_id {OWNER}
    JOIN catalogue.units u ON u.code = o.unit_code {PRICE} {STOCK} ORDER BY n.sort_key COLLATE "C" {order}, o.id {order}"""


def _light(sort: str) -> str:
    """Write the same where neither price nor stock decides which rows and in which order."""
    key, sign, order = KEYS[sort.lstrip("-")], *(("<", "DESC") if sort.startswith("-") else (">", "ASC"))
    return f"""SELECT {COLUMNS}, n.sort_key FROM (SELECT o.product_id, o.id, {key} AS sort_key FROM {OFFERS}
      WHERE {MINE} AND $6 = '' AND ($7::text IS NULL OR ({key} COLLATE "C", o.id) {sign} ($7, $8::uuid))
      ORDER BY {key} COLLATE "C" {order}, o.id {order} LIMIT $9) n
    JOIN vendors.offers o ON o.product_id = n.product_id AND o.id = n.id JOIN catalogue.products p ON p.id = o.product_id {OWNER}
    JOIN catalogue.units u ON u.code = o.unit_code {PRICE} {STOCK} ORDER BY n.sort_key COLLATE "C" {order}, o.id {order}"""


PAGES = {f"{sign}{name}": _page(f"{sign}{name}") for name in KEYS for sign in ("", "-")}
LIGHT_PAGES = {f"{sign}{name}": _light(f"{sign}{name}") for name in LIGHT for sign in ("", "-")}


def _terms(which: GridFilter, supplier_id: UUID, now: datetime) -> tuple[object, ...]:
    return now, supplier_id, anywhere(which.text), which.category_id, which.site_id, which.show


async def page(supplier_id: UUID, *, which: GridFilter, after: tuple[str, UUID] | None, limit: int, now: datetime) -> list[OwnRow]:
    """Read a page of the supplier's offers from behind a place on, in the order of the filter's sort."""
    sql = LIGHT_PAGES[which.sort] if which.sort in LIGHT_PAGES and not which.show else PAGES[which.sort]
    rows = await connection().fetch(sql, *_terms(which, supplier_id, now), *(after or (None, None)), limit)
    return [OwnRow(*row) for row in rows]


async def count(supplier_id: UUID, *, which: GridFilter, now: datetime) -> int:
    """Count what a filter finds, at most 10,001, which stands for more."""
    found: int = await connection().fetchval(COUNT if which.show else COUNT_LIGHT, *_terms(which, supplier_id, now), COUNTED_MAX)
    return found


async def standers(supplier_id: UUID, *, which: GridFilter, limit: int, now: datetime) -> list[Stander]:
    """Read what has to be known of the offers that a filter finds, to ask for their places."""
    rows = await connection().fetch(STANDERS, *_terms(which, supplier_id, now), limit)
    return [Stander(offer_id=row[0], product_id=row[1], decimals=row[2]) for row in rows]


async def rows_by_ids(offer_ids: Sequence[UUID], *, supplier_id: UUID, now: datetime) -> list[OwnRow]:
    """Read these of the supplier's offers; what is not the supplier's is missing."""
    return [OwnRow(*row) for row in await connection().fetch(BY_IDS, now, supplier_id, offer_ids)]


async def categories(supplier_id: UUID) -> list[tuple[UUID, int]]:
    """Read in which categories the supplier offers, and how much."""
    return [(row[0], row[1]) for row in await connection().fetch(CATEGORIES, supplier_id)]


async def keep(
    save_id: UUID, *, supplier_id: UUID, principal: str, cells: int, changes: Sequence[KeptChange], undoes_id: UUID | None, now: datetime
) -> None:
    """Write a save down."""
    text = msgspec.json.encode(changes).decode()
    await connection().execute(KEEP, save_id, supplier_id, principal, now, len(changes), cells, text, undoes_id)


async def last(supplier_id: UUID, *, principal: str) -> Last | None:
    """Read somebody's latest save."""
    row = await connection().fetchrow(LAST, supplier_id, principal)
    return Last(*row) if row else None


async def changes_of(save_id: UUID, *, supplier_id: UUID) -> list[KeptChange]:
    """Read what a save changed."""
    text: str = await connection().fetchval(CHANGES, supplier_id, save_id)
    return msgspec.json.decode(text, type=list[KeptChange])
