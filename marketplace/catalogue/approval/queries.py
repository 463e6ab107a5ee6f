"""Owns the SQL of approval rules, which everybody may read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from marketplace.catalogue.approval.errors import RuleKnown
from marketplace.catalogue.approval.schemas import RuleOut
from marketplace.kernel.database import connection

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from marketplace.catalogue.approval.schemas import RuleIn

LIST_MAX = 500
RULES = """SELECT r.id, r.number, r.field, r.supplier_id, g.display_name AS supplier, r.is_automatic, r.accepted_min, r.percent_min, r.reason, r.made_at, r.ended_at
  FROM catalogue.approval_rules r LEFT JOIN kernel.organisations g ON g.id = r.supplier_id"""
IN_FORCE = f"{RULES} WHERE r.ended_at IS NULL ORDER BY r.supplier_id IS NOT NULL, r.field, r.number LIMIT {LIST_MAX}"
ENDED = f"{RULES} WHERE r.ended_at IS NOT NULL ORDER BY r.ended_at DESC, r.number DESC LIMIT 50"
INSERT = """INSERT INTO catalogue.approval_rules (id, number, field, supplier_id, is_automatic, accepted_min, percent_min, reason, made_by, made_at)
  SELECT $1, coalesce(max(n.number), 0) + 1, $2, $3, $4, $5, $6, $7, $8, $9 FROM catalogue.approval_rules n
  ON CONFLICT (field, coalesce(supplier_id, '00000000-0000-0000-0000-000000000000'::uuid)) WHERE ended_at IS NULL DO NOTHING RETURNING id"""
END = "UPDATE catalogue.approval_rules SET ended_at = $2, ended_by = $3 WHERE id = $1 AND ended_at IS NULL RETURNING id"


async def in_force() -> list[RuleOut]:
    """Read the rules that are in force, those for all suppliers first."""
    return [RuleOut(**dict(row)) for row in await connection().fetch(IN_FORCE)]


async def ended() -> list[RuleOut]:
    """Read the rules that have ended, the latest first, at most 50."""
    return [RuleOut(**dict(row)) for row in await connection().fetch(ENDED)]


async def one(rule_id: UUID) -> RuleOut | None:
    """Read a rule."""
    row = await connection().fetchrow(f"{RULES} WHERE r.id = $1", rule_id)
    return None if row is None else RuleOut(**dict(row))


async def is_supplier(organisation_id: UUID) -> bool:
    """Tell whether an organisation sells."""
    sql = "SELECT EXISTS (SELECT FROM kernel.organisations WHERE id = $1 AND 'supplier' = ANY (capacities))"
    return bool(await connection().fetchval(sql, organisation_id))


async def suppliers() -> list[tuple[UUID, str]]:
    """Read the organisations that sell, by name."""
    sql = "SELECT id, display_name FROM kernel.organisations WHERE 'supplier' = ANY (capacities) ORDER BY display_name, id LIMIT 500"
    return [(row[0], row[1]) for row in await connection().fetch(sql)]


async def insert(rule_id: UUID, *, rule: RuleIn, reason: str, by: str, now: datetime) -> None:
    """Write a rule under the next number; two at once are numbered one after the other. Raises: RuleKnown."""
    await connection().execute("SELECT pg_advisory_xact_lock(hashtextextended('catalogue.approval_rules', 0))")
    values = (rule.field, rule.supplier_id, rule.is_automatic, rule.accepted_min, rule.percent_min, reason, by, now)
    if await connection().fetchval(INSERT, rule_id, *values) is None:
        raise RuleKnown


async def end(rule_id: UUID, *, by: str, now: datetime) -> bool:
    """Let a rule end; False where it has ended."""
    return await connection().fetchval(END, rule_id, now, by) is not None
