"""Tests that an act which loses a deadlock is tried again whole, and that giving up leaves nothing behind."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

import httpx
import msgspec
import pytest
from litestar import Litestar, Response, post

from marketplace.kernel.actor import WORKER
from marketplace.kernel.contracts import OrganisationCreated
from marketplace.kernel.database import connection, reading
from marketplace.kernel.http.acting import ATTEMPTS, once
from marketplace.kernel.http.problems import handle_exception
from marketplace.kernel.http.request import MarketRequest
from marketplace.kernel.outbox import service as outbox
from marketplace.kernel.package import Policy
from tests.conftest import NOW

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

pytestmark = pytest.mark.usefixtures("rolled_back")
# What PostgreSQL says of a deadlock, of a lock that was not given in time, and of two that cannot both have happened.
CONFLICTS = ("40P01", "55P03", "40001")


class Made(msgspec.Struct):
    """What the act answers with."""

    attempts: int


async def post_once(work: Callable[[], Awaitable[Made]]) -> httpx.Response:
    """Post to a route that does this work once, as the worker."""

    @post("/api/things", opt={"policy": Policy("POST /api/things", ("anyone",), acts=True)})
    async def things(request: MarketRequest) -> Response[Any]:
        return await once(request, work, status=201)

    app = Litestar(route_handlers=[things], request_class=MarketRequest, exception_handlers={Exception: handle_exception}, openapi_config=None)

    async def as_worker(scope: Any, receive: Any, send: Any) -> None:
        scope |= {"actor": WORKER, "locale": "en"}
        await app(scope, receive, send)

    async with httpx.AsyncClient(transport=httpx.ASGITransport(as_worker), base_url="http://127.0.0.1") as client:
        return await client.post("/api/things", json={}, headers={"idempotency-key": "key-of-this-test", "accept": "application/json"})


def loses(times: int, sqlstate: str) -> tuple[Callable[[], Awaitable[Made]], list[int]]:
    attempts: list[int] = []

    async def work() -> Made:
        attempts.append(1)
        await outbox.publish(OrganisationCreated(organisation_id=UUID(int=7)), now=NOW)
        if len(attempts) <= times:
            await connection().execute(f"DO $$ BEGIN RAISE EXCEPTION 'on purpose' USING ERRCODE = '{sqlstate}'; END $$")
        return Made(len(attempts))

    return work, attempts


async def traces() -> tuple[int, int]:
    async with reading(WORKER) as held:
        facts = await held.fetchval("SELECT count(*) FROM kernel.outbox WHERE payload ->> 'organisation_id' = $1", str(UUID(int=7)))
        return facts, await held.fetchval("SELECT count(key) FROM kernel.idempotency_keys WHERE key = 'key-of-this-test'")


@pytest.mark.parametrize("sqlstate", CONFLICTS)
async def test_an_act_that_loses_is_tried_again_and_has_one_effect(sqlstate: str) -> None:
    work, attempts = loses(ATTEMPTS - 1, sqlstate)
    answer = await post_once(work)
    assert (answer.status_code, answer.json()) == (201, {"attempts": ATTEMPTS})
    assert await traces() == (1, 1)
    again = await post_once(work)
    assert (again.status_code, again.content, len(attempts)) == (201, answer.content, ATTEMPTS)
    assert await traces() == (1, 1)


@pytest.mark.parametrize("sqlstate", CONFLICTS)
async def test_who_loses_every_time_is_told_to_come_back_and_nothing_was_done(sqlstate: str) -> None:
    work, attempts = loses(ATTEMPTS, sqlstate)
    refused = await post_once(work)
    assert (refused.status_code, refused.headers["retry-after"], len(attempts)) == (409, "1", ATTEMPTS)
    assert refused.json()["type"].endswith("/problems/busy")
    assert await traces() == (0, 0)


async def test_a_mistake_of_ours_is_told_as_one_and_not_tried_again() -> None:
    work, attempts = loses(1, "42601")
    failed = await post_once(work)
    assert (failed.status_code, len(attempts)) == (500, 1)
    assert "on purpose" not in failed.text
    assert await traces() == (0, 0)
