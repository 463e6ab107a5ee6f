"""Owns the SQL that fills the read model of facets from catalogue and offers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from marketplace.kernel.database import connection

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from uuid import UUID

# Longer texts describe; nobody chooses among them. Numbers that cannot be meant count for nothing. What the schema of a category names goes before all else.
TEXT_MAX, ATTRIBUTES_MAX, OFFERS_MAX = 60, 60, 500
# Who sells how: offers point there by a number, because a count reads thousands of them.
SELLERS = """INSERT INTO trade.facet_sellers (supplier_id, mark, currency) SELECT DISTINCT o.supplier_id, o.visibility, o.currency FROM vendors.offers o
  WHERE o.product_id = ANY ($1) AND NOT EXISTS (SELECT FROM trade.facet_sellers y
    WHERE y.supplier_id = o.supplier_id AND y.mark = o.visibility AND y.currency = o.currency)
  ORDER BY 1, 2, 3 ON CONFLICT (supplier_id, mark, currency) DO NOTHING"""
INDEX = f"""
INSERT INTO trade.facet_products AS f (product_id, category_id, brand, attributes, sellers, leads, amounts, changes_at)
SELECT p.id, p.category_id, p.brand, coalesce(a.attributes, '{{}}'), coalesce(o.sellers, '{{}}'), coalesce(o.leads, '{{}}'), coalesce(o.amounts, '{{}}'), c.changes_at
FROM catalogue.products p
LEFT JOIN LATERAL (SELECT jsonb_object_agg(x.key, x.value) AS attributes FROM (SELECT e.key, e.value FROM jsonb_each(p.attributes) e
    WHERE (jsonb_typeof(e.value) IN ('number', 'boolean') OR (jsonb_typeof(e.value) = 'string' AND length(e.value #>> '{{}}') BETWEEN 1 AND {TEXT_MAX}))
      AND NOT EXISTS (SELECT FROM catalogue.number_flags g WHERE g.product_id = p.id AND g.key = e.key AND g.state <> 'right' AND to_jsonb(g.value) = e.value)
    ORDER BY e.key IN (SELECT d.key FROM catalogue.category_attributes d) DESC, e.key LIMIT {ATTRIBUTES_MAX}) x) a ON true
LEFT JOIN LATERAL (SELECT array_agg(y.id ORDER BY w.id) AS sellers, array_agg(w.lead_days ORDER BY w.id) AS leads, array_agg(w.amount ORDER BY w.id) AS amounts
  FROM (SELECT o.id, o.supplier_id, o.lead_days, o.currency, o.visibility,
      v.tier_price[width_bucket(vendors.smallest_quantity(o.moq, o.multiple), v.tier_from)]::float8 AS amount
    FROM vendors.offers o CROSS JOIN LATERAL vendors.price_in_force(o.product_id, o.id, $2) v
    WHERE o.product_id = p.id AND vendors.offer_stands(o, $2) AND (o.allows_backorder OR EXISTS (SELECT FROM vendors.stock_levels l
      WHERE l.product_id = p.id AND l.offer_id = o.id AND l.on_hand - l.reserved - l.safety > 0)) ORDER BY o.id LIMIT {OFFERS_MAX}) w
    JOIN trade.facet_sellers y ON y.supplier_id = w.supplier_id AND y.mark = w.visibility AND y.currency = w.currency) o ON true
LEFT JOIN LATERAL (SELECT min(m.at) AS changes_at FROM (
    SELECT unnest(ARRAY[o.valid_from, o.valid_to]) AS at FROM vendors.offers o WHERE o.product_id = p.id AND o.state = 'approved'
    UNION ALL SELECT unnest(ARRAY[v.valid_from, v.valid_to]) FROM vendors.offers o JOIN vendors.price_versions v ON v.product_id = o.product_id AND v.offer_id = o.id
      WHERE o.product_id = p.id AND o.state = 'approved' AND NOT v.is_withdrawn) m WHERE m.at > $2) c ON true
WHERE p.id = ANY ($1) AND p.state = 'published'
ON CONFLICT (product_id) DO UPDATE SET category_id = excluded.category_id, brand = excluded.brand, attributes = excluded.attributes, sellers = excluded.sellers,
  leads = excluded.leads, amounts = excluded.amounts, changes_at = excluded.changes_at
WHERE (f.category_id, f.brand, f.attributes, f.sellers, f.leads, f.amounts, f.changes_at) IS DISTINCT FROM
  (excluded.category_id, excluded.brand, excluded.attributes, excluded.sellers, excluded.leads, excluded.amounts, excluded.changes_at)
"""


async def lock(product_ids: Sequence[UUID]) -> None:
    """Let one writer at a time renew each product, so that two facts about one do not cross."""
    await connection().execute("SELECT product_id FROM trade.facet_products WHERE product_id = ANY ($1) ORDER BY product_id FOR UPDATE", product_ids)


async def index(product_ids: Sequence[UUID], *, now: datetime) -> None:
    """Renew what facets know of these products and drop those that are not published."""
    await connection().execute(SELLERS, product_ids)
    await connection().execute(INDEX, product_ids, now)
    await connection().execute(
        "DELETE FROM trade.facet_products f WHERE f.product_id = ANY ($1) "
        "AND NOT EXISTS (SELECT FROM catalogue.products p WHERE p.id = f.product_id AND p.state = 'published')",
        product_ids,
    )


async def mark_crowded(category_ids: Sequence[UUID], *, now: datetime) -> None:
    """Let the products of these categories and of all below them that have more attributes than are kept be read anew: others are kept now."""
    await connection().execute(
        """WITH x AS (SELECT f.product_id FROM trade.facet_products f WHERE f.category_id IN (SELECT e.category_id FROM catalogue.category_descendants e
            WHERE e.ancestor_id = ANY ($1)) AND (SELECT count(*) FROM jsonb_object_keys(f.attributes)) >= $3 ORDER BY f.product_id FOR UPDATE)
          UPDATE trade.facet_products f SET changes_at = $2 FROM x WHERE f.product_id = x.product_id""",
        category_ids, now, ATTRIBUTES_MAX,
    )  # fmt: skip


async def changing(*, now: datetime, limit: int) -> list[UUID]:
    """List products of which a price or an offer has begun or ended by itself."""
    return [
        row[0]
        for row in await connection().fetch(
            "SELECT product_id FROM trade.facet_products WHERE changes_at <= $1 ORDER BY changes_at LIMIT $2", now, limit
        )
    ]


async def missing(*, limit: int) -> list[UUID]:
    """List published products of which facets know nothing yet."""
    return [
        row[0]
        for row in await connection().fetch(
            "SELECT p.id FROM catalogue.products p WHERE p.state = 'published' AND NOT EXISTS (SELECT FROM trade.facet_products f WHERE f.product_id = p.id) LIMIT $1",
            limit,
        )
    ]
