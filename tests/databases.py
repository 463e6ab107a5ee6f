"""Owns the tests' PostgreSQL: one server for all runs, templates named by what is in them, and a copy for each worker."""

from __future__ import annotations

import asyncio
import fcntl
import hashlib
import os
from contextlib import asynccontextmanager, contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, TextIO
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import msgspec

from marketplace.cli_rooms import upgrade
from marketplace.kernel import database, postgres
from marketplace.kernel.settings import Settings, default_data_dir, load

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

ROOT = Path(__file__).resolve().parents[1]
SOURCES = ("marketplace", "vendors", "buyers", "trust", "services_addons", "retention")
PREFIX = "market_"
# Several runs of different sources may be under way at once; a copy is about 20 MB.
TEMPLATES_KEPT = 12


def base_settings() -> Settings:
    """Give the tests' settings before a database is chosen: their own data folder, never the demo's."""
    folder = Path(os.environ.get("TEST_DATA_DIR") or f"{default_data_dir()}-tests")
    folder.mkdir(parents=True, exist_ok=True)
    settings = load({key: value for key in ("DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL") if (value := os.environ.get(key))})
    return msgspec.structs.replace(
        settings,
        data_dir=str(folder),
        files_dir=str(folder / "files"),
        secret_key="only for tests: 0123456789abcdef",
        log_requests=False,
        pool_size=8,
    )


@contextmanager
def shared_server() -> Iterator[Settings]:
    """Use the tests' server for a whole run; the last run that leaves stops it."""
    settings = base_settings()
    with (Path(settings.data_dir) / "users").open("a", encoding="utf-8") as users:
        fcntl.flock(users, fcntl.LOCK_SH)
        server = postgres.start(settings, is_durable=False)
        try:
            yield postgres.with_server(settings, server)
        finally:
            _stop_as_last(users, server)


def _stop_as_last(users: TextIO, server: postgres.Server) -> None:
    with suppress(BlockingIOError):
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if server.home:
            postgres.stop(msgspec.structs.replace(server, is_started_here=True))


def for_database(settings: Settings, name: str) -> Settings:
    """Give the settings that lead to another database of the same server."""
    owner, app = (
        urlunsplit(urlsplit(url)._replace(path=f"/{name}")) for url in (settings.database_owner_url or settings.database_url, settings.database_url)
    )
    return msgspec.structs.replace(settings, database_url=app, database_owner_url=owner, database_direct_url=app)


def superuser_settings(settings: Settings, there: Settings) -> Settings:
    """Give the settings that lead to `there` as the superuser of the embedded server."""
    name = urlsplit(there.database_url).path
    server = postgres.start(msgspec.structs.replace(settings, database_url="", database_owner_url=""))
    url = urlunsplit(urlsplit(server.superuser_url)._replace(path=name))
    return msgspec.structs.replace(there, database_url=url, database_owner_url=url, database_direct_url=url)


@asynccontextmanager
async def _owner(settings: Settings) -> AsyncIterator[asyncpg.Connection[asyncpg.Record]]:
    connection = await asyncpg.connect(settings.database_owner_url or settings.database_url)
    try:
        yield connection
    finally:
        await connection.close()


