"""Tests that doctor notices what must not be among organisations, members and their second factors."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from marketplace.kernel import database
from marketplace.kernel.actor import WORKER
from marketplace.kernel.invariants import INVARIANTS
from tests.kernel.identity_cast import organisation, person

if TYPE_CHECKING:
    from uuid import UUID

pytestmark = pytest.mark.usefixtures("rolled_back")
SQL = {invariant.code: invariant.sql for invariant in INVARIANTS}


class Undone(Exception):
    """Ends the block whose damage must not stay."""


async def found_after(damage: str, person_id: UUID, code: str) -> int:
    """Do the damage, count what the invariant finds, and undo it."""
    found = -1
    with suppress(Undone):
        async with database.transaction(actor=WORKER) as connection:
            await connection.execute(damage, person_id)
            found = len(await connection.fetch(SQL[code]))
            raise Undone
    return found


@pytest.mark.parametrize(
    "code,capacity,role,damage",
    [
        ("ID1", "buyer", "owner", "UPDATE kernel.memberships SET roles = '{viewer}' WHERE person_id = $1"),
        ("ID2", "operator", "admin", "UPDATE kernel.people SET totp_secret_sealed = NULL WHERE id = $1"),
        ("ID3", "supplier", "owner", "UPDATE kernel.memberships SET roles = '{owner,admin}' WHERE person_id = $1"),
        ("ID3", "operator", "admin", "UPDATE kernel.memberships SET roles = '{owner}' WHERE person_id = $1"),
    ],
)
async def test_doctor_notices(code: str, capacity: str, role: str, damage: str) -> None:
    who = await person(await organisation("Bahnhofswerk", capacities=(capacity,)), role)
    assert await found_after("SELECT $1::uuid", who.id, code) == 0
    assert await found_after(damage, who.id, code) == 1
