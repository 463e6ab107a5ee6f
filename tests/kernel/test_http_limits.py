"""Rate limits: exact in one process, exact over processes with Redis, and still counted when Redis is gone."""

from __future__ import annotations

import asyncio
import shutil
import socket
import subprocess
import time
from typing import TYPE_CHECKING

import pytest

from marketplace.kernel.http.limits import MemoryLimiter, RedisLimiter, limiter

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx


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


async def test_two_processes_share_one_exact_count_in_redis(redis_url: str) -> None:
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
    assert [(await gone.take("a", 1)).left for _ in range(2)] == [0, -1]
    await gone.close()


async def test_the_api_tells_what_is_left_and_refuses_with_the_time_to_wait(client: httpx.AsyncClient) -> None:
    answer = await client.get("/api/v1/categories")
    limit, left = int(answer.headers["ratelimit-limit"]), int(answer.headers["ratelimit-remaining"])
    assert left < limit
    app = client._transport.app  # type: ignore[attr-defined]
    kept, app._limiter = app._limiter, MemoryLimiter()
    try:
        for _ in range(limit):
            await app._limiter.take("127.0.0.1", limit)
        refused = await client.get("/api/v1/categories")
    finally:
        app._limiter = kept
    assert refused.status_code == 429
    assert refused.headers["content-type"] == "application/problem+json"
    assert int(refused.headers["retry-after"]) >= 1
    assert refused.json()["type"].endswith("/problems/too-many-requests")
