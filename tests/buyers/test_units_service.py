"""Tests of the tree of units and of a company's settings."""

from __future__ import annotations

import asyncio
from uuid import uuid4

import pytest

from buyers.companies import service as companies
from buyers.companies.schemas import CompanySettings
from buyers.units import service
from buyers.units.errors import UnitNameTaken, UnitTreeBroken
from buyers.units.schemas import NewUnit, UnitChange
from marketplace.kernel.errors import InvalidInput, NotFound, VersionConflict
from tests.conftest import NOW
from tests.kernel.identity_cast import acting, organisation


@pytest.mark.usefixtures("rolled_back")
async def test_units_are_listed_from_the_top_down() -> None:
    buyer = acting(await organisation())
    north = await service.create_unit(NewUnit(name="Nord"), actor=buyer, now=NOW)
    await service.create_unit(NewUnit(name="Süd"), actor=buyer, now=NOW)
    await service.create_unit(NewUnit(name="Einkauf", parent_id=north.id), actor=buyer, now=NOW)
    assert [(unit.path, unit.depth) for unit in await service.units(actor=buyer)] == [(["Nord"], 1), (["Nord", "Einkauf"], 2), (["Süd"], 1)]


@pytest.mark.usefixtures("rolled_back")
async def test_a_unit_moves_with_what_hangs_under_it() -> None:
    buyer = acting(await organisation())
    north = await service.create_unit(NewUnit(name="Nord"), actor=buyer, now=NOW)
    south = await service.create_unit(NewUnit(name="Süd"), actor=buyer, now=NOW)
    await service.create_unit(NewUnit(name="Einkauf", parent_id=north.id), actor=buyer, now=NOW)
    await service.change_unit(north.id, UnitChange(name="Nordwerk", parent_id=south.id, version=1), actor=buyer, now=NOW)
    assert [unit.path for unit in await service.units(actor=buyer)] == [["Süd"], ["Süd", "Nordwerk"], ["Süd", "Nordwerk", "Einkauf"]]
    with pytest.raises(VersionConflict):
        await service.change_unit(north.id, UnitChange(name="Nord", version=1), actor=buyer, now=NOW)


@pytest.mark.usefixtures("rolled_back")
async def test_a_unit_does_not_stand_under_itself() -> None:
    buyer = acting(await organisation())
    north = await service.create_unit(NewUnit(name="Nord"), actor=buyer, now=NOW)
    below = await service.create_unit(NewUnit(name="Einkauf", parent_id=north.id), actor=buyer, now=NOW)
    for parent in (north.id, below.id):
        with pytest.raises(UnitTreeBroken):
            await service.change_unit(north.id, UnitChange(name="Nord", parent_id=parent, version=1), actor=buyer, now=NOW)
    assert [unit.path for unit in await service.units(actor=buyer)] == [["Nord"], ["Nord", "Einkauf"]]


@pytest.mark.usefixtures("rolled_back")
async def test_the_tree_is_six_levels_deep_also_after_a_move() -> None:
    buyer = acting(await organisation())
    parent = None
    for level in range(6):
        parent = (await service.create_unit(NewUnit(name=f"Ebene {level}", parent_id=parent), actor=buyer, now=NOW)).id
    with pytest.raises(UnitTreeBroken):
        await service.create_unit(NewUnit(name="Zu tief", parent_id=parent), actor=buyer, now=NOW)
    top = await service.create_unit(NewUnit(name="Neu"), actor=buyer, now=NOW)
    first = (await service.units(actor=buyer))[0]
    with pytest.raises(UnitTreeBroken):
        await service.change_unit(first.id, UnitChange(name=first.name, parent_id=top.id, version=1), actor=buyer, now=NOW)


@pytest.mark.usefixtures("rolled_back")
async def test_names_and_parents_are_checked() -> None:
    first, second = acting(await organisation()), acting(await organisation())
    north = await service.create_unit(NewUnit(name="Nord"), actor=first, now=NOW)
    with pytest.raises(UnitNameTaken):
        await service.create_unit(NewUnit(name=" Nord "), actor=first, now=NOW)
    with pytest.raises(InvalidInput):
        await service.create_unit(NewUnit(name="a\u202eb"), actor=first, now=NOW)
    for parent in (north.id, uuid4()):
        with pytest.raises(NotFound):
            await service.create_unit(NewUnit(name="Einkauf", parent_id=parent), actor=second, now=NOW)
    with pytest.raises(NotFound):
        await service.change_unit(north.id, UnitChange(name="Meins", version=1), actor=second, now=NOW)
    assert [unit.path for unit in await service.units(actor=first)] == [["Nord"]]
    assert await service.units(actor=second) == []


@pytest.mark.usefixtures("committed")
async def test_two_moves_at_the_same_moment_close_no_circle() -> None:
    buyer = acting(await organisation())
    for number in range(8):
        first = await service.create_unit(NewUnit(name=f"A{number}"), actor=buyer, now=NOW)
        second = await service.create_unit(NewUnit(name=f"B{number}"), actor=buyer, now=NOW)
        answers = await asyncio.gather(
            service.change_unit(first.id, UnitChange(name=first.name, parent_id=second.id, version=1), actor=buyer, now=NOW),
            service.change_unit(second.id, UnitChange(name=second.name, parent_id=first.id, version=1), actor=buyer, now=NOW),
            return_exceptions=True,
        )
        assert sorted(type(answer).__name__ for answer in answers) == ["UnitOut", "UnitTreeBroken"]
    assert len(await service.units(actor=buyer)) == 16


@pytest.mark.usefixtures("rolled_back")
async def test_a_company_says_whether_orders_need_a_number() -> None:
    buyer, other = acting(await organisation()), acting(await organisation())
    assert await companies.company(actor=buyer) == await companies.company(actor=buyer)
    assert (await companies.company(actor=buyer)).version == 0
    saved = await companies.save_settings(CompanySettings(po_number_required=True, version=0), actor=buyer, now=NOW)
    assert (saved.po_number_required, saved.version) == (True, 1)
    with pytest.raises(VersionConflict):
        await companies.save_settings(CompanySettings(po_number_required=False, version=0), actor=buyer, now=NOW)
    assert (await companies.company(actor=buyer)).po_number_required
    assert not (await companies.company(actor=other)).po_number_required
    with pytest.raises(NotFound):
        await companies.company(actor=acting(await organisation(capacities=("supplier",))))
