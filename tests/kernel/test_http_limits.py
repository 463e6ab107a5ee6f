"""Rate limits: exact in one process, exact over processes with Redis, and still counted when Redis is gone."""

from __future__ import annotations

import asyncio
import shutil
import socket
import subprocess
import time
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from structlog.testing import capture_logs

from marketplace.kernel.http import limits
from marketplace.kernel.http.limits import MemoryLimiter, RedisLimiter, limiter

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from marketplace.kernel.http.edge import Edge


@pytest.fixture(scope="module")
def redis_url() -> Iterator[str]:
    binary = shutil.which("redis-server")
    if binary is None:
        pytest.skip("redis-server is not installed")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen([binary, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"], stdout=subprocess.DEVNULL)  # noqa: S603
    end = time.monotonic() + 10
    while time.monotonic() < end:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=0.2).close()
            break
        except OSError:
            time.sleep(0.05)
    yield f"redis://127.0.0.1:{port}/0"
    process.terminate()
    process.wait()


async def test_a_process_counts_each_caller_by_itself() -> None:
    counted = MemoryLimiter()
    left = [(await counted.take("a", 3)).left for _ in range(4)]
    assert left == [2, 1, 0, -1]
    assert (await counted.take("b", 3)).left == 2


async def test_two_processes_share_one_exact_count_in_redis(redis_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    # A minute that does not pass while the calls are made.
    monkeypatch.setattr(limits, "time", SimpleNamespace(time=lambda: 1_000_000_030, monotonic=lambda: 7.0))
    first, second = limiter(redis_url), limiter(redis_url)
    assert isinstance(first, RedisLimiter)
    taken = await asyncio.gather(*((first if number % 2 else second).take("shared", 50) for number in range(80)))
    assert sum(one.left >= 0 for one in taken) == 50
    assert all(0 < one.reset_seconds <= 60 for one in taken)
    await first.close()
    await second.close()  # type: ignore[attr-defined]


async def test_a_process_counts_by_itself_when_redis_is_gone() -> None:
    gone = limiter("redis://127.0.0.1:1/0")
    assert isinstance(gone, RedisLimiter)
    with capture_logs() as lines:
        assert [(await gone.take("a", 1)).left for _ in range(2)] == [0, -1]
    assert [line["event"] for line in lines] == ["redis does not answer; counting in this process"]
    await gone.close()


@pytest.fixture(name="edge")
def _edge(app: Edge, monkeypatch: pytest.MonkeyPatch) -> Iterator[Edge]:
    """Give the server with everybody's minute anew, at ten seconds past a minute that does not pass."""
    monkeypatch.setattr(limits, "time", SimpleNamespace(time=lambda: 1_000_000_030, monotonic=lambda: 7.0))
    app.callers.forget()
    app.allowances.forget()
    yield app
    app.callers.forget()
    app.allowances.forget()


async def spend(edge: Edge, caller: str, count: int) -> None:
    """Use up requests of a caller's minute."""
    for _ in range(count):
        await edge.allowances._limiter.take(caller, count)


@asynccontextmanager
async def caller_at(edge: Edge, address: str, **headers: str) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=edge, client=(address, 4711))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000", headers=headers) as opened:
        yield opened


def check_refused(answer: httpx.Response, limit: int) -> None:
    assert answer.status_code == 429
    told = [answer.headers[name] for name in ("retry-after", "ratelimit-limit", "ratelimit-remaining", "ratelimit-reset")]
    assert told == ["50", str(limit), "0", "50"]


async def test_the_api_tells_what_is_left_and_refuses_with_the_time_to_wait(edge: Edge) -> None:
    async with caller_at(edge, "203.0.113.1") as client:
        answer = await client.get("/api/v1/categories")
        limit, left = int(answer.headers["ratelimit-limit"]), int(answer.headers["ratelimit-remaining"])
        assert (limit, left) == (1200, 1199)
        assert answer.headers["ratelimit-reset"] == "50"
        await spend(edge, "203.0.113.1", limit)
        refused = await client.get("/api/v1/categories")
    check_refused(refused, limit)
    assert refused.headers["content-type"] == "application/problem+json"
    assert refused.json()["type"].endswith("/problems/too-many-requests")
    async with caller_at(edge, "203.0.113.2") as other:
        assert (await other.get("/api/v1/categories")).status_code == 200


async def test_keys_that_do_not_hold_spend_the_allowance_of_their_address(edge: Edge, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    of_key = edge.callers._of_key

    async def counted(key: str, **more: Any) -> Any:
        asked.append(key)
        return await of_key(key, **more)

    monkeypatch.setattr(edge.callers, "_of_key", counted)
    await spend(edge, "203.0.113.3", 1198)
    answers = []
    for number in range(5):
        async with caller_at(edge, "203.0.113.3", authorization=f"Bearer mk_{number:012}_{'A' * 43}") as client:
            answers.append(await client.get("/api/v1/organisation"))
    assert [answer.status_code for answer in answers] == [401, 401, 429, 429, 429]
    check_refused(answers[-1], 1200)
    assert len(asked) == 3, "the first to pass the limit shuts the door for the rest of the minute"
    async with caller_at(edge, "203.0.113.4", authorization="Bearer mk_x") as elsewhere:
        assert (await elsewhere.get("/api/v1/organisation")).status_code == 401


async def test_the_same_bad_key_is_looked_up_once_in_a_while_and_counted_each_time(edge: Edge, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    async def nobody(key: str, **_: Any) -> None:
        asked.append(key)

    monkeypatch.setattr(edge.callers, "_of_key", nobody)
    key = f"mk_{'0' * 12}_{'A' * 43}"
    async with caller_at(edge, "203.0.113.5", authorization=f"Bearer {key}") as client:
        answers = [await client.get("/api/v1/organisation") for _ in range(4)]
    assert [answer.status_code for answer in answers] == [401] * 4
    assert asked == [key]
    async with caller_at(edge, "203.0.113.5") as client:
        assert (await client.get("/api/v1/categories")).headers["ratelimit-remaining"] == str(1200 - 5)


async def test_sessions_that_do_not_hold_spend_the_allowance_too(edge: Edge) -> None:
    await spend(edge, "203.0.113.6", 1199)
    async with caller_at(edge, "203.0.113.6") as client:
        answers = [await client.get("/sign-in", headers={"cookie": f"session={number}{'a' * 42}"}) for number in range(3)]
        assert [answer.status_code for answer in answers] == [200, 429, 429]
        check_refused(answers[1], 1200)
        assert "Too many requests" in answers[1].text
        assert answers[1].headers["content-type"].startswith("text/html")
        # Without the cookie it is a reader like any other.
        assert (await client.get("/sign-in")).status_code == 200


async def test_readers_who_have_not_signed_in_share_the_allowance_of_their_address(edge: Edge) -> None:
    limit = edge._settings.page_rate_limit_per_minute
    await spend(edge, "page:203.0.113.7", limit - 1)
    async with caller_at(edge, "203.0.113.7") as client:
        statuses = [(await client.get(path)).status_code for path in ("/search?q=valve", "/search?q=valve", "/ar/search?q=valve")]
        assert statuses == [200, 429, 429]
        check_refused(await client.get("/search"), limit)
        # Files and the questions of watchers are no reading; the API has an allowance of its own.
        spared = ["/health/live", "/health/ready", "/static/app.css", "/api/v1/categories"]
        assert [(await client.get(path)).status_code for path in spared] == [200] * 4


async def test_who_has_signed_in_is_not_counted_with_the_strangers_of_the_same_address(edge: Edge, clients: dict[str, httpx.AsyncClient]) -> None:
    await spend(edge, "page:127.0.0.1", edge._settings.page_rate_limit_per_minute)
    assert (await clients["anonymous"].get("/search")).status_code == 429
    assert (await clients["buyer_a"].get("/search")).status_code == 200
