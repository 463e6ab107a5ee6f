"""Owns the SQL of the comparison: the ranking version in force, and the product's lowest prices over time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from marketplace.kernel.database import connection
from marketplace.trade.compare.schemas import Weights

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from decimal import Decimal
    from uuid import UUID

# Versions are few: one for each time the weights were changed.
RANKINGS = "SELECT version, in_force_from, weights FROM trade.ranking_versions ORDER BY in_force_from DESC, version DESC LIMIT 1000"

# The lowest first-tier price of each month's end, in the asked currency by today's rates: prices move, the yardstick does not. Prices that
# not everybody sees are left out, so that the history tells nobody what the table hides from them.
HISTORY = """
SELECT m.at, min(p.tier_price[1] * r.rate) AS lowest FROM unnest($2::timestamptz[]) AS m(at)
JOIN vendors.offers o ON o.product_id = $1 AND o.state = 'approved' AND o.visibility = 'public'
JOIN catalogue.products q ON q.id = o.product_id
JOIN vendors.suppliers s ON s.organisation_id = o.supplier_id
  AND CASE WHEN s.is_restricted THEN vendors.sight(NULL, false, o.supplier_id, q.category_id, o.visibility) = 2 ELSE true END
JOIN unnest($3::text[], $4::numeric[]) AS r(currency, rate) ON r.currency = o.currency
JOIN LATERAL (SELECT tier_price FROM vendors.price_versions v WHERE v.product_id = o.product_id AND v.offer_id = o.id AND v.valid_from <= m.at
  ORDER BY v.valid_from DESC, v.seq DESC LIMIT 1) p ON true GROUP BY m.at ORDER BY m.at"""


async def rankings() -> list[tuple[int, datetime, Weights]]:
    """Give the ranking versions, the latest first: number, since when, weights."""
    rows = await connection().fetch(RANKINGS)
    assert rows, "the migration writes version 1"
    return [(row[0], row[1], msgspec.json.decode(row[2], type=Weights)) for row in rows]


async def lowest_prices(product_id: UUID, *, moments: Sequence[datetime], rates: dict[str, Decimal]) -> list[tuple[datetime, Decimal]]:
    """Give the lowest first-tier price at each moment; moments without any offer are missing."""
    rows = await connection().fetch(HISTORY, product_id, list(moments), list(rates), list(rates.values()))
    return [(row[0], row[1]) for row in rows]
