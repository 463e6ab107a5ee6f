"""Owns the SQL of people. The table has no row level security: signing in reads it before anybody is known."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import asyncpg
import msgspec

from marketplace.kernel.database import connection, savepoint
from marketplace.kernel.people.errors import EmailTaken
from marketplace.kernel.people.schemas import PersonRow

if TYPE_CHECKING:
    from uuid import UUID

COLUMNS: Final = "id, email, email_canonical, name, password_hash, totp_secret_sealed, totp_last_step, locale, state, version, created_at"


async def by_email(canonical: str) -> PersonRow | None:
    """Find a person by the canonical form of the e-mail address."""
    row = await connection().fetchrow(f"SELECT {COLUMNS} FROM kernel.people WHERE email_canonical = $1", canonical)
    return None if row is None else msgspec.convert(dict(row), PersonRow)


async def by_id(person_id: UUID) -> PersonRow | None:
    """Find a person."""
    row = await connection().fetchrow(f"SELECT {COLUMNS} FROM kernel.people WHERE id = $1", person_id)
    return None if row is None else msgspec.convert(dict(row), PersonRow)


async def insert(person: PersonRow) -> None:
    """Store a new person. Raises: EmailTaken, and the transaction goes on."""
    try:
        async with savepoint():
            await connection().execute(
                f"INSERT INTO kernel.people ({COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)", *msgspec.structs.astuple(person)
            )
    except asyncpg.UniqueViolationError:
        raise EmailTaken from None


async def set_profile(person_id: UUID, *, name: str, locale: str) -> None:
    """Store name and language."""
    await connection().execute("UPDATE kernel.people SET name = $2, locale = $3, version = version + 1 WHERE id = $1", person_id, name, locale)


async def set_password(person_id: UUID, *, password_hash: str) -> None:
    """Store a new hash."""
    await connection().execute("UPDATE kernel.people SET password_hash = $2, version = version + 1 WHERE id = $1", person_id, password_hash)


async def set_totp(person_id: UUID, *, sealed: bytes, step: int) -> None:
    """Store a new sealed secret; `step` is the time step that proved it, which cannot be used again."""
    await connection().execute(
        "UPDATE kernel.people SET totp_secret_sealed = $2, totp_last_step = $3, version = version + 1 WHERE id = $1", person_id, sealed, step
    )


async def use_totp_step(person_id: UUID, *, step: int) -> bool:
    """Take a time step for one sign-in; false when it, or a later one, was used before."""
    sql = "UPDATE kernel.people SET totp_last_step = $2 WHERE id = $1 AND totp_last_step < $2 RETURNING id"
    return await connection().fetchval(sql, person_id, step) is not None
