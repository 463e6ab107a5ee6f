"""Owns every statement that writes orders, and the loading of one order before it is changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from marketplace.kernel.database import at_commit, connection
from marketplace.kernel.ids import uuid7
from marketplace.kernel.literals import as_json
from marketplace.trade.orders.schemas import HeldLine, HeldOrder

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime
    from uuid import UUID

    from marketplace.trade.orders.schemas import Delta, NewGroup, Stamp

QUANTITIES = ("open", "accepted", "refused", "withdrawn", "to_ship", "shipped", "cancelled", "in_transit", "delivered", "lost", "returned")

_PLACE = """
WITH g AS (
  INSERT INTO trade.order_groups (id, number, cart_id, buyer_id, person_id, placed_at, ship_to, po_number)
  VALUES ($1, $13, $2, $3, $4, $5, $6, $7)),
c AS (
  UPDATE trade.carts SET state = 'ordered', version = version + 1, updated_at = $5 WHERE id = $2 AND organisation_id = $3 AND state = 'open'),
t AS (
  INSERT INTO trade.order_group_totals (id, group_id, buyer_id, currency, goods_minor, freight_minor, net_minor, tax_minor, gross_minor)
  SELECT x.id, $1, $3, x.currency, x.goods_minor, x.freight_minor, x.net_minor, x.tax_minor, x.gross_minor FROM json_to_recordset($10::json)
  AS x(id uuid, currency text, goods_minor bigint, freight_minor bigint, net_minor bigint, tax_minor bigint, gross_minor bigint)),
o AS (
  INSERT INTO trade.orders (id, group_id, number, position, buyer_id, vendor_id, person_id, buyer_name, vendor_name, currency, goods_minor,
    freight_minor, freight_state, freight_source, freight_as_of, freight_is_invented, freight_rule, freight_parts, duty_state, duty_minor, duty_source, duty_rule, net_minor, tax_minor, gross_minor, state, po_number, ship_to, time_zone, promised_on, may_ship,
    placed_at, accept_by, updated_at)
  SELECT x.id, $1, $13 || '-' || x.position, x.position, $3, x.vendor_id, $4,
    coalesce(nullif($8, ''), (SELECT b.display_name FROM kernel.organisations b WHERE b.id = $3)), x.vendor_name, x.currency, x.goods_minor,
    x.freight_minor, x.freight_state, x.freight_source, x.freight_as_of, x.freight_is_invented, x.freight_rule, x.freight_parts, x.duty_state, x.duty_minor, x.duty_source, x.duty_rule, x.net_minor, x.tax_minor, x.gross_minor, 'awaiting_acceptance', $7, $6, $9,
    x.promised_on, x.may_ship, $5, x.accept_by, $5
  FROM json_to_recordset($11::json) AS x(id uuid, position int, vendor_id uuid, vendor_name text, currency text, goods_minor bigint,
    freight_minor bigint, freight_state text, freight_source text, freight_as_of timestamptz, freight_is_invented boolean, freight_rule text,
    freight_parts jsonb, duty_state text, duty_minor bigint, duty_source text, duty_rule text, net_minor bigint, tax_minor bigint, gross_minor bigint, promised_on date,
    may_ship boolean, accept_by timestamptz)),
w AS MATERIALIZED (
  SELECT * FROM json_to_recordset($12::json) AS x(id uuid, promise_id uuid, order_id uuid, vendor_id uuid, position int, product_id uuid,
    offer_id uuid, site_id uuid, price_version_id uuid, title text, supplier_sku text, brand text, part_number text, unit_code text,
    unit_decimals int, incoterm text, condition text, currency text, unit_price numeric, net_minor bigint, tax_minor bigint, gross_minor bigint,
    quantity bigint, ready_on date, promised_on date, promise_reason text)),
l AS (
  INSERT INTO trade.order_lines (id, order_id, buyer_id, vendor_id, position, product_id, offer_id, site_id, price_version_id, title,
    supplier_sku, brand, part_number, unit_code, unit_decimals, incoterm, condition, currency, unit_price, net_minor, tax_minor, gross_minor, quantity, open)
  SELECT id, order_id, $3, vendor_id, position, product_id, offer_id, site_id, price_version_id, title, supplier_sku, brand, part_number,
    unit_code, unit_decimals, incoterm, condition, currency, unit_price, net_minor, tax_minor, gross_minor, quantity, quantity FROM w),
