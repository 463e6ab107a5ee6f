"""Owns the use cases of saved searches: keep one, pause it, stop it by its signed link, and look for what has newly come in."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final
from uuid import UUID

import msgspec
import structlog

from marketplace.kernel import cursors
from marketplace.kernel.actor import WORKER, Actor
from marketplace.kernel.audit import service as audit
from marketplace.kernel.countries import check_currency
from marketplace.kernel.currencies import CURRENCIES
from marketplace.kernel.database import reading, transaction
from marketplace.kernel.errors import DomainError, NotFound, QueryTooBroad
from marketplace.kernel.fx import service as fx
from marketplace.kernel.ids import uuid7
from marketplace.kernel.names import clean_name
from marketplace.kernel.sealing import SealBroken, seal_text, unseal_text
from marketplace.trade.alerts import queries, rules
from marketplace.trade.alerts.errors import NothingToSave, TooManySearches
from marketplace.trade.alerts.schemas import SearchOut
from marketplace.trade.facets import service as facets
from marketplace.trade.search import service as search

if TYPE_CHECKING:
    from collections.abc import Sequence

    from marketplace.kernel.cursors import Asked
    from marketplace.trade.alerts.schemas import Alert, Offer, Owner, SearchIn, State, StepIn

log = structlog.get_logger()
SEARCHES_MAX: Final = 50
BATCH: Final = 100
FIRST: Final = UUID(int=0)
PURPOSE: Final = "stop a saved search"
# The read models that a search asks hear of a fact by themselves, a little sooner or later than searches do.
LAG: Final = timedelta(minutes=5)
# A weekly search looks at what was touched in its week.
TOUCHED_KEPT: Final = timedelta(days=8)
TOUCHED_MAX: Final = 5000
TOLD_KEPT: Final = timedelta(days=400)
FORGOTTEN_MAX: Final = 5000
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
    currency = check_currency(data.currency or actor.currency)
    ids, knows_all = await facets.held(asked, now=now, viewer=actor, currency=currency)
    saved = SearchOut(
        id=uuid7(), organisation_id=organisation_id, person_id=person_id, name=name, text=asked.text, filters=facets.address(asked.filters),
        frequency=data.frequency, state="active", created_at=now, looked_at=now, due_at=rules.due_at(data.frequency, now),
        currency=currency, knows_all=knows_all,
    )  # fmt: skip
    async with transaction(actor=actor):
        if await queries.count(organisation_id, person_id) >= SEARCHES_MAX:
            raise TooManySearches(limit=SEARCHES_MAX)
        await queries.insert(saved)
        await queries.see(saved, await _offers(saved, ids, now))
        await queries.looked(saved.id, now=now, due_at=saved.due_at)
        await _record("search.saved", saved, actor=actor, now=now)
    return saved


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
    """Look for all searches that are due, and answer how many alerts there are more. Any number of these may run side by side.

    A search that cannot be looked for stops no other; what stopped the last such one is raised when all had their turn.
    """
    last, told = FIRST, 0
    failure: Exception | None = None
    while True:
        async with transaction(actor=WORKER):
            batch = await queries.due(now, after=last, lag=LAG, limit=BATCH)
        if not batch:
            break
        for search_id, is_whole in batch:
            try:
                told += await _look(search_id, now, is_whole=is_whole)
            except Exception as error:  # noqa: BLE001 - raised when every other search had its turn
                log.warning("saved_search_failed", search=str(search_id), error=type(error).__name__)
                failure = error
        last = batch[-1][0]
    async with transaction(actor=WORKER):
        await queries.forget(now - TOUCHED_KEPT)
        await queries.forget_told(now - TOLD_KEPT, limit=FORGOTTEN_MAX)
    if failure is not None:
        raise failure
    return told


async def _look(search_id: UUID, now: datetime, *, is_whole: bool) -> int:
    """Look without holding the search, so that a question that takes too long breaks no transaction; then tell, unless somebody else has looked meanwhile."""
    async with reading(WORKER):
        saved = await queries.active(search_id)
        owner = await queries.owner(saved.organisation_id, saved.person_id) if saved is not None else None
    if saved is None:
        return 0
    if owner is None:
        return await _end(saved, now)
    due = rules.due_at(saved.frequency, now) if is_whole else saved.due_at
    try:
        ids = await _ids(saved, _viewer(saved, owner), now, is_whole=is_whole)
    except QueryTooBroad:
        log.info("saved_search_too_broad", search=str(search_id))
        ids = None
    async with transaction(actor=WORKER):
        taken = await queries.take(search_id)
        if taken is None or taken.looked_at != saved.looked_at:
            return 0
        if ids is None:
            # It looks again in its time, and then at what has come since it looked last.
            await queries.looked(saved.id, now=saved.looked_at or now, due_at=rules.due_at(saved.frequency, now))
            return 0
        told = await _tell(taken, ids, now)
        await queries.looked(saved.id, now=now, due_at=due)
        return told


async def _end(saved: SearchOut, now: datetime) -> int:
    async with transaction(actor=WORKER):
        if await queries.take(saved.id) is not None:
            await queries.change(saved.id, state="ended", frequency=saved.frequency, due_at=saved.due_at)
            await _record("search.ended", saved, actor=WORKER, now=now)
    return 0


def _viewer(saved: SearchOut, owner: Owner) -> Actor:
    return Actor(
        organisation_id=saved.organisation_id, person_id=saved.person_id, capacities=frozenset(owner.capacities), roles=frozenset(owner.roles),
        locale=owner.locale, currency=owner.currency,
    )  # fmt: skip


async def _tell(saved: SearchOut, ids: list[UUID], now: datetime) -> int:
    found = await _offers(saved, ids, now)
    news = rules.news(found, await queries.seen(saved.id, found), saved)
    told = [await queries.tell(uuid7(), saved, one, now=now) for one in news]
    await queries.see(saved, found)
    return sum(told)


async def _offers(saved: SearchOut, ids: list[UUID], now: datetime) -> list[Offer]:
    """Give the offers on these products that fit what is chosen, and one line for each product that has none."""
    offered = await queries.offers(ids, organisation_id=saved.organisation_id, now=now)
    has = {one.product_id for one in offered}
    found = rules.with_bare(await queries.made([one for one in ids if one not in has]), offered)
    table = await fx.rates(now)
    rates = {code: rate.rate for code in CURRENCIES if (rate := table.rate(code, saved.currency)) is not None}
    return rules.fitting(found, facets.asked("", saved.filters).filters, rates)


async def _ids(saved: SearchOut, viewer: Actor, now: datetime, *, is_whole: bool) -> list[UUID]:
    """Give the products to look at: those that facts have touched, and where it looks at everything, the first of all; none where what is chosen is gone.

    Raises: QueryTooBroad.
    """
    asked = facets.asked(saved.text, saved.filters)
    async with reading(WORKER):
        touched = await queries.touched(since=(saved.looked_at or saved.created_at) - LAG, limit=TOUCHED_MAX)
    try:
        all_of_it, is_all = (
            await facets.held(asked, now=now, viewer=viewer, currency=saved.currency) if is_whole or len(touched) == TOUCHED_MAX else ([], False)
        )
        if is_all or not touched:
            return all_of_it
        there = set(all_of_it)
        behind = await facets.holds(asked, [one for one in touched if one not in there], now=now, viewer=viewer, currency=saved.currency)
    except QueryTooBroad:
        raise
    except DomainError:
        return []
    return [*all_of_it, *behind]


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
