"""Owns the use cases of units: look them up, and turn what people write into integer steps and back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from marketplace.catalogue.units import queries, rules
from marketplace.catalogue.units.errors import BadQuantity, UnknownUnit
from marketplace.kernel.database import reading

if TYPE_CHECKING:
    from marketplace.catalogue.units.schemas import Unit

# Units change only by migration, so each process reads them once.
_units: dict[str, Unit] = {}


async def units() -> dict[str, Unit]:
    """Give all units by code, in their order of display."""
    if not _units:
        async with reading():
            _units.update({unit.code: unit for unit in await queries.all_units()})
    return _units


async def unit(code: str) -> Unit:
    """Give one unit.

    Raises: UnknownUnit.
    """
    found = (await units()).get(code)
    if found is None:
        raise UnknownUnit(code=code)
    return found


def to_steps(value: int | str, *, unit: Unit) -> int:
    """Turn a quantity as sent (a JSON integer for whole-piece units, else ASCII decimal text) into integer steps of the unit.

    Raises: BadQuantity for zero, negatives, too many decimals, more than 1,000,000 units, and anything but ASCII digits with a point.
    """
    text = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
    steps = rules.parse_steps(text, decimals=unit.decimals) if isinstance(text, str) else None
    if steps is None:
        raise BadQuantity(unit=unit.symbol, decimals=unit.decimals)
    return steps


def from_steps(steps: int, *, unit: Unit) -> str:
    """Turn integer steps of the unit into ASCII decimal text without trailing zeros."""
    return rules.format_steps(steps, decimals=unit.decimals)
