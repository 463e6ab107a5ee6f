"""Tests that a timer runs when it is due, in one worker at a time, and shows what became of it."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from marketplace.kernel import clock
from marketplace.kernel.actor import WORKER
from marketplace.kernel.database import transaction
from marketplace.kernel.jobs import service as jobs
from marketplace.kernel.jobs.schemas import JobState
from marketplace.kernel.package import Job
from tests.conftest import NOW

if TYPE_CHECKING:
    import asyncpg


class Timer:
    """A job that counts its runs and fails, waits or goes on as it is told."""

    def __init__(self, *, every_seconds: int = 60, error: Exception | None = None, seconds: float = 0) -> None:
        self.moments: list[datetime] = []
        self.at_once = self.most_at_once = 0
        self.error, self.seconds = error, seconds
        self.job = Job("tests.timer", every_seconds, self.run)

    async def run(self, now: datetime) -> int:
        """Count the run."""
        self.at_once += 1
        self.most_at_once = max(self.at_once, self.most_at_once)
        try:
            await asyncio.sleep(self.seconds)
            self.moments.append(now)
            if self.error:
                raise self.error
            return 7
        finally:
            self.at_once -= 1


async def state(now: datetime = NOW) -> JobState:
    return next(row for row in await jobs.states(now) if row.name == "tests.timer")


@pytest.mark.usefixtures("rolled_back")
async def test_a_timer_runs_when_it_is_due_and_not_before() -> None:
    timer = Timer()
    await jobs.register([timer.job])
    assert await jobs.run_if_due(timer.job, now=NOW)
    assert not await jobs.run_if_due(timer.job, now=NOW + timedelta(seconds=59))
    assert await jobs.run_if_due(timer.job, now=NOW + timedelta(seconds=60))
    assert timer.moments == [NOW, NOW + timedelta(seconds=60)]


@pytest.mark.usefixtures("rolled_back")
async def test_a_timer_that_never_ran_shows() -> None:
    await jobs.register([Timer().job])
    assert await state() == JobState(
        name="tests.timer",
        every_seconds=60,
        last_started=None,
        last_finished=None,
        last_succeeded=None,
        last_count=0,
        last_error="",
        is_running=False,
        lag_seconds=0,
    )


@pytest.mark.usefixtures("rolled_back")
async def test_the_last_run_its_count_and_the_lag_show() -> None:
    timer = Timer()
    await jobs.register([timer.job])
    await jobs.run_if_due(timer.job, now=NOW)
    found = await state(NOW + timedelta(seconds=100))
    assert (found.last_started, found.last_finished, found.last_succeeded, found.last_count) == (NOW, NOW, NOW, 7)
    assert (found.is_running, found.lag_seconds, found.last_error) == (False, 40, "")


@pytest.mark.usefixtures("rolled_back")
async def test_an_error_shows_and_the_timer_runs_again_when_due() -> None:
    timer = Timer(error=ValueError("broken\x00"))
    await jobs.register([timer.job])
    assert await jobs.run_if_due(timer.job, now=NOW)
    assert (await state()).last_error == "ValueError: broken"
    assert (await state()).last_succeeded is None
    timer.error = None
    with clock.at(NOW + timedelta(seconds=60)):
        assert await jobs.run_if_due(timer.job, now=clock.now())
    assert (await state()).last_error == ""
    assert (await state()).last_succeeded == NOW + timedelta(seconds=60)


@pytest.mark.usefixtures("rolled_back")
async def test_a_changed_interval_is_taken_over() -> None:
    await jobs.register([Timer(every_seconds=60).job])
    await jobs.register([Timer(every_seconds=5).job])
    assert (await state()).every_seconds == 5


async def test_two_timers_of_one_name_are_a_mistake() -> None:
    with pytest.raises(AssertionError, match="one name"):
        await jobs.register([Timer().job, Timer().job])


@pytest.mark.usefixtures("committed")
async def test_many_workers_never_run_a_timer_at_the_same_time() -> None:
    timer = Timer(every_seconds=1, seconds=0.05)
    await jobs.register([timer.job])
    for step in range(4):
        ran = await asyncio.gather(*(jobs.run_if_due(timer.job, now=NOW + timedelta(seconds=step)) for _ in range(16)))
        assert sum(ran) == 1
    assert timer.most_at_once == 1
    assert len(timer.moments) == 4
    await forget()


@pytest.mark.usefixtures("committed")
async def test_a_lease_is_renewed_while_the_work_lasts() -> None:
    timer = Timer(every_seconds=1, seconds=1.0)
    await jobs.register([timer.job])
    running = asyncio.create_task(jobs.run_if_due(timer.job, now=NOW, lease_seconds=0.45))
    await asyncio.sleep(0.7)
    assert not await jobs.run_if_due(timer.job, now=NOW + timedelta(seconds=5))
    assert (await state()).is_running
    assert await running
    assert timer.most_at_once == 1
    await forget()


@pytest.mark.usefixtures("committed")
async def test_whoever_loses_the_lease_stops() -> None:
    timer = Timer(every_seconds=1, seconds=30)
    await jobs.register([timer.job])
    running = asyncio.create_task(jobs.run_if_due(timer.job, now=NOW, lease_seconds=0.3))
    await asyncio.sleep(0.05)
    async with transaction(actor=WORKER) as bound:
        await bound.execute("UPDATE kernel.job_runs SET lease_token = gen_random_uuid() WHERE name = 'tests.timer'")
    async with asyncio.timeout(5):
        assert await running
    assert (timer.moments, timer.at_once) == ([], 0)
    assert (await state()).last_finished is None
    await forget()


@pytest.mark.usefixtures("committed")
async def test_a_worker_that_died_gives_its_lease_up_by_time() -> None:
    timer = Timer(every_seconds=1)
    await jobs.register([timer.job])
    async with transaction(actor=WORKER) as bound:
        await bound.execute(
            "UPDATE kernel.job_runs SET last_started = $1, lease_token = gen_random_uuid(), leased_until = now() + interval '0.2 seconds' WHERE name = 'tests.timer'",
            NOW,
        )
    assert not await jobs.run_if_due(timer.job, now=NOW + timedelta(seconds=9))
    await asyncio.sleep(0.25)
    assert await jobs.run_if_due(timer.job, now=NOW + timedelta(seconds=9))
    await forget()


async def forget() -> None:
    async with transaction(actor=WORKER) as bound:
        await bound.execute("DELETE FROM kernel.job_runs WHERE name = 'tests.timer'")


@pytest.mark.usefixtures("rolled_back")
async def test_a_run_that_is_cancelled_gives_its_lease_back(rolled_back: asyncpg.Connection[asyncpg.Record]) -> None:
    timer = Timer(seconds=30)
    await jobs.register([timer.job])
    running = asyncio.create_task(jobs.run_if_due(timer.job, now=NOW))
    await asyncio.sleep(0.1)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert await rolled_back.fetchval("SELECT lease_token FROM kernel.job_runs WHERE name = 'tests.timer'") is None
    assert (await state()).last_error == "stopped with the worker"
