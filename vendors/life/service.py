"""Owns the use cases of a supplier's life: look at it, see what an act would do, do it, and end notices that have run out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from marketplace.kernel.actor import WORKER
from marketplace.kernel.audit import service as audit
from marketplace.kernel.contracts import OffersChanged, SupplierStateChanged
from marketplace.kernel.database import reading, transaction
from marketplace.kernel.errors import NotAllowed, NotFound, VersionConflict
from marketplace.kernel.machine import service as machine
from marketplace.kernel.outbox import service as outbox
from marketplace.kernel.ports import SUPPLIER_TIES
from vendors.life import queries, rules
from vendors.life.errors import StillHeld
from vendors.life.schemas import ActOut, EffectsOut, LifeOut

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime
    from uuid import UUID

    from marketplace.kernel.actor import Actor
    from marketplace.kernel.contracts import Fact
    from marketplace.kernel.ports import Ties
    from vendors.life.schemas import LifeChange, Standing

HELD_WORDS = rules.HELD_WORDS
CHUNK = 1000
BATCH = 100
RUN_OUT = "The notice has run out and nothing holds the supplier any more."


class Lives:
    """Answers the port of the suppliers' states."""

    async def states(self, organisation_ids: Sequence[UUID], *, now: datetime) -> dict[UUID, str]:
        """Tell where each that sells stands; a planned closure that covers today tells as "closed"."""
        async with reading():
            return await queries.states(organisation_ids, now=now)


async def birth(supplier_id: UUID, *, actor: Actor, now: datetime) -> None:
    """Log that an organisation began to sell, in the transaction that lets it."""
    await machine.log("supplier", supplier_id, "", "open", actor=actor, now=now, fact=SupplierStateChanged(supplier_id=supplier_id, state="open"))


async def is_selling(organisation_id: UUID) -> bool:
    """Tell whether the operator has let an organisation sell, whatever became of it since."""
    async with reading():
        return await queries.is_supplier(organisation_id)


async def lock(organisation_id: UUID) -> bool:
    """Tell whether an organisation sells, and let others who lock it wait until the caller's transaction ends."""
    return await queries.lock(organisation_id)


async def life(supplier_id: UUID, *, actor: Actor, now: datetime) -> LifeOut:
    """Tell how a supplier stands, to itself and the operator. Raises: NotFound."""
    _own_or_operator(supplier_id, actor)
    async with reading(actor):
        found = await queries.standing(supplier_id, now=now)
        if found is None:
            raise NotFound
        log = await queries.acts(supplier_id)
    held = rules.held_by(await ties(supplier_id, now=now)) if found.is_over and found.state != "terminated" else []
    return _life(found, log, held=held, actor=actor)


async def effects(supplier_id: UUID, *, act: str, actor: Actor, now: datetime) -> EffectsOut:
    """Count what an act would do, and change nothing. Raises: NotFound, NotAllowed, NotPossibleNow."""
    _own_or_operator(supplier_id, actor)
    _may(act, supplier_id, actor)
    async with reading(actor):
        found = await queries.standing(supplier_id, now=now)
        if found is None:
            raise NotFound
        rules.check_possible(act, found)
        becomes = rules.BECOMES.get(act) or (rules.before_suspension(await queries.acts(supplier_id)) if act == "lift" else found.state)
        ready = await queries.ready(supplier_id, now=now)
    is_planned = "cancel_closure" in rules.possible(found)
    selling, kept_by = rules.outlook(act, found, becomes=becomes)
    tied = await ties(supplier_id, now=now)
    return EffectsOut(
        act=act,
        state=found.state,
        becomes=becomes,
        stops_selling=selling in {"stops", "stops-later"},
        selling=selling,
        kept_by=list(kept_by),
        closed_from=found.closed_from if is_planned else None,
        closed_to=found.closed_to if is_planned else None,
        offers=ready,
        carts=None if tied is None else tied.carts,
        open_orders=None if tied is None else tied.open_orders,
        money_due=None if tied is None else list(tied.money_due),
        earliest_end=found.today + rules.NOTICE,
        version=found.version,
    )


async def ties(supplier_id: UUID, *, now: datetime) -> Ties | None:
    """Sum what the packages above say of a supplier's ties: carts, open orders, money due. None while nobody answers.

    Buyers' carts are theirs to see, so they are counted as the worker, and only counts leave. Call it outside of a member's transaction.
    """
    if not SUPPLIER_TIES.implementations:
        return None
    async with reading(WORKER):
        return rules.summed([await answerer.ties(supplier_id, now=now) for answerer in SUPPLIER_TIES.implementations])


async def change_life(supplier_id: UUID, change: LifeChange, *, actor: Actor, now: datetime) -> LifeOut:
    """Do one act: the supplier pauses, reopens and plans closures; the operator suspends, lifts, gives notice, withdraws it and ends.

    Running orders and what is due go on in every state. A notice that has run out ends only when nothing holds the supplier.
    Raises: NotFound, NotAllowed, InvalidInput, NotPossibleNow, VersionConflict, StillHeld.
    """
    _own_or_operator(supplier_id, actor)
    _may(change.act, supplier_id, actor)
    reason = rules.checked_reason(change.reason)
    async with transaction(actor=actor):
        found = await queries.locked(supplier_id, now=now)
        if found is None:
            raise NotFound
        if found.version != change.version:
            raise VersionConflict(extra={"version": found.version})
        rules.check_possible(change.act, found)
        dates = rules.checked_dates(change, today=found.today)
        if change.act == "end":
            await _check_free(supplier_id, now=now)
        await _do(found, change.act, dates, reason=reason, actor=actor, now=now)
        after = await queries.standing(supplier_id, now=now)
        assert after is not None, "the row is locked by this transaction"
        return _life(after, await queries.acts(supplier_id), held=[], actor=actor)


