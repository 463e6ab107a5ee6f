"""Owns publishing facts in the business transaction and delivering them to their handlers, each pair exactly once in effect."""

from __future__ import annotations

import sys
import time
from collections import defaultdict
from typing import TYPE_CHECKING, Any

import msgspec
import structlog

from marketplace.kernel import tracing
from marketplace.kernel.actor import WORKER
from marketplace.kernel.audit import service as audit
from marketplace.kernel.database import reading, transaction
from marketplace.kernel.errors import NotFound
from marketplace.kernel.ids import uuid7
from marketplace.kernel.outbox import queries
from marketplace.kernel.outbox.queries import CHANNEL
from marketplace.kernel.outbox.schemas import Backlog, Drained, Waiting

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import datetime
    from uuid import UUID

    from marketplace.kernel.actor import Actor
    from marketplace.kernel.contracts import Fact
    from marketplace.kernel.outbox.schemas import Due
    from marketplace.kernel.package import Handler, Package

__all__ = ["CHANNEL", "Registry", "backlog", "deliver", "drain", "publish", "publish_keyed", "purge", "registry", "revive", "unwell"]

ATTEMPTS_MAX = 10
HINT_EVERY_SECONDS = 0.25
UNHANDLED_BATCH = 2000
ERROR_CHARACTERS_MAX = 500
PUBLISH_BATCH = 5000
CLAIMS_MAX = 200

log = structlog.get_logger()
Registry = dict[str, tuple["Handler", ...]]


class _Hint:
    """When this process last woke the worker: a hint lost costs one polling interval, so it needs no lock."""

    sent_at = float("-inf")

    @classmethod
    def is_wanted(cls) -> bool:
        moment = time.monotonic()
        if moment - cls.sent_at < HINT_EVERY_SECONDS:
            return False
        cls.sent_at = moment
        return True


def hint_channel() -> str:
    """Give the channel on which a statement that writes facts itself hints at them, "" when the worker was hinted at just now."""
    return CHANNEL if _Hint.is_wanted() else ""


async def publish(fact: Fact, *facts: Fact, now: datetime, dedupe_key: str | None = None) -> None:
    """Write facts into the business transaction in one statement; they are delivered after it commits.

    `dedupe_key` names one fact; publishing again under the same key does nothing.
    """
    assert dedupe_key is None or not facts, "a dedupe key names one fact"
    await publish_keyed([(each, dedupe_key) for each in (fact, *facts)], now=now)


async def publish_keyed(facts: Sequence[tuple[Fact, str | None]], *, now: datetime) -> None:
    """Write (fact, dedupe key) pairs into the business transaction in one statement; a key that exists already is passed over."""
    for start in range(0, len(facts), PUBLISH_BATCH):
        part = facts[start : start + PUBLISH_BATCH]
        rows = [(uuid7(), type(fact).__name__, msgspec.json.encode(fact).decode(), key) for fact, key in part]
        async with transaction():
            await queries.insert(rows, now=now, hints=_Hint.is_wanted(), traceparent=tracing.traceparent())


def registry(packages: Iterable[Package]) -> Registry:
    """Give the handlers by kind of fact. Two handlers of one name are the programmer's mistake."""
    by_kind: dict[str, list[Handler]] = defaultdict(list)
    names: set[str] = set()
    for package in packages:
        for handler in package.handlers:
            assert handler.name not in names, f"two handlers are called {handler.name}"
            names.add(handler.name)
            by_kind[handler.fact.__name__].append(handler)
    return {kind: tuple(handlers) for kind, handlers in by_kind.items()}


async def drain(packages: Iterable[Package], now: datetime, *, batch: int = 500) -> Drained:
    """Deliver everything due at `now`, and what that makes due, until nothing is left; tests and the demo world call it.

    Up to `batch` facts of one kind share a transaction. The first error of a handler is raised, and its batch rolled back.
    """
    handlers, done = registry(packages), 0
    while True:
        step = await _deliver_once(handlers, _Round(now=now, batch=batch, raises=True))
        done += step.done
        if step.done == 0:
            return Drained(done=done)


def _never() -> bool:
    return False


async def deliver(handlers: Registry, *, now: datetime, batch: int = 1, should_stop: Callable[[], bool] = _never, is_logged: bool = False) -> Drained:
    """Deliver what is due once through, as the worker does: an error is noted on the fact, which waits longer each time or dies.

    `should_stop` is asked before each transaction; `is_logged` writes a line for each fact that a handler has done.
    """
    going = _Round(now=now, batch=batch, raises=False, should_stop=should_stop, claims_max=CLAIMS_MAX, is_logged=is_logged)
    return await _deliver_once(handlers, going)


