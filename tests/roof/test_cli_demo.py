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
import sys
import time
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from marketplace.cli_demo import Demo
from marketplace.kernel import postgres
from marketplace.kernel.settings import Settings
from tests.roof import whole_market

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = Path(__file__).resolve().parents[2]
# Three minutes and five seconds are what a person on an idle machine sees; on a busy one, or beside other tests, it takes longer.
IS_ALONE = os.getloadavg()[0] < 1 and "PYTEST_XDIST_WORKER" not in os.environ
FIRST_START_SECONDS_MAX = 180 if IS_ALONE else 600
SECOND_START_SECONDS_MAX = 5 if IS_ALONE else 25
CATALOGUE = ROOT.parent / "shared" / "data" / "catalogue" / "icecat_products.jsonl.gz"
WORLD = {"logins": [{"role": "buyer", "organisation": "A", "email": "a@demo.example", "password": "x"}], "api_keys": [{"key": "mk_1"}]}

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    """Give a data folder that the server's user can reach, and leave neither it nor a server behind."""
    yield from data_folder("demo")


@pytest.fixture
def other_home() -> Iterator[Path]:
    """Give a second one."""
    yield from data_folder("demo-other")


def data_folder(name: str) -> Iterator[Path]:
    path = Path(f"/var/tmp/marketplace-{name}-{os.getpid()}")  # noqa: S108 - pytest's own folder is closed to other users
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
                # As from the background of a script, where Ctrl-C is ignored: its end must be heard all the same.
                [
                    "/bin/bash",
                    "-c",
                    'trap "" INT; exec "$@"',
                    "bash",
                    str(ROOT / "scripts" / "demo"),
                    "--port",
                    str(free_port()),
                    "--json",
                    str(self.file),
                    *words,
                ],
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
        self.world = dict[str, Any](json.loads(self.file.read_bytes()))
        return self.world

    def end(self, number: signal.Signals) -> int:
        """Send a signal and give the exit status."""
        self.process.send_signal(number)
        return self.process.wait(90)


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


