"""Owns writing the log of states, with the outbox row of each change, in the transaction that changes the state."""

from __future__ import annotations

from typing import TYPE_CHECKING

from marketplace.kernel import tracing
from marketplace.kernel.contracts import StateChanged
from marketplace.kernel.database import reading, transaction
from marketplace.kernel.ids import uuid7
from marketplace.kernel.machine import queries, queries_births
from marketplace.kernel.machine.schemas import Change, Logged, Machine
from marketplace.kernel.outbox import service as outbox

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from uuid import UUID

    from marketplace.kernel.actor import Actor
    from marketplace.kernel.audit.schemas import Entry
    from marketplace.kernel.contracts import Fact


async def log(entity: str, entity_id: UUID, from_state: str, to_state: str, *, actor: Actor, now: datetime, fact: Fact | None = None) -> int:
    """Log one change (from "" for a birth) and publish `fact` for it, or StateChanged; give its number in the thing's history.

    The caller has made the change in the same transaction, conditionally. Do not publish `fact` again.
    """
    change = Change(entity_id=entity_id, from_state=from_state, to_state=to_state, fact=fact)
    return (await log_many(entity, [change], actor=actor, now=now))[entity_id]


async def log_many(entity: str, changes: Sequence[Change], *, actor: Actor, now: datetime) -> dict[UUID, int]:
    """Log changes of different things of one kind, as `log` does, in two statements; give each one's number. Nothing for an empty list."""
    if not changes:
        return {}
    machine = Machine.all[entity]
    for change in changes:
        assert change.to_state in machine.allowed(change.from_state), f"{entity} has no edge {change.from_state!r} to {change.to_state!r}"
    async with transaction(actor=actor):
        numbers = await queries.insert(entity, changes, principal=actor.principal, now=now)
        facts = [(change.fact or _plain(entity, change, numbers), f"{entity}:{change.entity_id}:{numbers[change.entity_id]}") for change in changes]
        await outbox.publish_keyed(facts, now=now)
    return numbers


async def log_births(births: Sequence[tuple[str, Sequence[Change]]], *, actor: Actor, now: datetime, entries: Sequence[Entry] = ()) -> None:
    """Log births of several kinds, publish their facts and write audit entries, all in one statement: for the busiest path, checkout.

    `births` are (entity, changes) pairs whose changes come from the state "".
    """
    born = []
    for entity, changes in births:
        machine = Machine.all[entity]
        for change in changes:
            assert change.from_state == "", "a birth comes from nothing"
            assert change.to_state in machine.initial, f"no {entity} is born as {change.to_state!r}"
            fact = change.fact or _plain(entity, change, {change.entity_id: 1})
            row = {"entity": entity, "entity_id": change.entity_id, "to_state": change.to_state}
            born.append(row | {"fact_id": uuid7(), "kind": type(fact).__name__, "payload": fact})
    kept = [
        {
            "id": uuid7(),
            "organisation_id": entry.organisation_id,
            "action": entry.action,
            "entity": entry.entity,
            "entity_id": entry.entity_id,
            "reason": entry.reason,
            "after": entry.after,
        }
        for entry in entries
    ]
    who = (actor.principal, actor.person_id, actor.request_id, tracing.traceparent())
    async with transaction(actor=actor):
        await queries_births.insert(born, entries=kept, channel=outbox.hint_channel(), who=who, now=now)


def _plain(entity: str, change: Change, numbers: dict[UUID, int]) -> StateChanged:
    return StateChanged(
        entity=entity, entity_id=change.entity_id, seq=numbers[change.entity_id], from_state=change.from_state, to_state=change.to_state
    )


async def history(entity: str, entity_id: UUID) -> list[Logged]:
    """Give a thing's changes of state, oldest first. The caller has checked that its reader may see the thing."""
    async with reading():
        return await queries.history(entity, entity_id)


async def sync_edges() -> int:
    """Write the edges of every machine that was imported into the database and give how many were new; run after migrating."""
    rows = [row for machine in Machine.all.values() for row in machine.rows()]
    if not rows:
        return 0
    async with transaction():
        return await queries.add_edges(rows)
