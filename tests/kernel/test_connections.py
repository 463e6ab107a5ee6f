"""Tests the connections of a process: what a loan leaves behind, who waits, and what cancelling, breaking and closing do to the next one."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import asyncpg
import pytest
import pytest_asyncio

from marketplace.kernel import connections as module
from marketplace.kernel.connections import FLOOR, Connections
from marketplace.kernel.database import as_domain_error
from marketplace.kernel.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from marketplace.kernel.connections import Lent
    from marketplace.kernel.settings import Settings

LONG = "SELECT pg_sleep(30)"


@pytest_asyncio.fixture(loop_scope="session", name="one")
async def _one(database_settings: Settings) -> AsyncIterator[Connections]:
    """Give a pool of a single connection: whoever comes next gets what the last one left."""
    pool = await Connections(database_settings.database_url, size=1).open()
    yield pool
    pool.terminate()


@pytest_asyncio.fixture(loop_scope="session", name="ten")
async def _ten(database_settings: Settings) -> AsyncIterator[Connections]:
    pool = await Connections(database_settings.database_url, size=10).open()
    yield pool
    pool.terminate()


async def pid(pool: Connections) -> int:
    async with asyncio.timeout(5), pool.acquire() as held:
        assert not held.is_in_transaction()
        return int(await held.fetchval("SELECT pg_backend_pid()"))


async def until(is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not is_so():  # noqa: ASYNC110 - the driver tells nobody when a server hangs up
            await asyncio.sleep(0.01)


async def cancelled(task: asyncio.Task[Any]) -> None:
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_lock_a_setting_and_a_channel_of_one_block_are_gone_in_the_next(one: Connections) -> None:
    before = await pid(one)
    async with one.acquire() as held:
        await held.execute("SELECT pg_advisory_lock(4711); SET work_mem = '99MB'; LISTEN somewhere")
        assert await held.fetchval("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()") == 1
    async with one.acquire() as held:
        assert await held.fetchval("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()") == 0
        assert await held.fetchval("SHOW work_mem") != "99MB"
        assert await held.fetchval("SELECT count(*) FROM pg_listening_channels()") == 0
    assert await pid(one) == before


async def test_a_transaction_that_a_block_left_open_is_rolled_back(one: Connections) -> None:
    async with one.acquire() as held:
        await held.execute("BEGIN; CREATE TEMPORARY TABLE left_behind ()")
    async with one.acquire() as held:
        assert not held.is_in_transaction()
        assert await held.fetchval("SELECT to_regclass('left_behind')") is None


async def test_after_its_block_a_connection_answers_nobody(one: Connections) -> None:
    async with one.acquire() as held:
        statement = await held.prepare("SELECT 1")
    with pytest.raises(asyncpg.InterfaceError, match="released back"):
        await held.fetchval("SELECT 1")
    with pytest.raises(asyncpg.InterfaceError):
        await statement.fetchval()
    await one.give_back(held)
    assert (one.get_size(), one.get_idle_size()) == (1, 1)


async def test_who_is_cancelled_while_waiting_takes_nothing_along(one: Connections) -> None:
    async with one.acquire():
        waiting = asyncio.create_task(pid(one))
        behind = asyncio.create_task(pid(one))
        await asyncio.sleep(0)
        await cancelled(waiting)
    assert await behind > 0
    assert one.get_idle_size() == 1


async def test_who_is_cancelled_just_when_served_hands_on_what_it_got(one: Connections) -> None:
    lent = await one.take()
    waiting = asyncio.create_task(pid(one))
    behind = asyncio.create_task(pid(one))
    await asyncio.sleep(0)
    await one.give_back(lent)
    # It was served by the line above, and has not run since.
    await cancelled(waiting)
    assert await behind > 0
    assert one.get_idle_size() == 1


async def test_who_cannot_wait_longer_takes_nothing_along(one: Connections) -> None:
    async with one.acquire():
        for _ in range(3):
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.02):
                    await one.take()
    assert await pid(one) > 0
    assert (one.get_size(), one.get_idle_size()) == (1, 1)


@pytest.mark.parametrize("opening", ["", "BEGIN; SELECT 1", f"BEGIN; {LONG}"], ids=["outside", "inside", "while it begins"])
async def test_a_query_that_is_cancelled_is_over_for_the_next(one: Connections, opening: str) -> None:
    async def sleep() -> None:
        async with one.acquire() as held:
            if opening:
                await held.execute(opening)
            await held.execute(LONG)

    for _ in range(3):
        task = asyncio.create_task(sleep())
        await asyncio.sleep(0.05)
        await cancelled(task)
        assert await pid(one) > 0
    assert (one.get_size(), one.get_idle_size()) == (1, 1)


async def test_a_query_given_up_inside_its_block_is_over_for_the_next(one: Connections) -> None:
    async with one.acquire() as held:
        with suppress(TimeoutError):
            async with asyncio.timeout(0.05):
                await held.execute(f"BEGIN; {LONG}")
    assert await pid(one) > 0


async def test_a_reset_that_is_cancelled_ends_the_connection(one: Connections) -> None:
    before = await pid(one)
    lent = await one.take()
    task = asyncio.create_task(one.give_back(lent))
    await asyncio.sleep(0)
    await cancelled(task)
    assert (one.get_size(), one.get_idle_size()) == (0, 0)
    assert await pid(one) != before


async def test_a_connection_that_somebody_still_uses_when_its_block_ends_is_ended(one: Connections) -> None:
    before = await pid(one)
    lent: Lent = await one.take()
    forgotten = asyncio.create_task(lent.execute(LONG))
    await asyncio.sleep(0.05)
    with pytest.raises(asyncpg.InterfaceError, match="in progress"):
        await one.give_back(lent)
    with pytest.raises((asyncpg.InterfaceError, asyncpg.PostgresConnectionError)):
        await forgotten
    assert await pid(one) != before


async def test_connections_that_the_server_ended_are_opened_anew(ten: Connections, database_settings: Settings) -> None:
    async with ten.acquire(), ten.acquire(), ten.acquire():
        pass
    other = await asyncpg.connect(database_settings.database_url)
    async with ten.acquire() as held:
        mine = await held.fetchval("SELECT pg_backend_pid()")
        await other.execute("SELECT pg_terminate_backend($1)", mine)
        await until(held.is_closed)
        with pytest.raises(asyncpg.InterfaceError) as caught:
            await held.fetchval("SELECT 1")
    assert isinstance(as_domain_error(caught.value), Unavailable)
    idle = [session.get_server_pid() for session in ten._idle]
    assert len(idle) == 2
    await other.execute("SELECT pg_terminate_backend(pid) FROM unnest($1::int[]) AS pid", idle)
    await other.close()
    await until(lambda: ten.get_size() == 0)
    assert await pid(ten) not in {mine, *idle}
    assert (ten.get_size(), ten.get_idle_size()) == (1, 1)


async def test_places_are_not_lost_while_no_connection_can_be_opened(one: Connections) -> None:
    there, one._address = one._address, "postgresql://nobody@127.0.0.1:1/nothing"
    lent = await one.take()
    waiting = [asyncio.create_task(pid(one)) for _ in range(3)]
    await asyncio.sleep(0)
    lent.terminate()
    await one.give_back(lent)
    async with asyncio.timeout(5):
        assert all(isinstance(refused, OSError) for refused in await asyncio.gather(*waiting, return_exceptions=True))
        for _ in range(3):
            with pytest.raises(OSError):  # noqa: PT011 - the driver's words differ by system
                await one.take()
    one._address = there
    assert await pid(one) > 0


async def test_two_hundred_share_ten(ten: Connections) -> None:
    held_now: set[int] = set()
    most = 0

    async def use(number: int) -> int:
        nonlocal most
        async with ten.acquire() as held:
            mine = held.get_server_pid()
            assert mine not in held_now
            held_now.add(mine)
            most = max(most, len(held_now))
            try:
                answer = int(await held.fetchval("SELECT $1::int", number))
                if number % 7 == 0:
                    await held.execute("SELECT pg_sleep(0.01)")
            finally:
                held_now.discard(mine)
        return answer

    tasks = [asyncio.create_task(use(number)) for number in range(200)]
    await asyncio.sleep(0.03)
    for task in tasks[3::11]:
        task.cancel()
    answers = await asyncio.gather(*tasks, return_exceptions=True)
    assert all(answer == number or isinstance(answer, asyncio.CancelledError) for number, answer in enumerate(answers))
    assert sum(isinstance(answer, int) for answer in answers) >= 200 - len(tasks[3::11])
    assert most <= 10
    assert ten.get_idle_size() == ten.get_size() <= 10
    async with asyncio.timeout(5):
        lent = [await ten.take() for _ in range(10)]
    for each in lent:
        await ten.give_back(each)


async def test_closing_waits_for_what_is_lent_and_refuses_who_waits(one: Connections) -> None:
    lent = await one.take()
    waiting = asyncio.create_task(pid(one))
    await asyncio.sleep(0)
    closing = asyncio.create_task(one.close())
    with pytest.raises(asyncpg.InterfaceError, match="clos") as refused:
        await waiting
    assert isinstance(as_domain_error(refused.value), Unavailable)
    with pytest.raises(asyncpg.InterfaceError, match="clos"):
        await one.take()
    assert not closing.done()
    assert await lent.fetchval("SELECT 1") == 1
    await one.give_back(lent)
    await asyncio.wait_for(closing, 5)
    assert (one.get_size(), one.get_idle_size()) == (0, 0)


async def test_terminating_ends_what_is_lent_too(one: Connections) -> None:
    async with one.acquire() as held:
        one.terminate()
        with pytest.raises(asyncpg.InterfaceError, match="clos"):
            await held.fetchval("SELECT 1")
    await asyncio.wait_for(one.close(), 5)
    assert one.get_size() == 0


async def test_a_connection_that_is_opened_while_the_pool_closes_is_ended(ten: Connections) -> None:
    first, second = await ten.take(), await ten.take()
    late = asyncio.create_task(pid(ten))
    await asyncio.sleep(0)
    closing = asyncio.create_task(ten.close())
    with pytest.raises(asyncpg.InterfaceError, match="clos"):
        await late
    await ten.give_back(first)
    await ten.give_back(second)
    await asyncio.wait_for(closing, 5)


async def test_after_many_loans_another_backend_takes_the_place(one: Connections, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LOANS_MAX", 3)
    assert [first := await pid(one), await pid(one), await pid(one)] == [first] * 3
    assert await pid(one) != first
    assert one.get_size() == 1


async def test_what_nobody_needs_for_long_is_closed(ten: Connections) -> None:
    lent = [await ten.take() for _ in range(6)]
    for each in lent:
        await ten.give_back(each)
    ten._trim()
    async with ten.acquire(), ten.acquire(), ten.acquire():
        pass
    ten._trim()
    assert (ten.get_size(), ten.get_idle_size()) == (3, 3)
    ten._trim()
    assert (ten.get_size(), ten.get_idle_size()) == (FLOOR, FLOOR)
    lent = [await ten.take() for _ in range(10)]
    for each in lent:
        await ten.give_back(each)
    assert ten.get_size() == 10


async def test_when_a_table_has_changed_no_connection_keeps_what_it_knew_of_it(ten: Connections) -> None:
    async with ten.acquire() as first, ten.acquire() as second:
        assert await second.fetchval("SELECT 1") == 1
        kept = next(session for session in ten._all if session.get_server_pid() == second.get_server_pid())._stmt_cache  # type: ignore[attr-defined]
        assert list(kept.iter_statements())
        await first.reload_schema_state()
        assert not list(kept.iter_statements())
