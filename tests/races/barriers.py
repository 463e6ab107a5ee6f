"""Owns how a test of a race knows that one side waits for the other: nothing is left to sleeping and luck."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from marketplace.kernel.actor import WORKER
from marketplace.kernel.database import transaction

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from marketplace.kernel.actor import Actor

WAITING = "SELECT count(*) FROM pg_locks l JOIN pg_stat_activity a USING (pid) WHERE NOT l.granted AND a.datname = current_database()"
SECONDS_MAX = 10


async def until_somebody_waits() -> None:
    """Come back once a connection of this database waits for a lock that another one holds."""
    async with asyncio.timeout(SECONDS_MAX):
        while True:
            async with transaction(actor=WORKER) as held:
                if await held.fetchval(WAITING):
                    return
            await asyncio.sleep(0.01)


class Held:
    """Some work in a transaction that stays open until it is let go, so that another comes in between."""

    def __init__(self, work: Callable[[], Awaitable[object]], *, actor: Actor) -> None:
        """Begin the work."""
        self._done, self._go = asyncio.Event(), asyncio.Event()
        self._task = asyncio.create_task(self._run(work, actor))

    async def _run(self, work: Callable[[], Awaitable[object]], actor: Actor) -> object:
        async with transaction(actor=actor):
            answer = await work()
            self._done.set()
            await self._go.wait()
        return answer

    async def until_done(self) -> None:
        """Come back once the work is done and not committed."""
        done = asyncio.create_task(self._done.wait())
        await asyncio.wait({done, self._task}, return_when=asyncio.FIRST_COMPLETED, timeout=SECONDS_MAX)
        if self._task.done():
            await self._task
        assert self._done.is_set(), "the work has not come to its end"

    async def commit(self) -> object:
        """Let it commit, and give what the work answered."""
        self._go.set()
        return await self._task
