"""Owns writing down who did what, sealing it and finding whether anybody changed it afterwards."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from marketplace.kernel.actor import WORKER
from marketplace.kernel.audit import queries
from marketplace.kernel.audit.schemas import AuditOut, Entry, Tampered
from marketplace.kernel.database import reading, transaction
from marketplace.kernel.ids import uuid7

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from uuid import UUID

    from marketplace.kernel.actor import Actor

SEAL_BATCH = 2000


async def record(  # noqa: PLR0913 - one named value per column of the row
    *,
    action: str,
    entity: str,
    entity_id: UUID | None,
    organisation_id: UUID | None,
    actor: Actor,
    now: datetime,
    before: Any = None,
    after: Any = None,
    reason: str | None = None,
) -> None:
    """Write one act into the business transaction; the worker seals it within seconds.

    `organisation_id` is whose chain it joins, None for the platform's own. `before` and `after` carry what changed, without secrets.
    """
    entry = Entry(action=action, entity=entity, entity_id=entity_id, organisation_id=organisation_id, before=before, after=after, reason=reason)
    await record_many([entry], actor=actor, now=now)


async def record_many(entries: Sequence[Entry], *, actor: Actor, now: datetime) -> None:
    """Write several acts in one statement, as `record` does; nothing for an empty list."""
    if not entries:
        return
    async with transaction(actor=actor):
        await queries.insert([_row(entry, actor, now) for entry in entries])


def _row(entry: Entry, actor: Actor, now: datetime) -> tuple[object, ...]:
    return (
        uuid7(),
        entry.organisation_id or queries.NOBODY,
        entry.action,
        entry.entity,
        entry.entity_id,
        actor.principal,
        actor.person_id,
        actor.request_id,
        now,
        entry.reason,
        _json(entry.before),
        _json(entry.after),
    )


def _json(value: Any) -> str | None:
    return None if value is None else msgspec.json.encode(value).decode()


async def seal(now: datetime) -> int:
    """Seal every unsealed row into its organisation's chain, in transactions of a few thousand, and give how many. The worker calls it."""
    sealed = 0
    while True:
        async with transaction(actor=WORKER):
            count = await queries.seal(now, limit=SEAL_BATCH)
        sealed += count
        if count < SEAL_BATCH:
            return sealed


async def verify(*, limit: int = 100) -> list[Tampered]:
    """Give the places where a chain does not hold: a gap, a broken link, a changed row or content, a head that is not the last row."""
    async with reading(WORKER):
        return await queries.tampered(limit)


async def entries(
    organisation_id: UUID,
    *,
    actor: Actor,
    entity: str | None = None,
    entity_id: UUID | None = None,
    before: tuple[datetime, UUID] | None = None,
    limit: int = 50,
) -> list[AuditOut]:
    """List an organisation's acts, newest first; row level security holds members to their own. `before` continues after (at, id)."""
    async with reading(actor):
        return await queries.of_organisation(organisation_id, entity=entity, entity_id=entity_id, before=before, limit=limit)
