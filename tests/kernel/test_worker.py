"""Tests the worker: facts arrive within a second of their commit, timers run, and TERM ends it cleanly."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

import asyncpg
import msgspec
import pytest

from marketplace.kernel import clock, worker
from marketplace.kernel.actor import WORKER
from marketplace.kernel.audit import service as audit
from marketplace.kernel.contracts import OrganisationCreated
from marketplace.kernel.database import connection, transaction
from marketplace.kernel.front import JOBS
from marketplace.kernel.jobs import service as jobs
from marketplace.kernel.outbox import service as outbox
from marketplace.kernel.package import Handler, Job, Package

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import datetime

    from marketplace.kernel.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.slow


class Scene:
    """A worker in this process with one handler and the timers it is given."""

    def __init__(self, settings: Settings, *timers: Job) -> None:
        self.settings = settings
        self.heard: asyncio.Queue[UUID] = asyncio.Queue()
        self.signals = worker._Signals()
        self.failures = 0
        self.packages = (Package(name="tests", handlers=(Handler("tests.heard", OrganisationCreated, self.hear),), jobs=timers),)

    async def hear(self, fact: OrganisationCreated, _: datetime) -> None:
        """Remember the fact after its transaction has written something."""
        await connection().execute("SELECT 1")
        if self.failures:
            self.failures -= 1
            raise ValueError
        self.heard.put_nowait(fact.organisation_id)

    async def play(self, scene: Callable[[], Awaitable[None]]) -> None:
        """Run the worker while the scene lasts, and see it end."""
        working = asyncio.create_task(worker.work(self.settings, self.packages, self.signals))
        try:
            async with asyncio.timeout(20):
                await scene()
        finally:
            self.signals.end()
            async with asyncio.timeout(20):
                await working

    async def publish(self, number: int) -> None:
        """Commit a fact."""
        async with transaction(actor=WORKER):
            await outbox.publish(OrganisationCreated(organisation_id=UUID(int=number)), now=clock.now())

    async def next(self) -> UUID:
        """Wait for the next fact that was heard."""
        async with asyncio.timeout(5):
            return await self.heard.get()


async def test_facts_committed_while_the_worker_runs_are_handled(committed: Settings) -> None:
    scene = Scene(committed)

    async def play() -> None:
        for number in range(5):
            await scene.publish(number)
            assert await scene.next() == UUID(int=number)

    await scene.play(play)


async def test_without_hints_the_polling_floor_carries_the_facts(committed: Settings) -> None:
    nowhere = msgspec.structs.replace(committed, database_direct_url="postgresql://nobody:x@127.0.0.1:1/none")
    scene = Scene(nowhere)

    async def play() -> None:
        await asyncio.sleep(0.1)
        await scene.publish(7)
        assert await scene.next() == UUID(int=7)

    await scene.play(play)


async def listener_of(settings: Settings, *, other_than: int = 0) -> int:
    """Wait until a worker listens and give the number of its backend."""
    owner = await asyncpg.connect(settings.database_owner_url)
    sql = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND application_name = $1 AND pid <> $2 AND query LIKE 'LISTEN%'"
    try:
        while (found := await owner.fetchval(sql, worker.LISTENER_NAME, other_than)) is None:  # noqa: ASYNC110 - the listener is another process of the database
            await asyncio.sleep(0.05)
        return int(found)
    finally:
        await owner.close()


async def test_the_worker_survives_the_loss_of_all_its_connections(committed: Settings) -> None:
    scene = Scene(committed)

    async def play() -> None:
        first = await listener_of(committed)
        executioner = await asyncpg.connect(committed.database_url)
        await executioner.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        await executioner.close()
        await asyncio.sleep(0.2)
        await scene.publish(3)
        assert await scene.next() == UUID(int=3)
        assert await listener_of(committed, other_than=first) > 0

    await scene.play(play)


async def test_an_error_in_a_handler_does_not_stop_the_worker(committed: Settings) -> None:
    scene = Scene(committed)
    scene.failures = 1

    async def play() -> None:
        await scene.publish(1)
        while not await outbox.unwell():  # noqa: ASYNC110 - the failure is a row
            await asyncio.sleep(0.05)
        await scene.publish(2)
        assert await scene.next() == UUID(int=2)

    await scene.play(play)
    [waiting] = await outbox.unwell()
    assert (waiting.handler, waiting.attempts) == ("tests.heard", 1)


async def test_timers_run_and_a_failing_one_does_not_stop_the_others(committed: Settings) -> None:
    runs = asyncio.Event()

    async def good(_: datetime) -> int:
        runs.set()
        return 1

    async def bad(_: datetime) -> int:
        raise ValueError("on purpose")

    scene = Scene(committed, Job("tests.bad", 1, bad), Job("tests.good", 1, good))

    async def play() -> None:
        await runs.wait()
        while len([row for row in await jobs.states(clock.now()) if row.last_finished]) < 2:  # noqa: ASYNC110 - the end is a row
            await asyncio.sleep(0.05)

    await scene.play(play)
    errors = {row.name: row.last_error for row in await jobs.states(clock.now()) if row.name.startswith("tests.")}
    assert errors == {"tests.bad": "ValueError: on purpose", "tests.good": ""}


async def test_audit_rows_are_sealed_within_seconds(committed: Settings) -> None:
    scene = Scene(committed, next(job for job in JOBS if job.name == "kernel.seal_audit"))

    async def play() -> None:
        await audit.record(action="a", entity="thing", entity_id=None, organisation_id=UUID(int=1), actor=WORKER, now=clock.now())
        async with asyncio.timeout(5):
            while (await audit.entries(UUID(int=1), actor=WORKER))[0].seq is None:  # noqa: ASYNC110 - the seal is a column
                await asyncio.sleep(0.1)

    await scene.play(play)
    assert await audit.verify() == []


SCRIPT = """
import asyncio, os
from marketplace.kernel import settings, worker
asyncio.run(worker.run(settings.load(dict(os.environ)), ()))
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_ends_the_process_cleanly(number: signal.Signals, committed: Settings) -> None:
    environment = {**os.environ, "DATABASE_URL": committed.database_url, "PYTHONPATH": str(ROOT)}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-W", "error", "-c", SCRIPT, env=environment, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    assert process.stdout is not None
    async with asyncio.timeout(20):
        started = await process.stdout.readline()
        assert b"worker_started" in started
        process.send_signal(number)
        rest = await process.stdout.read()
        assert await process.wait() == 0
    [stopped] = [msgspec.json.decode(line) for line in rest.splitlines()]
    assert (stopped["event"], stopped["cut_short"], stopped["level"]) == ("worker_stopped", 0, "info")
