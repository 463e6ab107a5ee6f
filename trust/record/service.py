"""Owns the use cases of a supplier's own record: read an order as it counts, contest an event of it, and answer that for the operator."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

import msgspec

from marketplace.kernel import cursors
from marketplace.kernel.actor import WORKER
from marketplace.kernel.audit import service as audit
from marketplace.kernel.calendar import date_in
from marketplace.kernel.database import reading, transaction
from marketplace.kernel.errors import NotAllowed, NotFound
from marketplace.kernel.ids import uuid7
from trust.record import queries, rules
from trust.record.errors import ContestDecided, ContestOpen, TooManyContests
from trust.record.schemas import About, OrderRecordOut
from trust.score import service as score

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from marketplace.kernel.actor import Actor
    from trust.record.schemas import ContestIn, ContestOut, DecisionIn, KnownOut
    from trust.score.schemas import EventOut, Kind

typed = rules.typed
KEEPERS = frozenset({"owner", "sales", "fulfilment"})


async def page_of_orders(
    supplier_id: UUID, *, cursor: str | None, limit: int, secret: str, actor: Actor, now: datetime
) -> tuple[list[EventOut], str | None, int]:
    """Give one page of the orders that a score counts, each with how its contest stands, the cursor of the next, and how many there are.

    Raises: NotFound, BadCursor.
    """
    rows, following, total = await score.page_of_orders(supplier_id, cursor=cursor, limit=limit, secret=secret, actor=actor, now=now)
    async with reading(actor):
        marks = await queries.marks(supplier_id, order_ids=[one.order_id for one in rows])
    return [msgspec.structs.replace(one, contest=marks.get(one.order_id, "")) for one in rows], following, total


async def order_record(order_id: UUID, *, supplier_id: UUID, actor: Actor, now: datetime) -> OrderRecordOut:
    """Give one order of a supplier as its score counts it, everything known of it, and what was contested. Raises: NotFound."""
    counted, events = await score.order_counted(order_id, supplier_id=supplier_id, actor=actor, now=now)
    async with reading(actor):
        contests = await queries.of_order(order_id, supplier_id=supplier_id)
    state = "" if not contests else "open" if any(one.state == "open" for one in contests) else contests[0].state
    return OrderRecordOut(order=msgspec.structs.replace(counted, contest=state), events=rules.known(events, contests), contests=contests)


async def my_contests(*, cursor: str | None, limit: int, secret: str, actor: Actor) -> tuple[list[ContestOut], str | None]:
    """List what the acting supplier has contested, the latest first. Raises: NotFound, BadCursor."""
    supplier_id = actor.own_organisation("supplier")
    place = f"trust-contests:{supplier_id}"
    before = cursors.decode(place, cursor, tuple[UUID], secret=secret)[0] if cursor else None
    async with reading(actor):
        found = await queries.of_supplier(supplier_id, before=before, limit=limit + 1)
    return _cut(found, limit=limit, place=place, secret=secret)


async def contests(*, is_open: bool, cursor: str | None, limit: int, secret: str, actor: Actor) -> tuple[list[ContestOut], str | None]:
    """List for the operator what waits for an answer, the oldest first, or what has one, the latest first. Raises: NotAllowed, BadCursor."""
    _only_operator(actor)
    place = "trust-contests-open" if is_open else "trust-contests-decided"
    at = cursors.decode(place, cursor, tuple[UUID], secret=secret)[0] if cursor else None
    async with reading(actor):
        found = await (queries.waiting(after=at, limit=limit + 1) if is_open else queries.decided(before=at, limit=limit + 1))
    return _cut(found, limit=limit, place=place, secret=secret)


def _cut(found: Sequence[ContestOut], *, limit: int, place: str, secret: str) -> tuple[list[ContestOut], str | None]:
    more = cursors.encode(place, (found[limit - 1].id,), secret=secret) if len(found) > limit else None
    return list(found[:limit]), more


async def count_waiting(actor: Actor) -> int:
    """Count for the side list of the operator what waits for an answer. Raises: NotAllowed."""
    _only_operator(actor)
    async with reading(actor):
        return await queries.count_waiting()


async def contest(contest_id: UUID, *, actor: Actor) -> ContestOut:
    """Give the operator a contest. Raises: NotAllowed, NotFound."""
    _only_operator(actor)
    async with reading(actor):
        found = await queries.one(contest_id)
    if found is None:
        raise NotFound
    return found


async def state(order_id: UUID, *, sent: ContestIn, actor: Actor, now: datetime) -> OrderRecordOut:
    """Contest an event of one of the acting supplier's orders. Nothing that is known is changed; the operator answers.

    Raises: NotFound for an order of which nothing is known, InvalidInput, ContestOpen, TooManyContests.
    """
    supplier_id = actor.own_organisation("supplier")
    async with transaction(actor=actor):
        counted, events = await score.order_counted(order_id, supplier_id=supplier_id, actor=actor, now=now)
        today, is_missing = date_in(now, time_zone=actor.time_zone), rules.is_delivery_missing(counted, events)
        said = rules.contested(sent, events, today=today, is_missing=is_missing)
        before = [one for one in await queries.of_order(order_id, supplier_id=supplier_id) if one.kind == sent.kind]
        if any(one.state == "open" for one in before):
            raise ContestOpen
        if len(before) >= rules.ATTEMPTS_MAX:
            raise TooManyContests(limit=rules.ATTEMPTS_MAX)
        about = About(order_id, supplier_id, counted.order_number, rules.version_of(said.kind, events), len(before) + 1)
        if not await queries.insert(uuid7(), sent=said, about=about, by=actor.principal, now=now):
            raise ContestOpen
        known_day = next((one.delivered_on for one in events if (one.kind, one.version) == (said.kind, about.version)), None)
        after = {"kind": said.kind, "version": about.version, "wrong": said.wrong, "delivered_on": said.delivered_on}
        await audit.record(
            action="trust.contested", entity="order", entity_id=order_id, organisation_id=supplier_id, actor=actor, now=now, reason=said.reason,
            before={"delivered_on": known_day}, after=after,
        )  # fmt: skip
        return await order_record(order_id, supplier_id=supplier_id, actor=actor, now=now)


async def decide(contest_id: UUID, *, sent: DecisionIn, actor: Actor, now: datetime) -> ContestOut:
    """Answer a contest for the operator: accepting appends the correction that was asked for, declining says why. One answer holds.

    Raises: NotAllowed, NotFound, InvalidInput, ContestDecided.
    """
    _only_operator(actor)
    said = rules.decided(sent)
    async with transaction(actor=actor):
        found = await contest(contest_id, actor=actor)
        if not await queries.decide(found, outcome=said.outcome, answer=said.answer, by=actor.principal, now=now):
            raise ContestDecided(extra={"current": (await contest(contest_id, actor=actor)).state})
        if said.outcome == "accepted":
            # The correction keeps the operator's words, and where there are none the supplier's.
            await score.correct(
                found.order_id, kind=found.kind, reason=said.answer or found.reason, actor=actor, now=now, delivered_on=found.delivered_on,
                is_void=found.wrong == "void",
            )  # fmt: skip
        await audit.record(
            action=f"trust.contest_{said.outcome}", entity="order", entity_id=found.order_id, organisation_id=found.supplier_id, actor=actor, now=now,
            reason=said.answer or found.reason, after={"contest_id": found.id, "kind": found.kind},
        )  # fmt: skip
        return await contest(contest_id, actor=actor)


async def correct(
    order_id: UUID, *, kind: Kind, reason: str, actor: Actor, now: datetime, delivered_on: date | None = None, is_void: bool = False
) -> None:
    """Append the operator's own correction to an event of an order; what waits of the same event is answered by it, with its reason.

    Raises: NotAllowed, NotFound for an order of which nothing of this kind is known.
    """
    if not actor.is_operator and actor != WORKER:
        raise NotAllowed
    async with transaction(actor=actor):
        # In the order of an answer: first what is contested, then the event.
        for one in await queries.open_of(order_id, kind=kind):
            outcome = rules.answered(one, delivered_on=delivered_on, is_void=is_void)
            if await queries.decide(one, outcome=outcome, answer=reason, by=actor.principal, now=now):
                await audit.record(
                    action=f"trust.contest_{outcome}", entity="order", entity_id=order_id, organisation_id=one.supplier_id, actor=actor, now=now,
                    reason=reason, after={"contest_id": one.id, "kind": kind},
                )  # fmt: skip
        await score.correct(order_id, kind=kind, reason=reason, actor=actor, now=now, delivered_on=delivered_on, is_void=is_void)


def may_say_day(record: OrderRecordOut) -> bool:
    """Tell whether the day of a delivery may be said of which nothing is known: the order counts as late without one, and nothing of it waits."""
    is_known = any(one.kind == "delivered" for one in stands(record))
    is_open = any(one.kind == "delivered" and one.state == "open" for one in record.contests)
    return record.order.on_time == "no" and record.order.delivered_on is None and not is_known and not is_open


def stands(record: OrderRecordOut) -> list[KnownOut]:
    """Give the events of an order that stand and may be contested now: the latest version of each, unless it is contested already."""
    latest = {one.kind: one for one in sorted(record.events, key=lambda one: one.version)}
    waiting = {one.kind for one in record.contests if one.state == "open"}
    return [latest[kind] for kind in rules.CONTESTABLE if kind in latest and kind not in waiting and not latest[kind].is_void]


def _only_operator(actor: Actor) -> None:
    if not actor.is_operator:
        raise NotAllowed