async def end_notices(now: datetime) -> int:
    """Terminate the suppliers whose notice has run out and that nothing holds; give how many. The worker's timer calls it.

    All of them are looked at, so many at a time: those that are still held keep nobody behind them waiting.
    """
    ended, after = 0, None
    while True:
        async with reading(WORKER):
            waiting = await queries.run_out(now, after=after, limit=BATCH)
        ended += await _end([supplier_id for _, supplier_id in waiting], now=now)
        if len(waiting) < BATCH:
            return ended
        after = waiting[-1]


async def _end(supplier_ids: list[UUID], *, now: datetime) -> int:
    ended = 0
    for supplier_id in supplier_ids:
        async with transaction(actor=WORKER):
            found = await queries.locked(supplier_id, now=now)
            if found is None or "end" not in rules.possible(found) or rules.held_by(await ties(supplier_id, now=now)):
                continue
            await _do(found, "end", (None, None, None), reason=RUN_OUT, actor=WORKER, now=now)
            ended += 1
    return ended


async def _check_free(supplier_id: UUID, *, now: datetime) -> None:
    held = rules.held_by(await ties(supplier_id, now=now))
    if held:
        raise StillHeld(extra={"held_by": held})


async def _do(found: Standing, act: str, dates: tuple[date | None, date | None, date | None], *, reason: str, actor: Actor, now: datetime) -> None:
    """Change the row, append the act, log the state and tell everybody, in the caller's transaction."""
    before = await queries.acts(found.supplier_id)
    to_state = rules.BECOMES.get(act) or (rules.before_suspension(before) if act == "lift" else found.state)
    closure, ends_on = rules.after(act, found, dates)
    if not await queries.save(found, to_state=to_state, closure=closure, ends_on=ends_on):
        raise VersionConflict
    done = ActOut(
        act=act,
        from_state=found.state,
        to_state=to_state,
        closed_from=dates[0],
        closed_to=dates[1],
        ends_on=dates[2],
        reason=reason,
        by="supplier" if actor.organisation_id == found.supplier_id else "operator",
        at=now,
    )
    await queries.insert_act(found.supplier_id, act=done, principal=actor.principal)
    await _tell(found, to_state=to_state, actor=actor, now=now)
    await audit.record(
        action=f"supplier.{act}",
        entity="supplier",
        entity_id=found.supplier_id,
        organisation_id=found.supplier_id,
        actor=actor,
        now=now,
        before={"state": found.state, "closed_from": found.closed_from, "closed_to": found.closed_to, "ends_on": found.ends_on},
        after={"state": to_state, "closed_from": closure[0], "closed_to": closure[1], "ends_on": ends_on},
        reason=reason,
    )


async def _tell(found: Standing, *, to_state: str, actor: Actor, now: datetime) -> None:
    """Publish what changed: lists and comparisons of the products that the supplier offers read them again."""
    fact = SupplierStateChanged(supplier_id=found.supplier_id, state=to_state)
    if to_state != found.state:
        if not await machine.history("supplier", found.supplier_id):
            # Suppliers from before states were logged begin their log with the state in which they are found.
            await birth(found.supplier_id, actor=actor, now=now)
            if found.state != "open":
                await machine.log("supplier", found.supplier_id, "open", found.state, actor=actor, now=now)
        await machine.log("supplier", found.supplier_id, found.state, to_state, actor=actor, now=now, fact=fact)
    ids = await queries.products(found.supplier_id)
    facts: list[Fact] = [] if to_state != found.state else [fact]
    facts += [OffersChanged(supplier_id=found.supplier_id, product_ids=tuple(ids[at : at + CHUNK])) for at in range(0, len(ids), CHUNK)]
    if facts:
        await outbox.publish(*facts, now=now)


def _life(found: Standing, log: list[ActOut], *, held: list[str], actor: Actor) -> LifeOut:
    acts = rules.OWN_ACTS if actor.organisation_id == found.supplier_id else rules.OPERATOR_ACTS
    notice = next((one for one in log if one.act == "give_notice"), None)
    return LifeOut(
        supplier_id=found.supplier_id,
        name=found.name,
        state=found.state,
        sells=not rules.off_sale(found) and found.state == "open",
        is_closed=found.is_closed,
        closed_from=found.closed_from,
        closed_to=found.closed_to,
        ends_on=found.ends_on,
        statement=notice.reason if notice is not None and found.ends_on is not None else "",
        held_by=held,
        version=found.version,
        possible=[act for act in rules.possible(found) if act in acts],
        log=log,
    )


def _own_or_operator(supplier_id: UUID, actor: Actor) -> None:
    if actor.organisation_id != supplier_id and actor.database_role not in {"operator", "worker"}:
        raise NotFound


def _may(act: str, supplier_id: UUID, actor: Actor) -> None:
    acts = rules.OWN_ACTS if actor.organisation_id == supplier_id else rules.OPERATOR_ACTS
    if act not in acts:
        raise NotAllowed
