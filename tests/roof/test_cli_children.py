"""Tests of the processes under a command, with real processes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from marketplace.cli_children import environment
from marketplace.kernel.settings import Settings, load

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).resolve().parents[2]
KEEPER = """
import sys
from marketplace.cli_children import Child, Supervisor
import marketplace.cli_children as module
module.STOP_SECONDS_MAX = 1
children = tuple(Child(f"child{n}", (sys.executable, "-c", code), {}) for n, code in enumerate(sys.argv[1:]))
sys.exit(Supervisor(children).run())
"""
NOTE = "import os, time; open({path!r}, 'a').write(str(os.getpid()) + '\\n'); "


def keeper(folder: Path, *codes: str) -> subprocess.Popen[bytes]:
    words = [sys.executable, "-c", KEEPER, *codes]
    with (folder / "said").open("wb") as said:
        return subprocess.Popen(words, env={**os.environ, "PYTHONPATH": str(ROOT)}, stderr=said)  # noqa: S603 - our own words


def wait_for(condition: Callable[[], bool], seconds: float = 10) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.02)


def pids(path: Path) -> list[int]:
    return [int(line) for line in path.read_text().split()] if path.exists() else []


def is_alive(pid: int) -> bool:
    status = Path(f"/proc/{pid}/stat")
    return status.exists() and status.read_text().rpartition(")")[2].split()[0] != "Z"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_every_child_and_ends_with_zero(tmp_path: Path, number: signal.Signals) -> None:
    notes = [tmp_path / "a", tmp_path / "b"]
    process = keeper(tmp_path, *(NOTE.format(path=str(note)) + "time.sleep(60)" for note in notes))
    wait_for(lambda: all(len(pids(note)) == 1 for note in notes))
    process.send_signal(number)
    assert process.wait(10) == 0
    assert [is_alive(pids(note)[0]) for note in notes] == [False, False]


def test_a_child_that_falls_is_started_again(tmp_path: Path) -> None:
    note = tmp_path / "a"
    process = keeper(tmp_path, NOTE.format(path=str(note)) + "time.sleep(60)")
    wait_for(lambda: len(pids(note)) == 1)
    os.kill(pids(note)[0], signal.SIGKILL)
    wait_for(lambda: len(pids(note)) == 2)
    process.terminate()
    assert process.wait(10) == 0


@pytest.mark.slow
def test_a_child_that_falls_again_and_again_ends_the_command_with_one(tmp_path: Path) -> None:
    note = tmp_path / "a"
    process = keeper(tmp_path, NOTE.format(path=str(note)) + "raise SystemExit(3)")
    assert process.wait(30) == 1
    assert len(pids(note)) == 6
    assert "giving up" in (tmp_path / "said").read_text()


def test_a_child_that_does_not_listen_is_ended_all_the_same(tmp_path: Path) -> None:
    note = tmp_path / "a"
    deaf = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); " + NOTE.format(path=str(note)) + "time.sleep(60)"
    process = keeper(tmp_path, deaf)
    wait_for(lambda: len(pids(note)) == 1)
    process.terminate()
    assert process.wait(10) == 0
    assert not is_alive(pids(note)[0])


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends the children of a killed process")
def test_the_children_of_a_killed_command_end_too(tmp_path: Path) -> None:
    note = tmp_path / "a"
    process = keeper(tmp_path, NOTE.format(path=str(note)) + "time.sleep(60)")
    wait_for(lambda: len(pids(note)) == 1)
    process.kill()
    process.wait(10)
    wait_for(lambda: not is_alive(pids(note)[0]))


def test_the_environment_of_a_child_leads_to_the_same_settings_without_the_owner(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_OWNER_URL", "postgresql://owner/x")
    settings = Settings(
        database_url="postgresql://app/x",
        database_owner_url="postgresql://owner/x",
        data_dir="/var/x",
        files_dir="/var/x/files",
        secret_key="0123456789abcdef",
        trusted_proxies=("10.0.0.1", "10.0.0.2"),
        is_demo=True,
        log_requests=False,
        pool_size=3,
    )
    read = load(environment(settings))
    assert read.database_owner_url == ""
    assert (read.database_url, read.data_dir, read.trusted_proxies) == ("postgresql://app/x", "/var/x", ("10.0.0.1", "10.0.0.2"))
    assert (read.is_demo, read.log_requests, read.pool_size, read.secret_key) == (True, False, 3, "0123456789abcdef")
