"""Owns the SQL of addresses, scoped by the company as well as by row level security."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from buyers.addresses.schemas import AddressOut
from marketplace.kernel.database import connection

if TYPE_CHECKING:
    from uuid import UUID

    from buyers.addresses.schemas import AddressInput

COLUMNS: Final = (
    "id, organisation_id, unit_id, label, recipient, lines, city, region, postal_code, country, time_zone, is_default, state, version, created_at"
)


async def insert(address: AddressOut) -> None:
    """Store a new address."""
    values = msgspec.structs.astuple(address)
    places = ", ".join(f"${number}" for number in range(1, len(values) + 1))
    await connection().execute(f"INSERT INTO buyers.addresses ({COLUMNS}) VALUES ({places})", *values)


async def by_id(address_id: UUID, *, organisation_id: UUID) -> AddressOut | None:
    """Find an address of a company, archived or not."""
    row = await connection().fetchrow(f"SELECT {COLUMNS} FROM buyers.addresses WHERE id = $1 AND organisation_id = $2", address_id, organisation_id)
    return None if row is None else msgspec.convert(dict(row), AddressOut)


async def default(organisation_id: UUID) -> AddressOut | None:
    """Find a company's default address."""
    row = await connection().fetchrow(f"SELECT {COLUMNS} FROM buyers.addresses WHERE organisation_id = $1 AND is_default", organisation_id)
    return None if row is None else msgspec.convert(dict(row), AddressOut)


async def active(organisation_id: UUID, *, after: tuple[str, UUID] | None, limit: int) -> list[AddressOut]:
    """List a company's addresses by label from a place on."""
    label, place = after or (None, None)
    sql = f"""
        SELECT {COLUMNS} FROM buyers.addresses
        WHERE organisation_id = $1 AND state = 'active' AND ($2::text IS NULL OR (label COLLATE "C", id) > ($2, $3::uuid))
        ORDER BY label COLLATE "C", id LIMIT $4"""
    return [msgspec.convert(dict(row), AddressOut) for row in await connection().fetch(sql, organisation_id, label, place, limit)]


async def count_active(organisation_id: UUID) -> int:
    """Count a company's addresses."""
    return int(await connection().fetchval("SELECT count(*) FROM buyers.addresses WHERE organisation_id = $1 AND state = 'active'", organisation_id))


async def lock_book(organisation_id: UUID) -> None:
    """Let one change of a company's default address run at a time."""
    await connection().execute("SELECT pg_advisory_xact_lock(hashtextextended('buyers.addresses:' || $1::uuid::text, 0))", str(organisation_id))


async def clear_default(organisation_id: UUID, *, but: UUID) -> None:
    """Take the mark of the default address away from all others."""
    await connection().execute(
        "UPDATE buyers.addresses SET is_default = false, version = version + 1 WHERE organisation_id = $1 AND id <> $2 AND is_default",
        organisation_id,
        but,
    )


async def update(address_id: UUID, data: AddressInput, *, organisation_id: UUID, version: int) -> bool:
    """Store an active address at this version."""
    sql = """
        UPDATE buyers.addresses SET unit_id = $4, label = $5, recipient = $6, lines = $7, city = $8, region = $9, postal_code = $10,
            country = $11, time_zone = $12, is_default = $13, version = version + 1
        WHERE id = $1 AND organisation_id = $2 AND version = $3 AND state = 'active' RETURNING id"""
    values = (
        data.unit_id,
        data.label,
        data.recipient,
        list(data.lines),
        data.city,
        data.region,
        data.postal_code,
        data.country,
        data.time_zone,
        data.is_default,
    )
    return await connection().fetchval(sql, address_id, organisation_id, version, *values) is not None


async def archive(address_id: UUID, *, organisation_id: UUID, version: int) -> bool:
    """Put an active address away at this version."""
    sql = """
        UPDATE buyers.addresses SET state = 'archived', is_default = false, version = version + 1
        WHERE id = $1 AND organisation_id = $2 AND version = $3 AND state = 'active' RETURNING id"""
    return await connection().fetchval(sql, address_id, organisation_id, version) is not None
