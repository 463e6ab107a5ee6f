"""Owns the SQL of low stock: watches and alerts, always within the supplier's own; `vendors.watch_stock` raises and ends alerts."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from marketplace.kernel.database import connection
from marketplace.kernel.ids import uuid7
from vendors.stock.schemas import WatchOut

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from uuid import UUID

LOCK = """SELECT o.product_id, o.version, o.state, u.decimals FROM vendors.offers o JOIN catalogue.units u ON u.code = o.unit_code
  WHERE o.supplier_id = $1 AND o.id = $2 FOR NO KEY UPDATE OF o"""
PUT = """INSERT INTO vendors.stock_watches (product_id, offer_id, supplier_id, kind, threshold, actor, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7)
  ON CONFLICT (product_id, offer_id) DO UPDATE SET kind = excluded.kind, threshold = excluded.threshold, actor = excluded.actor, updated_at = excluded.updated_at"""
MARK = "UPDATE vendors.offers SET is_watched = $3, version = version + 1, updated_at = $4 WHERE supplier_id = $1 AND id = $2 RETURNING version"
# Days of cover rest on what was shipped in the last 90 days.
WATCHES = """SELECT w.offer_id, w.kind, w.threshold, a.raised_at, coalesce(m.shipped, 0)
  FROM vendors.stock_watches w
  LEFT JOIN vendors.stock_alerts a ON a.product_id = w.product_id AND a.offer_id = w.offer_id AND a.recovered_at IS NULL
  CROSS JOIN LATERAL (SELECT -sum(s.quantity)::bigint AS shipped FROM vendors.stock_movements s
    WHERE s.product_id = w.product_id AND s.offer_id = w.offer_id AND s.kind = 'shipped' AND s.at > $3::timestamptz - interval '90 days' AND s.at <= $3) m
  WHERE w.supplier_id = $1 AND w.offer_id = ANY($2)"""


class Held(NamedTuple):
    """One's own offer under its lock."""

    product_id: UUID
    version: int
    state: str
    unit_decimals: int


async def lock_offer(offer_id: UUID, *, supplier_id: UUID) -> Held | None:
    """Lock one of the supplier's offers; None where it is not the supplier's or is none."""
    row = await connection().fetchrow(LOCK, supplier_id, offer_id)
    return Held(*row) if row else None


async def put(offer_id: UUID, *, product_id: UUID, supplier_id: UUID, watch: tuple[str, int], actor: str, now: datetime) -> None:
    """Write the watch, (kind, threshold), of one of the supplier's offers. The caller holds the offer and its stock rows."""
    await connection().execute(PUT, product_id, offer_id, supplier_id, *watch, actor, now)


async def take_away(offer_id: UUID, *, supplier_id: UUID, now: datetime) -> None:
    """End a watch, and an alert of it that is open. The caller holds the offer and its stock rows."""
    await connection().execute("DELETE FROM vendors.stock_watches WHERE supplier_id = $1 AND offer_id = $2", supplier_id, offer_id)
    await connection().execute(
        "UPDATE vendors.stock_alerts SET recovered_at = greatest($3, raised_at) WHERE supplier_id = $1 AND offer_id = $2 AND recovered_at IS NULL",
        supplier_id,
        offer_id,
        now,
    )


async def mark(offer_id: UUID, *, supplier_id: UUID, is_watched: bool, now: datetime) -> int:
    """Say on the offer whether somebody watches its stock, so that nobody looks in vain, and count its version on."""
    return int(await connection().fetchval(MARK, supplier_id, offer_id, is_watched, now))


async def look(product_id: UUID, *, offer_id: UUID, now: datetime) -> tuple[str, UUID, int] | None:
    """Raise or end the alert of a watched offer as its stock stands, and tell ("low" or "recovered", supplier, available); None for no change."""
    row = await connection().fetchrow(
        "SELECT w.change, w.supplier, w.available FROM vendors.watch_stock($1, $2, $3, $4) w", product_id, offer_id, uuid7(), now
    )
    return (row[0], row[1], row[2]) if row else None


async def watches(offer_ids: Sequence[UUID], *, supplier_id: UUID, now: datetime) -> dict[UUID, WatchOut]:
    """Read the watches of these of the supplier's offers, with since when the stock is low and what was shipped in 90 days."""
    rows = await connection().fetch(WATCHES, supplier_id, offer_ids, now)
    return {row[0]: _watch(row[1], row[2], low_since=row[3], shipped=row[4]) for row in rows}


def _watch(kind: str, threshold: int, *, low_since: datetime | None, shipped: int) -> WatchOut:
    is_days = kind == "days"
    least, days = (None, threshold) if is_days else (threshold, None)
    return WatchOut(kind=kind, least=least, days=days, low_since=low_since, shipped_90_days=shipped)


async def count_low(supplier_id: UUID) -> int:
    """Count the supplier's offers whose stock is low."""
    sql = "SELECT count(*) FROM vendors.stock_alerts WHERE supplier_id = $1 AND recovered_at IS NULL"
    return int(await connection().fetchval(sql, supplier_id))
