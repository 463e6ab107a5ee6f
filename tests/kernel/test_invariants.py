"""Tests that each invariant of the kernel finds the fault it is there for, and none in a healthy database."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID

import asyncpg
import pytest

from marketplace.kernel.actor import WORKER
from marketplace.kernel.audit import service as audit
from marketplace.kernel.contracts import OrganisationCreated
from marketplace.kernel.database import transaction
from marketplace.kernel.doctor import service as doctor
from marketplace.kernel.invariants import INVARIANTS
from marketplace.kernel.machine import service as machine
from marketplace.kernel.machine.schemas import Machine
from marketplace.kernel.outbox import service as outbox
from marketplace.kernel.package import Package
from tests.conftest import NOW

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from marketplace.kernel.settings import Settings

    Owner = asyncpg.Connection[asyncpg.Record]

THING = UUID(int=1)


@pytest.fixture
async def owner(empty_database: Settings) -> AsyncIterator[Owner]:
    """Connect as the owner, to a market in which one thing was born and changed, told, and the rest is quiet."""
    Machine(entity="door", edges={"open": ("shut",), "shut": ("open",)}, initial=("shut",))
    connection = await asyncpg.connect(empty_database.database_owner_url)
    await connection.execute("SELECT set_config('app.role', 'worker', false)")
    try:
        moment = NOW - timedelta(days=2)
        await machine.sync_edges()
        await machine.log("door", THING, "", "shut", actor=WORKER, now=moment)
        await machine.log("door", THING, "shut", "open", actor=WORKER, now=moment)
        await audit.record(action="a", entity="door", entity_id=THING, organisation_id=THING, actor=WORKER, now=moment)
        await audit.seal(moment)
        await outbox.drain((), moment + timedelta(seconds=1))
        yield connection
    finally:
        Machine.all.pop("door")
        await connection.close()


async def found() -> set[str]:
    findings = await doctor.invariant_findings((Package(name="kernel", invariants=INVARIANTS),), now=NOW)
    assert [finding.problem for finding in findings if finding.problem] == []
    return {finding.code for finding in findings if finding.rows}


async def test_a_healthy_market_breaks_none(owner: Owner) -> None:
    assert owner
    assert await found() == set()


@pytest.mark.parametrize(
    "sql, codes",
    [
        ("ALTER TABLE kernel.state_log DISABLE TRIGGER ALL; DELETE FROM kernel.state_log WHERE seq = 1", {"G1", "G1-links"}),
        (
            "ALTER TABLE kernel.state_log DISABLE TRIGGER ALL; UPDATE kernel.state_log SET from_state = 'open', to_state = 'shut' WHERE seq = 2",
            {"G1-links"},
        ),
        ("DELETE FROM kernel.allowed_edges WHERE from_state = 'shut'", {"G2"}),
        ("DELETE FROM kernel.outbox WHERE dedupe_key LIKE '%:2'", {"G3"}),
        ("UPDATE kernel.outbox SET state = 'new', done_at = NULL", {"X1"}),
        ("INSERT INTO kernel.inbox (fact_id, handler, state, attempts, last_error) SELECT id, 'h', 'dead', 10, 'e' FROM kernel.outbox", {"X2"}),
        ("INSERT INTO kernel.idempotency_keys (principal, route, key, fingerprint, created_at) VALUES ('p', 'r', 'k', sha256('x'), now())", {"E2"}),
        ("ALTER TABLE kernel.audit_rows DISABLE TRIGGER ALL; UPDATE kernel.audit_rows SET action = 'b'", {"U1"}),
        (
            f"INSERT INTO kernel.job_runs (name, every_seconds, last_count, last_error, last_started) VALUES ('j', 60, 0, '', '{NOW - timedelta(minutes=12)}')",
            {"J3"},
        ),
        (
            f"INSERT INTO kernel.job_runs (name, every_seconds, last_count, last_error, last_started) VALUES ('j', 60, 0, '', '{NOW - timedelta(minutes=10)}')",
            set(),
        ),
    ],
)
async def test_each_fault_is_found_by_its_invariant(sql: str, codes: set[str], owner: Owner) -> None:
    await owner.execute(sql)
    assert await found() == codes


async def test_an_audit_row_unsealed_for_over_a_minute_is_found(owner: Owner) -> None:
    assert owner
    await audit.record(action="b", entity="door", entity_id=THING, organisation_id=THING, actor=WORKER, now=NOW - timedelta(seconds=30))
    assert await found() == set()
    await audit.record(action="b", entity="door", entity_id=THING, organisation_id=THING, actor=WORKER, now=NOW - timedelta(seconds=61))
    assert await found() == {"U1-sealed"}


async def test_a_fact_that_fails_and_waits_is_not_called_undelivered(owner: Owner) -> None:
    await owner.execute("UPDATE kernel.outbox SET state = 'new', done_at = NULL")
    await owner.execute(
        "INSERT INTO kernel.inbox (fact_id, handler, state, attempts, due_at, last_error) SELECT id, 'h', 'failed', 1, now(), 'e' FROM kernel.outbox"
    )
    assert await found() == set()


@pytest.mark.usefixtures("rolled_back")
async def test_facts_just_published_are_no_fault() -> None:
    async with transaction(actor=WORKER):
        await outbox.publish(OrganisationCreated(organisation_id=THING), now=NOW)
    assert "X1" not in await found()
