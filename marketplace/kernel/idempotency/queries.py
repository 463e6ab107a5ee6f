"""Owns the SQL of idempotency keys; the stored answers are reached through the functions of the schema only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from marketplace.kernel.database import at_commit, connection
from marketplace.kernel.literals import filled

if TYPE_CHECKING:
    from datetime import datetime

    from asyncpg import Record

# What PostgreSQL answers where a key is not new.
TAKEN = "MK001"


async def claim(principal: str, *, route: str, key: str, fingerprint: bytes, now: datetime) -> Record:
    """Lock and insert the key, or tell what stands there, in one round trip: outcome, status, content_type, body."""
    row = await connection().fetchrow("SELECT * FROM kernel.claim_key($1, $2, $3, $4, $5)", principal, route, key, fingerprint, now)
    assert row is not None, "the function always answers"
    return row


def claim_new(principal: str, *, route: str, key: str, fingerprint: bytes, now: datetime) -> str:
    """Word the statement that claims a key nobody has used, else fails with TAKEN, for the round trip of BEGIN."""
    return filled("SELECT kernel.claim_new_key($1, $2, $3, $4, $5)", (principal, route, key, fingerprint, now))


async def finish(principal: str, *, route: str, key: str, status: int, content_type: str, body: bytes, now: datetime) -> None:
    """Store the answer of a claimed key; the function fails where the key is not there or not open."""
    await at_commit("SELECT kernel.finish_key($1, $2, $3, $4, $5, $6, $7)", principal, route, key, status, content_type, body, now)


async def purge(before: datetime, *, limit: int) -> int:
    """Delete keys claimed before a moment and give how many."""
    return int(await connection().fetchval("SELECT kernel.purge_keys($1, $2)", before, limit))
