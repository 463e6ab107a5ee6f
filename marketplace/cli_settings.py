"""Owns what the command line adds to the settings: the embedded server's address, and a secret that is kept beside its data."""

from __future__ import annotations

import asyncio
import os
import secrets
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import asyncpg
import msgspec

from marketplace.kernel import postgres
from marketplace.kernel.settings import BadSetting, load

if TYPE_CHECKING:
    from collections.abc import Iterator

    from marketplace.kernel.settings import Settings

REACH_SECONDS_MAX = 10


@contextmanager
def connected(settings: Settings | None = None) -> Iterator[Settings]:
    """Run the block with a database. With the embedded one a missing SECRET_KEY is made once and kept; an external one needs it set."""
    given = settings or load()
    for name, address in (("DATABASE_URL", given.database_url), ("DATABASE_OWNER_URL", given.database_owner_url)):
        if address:
            asyncio.run(_reach(name, address))
    with postgres.running(given) as running:
        yield running if given.database_url else with_secret(running)


async def _reach(name: str, address: str) -> None:
    """See that a database answers at an address, before anything is built on it. The message holds no password."""
    try:
        connection = await asyncpg.connect(address, timeout=REACH_SECONDS_MAX)
    except TimeoutError:
        raise BadSetting(f"{name}: the database did not answer within {REACH_SECONDS_MAX} seconds.") from None
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, ValueError) as error:
        raise BadSetting(f"{name}: the database cannot be reached ({str(error).splitlines()[0]}).") from None
    await connection.close()


def with_secret(settings: Settings) -> Settings:
    """Give settings with a secret: the one that is set, else one made once and kept in the data folder."""
    if settings.secret_key:
        return settings
    path = Path(settings.data_dir) / "secret_key"
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        write_private(path, secrets.token_urlsafe(48))
    return msgspec.structs.replace(settings, secret_key=path.read_text("utf-8"))


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner reads, whole or not at all."""
    half = path.with_name(f"{path.name}.{os.getpid()}")
    with os.fdopen(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
    half.replace(path)
