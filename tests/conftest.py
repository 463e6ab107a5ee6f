"""Owns the fixtures of every test: the server, a database of one's own, the rolled-back transaction, the client, the clock, a closed network."""

from __future__ import annotations

import os
import shutil
import sys
from collections import Counter
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import asyncpg
import hypothesis
import pytest
import pytest_asyncio

from marketplace.kernel import clock, database, sealing
from marketplace.kernel import files as kept
from marketplace.kernel.doctor.service import violations
from marketplace.kernel.http import pages
from marketplace.trade.compare import service as compare
from tests import databases

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    import httpx

    from marketplace.kernel.database import Connection
    from marketplace.kernel.doctor.schemas import Finding
    from marketplace.kernel.http.edge import Edge
    from marketplace.kernel.settings import Settings

NOW = datetime(2026, 11, 24, 9, 20, tzinfo=UTC)
SHARED = databases.ROOT.parent / "shared"
# Processes, browsers, races, the whole matrix and the many bad inputs take their time: scripts/check leaves them to scripts/test.
SLOW_FOLDERS = {"browser", "edge", "matrix", "races", "roof"}
# Where several processes share the tests, a file is one process's: those that wait longest for other processes begin first, or all wait for them at the end.
LONGEST = (
    "test_browser_pages",
    "test_cli_demo",
    "test_schemathesis",
    "test_bench",
    "test_demo_market",
    "test_acting_routes",
    "test_acting_pages",
    "test_matrix",
)
LOOPBACK = ("127.", "::1", "localhost")


class NetworkIsClosed(AssertionError):
    """A test tried to reach another machine."""


def _refuse_network(event: str, arguments: tuple[Any, ...]) -> None:
    if event != "socket.connect":
        return
    address = arguments[1]
    if isinstance(address, tuple) and not str(address[0]).startswith(LOOPBACK):
        raise NetworkIsClosed(f"a test connects to {address[0]}")