p AS (
  INSERT INTO trade.promises (id, order_line_id, order_id, buyer_id, vendor_id, seq, ready_on, promised_on, time_zone, reason, at)
  SELECT promise_id, id, order_id, $3, vendor_id, 1, ready_on, promised_on, $9, promise_reason, $5 FROM w)
SELECT"""

_LOAD = f"""
SELECT o.id, o.group_id, o.number, o.buyer_id, o.vendor_id, o.currency, o.state, o.version, o.may_ship, o.freight_minor, o.gross_minor, o.placed_at,
  o.accepted_at, o.accept_by, o.promised_on, o.time_zone,
  (SELECT json_agg(json_build_object('id', l.id, 'position', l.position, 'product_id', l.product_id, 'offer_id', l.offer_id, 'site_id', l.site_id,
     'title', l.title, 'unit_price', l.unit_price::text, 'unit_decimals', l.unit_decimals, 'net_minor', l.net_minor, 'tax_minor', l.tax_minor,
     'quantity', l.quantity, 'unit_symbol', CASE WHEN l.unit_decimals > 0 THEN (SELECT u.symbol FROM catalogue.units u WHERE u.code = l.unit_code) ELSE '' END,
     {", ".join(f"'{name}', l.{name}" for name in QUANTITIES)}) ORDER BY l.position)
   FROM trade.order_lines l WHERE l.order_id = o.id) AS lines
FROM trade.orders o WHERE o.id = $1 AND (o.buyer_id = $2 OR o.vendor_id = $2 OR $3)"""

_MOVE = f"""
WITH o AS (
  UPDATE trade.orders SET state = $2, version = version + 1, updated_at = $5, accepted_at = coalesce($6, accepted_at),
    ended_at = coalesce($7, ended_at), delivered_at = coalesce($8, delivered_at), cancelled_by = coalesce($9, cancelled_by),
    end_reason = coalesce($10, end_reason)
  WHERE id = $1 AND state = ANY($3) AND version = $4 RETURNING id, version),
l AS (
  UPDATE trade.order_lines t SET {", ".join(f"{name} = t.{name} + x.{name}" for name in QUANTITIES)}
  FROM o, json_to_recordset($11::json) AS x(id uuid, {", ".join(f"{name} bigint" for name in QUANTITIES)})
  WHERE t.id = x.id AND t.order_id = o.id RETURNING t.id)
