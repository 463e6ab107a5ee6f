"""Owns the SQL of sessions. No row level security: the edge asks before it knows an actor; the key is a hash nobody can guess."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from marketplace.kernel.actor import Actor
from marketplace.kernel.database import connection

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

ACTOR: Final = """
SELECT s.person_id, s.stepped_up_at, p.name, p.locale, p.totp_secret_sealed IS NOT NULL AS has_totp, o.id AS organisation_id, o.display_name, o.capacities,
       o.time_zone, o.currency, o.country, m.roles
FROM kernel.sessions s
JOIN kernel.people p ON p.id = s.person_id AND p.state = 'active'
LEFT JOIN kernel.memberships m ON m.organisation_id = s.organisation_id AND m.person_id = s.person_id AND m.state = 'active'
LEFT JOIN kernel.organisations o ON o.id = m.organisation_id AND o.state = 'active'
WHERE s.token_hash = $1 AND s.expires_at > $2"""


class SessionRow(msgspec.Struct, kw_only=True):
    """A session as stored."""

    token_hash: bytes
    person_id: UUID
    organisation_id: UUID | None
    created_at: datetime
    expires_at: datetime
    stepped_up_at: datetime


async def insert(session: SessionRow) -> None:
    """Store a new session."""
    sql = """
        INSERT INTO kernel.sessions (token_hash, person_id, organisation_id, created_at, expires_at, stepped_up_at)
        VALUES ($1, $2, $3, $4, $5, $6)"""
    await connection().execute(sql, *msgspec.structs.astuple(session))


async def actor(token_hash: bytes, *, now: datetime) -> Actor | None:
    """Tell who acts in a living session, in one statement. Without a chosen organisation, or with one that was left, only the person stands."""
    row = await connection().fetchrow(ACTOR, token_hash, now)
    if row is None:
        return None
    person = Actor(
        person_id=row["person_id"],
        locale=row["locale"],
        name=row["name"],
        session_id=token_hash.hex(),
        stepped_up_at=row["stepped_up_at"],
        has_totp=row["has_totp"],
    )
    # Operators' staff act only with a second factor, whatever way they became staff.
    if row["organisation_id"] is None or ("operator" in row["capacities"] and not row["has_totp"]):
        return person
    return msgspec.structs.replace(
        person,
        organisation_id=row["organisation_id"],
        organisation_name=row["display_name"],
        capacities=frozenset(row["capacities"]),
        roles=frozenset(row["roles"]),
        time_zone=row["time_zone"],
        currency=row["currency"],
        country=row["country"],
    )


async def rotate(token_hash: bytes, *, new_hash: bytes, now: datetime, is_step_up: bool) -> tuple[UUID | None, datetime] | None:
    """Give a living session a new token; the old one is dead at once. Give its organisation and end, or None."""
    sql = """
        UPDATE kernel.sessions SET token_hash = $2, stepped_up_at = CASE WHEN $4 THEN $3 ELSE stepped_up_at END
        WHERE token_hash = $1 AND expires_at > $3 RETURNING organisation_id, expires_at"""
    row = await connection().fetchrow(sql, token_hash, new_hash, now, is_step_up)
    return None if row is None else (row["organisation_id"], row["expires_at"])


async def choose(token_hash: bytes, *, organisation_id: UUID) -> bool:
    """Set the session's organisation if the person is an active member there."""
    sql = """
        UPDATE kernel.sessions s SET organisation_id = $2
        FROM kernel.memberships m JOIN kernel.organisations o ON o.id = m.organisation_id AND o.state = 'active'
        WHERE s.token_hash = $1 AND m.organisation_id = $2 AND m.person_id = s.person_id AND m.state = 'active' RETURNING s.person_id"""
    return await connection().fetchval(sql, token_hash, organisation_id) is not None


async def delete(token_hash: bytes) -> None:
    """End a session."""
    await connection().execute("DELETE FROM kernel.sessions WHERE token_hash = $1", token_hash)


async def delete_others(person_id: UUID, *, but: bytes) -> int:
    """End a person's other sessions; tell how many."""
    rows = await connection().fetch("DELETE FROM kernel.sessions WHERE person_id = $1 AND token_hash <> $2 RETURNING token_hash", person_id, but)
    return len(rows)


async def purge(now: datetime) -> int:
    """Delete the sessions that have ended; tell how many."""
    return len(await connection().fetch("DELETE FROM kernel.sessions WHERE expires_at <= $1 RETURNING token_hash", now))
