"""Owns the use cases of saved searches: keep one, pause it, stop it by its signed link, and look for what has newly come in."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final
from uuid import UUID

import msgspec

from marketplace.kernel import cursors
from marketplace.kernel.actor import WORKER, Actor
from marketplace.kernel.audit import service as audit
from marketplace.kernel.currencies import CURRENCIES
from marketplace.kernel.database import reading, transaction
from marketplace.kernel.errors import DomainError, NotFound
from marketplace.kernel.fx import service as fx
from marketplace.kernel.ids import uuid7
from marketplace.kernel.names import clean_name
from marketplace.kernel.sealing import SealBroken, seal_text, unseal_text
from marketplace.trade.alerts import queries, rules
from marketplace.trade.alerts.errors import NothingToSave, TooManySearches
from marketplace.trade.facets import service as facets
from marketplace.trade.search import service as search

if TYPE_CHECKING:
    from collections.abc import Sequence

    from marketplace.kernel.cursors import Asked
    from marketplace.trade.alerts.schemas import Alert, SearchIn, SearchOut, State, StepIn

SEARCHES_MAX: Final = 50
BATCH: Final = 100
FIRST: Final = UUID(int=0)
REFERENCE: Final = "EUR"
PURPOSE: Final = "stop a saved search"
# The read models that a search asks hear of a fact by themselves, a little sooner or later than searches do.
LAG: Final = timedelta(minutes=5)
TOUCHED_KEPT: Final = timedelta(days=1)
STATES: Final[dict[str, State]] = {"pause": "paused", "resume": "active", "delete": "deleted"}


async def save(data: SearchIn, *, actor: Actor, now: datetime) -> SearchOut:
    """Keep a search; what is in it now is known from the start and never told.

    Raises: NotFound for a caller who is no person, InvalidInput, BadQuery, NothingToSave, TooManySearches, and as lists do for what is chosen.
    """
    organisation_id, person_id = _person(actor)
    name = clean_name(data.name, pointer="/name")
    asked = facets.asked(data.q.strip(), data.filters)
    search.check_text(asked.text)
    if not asked.text and not asked.filters.category and asked.filters.is_empty:
        raise NothingToSave
    chosen = msgspec.json.encode(facets.address(asked.filters)).decode()
    search_id = uuid7()
    async with transaction(actor=actor):
        if await queries.count(organisation_id, person_id) >= SEARCHES_MAX:
            raise TooManySearches(limit=SEARCHES_MAX)
        await queries.insert(search_id, (organisation_id, person_id), (name, asked.text, chosen, data.frequency), now)
        saved = await _own(search_id, actor)
        ids = await _ids(saved, actor, now)
        await queries.see(saved, rules.with_bare(ids, await queries.offers(ids, organisation_id=organisation_id, now=now)))
        await queries.looked(search_id, now=now, due_at=rules.due_at(saved.frequency, now))
        await _record("search.saved", saved, actor=actor, now=now)
        return await _own(search_id, actor)


async def change(search_id: UUID, data: StepIn, *, actor: Actor, now: datetime) -> SearchOut:
    """Pause, resume or delete a search, or change how often it looks. Raises: NotFound."""
    async with transaction(actor=actor):
        before = await _own(search_id, actor)
        frequency = data.frequency or before.frequency
        state: State = STATES.get(data.step, before.state)
        due = rules.due_at(frequency, now) if frequency != before.frequency else min(before.due_at, rules.due_at(frequency, now))
        await queries.change(search_id, state=state, frequency=frequency, due_at=due)
        await _record(f"search.{data.step}", before, actor=actor, now=now)
        return msgspec.structs.replace(before, state=state, frequency=frequency, due_at=due)


async def searches(actor: Actor) -> list[SearchOut]:
    """List what the caller keeps, at most 50 in use. Raises: NotFound."""
    organisation_id, person_id = _person(actor)
    async with reading(actor):
        return await queries.listed(organisation_id, person_id)


async def alerts(*, asked: Asked, actor: Actor) -> tuple[list[Alert], str | None]:
    """List what was told to the caller, the newest first. Raises: NotFound, BadCursor."""
    organisation_id, person_id = _person(actor)

    async def read(after: tuple[datetime, UUID] | None, limit: int) -> list[Alert]:
        async with reading(actor):
            return await queries.alerts(organisation_id, person_id, after=after, limit=limit)

    return await cursors.listed(f"alerts:{person_id}", read, place=lambda one: (one.found_at, one.id), shape=tuple[datetime, UUID], asked=asked)


async def unread(actor: Actor) -> int:
    """Count what the caller has not read; 0 for a caller who is no person."""
    if actor.organisation_id is None or actor.person_id is None:
        return 0
    async with reading(actor):
        return await queries.unread(actor.organisation_id, actor.person_id)


async def read_all(*, actor: Actor, now: datetime) -> None:
    """Note that the caller has read everything."""
    organisation_id, person_id = _person(actor)
    async with transaction(actor=actor):
        await queries.read(organisation_id, person_id, now=now)


def stop_token(search_id: UUID) -> str:
    """Give the signed token that stops a search without signing in."""
    return seal_text(search_id.bytes, purpose=PURPOSE)


async def stop_asked(token: str) -> SearchOut:
    """Give the search that a signed token names, without acting. Raises: NotFound."""
    async with transaction(actor=WORKER):
        return await _signed(token)


async def stop(token: str, *, now: datetime) -> SearchOut:
    """Pause the search that a signed token names; again does nothing more. Raises: NotFound."""
    async with transaction(actor=WORKER):
        found = await _signed(token)
        if found.state == "active":
            await queries.change(found.id, state="paused", frequency=found.frequency, due_at=found.due_at)
            await _record("search.stopped", found, actor=WORKER, now=now)
        return found


async def touch(product_ids: Sequence[UUID], *, now: datetime) -> None:
    """Note that these products changed, so that instant searches look at them."""
    async with transaction(actor=WORKER):
        await queries.touch(sorted(set(product_ids)), now=now)


async def run(now: datetime) -> int:
    """Look for all searches that are due, and answer how many alerts there are more. Any number of these may run side by side."""
    last, told = FIRST, 0
    while True:
        async with transaction(actor=WORKER):
            batch = await queries.due(now, after=last, lag=LAG, limit=BATCH)
        if not batch:
            break
        for search_id, is_whole in batch:
            told += await _look(search_id, now, is_whole=is_whole)
        last = batch[-1][0]
    async with transaction(actor=WORKER):
        await queries.forget(now - TOUCHED_KEPT)
    return told


async def _look(search_id: UUID, now: datetime, *, is_whole: bool) -> int:
    async with transaction(actor=WORKER):
        saved = await queries.take(search_id)
        if saved is None:
            return 0
        owner = await queries.owner(saved.organisation_id, saved.person_id)
        if owner is None:
            await queries.change(saved.id, state="ended", frequency=saved.frequency, due_at=saved.due_at)
            await _record("search.ended", saved, actor=WORKER, now=now)
            return 0
        viewer = Actor(
            organisation_id=saved.organisation_id, person_id=saved.person_id, capacities=frozenset(owner.capacities), roles=frozenset(owner.roles),
            locale=owner.locale,
        )  # fmt: skip
        ids = await _ids(saved, viewer, now)
        if not is_whole and saved.looked_at is not None:
            touched = await queries.touched(ids, since=saved.looked_at - LAG)
            ids = [one for one in ids if one in touched]
        told = await _tell(saved, ids, now)
        await queries.looked(saved.id, now=now, due_at=rules.due_at(saved.frequency, now) if is_whole else saved.due_at)
        return told


async def _tell(saved: SearchOut, ids: list[UUID], now: datetime) -> int:
    found = rules.with_bare(ids, await queries.offers(ids, organisation_id=saved.organisation_id, now=now))
    table = await fx.rates(now)
    rates = {code: rate.rate for code in CURRENCIES if (rate := table.rate(code, REFERENCE)) is not None}
    fitting = rules.fitting(found, facets.asked("", saved.filters).filters, rates)
    news = rules.news(fitting, await queries.seen(saved.id, ids))
    told = [await queries.tell(uuid7(), saved, one, now=now) for one in news]
    await queries.see(saved, fitting)
    return sum(told)


async def _ids(saved: SearchOut, viewer: Actor, now: datetime) -> list[UUID]:
    """Give the products that are in a search now, as its owner sees them; none where what is chosen is no longer there."""
    if saved.text and not (await search.ranked(saved.text, limit=1)).ids:
        return []
    try:
        found = await facets.find(facets.asked(saved.text, saved.filters), now=now, viewer=viewer, currency=REFERENCE, limit=1)
    except DomainError:
        return []
    return found.ids


async def _own(search_id: UUID, actor: Actor) -> SearchOut:
    found = await queries.own(search_id, *_person(actor))
    if found is None:
        raise NotFound
    return found


async def _signed(token: str) -> SearchOut:
    try:
        search_id = UUID(bytes=unseal_text(token[:400], purpose=PURPOSE))
    except (SealBroken, ValueError):
        raise NotFound from None
    found = await queries.by_id(search_id)
    if found is None or found.state == "deleted":
        raise NotFound
    return found


def _person(actor: Actor) -> tuple[UUID, UUID]:
    if actor.organisation_id is None or actor.person_id is None:
        raise NotFound
    return actor.organisation_id, actor.person_id


async def _record(action: str, one: SearchOut, *, actor: Actor, now: datetime) -> None:
    await audit.record(
        action=action, entity="saved_search", entity_id=one.id, organisation_id=one.organisation_id, actor=actor, now=now,
        after={"name": one.name, "frequency": one.frequency},
    )  # fmt: skip
