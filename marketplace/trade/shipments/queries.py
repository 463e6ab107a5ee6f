"""Owns every statement about shipments."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

import msgspec

from marketplace.kernel.database import connection
from marketplace.kernel.ids import uuid7
from marketplace.trade.shipments.schemas import HeldShipment, ShipmentLineOut, ShipmentOut

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from marketplace.trade.shipments.schemas import NewShipment

_INSERT = """
WITH n AS MATERIALIZED (SELECT count(*) + 1 AS position FROM trade.shipments WHERE order_id = $2),
s AS (
  INSERT INTO trade.shipments (id, order_id, buyer_id, vendor_id, position, number, carrier, tracking_number, state, handed_over_at, created_at)
  SELECT $1, $2, $3, $4, n.position, $5 || '/' || n.position, $6, $7, 'handed_over', $8, $8 FROM n
  ON CONFLICT (carrier, tracking_number) DO NOTHING RETURNING id),
l AS (
  INSERT INTO trade.shipment_lines (id, shipment_id, order_id, order_line_id, buyer_id, vendor_id, quantity)
  SELECT x.id, s.id, $2, x.line_id, $3, $4, x.quantity FROM s, unnest($9::uuid[], $10::uuid[], $11::bigint[]) AS x(id, line_id, quantity))
SELECT id FROM s"""
_OUT = """
SELECT s.id, s.order_id, o.number AS order_number, s.number, s.buyer_id, s.vendor_id, o.vendor_name, o.buyer_name, s.carrier, s.tracking_number, s.state,
  s.handed_over_at, s.delivered_at, s.delivered_on, o.promised_on, o.time_zone, s.version,
  (o.state = 'shipped' AND s.delivered_at IS NULL AND NOT EXISTS (
     SELECT FROM trade.shipments x WHERE x.order_id = s.order_id AND x.id <> s.id AND x.delivered_at IS NULL AND x.state <> 'voided')) AS is_last,
  (SELECT json_agg(json_build_object('order_line_id', l.order_line_id, 'product_id', t.product_id, 'title', t.title, 'quantity', l.quantity, 'unit_code', t.unit_code,
     'unit_decimals', t.unit_decimals) ORDER BY t.position)
   FROM trade.shipment_lines l JOIN trade.order_lines t ON t.id = l.order_line_id WHERE l.shipment_id = s.id) AS lines
FROM trade.shipments s JOIN trade.orders o ON o.id = s.order_id WHERE """
_LOAD = """
SELECT s.id, s.order_id, s.number, s.buyer_id, s.vendor_id, s.state, s.version, s.handed_over_at,
  (SELECT json_object_agg(l.order_line_id, l.quantity) FROM trade.shipment_lines l WHERE l.shipment_id = s.id) AS quantities
FROM trade.shipments s WHERE s.id = $1 AND (s.buyer_id = $2 OR s.vendor_id = $2 OR $3)"""


async def insert(shipment: NewShipment) -> bool:
    """Insert a shipment with its lines; False when the carrier's number is in use."""
    lines = list(shipment.quantities.items())
    found = await connection().fetchval(
        _INSERT,
        shipment.id,
        shipment.order_id,
        shipment.buyer_id,
        shipment.vendor_id,
        shipment.order_number,
        shipment.carrier,
        shipment.tracking_number,
        shipment.handed_over_at,
        [uuid7() for _ in lines],
        [line_id for line_id, _ in lines],
        [quantity for _, quantity in lines],
    )
    return found is not None


async def load(shipment_id: UUID, *, organisation_id: UUID | None, sees_all: bool) -> HeldShipment | None:
    """Load a shipment for a change, without a lock."""
    row = await connection().fetchrow(_LOAD, shipment_id, organisation_id, sees_all)
    if row is None:
        return None
    fields: dict[str, Any] = dict(row)
    fields["quantities"] = msgspec.json.decode(fields["quantities"] or "{}", type=dict[UUID, int])
    return HeldShipment(**fields)


async def mark_delivered(shipment: HeldShipment, *, from_states: Sequence[str], delivered_on: date, now: datetime) -> int | None:
    """Mark as delivered if nobody changed it since it was loaded; gives the new version."""
    version: int | None = await connection().fetchval(
        """UPDATE trade.shipments SET state = 'delivered', delivered_at = $4, delivered_on = $5, version = version + 1
        WHERE id = $1 AND state = ANY($2) AND version = $3 RETURNING version""",
        shipment.id,
        list(from_states),
        shipment.version,
        now,
        delivered_on,
    )
    return version


async def state_of(shipment_id: UUID) -> tuple[str, int] | None:
    """Tell state and version as they are now."""
    row = await connection().fetchrow("SELECT state, version FROM trade.shipments WHERE id = $1", shipment_id)
    return None if row is None else (row["state"], row["version"])


async def last_carrier(vendor_id: UUID) -> str:
    """Name the carrier that a supplier handed over to last, blank before the first time."""
    found: str | None = await connection().fetchval("SELECT carrier FROM trade.shipments WHERE vendor_id = $1 ORDER BY id DESC LIMIT 1", vendor_id)
    return found or ""


async def shipments_of(order_id: UUID, *, organisation_id: UUID | None, sees_all: bool) -> list[ShipmentOut]:
    """List an order's shipments in their order."""
    sql = _OUT + "s.order_id = $1 AND (s.buyer_id = $2 OR s.vendor_id = $2 OR $3) ORDER BY s.position"
    return [_out(row) for row in await connection().fetch(sql, order_id, organisation_id, sees_all)]


async def shipment(shipment_id: UUID, *, organisation_id: UUID | None, sees_all: bool) -> ShipmentOut | None:
    """Read one shipment."""
    row = await connection().fetchrow(_OUT + "s.id = $1 AND (s.buyer_id = $2 OR s.vendor_id = $2 OR $3)", shipment_id, organisation_id, sees_all)
    return None if row is None else _out(row)


async def under_way(*, buyer_id: UUID, states: Sequence[str], after: tuple[date | None, UUID] | None, limit: int) -> list[ShipmentOut]:
    """List what is on its way to a buyer, by the promised day, those without one last, from behind a day and id on."""
    day, place = after or (None, None)
    sql = _OUT + (
        "s.buyer_id = $1 AND s.state = ANY($2) AND ($4::uuid IS NULL OR (coalesce(o.promised_on, 'infinity'), s.id) > (coalesce($3::date, 'infinity'), $4)) "
        "ORDER BY coalesce(o.promised_on, 'infinity'), s.id LIMIT $5"
    )
    return [_out(row) for row in await connection().fetch(sql, buyer_id, list(states), day, place, limit)]


async def count_under_way(*, buyer_id: UUID, states: Sequence[str]) -> int:
    """Count what is on its way to a buyer."""
    sql = "SELECT count(*) FROM trade.shipments WHERE buyer_id = $1 AND state = ANY($2)"
    return int(await connection().fetchval(sql, buyer_id, list(states)))


def _out(row: Any) -> ShipmentOut:
    fields = dict(row)
    fields["lines"] = msgspec.json.decode(fields["lines"] or "[]", type=list[ShipmentLineOut])
    return ShipmentOut(**fields)
