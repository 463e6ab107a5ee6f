"""Owns the pool and the one way to open a transaction, with the actor set for row level security in the same round trip as BEGIN."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, suppress
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

import asyncpg

from marketplace.kernel.errors import Busy, Conflict, DomainError, FieldError, InvalidInput, Unavailable
from marketplace.kernel.literals import filled, literal

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from contextlib import AbstractAsyncContextManager
    from types import TracebackType

    from asyncpg import Record
    from asyncpg.pool import PoolConnectionProxy
    from asyncpg.prepared_stmt import PreparedStatement

    from marketplace.kernel.actor import Actor
    from marketplace.kernel.literals import Value
    from marketplace.kernel.settings import Settings

    Connection = asyncpg.Connection[Record] | PoolConnectionProxy[Record]
    Pool = asyncpg.Pool[Record]
    _Connection = asyncpg.Connection[Record]
else:
    # Generic for the type checker only.
    _Connection = asyncpg.Connection

APP_ROLE = "marketplace_app"
CONNECTION_ERRORS = (
    asyncpg.PostgresConnectionError, asyncpg.CannotConnectNowError, asyncpg.TooManyConnectionsError, asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError, asyncpg.InterfaceError, OSError,
)  # fmt: skip
TROUBLES = (asyncpg.QueryCanceledError, asyncpg.IdleInTransactionSessionTimeoutError, asyncpg.InsufficientResourcesError)


class RolledBackOnly(Exception):
    """A block inside this transaction failed, so it can only be rolled back. A programmer's mistake where it is not re-raised."""


class BypassesRowSecurity(Exception):
    """The database role of the server sees through row level security; the server refuses to start."""


class Session(_Connection):
    """A connection that holds the statements it has prepared for `at_commit`, by what they say, in the order in which they were prepared."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        """Begin without any."""
        super().__init__(*arguments, **options)
        self.prepared: dict[str, tuple[str, PreparedStatement[Record]]] = {}


class _Bound:
    """One connection, with an open transaction or for reading alone, bound to the present context.

    `last` are the statements that go with COMMIT, None where each is sent at once; `notes` is what an act remembers until its end.
    """

    def __init__(self, connection: Connection, *, is_rehearsal: bool = False, has_transaction: bool = True, defers: bool = False) -> None:
        self.connection = connection
        self.is_rehearsal = is_rehearsal
        self.has_transaction = has_transaction
        self.is_rollback_only = False
        self.savepoints = 0
        self.last: list[str] | None = [] if defers else None
        self.notes: dict[str, Any] = {}


class _State:
    """What this process holds: the pool, and how transactions begin."""

    pool: Pool | None = None
    timeouts: str = ""
    sets_role: bool = False
    is_direct: bool = True


_bound: ContextVar[_Bound | None] = ContextVar("database_bound", default=None)


def _timeouts(settings: Settings, statement_timeout_ms: int) -> dict[str, str]:
    return {
        "lock_timeout": str(settings.lock_timeout_ms),
        "statement_timeout": str(statement_timeout_ms),
        "idle_in_transaction_session_timeout": "10000" if statement_timeout_ms <= settings.web_statement_timeout_ms else "60000",
    }


async def open_pool(settings: Settings, *, statement_timeout_ms: int | None = None, size: int | None = None) -> None:
    """Open this process's pool as the application role and check that row level security binds it.

    Behind PgBouncer (`STATEMENT_CACHE_SIZE=0`) role and time-outs are set at BEGIN, else once per connection.
    Raises: BypassesRowSecurity; the driver's own error when the database cannot be reached.
    """
    timeouts = _timeouts(settings, statement_timeout_ms or settings.web_statement_timeout_ms)
    _State.is_direct = settings.statement_cache_size > 0
    _State.sets_role = not _State.is_direct
    _State.timeouts = "" if _State.is_direct else ", ".join(["", *(f"set_config('{key}', '{value}', true)" for key, value in timeouts.items())])
    server_settings = (
        {"application_name": "marketplace", "role": APP_ROLE, "standard_conforming_strings": "on", **timeouts} if _State.is_direct else {}
    )
    count = size or settings.pool_size
    _State.pool = await asyncpg.create_pool(
        settings.database_url,
        min_size=min(2, count),
        max_size=count,
        statement_cache_size=settings.statement_cache_size,
        server_settings=server_settings,
        connection_class=Session,
    )
    async with transaction() as connection:
        row = await connection.fetchrow("SELECT rolname, rolsuper OR rolbypassrls AS bypasses FROM pg_roles WHERE rolname = current_user")
    if row is None or row["bypasses"]:
        await close_pool()
        raise BypassesRowSecurity(f"role {row and row['rolname']} is a superuser or has BYPASSRLS; serve as {APP_ROLE}")


async def close_pool() -> None:
    """Close the pool; open work is given five seconds."""
    pool, _State.pool = _State.pool, None
    if pool is not None:
        try:
            async with asyncio.timeout(5):
                await pool.close()
        except TimeoutError:
            pool.terminate()


@asynccontextmanager
async def another_pool(settings: Settings, *, statement_timeout_ms: int | None = None, size: int | None = None) -> AsyncIterator[None]:
    """Serve the block from a pool of its own, then go back to the present one, if any. Doctor and tests that commit use it."""
    kept = (_State.pool, _State.timeouts, _State.sets_role, _State.is_direct)
    _State.pool = None
    try:
        await open_pool(settings, statement_timeout_ms=statement_timeout_ms, size=size)
        yield
    finally:
        await close_pool()
        _State.pool, _State.timeouts, _State.sets_role, _State.is_direct = kept


def pool() -> Pool:
    """Give the open pool. It is the programmer's mistake to ask before `open_pool`."""
    assert _State.pool is not None, "the pool is not open"
    return _State.pool


