"""Tests of the address book."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import uuid4

import msgspec
import pytest

from buyers.addresses import service
from buyers.addresses.errors import AddressArchived
from buyers.addresses.schemas import AddressChange, AddressInput
from buyers.units import service as units
from buyers.units.schemas import NewUnit
from marketplace.kernel import database
from marketplace.kernel.actor import WORKER
from marketplace.kernel.errors import InvalidInput, NotFound, VersionConflict
from tests.conftest import NOW
from tests.kernel.identity_cast import acting, organisation

PLACE: dict[str, Any] = {
    "label": "Werk Nord",
    "recipient": "Kranbau GmbH, Tor 3",
    "lines": ("Hafenstraße 12",),
    "city": "Hamburg",
    "country": "DE",
    "postal_code": "20457",
}


def typed(**changes: Any) -> AddressInput:
    return AddressInput(**{**PLACE, **changes})


@pytest.mark.usefixtures("rolled_back")
async def test_the_first_address_is_the_default_in_the_country_s_time_zone() -> None:
    buyer = acting(await organisation())
    assert await service.default_address(buyer) is None
    made = await service.create_address(typed(), actor=buyer, now=NOW)
    assert (made.time_zone, made.is_default, made.version) == ("Europe/Berlin", True, 1)
    assert await service.default_address(buyer) == made
    assert await service.address(made.id, actor=buyer) == made


@pytest.mark.usefixtures("rolled_back")
async def test_one_address_is_the_default_at_a_time() -> None:
    buyer = acting(await organisation())
    first = await service.create_address(typed(), actor=buyer, now=NOW)
    second = await service.create_address(typed(label="Werk Süd", country="VN", postal_code="700000", is_default=True), actor=buyer, now=NOW)
    assert second.time_zone == "Asia/Ho_Chi_Minh"
    listed = await service.addresses(actor=buyer)
    assert [(item.label, item.is_default) for item in listed] == [("Werk Nord", False), ("Werk Süd", True)]
    with pytest.raises(VersionConflict):
        await service.archive_address(first.id, version=1, actor=buyer, now=NOW)


@pytest.mark.usefixtures("rolled_back")
async def test_a_change_needs_the_version_that_was_seen() -> None:
    buyer = acting(await organisation())
    made = await service.create_address(typed(), actor=buyer, now=NOW)
    change = AddressChange(**{**PLACE, "city": "Bremen", "postal_code": "28195"}, version=1, is_default=True)
    changed = await service.change_address(made.id, change, actor=buyer, now=NOW)
    assert (changed.city, changed.version, changed.is_default) == ("Bremen", 2, True)
    with pytest.raises(VersionConflict):
        await service.change_address(made.id, msgspec.structs.replace(change, city="Kiel"), actor=buyer, now=NOW)
    assert (await service.address(made.id, actor=buyer)).city == "Bremen"


@pytest.mark.usefixtures("rolled_back")
async def test_an_archived_address_is_kept_but_no_longer_listed_or_changed() -> None:
    buyer = acting(await organisation())
    made = await service.create_address(typed(), actor=buyer, now=NOW)
    archived = await service.archive_address(made.id, version=1, actor=buyer, now=NOW)
    assert (archived.state, archived.is_default) == ("archived", False)
    assert await service.addresses(actor=buyer) == []
    assert await service.default_address(buyer) is None
    with pytest.raises(AddressArchived):
        await service.change_address(made.id, AddressChange(**PLACE, version=2), actor=buyer, now=NOW)
    with pytest.raises(AddressArchived):
        await service.archive_address(made.id, version=2, actor=buyer, now=NOW)


@pytest.mark.usefixtures("rolled_back")
async def test_another_s_address_is_like_a_missing_one() -> None:
    first, second = acting(await organisation()), acting(await organisation())
    seller = acting(await organisation(capacities=("supplier",)))
    made = await service.create_address(typed(), actor=second, now=NOW)
    for address_id in (made.id, uuid4()):
        with pytest.raises(NotFound):
            await service.address(address_id, actor=first)
        with pytest.raises(NotFound):
            await service.change_address(address_id, AddressChange(**PLACE, version=1), actor=first, now=NOW)
        with pytest.raises(NotFound):
            await service.archive_address(address_id, version=1, actor=first, now=NOW)
    with pytest.raises(NotFound):
        await service.addresses(actor=seller)
    assert await service.address(made.id, actor=second) == made


@pytest.mark.usefixtures("rolled_back")
async def test_row_security_hides_another_s_book_without_a_where() -> None:
    first, second = acting(await organisation()), acting(await organisation())
    await service.create_address(typed(), actor=second, now=NOW)
    await units.create_unit(NewUnit(name="Einkauf"), actor=second, now=NOW)
    for actor, seen in ((first, (0, 0)), (second, (1, 1))):
        async with database.reading(actor) as connection:
            found = await connection.fetchrow("SELECT (SELECT count(*) FROM buyers.addresses) AS a, (SELECT count(*) FROM buyers.units) AS u")
        assert found is not None
        assert tuple(found) == seen


@pytest.mark.usefixtures("rolled_back")
@pytest.mark.parametrize(
    "country,right,wrong",
    [
        ("DE", "20457", "2045"),
        ("PL", "00-950", "00950"),
        ("JP", "1000001", "100-001"),
        ("US", "60601-1234", "6060A"),
        ("GB", "sw1a 1aa", "12345"),
        ("VN", "70000", "7000"),
        ("KW", "13001", ""),
        ("AE", "", "00000"),
        ("TR", "34000", "3400\u0660"),
        ("BR", "01310-100", "01310--100!"),
        ("IE", "", "x" * 40),
    ],
)
async def test_postal_codes_fit_the_country(country: str, right: str, wrong: str) -> None:
    buyer = acting(await organisation())
    made = await service.create_address(typed(country=country, postal_code=right), actor=buyer, now=NOW)
    assert made.postal_code == right.upper()
    with pytest.raises(InvalidInput) as refused:
        await service.create_address(typed(country=country, postal_code=wrong), actor=buyer, now=NOW)
    assert [(error.pointer, error.code) for error in refused.value.errors] == [("/postal_code", "bad-postal-code")]
    assert len(await service.addresses(actor=buyer)) == 1


@pytest.mark.usefixtures("rolled_back")
async def test_every_wrong_field_is_named_at_once_and_nothing_is_stored() -> None:
    buyer = acting(await organisation())
    wrong = typed(
        label="", recipient="a\u202eb", lines=("x\x00",), city="\u200b", country="DE", postal_code="1", time_zone="Mars/Base", region="\n\x01"
    )
    with pytest.raises(InvalidInput) as refused:
        await service.create_address(wrong, actor=buyer, now=NOW)
    told = [error.pointer for error in refused.value.errors]
    assert sorted(told) == ["/city", "/label", "/lines/0", "/postal_code", "/recipient", "/region", "/time_zone"]
    assert await service.addresses(actor=buyer) == []


@pytest.mark.usefixtures("rolled_back")
@pytest.mark.parametrize("lines", [(), ("  ",), ("1", "2", "3", "4", "5")])
async def test_an_address_has_one_to_four_lines(lines: tuple[str, ...]) -> None:
    buyer = acting(await organisation())
    with pytest.raises(InvalidInput) as refused:
        await service.create_address(typed(lines=lines), actor=buyer, now=NOW)
    assert refused.value.errors[0].pointer == "/lines"


@pytest.mark.usefixtures("rolled_back")
async def test_an_address_belongs_to_a_unit_of_its_own_company() -> None:
    first, second = acting(await organisation()), acting(await organisation())
    foreign = await units.create_unit(NewUnit(name="Einkauf"), actor=second, now=NOW)
    own = await units.create_unit(NewUnit(name="Einkauf"), actor=first, now=NOW)
    with pytest.raises(NotFound):
        await service.create_address(typed(unit_id=foreign.id), actor=first, now=NOW)
    assert (await service.create_address(typed(unit_id=own.id), actor=first, now=NOW)).unit_id == own.id


@pytest.mark.usefixtures("rolled_back")
async def test_every_write_is_in_the_record() -> None:
    buyer = acting(await organisation())
    made = await service.create_address(typed(), actor=buyer, now=NOW)
    await service.archive_address(made.id, version=1, actor=buyer, now=NOW)
    async with database.reading(WORKER) as connection:
        rows = await connection.fetch("SELECT action FROM kernel.audit_rows WHERE entity_id = $1 ORDER BY id", made.id)
    assert [row["action"] for row in rows] == ["address.created", "address.archived"]


@pytest.mark.usefixtures("committed")
async def test_of_sixteen_parallel_defaults_one_is_the_default() -> None:
    buyer = acting(await organisation())
    made = await asyncio.gather(
        *(service.create_address(typed(label=f"Werk {number}", is_default=True), actor=buyer, now=NOW) for number in range(16))
    )
    listed = await service.addresses(actor=buyer)
    assert len(listed) == len(made) == 16
    assert sum(item.is_default for item in listed) == 1
