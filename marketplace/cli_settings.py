"""Owns what the command line adds to the settings: the embedded server's address, and a secret that is kept beside its data."""

from __future__ import annotations

import os
import secrets
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from marketplace.kernel import postgres
from marketplace.kernel.settings import load

if TYPE_CHECKING:
    from collections.abc import Iterator

    from marketplace.kernel.settings import Settings


@contextmanager
def connected(settings: Settings | None = None) -> Iterator[Settings]:
    """Run the block with a database. With the embedded one a missing SECRET_KEY is made once and kept; an external one needs it set."""
    given = settings or load()
    with postgres.running(given) as running:
        yield running if given.database_url else with_secret(running)


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
