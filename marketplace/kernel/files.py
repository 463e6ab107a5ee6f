"""Owns where files are kept: under FILES_DIR, by keys that we make ourselves and never by a name that somebody sent."""

from __future__ import annotations

import re
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from uuid import UUID

_KEY = re.compile(r"[a-z]+/[0-9a-f]{2}/[0-9a-f-]{36}\.[a-z]+")
CHUNK_BYTES = 1 << 20


class _State:
    """Where this process keeps its files, given once by the assembly."""

    folder: Path | None = None


def use(folder: str) -> None:
    """Keep files in this folder from now on; it is made with the first file."""
    _State.folder = Path(folder) if folder else None


def key(room: str, file_id: UUID, *, suffix: str) -> str:
    """Make the key of a file: its room, two characters that spread the folders, the id and what it is."""
    return f"{room}/{str(file_id)[-2:]}/{file_id}.{suffix}"


def path(file_key: str) -> Path:
    """Give where a file of this key is or will be. Another form of key is the programmer's mistake."""
    assert _State.folder is not None, "the assembly says where files are kept"
    assert _KEY.fullmatch(file_key), "keys are made by key()"
    return _State.folder / file_key


def write(file_key: str, content: bytes | Iterator[bytes]) -> Path:
    """Write a file whole: whoever reads it sees all of it or nothing."""
    place = path(file_key)
    place.parent.mkdir(parents=True, exist_ok=True)
    unfinished = place.with_suffix(".part")
    with unfinished.open("wb") as opened:
        for chunk in (content,) if isinstance(content, bytes) else content:
            opened.write(chunk)
    unfinished.replace(place)
    return place


def remove(file_key: str) -> None:
    """Take a file away; one that is gone already is no error."""
    with suppress(FileNotFoundError):
        path(file_key).unlink()