def _digest(paths: list[Path]) -> str:
    digest = hashlib.sha256()
    for path in sorted(paths):
        digest.update(str(path.relative_to(ROOT)).encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def _migrated_name() -> str:
    files = [path for folder in SOURCES for path in (ROOT / folder).rglob("piccolo_migrations/*.py")]
    # The edges of the state machines are written after migrating.
    files += [path for folder in SOURCES for path in (ROOT / folder).rglob("*.py") if b"Machine(" in path.read_bytes()]
    return f"{PREFIX}schema_{_digest([*files, ROOT / 'marketplace/kernel/migrations.py'])}"


def _world_name() -> str:
    files = [path for folder in SOURCES for path in (ROOT / folder).rglob("*.py")]
    return f"{PREFIX}world_{_digest([*files, *(ROOT / 'tests').glob('world*.py')])}"


# Taken while nothing else is imported: a migration that is edited during the run keeps the name of what the run has in memory.
MIGRATED, WORLD = _migrated_name(), _world_name()


def has_world() -> bool:
    """Tell whether tests/world.py fills the template: `async def build(settings) -> bytes`, run with the pool open on it. TESTS_WITHOUT_WORLD leaves it out."""
    return not os.environ.get("TESTS_WITHOUT_WORLD") and find_spec("tests.world") is not None


@contextmanager
def _file_lock(path: Path) -> Iterator[None]:
    with path.open("a", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


async def empty_template(settings: Settings) -> str:
    """Give the name of a database with every migration and no row of ours; make it when the migrations are new."""
    name = MIGRATED
    with _file_lock(Path(settings.data_dir) / "template.lock"):
        if not await _exists(settings, name):
            await _drop_old(settings, f"{PREFIX}schema_")
            await _drop(settings, f"{name}_new")
            await _create(settings, f"{name}_new")
            await upgrade(for_database(settings, f"{name}_new"))
            await _rename(settings, f"{name}_new", name)
    return name


async def world_template(settings: Settings) -> tuple[str, bytes]:
    """Give the name of a database with the tests' world in it, and what its builder wrote down about it; make it when any source is new."""
    from tests import world  # noqa: PLC0415 - it imports the whole house

    empty, name = await empty_template(settings), WORLD
    notes = Path(settings.data_dir) / f"{name}.json"
    with _file_lock(Path(settings.data_dir) / "world.lock"):
        if not (notes.exists() and await _exists(settings, name)):
            await _drop_old(settings, f"{PREFIX}world_")
            await _drop(settings, name)
            await _drop(settings, f"{name}_new")
            await _create(settings, f"{name}_new", template=empty)
            there = for_database(settings, f"{name}_new")
            async with database.another_pool(there):
                notes.write_bytes(await world.build(there))
            await _rename(settings, f"{name}_new", name)
    return name, notes.read_bytes()


@asynccontextmanager
async def copy_of(settings: Settings, template: str, name: str) -> AsyncIterator[Settings]:
    """Copy a template for the block (about 0.1 s) and drop the copy afterwards."""
    await _drop(settings, name)
    await _create(settings, name, template=template)
    try:
        yield for_database(settings, name)
    finally:
        await _drop(settings, name)


async def _exists(settings: Settings, name: str) -> bool:
    async with _owner(settings) as connection:
        return bool(await connection.fetchval("SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)", name))


async def _create(settings: Settings, name: str, template: str = "template0") -> None:
    async with _owner(settings) as connection:
        for attempt in range(5):
            try:
                await connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
            except asyncpg.ObjectInUseError:
                # A connection to the template that has just closed lingers for a moment.
                await asyncio.sleep(0.1 * (attempt + 1))
            else:
                return
        raise RuntimeError(f"the template {template} stays in use")


async def _drop(settings: Settings, name: str) -> None:
    async with _owner(settings) as connection:
        try:
            await connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        except asyncpg.InsufficientPrivilegeError:
            # A vacuum is at work there, which only the plain command sends away.
            await connection.execute(f'DROP DATABASE IF EXISTS "{name}"')


async def _rename(settings: Settings, name: str, new_name: str) -> None:
    async with _owner(settings) as connection:
        await connection.execute(f'ALTER DATABASE "{name}" RENAME TO "{new_name}"')


async def _drop_old(settings: Settings, prefix: str) -> None:
    """Keep the newest templates of this kind, and no copy of a run that is over; a database's number grows with its age in the server."""
    async with _owner(settings) as connection:
        rows = await connection.fetch("SELECT datname FROM pg_database WHERE starts_with(datname, $1) ORDER BY oid DESC", prefix)
        copies = await connection.fetch("SELECT datname FROM pg_database WHERE starts_with(datname, $1)", f"{PREFIX}run_")
        over = [row["datname"] for row in copies if not Path(f"/proc/{row['datname'].split('_')[2]}").exists()] if Path("/proc/self").exists() else []
        for name in [*(row["datname"] for row in rows[TEMPLATES_KEPT:]), *over]:
            with suppress(asyncpg.PostgresError):
                await connection.execute(f'DROP DATABASE IF EXISTS "{name}"')
