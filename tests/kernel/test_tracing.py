"""Tests that one trace id leads from a caller's request over the log and the facts it caused to what the worker did about them."""

from __future__ import annotations

import io
import os
import re
from typing import TYPE_CHECKING, Any
from uuid import UUID

import msgspec
import pytest
import structlog

from marketplace.kernel import logs, tracing
from marketplace.kernel.actor import WORKER
from marketplace.kernel.contracts import OrganisationCreated
from marketplace.kernel.database import connection, reading, transaction
from marketplace.kernel.http.edge import _RequestLog
from marketplace.kernel.jobs import service as jobs
from marketplace.kernel.outbox import service as outbox
from marketplace.kernel.package import Handler, Job, Package
from tests.conftest import NOW

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    import httpx

    from marketplace.kernel.http.edge import Edge

TRACE, PARENT = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
GIVEN = f"00-{TRACE}-{PARENT}-01"


@pytest.fixture
def logged(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    lines = io.StringIO()
    monkeypatch.setattr("sys.stderr", lines)
    logs.configure()
    yield lines
    structlog.reset_defaults()


def objects(lines: str) -> list[dict[str, Any]]:
    return [msgspec.json.decode(line) for line in lines.splitlines()]


def test_a_span_stands_below_the_one_that_a_caller_names() -> None:
    span = tracing.begin(GIVEN)
    assert (span.trace_id, span.parent_id, span.flags) == (TRACE, PARENT, "01")
    assert span.span_id != PARENT
    assert span.traceparent == f"00-{TRACE}-{span.span_id}-01"
    assert tracing.begin(span.traceparent).parent_id == span.span_id


def test_a_callers_wish_not_to_be_recorded_is_passed_on() -> None:
    assert tracing.begin(f"00-{TRACE}-{PARENT}-00").traceparent.endswith("-00")


def test_a_later_version_may_say_more() -> None:
    assert tracing.begin(f"cc-{TRACE}-{PARENT}-01-what-comes-later").trace_id == TRACE


@pytest.mark.parametrize(
    "words",
    [
        "",
        "00",
        f"ff-{TRACE}-{PARENT}-01",
        f"00-{'0' * 32}-{PARENT}-01",
        f"00-{TRACE}-{'0' * 16}-01",
        f"00-{TRACE.upper()}-{PARENT}-01",
        f"00-{TRACE}-{PARENT}-01-more",
        f"00-{TRACE}-{PARENT}-01\n",
        f"00-{TRACE[1:]}-{PARENT}-01",
        f"cc-{TRACE}-{PARENT}-01-{'x' * 300}",
        f"00-{TRACE}-{PARENT}-0\u0661",
    ],
)
def test_words_that_are_no_traceparent_begin_a_new_trace(words: str) -> None:
    span = tracing.begin(words)
    assert span.trace_id != TRACE
    assert span.parent_id == ""
    assert re.fullmatch("00-[0-9a-f]{32}-[0-9a-f]{16}-01", span.traceparent)


def test_a_forked_process_does_not_go_on_with_the_ids_of_its_parent() -> None:
    reader, writer = os.pipe()
    if (child := os.fork()) == 0:
        os.write(writer, tracing.begin().trace_id.encode())
        os._exit(0)
    os.waitpid(child, 0)
    told = os.read(reader, 32).decode()
    os.close(reader)
    os.close(writer)
    assert re.fullmatch("[0-9a-f]{32}", told)
    assert told != tracing.begin().trace_id


def test_spans_nest_and_end_with_their_block() -> None:
    assert tracing.traceparent() == ""
    with tracing.span(GIVEN) as outer:
        with tracing.span(tracing.traceparent()) as inner:
            assert (inner.trace_id, inner.parent_id) == (TRACE, outer.span_id)
        assert tracing.traceparent() == outer.traceparent
    assert tracing.traceparent() == ""


def test_every_line_of_the_log_names_its_span(logged: io.StringIO) -> None:
    with tracing.span(GIVEN) as span:
        structlog.get_logger().info("inside")
    structlog.get_logger().info("outside")
    inside, outside = objects(logged.getvalue())
    assert (inside["trace_id"], inside["span_id"], inside["parent_span_id"]) == (TRACE, span.span_id, PARENT)
    assert not {"trace_id", "span_id", "parent_span_id"} & outside.keys()


async def test_an_answer_names_the_trace_of_its_caller(client: httpx.AsyncClient) -> None:
    answer = await client.get("/health/live", headers={"traceparent": GIVEN})
    assert answer.headers["traceresponse"].startswith(f"00-{TRACE}-")
    assert PARENT not in answer.headers["traceresponse"]
    assert TRACE not in answer.headers["x-request-id"]


async def test_the_id_of_a_problem_is_that_of_the_trace_where_the_caller_named_none(client: httpx.AsyncClient) -> None:
    refused = await client.get("/api/v1/nothing")
    trace_id = refused.headers["traceresponse"].split("-")[1]
    assert refused.json()["instance"] == f"urn:request:{trace_id}"


async def test_the_log_of_requests_tells_trace_and_request(client: httpx.AsyncClient, app: Edge, capsys: pytest.CaptureFixture[str]) -> None:
    app._log = _RequestLog()
    try:
        answer = await client.get("/api/v1/nothing", headers={"traceparent": GIVEN, "x-request-id": "of-this-test"})
        app._log.flush()
    finally:
        app._log = None
    (line,) = objects(capsys.readouterr().out)
    assert {key: line[key] for key in ("trace_id", "parent_span_id", "request_id", "method", "path", "status", "who")} == {
        "trace_id": TRACE,
        "parent_span_id": PARENT,
        "request_id": "of-this-test",
        "method": "GET",
        "path": "/api/v1/nothing",
        "status": 404,
        "who": "anonymous",
    }
    assert line["span_id"] == answer.headers["traceresponse"].split("-")[2]
    assert line["ms"] >= 0


@pytest.mark.usefixtures("rolled_back")
async def test_a_fact_carries_its_cause_to_the_handler_to_its_log_and_to_what_it_publishes(logged: io.StringIO) -> None:
    seen: list[str] = []

    async def hear(fact: OrganisationCreated, now: datetime) -> None:
        seen.append(tracing.traceparent())
        if fact.organisation_id == UUID(int=1):
            await outbox.publish(OrganisationCreated(organisation_id=UUID(int=2)), now=now)

    handlers = outbox.registry((Package(name="tests", handlers=(Handler("tests.hear", OrganisationCreated, hear),)),))
    with tracing.span(GIVEN) as span:
        await outbox.publish(OrganisationCreated(organisation_id=UUID(int=1)), now=NOW)
    async with reading(WORKER) as held:
        kept = await held.fetchval("SELECT traceparent FROM kernel.outbox WHERE payload ->> 'organisation_id' = $1", str(UUID(int=1)))
    assert kept == span.traceparent
    while (await outbox.deliver(handlers, now=NOW, is_logged=True)).done:
        pass
    ours = [line for line in objects(logged.getvalue()) if line.get("trace_id") == TRACE]
    assert [(line["event"], line["handler"], line["kind"]) for line in ours] == [("fact_handled", "tests.hear", "OrganisationCreated")] * 2
    first, second = ours
    assert (first["parent_span_id"], second["parent_span_id"]) == (span.span_id, first["span_id"])
    assert seen == [f"00-{TRACE}-{line['span_id']}-01" for line in ours]


@pytest.mark.usefixtures("rolled_back")
async def test_a_handler_that_fails_is_logged_in_the_trace_that_it_failed_for(logged: io.StringIO) -> None:
    async def fail(_: OrganisationCreated, __: datetime) -> None:
        raise ValueError("on purpose")

    handlers = outbox.registry((Package(name="tests", handlers=(Handler("tests.fail", OrganisationCreated, fail),)),))
    with tracing.span(GIVEN):
        await outbox.publish(OrganisationCreated(organisation_id=UUID(int=1)), now=NOW)
    assert (await outbox.deliver(handlers, now=NOW)).failed == 1
    (line,) = [line for line in objects(logged.getvalue()) if line["event"] == "fact_failed"]
    assert (line["trace_id"], line["handler"], line["attempts"]) == (TRACE, "tests.fail", 1)
    assert "ValueError: on purpose" in line["exception"]


@pytest.mark.usefixtures("rolled_back")
async def test_each_run_of_a_timer_is_a_trace_of_its_own() -> None:
    seen: list[str] = []

    async def run(_: datetime) -> int:
        seen.append(tracing.traceparent())
        async with transaction(actor=WORKER):
            await outbox.publish(OrganisationCreated(organisation_id=UUID(int=len(seen))), now=NOW)
        return 1

    timers = [Job(f"tests.{number}", 60, run) for number in range(2)]
    await jobs.register(timers)
    assert [await jobs.run_if_due(timer, now=NOW) for timer in timers] == [True, True]
    assert len({traceparent.split("-")[1] for traceparent in seen}) == 2
    kept = await connection().fetch(
        "SELECT traceparent FROM kernel.outbox WHERE payload ->> 'organisation_id' = ANY($1) ORDER BY id", [str(UUID(int=1)), str(UUID(int=2))]
    )
    assert [row["traceparent"] for row in kept] == seen
    assert tracing.traceparent() == ""
