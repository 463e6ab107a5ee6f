"""Owns the SQL of an offer's terms, always within the supplier's own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from marketplace.kernel.database import connection
from vendors.terms.schemas import Held, Terms

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

FIELDS = Terms.__struct_fields__
LOCK = f"""SELECT o.product_id, o.version, o.state, u.decimals, (
    SELECT coalesce(max(v.tier_from[1]), 0) FROM vendors.price_versions v WHERE v.product_id = o.product_id AND v.offer_id = o.id
      AND (v.valid_from > $3 OR v.id = (SELECT f.id FROM vendors.price_in_force(o.product_id, o.id, $3) f))
      AND NOT EXISTS (SELECT FROM vendors.price_withdrawals x WHERE x.version_id = v.id)), {", ".join(f"o.{name}" for name in FIELDS)}
  FROM vendors.offers o JOIN catalogue.units u ON u.code = o.unit_code WHERE o.supplier_id = $1 AND o.id = $2 FOR NO KEY UPDATE OF o"""
UPDATE = f"""UPDATE vendors.offers SET version = version + 1, updated_at = $3,
    {", ".join(f"{name} = ${place}" for place, name in enumerate(FIELDS, 4))}
  WHERE supplier_id = $1 AND id = $2 RETURNING version"""


async def lock(offer_id: UUID, *, supplier_id: UUID, now: datetime) -> Held | None:
    """Lock one of the supplier's offers and read its terms; None where it is not the supplier's or is none."""
    row = await connection().fetchrow(LOCK, supplier_id, offer_id, now)
    if row is None:
        return None
    terms = Terms(**dict(zip(FIELDS, row[5:], strict=True)))
    return Held(product_id=row[0], version=row[1], state=row[2], unit_decimals=row[3], highest_start=row[4], terms=terms)


async def update(offer_id: UUID, *, supplier_id: UUID, terms: Terms, now: datetime) -> int:
    """Write the terms and count the offer's version on. The caller holds the offer."""
    return int(await connection().fetchval(UPDATE, supplier_id, offer_id, now, *(getattr(terms, name) for name in FIELDS)))


async def is_own_site(site_id: UUID, *, supplier_id: UUID) -> bool:
    """Tell whether a site is the supplier's."""
    return bool(await connection().fetchval("SELECT true FROM vendors.sites WHERE supplier_id = $1 AND id = $2", supplier_id, site_id))
