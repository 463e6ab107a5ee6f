"""Tests the units that every installation starts with."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from marketplace.catalogue.units import service
from marketplace.catalogue.units.errors import UnknownUnit
from marketplace.kernel.i18n import speaking

if TYPE_CHECKING:
    from marketplace.kernel.database import Connection

pytestmark = pytest.mark.usefixtures("rolled_back")


async def test_the_units_of_recommendation_20_are_there_in_three_languages() -> None:
    units = await service.units()
    decimals = {code: units[code].decimals for code in ("C62", "H87", "KGM", "GRM", "MTR", "LTR", "MTK", "XPK", "XBX")}
    assert decimals == {"C62": 0, "H87": 0, "KGM": 3, "GRM": 1, "MTR": 2, "LTR": 2, "MTK": 2, "XPK": 0, "XBX": 0}
    assert [units["C62"].name(locale) for locale in ("en", "vi", "ar", "vi-VN", "de")] == ["pieces", "cái", "قطعة", "cái", "pieces"]
    assert all(set(unit.names) == {"en", "vi", "ar"} for unit in units.values())


async def test_an_unknown_unit_is_named_in_the_error() -> None:
    with pytest.raises(UnknownUnit) as caught:
        await service.unit("XYZ")
    assert caught.value.params == {"code": "XYZ"}


async def test_the_application_cannot_change_units(rolled_back: Connection) -> None:
    assert not await rolled_back.fetchval("SELECT has_table_privilege('marketplace_app', 'catalogue.units', 'INSERT, UPDATE, DELETE')")


async def test_what_stands_behind_a_figure_is_the_symbol_as_the_readers_language_writes_it() -> None:
    told = {}
    for locale in ("en", "vi", "ar"):
        with speaking(locale):
            names = await service.short_names()
            told[locale] = [names[code] for code in ("C62", "KGM", "MTR", "CEN", "XBX")]
    assert told == {
        "en": ["pc", "kg", "m", "hundreds", "box"],
        "vi": ["cái", "kg", "m", "trăm", "hộp"],
        "ar": ["قطعة", "كغ", "م", "مئة", "صندوق"],
    }