SELECT o.version, (SELECT count(*) FROM l) AS moved FROM o"""


async def insert_group(group: NewGroup, number: str, *, amounts: Sequence[dict[str, int | None]], totals: dict[str, dict[str, int | None]]) -> None:
    """Insert a group with totals, orders, lines and first promises in one statement, as late as the transaction allows.

    Orders have the group's number with -1, -2, …
    """
    await at_commit(
        _PLACE,
        *(group.id, group.cart_id, group.buyer_id, group.person_id, group.placed_at),
        as_json(group.ship_to),
        *(group.po_number, group.buyer_name, group.time_zone),
        as_json([{"id": uuid7(), "currency": currency, **total} for currency, total in totals.items()]),
        as_json(_order_rows(group, amounts)),
        as_json(_line_rows(group)),
        number,
    )


def _order_rows(group: NewGroup, amounts: Sequence[dict[str, int | None]]) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for position, (order, parts) in enumerate(zip(group.orders, amounts, strict=True), start=1):
        dates = [line.promised_on for line in order.lines]
        row: dict[str, Any] = {
            "id": order.id,
            "position": position,
            "vendor_id": order.vendor_id,
            "vendor_name": order.vendor_name,
            "currency": order.currency,
            "freight_state": order.freight.state,
            "freight_source": order.freight.source,
            "freight_as_of": order.freight.as_of,
            "freight_is_invented": order.freight.is_invented,
            "freight_rule": order.freight.rule_id,
            "freight_parts": order.freight.parts,
            "duty_rule": order.duty.rule_id,
            "duty_state": order.duty.state,
            "duty_minor": order.duty.amount_minor,
            "duty_source": order.duty.source,
            "promised_on": max((day for day in dates if day is not None), default=None) if None not in dates else None,
            "may_ship": order.may_ship,
            "accept_by": order.accept_by,
        }
        rows.append(row | parts)
    return rows


def _line_rows(group: NewGroup) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for order in group.orders:
        for line in order.lines:
            row = msgspec.structs.asdict(line)
            row |= {"promise_id": uuid7(), "order_id": order.id, "vendor_id": order.vendor_id, "currency": order.currency}
            row["gross_minor"] = line.net_minor + (line.tax_minor or 0)
            rows.append(row)
    return rows


async def load(order_id: UUID, *, organisation_id: UUID | None, sees_all: bool) -> HeldOrder | None:
    """Load an order with its lines, without a lock: the conditional update that follows asks for the same version."""
    row = await connection().fetchrow(_LOAD, order_id, organisation_id, sees_all)
    if row is None:
        return None
    fields = dict(row)
    fields["lines"] = msgspec.json.decode(fields["lines"] or "[]", type=list[HeldLine])
    return HeldOrder(**fields)


async def move(order: HeldOrder, *, to_state: str, from_states: Sequence[str], deltas: Sequence[Delta], stamp: Stamp, now: datetime) -> int | None:
    """Change state, stamp and quantities if the order still has the version it was loaded with; gives the new version, None when somebody was first."""
    row = await connection().fetchrow(
        _MOVE,
        order.id,
        to_state,
        list(from_states),
        order.version,
        now,
        stamp.accepted_at,
        stamp.ended_at,
        stamp.delivered_at,
        stamp.cancelled_by,
        stamp.end_reason,
        as_json(deltas),
    )
    if row is None:
        return None
    assert row["moved"] == len(deltas), "every line that moves belongs to the order"
    version: int = row["version"]
    return version


async def reserved(order_id: UUID) -> int:
    """Tell how much is reserved for an order, in steps of its units."""
    found: int = await connection().fetchval(
        "SELECT coalesce(sum(quantity), 0)::bigint FROM vendors.stock_reservations WHERE order_id = $1 AND state = 'open'", order_id
    )
    return found


async def state_of(order_id: UUID) -> tuple[str, int] | None:
    """Tell state and version as they are now."""
    row = await connection().fetchrow("SELECT state, version FROM trade.orders WHERE id = $1", order_id)
    return None if row is None else (row["state"], row["version"])


async def overdue(now: datetime, *, limit: int) -> list[UUID]:
    """List orders whose acceptance time is over, the longest first; only the worker sees all."""
    rows = await connection().fetch(
        "SELECT id FROM trade.orders WHERE state = 'awaiting_acceptance' AND accept_by <= $1 ORDER BY accept_by, id LIMIT $2", now, limit
    )
    return [row["id"] for row in rows]


async def auto_accepts(supplier_id: UUID) -> bool:
    """Tell whether the supplier takes every order as it comes."""
    return bool(await connection().fetchval("SELECT auto_accepts FROM vendors.suppliers WHERE organisation_id = $1", supplier_id))


async def append_promise(head: Sequence[Any], *, promised_on: date, reason: str, now: datetime) -> None:
    """Append a promise to one line: `head` is (id, order_line_id, order_id, buyer_id, vendor_id, time_zone)."""
    await connection().execute(
        """INSERT INTO trade.promises (id, order_line_id, order_id, buyer_id, vendor_id, time_zone, seq, promised_on, reason, at)
        SELECT $1, $2, $3, $4, $5, $6, (SELECT count(*) + 1 FROM trade.promises WHERE order_line_id = $2), $7, $8, $9""",
        *head,
        promised_on,
        reason,
        now,
    )


async def open_orders_of(supplier_id: UUID) -> int:
    """Count a supplier's orders that still await its answer, its shipment or their arrival."""
    sql = "SELECT count(*) FROM trade.orders WHERE vendor_id = $1 AND state NOT IN ('delivered', 'closed', 'refused', 'timed_out', 'cancelled')"
    return int(await connection().fetchval(sql, supplier_id))


async def lines_of_products(product_ids: Sequence[UUID]) -> dict[UUID, int]:
    """Count the order lines that name these products: for who sees all orders."""
    sql = "SELECT product_id, count(*) FROM trade.order_lines WHERE product_id = ANY ($1) GROUP BY 1"
    return {row[0]: row[1] for row in await connection().fetch(sql, product_ids)}
