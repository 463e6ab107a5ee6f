"""Tests that several workers share the facts, and that a commit wakes whoever listens."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import TYPE_CHECKING
from uuid import UUID

import asyncpg
import pytest

from marketplace.kernel.actor import WORKER
from marketplace.kernel.contracts import OrganisationCreated
from marketplace.kernel.database import connection, transaction
from marketplace.kernel.outbox import service as outbox
from marketplace.kernel.package import Handler, Package
from tests.conftest import NOW

if TYPE_CHECKING:
    from datetime import datetime

    from marketplace.kernel.settings import Settings

pytestmark = pytest.mark.usefixtures("committed")


async def test_four_workers_handle_each_fact_once() -> None:
    async def run(fact: OrganisationCreated, _: datetime) -> None:
        await connection().execute("INSERT INTO kernel.job_runs (name, every_seconds, last_count) VALUES ($1, 1, 0)", str(fact.organisation_id))

    registry = outbox.registry((Package(name="tests", handlers=(Handler("run", OrganisationCreated, run),)),))
    async with transaction(actor=WORKER) as bound:
        await bound.execute("UPDATE kernel.outbox SET state = 'done', done_at = $1 WHERE state = 'new'", NOW)
        await outbox.publish(*(OrganisationCreated(organisation_id=UUID(int=n)) for n in range(200)), now=NOW)
    steps = await asyncio.gather(*(outbox.deliver(registry, now=NOW) for _ in range(4)))
    async with transaction(actor=WORKER) as bound:
        made = Counter(row["name"] for row in await bound.fetch("SELECT name FROM kernel.job_runs WHERE every_seconds = 1"))
        states = {row["state"] for row in await bound.fetch("SELECT state FROM kernel.outbox")}
        await bound.execute("DELETE FROM kernel.job_runs")
    assert sum(step.done for step in steps) == 200
    assert sum(step.failed for step in steps) == 0
    assert set(made.values()) == {1}
    assert len(made) == 200
    assert states == {"done"}


async def test_a_commit_wakes_whoever_listens(committed: Settings) -> None:
    heard = asyncio.Event()
    listener = await asyncpg.connect(committed.database_url)
    try:
        await listener.add_listener(outbox.CHANNEL, lambda *_: heard.set())
        # Hints are rationed by the clock of the process: wait until the next one may be sent.
        await asyncio.sleep(outbox.HINT_EVERY_SECONDS)
        async with transaction(actor=WORKER):
            await outbox.publish(OrganisationCreated(organisation_id=UUID(int=1)), now=NOW)
            await asyncio.sleep(0.05)
            assert not heard.is_set()
        async with asyncio.timeout(2):
            await heard.wait()
    finally:
        await listener.close()
