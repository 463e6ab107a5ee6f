"""Tests whose address counts: a trusted proxy tells it, anybody else is taken for themselves; and that slow headers are not waited for."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING

import httpx
import msgspec
import pytest

from marketplace.cli_children import granian
from marketplace.kernel.http import limits

if TYPE_CHECKING:
    from collections.abc import Iterator

    from marketplace.kernel.http.edge import Edge
    from marketplace.kernel.settings import Settings

PROXY, STRANGER = "10.0.0.1", "10.0.0.2"


@pytest.fixture(name="edge")
def _edge(app: Edge, monkeypatch: pytest.MonkeyPatch) -> Iterator[Edge]:
    """Give the server behind a proxy, with everybody's minute anew and in no hurry to pass."""
    monkeypatch.setattr(limits, "time", SimpleNamespace(time=lambda: 1_000_000_030, monotonic=lambda: 7.0))
    monkeypatch.setattr(app, "_settings", msgspec.structs.replace(app._settings, trusted_proxies=(PROXY,)))
    app.allowances.forget()
    yield app
    app.allowances.forget()


async def left(edge: Edge, client_address: str, forwarded: str | None) -> int:
    """Give how many calls are left to whoever calls from an address, after this one."""
    transport = httpx.ASGITransport(app=edge, client=(client_address, 4000))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as caller:
        answer = await caller.get("/api/v1/categories", headers={"x-forwarded-for": forwarded} if forwarded else {})
    return int(answer.headers["ratelimit-remaining"])


async def test_behind_a_trusted_proxy_each_visitor_counts_alone(edge: Edge) -> None:
    first = await left(edge, PROXY, "192.0.2.1")
    assert await left(edge, PROXY, "192.0.2.2") == first
    assert await left(edge, PROXY, "192.0.2.1") == first - 1


async def test_only_the_address_that_the_proxy_itself_saw_counts(edge: Edge) -> None:
    first = await left(edge, PROXY, "192.0.2.1")
    assert await left(edge, PROXY, "198.51.100.9, 192.0.2.1") == first - 1


async def test_a_strangers_words_about_its_address_change_nothing(edge: Edge) -> None:
    first = await left(edge, STRANGER, "192.0.2.1")
    assert await left(edge, STRANGER, "192.0.2.2") == first - 1
    assert await left(edge, STRANGER, None) == first - 2


async def test_a_proxy_that_tells_no_address_is_taken_for_itself(edge: Edge) -> None:
    first = await left(edge, PROXY, None)
    assert await left(edge, PROXY, None) == first - 1


def test_the_server_gives_headers_ten_seconds_to_arrive(database: Settings) -> None:
    words = granian(database, host="127.0.0.1", port=8000).words
    assert words[words.index("--http1-header-read-timeout") + 1] == "10000"
