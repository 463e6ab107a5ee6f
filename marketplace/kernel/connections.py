"""Owns the connections of this process to PostgreSQL: at most so many, each lent to one block at a time and reset by the driver between two.

The driver's own pool makes a task, a future and a timer for each loan, half of what a loan costs. Here a loan is a place in a list. The rules:

- A place holds a connection (idle or lent), is being filled by whoever opens one, or is free; all places together are `size`.
- What comes back is reset before anybody else has it. Where that fails, is cancelled, or leaves a transaction open, the connection is ended.
- Who finds no place waits in line, and is handed what comes back: a connection, or None, which is a place to open one in.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING, Any

import asyncpg
from asyncpg.pool import PoolConnectionProxy

if TYPE_CHECKING:
    from asyncpg import Record
    from asyncpg.prepared_stmt import PreparedStatement

    Lent = PoolConnectionProxy[Record]
    _Connection = asyncpg.Connection[Record]
else:
    # Generic for the type checker only.
    _Connection = asyncpg.Connection

# A connection that nobody needed for so long is closed, down to FLOOR of them.
IDLE_SECONDS = 300
FLOOR = 2
# A backend never gives back what it keeps of tables and plans it has seen; after so many loans another takes its place.
LOANS_MAX = 50_000


class Session(_Connection):
    """A connection, with the statements it has prepared for `at_commit`, by what they say, in the order in which they were prepared."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.prepared: dict[str, tuple[str, PreparedStatement[Record]]] = {}
        self.loans = 0

    async def clean(self) -> None:
        """Make the session as new: no transaction, lock, setting, cursor or listener of the last block is left.

        A statement whose caller was cancelled is waited for first: only its end tells whether a transaction is open.
        """
        self._on_release()  # type: ignore[attr-defined]  # the driver's step of its own pool: statements and cursors of the block end here
        if self._protocol._is_cancelling():  # type: ignore[attr-defined]  # noqa: SLF001 - as the driver's own pool asks
            await self._protocol._wait_for_cancellation(None)  # type: ignore[attr-defined]  # noqa: SLF001
        await self.reset()


