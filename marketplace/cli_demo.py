"""Owns `marketplace demo`: from an empty machine to a living market with one command."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import sys
import time
import urllib.error
import urllib.request
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import asyncpg
import click
import msgspec

from marketplace.cli_children import Supervisor, granian, is_free, worker
from marketplace.cli_rooms import upgrade
from marketplace.cli_settings import connected, with_secret, write_private
from marketplace.kernel import postgres
from marketplace.kernel.stair import SCHEMAS, owner_url

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from marketplace.kernel.settings import Settings

FIRST_PORT = 8000
READY_SECONDS_MAX = 60


class Demo:
    """One run of the demo, from its options."""

    def __init__(self, settings: Settings, *, port: int | None, json_file: Path | None, catalogue: Path | None, reset: bool) -> None:
        self._settings = settings
        self._port = _free_port(port)
        self._json_file = json_file
        if json_file is not None and not os.access(json_file.absolute().parent, os.W_OK):
            raise click.ClickException(f"{json_file} cannot be written: its folder is missing or closed.")
        self._catalogue = catalogue
        self._reset = reset
        self._home = Path(settings.data_dir)

    def run(self) -> int:
        """Start everything, print who can sign in, and watch until a signal comes; give the exit status."""
        began = time.monotonic()
        if self._reset:
            self._throw_away()
        with connected(self._settings) as running:
            settings = msgspec.structs.replace(with_secret(running), is_demo=True, log_requests=False, public_url=f"http://127.0.0.1:{self._port}")
            world = self._world(settings)
            supervisor = Supervisor((granian(settings, host="127.0.0.1", port=self._port), worker(settings)))
            supervisor.start()
            if not self._wait_until_ready(supervisor):
                supervisor.stop()
                return 0 if supervisor.is_stopping() else 1
            self._announce({**world, "url": settings.public_url}, time.monotonic() - began)
            return supervisor.watch()

    def _throw_away(self) -> None:
        if self._settings.database_url:
            if not any(self._note(self._settings, suffix).exists() for suffix in ("json", "unfinished")):
                raise click.ClickException("This database was not filled by the demo, so --reset does not touch it.")
            asyncio.run(_drop_schemas(self._settings))
        else:
            server = postgres.start(self._settings)
            if not server.is_started_here:
                raise click.ClickException("Another process uses this data folder; stop it first, then reset.")
            postgres.stop(server)
            shutil.rmtree(self._home / "postgres")
        for path in self._home.glob("demo-*"):
            path.unlink()
        if not self._settings.database_url:
            shutil.rmtree(self._settings.files_dir, ignore_errors=True)

    def _world(self, settings: Settings) -> dict[str, Any]:
        """Migrate, load the demo world when it is not there, and give what to announce about it."""
        kept, unfinished = self._note(settings, "json"), self._note(settings, "unfinished")
        known: dict[str, Any] = msgspec.json.decode(kept.read_bytes()) if kept.exists() else {}
        if unfinished.exists() and not known:
            click.echo("The last start was interrupted while it filled the market; starting anew.")
            asyncio.run(_drop_schemas(settings))
        if not known and not unfinished.exists() and self._settings.database_url and asyncio.run(_holds_organisations(settings)):
            raise click.ClickException("This database holds organisations already; the demo fills an empty one only.")
        if not known:
            write_private(unfinished, "")
        asyncio.run(upgrade(settings))
        catalogues = known.get("catalogues", [])
        wanted = str(self._catalogue.resolve()) if self._catalogue else ""
        if known and (not wanted or wanted in catalogues):
            return known
        # A later import answers what is new: keys are shown once, and the first ones stay good.
        loaded = {key: value for key, value in self._load(settings).items() if value}
        world = {**known, **loaded, "catalogues": [*catalogues, *filter(None, [wanted])]}
        write_private(kept, msgspec.json.encode(world).decode())
        unfinished.unlink(missing_ok=True)
        return world

    def _load(self, settings: Settings) -> dict[str, Any]:
        from marketplace.app import assemble
        from marketplace.world.demo import load

        assemble(settings)
        with _progress() as progress:
            world: dict[str, Any] = msgspec.to_builtins(asyncio.run(load(settings, catalogue=self._catalogue, progress=progress)))
        return world

    def _note(self, settings: Settings, suffix: str) -> Path:
        # One note for each database: with DATABASE_URL the same folder may serve several.
        address = settings.database_url.rsplit("@", 1)[-1] if self._settings.database_url else "embedded"
        return self._home / f"demo-{sha256(address.encode()).hexdigest()[:8]}.{suffix}"

    def _wait_until_ready(self, supervisor: Supervisor) -> bool:
        end = time.monotonic() + READY_SECONDS_MAX
        while time.monotonic() < end and not supervisor.is_stopping():
            if supervisor.has_fallen():
                click.echo("The server or the worker ended while starting; its message stands above.", err=True)
                return False
            with (
                contextlib.suppress(urllib.error.URLError, OSError),
                urllib.request.urlopen(f"http://127.0.0.1:{self._port}/health/ready", timeout=2),
            ):
                return True
            time.sleep(0.05)
        return False

    def _announce(self, world: dict[str, Any], seconds: float) -> None:
        if self._json_file:
            public = {key: value for key, value in world.items() if key != "catalogues"}
            write_private(self._json_file, msgspec.json.encode(public).decode())
        click.echo(f"\nThe market is open at {world['url']} (after {seconds:.1f} s). Ctrl-C closes it.\n")
        for login in world.get("logins", []):
            totp = f"   one-time code from secret {login['totp_secret']}" if login.get("totp_secret") else ""
            click.echo(f"  {login['role']:<10} {login['organisation']:<36} {login['email']:<40} {login['password']}{totp}")
        for key in world.get("api_keys", []):
            click.echo(f"  API key    {key.get('organisation', ''):<36} {key.get('key', '')}")
        click.echo("", nl=True)
        sys.stdout.flush()


def _free_port(wanted: int | None) -> int:
    for port in (wanted,) if wanted else range(FIRST_PORT, FIRST_PORT + 100):
        if is_free("127.0.0.1", port):
            return port
    raise click.ClickException(f"Port {wanted or FIRST_PORT} is taken; choose another one with --port.")


async def _holds_organisations(settings: Settings) -> bool:
    connection = await asyncpg.connect(owner_url(settings))
    try:
        is_migrated = await connection.fetchval("SELECT to_regclass('kernel.organisations') IS NOT NULL")
        return bool(is_migrated and await connection.fetchval("SELECT EXISTS (SELECT FROM kernel.organisations)"))
    finally:
        await connection.close()


async def _drop_schemas(settings: Settings) -> None:
    connection = await asyncpg.connect(owner_url(settings))
    try:
        for schema in SCHEMAS:
            await connection.execute(f"DROP SCHEMA IF EXISTS {schema} CASCADE")
        await connection.execute("DROP TABLE IF EXISTS public.migration")
    finally:
        await connection.close()


@contextlib.contextmanager
def _progress() -> Iterator[Callable[[str, int, int], None]]:
    """Give a function that shows how far each step is: its name, how many are done, how many there are."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description:<28}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, disable=not sys.stdout.isatty()) as bars:
        tasks: dict[str, Any] = {}

        def show(step: str, done: int, total: int) -> None:
            if step not in tasks:
                tasks[step] = bars.add_task(step, total=total)
                if bars.disable:
                    click.echo(f"  {step} ({total})")
            bars.update(tasks[step], completed=done, total=total)

        yield show
