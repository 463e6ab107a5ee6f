"""Owns the SQL of invitations."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from marketplace.kernel.database import connection
from marketplace.kernel.invitations.schemas import InvitationOut, InvitationRow

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID


async def replace(invitation: InvitationOut, *, email_canonical: str, token_hash: bytes, invited_by: UUID | None) -> None:
    """Store a new invitation and withdraw an open one for the same address, whose link ends with it."""
    await connection().execute(
        "UPDATE kernel.invitations SET state = 'withdrawn' WHERE organisation_id = $1 AND email_canonical = $2 AND state = 'open'",
        invitation.organisation_id,
        email_canonical,
    )
    sql = """
        INSERT INTO kernel.invitations (id, organisation_id, token_hash, email, email_canonical, roles, state, invited_by, created_at, expires_at)
        VALUES ($1, $2, $3, $4, $5, $6, 'open', $7, $8, $9)"""
    await connection().execute(
        sql,
        invitation.id,
        invitation.organisation_id,
        token_hash,
        invitation.email,
        email_canonical,
        invitation.roles,
        invited_by,
        invitation.created_at,
        invitation.expires_at,
    )


async def open_ones(organisation_id: UUID, *, now: datetime, after: UUID | None, limit: int) -> list[InvitationOut]:
    """List an organisation's invitations that can still be accepted, newest first, from behind one on."""
    sql = """
        SELECT id, organisation_id, email, roles, created_at, expires_at FROM kernel.invitations
        WHERE organisation_id = $1 AND state = 'open' AND expires_at > $2 AND ($3::uuid IS NULL OR id < $3) ORDER BY id DESC LIMIT $4"""
    return [msgspec.convert(dict(row), InvitationOut) for row in await connection().fetch(sql, organisation_id, now, after, limit)]


async def withdraw(invitation_id: UUID, *, organisation_id: UUID) -> str | None:
    """Withdraw an open invitation; give its e-mail address."""
    sql = "UPDATE kernel.invitations SET state = 'withdrawn' WHERE id = $1 AND organisation_id = $2 AND state = 'open' RETURNING email"
    email: str | None = await connection().fetchval(sql, invitation_id, organisation_id)
    return email


async def by_token(token_hash: bytes) -> InvitationRow | None:
    """Find an invitation by the hash of its token, in whatever state."""
    sql = """
        SELECT i.id, i.organisation_id, i.email, i.email_canonical, i.roles, i.state, i.created_at, i.expires_at,
               o.display_name AS organisation_name, o.capacities
        FROM kernel.invitations i JOIN kernel.organisations o ON o.id = i.organisation_id WHERE i.token_hash = $1"""
    row = await connection().fetchrow(sql, token_hash)
    return None if row is None else msgspec.convert(dict(row), InvitationRow)


async def take(invitation_id: UUID, *, now: datetime) -> bool:
    """Use an invitation up; false when somebody has, or it has ended."""
    sql = """
        UPDATE kernel.invitations SET state = 'accepted', accepted_at = $2
        WHERE id = $1 AND state = 'open' AND expires_at > $2 RETURNING id"""
    return await connection().fetchval(sql, invitation_id, now) is not None