def connection() -> Connection:
    """Give the connection of the transaction or reading block around the caller; queries run on it."""
    bound = _bound.get()
    assert bound is not None, "queries run inside transaction() or reading()"
    return bound.connection


def in_transaction() -> bool:
    """Tell whether a transaction or reading block is open around the caller."""
    return _bound.get() is not None


def act_notes() -> dict[str, Any] | None:
    """Give what the `acting()` around the caller remembers until it ends; None outside of one."""
    bound = _bound.get()
    return None if bound is None or bound.last is None else bound.notes


def reads_committed() -> bool:
    """Tell whether a reading block without a transaction is open: what is read there is committed, so that the process may keep it."""
    bound = _bound.get()
    return bound is not None and not bound.has_transaction


def _actor_settings(actor: Actor | None) -> str:
    if actor is None:
        return "set_config('app.org', '', true), set_config('app.role', '', true)"
    organisation = actor.organisation_id or ""
    return f"set_config('app.org', '{organisation}', true), set_config('app.role', '{actor.database_role}', true)"


def _begin(actor: Actor | None, *, readonly: bool = False) -> str:
    mode = " READ ONLY" if readonly else ""
    role = f"set_config('role', '{APP_ROLE}', true), " if _State.sets_role else ""
    return f"BEGIN{mode}; SELECT {role}{_actor_settings(actor)}{_State.timeouts}"


async def at_commit(statement: str, *values: Value) -> None:
    """Run a statement whose answer nobody needs, at once or, inside `acting()`, in the round trip of COMMIT. Nothing after it may read what it writes."""
    bound = _bound.get()
    assert bound is not None, "statements run inside transaction()"
    if bound.last is None or not _State.is_direct:
        await bound.connection.execute(filled(statement, values))
    else:
        prepared: dict[str, tuple[str, PreparedStatement[Record]]] = bound.connection.prepared  # type: ignore[union-attr]
        if statement not in prepared:
            name = f"at_commit_{len(prepared)}"
            prepared[statement] = name, await bound.connection.prepare(statement, name=name)
        bound.last.append(f"EXECUTE {prepared[statement][0]}({', '.join(map(literal, values))})")


@asynccontextmanager
async def acting(actor: Actor, *, opening: str) -> AsyncIterator[None]:
    """Open the outermost transaction of one act, which needs fewer round trips: `opening` goes with BEGIN, what is handed to `at_commit` with COMMIT.

    `opening` is a statement with literals whose rows nobody needs. Raises: what `opening` raises, with nothing done.
    """
    if in_transaction():
        async with transaction(actor=actor):
            await connection().execute(opening)
            yield
        return
    async with pool().acquire() as held:
        try:
            await held.execute(f"{_begin(actor)}; {opening}")
        except BaseException:
            await _roll_back(held)
            raise
        async with _until_commit(_Bound(held, defers=True)):
            yield


@asynccontextmanager
async def transaction(*, actor: Actor | None = None, readonly: bool = False) -> AsyncIterator[Connection]:
    """Open a transaction for the block and bind its connection; commit at the end, roll back when an exception leaves the block.

    A nested block joins the outer one and keeps its actor; an exception that crosses it makes the outer one rollback-only, so that swallowing it
    cannot commit half a use case. `actor` sets organisation and role for row level security in the round trip of BEGIN. Only services open
    transactions. Raises: RolledBackOnly when the outer block ends well though a nested one failed.
    """
    outer = _bound.get()
    if outer is not None and outer.is_rehearsal:
        async with _rehearsed(outer, actor) as rehearsed:
            yield rehearsed
        return
    if outer is not None:
        try:
            yield outer.connection
        except BaseException:
            outer.is_rollback_only = True
            raise
        return
    async with pool().acquire() as held:
        await held.execute(_begin(actor, readonly=readonly))
        async with _until_commit(_Bound(held)):
            yield held


@asynccontextmanager
async def _until_commit(bound: _Bound) -> AsyncIterator[None]:
    """Bind an open transaction for the block, then commit it with what waits for that, or roll it back."""
    token = _bound.set(bound)
    try:
        yield
        if bound.is_rollback_only:
            raise RolledBackOnly  # noqa: TRY301 - it is rolled back below, as for every failure
        await bound.connection.execute("; ".join([*(bound.last or ()), "COMMIT"]))
    except BaseException:
        await _roll_back(bound.connection)
        raise
    finally:
        _bound.reset(token)