class Connections:
    """Lends connections. It answers to the names of the driver's pool where callers and the driver itself use them."""

    def __init__(self, address: str, *, size: int, **options: Any) -> None:
        """Remember how to open a connection; `options` are those of `asyncpg.connect`."""
        self._address, self._options, self._size = address, options, size
        self._places = size
        self._all: set[Session] = set()
        # The last one used is taken first, so that those at the beginning are the ones that nobody needs.
        self._idle: list[Session] = []
        self._untouched = 0
        self._waiting: deque[asyncio.Future[Session | None]] = deque()
        self._timer: asyncio.TimerHandle | None = None
        self._is_closed = False
        self._emptied = asyncio.Event()
        # The proxy of the driver finds the pool of a connection here, to forget statements in all of them when a table has changed.
        self._pool = self

    async def open(self) -> Connections:
        """Open the first connections, so that trouble shows at once. Raises: the driver's own error."""
        try:
            for _ in range(min(FLOOR, self._size)):
                self._places -= 1
                self._hand_on(await self._opened())
        except BaseException:
            self.terminate()
            raise
        self._trim()
        return self

    def acquire(self) -> _Loan:
        """Lend a connection to an `async with`."""
        return _Loan(self)

    async def take(self) -> Lent:
        """Lend a connection; wait while all are lent. Raises: InterfaceError when closed; the driver's own error when none can be opened."""
        if self._is_closed:
            raise asyncpg.InterfaceError("the pool is closed")
        session = await self._next()
        if session is not None and session.is_closed():
            # PostgreSQL ended it while nobody looked; another one takes its place.
            self._forget(session)
            session = None
        if session is None:
            session = await self._opened()
        return PoolConnectionProxy(self, session)  # type: ignore[arg-type]  # it asks no more of its holder than `_pool`

    async def give_back(self, lent: Lent) -> None:
        """Reset a connection and let the next have it; the block's own reference to it is dead from here on.

        Raises: what the driver raises, of a connection that broke in the reset; then it is ended, and its place is free.
        """
        session: Session | None = lent._detach()  # type: ignore[attr-defined]  # noqa: SLF001 - as the driver's own pool does
        if session is None:
            return
        is_clean = False
        try:
            if not session.is_closed():
                await session.clean()
                session.loans += 1
                is_clean = not (session.is_closed() or session.is_in_transaction() or session.loans >= LOANS_MAX or self._is_closed)
        finally:
            if is_clean:
                self._hand_on(session)
            else:
                self._end(session)

    def get_size(self) -> int:
        """Tell how many connections stand."""
        return sum(not session.is_closed() for session in self._all)

    def get_idle_size(self) -> int:
        """Tell how many connections nobody has."""
        return sum(not session.is_closed() for session in self._idle)

    async def close(self) -> None:
        """Lend no more, wait until all that is lent is back, and close. Whoever cannot wait so long calls `terminate` after."""
        self._is_closed = True
        if self._timer is not None:
            self._timer.cancel()
        while self._waiting:
            waiter = self._waiting.popleft()
            if not waiter.done():
                waiter.set_exception(asyncpg.InterfaceError("the pool is closing"))
        while self._idle:
            self._end(self._idle.pop())
        while self._places < self._size:
            await self._emptied.wait()

    def terminate(self) -> None:
        """End every connection at once, also those that are lent: queries under way in them fail, and their places come back with their blocks."""
        self._is_closed = True
        for session in self._all:
            session.terminate()

    async def _opened(self) -> Session:
        """Open a connection in a place that the caller has; the place is the next one's when that fails."""
        try:
            session: Session = await asyncpg.connect(self._address, connection_class=Session, **self._options)
        except BaseException:
            self._hand_on(None)
            raise
        self._all.add(session)
        if self._is_closed:
            self._end(session)
            raise asyncpg.InterfaceError("the pool is closed")
        return session

    async def _next(self) -> Session | None:
        """Give the first idle connection, or a place to open one in; else wait in line. Who is cancelled just when served hands it on."""
        if self._idle:
            session = self._idle.pop()
            self._untouched = min(self._untouched, len(self._idle))
            return session
        if self._places:
            self._places -= 1
            return None
        waiter: asyncio.Future[Session | None] = asyncio.get_running_loop().create_future()
        self._waiting.append(waiter)
        try:
            return await waiter
        except asyncio.CancelledError:
            if waiter.done() and not waiter.cancelled() and waiter.exception() is None:
                self._hand_on(waiter.result())
            raise

    def _hand_on(self, session: Session | None) -> None:
        """Give a connection, or the place of one, to the first who waits, else put it by."""
        while self._waiting:
            waiter = self._waiting.popleft()
            if not waiter.done():
                waiter.set_result(session)
                return
        if session is not None:
            self._idle.append(session)
            return
        self._places += 1
        if self._is_closed and self._places == self._size:
            self._emptied.set()

    def _end(self, session: Session) -> None:
        self._forget(session)
        self._hand_on(None)

    def _forget(self, session: Session) -> None:
        """End a connection whose place stays the caller's."""
        session.terminate()
        self._all.discard(session)

    def _trim(self) -> None:
        """Close what lay untouched since the last time, and look again after a while."""
        many = max(min(self._untouched, len(self._all) - FLOOR), 0)
        spare, self._idle = self._idle[:many], self._idle[many:]
        for session in spare:
            self._end(session)
        self._untouched = len(self._idle)
        self._timer = asyncio.get_running_loop().call_later(IDLE_SECONDS, self._trim)

    def _drop_statement_cache(self) -> None:
        for session in self._all:
            session._drop_local_statement_cache()  # type: ignore[attr-defined]  # noqa: SLF001 - the driver calls it by the name of its pool

    def _drop_type_cache(self) -> None:
        for session in self._all:
            session._drop_local_type_cache()  # type: ignore[attr-defined]  # noqa: SLF001 - as above


class _Loan:
    """One connection for one block."""

    __slots__ = ("_connections", "_lent")

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    async def __aenter__(self) -> Lent:
        """Take it."""
        self._lent = await self._connections.take()
        return self._lent

    async def __aexit__(self, *_: object) -> None:
        """Give it back."""
        await self._connections.give_back(self._lent)
