"""Owns the SQL of the comparison: the product's lowest prices over time, and products that many suppliers sell."""

from __future__ import annotations

from typing import TYPE_CHECKING

from marketplace.kernel.database import connection

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from decimal import Decimal
    from uuid import UUID

# The lowest first-tier price of each month's end, in the asked currency by today's rates: prices move, the yardstick does not. Prices that
# not everybody sees today are left out, so that the history tells nobody what the table hides from them. Whether a supplier sold at a month's
# end its acts tell, and one that was never touched always did; what became of an offer's own state since is not kept, so those of today count.
HISTORY = """
WITH offered AS MATERIALIZED (SELECT o.product_id, o.id, o.valid_from, o.valid_to, r.rate,
    CASE WHEN s.version > 1 THEN vendors.sold_at(s.organisation_id, $2) END AS sold
  FROM vendors.offers o JOIN catalogue.products q ON q.id = o.product_id
  JOIN vendors.suppliers s ON s.organisation_id = o.supplier_id
    AND CASE WHEN s.is_restricted THEN vendors.sight(NULL, false, o.supplier_id, q.category_id, o.visibility) = 2 ELSE true END
  JOIN kernel.organisations g ON g.id = o.supplier_id AND g.state = 'active'
  JOIN unnest($3::text[], $4::numeric[]) AS r(currency, rate) ON r.currency = o.currency
  WHERE o.product_id = $1 AND o.state = 'approved' AND o.visibility = 'public')
SELECT m.at, min(p.tier_price[1] * o.rate) AS lowest FROM unnest($2::timestamptz[]) WITH ORDINALITY AS m(at, number)
JOIN offered o ON o.valid_from <= m.at AND (o.valid_to IS NULL OR o.valid_to > m.at) AND (o.sold IS NULL OR o.sold[m.number])
JOIN LATERAL vendors.price_in_force(o.product_id, o.id, m.at) p ON true GROUP BY m.at ORDER BY m.at"""
# In the order of the key, so that it ends with the first that are found, however many offers there are. Like the history, it counts only the
# prices that everybody sees.
CONTESTED = """
SELECT o.product_id FROM vendors.offers o JOIN vendors.suppliers s ON s.organisation_id = o.supplier_id
WHERE o.state = 'approved' AND o.visibility = 'public' AND o.product_id > $1
  AND CASE WHEN s.is_restricted THEN vendors.sight(NULL, false, o.supplier_id, (SELECT q.category_id FROM catalogue.products q WHERE q.id = o.product_id), o.visibility) = 2 ELSE true END
GROUP BY o.product_id HAVING count(DISTINCT o.supplier_id) >= $2 ORDER BY o.product_id LIMIT $3"""


async def lowest_prices(product_id: UUID, *, moments: Sequence[datetime], rates: dict[str, Decimal]) -> list[tuple[datetime, Decimal]]:
    """Give the lowest first-tier price at each moment; moments without any offer are missing."""
    rows = await connection().fetch(HISTORY, product_id, list(moments), list(rates), list(rates.values()))
    return [(row[0], row[1]) for row in rows]


async def contested(*, suppliers: int, limit: int, after: UUID) -> list[UUID]:
    """Give products that at least so many suppliers offer to everybody, in the order of their ids from one on."""
    return [row[0] for row in await connection().fetch(CONTESTED, after, suppliers, limit)]
