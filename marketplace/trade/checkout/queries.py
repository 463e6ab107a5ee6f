"""Owns the statement with which a checkout begins: the cart locked, and with it what else it needs to know of the buyer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from buyers.addresses.schemas import AddressOut
from marketplace.kernel.database import connection
from marketplace.kernel.stamps import service as stamps
from marketplace.trade.carts.schemas import HeldCart, HeldLine
from marketplace.trade.checkout.schemas import Begun

if TYPE_CHECKING:
    from uuid import UUID

    from marketplace.trade.carts.schemas import Holder

_LINES = """(SELECT json_agg(json_build_object('id', l.id, 'product_id', l.product_id, 'offer_id', l.offer_id, 'quantity', l.quantity,
  'seen_unit_price', l.seen_unit_price::text, 'seen_currency', l.seen_currency, 'added_at', l.added_at) ORDER BY l.id)
  FROM trade.cart_lines l WHERE l.cart_id = $1 AND l.organisation_id = $2)"""
_BEGIN = f"""
WITH c AS MATERIALIZED (
  SELECT id, state, version, address_id FROM trade.carts WHERE id = $1 AND organisation_id = $2 AND person_id = $3 FOR UPDATE)
SELECT c.id, c.state, c.version, c.address_id, (SELECT s.version FROM trade.carts s WHERE s.id = $1) AS version_before, {_LINES} AS lines,
  (SELECT row_to_json(a) FROM buyers.addresses a WHERE a.id = $4 AND a.organisation_id = $2) AS address,
  coalesce((SELECT b.po_number_required FROM buyers.companies b WHERE b.organisation_id = $2), false) AS needs_po_number,
  CASE WHEN c.state = 'open' THEN 'G' || nextval('trade.group_numbers') ELSE '' END AS number, {stamps.ALL} AS stamps
FROM c"""


async def begin(cart_id: UUID, *, holder: Holder, address_id: UUID) -> Begun | None:
    """Lock the holder's cart and read it with its lines, the address if it is the company's, and whether the company orders with PO numbers.

    It also draws the number that the group will have, so that the group can be written without waiting, and takes the stamps along.
    """
    row = await connection().fetchrow(_BEGIN, cart_id, holder.organisation_id, holder.person_id, address_id)
    if row is None:
        return None
    stamps.take(row["stamps"])
    lines = row["lines"]
    if row["version"] != row["version_before"]:
        # The lock was waited for, and the lines are those of before; those that it protects are read again.
        lines = await connection().fetchval(f"SELECT {_LINES}", cart_id, holder.organisation_id)
    return Begun(
        cart=HeldCart(
            id=row["id"],
            state=row["state"],
            version=row["version"],
            address_id=row["address_id"],
            lines=msgspec.json.decode(lines or "[]", type=list[HeldLine]),
        ),
        address=None if row["address"] is None else msgspec.json.decode(row["address"], type=AddressOut),
        needs_po_number=row["needs_po_number"],
        number=row["number"],
    )
