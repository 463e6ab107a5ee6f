"""Owns the SQL of stock. Stock rows are always locked in the order (product_id, offer_id, site_id)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from marketplace.kernel.database import at_commit, connection
from marketplace.kernel.ids import uuid7
from vendors.stock.schemas import Counted, Level, OpeningStock, OpenReservation, SiteLevel, StockLevelOut, Taking

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from uuid import UUID

    from marketplace.kernel.actor import Actor

LOCK = """SELECT k.product_id, k.offer_id, k.site_id, k.on_hand, k.reserved, k.safety, o.allows_backorder, o.supplier_id, o.is_watched
  FROM unnest($1::uuid[], $2::uuid[]) AS n(product_id, offer_id)
  JOIN vendors.stock_levels k USING (product_id, offer_id) JOIN vendors.offers o ON o.product_id = k.product_id AND o.id = k.offer_id
  ORDER BY k.product_id, k.offer_id, k.site_id FOR UPDATE OF k"""
LOCK_OF_ORDER = """SELECT k.product_id, k.offer_id, k.site_id, k.on_hand, k.reserved, k.safety, o.allows_backorder, o.supplier_id, o.is_watched
  FROM vendors.stock_levels k JOIN vendors.offers o ON o.product_id = k.product_id AND o.id = k.offer_id
  WHERE (k.product_id, k.offer_id, k.site_id) IN
    (SELECT r.product_id, r.offer_id, r.site_id FROM vendors.stock_reservations r WHERE r.order_id = $1 AND r.state = 'open')
  ORDER BY k.product_id, k.offer_id, k.site_id FOR UPDATE OF k"""
# The condition repeats what the rules found in rows that are locked, so that a caller whose levels are stale reserves nothing.
TAKE = """WITH wanted AS MATERIALIZED (SELECT * FROM json_to_recordset($1::json) AS w(id uuid, product_id uuid, offer_id uuid, site_id uuid, order_id uuid,
    order_line_id uuid, buyer_id uuid, quantity bigint, expires_at timestamptz)),
  sums AS (SELECT product_id, offer_id, site_id, sum(quantity)::bigint AS quantity FROM wanted GROUP BY 1, 2, 3),
  levels AS (UPDATE vendors.stock_levels k SET reserved = k.reserved + n.quantity FROM sums n, vendors.offers o
    WHERE k.product_id = n.product_id AND k.offer_id = n.offer_id AND k.site_id = n.site_id AND o.product_id = k.product_id AND o.id = k.offer_id
      AND (k.on_hand - k.reserved - k.safety >= n.quantity OR o.allows_backorder) RETURNING k.product_id),
  kept AS (INSERT INTO vendors.stock_reservations
      (id, product_id, offer_id, site_id, order_id, order_line_id, buyer_id, supplier_id, quantity, expires_at, state, created_at)
    SELECT w.id, w.product_id, w.offer_id, w.site_id, w.order_id, w.order_line_id, w.buyer_id, o.supplier_id, w.quantity, w.expires_at, 'open', $2
    FROM wanted w JOIN vendors.offers o ON o.product_id = w.product_id AND o.id = w.offer_id)
  SELECT kernel.ensure((SELECT count(*) FROM levels) = (SELECT count(*) FROM sums), 'stock is taken by whoever holds its rows')"""
OPEN = """SELECT id, product_id, offer_id, site_id, order_line_id, quantity, expires_at, created_at FROM vendors.stock_reservations
  WHERE order_id = $1 AND state = 'open' AND ($2::timestamptz IS NULL OR expires_at <= $2) ORDER BY product_id, offer_id, site_id, id"""
# What ends by time is asked for its time once more: an acceptance that came between the reading and the closing has taken it away.
CLOSE = """WITH used AS (SELECT * FROM unnest($1::uuid[], $2::bigint[], $3::uuid[]) AS u(id, quantity, new_id)),
  whole AS (UPDATE vendors.stock_reservations r SET state = $4, closed_at = $5 FROM used u
    WHERE r.id = u.id AND r.quantity = u.quantity AND r.state = 'open' AND ($4 <> 'expired' OR r.expires_at <= $5) RETURNING r.product_id, r.offer_id, r.site_id, u.quantity),
  cut AS (UPDATE vendors.stock_reservations r SET quantity = r.quantity - u.quantity FROM used u
    WHERE r.id = u.id AND r.quantity > u.quantity AND r.state = 'open' AND ($4 <> 'expired' OR r.expires_at <= $5)
    RETURNING u.new_id, r.product_id, r.offer_id, r.site_id, r.order_id, r.order_line_id, r.buyer_id, r.supplier_id, u.quantity,
      r.expires_at, r.created_at),
  split AS (INSERT INTO vendors.stock_reservations
      (id, product_id, offer_id, site_id, order_id, order_line_id, buyer_id, supplier_id, quantity, expires_at, created_at, state, closed_at)
    SELECT new_id, product_id, offer_id, site_id, order_id, order_line_id, buyer_id, supplier_id, quantity, expires_at, created_at, $4, $5 FROM cut),
  sums AS (SELECT product_id, offer_id, site_id, sum(quantity)::bigint AS quantity FROM
    (SELECT * FROM whole UNION ALL SELECT product_id, offer_id, site_id, quantity FROM cut) both_kinds GROUP BY 1, 2, 3)
  UPDATE vendors.stock_levels k SET reserved = k.reserved - n.quantity,
      short_since = CASE WHEN k.reserved - n.quantity <= k.on_hand THEN NULL ELSE k.short_since END
    FROM sums n WHERE k.product_id = n.product_id AND k.offer_id = n.offer_id AND k.site_id = n.site_id"""
MOVE = """WITH moved AS (SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::bigint[])
    AS m(id, product_id, offer_id, site_id, kind, quantity)),
  kept AS (INSERT INTO vendors.stock_movements (id, product_id, offer_id, site_id, kind, quantity, order_id, actor, at)
    SELECT id, product_id, offer_id, site_id, kind, quantity, $7, $8, $9 FROM moved),
  sums AS (SELECT product_id, offer_id, site_id, sum(quantity)::bigint AS quantity FROM moved GROUP BY 1, 2, 3)
  UPDATE vendors.stock_levels k SET on_hand = k.on_hand + n.quantity,
      short_since = CASE WHEN k.reserved <= k.on_hand + n.quantity THEN NULL ELSE k.short_since END
    FROM sums n, vendors.offers o WHERE k.product_id = n.product_id AND k.offer_id = n.offer_id AND k.site_id = n.site_id
      AND o.product_id = k.product_id AND o.id = k.offer_id AND ($10::uuid IS NULL OR o.supplier_id = $10)"""
COUNT = """WITH counted AS (SELECT c.* FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::bigint[], $6::bigint[])
    AS c(movement_id, product_id, offer_id, site_id, on_hand, safety)
    JOIN vendors.offers o ON o.product_id = c.product_id AND o.id = c.offer_id AND o.supplier_id = $9),
  moved AS (INSERT INTO vendors.stock_movements (id, product_id, offer_id, site_id, kind, quantity, actor, at)
    SELECT c.movement_id, c.product_id, c.offer_id, c.site_id, 'count', c.on_hand - coalesce(k.on_hand, 0), $7, $8
    FROM counted c LEFT JOIN vendors.stock_levels k USING (product_id, offer_id, site_id) WHERE c.on_hand <> coalesce(k.on_hand, 0))
  INSERT INTO vendors.stock_levels AS k (product_id, offer_id, site_id, on_hand, reserved, safety, counted_at)
  SELECT product_id, offer_id, site_id, on_hand, 0, coalesce(safety, 0), $8 FROM counted
  ON CONFLICT (product_id, offer_id, site_id) DO UPDATE SET on_hand = excluded.on_hand, counted_at = excluded.counted_at,
    safety = coalesce((SELECT c.safety FROM counted c WHERE (c.product_id, c.offer_id, c.site_id) = (k.product_id, k.offer_id, k.site_id)), k.safety),
    short_since = CASE WHEN k.reserved <= excluded.on_hand
        OR (SELECT o.allows_backorder FROM vendors.offers o WHERE o.product_id = k.product_id AND o.id = k.offer_id) THEN NULL
      ELSE coalesce(k.short_since, excluded.counted_at) END
  RETURNING product_id, offer_id, site_id, on_hand, reserved, safety, greatest(on_hand - reserved - safety, 0), short_since IS NOT NULL, counted_at"""


async def lock_levels(pairs: Sequence[tuple[UUID, UUID]]) -> list[Level]:
    """Lock the stock rows of these (product, offer) pairs in the written order."""
    return [Level(*row) for row in await connection().fetch(LOCK, [pair[0] for pair in pairs], [pair[1] for pair in pairs])]


async def lock_levels_of_order(order_id: UUID) -> list[Level]:
    """Lock the stock rows that an order's open reservations stand on, in the written order."""
    return [Level(*row) for row in await connection().fetch(LOCK_OF_ORDER, order_id)]


