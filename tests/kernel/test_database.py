"""Tests of the one way to open a transaction, each trap by name."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING
from uuid import UUID

import asyncpg
import msgspec
import pytest

from marketplace.kernel import database
from marketplace.kernel.actor import WORKER, Actor
from marketplace.kernel.database import (
    BypassesRowSecurity,
    RolledBackOnly,
    as_domain_error,
    connection,
    in_transaction,
    reading,
    reads_committed,
    savepoint,
    transaction,
)
from marketplace.kernel.errors import Busy, Conflict, InvalidInput, Unavailable
from tests import databases

if TYPE_CHECKING:
    from marketplace.kernel.settings import Settings

MINE, OTHERS = UUID(int=1), UUID(int=2)


def member(organisation_id: UUID) -> Actor:
    return Actor(organisation_id=organisation_id, capacities=frozenset({"buyer"}))


async def count() -> int:
    async with transaction(actor=WORKER) as held:
        return int(await held.fetchval("SELECT count(*) FROM kernel.try_notes"))


async def write(number: int, text: str = "good", organisation_id: UUID = MINE) -> None:
    await connection().execute("INSERT INTO kernel.try_notes VALUES ($1, $2, $3)", number, organisation_id, text)


async def test_commits_that_fail_do_not_hold_connections_back(tried: Settings) -> None:
    assert tried.pool_size
    for _ in range(tried.pool_size + 3):
        with pytest.raises(asyncpg.UniqueViolationError):
            async with transaction():
                await connection().execute("INSERT INTO kernel.try_pairs VALUES (1), (1)")
    async with asyncio.timeout(5), transaction() as first:
        assert await first.fetchval("SELECT count(*) FROM kernel.try_pairs") == 0
    assert database.pool().get_idle_size() == database.pool().get_size()


async def test_a_connection_is_back_in_the_pool_when_its_block_ends(tried: Settings) -> None:
    assert tried
    idle = database.pool().get_idle_size()
    async with reading():
        assert database.pool().get_idle_size() == idle - 1
    assert database.pool().get_idle_size() == idle


async def test_readings_that_are_cancelled_hold_no_connection_back(tried: Settings) -> None:
    async def sleep() -> None:
        async with reading() as bound:
            await bound.execute("SELECT pg_sleep(30)")

    assert tried.pool_size
    for _ in range(tried.pool_size + 1):
        task = asyncio.create_task(sleep())
        await asyncio.sleep(0.05)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    async with asyncio.timeout(5), reading() as bound:
        assert await bound.fetchval("SELECT 1") == 1


async def test_an_exception_rolls_the_block_back(tried: Settings) -> None:
    assert tried
    with pytest.raises(ZeroDivisionError):
        async with transaction(actor=WORKER):
            await write(1)
            raise ZeroDivisionError
    assert await count() == 0
    assert not in_transaction()


async def test_a_nested_block_joins_the_outer_one_and_keeps_its_actor(tried: Settings) -> None:
    assert tried
    async with transaction(actor=member(MINE)) as outer:
        await write(1)
        async with transaction(actor=member(OTHERS)) as inner:
            assert inner is outer
            assert await inner.fetchval("SELECT current_setting('app.org')") == str(MINE)
            assert await inner.fetchval("SELECT count(*) FROM kernel.try_notes") == 1
    assert await count() == 1


async def test_an_exception_that_crossed_a_nested_block_cannot_be_swallowed(tried: Settings) -> None:
    assert tried

    async def half_a_use_case() -> None:
        async with transaction():
            await write(2)
            raise ZeroDivisionError

    async def whole_use_case() -> None:
        async with transaction(actor=WORKER):
            await write(1)
            with pytest.raises(ZeroDivisionError):
                await half_a_use_case()

    with pytest.raises(RolledBackOnly):
        await whole_use_case()
    assert await count() == 0


async def test_a_savepoint_undoes_its_block_alone(tried: Settings) -> None:
    assert tried
    async with transaction(actor=WORKER):
        await write(1)
        with pytest.raises(asyncpg.CheckViolationError):
            async with savepoint():
                await write(2)
                await write(3, "bad")
        async with savepoint():
            await write(4)
    assert await count() == 2


async def test_a_savepoint_forgives_a_nested_block_inside_it(tried: Settings) -> None:
    assert tried
    async with transaction(actor=WORKER):
        await write(1)
        with pytest.raises(ZeroDivisionError):
            async with savepoint(), transaction():
                await write(2)
                raise ZeroDivisionError
    assert await count() == 1


async def test_a_cancelled_task_gives_its_connection_back_and_commits_nothing(tried: Settings) -> None:
    assert tried
    started = asyncio.Event()

    async def work() -> None:
        async with transaction(actor=WORKER) as held:
            await write(1)
            started.set()
            await held.execute("SELECT pg_sleep(30)")

    for _ in range(tried.pool_size + 1):
        started.clear()
        task = asyncio.create_task(work())
        await started.wait()
        await asyncio.sleep(0.05)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    async with asyncio.timeout(5):
        assert await count() == 0


async def test_tasks_started_inside_a_transaction_do_not_share_its_connection_by_accident(tried: Settings) -> None:
    assert tried
    async with transaction(actor=WORKER) as held:
        own = await held.fetchval("SELECT pg_backend_pid()")

        async def beside() -> int:
            async with transaction(actor=WORKER) as other:
                return int(await other.fetchval("SELECT pg_backend_pid()"))

        # One after another it joins; two at once on one connection is refused by the driver rather than mixed up.
        assert await asyncio.create_task(beside()) == own
        answers = await asyncio.gather(held.execute("SELECT pg_sleep(0.1)"), held.execute("SELECT 1"), return_exceptions=True)
        assert [type(answer) for answer in answers] == [str, asyncpg.InterfaceError]


async def test_without_a_where_the_application_role_sees_nothing_foreign(tried: Settings) -> None:
    assert tried
    async with transaction(actor=WORKER):
        await write(1, organisation_id=MINE)
        await write(2, organisation_id=OTHERS)
    for actor, seen in ((member(MINE), [1]), (member(OTHERS), [2]), (member(UUID(int=3)), []), (WORKER, [1, 2]), (Actor(), [])):
        async with reading(actor) as held:
            assert [row["id"] for row in await held.fetch("SELECT id FROM kernel.try_notes ORDER BY id")] == seen
    async with reading() as held:
        assert await held.fetch("SELECT id FROM kernel.try_notes") == []


async def test_without_a_where_the_application_role_changes_nothing_foreign(tried: Settings) -> None:
    assert tried
    async with transaction(actor=WORKER):
        await write(1, organisation_id=OTHERS)
    async with transaction(actor=member(MINE)) as held:
        assert await held.execute("UPDATE kernel.try_notes SET text = 'mine now'") == "UPDATE 0"
        assert await held.execute("DELETE FROM kernel.try_notes") == "DELETE 0"
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with transaction(actor=member(MINE)):
            await write(2, organisation_id=OTHERS)
    assert await count() == 1


async def test_an_actor_does_not_outlive_its_transaction(tried: Settings) -> None:
    assert tried
    async with transaction(actor=WORKER):
        await write(1)
    for _ in range(tried.pool_size * 2):
        async with transaction(actor=WORKER) as held:
            assert await held.fetchval("SELECT count(*) FROM kernel.try_notes") == 1
        async with reading() as held:
            assert await held.fetchval("SELECT count(*) FROM kernel.try_notes") == 0


async def test_the_server_refuses_a_role_that_sees_through_the_walls(server: Settings, tried: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    assert tried
    owner = await asyncpg.connect(server.database_owner_url)
    is_superuser = await owner.fetchval("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
    await owner.close()
    assert not is_superuser, "the owner of the embedded server is no superuser either"
    superuser = databases.superuser_settings(server, tried)
    monkeypatch.setattr(database, "APP_ROLE", "postgres")
    with pytest.raises(BypassesRowSecurity, match="postgres"):
        async with database.another_pool(superuser):
            pass
    monkeypatch.undo()
    assert await count() == 0


async def test_one_login_for_all_steps_down_to_the_application_role(tried: Settings) -> None:
    as_owner = msgspec.structs.replace(tried, database_url=tried.database_owner_url)
    for cache_size in (tried.statement_cache_size, 0):
        async with database.another_pool(msgspec.structs.replace(as_owner, statement_cache_size=cache_size)):
            async with transaction() as held:
                assert await held.fetchval("SELECT current_user") == database.APP_ROLE
            async with reading() as held:
                assert await held.fetchval("SELECT current_user") == database.APP_ROLE


@pytest.mark.parametrize("cache_size", [1024, 0])
async def test_time_limits_hold_on_a_direct_connection_and_behind_a_pooler(tried: Settings, cache_size: int) -> None:
    async with database.another_pool(msgspec.structs.replace(tried, statement_cache_size=cache_size, lock_timeout_ms=1234)), transaction() as held:
        assert await held.fetchval("SHOW lock_timeout") == "1234ms"
        assert await held.fetchval("SHOW statement_timeout") == "5s"
        assert await held.fetchval("SHOW idle_in_transaction_session_timeout") == "10s"


async def test_only_what_is_read_without_a_transaction_is_surely_committed(tried: Settings) -> None:
    assert tried
    assert not reads_committed()
    async with reading():
        assert reads_committed()
    async with transaction():
        assert not reads_committed()
        async with reading():
            assert not reads_committed()
    async with reading(WORKER):
        assert not reads_committed()


async def test_reading_cannot_write_on_behalf_of_somebody(tried: Settings) -> None:
    assert tried
    with pytest.raises(asyncpg.ReadOnlySQLTransactionError):
        async with reading(WORKER):
            await write(1)
    assert await count() == 0


async def test_a_rehearsal_takes_everything_back_and_checks_deferred_constraints(tried: Settings) -> None:
    assert tried
    async with database.rehearsal():
        async with transaction(actor=WORKER):
            await write(1)
        with pytest.raises(asyncpg.UniqueViolationError):
            async with transaction():
                await connection().execute("INSERT INTO kernel.try_pairs VALUES (1), (1)")
        with pytest.raises(ZeroDivisionError):
            async with transaction(actor=WORKER):
                await write(2)
                raise ZeroDivisionError
        async with reading(member(MINE)) as held:
            assert await held.fetchval("SELECT count(*) FROM kernel.try_notes") == 1
        async with reading(member(OTHERS)) as held:
            assert await held.fetchval("SELECT count(*) FROM kernel.try_notes") == 0
    assert await count() == 0


async def test_a_lock_that_is_not_given_in_time_is_busy_and_not_a_fault(tried: Settings) -> None:
    async with transaction(actor=WORKER):
        await write(1)
    quick = msgspec.structs.replace(tried, lock_timeout_ms=50)
    other = await asyncpg.connect(tried.database_owner_url, server_settings={"app.role": "operator"})
    async with other.transaction():
        await other.execute("SELECT * FROM kernel.try_notes FOR UPDATE")
        with pytest.raises(asyncpg.LockNotAvailableError) as caught:
            async with database.another_pool(quick), transaction(actor=WORKER) as held:
                await held.execute("UPDATE kernel.try_notes SET text = 'x'")
    await other.close()
    assert isinstance(as_domain_error(caught.value), Busy)


async def test_a_statement_that_takes_too_long_is_the_servers_trouble_and_not_the_askers(tried: Settings) -> None:
    with pytest.raises(asyncpg.QueryCanceledError) as caught:
        async with database.another_pool(tried, statement_timeout_ms=50), transaction(actor=WORKER) as held:
            await held.execute("SELECT pg_sleep(5)")
    answer = as_domain_error(caught.value)
    assert isinstance(answer, Unavailable)
    assert (answer.status, answer.retry_after_seconds) == (503, 5)


@pytest.mark.parametrize(
    "error, expected",
    [
        (asyncpg.UniqueViolationError("x"), Conflict),
        (asyncpg.ForeignKeyViolationError("x"), Conflict),
        (asyncpg.ExclusionViolationError("x"), Conflict),
        (asyncpg.CheckViolationError("x"), InvalidInput),
        (asyncpg.DataError("x"), InvalidInput),
        (asyncpg.NumericValueOutOfRangeError("x"), InvalidInput),
        (asyncpg.CharacterNotInRepertoireError("x"), InvalidInput),
        (asyncpg.DeadlockDetectedError("x"), Busy),
        (asyncpg.SerializationError("x"), Busy),
        (asyncpg.LockNotAvailableError("x"), Busy),
        (asyncpg.QueryCanceledError("x"), Unavailable),
        (asyncpg.IdleInTransactionSessionTimeoutError("x"), Unavailable),
        (asyncpg.OutOfMemoryError("x"), Unavailable),
        (asyncpg.DiskFullError("x"), Unavailable),
        (asyncpg.TooManyConnectionsError("x"), Unavailable),
        (asyncpg.CannotConnectNowError("x"), Unavailable),
        (asyncpg.ConnectionDoesNotExistError("x"), Unavailable),
        (asyncpg.AdminShutdownError("x"), Unavailable),
        (asyncpg.InterfaceError("the connection is closed"), Unavailable),
        (ConnectionRefusedError("x"), Unavailable),
    ],
)
def test_what_the_database_refuses_becomes_an_answer(error: Exception, expected: type[Exception]) -> None:
    assert type(as_domain_error(error)) is expected


@pytest.mark.parametrize("error", [asyncpg.InterfaceError("the server expects 2 arguments"), asyncpg.UndefinedTableError("x"), ValueError("x")])
def test_what_a_programmer_did_stays_a_fault(error: Exception) -> None:
    assert as_domain_error(error) is None
