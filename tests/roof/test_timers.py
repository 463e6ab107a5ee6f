"""Tests that every timer and every reader of facts of the whole house runs in the tests' world without an error."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from marketplace.app import PACKAGES
from marketplace.kernel.jobs import service as jobs
from marketplace.kernel.outbox import service as outbox
from tests.conftest import NOW

if TYPE_CHECKING:
    from marketplace.kernel.settings import Settings


async def test_every_timer_of_every_package_runs(committed: Settings) -> None:
    assert committed
    timers = [job for package in PACKAGES for job in package.jobs]
    await jobs.register(timers)
    for job in timers:
        assert await jobs.run_if_due(job, now=NOW)
    errors = {state.name: state.last_error for state in await jobs.states(NOW) if state.last_error}
    assert errors == {}
    assert {job.name for job in timers} <= {state.name for state in await jobs.states(NOW)}


@pytest.mark.usefixtures("committed")
async def test_every_fact_of_the_world_is_delivered() -> None:
    step = await outbox.deliver(outbox.registry(PACKAGES), now=NOW)
    assert step.failed == 0
    assert await outbox.unwell() == []
    assert (await outbox.backlog(NOW)).waiting == 0


def test_each_reader_is_named_after_its_package_and_room() -> None:
    names = [handler.name for handler in (handler for package in PACKAGES for handler in package.handlers)]
    assert all(name.count(".") >= 1 for name in names)
    assert len(set(names)) == len(names)
    timers = [job.name for package in PACKAGES for job in package.jobs]
    assert len(set(timers)) == len(timers)
