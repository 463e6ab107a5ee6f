"""Owns the SQL of a supplier's life."""

from __future__ import annotations

from typing import TYPE_CHECKING

from marketplace.kernel.database import connection
from marketplace.kernel.ids import uuid7
from vendors.life.schemas import ActOut, Standing

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime
    from uuid import UUID

LOG_MAX = 100
STATES = """SELECT s.organisation_id, CASE WHEN s.state = 'open'
    AND ($2::timestamptz AT TIME ZONE g.time_zone)::date BETWEEN s.closed_from AND s.closed_to THEN 'closed' ELSE s.state END
  FROM vendors.suppliers s JOIN kernel.organisations g ON g.id = s.organisation_id WHERE s.organisation_id = ANY ($1)"""
STANDING = """SELECT s.organisation_id AS supplier_id, g.display_name AS name, s.state, s.closed_from, s.closed_to, s.ends_on, s.version, g.state <> 'active' AS is_barred,
    ($2::timestamptz AT TIME ZONE g.time_zone)::date AS today
  FROM vendors.suppliers s JOIN kernel.organisations g ON g.id = s.organisation_id WHERE s.organisation_id = $1"""
# Offers refer to their supplier, and making one must not wait for this.
LOCKED = f"{STANDING} FOR NO KEY UPDATE OF s"
SAVE = """UPDATE vendors.suppliers SET state = $4, closed_from = $5, closed_to = $6, ends_on = $7, version = version + 1
  WHERE organisation_id = $1 AND state = $2 AND version = $3 RETURNING version"""
INSERT = """INSERT INTO vendors.supplier_acts
    (id, supplier_id, act, from_state, to_state, closed_from, closed_to, ends_on, reason, principal, by_side, at)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)"""
ACTS = """SELECT act, from_state, to_state, closed_from, closed_to, ends_on, reason, by_side AS by, at
  FROM vendors.supplier_acts WHERE supplier_id = $1 ORDER BY at DESC, id DESC LIMIT $2"""
# What each offer itself needs to sell, whatever its supplier does.
READY = """SELECT count(*) FROM vendors.offers o JOIN catalogue.products p ON p.id = o.product_id
  CROSS JOIN LATERAL vendors.price_in_force(o.product_id, o.id, $2::timestamptz) v
  WHERE o.supplier_id = $1 AND p.state = 'published' AND vendors.offer_stands(o, $2::timestamptz)
    AND (o.allows_backorder OR EXISTS (SELECT FROM vendors.stock_levels l
      WHERE l.product_id = o.product_id AND l.offer_id = o.id AND l.on_hand - l.reserved - l.safety > 0))"""
PRODUCTS = "SELECT DISTINCT o.product_id FROM vendors.offers o WHERE o.supplier_id = $1 AND o.state = 'approved' ORDER BY 1"
RUN_OUT = """SELECT s.ends_on, s.organisation_id FROM vendors.suppliers s JOIN kernel.organisations g ON g.id = s.organisation_id
  WHERE s.state <> 'terminated' AND s.ends_on <= ($1::timestamptz AT TIME ZONE g.time_zone)::date
    AND ($3::date IS NULL OR (s.ends_on, s.organisation_id) > ($3, $4::uuid)) ORDER BY s.ends_on, s.organisation_id LIMIT $2"""


async def states(supplier_ids: Sequence[UUID], *, now: datetime) -> dict[UUID, str]:
    """Tell the state of each that sells, "closed" for an open one on a day of its planned closure."""
    return {row[0]: row[1] for row in await connection().fetch(STATES, list(supplier_ids), now)}


async def is_supplier(organisation_id: UUID) -> bool:
    """Tell whether an organisation was let to sell."""
    return bool(await connection().fetchval("SELECT EXISTS (SELECT FROM vendors.suppliers WHERE organisation_id = $1)", organisation_id))


async def lock(organisation_id: UUID) -> bool:
    """Tell whether an organisation sells, and lock its row until the transaction ends."""
    sql = "SELECT true FROM vendors.suppliers WHERE organisation_id = $1 FOR NO KEY UPDATE"
    return bool(await connection().fetchval(sql, organisation_id))


async def standing(supplier_id: UUID, *, now: datetime) -> Standing | None:
    """Read where a supplier stands, None where there is none."""
    row = await connection().fetchrow(STANDING, supplier_id, now)
    return None if row is None else Standing(**dict(row))


async def locked(supplier_id: UUID, *, now: datetime) -> Standing | None:
    """Read the same under a lock that the next act waits for."""
    row = await connection().fetchrow(LOCKED, supplier_id, now)
    return None if row is None else Standing(**dict(row))


async def save(before: Standing, *, to_state: str, closure: tuple[date | None, date | None], ends_on: date | None) -> bool:
    """Store what an act made of a supplier, if it still stands as it was read."""
    found = await connection().fetchval(SAVE, before.supplier_id, before.state, before.version, to_state, *closure, ends_on)
    return found is not None


async def insert_act(supplier_id: UUID, *, act: ActOut, principal: str) -> None:
    """Append an act to a supplier's life."""
    dates = (act.closed_from, act.closed_to, act.ends_on)
    await connection().execute(INSERT, uuid7(), supplier_id, act.act, act.from_state, act.to_state, *dates, act.reason, principal, act.by, act.at)


async def acts(supplier_id: UUID, *, limit: int = LOG_MAX) -> list[ActOut]:
    """Read the acts on a supplier, newest first."""
    return [ActOut(**dict(row)) for row in await connection().fetch(ACTS, supplier_id, limit)]


async def ready(supplier_id: UUID, *, now: datetime) -> int:
    """Count a supplier's offers that sell whenever the supplier does: published, approved, valid, priced and in stock."""
    return int(await connection().fetchval(READY, supplier_id, now))


async def products(supplier_id: UUID) -> list[UUID]:
    """Read the products that a supplier has approved offers on."""
    return [row[0] for row in await connection().fetch(PRODUCTS, supplier_id)]


async def run_out(now: datetime, *, after: tuple[date, UUID] | None, limit: int) -> list[tuple[date, UUID]]:
    """Read the suppliers whose notice has run out and that are not terminated: (first day without sales, id) in that order, behind `after`."""
    return [(row[0], row[1]) for row in await connection().fetch(RUN_OUT, now, limit, *(after or (None, None)))]
