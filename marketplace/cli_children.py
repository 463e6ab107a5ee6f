"""Owns the processes under a command: start them, watch them, restart what falls over, and stop them all at the end."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING

import click
import msgspec

from marketplace.kernel.settings import Settings, checkout_dir

if TYPE_CHECKING:
    from types import FrameType

STOP_SECONDS_MAX = 10
FALLS_MAX = 5
FALLS_WITHIN_SECONDS = 60
PR_SET_PDEATHSIG = 1
HEADER_READ_MILLISECONDS = 10_000


class Child(msgspec.Struct, frozen=True):
    """A program to keep running."""

    name: str
    words: tuple[str, ...]
    environment: dict[str, str]


def environment(settings: Settings) -> dict[str, str]:
    """Give the environment that leads a child to these settings; the owner's address stays out, because only migrations need it."""
    own = {key: value for key, value in os.environ.items() if key != "DATABASE_OWNER_URL"}
    defaults = Settings()
    for field in msgspec.structs.fields(Settings):
        value = getattr(settings, field.name)
        if value != getattr(defaults, field.name) and field.name != "database_owner_url":
            own[field.name.upper()] = ",".join(value) if isinstance(value, tuple) else str(value).lower() if isinstance(value, bool) else str(value)
    root = str(checkout_dir())
    own["PYTHONPATH"] = os.pathsep.join([root, *filter(None, [own.get("PYTHONPATH")])])
    return own


def is_free(host: str, port: int) -> bool:
    """Tell whether a server could listen there right now."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe, contextlib.suppress(OSError):
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind((host, port))
        return True
    return False


def granian(settings: Settings, *, host: str, port: int, workers: int = 1) -> Child:
    """Give the server as a child. A header that takes longer than ten seconds to arrive is a slow attack, not a slow line."""
    words = ("-m", "granian", "--interface", "asgi", "--factory", "--host", host, "--port", str(port), "--workers", str(workers))
    # Granian ends when one of its workers does, and the supervisor starts it again: one place that counts the falls.
    limits = ("--http1-header-read-timeout", str(HEADER_READ_MILLISECONDS))
    ends = ("--workers-kill-timeout", "5", "--log-level", "warning", "--loop", "uvloop")
    return Child("server", (sys.executable, *words, *limits, *ends, "marketplace.app:server"), environment(settings))


def worker(settings: Settings) -> Child:
    """Give the worker as a child."""
    return Child("worker", (sys.executable, "-m", "marketplace", "worker"), environment(settings))


def _end_with_parent() -> None:
    """Ask the kernel to end this child when its parent is killed without a chance to do so itself (Linux only)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


class Supervisor:
    """Keeps children running until a signal comes or one of them falls too often."""

    def __init__(self, children: tuple[Child, ...]) -> None:
        self._children = children
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._falls: list[float] = []
        self._stop = threading.Event()

    def run(self) -> int:
        """Start the children, watch them until the end, and give the exit status: 0 after a signal."""
        self.start()
        return self.watch()

    def start(self) -> None:
        """Catch SIGTERM and SIGINT, then start every child."""
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, self._on_signal)
        for child in self._children:
            self._spawn(child)

    def watch(self) -> int:
        """Restart children that end until a signal comes; then stop them all."""
        status = 0
        try:
            while not self._stop.wait(0.2):
                if not self._revive():
                    status = 1
                    break
        finally:
            self.stop()
        return status

    def is_stopping(self) -> bool:
        """Tell whether a signal has come."""
        return self._stop.is_set()

    def has_fallen(self) -> bool:
        """Tell whether a child is down right now."""
        return any(process.poll() is not None for process in self._running.values())

    def stop(self) -> None:
        """Ask every child to end, and end those that do not within ten seconds."""
        for process in self._running.values():
            if process.poll() is None:
                process.terminate()
        end = time.monotonic() + STOP_SECONDS_MAX
        for process in self._running.values():
            try:
                process.wait(max(0.1, end - time.monotonic()))
            except subprocess.TimeoutExpired:
                # The whole group: the server has processes of its own.
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        self._stop.set()

    def _spawn(self, child: Child) -> None:
        # A session of its own: Ctrl-C reaches this process only, which then stops the children in order.
        self._running[child.name] = subprocess.Popen(  # noqa: S603 - our own words
            child.words,
            env=child.environment,
            start_new_session=True,
            preexec_fn=_end_with_parent,  # noqa: PLW1509 - this process has one thread
        )

    def _revive(self) -> bool:
        for child in self._children:
            process = self._running[child.name]
            if process.poll() is None:
                continue
            self._falls = [moment for moment in self._falls if moment > time.monotonic() - FALLS_WITHIN_SECONDS] + [time.monotonic()]
            click.echo(f"The {child.name} ended with {process.returncode}.", err=True)
            if len(self._falls) > FALLS_MAX:
                click.echo(f"It fell {FALLS_MAX} times within a minute; giving up.", err=True)
                return False
            self._stop.wait(0.5 * len(self._falls))
            if not self._stop.is_set():
                self._spawn(child)
        return True
