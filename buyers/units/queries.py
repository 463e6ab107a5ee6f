"""Owns the SQL of units, scoped by the company."""

from __future__ import annotations

from typing import TYPE_CHECKING

import asyncpg
import msgspec

from buyers.units.errors import UnitNameTaken
from buyers.units.schemas import UnitOut
from marketplace.kernel.database import connection, savepoint

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID


async def tree(organisation_id: UUID) -> list[UnitOut]:
    """List a company's units from the top down, each under its parent, by name."""
    sql = """
        WITH RECURSIVE tree AS (
            SELECT id, name, parent_id, version, 1 AS depth, ARRAY[name] AS path FROM buyers.units WHERE organisation_id = $1 AND parent_id IS NULL
            UNION ALL
            SELECT u.id, u.name, u.parent_id, u.version, t.depth + 1, t.path || u.name
            FROM buyers.units u JOIN tree t ON u.parent_id = t.id WHERE u.organisation_id = $1 AND t.depth < 20
        ) SELECT id, name, parent_id, depth, path, version FROM tree ORDER BY path, id"""
    return [msgspec.convert(dict(row), UnitOut) for row in await connection().fetch(sql, organisation_id)]


async def lock(organisation_id: UUID) -> None:
    """Let one change of a company's tree run at a time, so that two moves cannot close a circle."""
    await connection().execute("SELECT pg_advisory_xact_lock(hashtextextended('buyers.units:' || $1::uuid::text, 0))", organisation_id)


async def insert(unit_id: UUID, *, organisation_id: UUID, parent_id: UUID | None, name: str, now: datetime) -> None:
    """Store a new unit. Raises: UnitNameTaken."""
    sql = "INSERT INTO buyers.units (id, organisation_id, parent_id, name, version, created_at) VALUES ($1, $2, $3, $4, 1, $5)"
    try:
        async with savepoint():
            await connection().execute(sql, unit_id, organisation_id, parent_id, name, now)
    except asyncpg.UniqueViolationError:
        raise UnitNameTaken(name=name) from None


async def update(unit_id: UUID, *, organisation_id: UUID, parent_id: UUID | None, name: str, version: int) -> bool:
    """Store a unit's name and place at this version. Raises: UnitNameTaken."""
    sql = """
        UPDATE buyers.units SET parent_id = $3, name = $4, version = version + 1
        WHERE id = $1 AND organisation_id = $2 AND version = $5 RETURNING id"""
    try:
        async with savepoint():
            return await connection().fetchval(sql, unit_id, organisation_id, parent_id, name, version) is not None
    except asyncpg.UniqueViolationError:
        raise UnitNameTaken(name=name) from None
