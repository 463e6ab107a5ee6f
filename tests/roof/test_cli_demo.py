"""Tests of the demo: one command from nothing to an open market, kept over restarts, gone without a trace."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import socket
import stat
import subprocess
import time
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, Any

import asyncpg
import msgspec
import pytest

from marketplace.cli_demo import Demo
from marketplace.kernel import postgres
from marketplace.kernel.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = Path(__file__).resolve().parents[2]
FIRST_START_SECONDS_MAX = 180 if os.getloadavg()[0] < 1 else 600
# Three minutes and five seconds are what a person on an idle machine sees; on a busy one it takes longer.
SECOND_START_SECONDS_MAX = 5 if os.getloadavg()[0] < 1 else 25
CATALOGUE = ROOT.parent / "shared" / "data" / "catalogue" / "icecat_products.jsonl.gz"
WORLD = {"logins": [{"role": "buyer", "organisation": "A", "email": "a@demo.example", "password": "x"}], "api_keys": [{"key": "mk_1"}]}

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    """Give a data folder that the server's user can reach, and leave neither it nor a server behind."""
    path = Path(f"/var/tmp/marketplace-demo-{os.getpid()}")  # noqa: S108 - pytest's own folder is closed to other users
    yield path
    if (path / "postgres" / "data").exists():
        server = postgres.start(Settings(data_dir=str(path)))
        postgres.stop(msgspec.structs.replace(server, is_started_here=True))
    shutil.rmtree(path, ignore_errors=True)


class Run:
    """One start of scripts/demo, up to its JSON file."""

    def __init__(self, home: Path, folder: Path, *words: str) -> None:
        self.file = folder / "demo.json"
        self.said = folder / "said"
        self.file.unlink(missing_ok=True)
        self.began = time.monotonic()
        environment = {key: value for key, value in os.environ.items() if not key.startswith(("DATABASE_", "SECRET_"))}
        with self.said.open("wb") as said:
            self.process = subprocess.Popen(  # noqa: S603 - our own words
                [str(ROOT / "scripts" / "demo"), "--port", str(free_port()), "--json", str(self.file), *words],
                env={**environment, "DATA_DIR": str(home)},
                cwd="/",
                stdout=said,
                stderr=said,
            )

    def wait(self, seconds: float) -> dict[str, Any]:
        """Wait until the market is open and give what the file says."""
        while not self.file.exists():
            assert self.process.poll() is None, self.said.read_text("utf-8")[-3000:]
            assert time.monotonic() - self.began < seconds, f"not open after {seconds} s"
            time.sleep(0.05)
        self.seconds = time.monotonic() - self.began
        answer: dict[str, Any] = json.loads(self.file.read_bytes())
        return answer

    def end(self, number: signal.Signals) -> int:
        """Send a signal and give the exit status."""
        self.process.send_signal(number)
        return self.process.wait(30)