sys.addaudithook(_refuse_network)
# A comparison's two seconds are for people; a machine that runs every test at once may take longer and is not what is tested.
PATIENCE = 15
compare.SECONDS_MAX *= PATIENCE
# Neither are examples wrong because they took long to draw or to try while other tests ran beside them.
hypothesis.settings.register_profile("unhurried", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
hypothesis.settings.load_profile("unhurried")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--long`, which also runs the big property runs."""
    parser.addoption("--long", action="store_true", help="also run the tests marked long")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what is marked long, unless asked for; where a machine lacks something, each module that needs it is one skip."""
    for item in items:
        if SLOW_FOLDERS & set(item.path.parts) or item.path.stem.endswith("_races"):
            item.add_marker(pytest.mark.slow)
    dropped = [] if config.getoption("--long") else [item for item in items if item.get_closest_marker("long")]
    for marker, (is_here, reason) in _needs().items():
        if is_here:
            continue
        modules: dict[Path, pytest.Item] = {}
        for item in items:
            if item.get_closest_marker(marker) is None or item in dropped:
                continue
            if modules.setdefault(item.path, item) is not item:
                dropped.append(item)
        for item in modules.values():
            item.add_marker(pytest.mark.skip(reason=reason))
    if dropped:
        config.hook.pytest_deselected(items=dropped)
        left_out = set(dropped)
        items[:] = [item for item in items if item not in left_out]
    _put_longest_first(items)


def _put_longest_first(items: list[pytest.Item]) -> None:
    """Sort by file where several processes share them: the longest, then by the number of tests. They are handed out so (`--no-loadscope-reorder`)."""
    if "PYTEST_XDIST_WORKER" not in os.environ:
        return
    sizes = Counter(item.path for item in items)
    places = {name: place for place, name in enumerate(LONGEST)}
    items.sort(key=lambda item: (places.get(item.path.stem, len(LONGEST)), -sizes[item.path], item.path))


def _needs() -> dict[str, tuple[bool, str]]:
    return {
        "browser": (chromium() is not None, "no Chromium here: all browser tests of this module"),
        "needs_redis": (shutil.which("redis-server") is not None, "no redis-server here: all tests of this module that need it"),
        "shared": (SHARED.is_dir(), "no folder shared/ beside the checkout: all tests of this module that read it"),
    }


def chromium() -> str | None:
    """Give the path of Chromium, or None."""
    return os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


@pytest.fixture(scope="session")
def server() -> Iterator[Settings]:
    """Give the settings that lead to the tests' server."""
    with databases.shared_server() as settings:
        yield settings


@pytest.fixture(scope="session")
def copy_name(worker_id: str) -> str:
    """Give the name of this worker's database."""
    return f"{databases.PREFIX}run_{os.getpid()}_{worker_id}"


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def template(server: Settings) -> tuple[str, bytes]:
    """Give the name of the template of this run, and what the builder of its world wrote down."""
    if databases.has_world():
        return await databases.world_template(server)
    return await databases.empty_template(server), b"{}"


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def database_settings(server: Settings, template: tuple[str, bytes], copy_name: str) -> AsyncIterator[Settings]:
    """Give the settings of this worker's copy, with the pool open on it."""
    async with databases.copy_of(server, template[0], copy_name) as settings:
        # Whoever seals a secret needs the key that `assemble` sets elsewhere.
        sealing.set_key(settings.secret_key)
        kept.use(settings.files_dir)
        await database.open_pool(settings)
        yield settings
        await database.close_pool()


@pytest.fixture(name="database")
def _database(database_settings: Settings) -> Settings:
    """Give the settings of a migrated database that holds the tests' world, pool open; what a test commits here stays for the next one."""
    return database_settings


@pytest.fixture
def doctor() -> Iterator[list[Finding]]:
    """Fail the test for what doctor found after it; not inside a fixture of the loop, whose bound connection would then stay behind."""
    found: list[Finding] = []
    yield found
    if found:
        pytest.fail("\n".join(f"doctor: {finding.code} {finding.title}: {finding.problem or finding.rows}" for finding in found))


@pytest_asyncio.fixture(loop_scope="session")
async def rolled_back(database_settings: Settings, doctor: list[Finding]) -> AsyncIterator[Connection]:
    """Bind a transaction that is rolled back after the test; transactions inside become savepoints. Where rows were written, doctor looks."""
    assert database_settings
    async with database.rehearsal() as connection:
        yield connection
        # A statement that failed on the bare connection leaves nothing to look at, nor does a connection that broke.
        with suppress(asyncpg.InFailedSQLTransactionError, asyncpg.InterfaceError):
            if await connection.fetchval("SELECT pg_current_xact_id_if_assigned() IS NOT NULL"):
                doctor += await _examined()


@pytest_asyncio.fixture(loop_scope="session")
async def committed(server: Settings, template: tuple[str, bytes], copy_name: str, doctor: list[Finding]) -> AsyncIterator[Settings]:
    """Give a fresh copy of its own for commits and races, pool open on it; doctor looks afterwards."""
    async with databases.copy_of(server, template[0], f"{copy_name}_c") as settings, database.another_pool(settings):
        yield settings
        doctor += await _examined()


@pytest_asyncio.fixture(loop_scope="session")
async def empty_database(server: Settings, copy_name: str) -> AsyncIterator[Settings]:
    """Give a fresh migrated copy without the tests' world, pool open on it."""
    name = await databases.empty_template(server)
    async with databases.copy_of(server, name, f"{copy_name}_e") as settings, database.another_pool(settings):
        yield settings


async def _examined() -> list[Finding]:
    from marketplace.app import PACKAGES  # noqa: PLC0415 - it imports the whole house

    return await violations(tuple(invariant for package in PACKAGES for invariant in package.invariants))


@pytest.fixture(autouse=True)
def same_pool() -> Iterator[None]:
    """Leave the pool as it was: a test that runs a command in this process closes it, and the next file of tests still needs it."""
    state = database._State
    names = ("pool", "timeouts", "sets_role", "is_direct")
    kept = {name: getattr(state, name) for name in names}
    yield
    if kept["pool"] is not None and state.pool is not kept["pool"]:
        for name, value in kept.items():
            setattr(state, name, value)


@pytest.fixture
def files(tmp_path: Path, database_settings: Settings) -> Iterator[Path]:
    """Keep the files of this test in a folder of its own."""
    kept.use(str(tmp_path))
    yield tmp_path
    kept.use(database_settings.files_dir)


@pytest.fixture(autouse=True)
def no_kept_counts() -> None:
    """Forget what the last test's pages counted for somebody: a count is kept for seconds, and what it counted may have been rolled back."""
    pages._site.counts.clear()


@pytest.fixture(autouse=True)
def fixed_clock() -> Iterator[datetime]:
    """Set the clock to NOW."""
    with clock.at(NOW):
        yield NOW


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def app(database_settings: Settings) -> Edge:
    """Give the assembled server of this worker's database, whose pool is open already."""
    from marketplace.app import assemble, create_app  # noqa: PLC0415 - it imports the whole house

    return create_app(assemble(database_settings), opens_pool=False)


@pytest_asyncio.fixture(loop_scope="session")
async def client(app: Edge) -> AsyncIterator[httpx.AsyncClient]:
    """Give an anonymous client that talks to the server in this task, so that a rolled-back transaction holds for its requests too."""
    import httpx  # noqa: PLC0415 - only where needed

    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as opened:
        yield opened


if databases.has_world():
    from tests.world import *  # noqa: F403 - its fixtures
