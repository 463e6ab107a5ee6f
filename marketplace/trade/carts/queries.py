"""Owns every statement about carts, each in the organisation's own scope."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from marketplace.kernel.database import connection
from marketplace.trade.carts.schemas import HeldCart, HeldLine

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from marketplace.trade.carts.schemas import Holder

# numeric goes through text, because JSON readers would make a float of it.
_CART = """
SELECT c.id, c.state, c.version, c.address_id,
  (SELECT json_agg(json_build_object('id', l.id, 'product_id', l.product_id, 'offer_id', l.offer_id, 'quantity', l.quantity,
     'seen_unit_price', l.seen_unit_price::text, 'seen_currency', l.seen_currency, 'added_at', l.added_at) ORDER BY l.id)
   FROM trade.cart_lines l WHERE l.cart_id = c.id AND l.organisation_id = c.organisation_id) AS lines
FROM trade.carts c WHERE c.organisation_id = $1 AND c.person_id = $2"""
_LOCK = """
WITH c AS MATERIALIZED (
  SELECT c.id, c.state, c.version, c.address_id, c.organisation_id FROM trade.carts c WHERE c.organisation_id = $1 AND c.person_id = $2 AND c.id = $3 FOR UPDATE)
SELECT id, state, version, address_id FROM c"""
_LINES = """SELECT id, product_id, offer_id, quantity, seen_unit_price, seen_currency, added_at FROM trade.cart_lines
WHERE cart_id = $1 AND organisation_id = $2 ORDER BY id"""


def _held(row: object) -> HeldCart:
    fields = dict(row)  # type: ignore[call-overload]
    fields["lines"] = msgspec.json.decode(fields["lines"] or "[]", type=list[HeldLine])
    return HeldCart(**fields)


async def open_cart(holder: Holder) -> HeldCart | None:
    """Read the holder's open cart with its lines."""
    row = await connection().fetchrow(_CART + " AND c.state = 'open'", holder.organisation_id, holder.person_id)
    return None if row is None else _held(row)


async def lock(cart_id: UUID, *, holder: Holder) -> HeldCart | None:
    """Lock a cart, open or not, and then read its lines: in a statement of its own, so that they are those that the lock protects."""
    row = await connection().fetchrow(_LOCK, holder.organisation_id, holder.person_id, cart_id)
    if row is None:
        return None
    lines = await connection().fetch(_LINES, cart_id, holder.organisation_id)
    return HeldCart(**row, lines=[HeldLine(**line) for line in lines])


async def lock_open(holder: Holder, *, new_id: UUID, now: datetime) -> UUID:
    """Lock the holder's open cart, made when there is none; gives its id."""
    found: UUID = await connection().fetchval(
        """INSERT INTO trade.carts (id, organisation_id, person_id, state, version, created_at, updated_at) VALUES ($3, $1, $2, 'open', 1, $4, $4)
        ON CONFLICT (organisation_id, person_id) WHERE state = 'open' DO UPDATE SET updated_at = $4 RETURNING id""",
        holder.organisation_id,
        holder.person_id,
        new_id,
        now,
    )
    return found


async def put_line(cart_id: UUID, *, line: HeldLine, holder: Holder) -> None:
    """Insert a line, or write quantity and seen price on the one that has the offer already."""
    await connection().execute(
        """INSERT INTO trade.cart_lines (id, cart_id, organisation_id, product_id, offer_id, quantity, seen_unit_price, seen_currency, added_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (cart_id, offer_id) DO UPDATE
        SET quantity = $6, seen_unit_price = $7, seen_currency = $8""",
        line.id,
        cart_id,
        holder.organisation_id,
        line.product_id,
        line.offer_id,
        line.quantity,
        line.seen_unit_price,
        line.seen_currency,
        line.added_at,
    )


async def remove_line(line_id: UUID, *, cart_id: UUID, holder: Holder) -> bool:
    """Take a line out; False when it is not in this cart."""
    tag = await connection().execute(
        "DELETE FROM trade.cart_lines WHERE id = $1 AND cart_id = $2 AND organisation_id = $3", line_id, cart_id, holder.organisation_id
    )
    return tag == "DELETE 1"


async def touch(cart_id: UUID, *, holder: Holder, now: datetime) -> None:
    """Let the version grow: something in the cart changed."""
    await connection().execute(
        "UPDATE trade.carts SET version = version + 1, updated_at = $3 WHERE id = $1 AND organisation_id = $2", cart_id, holder.organisation_id, now
    )


async def set_address(cart_id: UUID, *, holder: Holder, address_id: UUID) -> None:
    """Write where the cart is to be shipped."""
    await connection().execute(
        "UPDATE trade.carts SET address_id = $3 WHERE id = $1 AND organisation_id = $2", cart_id, holder.organisation_id, address_id
    )


async def count_lines(holder: Holder) -> int:
    """Count the lines of the holder's open cart."""
    found: int = await connection().fetchval(
        """SELECT count(*) FROM trade.cart_lines l JOIN trade.carts c ON c.id = l.cart_id
        WHERE c.organisation_id = $1 AND c.person_id = $2 AND c.state = 'open'""",
        holder.organisation_id,
        holder.person_id,
    )
    return found


async def carts_holding(supplier_id: UUID) -> int:
    """Count the open carts of all buyers that hold an offer of this supplier: a count for the worker, which alone sees them all."""
    return int(
        await connection().fetchval(
            """SELECT count(DISTINCT c.id) FROM trade.carts c JOIN trade.cart_lines l ON l.cart_id = c.id AND l.organisation_id = c.organisation_id
            JOIN vendors.offers o ON o.product_id = l.product_id AND o.id = l.offer_id WHERE c.state = 'open' AND o.supplier_id = $1""",
            supplier_id,
        )
    )
