"""Owns running the timers of all packages: one worker at a time for each, under a lease that is renewed while the work lasts."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import structlog

from marketplace.kernel import clock, tracing
from marketplace.kernel.actor import WORKER
from marketplace.kernel.database import reading, transaction
from marketplace.kernel.ids import uuid7
from marketplace.kernel.jobs import queries

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from uuid import UUID

    from marketplace.kernel.jobs.schemas import JobState
    from marketplace.kernel.package import Job

LEASE_SECONDS = 60.0
ERROR_CHARACTERS_MAX = 500

log = structlog.get_logger()


class LeaseLost(Exception):
    """Another worker may run this timer now, because ours could not renew its lease in time; the run was stopped."""


async def register(jobs: Sequence[Job]) -> None:
    """Make the timers known, so that one that never ran shows too. Two of one name are the programmer's mistake."""
    names = [job.name for job in jobs]
    assert len(set(names)) == len(names), "two timers have one name"
    if jobs:
        async with transaction(actor=WORKER):
            await queries.register(names, every_seconds=[job.every_seconds for job in jobs])


async def run_if_due(job: Job, *, now: datetime, lease_seconds: float = LEASE_SECONDS) -> bool:
    """Run a timer if it is due and nobody runs it; tell whether it ran. An error of the job is kept on its row, and logged."""
    token = uuid7()
    async with transaction(actor=WORKER):
        is_ours = await queries.claim(job.name, token=token, now=now, lease_seconds=lease_seconds)
    if not is_ours:
        return False
    with tracing.span():
        await _run_ours(job, token, now=now, lease_seconds=lease_seconds)
    return True


async def _run_ours(job: Job, token: UUID, *, now: datetime, lease_seconds: float) -> None:
    """Run a timer in a trace of its own and write down how it went."""
    count, error = 0, ""
    try:
        count = await _run_leased(job, token, now=now, lease_seconds=lease_seconds)
    except asyncio.CancelledError:
        error = "stopped with the worker"
        raise
    except Exception as caught:
        log.exception("job_failed", job=job.name)
        error = f"{type(caught).__name__}: {caught}".replace("\x00", "")[:ERROR_CHARACTERS_MAX]
    finally:
        async with transaction(actor=WORKER):
            await queries.finish(job.name, token=token, now=clock.now(), count=count, error=error)


async def _run_leased(job: Job, token: UUID, *, now: datetime, lease_seconds: float) -> int:
    work = asyncio.ensure_future(job.run(now))
    try:
        while not work.done():
            await asyncio.wait({work}, timeout=lease_seconds / 3)
            if not work.done() and not await _renew(job.name, token, lease_seconds):
                raise LeaseLost(job.name)
        return work.result()
    finally:
        if not work.done():
            work.cancel()
            await asyncio.gather(work, return_exceptions=True)


async def _renew(name: str, token: UUID, lease_seconds: float) -> bool:
    async with transaction(actor=WORKER):
        return await queries.renew(name, token=token, lease_seconds=lease_seconds)


async def states(now: datetime) -> list[JobState]:
    """List every timer with its last run, error and lag. For the operator's page, metrics and doctor."""
    async with reading(WORKER):
        return await queries.states(now)
