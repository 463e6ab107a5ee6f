"""Owns the measuring of processes: CPU seconds of a tree, resident memory, pinning to cores, start and stop (Linux)."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from contextlib import suppress
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")


def children(pid: int) -> list[int]:
    """List the live descendants of a process."""
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in task.read_text().split():
            found += [int(child), *children(int(child))]
    return found


def cpu_seconds(pid: int) -> float:
    """Sum user and system seconds of a process, its live descendants and the dead ones they waited for."""
    total = 0
    for one in (pid, *children(pid)):
        try:
            fields = Path(f"/proc/{one}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        total += sum(int(value) for value in fields[11:15])
    return total / TICKS


def resident_mb(pid: int) -> float:
    """Give the largest resident set in a process tree in MB: the serving worker's."""
    sizes = []
    for one in (pid, *children(pid)):
        try:
            sizes.append(int(Path(f"/proc/{one}/statm").read_text().split()[1]) * PAGE / 1e6)
        except OSError:
            continue
    return max(sizes, default=0.0)


def pin(pid: int, cores: set[int]) -> None:
    """Bind a process tree to cores; threads and children that start later inherit it."""
    for one in (pid, *children(pid)):
        # A process that ended meanwhile needs no core.
        with suppress(FileNotFoundError, ProcessLookupError):
            for task in Path(f"/proc/{one}/task").iterdir():
                os.sched_setaffinity(int(task.name), cores)


def free_port() -> int:
    """Find a free loopback port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Server:
    """A server process of the benchmark, pinned, in a process group of its own."""

    def __init__(self, command: list[str], *, port: int, environment: dict[str, str], cores: set[int], log: Path) -> None:
        """Start it and wait until it accepts connections. Raises: RuntimeError when it does not within 30 s."""
        started = time.perf_counter()
        self._log = log.open("ab")
        self._process = subprocess.Popen(  # noqa: S603 - our own command
            command, env={**os.environ, **environment}, stdout=self._log, stderr=self._log, start_new_session=True,
        )  # fmt: skip
        pin(self._process.pid, cores)
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=0.2).close()
                break
            except OSError:
                if self._process.poll() is not None or time.perf_counter() - started > 30:  # noqa: PLR2004 - the bound of the docstring
                    raise RuntimeError(f"{command[0]} did not start, see {log}") from None
                time.sleep(0.02)
        self.up_seconds = time.perf_counter() - started

    @property
    def pid(self) -> int:
        """Give the process id."""
        return self._process.pid

    def stop(self) -> None:
        """Ask the group to end, and end it after ten seconds."""
        if self._process.poll() is None:
            os.killpg(self.pid, signal.SIGTERM)
            try:
                self._process.wait(10)
            except subprocess.TimeoutExpired:
                os.killpg(self.pid, signal.SIGKILL)
        self._log.close()
