"""Tests what watches ask: alive, ready, and the measurements, with and without a database that answers."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

import httpx
import pytest

from marketplace.kernel import database
from marketplace.kernel.contracts import OrganisationCreated
from marketplace.kernel.database import connection
from marketplace.kernel.http import metrics
from marketplace.kernel.jobs import service as jobs
from marketplace.kernel.outbox import service as outbox
from marketplace.kernel.package import Job
from tests.conftest import NOW

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from datetime import datetime

    from marketplace.kernel.http.edge import Edge
    from marketplace.kernel.settings import Settings


async def _nothing(_: datetime) -> int:
    return 0


@pytest.fixture(name="without_database")
async def _without_database(database_settings: Settings) -> AsyncIterator[None]:
    """Put an address nobody listens at in the place of the pool."""
    kept = database._State.pool
    async with database.another_pool(database_settings, size=1):
        pool = database.pool()
        await pool.expire_connections()
        pool.terminate()
        yield
    assert database._State.pool is kept


def measured(text: str) -> dict[str, float]:
    return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#"))}


async def test_a_process_with_its_database_is_alive_and_ready(client: httpx.AsyncClient) -> None:
    assert (await client.get("/health/live")).json() == {"status": "live"}
    ready = await client.get("/health/ready")
    assert (ready.status_code, ready.json()) == (200, {"status": "ready"})


@pytest.mark.usefixtures("without_database")
async def test_without_a_database_a_process_is_alive_but_not_ready(client: httpx.AsyncClient) -> None:
    assert (await client.get("/health/live")).status_code == 200
    refused = await client.get("/health/ready")
    assert (refused.status_code, refused.json()["type"].rsplit("/", 1)[1]) == (503, "unavailable")
    assert int(refused.headers["retry-after"]) >= 1


@pytest.mark.usefixtures("without_database")
async def test_without_a_database_the_measurements_say_so(client: httpx.AsyncClient) -> None:
    answer = await client.get("/metrics")
    assert answer.status_code == 200
    figures = measured(answer.text)
    assert figures["database_up"] == 0
    assert "facts_waiting" not in figures


async def test_requests_are_counted_under_their_route_and_not_under_their_address(client: httpx.AsyncClient) -> None:
    name = 'http_requests_total{method="GET",route="/api/v1/products/{product_id}",status="404"}'
    before = measured((await client.get("/metrics")).text).get(name, 0.0)
    for number in (1, 2):
        await client.get(f"/api/v1/products/{UUID(int=number)}")
    text = (await client.get("/metrics")).text
    assert measured(text)[name] == before + 2
    assert str(UUID(int=1)) not in text


async def test_a_request_counts_in_each_bucket_that_it_did_not_exceed() -> None:
    for status, seconds in ((200, 0.004), (200, 0.005), (404, 0.3), (200, 60.0)):
        metrics.observe("GET", "/of-this-test", status, seconds)
    metrics.observe("BREW", "", 400, 0.004)
    figures = measured((await metrics.text(NOW)).decode())
    of = 'method="GET",route="/of-this-test"'
    assert (figures[f'http_requests_total{{{of},status="200"}}'], figures[f'http_requests_total{{{of},status="404"}}']) == (3, 1)
    reached = {end: figures[f'http_request_seconds_bucket{{le="{end}",{of}}}'] for end in ("0.005", "0.02", "0.1", "0.5", "2.0", "10.0", "+Inf")}
    assert reached == {"0.005": 2, "0.02": 2, "0.1": 2, "0.5": 3, "2.0": 3, "10.0": 3, "+Inf": 4}
    assert figures[f"http_request_seconds_count{{{of}}}"] == 4
    assert figures[f"http_request_seconds_sum{{{of}}}"] == pytest.approx(60.309)
    assert figures['http_requests_total{method="other",route="none",status="400"}'] >= 1
    assert "BREW" not in str(figures)


@pytest.mark.usefixtures("rolled_back")
async def test_facts_that_wait_and_timers_that_are_late_or_failed_are_measured(client: httpx.AsyncClient) -> None:
    await connection().execute("DELETE FROM kernel.outbox WHERE state <> 'done'")
    await connection().execute("DELETE FROM kernel.inbox WHERE state <> 'done'")
    await jobs.register([Job("tests.timer", 60, _nothing)])
    await connection().execute(
        "UPDATE kernel.job_runs SET last_started = $1::timestamptz - interval '150 seconds', last_error = 'on purpose' WHERE name = 'tests.timer'",
        NOW,
    )
    await outbox.publish(OrganisationCreated(organisation_id=UUID(int=1)), now=NOW)
    figures = measured((await client.get("/metrics")).text)
    assert figures["database_up"] == 1
    assert (figures["facts_waiting"], figures["deliveries_failing"], figures["deliveries_given_up"]) == (1, 0, 0)
    assert (figures['timer_lag_seconds{timer="tests.timer"}'], figures['timer_failed{timer="tests.timer"}']) == (90, 1)
    assert figures["database_connections"] >= figures["database_connections_idle"] >= 0


@pytest.mark.parametrize("address, headers", [("192.0.2.7", {}), ("127.0.0.1", {"x-forwarded-for": "192.0.2.7"})])
async def test_measurements_are_told_to_this_machine_alone(app: Edge, address: str, headers: dict[str, str]) -> None:
    transport = httpx.ASGITransport(app=app, client=(address, 4000))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as stranger:
        answer = await stranger.get("/metrics", headers=headers)
    assert answer.status_code == 403
    assert "http_requests_total" not in answer.text
