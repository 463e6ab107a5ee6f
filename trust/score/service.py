"""Owns the use cases of the score: keep what facts tell of orders, compute the rates, tell them, and say how they came about."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import TYPE_CHECKING, Any, ClassVar

import msgspec

from marketplace.catalogue.taxonomy import service as taxonomy
from marketplace.kernel import cursors
from marketplace.kernel.actor import WORKER
from marketplace.kernel.audit import service as audit
from marketplace.kernel.database import pool, reading, reads_committed, transaction
from marketplace.kernel.errors import NotAllowed, NotFound
from marketplace.kernel.ids import uuid7
from trust.score import queries, rules, rules_events
from trust.score.schemas import (
    CategoryMean,
    Correction,
    Counts,
    Difference,
    Event,
    EventOut,
    MeanOut,
    NamedMean,
    Replay,
    Response,
    SupplierRates,
    Tally,
    TrustOut,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime
    from uuid import UUID

    from marketplace.kernel.actor import Actor
    from trust.score.schemas import Kind

told = rules.told
STALE_MAX = 200
CACHED_SECONDS = 5
MONTHS = 12
DAYS_OF_A_MONTH = 30
# The means are those of some minutes ago: by then every fact of that time stands, and a replay finds exactly the same.
SETTLED = timedelta(minutes=5)
NO_ORDERS = Tally((), Response())


class _Cache:
    """The rates that this process read in the last seconds: of which pool, since when; None for a supplier that has none."""

    rates: ClassVar[dict[UUID | str, SupplierRates | None]] = {}
    pool_id = 0
    read_at = 0.0


async def note(
    order_id: UUID, *, kind: Kind, supplier_id: UUID, buyer_id: UUID, at: datetime, now: datetime, product_ids: Sequence[UUID] = (), **known: Any
) -> None:
    """Keep what a fact tells of an order and fold the order anew. Facts may come twice and in any order."""
    async with transaction(actor=WORKER):
        await queries.mark(supplier_id, now=now)
        category_id = await queries.top_category(product_ids) if product_ids else None
        event = Event(
            id=uuid7(), order_id=order_id, supplier_id=supplier_id, buyer_id=buyer_id, kind=kind, at=at, category_id=category_id, recorded_at=now, **known
        )  # fmt: skip
        if await queries.add(event):
            await _fold(order_id)


async def correct(
    order_id: UUID, *, kind: Kind, reason: str, actor: Actor, now: datetime, delivered_on: date | None = None, is_void: bool = False
) -> None:
    """Append a correction to an event of an order, by the operator: another day of delivery, or that it does not count. Nothing is changed in place.

    Of an accepted order the day of a delivery may be said of which nothing is known. The command line acts as the worker.

    Raises: NotAllowed for everybody else, NotFound for an order of which nothing of this kind is known.
    """
    if not actor.is_operator and actor != WORKER:
        raise NotAllowed
    async with transaction(actor=actor):
        known = await queries.events_of_order(order_id)
        if not known:
            raise NotFound
        await queries.mark(known[0].supplier_id, now=now)
        # Whoever corrected it a moment ago has let go of the mark by now, and is seen.
        known = await queries.events_of_order(order_id)
        said = Correction(kind, reason, delivered_on, is_void)
        event = rules_events.corrected(known, said, event_id=uuid7(), by=actor.principal, now=now)
        if event is None:
            raise NotFound
        before = max((one for one in known if one.kind == kind), key=lambda one: one.version, default=None)
        await queries.add(event)
        await _fold(order_id)
        await audit.record(
            action="trust.corrected", entity="order", entity_id=order_id, organisation_id=event.supplier_id, actor=actor, now=now, reason=reason,
            before={"delivered_on": before.delivered_on if before else None}, after={"kind": kind, "delivered_on": event.delivered_on, "is_void": is_void},
        )  # fmt: skip


async def order_by_number(number: str) -> UUID:
    """Give the order that is known by this number. Raises: NotFound."""
    async with reading(WORKER):
        found = await queries.order_by_number(number)
    if found is None:
        raise NotFound
    return found


async def _fold(order_id: UUID) -> None:
    for outcome in rules_events.fold(await queries.events_of_order(order_id)):
        await queries.save_outcome(outcome)


async def recompute(now: datetime) -> int:
    """Compute the rates of suppliers of whom facts came; give how many. The worker calls it every few seconds."""
    async with transaction(actor=WORKER):
        stale = await queries.take_stale(STALE_MAX)
        if stale:
            # A fact that another worker wrote a moment later than this one looked at the clock counts too.
            await _compute([supplier_id for supplier_id, _ in stale], max(now, *(since for _, since in stale)))
    return len(stale)


async def recompute_all(now: datetime) -> int:
    """Keep the means of now, then compute every supplier's rates: a promise that passes without a delivery is no fact, and windows move on."""
    await keep_means(now - SETTLED)
    async with transaction(actor=WORKER):
        stale = await queries.take_stale(None)
        return await _compute(None, max(now, *(since for _, since in stale), now))


