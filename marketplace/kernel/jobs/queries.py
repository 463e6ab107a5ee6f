"""Owns the SQL of the worker's timers. Leases use the database's clock, so that workers need not agree on theirs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from marketplace.kernel.database import connection
from marketplace.kernel.jobs.schemas import JobState

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from uuid import UUID

REGISTER = """
INSERT INTO kernel.job_runs (name, every_seconds, last_count, last_error)
SELECT u.name, u.every_seconds, 0, '' FROM unnest($1::text[], $2::int[]) AS u (name, every_seconds)
ON CONFLICT (name) DO UPDATE SET every_seconds = excluded.every_seconds WHERE job_runs.every_seconds <> excluded.every_seconds
"""

CLAIM = """
UPDATE kernel.job_runs j SET lease_token = $2, leased_until = now() + make_interval(secs => $4), last_started = $3::timestamptz
FROM (
  SELECT name FROM kernel.job_runs WHERE name = $1 AND (leased_until IS NULL OR leased_until < now())
    AND (last_started IS NULL OR last_started <= $3::timestamptz - make_interval(secs => every_seconds))
  FOR UPDATE SKIP LOCKED
) due WHERE j.name = due.name RETURNING true
"""

FINISH = """
UPDATE kernel.job_runs SET lease_token = NULL, leased_until = NULL, last_finished = $3, last_count = $4, last_error = $5,
  last_succeeded = CASE WHEN $5 = '' THEN $3 ELSE last_succeeded END
WHERE name = $1 AND lease_token = $2 RETURNING true
"""

STATES = """
SELECT name, every_seconds, last_started, last_finished, last_succeeded, last_count, last_error, coalesce(leased_until > now(), false) AS is_running,
  greatest(0, extract(epoch FROM $1::timestamptz - coalesce(last_started, $1::timestamptz - make_interval(secs => every_seconds))) - every_seconds)::int AS lag_seconds
FROM kernel.job_runs ORDER BY name LIMIT 500
"""


async def register(names: Sequence[str], *, every_seconds: Sequence[int]) -> None:
    """Make the rows of timers that are new, and take over changed intervals."""
    await connection().execute(REGISTER, names, every_seconds)


async def claim(name: str, *, token: UUID, now: datetime, lease_seconds: float) -> bool:
    """Take the lease of a timer that is due and that nobody runs; tell whether it was taken."""
    return bool(await connection().fetchval(CLAIM, name, token, now, lease_seconds))


async def renew(name: str, *, token: UUID, lease_seconds: float) -> bool:
    """Hold the lease for longer; tell whether it is still ours."""
    return bool(
        await connection().fetchval(
            "UPDATE kernel.job_runs SET leased_until = now() + make_interval(secs => $3) WHERE name = $1 AND lease_token = $2 RETURNING true",
            name,
            token,
            lease_seconds,
        )
    )


async def finish(name: str, *, token: UUID, now: datetime, count: int, error: str) -> bool:
    """Give the lease back with what the run did; tell whether it was still ours."""
    return bool(await connection().fetchval(FINISH, name, token, now, count, error))


async def states(now: datetime) -> list[JobState]:
    """Give every timer's state."""
    return [JobState(**row) for row in await connection().fetch(STATES, now)]