@pytest.fixture
def start(home: Path, tmp_path: Path) -> Iterator[Callable[..., Run]]:
    """Give what starts the demo, and end whatever a failed test leaves running."""
    runs: list[Run] = []

    def started(*words: str) -> Run:
        runs.append(Run(home, tmp_path, *words))
        return runs[-1]

    yield started
    for run in runs:
        if run.process.poll() is None:
            run.end(signal.SIGTERM)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def processes_of(home: Path) -> list[str]:
    """List the processes that still name this folder: in their command line or their environment."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            words = (folder / "cmdline").read_bytes()
            if str(home).encode() in words or f"DATA_DIR={home}".encode() in (folder / "environ").read_bytes():
                found.append(words.replace(b"\0", b" ").decode())
        except OSError:
            continue
    return found


def get(url: str) -> tuple[int, str]:
    with urllib.request.urlopen(url, timeout=10) as answer:  # noqa: S310 - our own loopback address
        return answer.status, answer.read().decode()


@pytest.mark.timeout(900)
def test_one_command_opens_a_market_that_is_kept_and_stopped_whole(home: Path, start: Callable[..., Run]) -> None:
    first = start()
    world = first.wait(FIRST_START_SECONDS_MAX)
    assert sorted(login["role"] for login in world["logins"]) == ["buyer", "buyer", "operator", "supplier", "supplier", "supplier"]
    assert [login["role"] for login in world["logins"] if login.get("totp_secret")] == ["operator"]
    assert {"url", "logins", "api_keys"} <= set(world)
    assert len(world["api_keys"]) >= 1
    assert stat.S_IMODE(first.file.stat().st_mode) == 0o600
    assert get(f"{world['url']}/health/ready")[0] == 200
    assert get(f"{world['url']}/en/")[0] == 200
    assert json.loads(get(f"{world['url']}/api/v1/products?limit=5")[1])["items"]
    said = first.said.read_text("utf-8")
    assert all(login["email"] in said and login["password"] in said for login in world["logins"])
    assert first.end(signal.SIGTERM) == 0
    assert processes_of(home) == []

    second = start()
    again = second.wait(60)
    assert again["logins"] == world["logins"]
    assert again["api_keys"] == world["api_keys"]
    assert second.seconds <= SECOND_START_SECONDS_MAX, f"the second start took {second.seconds:.1f} s"
    assert get(f"{again['url']}/health/ready")[0] == 200
    assert second.end(signal.SIGINT) == 0
    assert processes_of(home) == []


@pytest.mark.shared
@pytest.mark.timeout(900)
def test_a_real_catalogue_is_imported_and_every_product_of_it_is_offered(home: Path, start: Callable[..., Run]) -> None:
    run = start("--catalogue", str(CATALOGUE))
    world = run.wait(800)
    assert len(world["api_keys"]) >= 1
    asyncio.run(_check_offers(home))
    assert run.end(signal.SIGTERM) == 0


async def _check_offers(home: Path) -> None:
    server = postgres.start(Settings(data_dir=str(home)))
    assert not server.is_started_here
    connection = await asyncpg.connect(server.owner_url, server_settings={"app.role": "operator"})
    try:
        row = await connection.fetchrow(
            "SELECT count(*) AS products, min(n) AS least, max(n) AS most FROM (SELECT p.id, count(o.id) AS n FROM catalogue.products p "
            "LEFT JOIN vendors.offers o ON o.product_id = p.id WHERE p.source = 'icecat' GROUP BY p.id) counted"
        )
    finally:
        await connection.close()
    assert row is not None
    assert (row["products"], row["least"] >= 1, row["most"] <= 12) == (19406, True, True)


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Settings, list[str]]]:
    """Give settings of an own folder and the list of what was loaded into it; loading the world itself is not what these tests are about."""
    path = Path(f"/var/tmp/marketplace-demo-small-{os.getpid()}-{time.monotonic_ns()}")  # noqa: S108 - as above
    settings = Settings(data_dir=str(path), files_dir=str(path / "files"))
    loaded: list[str] = []

    def load(demo: Demo, running: Settings) -> dict[str, Any]:
        assert running.database_url
        loaded.append(str(demo._catalogue or ""))
        if (tmp_path / "fail").exists():
            raise KeyboardInterrupt
        return WORLD if len(loaded) == 1 else {**WORLD, "api_keys": []}

    monkeypatch.setattr(Demo, "_load", load)
    monkeypatch.setattr(Demo, "_wait_until_ready", lambda _, __: False)
    monkeypatch.setattr("marketplace.cli_demo.Supervisor", type("Nothing", (), {
        "__init__": lambda *_: None, "start": lambda _: None, "stop": lambda _: None, "is_stopping": lambda _: True,
    }))  # fmt: skip
    yield settings, loaded
    shutil.rmtree(path, ignore_errors=True)


def demo(settings: Settings, *, catalogue: Path | None = None, reset: bool = False) -> int:
    return Demo(settings, port=None, json_file=None, catalogue=catalogue, reset=reset).run()


def test_the_market_is_filled_once_and_a_reset_fills_it_anew(small: tuple[Settings, list[str]]) -> None:
    settings, loaded = small
    assert [demo(settings), demo(settings)] == [0, 0]
    assert loaded == [""]
    assert demo(settings, reset=True) == 0
    assert loaded == ["", ""]


def test_a_catalogue_is_imported_once_and_the_first_keys_are_kept(small: tuple[Settings, list[str]], tmp_path: Path) -> None:
    settings, loaded = small
    file = tmp_path / "products.jsonl"
    file.write_text("")
    for _ in range(2):
        assert demo(settings, catalogue=file) == 0
    other = tmp_path / "others.jsonl"
    other.write_text("")
    assert demo(settings, catalogue=other) == 0
    assert loaded == [str(file), str(other)]
    (note,) = Path(settings.data_dir).glob("demo-*.json")
    assert json.loads(note.read_bytes()) == {**WORLD, "catalogues": [str(file), str(other)]}


def test_a_start_that_was_cut_off_while_filling_starts_anew(small: tuple[Settings, list[str]], tmp_path: Path) -> None:
    settings, loaded = small
    (tmp_path / "fail").touch()
    with pytest.raises(KeyboardInterrupt):
        demo(settings)
    (tmp_path / "fail").unlink()
    assert demo(settings) == 0
    assert loaded == ["", ""]
    assert [path.suffix for path in Path(settings.data_dir).glob("demo-*")] == [".json"]


def test_a_taken_port_is_told_before_anything_starts(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(Exception, match="taken; choose another one with --port"):
        Demo(Settings(data_dir=str(tmp_path)), port=taken.getsockname()[1], json_file=None, catalogue=None, reset=False)


@pytest.mark.parametrize("system", ["MINGW64_NT-10.0", "CYGWIN_NT-10.0", "MSYS_NT-10.0"])
def test_windows_is_told_that_it_is_not_supported(tmp_path: Path, system: str) -> None:
    fake = tmp_path / "uname"
    fake.write_text(f"#!/bin/sh\necho {system}\n")
    fake.chmod(0o755)
    done = subprocess.run(  # noqa: S603 - our own words
        [str(ROOT / "scripts" / "demo")], env={"PATH": f"{tmp_path}:{os.environ['PATH']}"}, capture_output=True, encoding="utf-8", check=False
    )
    assert done.returncode == 1
    assert "Windows is not supported" in done.stderr
