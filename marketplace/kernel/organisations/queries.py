"""Owns the SQL of organisations and memberships. No row level security here: the edge reads both before it knows an actor."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import asyncpg
import msgspec

from marketplace.kernel.database import connection, savepoint
from marketplace.kernel.literals import anywhere
from marketplace.kernel.names import ConfusableName
from marketplace.kernel.organisations.schemas import MemberOut, MembershipOut, OrganisationOut

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

COLUMNS: Final = "id, legal_name, display_name, registration_number, country, time_zone, locale, currency, capacities, state, version, created_at"
MEMBER: Final = """
SELECT m.id, m.person_id, p.name, p.email, m.roles, p.totp_secret_sealed IS NOT NULL AS has_totp, m.version, m.created_at
FROM kernel.memberships m JOIN kernel.people p ON p.id = m.person_id
WHERE m.organisation_id = $1 AND m.state = 'active'"""


async def insert(organisation: OrganisationOut, *, skeleton: str, cased_skeleton: str) -> None:
    """Store a new organisation. Raises: ConfusableName when its display name looks like another's."""
    values = msgspec.structs.astuple(organisation)
    sql = f"""
        INSERT INTO kernel.organisations ({COLUMNS}, name_skeleton, name_skeleton_cased)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)"""
    try:
        async with savepoint():
            await connection().execute(sql, *values, skeleton, cased_skeleton)
    except asyncpg.UniqueViolationError:
        raise ConfusableName(name=organisation.display_name) from None


async def by_id(organisation_id: UUID) -> OrganisationOut | None:
    """Find an organisation."""
    row = await connection().fetchrow(f"SELECT {COLUMNS} FROM kernel.organisations WHERE id = $1", organisation_id)
    return None if row is None else msgspec.convert(dict(row), OrganisationOut)


async def lock(organisation_id: UUID) -> OrganisationOut | None:
    """Find an organisation and lock its row until the transaction ends: changes of its members queue here."""
    row = await connection().fetchrow(f"SELECT {COLUMNS} FROM kernel.organisations WHERE id = $1 FOR UPDATE", organisation_id)
    return None if row is None else msgspec.convert(dict(row), OrganisationOut)


async def search(text: str, *, capacity: str, after: tuple[str, UUID] | None, limit: int) -> list[OrganisationOut]:
    """List organisations by name from a place on; `text` is taken literally, anywhere in either name."""
    sql = f"""
        SELECT {COLUMNS} FROM kernel.organisations
        WHERE ($1 = '' OR display_name ILIKE $1 OR legal_name ILIKE $1) AND ($2 = '' OR $2 = ANY(capacities))
          AND ($3::text IS NULL OR (display_name COLLATE "C", id) > ($3, $4::uuid))
        ORDER BY display_name COLLATE "C", id LIMIT $5"""
    name, place = after or (None, None)
    return [msgspec.convert(dict(row), OrganisationOut) for row in await connection().fetch(sql, anywhere(text), capacity, name, place, limit)]


async def count(text: str, *, capacity: str) -> int:
    """Count what `search` lists in all."""
    sql = """
        SELECT count(*) FROM kernel.organisations
        WHERE ($1 = '' OR display_name ILIKE $1 OR legal_name ILIKE $1) AND ($2 = '' OR $2 = ANY(capacities))"""
    return int(await connection().fetchval(sql, anywhere(text), capacity))


async def set_state(organisation_id: UUID, *, state: str, from_states: list[str], version: int) -> bool:
    """Change the state if it is still one of `from_states` at this version."""
    sql = """
        UPDATE kernel.organisations SET state = $2, version = version + 1
        WHERE id = $1 AND state = ANY($3) AND version = $4 RETURNING id"""
    return await connection().fetchval(sql, organisation_id, state, from_states, version) is not None


async def set_legal(organisation_id: UUID, *, legal: tuple[str, str, str], version: int) -> bool:
    """Store (legal name, registration number, country) at this version; tell whether it was still at it."""
    sql = """
        UPDATE kernel.organisations SET legal_name = $3, registration_number = $4, country = $5, version = version + 1
        WHERE id = $1 AND version = $2 RETURNING id"""
    return await connection().fetchval(sql, organisation_id, version, *legal) is not None


