"""Owns the SQL of contests, always within one supplier's own but where the operator answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from marketplace.kernel.database import connection
from trust.record.schemas import ContestOut

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from uuid import UUID

    from trust.record.schemas import About, ContestIn

CONTESTS = """SELECT c.id, c.supplier_id, g.display_name AS supplier, c.order_id, c.order_number, c.kind, c.event_version, c.wrong, c.delivered_on, c.reason,
    c.stated_at, coalesce(d.outcome, 'open') AS state, coalesce(d.answer, '') AS answer, d.decided_at
  FROM trust.contests c JOIN kernel.organisations g ON g.id = c.supplier_id LEFT JOIN trust.contest_decisions d ON d.contest_id = c.id"""
OF_SUPPLIER = f"""{CONTESTS} WHERE c.supplier_id = $1 AND ($2::uuid IS NULL OR c.id < $2) ORDER BY c.id DESC LIMIT $3"""
OF_ORDER = f"{CONTESTS} WHERE c.order_id = $1 AND c.supplier_id = $2 ORDER BY c.id DESC"
OPEN = f"{CONTESTS} WHERE c.order_id = $1 AND c.kind = $2 AND d.contest_id IS NULL ORDER BY c.id"
WAITING = f"{CONTESTS} WHERE d.contest_id IS NULL AND ($1::uuid IS NULL OR c.id > $1) ORDER BY c.id LIMIT $2"
DECIDED = f"{CONTESTS} WHERE d.contest_id IS NOT NULL AND ($1::uuid IS NULL OR c.id < $1) ORDER BY c.id DESC LIMIT $2"
# Of an order with several, the one that waits says how it stands.
MARKS = """SELECT DISTINCT ON (c.order_id) c.order_id, coalesce(d.outcome, 'open')
  FROM trust.contests c LEFT JOIN trust.contest_decisions d ON d.contest_id = c.id
  WHERE c.supplier_id = $1 AND c.order_id = ANY ($2) ORDER BY c.order_id, (d.contest_id IS NULL) DESC, c.id DESC"""
# Two tries at once come to the same number, and one of them is written.
INSERT = """INSERT INTO trust.contests
    (id, supplier_id, order_id, order_number, kind, event_version, attempt, wrong, delivered_on, reason, stated_by, stated_at)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) ON CONFLICT (order_id, kind, attempt) DO NOTHING RETURNING id"""
DECIDE = """INSERT INTO trust.contest_decisions (contest_id, supplier_id, outcome, answer, decided_by, decided_at)
  VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (contest_id) DO NOTHING RETURNING contest_id"""


async def of_supplier(supplier_id: UUID, *, before: UUID | None, limit: int) -> list[ContestOut]:
    """Read what a supplier has contested, the latest first."""
    return [ContestOut(**dict(row)) for row in await connection().fetch(OF_SUPPLIER, supplier_id, before, limit)]


async def of_order(order_id: UUID, *, supplier_id: UUID) -> list[ContestOut]:
    """Read what its supplier has contested of an order, the latest first."""
    return [ContestOut(**dict(row)) for row in await connection().fetch(OF_ORDER, order_id, supplier_id)]


async def open_of(order_id: UUID, *, kind: str) -> list[ContestOut]:
    """Read what waits for an answer of one kind of event of an order, for the operator."""
    return [ContestOut(**dict(row)) for row in await connection().fetch(OPEN, order_id, kind)]


async def waiting(*, after: UUID | None, limit: int) -> list[ContestOut]:
    """Read what waits for an answer, of all suppliers, the oldest first."""
    return [ContestOut(**dict(row)) for row in await connection().fetch(WAITING, after, limit)]


async def decided(*, before: UUID | None, limit: int) -> list[ContestOut]:
    """Read what was answered, of all suppliers, the latest first."""
    return [ContestOut(**dict(row)) for row in await connection().fetch(DECIDED, before, limit)]


async def count_waiting() -> int:
    """Count what waits for an answer, at most a hundred."""
    sql = """SELECT count(*) FROM (SELECT FROM trust.contests c LEFT JOIN trust.contest_decisions d ON d.contest_id = c.id
      WHERE d.contest_id IS NULL LIMIT 100) y"""
    return int(await connection().fetchval(sql))


async def one(contest_id: UUID) -> ContestOut | None:
    """Read a contest, for the operator."""
    row = await connection().fetchrow(f"{CONTESTS} WHERE c.id = $1", contest_id)
    return None if row is None else ContestOut(**dict(row))


async def marks(supplier_id: UUID, *, order_ids: Sequence[UUID]) -> dict[UUID, str]:
    """Tell how the contests of these orders stand: "open", "accepted", "declined" or "corrected"."""
    return {row[0]: row[1] for row in await connection().fetch(MARKS, supplier_id, list(order_ids))}


async def insert(contest_id: UUID, *, sent: ContestIn, about: About, by: str, now: datetime) -> bool:
    """Write a contest of what it is about; False where another came at the same time."""
    values = (about.order_id, about.number, sent.kind, about.version, about.attempt, sent.wrong, sent.delivered_on, sent.reason, by, now)
    return await connection().fetchval(INSERT, contest_id, about.supplier_id, *values) is not None


async def decide(contest: ContestOut, *, outcome: str, answer: str, by: str, now: datetime) -> bool:
    """Write the answer to a contest; False where it has one."""
    return await connection().fetchval(DECIDE, contest.id, contest.supplier_id, outcome, answer, by, now) is not None
