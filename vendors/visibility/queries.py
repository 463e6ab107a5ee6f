"""Owns the SQL of visibility, always within the supplier's own. What a viewer sees of an offer is answered by `vendors.sight`."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from marketplace.kernel.database import connection
from marketplace.kernel.ids import uuid7
from vendors.visibility.schemas import GrantOut, OrganisationOut

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

RULES = """SELECT category_id, level, version, updated_at FROM vendors.visibility_rules
  WHERE supplier_id = $1 AND level <> 'inherited' ORDER BY category_id IS NOT NULL, category_id LIMIT $2"""
WRITE = """INSERT INTO vendors.visibility_rules AS r (id, supplier_id, category_id, level, version, actor, updated_at) VALUES ($1, $2, $3, $4, 1, $5, $6)
  ON CONFLICT (supplier_id, category_id) DO UPDATE SET level = excluded.level, version = r.version + 1, actor = excluded.actor, updated_at = excluded.updated_at"""
RESTRICT = """UPDATE vendors.suppliers SET is_restricted =
    EXISTS (SELECT FROM vendors.visibility_rules r WHERE r.supplier_id = $1 AND r.level NOT IN ('inherited', 'public'))
  WHERE organisation_id = $1"""
GRANTS = """SELECT v.organisation_id, g.display_name, g.country, g.registration_number, v.granted_at
  FROM vendors.visibility_grants v JOIN kernel.organisations g ON g.id = v.organisation_id
  WHERE v.supplier_id = $1 ORDER BY g.display_name COLLATE "C", g.id LIMIT $2"""
# The whole name or the whole number: nobody lists the market's buyers with it.
EXACT = """SELECT g.id, g.display_name, g.country, g.registration_number,
    EXISTS (SELECT FROM vendors.visibility_grants v WHERE v.supplier_id = $1 AND v.organisation_id = g.id)
  FROM kernel.organisations g
  WHERE 'buyer' = ANY (g.capacities) AND g.state = 'active' AND g.id <> $1
    AND (lower(g.display_name) = lower($2) OR lower(g.legal_name) = lower($2) OR (g.registration_number <> '' AND upper(g.registration_number) = upper($2)))
  ORDER BY g.display_name COLLATE "C", g.id LIMIT $3"""
# The function is asked once a category, not once an offer.
PREVIEW = """SELECT x.category_id, x.offers, vendors.visibility_level($1, x.category_id, x.visibility), r.category_id, r.is_there
  FROM (SELECT p.category_id, o.visibility, count(*)::int AS offers FROM vendors.offers o JOIN catalogue.products p ON p.id = o.product_id
    WHERE o.supplier_id = $1 AND o.state <> 'retired' GROUP BY 1, 2) x
  LEFT JOIN LATERAL (SELECT v.category_id, true AS is_there FROM vendors.visibility_rules v
    LEFT JOIN catalogue.category_descendants e ON e.ancestor_id = v.category_id AND e.category_id = x.category_id
    WHERE v.supplier_id = $1 AND v.level <> 'inherited' AND (v.category_id IS NULL OR e.ancestor_id IS NOT NULL)
    ORDER BY e.depth NULLS LAST LIMIT 1) r ON true
  ORDER BY x.offers DESC, x.category_id, x.visibility LIMIT $2"""


class Rule(NamedTuple):
    """A rule as it stands."""

    category_id: UUID | None
    level: str
    version: int
    updated_at: datetime


class Counted(NamedTuple):
    """How many of the supplier's offers stand in a category, their level, and the category of the rule that holds, if one does."""

    category_id: UUID | None
    offers: int
    level: str
    rule_category_id: UUID | None
    has_rule: bool | None


async def rules_of(supplier_id: UUID, *, limit: int) -> list[Rule]:
    """Read the supplier's rules in force, the one for everything first."""
    return [Rule(*row) for row in await connection().fetch(RULES, supplier_id, limit)]


async def rule(supplier_id: UUID, *, category_id: UUID | None) -> Rule | None:
    """Read one rule, taken back or not. The caller holds the supplier."""
    sql = """SELECT category_id, level, version, updated_at FROM vendors.visibility_rules
      WHERE supplier_id = $1 AND category_id IS NOT DISTINCT FROM $2"""
    row = await connection().fetchrow(sql, supplier_id, category_id)
    return Rule(*row) if row else None


async def write_rule(supplier_id: UUID, *, category_id: UUID | None, level: str, actor: str, now: datetime) -> None:
    """Write a rule under its next version, and on the supplier whether anything of it is restricted. The caller holds the supplier."""
    await connection().execute(WRITE, uuid7(), supplier_id, category_id, level, actor, now)
    await connection().execute(RESTRICT, supplier_id)


async def grants_of(supplier_id: UUID, *, limit: int) -> list[GrantOut]:
    """Read the allow-list by name."""
    rows = await connection().fetch(GRANTS, supplier_id, limit)
    return [GrantOut(organisation_id=row[0], name=row[1], country=row[2], registration_number=row[3], granted_at=row[4]) for row in rows]


async def count_grants(supplier_id: UUID) -> int:
    """Count the allow-list."""
    return int(await connection().fetchval("SELECT count(*) FROM vendors.visibility_grants WHERE supplier_id = $1", supplier_id))


async def named_exactly(text: str, *, supplier_id: UUID, limit: int) -> list[OrganisationOut]:
    """Find buying organisations whose name or registration number is exactly this, letter case aside."""
    rows = await connection().fetch(EXACT, supplier_id, text, limit)
    return [OrganisationOut(id=row[0], name=row[1], country=row[2], registration_number=row[3], is_granted=row[4]) for row in rows]


async def buyer_name(organisation_id: UUID) -> str | None:
    """Read the name of an active organisation that buys, None where there is none."""
    sql = "SELECT display_name FROM kernel.organisations WHERE id = $1 AND 'buyer' = ANY (capacities) AND state = 'active'"
    name: str | None = await connection().fetchval(sql, organisation_id)
    return name


async def insert_grant(supplier_id: UUID, *, organisation_id: UUID, actor: str, now: datetime) -> bool:
    """Put an organisation on the list; tell whether it was not there."""
    sql = """INSERT INTO vendors.visibility_grants (supplier_id, organisation_id, granted_by, granted_at) VALUES ($1, $2, $3, $4)
      ON CONFLICT DO NOTHING RETURNING true"""
    return bool(await connection().fetchval(sql, supplier_id, organisation_id, actor, now))


async def delete_grant(supplier_id: UUID, *, organisation_id: UUID) -> bool:
    """Take an organisation from the list; tell whether it was there."""
    sql = "DELETE FROM vendors.visibility_grants WHERE supplier_id = $1 AND organisation_id = $2 RETURNING true"
    return bool(await connection().fetchval(sql, supplier_id, organisation_id))


async def preview(supplier_id: UUID, *, limit: int) -> list[Counted]:
    """Count the supplier's offers by category, with the level that holds there and the rule that it comes from."""
    return [Counted(*row) for row in await connection().fetch(PREVIEW, supplier_id, limit)]
