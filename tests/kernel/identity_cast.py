"""The people and organisations that the tests of identity start from."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from marketplace.kernel import sealing
from marketplace.kernel.actor import WORKER, Actor
from marketplace.kernel.identity import service as identity
from marketplace.kernel.organisations.schemas import NewOrganisation, OrganisationOut
from marketplace.kernel.people.schemas import NewPerson, PersonOut
from tests.conftest import NOW

if TYPE_CHECKING:
    from datetime import datetime

PASSWORD = "violet tractor hums at noon"
TOTP_SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
ADDRESS = "203.0.113.7"
_numbers = itertools.count(1)

sealing.set_key("only for tests: 0123456789abcdef")


async def organisation(name: str = "", *, capacities: tuple[str, ...] = ("buyer",), country: str = "DE", now: datetime = NOW) -> OrganisationOut:
    """Create an organisation with a name of its own."""
    number = next(_numbers)
    legal_name = name or f"Kranbau {_word(number)}"
    data = NewOrganisation(legal_name=legal_name, country=country, capacities=capacities, currency="EUR")
    return await identity.create_organisation(data, actor=WORKER, now=now)


async def person(at: OrganisationOut, *roles: str, email: str = "", password: str = PASSWORD) -> PersonOut:
    """Create a person who belongs to an organisation; the operator's with a second factor."""
    address = email or f"person{next(_numbers)}@kranbau.example"
    secret = TOTP_SECRET if "operator" in at.capacities else None
    data = NewPerson(email=address, name="Ngọc Ánh", password=password, totp_secret=secret)
    return await identity.create_person(data, organisation_id=at.id, roles=roles or ("owner",), actor=WORKER, now=NOW)


def acting(at: OrganisationOut, who: PersonOut | None = None, *roles: str) -> Actor:
    """Give the actor that a person, or the organisation's owner, is."""
    return Actor(
        organisation_id=at.id,
        person_id=who.id if who else None,
        capacities=frozenset(at.capacities),
        roles=frozenset(roles or ("owner",)),
        name=who.name if who else "",
    )


def _word(number: int) -> str:
    """Spell a number in letters that resemble no other."""
    return "".join("bcdfghkprs"[int(digit)] + "aeouaeouae"[int(digit)] for digit in str(number))
