"""Tests the operator's page of timers and of facts that could not be delivered."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID

import pytest

from marketplace.kernel.actor import WORKER
from marketplace.kernel.contracts import OrganisationCreated
from marketplace.kernel.database import transaction
from marketplace.kernel.front import JOBS
from marketplace.kernel.jobs import service as jobs
from marketplace.kernel.outbox import service as outbox
from marketplace.kernel.package import Handler, Package
from tests.conftest import NOW

if TYPE_CHECKING:
    from datetime import datetime

    import asyncpg
    import httpx

pytestmark = pytest.mark.usefixtures("rolled_back")


async def refuse(_: OrganisationCreated, __: datetime) -> None:
    raise ValueError("the reader is <b>unwell</b>")


async def give_up() -> None:
    registry = outbox.registry((Package(name="tests", handlers=(Handler("tests.refuse", OrganisationCreated, refuse),)),))
    async with transaction(actor=WORKER):
        await outbox.publish(OrganisationCreated(organisation_id=UUID(int=1)), now=NOW - timedelta(days=1))
    for hours in range(outbox.ATTEMPTS_MAX):
        await outbox.deliver(registry, now=NOW - timedelta(days=1) + timedelta(hours=hours))


async def test_every_timer_shows_though_it_never_ran(as_operator: httpx.AsyncClient) -> None:
    await jobs.register(JOBS)
    page = await as_operator.get("/operator/works")
    assert page.status_code == 200
    assert all(job.name in page.text for job in JOBS)
    assert "never" in page.text


async def test_what_was_given_up_shows_with_its_error_as_text_and_tries_again_when_told(
    as_operator: httpx.AsyncClient, rolled_back: asyncpg.Connection[asyncpg.Record]
) -> None:
    await give_up()
    page = await as_operator.get("/operator/works")
    assert "tests.refuse" in page.text
    assert "Given up" in page.text
    assert "the reader is &lt;b&gt;unwell&lt;/b&gt;" in page.text
    fields = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page.text.split("/operator/works/revive", 1)[1]))
    assert fields["handler"] == "tests.refuse"
    for _ in range(2):
        answer = await as_operator.post("/operator/works/revive", data=fields)
        assert (answer.status_code, answer.headers["location"]) == (303, "/operator/works")
    assert await rolled_back.fetchval("SELECT state FROM kernel.inbox WHERE handler = 'tests.refuse'") == "failed"
    assert await rolled_back.fetchval("SELECT count(*) FROM kernel.audit_rows WHERE action = 'fact.revived'") == 1


async def test_reviving_what_was_not_given_up_is_not_found(as_operator: httpx.AsyncClient) -> None:
    await give_up()
    page = await as_operator.get("/operator/works")
    fields = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page.text.split("/operator/works/revive", 1)[1]))
    answer = await as_operator.post("/operator/works/revive", data={**fields, "handler": "another"})
    assert answer.status_code == 404
    assert (await as_operator.post("/operator/works/revive", data={**fields, "idempotency_key": "another"})).status_code == 303
