"""Owns the SQL by which it is known what a supplier's buyers order most."""

from __future__ import annotations

from typing import TYPE_CHECKING

from marketplace.kernel.database import connection

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

# Buyers' usual question, by the lines of the past year.
MOST = """WITH sold AS (SELECT d.ship_to->>'country' AS country, trunc(l.quantity / 10::numeric ^ l.unit_decimals)::bigint AS quantity
    FROM trade.orders d JOIN trade.order_lines l ON l.order_id = d.id WHERE d.vendor_id = $1 AND d.placed_at > $2 ORDER BY d.placed_at DESC LIMIT 1000)
  SELECT (SELECT country FROM sold WHERE country IS NOT NULL GROUP BY country ORDER BY count(*) DESC, country LIMIT 1),
    (SELECT quantity FROM sold WHERE quantity > 0 GROUP BY quantity ORDER BY count(*) DESC, quantity LIMIT 1)"""
USUAL_LEAST = """SELECT mode() WITHIN GROUP (ORDER BY greatest(o.moq / (10 ^ u.decimals)::bigint, 1))
  FROM vendors.offers o JOIN catalogue.units u ON u.code = o.unit_code WHERE o.supplier_id = $1 AND o.state = 'approved'"""


async def most_ordered(supplier_id: UUID, *, since: datetime) -> tuple[str | None, int | None]:
    """Read the country and the quantity in whole units that the supplier's buyers order most; None where nobody has ordered."""
    row = await connection().fetchrow(MOST, supplier_id, since)
    return (row[0], row[1]) if row else (None, None)


async def usual_least(supplier_id: UUID) -> int | None:
    """Read the minimum quantity, in whole units, that most of the supplier's offers have."""
    found: int | None = await connection().fetchval(USUAL_LEAST, supplier_id)
    return found
