"""Tests that books and trees have an end, and that a company that is suspended takes nobody in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from buyers.addresses import service as addresses
from buyers.addresses.errors import TooManyAddresses
from buyers.addresses.schemas import AddressInput
from buyers.units import service as units
from buyers.units.errors import TooManyUnits
from buyers.units.schemas import NewUnit
from marketplace.kernel.actor import WORKER
from marketplace.kernel.database import transaction
from marketplace.kernel.identity import service as identity
from marketplace.kernel.invitations.schemas import NewInvitation
from marketplace.kernel.organisations.errors import OrganisationClosed
from marketplace.kernel.organisations.schemas import StateChange
from tests.conftest import NOW
from tests.kernel.identity_cast import acting, organisation, person

if TYPE_CHECKING:
    from uuid import UUID

pytestmark = pytest.mark.usefixtures("rolled_back")
PLACE = AddressInput(label="Werk", recipient="Tor 3", lines=("Hafenstraße 12",), city="Hamburg", country="DE", postal_code="20457")
COPIES = """INSERT INTO buyers.{table} SELECT (jsonb_populate_record(t, jsonb_build_object('id', gen_random_uuid(), '{name}', 'Copy ' || n{more}))).*
  FROM buyers.{table} t, generate_series(1, $1) n WHERE t.organisation_id = $2"""


async def rows(table: str, organisation_id: UUID) -> int:
    async with transaction(actor=WORKER) as held:
        return int(await held.fetchval(f"SELECT count(*) FROM buyers.{table} WHERE organisation_id = $1", organisation_id))


async def copy(table: str, name: str, times: int, organisation_id: UUID, more: str = "") -> None:
    async with transaction(actor=WORKER) as held:
        await held.execute(COPIES.format(table=table, name=name, more=more), times, organisation_id)


async def test_a_book_takes_five_hundred_addresses() -> None:
    at = await organisation()
    await addresses.create_address(PLACE, actor=acting(at), now=NOW)
    await copy("addresses", "label", addresses.ADDRESSES_MAX - 2, at.id, more=", 'is_default', false")
    await addresses.create_address(PLACE, actor=acting(at), now=NOW)
    with pytest.raises(TooManyAddresses) as refused:
        await addresses.create_address(PLACE, actor=acting(at), now=NOW)
    assert (refused.value.status, refused.value.params) == (409, {"limit": 500})
    assert await rows("addresses", at.id) == 500


async def test_a_tree_takes_five_hundred_units() -> None:
    at = await organisation()
    await units.create_unit(NewUnit(name="Nord"), actor=acting(at), now=NOW)
    await copy("units", "name", units.UNITS_MAX - 2, at.id)
    await units.create_unit(NewUnit(name="Süd"), actor=acting(at), now=NOW)
    with pytest.raises(TooManyUnits) as refused:
        await units.create_unit(NewUnit(name="West"), actor=acting(at), now=NOW)
    assert (refused.value.status, refused.value.params) == (409, {"limit": 500})
    assert await rows("units", at.id) == 500


async def test_a_suspended_company_invites_nobody() -> None:
    at = await organisation()
    await person(at)
    await identity.change_state(at.id, StateChange(state="suspended", reason="Unpaid since May", version=1), actor=WORKER, now=NOW)
    with pytest.raises(OrganisationClosed) as refused:
        await identity.invite(at.id, NewInvitation(email="new@kranbau.example", roles=("viewer",)), actor=WORKER, now=NOW)
    assert (refused.value.status, refused.value.params["state"]) == (409, "suspended")
    async with transaction(actor=WORKER) as held:
        assert await held.fetchval("SELECT count(*) FROM kernel.invitations WHERE organisation_id = $1", at.id) == 0
