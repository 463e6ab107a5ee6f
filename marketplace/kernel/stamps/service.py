"""Owns keeping rows in the process for as long as their stamp stands: nothing kept is ever newer than its label, so a higher stamp drops it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, ClassVar, Generic, TypeVar

import msgspec

from marketplace.kernel import database
from marketplace.kernel.stamps import queries

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

CHECKED_SECONDS = 5.0
NOTE = "stamps"
ALL = queries.ALL
Rows = TypeVar("Rows")
_decoder = msgspec.json.Decoder(dict[str, int])


async def touch(name: str) -> None:
    """Say in the transaction of a change that rows of this name have changed; from its commit on nobody uses what was read before."""
    await queries.touch(name)
    (database.act_notes() or {}).pop(NOTE, None)
    for kept in Kept.all:
        if kept.name == name:
            kept.forget()


def take(found: str | None) -> None:
    """Note for the act around the caller the stamps that one of its statements has read by `ALL`; elsewhere it does nothing."""
    notes = database.act_notes()
    if notes is not None:
        notes[NOTE] = _decoder.decode(found) if found else {}


class Kept(Generic[Rows]):
    """Rows of one name that this process keeps: of one database and day, as long as the stamp stands.

    Inside an act they are used where it has read the stamps (`take`) and they stand; in any other transaction nothing is kept or used, since what
    is read there may never be committed. In a reading block the stamp is looked at every few seconds, so a change elsewhere shows within that time.
    """

    all: ClassVar[list[Kept[object]]] = []

    def __init__(self, name: str, make: Callable[[], Rows]) -> None:
        """Begin with what `make` gives, a mapping that its user fills."""
        self.name = name
        self._make = make
        self._of: tuple[int, date, int] | None = None
        self._checked_at = 0.0
        self._rows = make()
        Kept.all.append(self)  # type: ignore[arg-type]

    def forget(self) -> None:
        """Drop everything; whoever still fills what was here before fills what nobody will read."""
        self._of, self._rows = None, self._make()

    async def rows(self, today: date) -> Rows | None:
        """Give what is kept and may be filled, or None where nothing may be."""
        seen: dict[str, int] | None = (database.act_notes() or {}).get(NOTE)
        if seen is not None:
            return self._labelled((id(database.pool()), today, seen.get(self.name, 0)))
        if not database.reads_committed():
            return None
        moment = time.monotonic()
        if self._of is not None and self._of[:2] == (id(database.pool()), today) and moment - self._checked_at < CHECKED_SECONDS:
            return self._rows
        version = await queries.version(self.name)
        self._checked_at = moment
        return self._labelled((id(database.pool()), today, version))

    def _labelled(self, of: tuple[int, date, int]) -> Rows:
        if self._of != of:
            self._of, self._rows = of, self._make()
        return self._rows
