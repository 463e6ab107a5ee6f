"""Tests of rows that a process keeps as long as their stamp stands."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from marketplace.kernel.actor import WORKER
from marketplace.kernel.database import acting, connection, pool, reading, transaction
from marketplace.kernel.stamps import service as stamps

if TYPE_CHECKING:
    from collections.abc import Iterator

    from marketplace.kernel.settings import Settings

TODAY, TOMORROW = date(2026, 11, 24), date(2026, 11, 25)
NAME = "tried"


@pytest.fixture(name="kept")
def _kept() -> Iterator[stamps.Kept[dict[str, int]]]:
    kept: stamps.Kept[dict[str, int]] = stamps.Kept(NAME, dict)
    yield kept
    stamps.Kept.all.remove(kept)  # type: ignore[arg-type]


async def change() -> None:
    async with transaction(actor=WORKER):
        await stamps.touch(NAME)


async def in_act(kept: stamps.Kept[dict[str, int]], **filling: int) -> dict[str, int] | None:
    """Give what is kept as an act sees it that has read the stamps, and fill it."""
    async with acting(WORKER, opening="SELECT 1"):
        stamps.take(await connection().fetchval(f"SELECT {stamps.ALL}"))
        rows = await kept.rows(TODAY)
        found = None if rows is None else dict(rows)
        (rows if rows is not None else {}).update(filling)
    return found


async def test_what_is_read_is_kept_until_it_changes(committed: Settings, kept: stamps.Kept[dict[str, int]]) -> None:
    assert committed
    await change()
    assert await in_act(kept, a=1) == {}
    assert await in_act(kept) == {"a": 1}
    async with reading():
        assert await kept.rows(TODAY) == {"a": 1}
    await change()
    assert await in_act(kept) == {}


async def test_a_change_by_another_process_is_seen_by_the_next_act(committed: Settings, kept: stamps.Kept[dict[str, int]]) -> None:
    assert committed
    assert await in_act(kept, a=1) == {}
    async with transaction(actor=WORKER) as held:
        # Nothing in this process hears of it.
        await held.execute("INSERT INTO kernel.stamps (name, version) VALUES ($1, 1)", NAME)
    assert await in_act(kept) == {}


async def test_whoever_began_before_a_change_labels_nothing_as_newer(committed: Settings, kept: stamps.Kept[dict[str, int]]) -> None:
    assert committed
    async with acting(WORKER, opening="SELECT 1"):
        stamps.take(await connection().fetchval(f"SELECT {stamps.ALL}"))
        early = await kept.rows(TODAY)
        assert early is not None
        async with pool().acquire() as other:
            await other.execute("INSERT INTO kernel.stamps (name, version) VALUES ($1, 1)", NAME)
        early["old"] = 1
    assert await in_act(kept) == {}


async def test_another_day_is_another_reading(committed: Settings, kept: stamps.Kept[dict[str, int]]) -> None:
    assert committed
    async with reading():
        rows = await kept.rows(TODAY)
        assert rows is not None
        rows["a"] = 1
        assert await kept.rows(TODAY) == {"a": 1}
        assert await kept.rows(TOMORROW) == {}


async def test_nothing_is_kept_of_what_may_never_be_committed(committed: Settings, kept: stamps.Kept[dict[str, int]]) -> None:
    assert committed
    async with transaction(actor=WORKER):
        assert await kept.rows(TODAY) is None
    async with acting(WORKER, opening="SELECT 1"):
        assert await kept.rows(TODAY) is None
        stamps.take(await connection().fetchval(f"SELECT {stamps.ALL}"))
        assert await kept.rows(TODAY) == {}
        await stamps.touch(NAME)
        assert await kept.rows(TODAY) is None