async def take(takings: Sequence[Taking], *, now: datetime, at_once: bool = False) -> None:
    """Raise `reserved` and write the reservations, as late as the transaction allows or at once; the caller holds the rows and found enough in them."""
    rows = [
        {
            "id": uuid7(),
            "product_id": taking.wish.product_id,
            "offer_id": taking.wish.offer_id,
            "site_id": taking.site_id,
            "order_id": taking.wish.order_id,
            "order_line_id": taking.wish.order_line_id,
            "buyer_id": taking.wish.buyer_id,
            "quantity": taking.quantity,
            "expires_at": taking.wish.expires_at,
        }
        for taking in takings
    ]
    if at_once:
        await connection().execute(TAKE, msgspec.json.encode(rows).decode(), now)
    else:
        await at_commit(TAKE, msgspec.json.encode(rows).decode(), now)


async def open_reservations(order_id: UUID, *, due_at: datetime | None = None) -> list[OpenReservation]:
    """Read an order's open reservations, with `due_at` only those that have ended by then. The caller holds their stock rows."""
    return [OpenReservation(*row) for row in await connection().fetch(OPEN, order_id, due_at)]


async def close(used: Sequence[tuple[OpenReservation, int]], *, state: str, now: datetime) -> None:
    """Close these parts of open reservations as shipped, released or expired; what is left of a reservation stays open."""
    ids = [reservation.id for reservation, _ in used]
    await connection().execute(CLOSE, ids, [quantity for _, quantity in used], [uuid7() for _ in used], state, now)


