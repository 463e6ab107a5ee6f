"""Owns the worker process: it delivers facts and runs timers until it is told to stop."""

from __future__ import annotations

import asyncio
import signal
from contextlib import suppress
from typing import TYPE_CHECKING

import asyncpg
import structlog

from marketplace.kernel import clock, database, logs
from marketplace.kernel.jobs import service as jobs
from marketplace.kernel.machine import service as machine
from marketplace.kernel.outbox import service as outbox

if TYPE_CHECKING:
    from collections.abc import Coroutine, Sequence

    from marketplace.kernel.outbox.service import Registry
    from marketplace.kernel.package import Job, Package
    from marketplace.kernel.settings import Settings

# The hint of a commit usually comes first; this is the floor under it when a hint is lost or the pooler cannot carry it.
POLL_SECONDS = 1.0
STOP_SECONDS_MAX = 20.0
PAUSE_SECONDS_MAX = 30.0
JOBS_AT_ONCE = 4
LISTENER_NAME = "marketplace worker listens"
LISTEN_AGAIN_SECONDS = 2.0

log = structlog.get_logger()


class _Signals:
    """What the loops wait for: that there may be work, and that the end has come."""

    def __init__(self) -> None:
        self.work = asyncio.Event()
        self.stop = asyncio.Event()

    def end(self) -> None:
        self.stop.set()
        self.work.set()

    async def pause(self, seconds: float) -> None:
        """Wait, but not past the end."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self.stop.wait()

    async def pause_for_work(self, seconds: float) -> None:
        """Wait for a hint, the polling interval or the end."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self.work.wait()
        if not self.stop.is_set():
            self.work.clear()


async def run(settings: Settings, packages: Sequence[Package]) -> None:
    """Deliver facts and run timers until TERM or Ctrl-C; what is under way is finished, for twenty seconds at most.

    Any number of workers may run: facts are claimed row by row, and each timer by lease.
    """
    logs.configure()
    signals = _Signals()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, signals.end)
    await database.open_pool(settings, statement_timeout_ms=settings.worker_statement_timeout_ms)
    try:
        await work(settings, packages, signals)
    finally:
        await database.close_pool()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(number)


async def work(settings: Settings, packages: Sequence[Package], signals: _Signals) -> None:
    """Run the loops on the open pool until the signals say stop."""
    timers = [job for package in packages for job in package.jobs]
    await machine.sync_edges()
    await jobs.register(timers)
    at_once = asyncio.Semaphore(JOBS_AT_ONCE)
    loops = [
        asyncio.create_task(_deliver(outbox.registry(packages), signals, is_logged=settings.log_requests)),
        asyncio.create_task(_listen(settings, signals)),
    ]
    loops += [asyncio.create_task(_run_timer(job, signals, at_once)) for job in timers]
    log.info("worker_started", timers=len(timers))
    stopping = asyncio.create_task(signals.stop.wait())
    # A loop only ends on its own by a programmer's mistake, which must not go unseen.
    await asyncio.wait({*loops, stopping}, return_when=asyncio.FIRST_COMPLETED)
    signals.end()
    _, late = await asyncio.wait(loops, timeout=STOP_SECONDS_MAX)
    for task in (*late, stopping):
        task.cancel()
    results = await asyncio.gather(*loops, return_exceptions=True)
    log.info("worker_stopped", cut_short=len(late))
    for result in results:
        if isinstance(result, Exception):
            raise result


async def _deliver(registry: Registry, signals: _Signals, *, is_logged: bool) -> None:
    pause = POLL_SECONDS
    while not signals.stop.is_set():
        try:
            step = await outbox.deliver(registry, now=clock.now(), should_stop=signals.stop.is_set, is_logged=is_logged)
        except Exception:
            # The database may be away for a while; facts wait in it, and nothing else is lost by waiting too.
            log.exception("delivery_paused", seconds=pause)
            await signals.pause(pause)
            pause = min(pause * 2, PAUSE_SECONDS_MAX)
            continue
        pause = POLL_SECONDS
        if not step.done:
            await signals.pause_for_work(POLL_SECONDS)


async def _run_timer(job: Job, signals: _Signals, at_once: asyncio.Semaphore) -> None:
    while not signals.stop.is_set():
        try:
            async with at_once:
                await jobs.run_if_due(job, now=clock.now())
        except Exception:
            log.exception("timer_paused", job=job.name)
        await signals.pause(job.every_seconds)


async def _listen(settings: Settings, signals: _Signals) -> None:
    """Hear the hints of commits on a connection of its own, and again after it was lost; meanwhile the polling floor carries the work."""
    while not signals.stop.is_set():
        try:
            connection = await asyncpg.connect(
                settings.database_direct_url or settings.database_url, server_settings={"application_name": LISTENER_NAME}
            )
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            log.warning("no_hints", error=str(error))
            await signals.pause(LISTEN_AGAIN_SECONDS)
            continue
        lost = asyncio.Event()
        connection.add_termination_listener(lambda _, lost=lost: lost.set())
        try:
            await connection.add_listener(outbox.CHANNEL, lambda *_: signals.work.set())
            await _first(lost.wait(), signals.stop.wait())
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            log.warning("hints_lost", error=str(error))
            await signals.pause(LISTEN_AGAIN_SECONDS)
        finally:
            with suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError):
                await connection.close(timeout=2)


async def _first(*waits: Coroutine[None, None, object]) -> None:
    tasks = [asyncio.create_task(wait) for wait in waits]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