class _Round(msgspec.Struct, frozen=True, kw_only=True):
    """How one round of delivery goes. `claims_max` bounds what one handler gets before the others have their turn."""

    now: datetime
    batch: int
    raises: bool
    should_stop: Callable[[], bool] = _never
    claims_max: int = sys.maxsize
    is_logged: bool = False


async def _deliver_once(handlers: Registry, going: _Round) -> Drained:
    now = going.now
    async with reading(WORKER):
        kinds = await queries.due_kinds(now)
    done = failed = 0
    for kind in kinds:
        for handler in handlers.get(kind, ()):
            step = await _deliver_to(handler, handlers[kind], going)
            done, failed = done + step.done, failed + step.failed
        if kind not in handlers:
            done += await _settle_unhandled(kind, now=now)
    return Drained(done=done, failed=failed)


async def _settle_unhandled(kind: str, *, now: datetime) -> int:
    ended = 0
    while True:
        async with transaction(actor=WORKER):
            count = await queries.settle_unhandled(kind, now=now, limit=UNHANDLED_BATCH)
        ended += count
        if count < UNHANDLED_BATCH:
            return ended


async def _deliver_to(handler: Handler, siblings: tuple[Handler, ...], going: _Round) -> Drained:
    names, now, batch = [sibling.name for sibling in siblings], going.now, going.batch
    done = failed = 0
    for _ in range(going.claims_max):
        if going.should_stop():
            break
        claimed: list[Due] = []
        try:
            async with transaction(actor=WORKER):
                claimed = await queries.claim(handler.fact.__name__, handler=handler.name, now=now, limit=batch)
                for due in claimed:
                    await _handle(handler, due, going)
                if claimed:
                    await queries.mark_done([due.id for due in claimed], handler=handler.name, handlers=names, now=now)
        except Exception as error:
            if going.raises or not claimed:
                raise
            if len(claimed) > 1:
                # One of them fails the others: find out which by going one at a time.
                batch = 1
                continue
            with tracing.span(claimed[0].traceparent):
                await _note_failure(claimed[0], handler.name, names, now=now, error=error)
            failed += 1
        else:
            done += len(claimed)
            if not claimed:
                break
    return Drained(done=done, failed=failed)


async def _handle(handler: Handler, due: Due, going: _Round) -> None:
    """Run a handler in a span below the one that caused the fact: what it publishes and logs belongs to the same trace."""
    with tracing.span(due.traceparent):
        started = time.perf_counter()
        await handler.run(_decode(due, handler.fact), going.now)
        if going.is_logged:
            milliseconds = round((time.perf_counter() - started) * 1000, 2)
            log.info("fact_handled", fact_id=str(due.id), kind=handler.fact.__name__, handler=handler.name, ms=milliseconds)


def _decode(due: Due, kind: type[Fact]) -> Any:
    return msgspec.json.decode(due.payload, type=kind)


async def _note_failure(due: Due, handler: str, names: list[str], *, now: datetime, error: Exception) -> None:
    text = f"{type(error).__name__}: {error}".replace("\x00", "")[:ERROR_CHARACTERS_MAX]
    async with transaction(actor=WORKER):
        attempts = await queries.mark_failed(due.id, handler=handler, handlers=names, now=now, error=text, attempts_max=ATTEMPTS_MAX)
    log.warning("fact_failed", fact_id=str(due.id), handler=handler, attempts=attempts, exc_info=error)


async def purge(now: datetime, *, before: datetime, limit: int = 5000) -> int:
    """Delete facts done before a moment, in small transactions, and give how many."""
    assert before < now, "only what is past is purged"
    gone = 0
    while True:
        async with transaction(actor=WORKER):
            count = await queries.purge(before, limit=limit)
        gone += count
        if count < limit:
            return gone


async def unwell(*, limit: int = 200) -> list[Waiting]:
    """List deliveries that fail or were given up, newest first. For the operator's page and doctor."""
    async with reading(WORKER):
        return await queries.waiting(limit)


async def revive(fact_id: UUID, *, handler: str, actor: Actor, now: datetime) -> None:
    """Let a delivery that was given up try again from the start. For the operator. Raises: NotFound when none was given up."""
    async with transaction(actor=actor):
        if not await queries.revive(fact_id, handler=handler, now=now):
            raise NotFound
        await audit.record(
            action="fact.revived", entity="fact", entity_id=fact_id, organisation_id=None, actor=actor, now=now, after={"handler": handler}
        )


async def backlog(now: datetime) -> Backlog:
    """Count what waits, fails and was given up. For metrics and the operator's page."""
    async with reading(WORKER):
        return await queries.backlog(now)
