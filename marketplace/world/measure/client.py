"""Owns the load generator: plain HTTP/1.1 over kept-alive connections in asyncio, bounded in time."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable

CONNECTIONS = 16


class Call(msgspec.Struct, frozen=True):
    """One request, ready to be written, and the status that counts as success."""

    raw: bytes
    expected: int = 200


class Load(msgspec.Struct):
    """What one stretch of load came to: requests answered as expected, others, and the wall time in seconds."""

    done: int
    failed: int
    seconds: float
    sample: bytes = b""


def call(method: str, path: str, *, port: int, headers: dict[str, str] | None = None, body: bytes = b"", expected: int = 200) -> Call:
    """Make a request's bytes."""
    lines = [f"{method} {path} HTTP/1.1", f"host: 127.0.0.1:{port}", *(f"{name}: {value}" for name, value in (headers or {}).items())]
    if body or method == "POST":
        lines += ["content-type: application/json", f"content-length: {len(body)}"]
    return Call("\r\n".join((*lines, "", "")).encode() + body, expected)


class Connection:
    """One kept-alive connection."""

    def __init__(self, port: int) -> None:
        """Remember the port; the connection opens with the first request and again after a close."""
        self._port = port
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def send(self, one: Call) -> tuple[int, bytes]:
        """Send a request and read the whole answer: status and body."""
        if self._writer is None or self._reader is None:
            self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port)
        self._writer.write(one.raw)
        head = await self._reader.readuntil(b"\r\n\r\n")
        status = int(head[9:12])
        lower = head.lower()
        found = lower.find(b"content-length:")
        if found >= 0:
            length = int(lower[found + 15 : lower.index(b"\r", found)])
            body = await self._reader.readexactly(length) if length else b""
        elif b"transfer-encoding: chunked" in lower:
            body = await self._chunks()
        else:
            body = b""
        if b"connection: close" in lower:
            await self.close()
        return status, body

    async def _chunks(self) -> bytes:
        assert self._reader is not None
        parts: list[bytes] = []
        while size := int(await self._reader.readuntil(b"\r\n"), 16):
            parts.append(await self._reader.readexactly(size))
            await self._reader.readexactly(2)
        await self._reader.readexactly(2)
        return b"".join(parts)

    async def close(self) -> None:
        """Close the connection."""
        if self._writer is not None:
            self._writer.close()
        self._reader = self._writer = None


async def run_load(port: int, calls: Callable[[], Call | None], *, seconds: float, connections: int = CONNECTIONS) -> Load:
    """Send requests over `connections` connections until the time is up or `calls` gives None."""
    load = Load(0, 0, 0.0)
    end = time.perf_counter() + seconds

    async def one() -> None:
        connection = Connection(port)
        while time.perf_counter() < end:
            wanted = calls()
            if wanted is None:
                break
            try:
                status, body = await connection.send(wanted)
            except (OSError, asyncio.IncompleteReadError):
                load.failed += 1
                await connection.close()
                continue
            if status == wanted.expected:
                load.done += 1
            else:
                load.failed += 1
                load.sample = load.sample or body[:500]
        await connection.close()

    started = time.perf_counter()
    await asyncio.gather(*(one() for _ in range(connections)))
    load.seconds = time.perf_counter() - started
    return load


async def run_sequence(port: int, calls: Callable[[], Call | None], *, count: int) -> list[float]:
    """Send requests one after another over one connection; give each one's milliseconds, sorted."""
    connection = Connection(port)
    times: list[float] = []
    for _ in range(count):
        wanted = calls()
        if wanted is None:
            break
        started = time.perf_counter()
        await connection.send(wanted)
        times.append((time.perf_counter() - started) * 1000)
    await connection.close()
    return sorted(times)
