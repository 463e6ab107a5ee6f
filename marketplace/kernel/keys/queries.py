"""Owns the SQL of API keys, each scoped by organisation as well as by row level security."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from marketplace.kernel.database import connection
from marketplace.kernel.keys.schemas import ApiKeyOut

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

COLUMNS: Final = "id, organisation_id, prefix, name, scopes, roles, networks, created_at, expires_at, last_used_at, revoked_at, replaced_by"


async def insert(key: ApiKeyOut, *, secret_hash: bytes, created_by: UUID | None) -> None:
    """Store a new key."""
    sql = f"""
        INSERT INTO kernel.api_keys ({COLUMNS}, secret_hash, created_by) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)"""
    await connection().execute(sql, *(getattr(key, name) for name in COLUMNS.split(", ")), secret_hash, created_by)


async def of_organisation(organisation_id: UUID, *, after: tuple[bool, datetime, UUID] | None, limit: int) -> list[ApiKeyOut]:
    """List an organisation's keys from behind a place on: the one that ends last first, so that those that work stand before those that ended, then the revoked."""
    works, ends, place = after or (None, None, None)
    sql = f"""SELECT {COLUMNS} FROM kernel.api_keys
      WHERE organisation_id = $1 AND ($2::boolean IS NULL OR (revoked_at IS NULL, expires_at, id) < ($2, $3::timestamptz, $4::uuid))
      ORDER BY (revoked_at IS NULL) DESC, expires_at DESC, id DESC LIMIT $5"""
    return [msgspec.convert(dict(row), ApiKeyOut) for row in await connection().fetch(sql, organisation_id, works, ends, place, limit)]


async def count_living(organisation_id: UUID, *, now: datetime) -> int:
    """Count an organisation's keys that work."""
    sql = "SELECT count(*) FROM kernel.api_keys WHERE organisation_id = $1 AND revoked_at IS NULL AND expires_at > $2"
    return int(await connection().fetchval(sql, organisation_id, now))


async def by_id(key_id: UUID, *, organisation_id: UUID) -> ApiKeyOut | None:
    """Find a key of an organisation."""
    sql = f"SELECT {COLUMNS} FROM kernel.api_keys WHERE id = $1 AND organisation_id = $2"
    row = await connection().fetchrow(sql, key_id, organisation_id)
    return None if row is None else msgspec.convert(dict(row), ApiKeyOut)


async def revoke(key_id: UUID, *, organisation_id: UUID, now: datetime) -> bool:
    """End a key at once if it still works."""
    sql = """
        UPDATE kernel.api_keys SET revoked_at = $3, version = version + 1
        WHERE id = $1 AND organisation_id = $2 AND revoked_at IS NULL AND expires_at > $3 RETURNING id"""
    return await connection().fetchval(sql, key_id, organisation_id, now) is not None


async def replace(key_id: UUID, *, organisation_id: UUID, replaced_by: UUID, until: datetime, now: datetime) -> bool:
    """Let a key that works, and has no successor, end at `until` at the latest, and name its successor."""
    sql = """
        UPDATE kernel.api_keys SET expires_at = least(expires_at, $4), replaced_by = $3, version = version + 1
        WHERE id = $1 AND organisation_id = $2 AND revoked_at IS NULL AND replaced_by IS NULL AND expires_at > $5 RETURNING id"""
    return await connection().fetchval(sql, key_id, organisation_id, replaced_by, until, now) is not None


async def by_prefix(prefix: str, *, now: datetime) -> dict[str, Any] | None:
    """Find a key that works, of an active organisation, by its prefix. The edge asks, as the worker."""
    sql = """
        SELECT k.id, k.secret_hash, k.name, k.scopes, k.roles, k.networks, k.last_used_at, o.id AS organisation_id, o.display_name,
               o.capacities, o.locale, o.time_zone, o.currency, o.country
        FROM kernel.api_keys k JOIN kernel.organisations o ON o.id = k.organisation_id AND o.state = 'active'
        WHERE k.prefix = $1 AND k.revoked_at IS NULL AND k.expires_at > $2"""
    row = await connection().fetchrow(sql, prefix, now)
    return None if row is None else dict(row)


async def touch(key_id: UUID, *, now: datetime, before: datetime) -> None:
    """Note that a key was used, unless that was noted since `before`."""
    sql = "UPDATE kernel.api_keys SET last_used_at = $2 WHERE id = $1 AND (last_used_at IS NULL OR last_used_at < $3)"
    await connection().execute(sql, key_id, now, before)
