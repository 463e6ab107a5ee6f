"""Owns the use cases of units."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from buyers.units import queries, rules
from buyers.units.errors import TooManyUnits
from marketplace.kernel.audit import service as audit
from marketplace.kernel.database import reading, transaction
from marketplace.kernel.errors import NotFound, VersionConflict
from marketplace.kernel.ids import uuid7
from marketplace.kernel.names import clean_name

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from buyers.units.schemas import NewUnit, UnitChange, UnitOut
    from marketplace.kernel.actor import Actor

UNITS_MAX: Final = 500


async def units(*, actor: Actor) -> list[UnitOut]:
    """List the acting company's units from the top down. Raises: NotFound when no company acts."""
    async with reading(actor):
        return await queries.tree(actor.own_organisation("buyer"))


async def create_unit(data: NewUnit, *, actor: Actor, now: datetime) -> UnitOut:
    """Add a unit to the acting company. Raises: NotFound, InvalidInput, UnitNameTaken, UnitTreeBroken, TooManyUnits."""
    organisation_id = actor.own_organisation("buyer")
    name = clean_name(data.name, pointer="/name")
    async with transaction(actor=actor):
        await queries.lock(organisation_id)
        present = {unit.id: unit for unit in await queries.tree(organisation_id)}
        if len(present) >= UNITS_MAX:
            raise TooManyUnits(limit=UNITS_MAX)
        rules.check_place(present, unit_id=None, parent_id=data.parent_id)
        unit_id = uuid7()
        await queries.insert(unit_id, organisation_id=organisation_id, parent_id=data.parent_id, name=name, now=now)
        made = await _unit(unit_id, organisation_id)
        await _record("unit.created", made, actor=actor, now=now)
        return made


async def change_unit(unit_id: UUID, data: UnitChange, *, actor: Actor, now: datetime) -> UnitOut:
    """Rename or move a unit of the acting company; what hangs under it moves along.

    Raises: NotFound, InvalidInput, UnitNameTaken, UnitTreeBroken, VersionConflict.
    """
    organisation_id = actor.own_organisation("buyer")
    name = clean_name(data.name, pointer="/name")
    async with transaction(actor=actor):
        await queries.lock(organisation_id)
        present = {unit.id: unit for unit in await queries.tree(organisation_id)}
        if unit_id not in present:
            raise NotFound
        rules.check_place(present, unit_id=unit_id, parent_id=data.parent_id)
        if not await queries.update(unit_id, organisation_id=organisation_id, parent_id=data.parent_id, name=name, version=data.version):
            raise VersionConflict
        changed = await _unit(unit_id, organisation_id)
        await _record("unit.changed", changed, actor=actor, now=now, before=present[unit_id])
        return changed


async def _unit(unit_id: UUID, organisation_id: UUID) -> UnitOut:
    return next(unit for unit in await queries.tree(organisation_id) if unit.id == unit_id)


async def _record(action: str, unit: UnitOut, *, actor: Actor, now: datetime, before: UnitOut | None = None) -> None:
    await audit.record(
        action=action,
        entity="unit",
        entity_id=unit.id,
        organisation_id=actor.organisation_id,
        actor=actor,
        now=now,
        before=None if before is None else {"path": before.path},
        after={"path": unit.path},
    )