async def _roll_back(connection: Connection) -> None:
    if not connection.is_closed():
        try:
            await connection.execute("ROLLBACK")
        except CONNECTION_ERRORS:
            connection.terminate()


@asynccontextmanager
async def _rehearsed(outer: _Bound, actor: Actor | None) -> AsyncIterator[Connection]:
    """Stand in for a transaction inside a test's rolled-back one: a savepoint with its own actor."""
    inner = _Bound(outer.connection)
    outer.savepoints += 1
    name = f"rehearsal_{outer.savepoints}"
    await outer.connection.execute(f"SAVEPOINT {name}; SELECT {_actor_settings(actor)}")
    token = _bound.set(inner)
    try:
        yield outer.connection
        if inner.is_rollback_only:
            raise RolledBackOnly  # noqa: TRY301 - the savepoint is undone below, as for every failure
        await outer.connection.execute(f"SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED; RELEASE {name}")
    except BaseException:
        if not outer.connection.is_closed():
            await outer.connection.execute(f"ROLLBACK TO {name}; RELEASE {name}")
        raise
    finally:
        _bound.reset(token)


@asynccontextmanager
async def rehearsal() -> AsyncIterator[Connection]:
    """Bind one transaction that is always rolled back; transactions inside become savepoints. Tests use it, nothing else does."""
    async with pool().acquire() as held:
        connection: Connection = held
        await connection.execute(_begin(None))
        token = _bound.set(_Bound(connection, is_rehearsal=True))
        try:
            yield connection
        finally:
            _bound.reset(token)
            # A connection that broke under the test is gone with all that it held; the next test must not find it.
            with suppress(asyncpg.InterfaceError):
                await _roll_back(connection)


@asynccontextmanager
async def savepoint() -> AsyncIterator[Connection]:
    """Open an explicit savepoint inside a transaction: what fails in the block is undone alone (about 0.1 ms each)."""
    bound = _bound.get()
    assert bound is not None, "a savepoint stands inside a transaction"
    bound.savepoints += 1
    name = f"savepoint_{bound.savepoints}"
    was_rollback_only, waiting = bound.is_rollback_only, len(bound.last or ())
    await bound.connection.execute(f"SAVEPOINT {name}")
    try:
        yield bound.connection
    except BaseException:
        if not bound.connection.is_closed():
            await bound.connection.execute(f"ROLLBACK TO {name}; RELEASE {name}")
        bound.is_rollback_only = was_rollback_only
        del (bound.last or [])[waiting:]
        raise
    await bound.connection.execute(f"RELEASE {name}")


class reading:  # noqa: N801 - read as a verb beside transaction()
    """Bind a connection for reads. Without an actor and on a direct connection no transaction is opened: public tables, one snapshot a statement.

    With an actor, or behind PgBouncer, it is a read-only transaction. Inside an open block it joins that block, which is the usual case and
    therefore costs no generator.
    """

    __slots__ = ("_actor", "_held", "_opened", "_pool", "_token")

    def __init__(self, actor: Actor | None = None) -> None:
        """Remember who reads."""
        self._actor = actor
        self._opened: AbstractAsyncContextManager[Connection] | None = None
        self._held: PoolConnectionProxy[Record] | None = None

    async def __aenter__(self) -> Connection:
        """Join the open block or open one."""
        outer = _bound.get()
        if outer is not None and not outer.is_rehearsal:
            return outer.connection
        if outer is not None or self._actor is not None or not _State.is_direct:
            self._opened = transaction(actor=self._actor, readonly=outer is None)
            return await self._opened.__aenter__()
        # Every request of a public page comes here once: a connection without a transaction.
        self._pool = pool()
        self._held = held = await self._pool.acquire()
        self._token = _bound.set(_Bound(held, has_transaction=False))
        return held

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Close what was opened here; nothing is swallowed."""
        if self._held is not None:
            _bound.reset(self._token)
            await self._pool.release(self._held)
        elif self._opened is not None:
            await self._opened.__aexit__(kind, error, trace)


def as_domain_error(error: BaseException) -> DomainError | None:
    """Map what the database refuses to the answer a caller gets; None for what is the programmer's mistake."""
    if isinstance(error, asyncpg.UniqueViolationError | asyncpg.ExclusionViolationError | asyncpg.ForeignKeyViolationError):
        return Conflict()
    if isinstance(error, asyncpg.DeadlockDetectedError | asyncpg.LockNotAvailableError | asyncpg.SerializationError):
        return Busy()
    if isinstance(error, asyncpg.CheckViolationError | asyncpg.DataError | asyncpg.NotNullViolationError):
        return InvalidInput(errors=(FieldError("", "refused", "The database refuses this value.", {}),))
    # A statement that took too long is the server's trouble. Where the question itself may be too broad, its room says so before this.
    if isinstance(error, TROUBLES) or (isinstance(error, CONNECTION_ERRORS) and not _is_misuse(error)):
        return Unavailable()
    return None


def _is_misuse(error: BaseException) -> bool:
    # The driver has one class for a closed connection and for a wrong number of arguments; only the first may answer "try again".
    return isinstance(error, asyncpg.InterfaceError) and "clos" not in str(error)
