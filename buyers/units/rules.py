"""Owns the rules of the tree of units. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from buyers.units.errors import UnitTreeBroken
from marketplace.kernel.errors import NotFound

if TYPE_CHECKING:
    from uuid import UUID

    from buyers.units.schemas import UnitOut

DEPTH_MAX: Final = 6


def check_place(units: dict[UUID, UnitOut], *, unit_id: UUID | None, parent_id: UUID | None) -> None:
    """Check that a unit (None: a new one) may stand under a parent: no cycle, and nothing below it deeper than six levels.

    Raises: NotFound for a foreign or missing parent, UnitTreeBroken.
    """
    if parent_id is None:
        depth = 0
    elif parent_id in units:
        depth = units[parent_id].depth
    else:
        raise NotFound
    below = 0 if unit_id is None else max(_depths_below(units, unit_id, parent_id))
    if depth + 1 + below > DEPTH_MAX:
        raise UnitTreeBroken(limit=DEPTH_MAX)


def _depths_below(units: dict[UUID, UnitOut], unit_id: UUID, parent_id: UUID | None) -> list[int]:
    """List how far each unit of the subtree stands below its top. Raises: UnitTreeBroken when the new parent is one of them."""
    depths = [0]
    for unit in units.values():
        ancestor, steps = unit, 0
        while ancestor.id != unit_id and ancestor.parent_id is not None:
            ancestor, steps = units[ancestor.parent_id], steps + 1
        if ancestor.id == unit_id:
            if unit.id == parent_id:
                raise UnitTreeBroken(limit=DEPTH_MAX)
            depths.append(steps)
    return depths
