"""Owns the SQL of stamps."""

from __future__ import annotations

from marketplace.kernel.database import connection

# For the statement that begins an act: it takes all stamps along without a round trip of its own.
ALL = "(SELECT json_object_agg(s.name, s.version) FROM kernel.stamps s)"


async def touch(name: str) -> None:
    """Let a stamp grow; whoever else changes the same rows waits for the end of this transaction."""
    await connection().execute(
        "INSERT INTO kernel.stamps AS s (name, version) VALUES ($1, 1) ON CONFLICT (name) DO UPDATE SET version = s.version + 1", name
    )


async def version(name: str) -> int:
    """Read a stamp; 0 for rows that have never changed."""
    return int(await connection().fetchval("SELECT coalesce((SELECT version FROM kernel.stamps WHERE name = $1), 0)", name))
