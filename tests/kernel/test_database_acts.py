"""Tests of an act's transaction, whose first statement goes with BEGIN and whose last ones go with COMMIT."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

import asyncpg
import pytest

from marketplace.kernel import database
from marketplace.kernel.actor import WORKER, Actor
from marketplace.kernel.database import acting, at_commit, connection, savepoint, transaction

if TYPE_CHECKING:
    from marketplace.kernel.settings import Settings

MINE = UUID(int=1)
LATER = "INSERT INTO kernel.try_notes VALUES ($1, $2, $3)"
ACTOR = Actor(organisation_id=MINE, capacities=frozenset({"buyer"}))
FIRST = f"INSERT INTO kernel.try_notes VALUES (1, '{MINE}', 'first')"


async def count() -> int:
    async with transaction(actor=WORKER) as held:
        return int(await held.fetchval("SELECT count(*) FROM kernel.try_notes"))


async def test_an_act_writes_what_goes_with_begin_and_what_goes_with_commit(tried: Settings) -> None:
    assert tried
    for step in (0, 10):
        async with acting(ACTOR, opening=FIRST.replace("(1,", f"({step + 1},")):
            await at_commit(LATER, step + 2, MINE, "it's ''quoted'' \\ $1")
            await at_commit(LATER, step + 3, MINE, "last")
            # What goes with COMMIT is not there before.
            assert await connection().fetchval("SELECT count(*) FROM kernel.try_notes WHERE id > $1", step) == 1
        assert await count() == (3 if step == 0 else 6)
    async with transaction(actor=WORKER) as held:
        assert await held.fetchval("SELECT text FROM kernel.try_notes WHERE id = 12") == "it's ''quoted'' \\ $1"


async def test_an_act_whose_last_statement_fails_does_nothing_and_gives_its_connection_back(tried: Settings) -> None:
    for _ in range(tried.pool_size + 2):
        with pytest.raises(asyncpg.UniqueViolationError):
            async with acting(ACTOR, opening=FIRST):
                await at_commit(LATER, 2, MINE, "good")
                await at_commit(LATER, 1, MINE, "taken")
    assert await count() == 0
    assert database.pool().get_idle_size() == database.pool().get_size()


async def test_an_act_whose_opening_fails_is_never_begun(tried: Settings) -> None:
    is_begun = False
    for _ in range(tried.pool_size + 2):
        with pytest.raises(asyncpg.DivisionByZeroError):
            async with acting(ACTOR, opening="SELECT 1 / 0"):
                is_begun = True
    assert not is_begun
    assert database.pool().get_idle_size() == database.pool().get_size()


async def test_outside_an_act_what_could_wait_is_written_at_once(tried: Settings) -> None:
    assert tried
    async with transaction(actor=ACTOR):
        await at_commit(LATER, 1, MINE, "now")
        assert await connection().fetchval("SELECT count(*) FROM kernel.try_notes") == 1
    assert await count() == 1


async def test_a_savepoint_takes_back_what_was_to_go_with_commit(tried: Settings) -> None:
    assert tried
    async with acting(ACTOR, opening="SELECT 1"):
        await at_commit(LATER, 1, MINE, "kept")
        with pytest.raises(ZeroDivisionError):
            async with savepoint():
                await at_commit(LATER, 2, MINE, "taken back")
                raise ZeroDivisionError
    assert await count() == 1
