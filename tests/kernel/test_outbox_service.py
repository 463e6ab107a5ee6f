"""Tests that facts are delivered once in effect, wait after errors, and share a transaction with what made them."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest

from marketplace.kernel.actor import WORKER
from marketplace.kernel.contracts import Fact, FreightTableChanged, OrganisationCreated, SupplierStateChanged
from marketplace.kernel.database import connection, transaction
from marketplace.kernel.errors import NotFound
from marketplace.kernel.outbox import service as outbox
from marketplace.kernel.outbox.schemas import Backlog
from marketplace.kernel.package import Handler, Package
from tests.conftest import NOW

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from datetime import datetime

    import asyncpg


FIRST, SECOND = UUID(int=1), UUID(int=2)


class Failed(Exception):
    """A handler of these tests fails on purpose."""


def handler(name: str, run: Callable[[Any, datetime], Awaitable[None]], fact: type[Fact] = OrganisationCreated) -> Handler:
    return Handler(name, fact, run)


def package(*handlers: Handler) -> tuple[Package, ...]:
    return (Package(name="tests", handlers=handlers),)


class Heard:
    """A handler that remembers what it was told, and fails as long as it is asked to."""

    def __init__(self, name: str = "heard", failures: int = 0) -> None:
        self.facts: list[OrganisationCreated] = []
        self.failures = failures
        self.row = handler(name, self.run)

    async def run(self, fact: OrganisationCreated, now: datetime) -> None:
        """Leave an effect in the database, then fail or remember."""
        assert now >= NOW
        await connection().execute("CREATE TABLE IF NOT EXISTS pg_temp.effects (id uuid)")
        await connection().execute("INSERT INTO pg_temp.effects VALUES ($1)", fact.organisation_id)
        if self.failures > 0:
            self.failures -= 1
            raise Failed("on purpose\x00")
        self.facts.append(fact)


async def publish(*facts: Fact, dedupe_key: str | None = None) -> None:
    async with transaction(actor=WORKER):
        await outbox.publish(*facts, now=NOW, dedupe_key=dedupe_key)


async def facts() -> list[tuple[str, str, int]]:
    async with transaction(actor=WORKER) as bound:
        return [
            (row["kind"], row["state"], row["attempts"]) for row in await bound.fetch("SELECT kind, state, attempts FROM kernel.outbox ORDER BY id")
        ]


async def effects() -> int:
    async with transaction() as bound:
        return int(await bound.fetchval("SELECT count(*) FROM pg_temp.effects"))


@pytest.fixture
async def _quiet(rolled_back: asyncpg.Connection[asyncpg.Record]) -> AsyncIterator[None]:
    """Take away what the world left for the length of the test; doctor, who looks afterwards, finds it again."""
    await rolled_back.execute("SAVEPOINT quiet; SELECT set_config('app.role', 'worker', true); DELETE FROM kernel.outbox")
    yield
    await rolled_back.execute("ROLLBACK TO SAVEPOINT quiet")


pytestmark = pytest.mark.usefixtures("_quiet")


async def test_a_fact_reaches_each_of_its_handlers_once() -> None:
    one, two = Heard("one"), Heard("two")
    await publish(OrganisationCreated(organisation_id=FIRST), OrganisationCreated(organisation_id=SECOND))
    drained = await outbox.drain(package(one.row, two.row), NOW)
    again = await outbox.drain(package(one.row, two.row), NOW)
    assert [fact.organisation_id for fact in one.facts] == [fact.organisation_id for fact in two.facts] == [FIRST, SECOND]
    assert (drained.done, again.done) == (4, 0)
    assert [state for _, state, _ in await facts()] == ["done", "done"]


async def test_a_fact_that_is_rolled_back_was_never_published() -> None:
    with pytest.raises(Failed):
        async with transaction(actor=WORKER):
            await outbox.publish(OrganisationCreated(organisation_id=FIRST), now=NOW)
            raise Failed
    assert await facts() == []


async def test_a_fact_nobody_handles_is_done_at_once() -> None:
    await publish(FreightTableChanged(supplier_id=FIRST))
    assert (await outbox.drain((), NOW)).done == 1
    assert await facts() == [("FreightTableChanged", "done", 0)]


async def test_publishing_again_under_the_same_key_does_nothing() -> None:
    for _ in range(2):
        await publish(OrganisationCreated(organisation_id=FIRST), dedupe_key="order:1:1")
    assert len(await facts()) == 1


async def test_what_a_handler_publishes_is_delivered_too() -> None:
    async def chain(fact: OrganisationCreated, now: datetime) -> None:
        await outbox.publish(SupplierStateChanged(supplier_id=fact.organisation_id, state="open"), now=now)

    heard: list[Fact] = []

    async def end(fact: SupplierStateChanged, _: datetime) -> None:
        heard.append(fact)

    await publish(OrganisationCreated(organisation_id=FIRST))
    await outbox.drain(package(handler("chain", chain), handler("end", end, SupplierStateChanged)), NOW)
    assert heard == [SupplierStateChanged(supplier_id=FIRST, state="open")]


async def test_draining_raises_a_handlers_error_and_rolls_its_batch_back() -> None:
    heard = Heard(failures=1)
    await publish(OrganisationCreated(organisation_id=FIRST), OrganisationCreated(organisation_id=SECOND))
    with pytest.raises(Failed):
        await outbox.drain(package(heard.row), NOW)
    assert heard.facts == []
    assert [state for _, state, _ in await facts()] == ["new", "new"]


async def test_an_error_undoes_the_handlers_work_and_waits_longer_each_time() -> None:
    heard = Heard(failures=2)
    registry = outbox.registry(package(heard.row))
    await publish(OrganisationCreated(organisation_id=FIRST))
    async with transaction() as bound:
        await bound.execute("CREATE TEMP TABLE effects (id uuid) ON COMMIT DROP")
    assert (await outbox.deliver(registry, now=NOW)).failed == 1
    assert await effects() == 0
    assert await facts() == [("OrganisationCreated", "new", 1)]
    [waiting] = await outbox.unwell()
    assert (waiting.handler, waiting.state, waiting.attempts, waiting.last_error) == ("heard", "failed", 1, "Failed: on purpose")
    assert (await outbox.deliver(registry, now=NOW + timedelta(seconds=1))).failed == 0
    assert (await outbox.deliver(registry, now=NOW + timedelta(seconds=2))).failed == 1
    assert (await outbox.deliver(registry, now=NOW + timedelta(seconds=5))).done == 0
    assert (await outbox.deliver(registry, now=NOW + timedelta(seconds=6))).done == 1
    assert await effects() == 1
    assert await facts() == [("OrganisationCreated", "done", 2)]
    assert await outbox.unwell() == []


async def test_one_failing_handler_does_not_hold_up_the_others() -> None:
    bad, good = Heard("bad", failures=99), Heard("good")
    await publish(OrganisationCreated(organisation_id=FIRST))
    step = await outbox.deliver(outbox.registry(package(bad.row, good.row)), now=NOW)
    assert (step.done, step.failed) == (1, 1)
    assert good.facts == [OrganisationCreated(organisation_id=FIRST)]


async def test_one_bad_fact_does_not_hold_up_its_batch() -> None:
    heard: list[UUID] = []

    async def run(fact: OrganisationCreated, _: datetime) -> None:
        if fact.organisation_id == FIRST:
            raise Failed
        heard.append(fact.organisation_id)

    await publish(*(OrganisationCreated(organisation_id=UUID(int=n)) for n in range(1, 6)))
    step = await outbox.deliver(outbox.registry(package(handler("run", run))), now=NOW, batch=10)
    assert (step.done, step.failed) == (4, 1)
    assert sorted(set(heard)) == [UUID(int=n) for n in range(2, 6)]


async def test_after_ten_failures_a_delivery_is_given_up_visibly_until_somebody_revives_it(rolled_back: asyncpg.Connection[asyncpg.Record]) -> None:
    heard = Heard(failures=10)
    registry = outbox.registry(package(heard.row))
    await publish(OrganisationCreated(organisation_id=FIRST))
    for hours in range(10):
        await outbox.deliver(registry, now=NOW + timedelta(hours=hours))
    assert await facts() == [("OrganisationCreated", "dead", 10)]
    [dead] = await outbox.unwell()
    assert (dead.state, dead.attempts) == ("dead", 10)
    assert (await outbox.deliver(registry, now=NOW + timedelta(days=9))).done == 0
    with pytest.raises(NotFound):
        await outbox.revive(dead.id, handler="another", actor=WORKER, now=NOW + timedelta(days=9))
    await outbox.revive(dead.id, handler="heard", actor=WORKER, now=NOW + timedelta(days=9))
    assert (await outbox.deliver(registry, now=NOW + timedelta(days=9))).done == 1
    assert (await facts())[0][1] == "done"
    assert await rolled_back.fetchval("SELECT count(*) FROM kernel.inbox") == 1


async def test_facts_done_long_ago_are_purged_and_others_stay() -> None:
    await publish(OrganisationCreated(organisation_id=FIRST))
    await outbox.drain((), NOW)
    await publish(OrganisationCreated(organisation_id=SECOND))
    assert await outbox.purge(NOW + timedelta(days=29), before=NOW - timedelta(days=1)) == 0
    assert await outbox.purge(NOW + timedelta(days=31), before=NOW + timedelta(days=1)) == 1
    assert await facts() == [("OrganisationCreated", "new", 0)]


async def test_the_backlog_counts_what_waits_and_fails() -> None:
    heard = Heard(failures=1)
    await publish(OrganisationCreated(organisation_id=FIRST))
    await publish(OrganisationCreated(organisation_id=SECOND))
    await outbox.deliver(outbox.registry(package(heard.row)), now=NOW)
    assert await outbox.backlog(NOW + timedelta(seconds=90)) == Backlog(waiting=1, oldest_seconds=90, failed=1, dead=0)


async def test_two_handlers_of_one_name_are_a_mistake() -> None:
    with pytest.raises(AssertionError, match="two handlers"):
        outbox.registry(package(Heard("same").row, Heard("same").row))