async def keep_means(as_of: datetime) -> int:
    """Work out the means of the market and its categories from the events as they were known at a moment, and keep them; give how many."""
    async with transaction(actor=WORKER):
        found = rules.means_of(await queries.market(window_days=rules.WINDOW_DAYS, as_of=as_of))
        await queries.save_means([(uuid7(), as_of, one.measure, one.category_id, one.k, one.n, one.mean, rules.FORMULA) for one in found])
    return len(found)


async def rates_in_order(supplier_ids: Sequence[UUID | str]) -> list[SupplierRates | None]:
    """Give the rates of each of these suppliers, in their order; None for one without any order. One statement at most.

    Rates are computed every few seconds and tell their time, so this process keeps what it read for as long inside `reading()`; inside a
    transaction it reads afresh, because what stands there may never be committed.
    """
    kept = _kept_rates() if reads_committed() else {}
    try:
        return [kept[supplier_id] for supplier_id in supplier_ids]
    except KeyError:
        missing = [supplier_id for supplier_id in supplier_ids if supplier_id not in kept]
    async with reading():
        found = await queries.rates_of(missing)
    # Whoever asks has ids as text or as UUID; the rates are found by what both look like.
    kept.update({supplier_id: found.get(str(supplier_id)) for supplier_id in missing})
    return [kept[supplier_id] for supplier_id in supplier_ids]


async def means(as_of: datetime) -> tuple[datetime | None, list[CategoryMean]]:
    """Give the means that rates are drawn towards at a moment, and when they were worked out. They are public."""
    async with reading():
        return await queries.means(as_of)


async def rates_as_of(supplier_id: UUID, *, as_of: datetime) -> SupplierRates:
    """Work out a supplier's rates as they were at any moment, from the events that were known then."""
    return (await _history(supplier_id, [as_of]))[0]


async def history(supplier_id: UUID, *, now: datetime) -> list[SupplierRates]:
    """Give a supplier's rates at the end of each of the last twelve months (of thirty days) and now, the oldest first."""
    return await _history(supplier_id, [now - timedelta(days=DAYS_OF_A_MONTH * step) for step in range(MONTHS, -1, -1)])


async def _history(supplier_id: UUID, moments: Sequence[datetime]) -> list[SupplierRates]:
    # Rates are public, the events behind them are not: the worker reads them for everybody.
    async with transaction(actor=WORKER, readonly=True):
        events = await queries.events_of(supplier_id)
        in_force = [await queries.means(moment) for moment in moments]
    return [_of_events(supplier_id, events, moment, found) for moment, found in zip(moments, in_force, strict=True)]


def _of_events(supplier_id: UUID, events: Sequence[Event], as_of: datetime, in_force: tuple[datetime | None, list[CategoryMean]]) -> SupplierRates:
    counted = rules_events.tally(rules_events.fold(events, as_of=as_of), as_of=as_of)
    return rules.rates(supplier_id, counted, in_force[1], as_of=as_of, means_as_of=in_force[0])


async def orders_counted(supplier_id: UUID, *, actor: Actor, now: datetime) -> list[EventOut]:
    """Tell a supplier (or the operator) each order as its score counts it, the latest first, those of the window alone. Raises: NotFound."""
    if not actor.is_operator and actor.organisation_id != supplier_id:
        raise NotFound
    async with reading(actor):
        events = await queries.events_of(supplier_id)
    rows = rules_events.listed(rules_events.fold(events), events, as_of=now)
    return [row for row in rows if row.acceptance != "outside"]


async def order_counted(order_id: UUID, *, supplier_id: UUID, actor: Actor, now: datetime) -> tuple[EventOut, list[Event]]:
    """Tell a supplier (or the operator) one order as its score counts it, with every event of it. Raises: NotFound."""
    if not actor.is_operator and actor.organisation_id != supplier_id:
        raise NotFound
    async with reading(actor):
        events = [one for one in await queries.events_of_order(order_id) if one.supplier_id == supplier_id]
    if not events:
        raise NotFound
    return rules_events.listed(rules_events.fold(events), events, as_of=now)[0], events


def _kept_rates() -> dict[UUID | str, SupplierRates | None]:
    """Give the rates that are kept, none of another database or from longer ago."""
    now = time.monotonic()
    if _Cache.pool_id != id(pool()) or now - _Cache.read_at > CACHED_SECONDS:
        _Cache.rates, _Cache.pool_id, _Cache.read_at = {}, id(pool()), now
    return _Cache.rates


async def _compute(supplier_ids: Sequence[UUID] | None, now: datetime) -> int:
    means_as_of, in_force = await queries.means(now)
    counted = await queries.tallies(supplier_ids, window_days=rules.WINDOW_DAYS, now=now)
    if supplier_ids is None:
        # Whose last order has left the window has rates of nothing rather than those of a year ago.
        supplier_ids = [*counted, *(one.supplier_id for one in await queries.all_rates() if one.supplier_id not in counted)]
    _Cache.read_at = 0.0
    await queries.save_rates(
        [rules.rates(one, counted.get(one, NO_ORDERS), in_force, as_of=now, means_as_of=means_as_of) for one in supplier_ids]
    )  # fmt: skip
    return len(supplier_ids)


