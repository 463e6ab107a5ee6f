"""Owns the SQL of attempts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from marketplace.kernel.database import connection

if TYPE_CHECKING:
    from datetime import datetime


async def add(subject: str, *, now: datetime, window_begins: datetime) -> tuple[int, datetime]:
    """Count one attempt in one statement, however many run at a time; a window that has ended starts anew. Give count and start."""
    sql = """
        INSERT INTO kernel.login_attempts AS a (subject, window_start, attempts) VALUES ($1, $2, 1)
        ON CONFLICT (subject) DO UPDATE SET
            attempts = CASE WHEN a.window_start <= $3 THEN 1 ELSE a.attempts + 1 END,
            window_start = CASE WHEN a.window_start <= $3 THEN $2 ELSE a.window_start END
        RETURNING attempts, window_start"""
    row = await connection().fetchrow(sql, subject, now, window_begins)
    assert row is not None, "an upsert returns its row"
    return row["attempts"], row["window_start"]


async def take_back(subject: str) -> None:
    """Take one attempt back, since it was right."""
    await connection().execute("UPDATE kernel.login_attempts SET attempts = attempts - 1 WHERE subject = $1 AND attempts > 0", subject)


async def clear(subject: str) -> None:
    """Forget a subject's attempts."""
    await connection().execute("DELETE FROM kernel.login_attempts WHERE subject = $1", subject)


async def purge(before: datetime) -> int:
    """Forget windows that began before a moment; tell how many."""
    rows = await connection().fetch("DELETE FROM kernel.login_attempts WHERE window_start < $1 RETURNING subject", before)
    return len(rows)