async def set_capacities(organisation_id: UUID, *, capacities: list[str]) -> None:
    """Store what an organisation may be; the caller holds its row locked."""
    await connection().execute("UPDATE kernel.organisations SET capacities = $2, version = version + 1 WHERE id = $1", organisation_id, capacities)


async def insert_member(member_id: UUID, *, organisation_id: UUID, person_id: UUID, roles: list[str], now: datetime) -> bool:
    """Make a person a member, or a member again after leaving; false when they are one already."""
    sql = """
        INSERT INTO kernel.memberships (id, organisation_id, person_id, roles, state, version, created_at) VALUES ($1, $2, $3, $4, 'active', 1, $5)
        ON CONFLICT (organisation_id, person_id) DO UPDATE SET state = 'active', roles = excluded.roles, version = memberships.version + 1
        WHERE memberships.state = 'removed' RETURNING id"""
    return await connection().fetchval(sql, member_id, organisation_id, person_id, roles, now) is not None


async def members(organisation_id: UUID, *, after: tuple[str, UUID] | None, limit: int) -> list[MemberOut]:
    """List an organisation's members by name, from behind a name and id on."""
    name, place = after or (None, None)
    sql = f"""{MEMBER} AND ($2::text IS NULL OR (p.name COLLATE "C", m.id) > ($2, $3::uuid)) ORDER BY p.name COLLATE "C", m.id LIMIT $4"""
    rows = await connection().fetch(sql, organisation_id, name, place, limit)
    return [msgspec.convert(dict(row), MemberOut) for row in rows]


async def member(member_id: UUID, *, organisation_id: UUID) -> MemberOut | None:
    """Find one member of an organisation."""
    row = await connection().fetchrow(f"{MEMBER} AND m.id = $2", organisation_id, member_id)
    return None if row is None else msgspec.convert(dict(row), MemberOut)


async def member_of(person_id: UUID, *, organisation_id: UUID) -> UUID | None:
    """Find a person's active membership in an organisation."""
    sql = "SELECT id FROM kernel.memberships WHERE organisation_id = $1 AND person_id = $2 AND state = 'active'"
    found: UUID | None = await connection().fetchval(sql, organisation_id, person_id)
    return found


async def others_in_charge(organisation_id: UUID, *, member_id: UUID, full_roles: list[str]) -> int:
    """Count the members, other than this one, who hold one of the full roles."""
    sql = """
        SELECT count(*) FROM kernel.memberships m JOIN kernel.people p ON p.id = m.person_id AND p.state = 'active'
        WHERE m.organisation_id = $1 AND m.id <> $2 AND m.state = 'active' AND m.roles && $3"""
    return int(await connection().fetchval(sql, organisation_id, member_id, full_roles))


async def set_roles(member_id: UUID, *, organisation_id: UUID, roles: list[str], version: int) -> bool:
    """Store a member's roles at this version."""
    sql = """
        UPDATE kernel.memberships SET roles = $3, version = version + 1
        WHERE id = $1 AND organisation_id = $2 AND state = 'active' AND version = $4 RETURNING id"""
    return await connection().fetchval(sql, member_id, organisation_id, roles, version) is not None


async def remove(member_id: UUID, *, organisation_id: UUID) -> UUID | None:
    """End a membership, and the person's sessions in the organisation with it; give the person."""
    sql = """
        UPDATE kernel.memberships SET state = 'removed', version = version + 1
        WHERE id = $1 AND organisation_id = $2 AND state = 'active' RETURNING person_id"""
    person_id: UUID | None = await connection().fetchval(sql, member_id, organisation_id)
    return person_id


async def memberships(person_id: UUID, *, limit: int) -> list[MembershipOut]:
    """List the active organisations that a person belongs to, by name."""
    sql = """
        SELECT o.id AS organisation_id, o.display_name, o.capacities, m.roles
        FROM kernel.memberships m JOIN kernel.organisations o ON o.id = m.organisation_id AND o.state = 'active'
        WHERE m.person_id = $1 AND m.state = 'active' ORDER BY o.display_name, o.id LIMIT $2"""
    return [msgspec.convert(dict(row), MembershipOut) for row in await connection().fetch(sql, person_id, limit)]