async def move(movements: Sequence[tuple[tuple[UUID, UUID, UUID], str, int]], *, order_id: UUID | None, actor: Actor, now: datetime) -> None:
    """Write movements, each ((product, offer, site), kind, signed quantity), and change `on_hand` by them: of the actor's own offers, the worker's of all."""
    keys = [key for key, _, _ in movements]
    await connection().execute(
        MOVE,
        [uuid7() for _ in movements],
        [key[0] for key in keys],
        [key[1] for key in keys],
        [key[2] for key in keys],
        [kind for _, kind, _ in movements],
        [quantity for _, _, quantity in movements],
        order_id,
        actor.principal,
        now,
        None if actor.database_role == "worker" else actor.organisation_id,
    )


async def keep(order_id: UUID) -> None:
    """Let an order's open reservations end no more."""
    await connection().execute("UPDATE vendors.stock_reservations SET expires_at = NULL WHERE order_id = $1 AND state = 'open'", order_id)


async def count(counts: Sequence[Counted], *, actor: Actor, now: datetime) -> list[StockLevelOut]:
    """Store what was counted of the actor's own offers, making rows where there are none, and the differences as movements. The caller holds the rows."""
    rows = await connection().fetch(
        COUNT,
        [uuid7() for _ in counts],
        [each.product_id for each in counts],
        [each.offer_id for each in counts],
        [each.site_id for each in counts],
        [each.on_hand for each in counts],
        [each.safety for each in counts],
        actor.principal,
        now,
        actor.organisation_id,
    )
    return [StockLevelOut(*row) for row in rows]


async def open_levels(levels: Sequence[OpeningStock], *, actor: str, now: datetime) -> None:
    """Write the first stock rows of new offers, with an opening movement where there is stock."""
    await connection().copy_records_to_table(
        "stock_levels",
        schema_name="vendors",
        columns=["product_id", "offer_id", "site_id", "on_hand", "reserved", "safety", "counted_at"],
        records=[(level.product_id, level.offer_id, level.site_id, level.on_hand, 0, level.safety, now) for level in levels],
    )
    stocked = [level for level in levels if level.on_hand]
    # COPY does not go through row level security.
    await connection().execute(
        "INSERT INTO vendors.stock_movements (id, product_id, offer_id, site_id, kind, quantity, actor, at) "
        "SELECT u.id, u.product_id, u.offer_id, u.site_id, 'opening', u.quantity, $6, $7 "
        "FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::bigint[]) AS u (id, product_id, offer_id, site_id, quantity)",
        [uuid7() for _ in stocked],
        [level.product_id for level in stocked],
        [level.offer_id for level in stocked],
        [level.site_id for level in stocked],
        [level.on_hand for level in stocked],
        actor,
        now,
    )


async def due_orders(now: datetime, *, limit: int) -> list[UUID]:
    """List orders with open reservations that have ended."""
    sql = "SELECT DISTINCT order_id FROM vendors.stock_reservations WHERE state = 'open' AND expires_at <= $1 LIMIT $2"
    return [row[0] for row in await connection().fetch(sql, now, limit)]


async def levels_of(pairs: Sequence[tuple[UUID, UUID]], *, supplier_id: UUID) -> dict[UUID, list[SiteLevel]]:
    """Read the stock rows of these (product, offer) pairs of the supplier, by offer."""
    sql = """SELECT k.offer_id, k.site_id, t.name, k.on_hand, k.reserved, k.safety, greatest(k.on_hand - k.reserved - k.safety, 0), k.counted_at,
        k.short_since IS NOT NULL
      FROM unnest($1::uuid[], $2::uuid[]) AS n(product_id, offer_id) JOIN vendors.stock_levels k USING (product_id, offer_id)
      JOIN vendors.sites t ON t.id = k.site_id WHERE t.supplier_id = $3 ORDER BY k.offer_id, t.name COLLATE "C" """
    found: dict[UUID, list[SiteLevel]] = {}
    for row in await connection().fetch(sql, [pair[0] for pair in pairs], [pair[1] for pair in pairs], supplier_id):
        found.setdefault(row[0], []).append(SiteLevel(*row[1:]))
    return found