async def named_means(as_of: datetime, *, locale: str) -> tuple[datetime | None, list[NamedMean]]:
    """Give the means in force at a moment with the names of their categories, "" for the whole market."""
    moment, found = await means(as_of)
    known = {one.id: one for one in await taxonomy.tree()}
    return moment, [
        NamedMean(
            one,
            known[one.category_id].name(locale) if one.category_id in known else "",
            known[one.category_id].slug if one.category_id in known else "",
        )
        for one in found
        if one.category_id is None or one.category_id in known
    ]


async def example() -> SupplierRates | None:
    """Give the rates of the supplier with the most orders that were due, of equals the lowest id; None while nobody has enough."""
    async with reading():
        found = [one for one in await queries.all_rates() if one.on_time.rate is not None]
    return max(found, key=lambda one: (one.on_time.n, str(one.supplier_id)), default=None)


async def trust(supplier_id: UUID, *, as_of: datetime | None, actor: Actor, now: datetime) -> TrustOut:
    """Give a supplier's rates as of now, or of a past moment, with the means that they are drawn towards.

    The exact past moment is for the supplier and the operator; everybody else reads the end of the last whole UTC day at it,
    because the hour at which a count moved tells when an order was answered or arrived.
    """
    if as_of is None:
        as_of = now
    elif not actor.is_operator and actor.organisation_id != supplier_id:
        as_of = rules.end_of_day_before(as_of)
    found = rules.told(supplier_id, await rates_as_of(supplier_id, as_of=as_of))
    _, named = await named_means(as_of, locale="en")
    told = [MeanOut(measure=one.mean.measure, category=one.slug, k=one.mean.k, n=one.mean.n, mean=one.mean.mean) for one in named]
    return TrustOut(**msgspec.structs.asdict(found), means=told)


async def page_of_orders(
    supplier_id: UUID, *, cursor: str | None, limit: int, secret: str, actor: Actor, now: datetime
) -> tuple[list[EventOut], str | None, int]:
    """Give one page of the orders that a score counts, the cursor of the next, and how many there are. Raises: NotFound, BadCursor."""
    place = f"trust-orders:{supplier_id}"
    start = cursors.decode(place, cursor, tuple[int], secret=secret)[0] if cursor else 0
    rows = await orders_counted(supplier_id, actor=actor, now=now)
    more = cursors.encode(place, (start + limit,), secret=secret) if len(rows) > start + limit else None
    return rows[start : start + limit], more, len(rows)


async def replay(supplier_id: UUID | None = None, *, as_of: datetime | None = None) -> Replay:
    """Work out means and rates anew from the events alone and compare them with what is stored, digit by digit.

    Each supplier's at the moment of its stored rates; with `as_of` the rates of that moment are worked out and there is nothing to compare.
    The counting here is Python's and that of the computing SQL's: two ways to the same numbers. While the worker is at
    work a supplier may be told as different that was computed between two readings; a second replay then agrees.
    """
    async with transaction(actor=WORKER, readonly=True):
        stored = {one.supplier_id: one for one in await queries.all_rates()}
        waiting = await queries.stale()
        known = sorted({*stored, *await queries.suppliers_with_events()}) if supplier_id is None else [supplier_id]
        differences = [] if supplier_id or as_of else await _replayed_means(known, {one.means_as_of for one in stored.values()})
        found, count = [], 0
        for one in known:
            events = await queries.events_of(one)
            count += len(events)
            before = stored.get(one)
            if as_of is None and (before is None or one in waiting):
                continue
            moment = as_of or (before.as_of if before else None)
            assert moment is not None, "one that has no stored rates is worked out as of a moment that was asked for"
            again = _of_events(one, events, moment, await queries.means(moment))
            found.append(again)
            if before is not None and before.as_of == moment:
                differences += _differences(f"supplier {one}", before, again)
    return Replay(suppliers=len(found), events=count, waiting=len(waiting & set(known)), differences=differences, rates=found)


async def _replayed_means(suppliers: Sequence[UUID], moments: set[datetime | None]) -> list[Difference]:
    """Compare the means that stored rates were drawn towards with what the events of all suppliers give."""
    wanted = sorted(moment for moment in moments if moment is not None)
    counts: dict[datetime, list[Counts]] = {moment: [] for moment in wanted}
    for one in suppliers:
        events = await queries.events_of(one)
        for moment in wanted:
            counts[moment] += rules_events.tally(rules_events.fold(events, as_of=moment), as_of=moment).counts
    found = []
    for moment in wanted:
        stored, again = await queries.means_at(moment), rules.means_of(counts[moment])
        if stored != again:
            found.append(Difference(f"means of {moment.isoformat()}", _plain(stored), _plain(again)))
    return found


def _differences(what: str, stored: SupplierRates, again: SupplierRates) -> list[Difference]:
    pairs = [(name, getattr(stored, name), getattr(again, name)) for name in SupplierRates.__struct_fields__]
    return [Difference(f"{what} {name}", _plain(one), _plain(other)) for name, one, other in pairs if _plain(one) != _plain(other)]


def _plain(value: object) -> str:
    return msgspec.json.encode(value).decode()
