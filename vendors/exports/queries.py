"""Owns the SQL of what goes out: a supplier's own offers in the order of their products, page by page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from marketplace.kernel.database import connection

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from asyncpg import Record

OFFERS = """
SELECT o.id, o.supplier_sku, o.product_id, coalesce(p.gtin, '') AS gtin, p.brand, p.part_number, p.title, o.state, o.currency, o.unit_code, u.decimals, o.moq, o.multiple,
  o.pack_size, o.lead_days, o.incoterm, o.origin_country, o.condition, o.visibility, t.name AS site, k.on_hand, k.safety, o.allows_backorder, o.valid_from, o.valid_to,
  v.tier_from, v.tier_price
FROM vendors.offers o JOIN catalogue.products p ON p.id = o.product_id JOIN catalogue.units u ON u.code = o.unit_code JOIN vendors.sites t ON t.id = o.site_id
LEFT JOIN LATERAL vendors.price_in_force(o.product_id, o.id, $2) v ON true
LEFT JOIN vendors.stock_levels k ON k.product_id = o.product_id AND k.offer_id = o.id AND k.site_id = o.site_id
WHERE o.supplier_id = $1 AND o.state <> 'retired' AND ($3::uuid IS NULL OR o.id > $3) ORDER BY o.id LIMIT $4"""
MOST_TIERS = """SELECT coalesce(max(cardinality(v.tier_from)), 1) FROM vendors.offers o
  JOIN vendors.price_versions v ON v.product_id = o.product_id AND v.offer_id = o.id WHERE o.supplier_id = $1 AND o.state <> 'retired'"""


async def offers(supplier_id: UUID, *, after: UUID | None, limit: int, now: datetime) -> list[Record]:
    """Read the supplier's offers that are not retired, with price in force and stock at the site they ship from."""
    rows: list[Record] = await connection().fetch(OFFERS, supplier_id, now, after, limit)
    return rows


async def most_tiers(supplier_id: UUID) -> int:
    """Give how many tiers the supplier's longest price has had."""
    count: int = await connection().fetchval(MOST_TIERS, supplier_id)
    return count
