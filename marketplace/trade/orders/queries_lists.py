"""Owns every read of orders for lists, pages and the API, each in the organisation's own scope."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from marketplace.kernel.database import connection
from marketplace.trade.landed.schemas import CostPart
from marketplace.trade.orders.schemas import GroupOut, LineOut, OrderOut, OrderRow, PromiseOut, ShipTo, StepOut, TotalOut

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from asyncpg import Record

    from marketplace.trade.orders.schemas import OrderFilter

_ROW = """o.id, o.group_id, o.number, o.buyer_id, o.vendor_id, o.buyer_name, o.vendor_name, o.currency, o.goods_minor, o.freight_minor, o.freight_state, o.duty_state, o.duty_minor,
  o.discount_minor, o.net_minor, o.tax_minor, o.gross_minor, o.state, o.po_number, o.placed_at, o.accept_by, o.accepted_at, o.ended_at, o.delivered_at,
  o.promised_on, o.time_zone, o.may_ship, o.cancelled_by, o.end_reason, o.version,
  (SELECT count(*) FROM trade.order_lines l WHERE l.order_id = o.id) AS line_count"""
_SIDES = {"buyer": "o.buyer_id = $1", "supplier": "o.vendor_id = $1", "operator": "$1::uuid IS NULL"}
_LINE = """id, position, product_id, offer_id, title, supplier_sku, brand, part_number, unit_code, unit_decimals, incoterm, condition, unit_price, net_minor, tax_minor,
  gross_minor, quantity, open, accepted, refused, withdrawn, to_ship, shipped, cancelled, in_transit, delivered, lost, returned, price_version_id"""


async def page(which: OrderFilter, *, organisation_id: UUID | None, after: tuple[datetime, UUID] | None) -> list[OrderRow]:
    """List one side's orders, the newest first, one more than asked for when there are more."""
    where, values = [_SIDES[which.side]], [organisation_id if which.side != "operator" else None]
    if which.states:
        values.append(list(which.states))  # type: ignore[arg-type]
        where.append(f"o.state = ANY(${len(values)})")
    if which.text:
        values.append(which.text.upper())  # type: ignore[arg-type]
        where.append(f"(starts_with(upper(o.number), ${len(values)}) OR upper(o.po_number) = ${len(values)})")
    if after is not None:
        values.extend(after)  # type: ignore[arg-type]
        where.append(f"(o.placed_at, o.id) < (${len(values) - 1}, ${len(values)})")
    values.append(which.limit + 1)  # type: ignore[arg-type]
    sql = f"SELECT {_ROW} FROM trade.orders o WHERE {' AND '.join(where)} ORDER BY o.placed_at DESC, o.id DESC LIMIT ${len(values)}"
    return [OrderRow(**row) for row in await connection().fetch(sql, *values)]


async def counts(side: str, *, organisation_id: UUID | None) -> dict[str, int]:
    """Count one side's orders by state."""
    sql = f"SELECT o.state, count(*) AS n FROM trade.orders o WHERE {_SIDES[side]} GROUP BY o.state"
    return {row["state"]: row["n"] for row in await connection().fetch(sql, organisation_id if side != "operator" else None)}


async def order(order_id: UUID, *, organisation_id: UUID | None, sees_all: bool) -> OrderOut | None:
    """Read an order with lines, promises and steps, if it is the organisation's as buyer or supplier."""
    sql = f"""SELECT {_ROW}, o.freight_source, o.freight_as_of, o.freight_is_invented, o.freight_rule, o.freight_parts, o.duty_source, o.duty_rule, o.ship_to FROM trade.orders o WHERE o.id = $1 AND (o.buyer_id = $2 OR o.vendor_id = $2 OR $3)"""
    row = await connection().fetchrow(sql, order_id, organisation_id, sees_all)
    if row is None:
        return None
    found = OrderOut(**{**row, "ship_to": _ship_to(row["ship_to"]), "freight_parts": _parts(row["freight_parts"])})
    found.lines = [
        LineOut(**line, promises=[])
        for line in await connection().fetch(f"SELECT {_LINE} FROM trade.order_lines WHERE order_id = $1 ORDER BY position", order_id)
    ]
    by_id = {line.id: line for line in found.lines}
    for promise in await connection().fetch(
        "SELECT order_line_id, seq, promised_on, ready_on, time_zone, reason, at FROM trade.promises WHERE order_id = $1 ORDER BY order_line_id, seq",
        order_id,
    ):
        fields = dict(promise)
        by_id[fields.pop("order_line_id")].promises.append(PromiseOut(**fields))
    steps = await connection().fetch("SELECT to_state, at FROM kernel.states_of('order', $1) ORDER BY seq", order_id)
    found.log = [StepOut(state=step["to_state"], at=step["at"]) for step in steps]
    return found


async def group(group_id: UUID, *, organisation_id: UUID | None, sees_all: bool) -> GroupOut | None:
    """Read a group with totals and orders, if the organisation placed it."""
    row = await connection().fetchrow(
        "SELECT id, number, po_number, placed_at, ship_to FROM trade.order_groups WHERE id = $1 AND (buyer_id = $2 OR $3)",
        group_id,
        organisation_id,
        sees_all,
    )
    if row is None:
        return None
    return await _filled(row)


async def _filled(row: Record) -> GroupOut:
    totals = await connection().fetch(
        """SELECT currency, goods_minor, freight_minor, discount_minor, net_minor, tax_minor, gross_minor FROM trade.order_group_totals
        WHERE group_id = $1 ORDER BY currency""",
        row["id"],
    )
    orders = await connection().fetch(f"SELECT {_ROW} FROM trade.orders o WHERE o.group_id = $1 ORDER BY o.position", row["id"])
    fields: dict[str, Any] = {**row, "ship_to": _ship_to(row["ship_to"])}
    return GroupOut(**fields, state="", totals=[TotalOut(**total) for total in totals], orders=[OrderRow(**item) for item in orders])


async def group_of_cart(cart_id: UUID, *, organisation_id: UUID) -> UUID | None:
    """Tell which group a cart became."""
    found: UUID | None = await connection().fetchval(
        "SELECT id FROM trade.order_groups WHERE cart_id = $1 AND buyer_id = $2", cart_id, organisation_id
    )
    return found


def _parts(raw: str) -> list[CostPart]:
    return msgspec.json.decode(raw, type=list[CostPart])


def _ship_to(raw: str) -> ShipTo:
    return msgspec.json.decode(raw, type=ShipTo)