@pytest.fixture(scope="module")
def first(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    """Give the first start, open: the tests below look at the same market, and the last of them closes it."""
    run = Run(home, tmp_path_factory.mktemp("first"))
    run.wait(FIRST_START_SECONDS_MAX)
    yield run
    if run.process.poll() is None:
        run.end(signal.SIGTERM)


@pytest.mark.timeout(900)
def test_one_command_opens_a_market_and_prints_who_can_sign_in(first: Run) -> None:
    world = first.world
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


def test_the_market_is_as_large_and_as_lively_as_it_is_said_to_be(home: Path, first: Run) -> None:
    assert first.process.poll() is None
    figures = asyncio.run(whole_market.figures(home))
    assert (figures["suppliers"], figures["countries"], figures["buyers"], figures["offers"]) == (24, 9, 12, 15_000)
    assert 1_900 <= figures["products"] <= 2_200
    assert 2_800 <= figures["orders"] <= 3_200
    assert figures["currency_decimals"] == [0, 2, 3]
    # Of the orders some come late, some are refused, taken in part, taken back or never answered, but most go well.
    for fate, least, most in (
        ("late", 0.03, 0.2),
        ("refused", 0.01, 0.08),
        ("partly", 0.01, 0.12),
        ("cancelled", 0.01, 0.08),
        ("unanswered", 0.002, 0.05),
    ):
        assert least <= figures[fate] / figures["orders"] <= most, fate
    assert figures["delivered"] / figures["orders"] > 0.8
    assert figures["waiting"] >= 3
    # Stock is counted and prices are revised up to today, by most but not by all.
    assert 0.05 <= figures["counted_today"] / 15_000 <= 0.25
    assert 0.4 <= figures["counted_in_two_weeks"] / 15_000 <= 0.7
    assert 0.01 <= figures["never_counted_again"] / 15_000 <= 0.1
    assert figures["price_changes"] >= 15_000
    assert figures["priced_in_three_months"] / 15_000 >= 0.3
    assert figures["freight_tables_of_a_quarter"] >= 10


def test_the_doctor_finds_nothing_wrong_with_the_whole_market(home: Path, first: Run) -> None:
    assert first.process.poll() is None
    environment = {key: value for key, value in os.environ.items() if not key.startswith("DATABASE_")}
    done = subprocess.run(
        [sys.executable, "-m", "marketplace", "doctor", "--json"],
        env={**environment, "PYTHONPATH": str(ROOT), "DATA_DIR": str(home)},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    report = json.loads(done.stdout)
    assert (report["is_well"], report["findings"], done.returncode) == (True, [], 0)


def test_prices_on_one_product_lie_5_to_60_percent_apart(home: Path, first: Run) -> None:
    assert first.process.poll() is None
    spreads = asyncio.run(whole_market.spreads(home))
    assert len(spreads) > 1_800
    # A promotion takes a tenth off for some days, and some suppliers have moved their prices since somebody kept a comparison.
    wider = [spread for spread in spreads if not 0.05 <= spread <= 0.6]
    assert len(wider) <= 20
    assert all(0.03 <= spread <= 0.6 / 0.8 for spread in wider)


def test_no_supplier_comes_first_everywhere(home: Path, first: Run) -> None:
    firsts = whole_market.firsts(first.world["url"], asyncio.run(whole_market.product_ids(home, 72)))
    assert firsts.total() >= 60
    assert firsts.most_common(1)[0][1] <= firsts.total() * 0.4
    assert len(firsts) >= 8


def test_the_story_holds_from_the_search_to_the_delivery(first: Run) -> None:
    status, said = story(first.world["url"], first.file)
    assert status == 0, said
    assert said.endswith("  every step held\n")
    steps = [line.split()[1] for line in said.splitlines()[:-1]]
    assert steps == ["sign", "search", "compare", "cart", "checkout", *["accept", "ship", "delivered"] * 3]


def test_a_story_that_cannot_go_on_says_why_and_ends_with_one(first: Run, tmp_path: Path) -> None:
    url, world = first.world["url"], first.world
    wrong = tmp_path / "wrong.json"
    wrong.write_text(json.dumps({**world, "logins": [{**login, "password": "not-this-one"} for login in world["logins"]]}))
    lacking = tmp_path / "lacking.json"
    lacking.write_text(json.dumps({**world, "logins": []}))
    for address, file, reason in (
        (url, wrong, "POST"),
        (url, lacking, "lacks"),
        (url, tmp_path / "none.json", "is not a file that scripts/demo --json wrote"),
        ("http://127.0.0.1:1", first.file, "does not answer"),
    ):
        status, said = story(address, file)
        assert (status, said.count("\n")) == (1, 1), said
        assert said.startswith("  ✗ ")
        assert reason in said


def story(url: str, world: Path) -> tuple[int, str]:
    """Walk the story; give its exit status and what it said."""
    done = subprocess.run(  # noqa: S603 - our own words
        [str(ROOT / "scripts" / "story"), url, "--world", str(world)], cwd="/", capture_output=True, encoding="utf-8", check=False
    )
    assert "Traceback" not in done.stderr
    return done.returncode, done.stdout


@pytest.mark.timeout(300)
def test_the_market_is_stopped_whole_and_opens_again_as_it_was(home: Path, first: Run, start: Callable[..., Run]) -> None:
    assert first.end(signal.SIGTERM) == 0
    assert processes_of(home) == []

    second = start()
    again = second.wait(60)
    assert again["logins"] == first.world["logins"]
    assert again["api_keys"] == first.world["api_keys"]
    assert second.seconds <= SECOND_START_SECONDS_MAX, f"the second start took {second.seconds:.1f} s"
    assert get(f"{again['url']}/health/ready")[0] == 200
    assert second.end(signal.SIGINT) == 0
    assert processes_of(home) == []


@pytest.mark.timeout(300)
@pytest.mark.parametrize("number, status", [(signal.SIGTERM, 128 + signal.SIGTERM), (signal.SIGINT, 1)])
def test_closing_it_while_it_fills_leaves_nothing_running(other_home: Path, tmp_path: Path, number: signal.Signals, status: int) -> None:
    run = Run(other_home, tmp_path)
    try:
        while "offers (" not in run.said.read_text("utf-8"):
            assert run.process.poll() is None, run.said.read_text("utf-8")[-3000:]
            time.sleep(0.05)
        assert run.end(number) == status, run.said.read_text("utf-8")[-3000:]
    finally:
        if run.process.poll() is None:
            run.process.kill()
            run.process.wait()
    # PostgreSQL writes what it holds before it ends, which takes a busy machine some seconds more.
    until = time.monotonic() + 20
    while processes_of(other_home) and time.monotonic() < until:
        time.sleep(0.2)
    assert processes_of(other_home) == []
    assert "Traceback" not in run.said.read_text("utf-8")
    assert not run.file.exists()


@pytest.mark.shared
@pytest.mark.timeout(900)
def test_a_real_catalogue_is_imported_and_every_product_of_it_is_offered(home: Path, start: Callable[..., Run]) -> None:
    run = start("--catalogue", str(CATALOGUE))
    world = run.wait(800)
    assert len(world["api_keys"]) >= 1
    asyncio.run(_check_offers(home))
    assert run.end(signal.SIGTERM) == 0


async def _check_offers(home: Path) -> None:
    row = (
        await whole_market.rows(
            home,
            "SELECT count(*), min(n), max(n) FROM (SELECT p.id, count(o.id) AS n FROM catalogue.products p "
            "LEFT JOIN vendors.offers o ON o.product_id = p.id WHERE p.source = 'icecat' GROUP BY p.id) counted",
        )
    )[0]
    assert (row[0], row[1] >= 1, row[2] <= 12) == (19406, True, True)


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
