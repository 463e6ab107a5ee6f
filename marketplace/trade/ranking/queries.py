"""Owns the SQL of the ranking's preview."""

from __future__ import annotations

from marketplace.kernel.database import connection
from marketplace.trade.ranking.schemas import Sampled

# Ids ascend with time. The operator alone asks, for all buyers together; nothing of who bought is read.
BOUGHT = """
SELECT product_id, quantity, country, postal_code FROM (
  SELECT DISTINCT ON (l.product_id) l.product_id, l.quantity, o.ship_to->>'country' AS country, coalesce(o.ship_to->>'postal_code', '') AS postal_code, o.id
  FROM (SELECT id, ship_to FROM trade.orders ORDER BY id DESC LIMIT 2000) o JOIN trade.order_lines l ON l.order_id = o.id
  WHERE o.ship_to->>'country' IS NOT NULL ORDER BY l.product_id, o.id DESC, l.position) x
ORDER BY id DESC, product_id LIMIT $1"""


async def bought(limit: int) -> list[Sampled]:
    """Give the products that were bought last, each as it was bought last. For a transaction of the operator."""
    rows = await connection().fetch(BOUGHT, limit)
    return [Sampled(product_id=row[0], quantity=row[1], country=row[2], postal_code=row[3]) for row in rows]
