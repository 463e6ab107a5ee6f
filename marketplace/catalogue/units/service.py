"""Owns the use cases of units: look them up, and word them for readers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from marketplace.catalogue.units import queries
from marketplace.catalogue.units.errors import UnknownUnit
from marketplace.kernel.database import reading
from marketplace.kernel.i18n import current_locale, lazy, translate

if TYPE_CHECKING:
    from marketplace.catalogue.units.schemas import Unit

# Units change only by migration, so each process reads them once.
_units: dict[str, Unit] = {}
# Metric symbols are the same in every Latin script, and written out in others: a language may have its own.
SYMBOLS: Final = frozenset(
    (
        *(lazy("mm"), lazy("cm"), lazy("m"), lazy("m²"), lazy("m³"), lazy("l"), lazy("ml"), lazy("g"), lazy("kg"), lazy("t"), lazy("h")),
        *(lazy("bar"), lazy("V"), lazy("A"), lazy("W"), lazy("kW"), lazy("kN"), lazy("rpm"), lazy("°C")),
    )
)


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


def symbol_word(symbol: str, *, locale: str) -> str:
    """Write a metric symbol as a language does; what is none stays as it is."""
    return translate(symbol, locale) if symbol in SYMBOLS else symbol


async def short_names() -> dict[str, str]:
    """Give by code what stands behind a figure in the reader's language: the metric symbol, in English the short form, else the name."""
    locale = current_locale()
    return {code: short_name(one, locale) for code, one in (await units()).items()}


def short_name(unit: Unit, locale: str) -> str:
    """Give what stands behind a figure in a language."""
    if unit.symbol in SYMBOLS:
        return symbol_word(unit.symbol, locale=locale)
    # Hundreds and thousands are abbreviated by digits, which nobody tells from the figure before them.
    return unit.symbol if locale == "en" and not unit.symbol.isdigit() else unit.name(locale)
