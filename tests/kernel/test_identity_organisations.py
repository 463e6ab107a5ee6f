"""Tests of organisations, their members, and the last owner."""
# ruff: noqa: RUF001 - letters that look like others are what these tests are about

from __future__ import annotations

from uuid import uuid4

import pytest

from marketplace.kernel import database
from marketplace.kernel.actor import ANONYMOUS, WORKER
from marketplace.kernel.errors import InvalidInput, InvalidTransition, NotAllowed, NotFound, VersionConflict
from marketplace.kernel.identity import service as identity
from marketplace.kernel.invitations.errors import SecondFactorNeeded
from marketplace.kernel.names import ConfusableName
from marketplace.kernel.organisations.errors import LastOwner
from marketplace.kernel.organisations.schemas import NewOrganisation, RolesChange, StateChange
from marketplace.kernel.people.errors import EmailTaken
from marketplace.kernel.people.schemas import NewPerson
from tests.conftest import NOW
from tests.kernel.identity_cast import PASSWORD, acting, organisation, person

pytestmark = pytest.mark.usefixtures("rolled_back")


async def count(table: str) -> int:
    async with database.reading(WORKER) as connection:
        return int(await connection.fetchval(f"SELECT count(*) FROM kernel.{table}"))


async def test_a_new_organisation_takes_its_country_s_time_zone() -> None:
    made = await organisation("Gulf Fasteners", country="KW")
    assert (made.display_name, made.legal_name, made.time_zone, made.state) == ("Gulf Fasteners", "Gulf Fasteners", "Asia/Kuwait", "active")
    assert await identity.organisation(made.id, actor=acting(made)) == made


async def test_only_the_operator_creates_one() -> None:
    buyer = await organisation()
    before = await count("organisations")
    for actor in (ANONYMOUS, acting(buyer)):
        with pytest.raises(NotAllowed):
            await identity.create_organisation(
                NewOrganisation(legal_name="Neu", country="DE", capacities=("buyer",), currency="EUR"), actor=actor, now=NOW
            )
    assert await count("organisations") == before


@pytest.mark.parametrize("name", ["HANSA LAGER", "Hansa-Lager", "Hansa  Lager.", "Hansa Lɑger", "Hаnѕа Lаgеr", "Hansa 1ager"])
async def test_a_name_that_looks_like_another_s_is_refused(name: str) -> None:
    await organisation("Hansa Lager")
    before = await count("organisations")
    with pytest.raises(ConfusableName):
        await organisation(name)
    assert await count("organisations") == before


@pytest.mark.parametrize(
    "wrong",
    [
        {"country": "XX"},
        {"country": "de"},
        {"currency": "XXX"},
        {"currency": "eur"},
        {"capacities": ()},
        {"capacities": ("king",)},
        {"capacities": ("operator", "buyer")},
        {"time_zone": "Mars/Base"},
        {"time_zone": "../etc"},
        {"locale": "xx"},
        {"registration_number": "1" * 41},
        {"registration_number": "HRB\x001"},
        {"legal_name": ""},
    ],
)
async def test_a_wrong_field_is_named(wrong: dict[str, object]) -> None:
    fields: dict[str, object] = {"legal_name": "Neu", "country": "DE", "capacities": ("buyer",), "currency": "EUR", **wrong}
    with pytest.raises(InvalidInput) as refused:
        await identity.create_organisation(NewOrganisation(**fields), actor=WORKER, now=NOW)  # type: ignore[arg-type]
    assert refused.value.errors[0].pointer == f"/{next(iter(wrong))}"


async def test_all_that_is_wrong_with_an_organisation_is_told_at_once_and_its_currency_is_that_of_its_country() -> None:
    wrong = NewOrganisation(legal_name="", country="XX", capacities=(), currency="eur", time_zone="", locale="xx", registration_number="1" * 41)
    with pytest.raises(InvalidInput) as refused:
        await identity.create_organisation(wrong, actor=WORKER, now=NOW)
    told = [error.pointer for error in refused.value.errors]
    assert told == ["/legal_name", "/capacities", "/registration_number", "/country", "/currency", "/locale"]
    usual = {"DE": "EUR", "VN": "VND", "KW": "KWD", "BG": "EUR", "LS": "LSL", "CH": "CHF"}
    for country, currency in usual.items():
        made = await identity.create_organisation(
            NewOrganisation(legal_name=f"Kontor {country}", country=country, capacities=("buyer",), currency=""), actor=WORKER, now=NOW
        )
        assert (made.country, made.currency) == (country, currency)
    with pytest.raises(InvalidInput) as none:
        await identity.create_organisation(NewOrganisation(legal_name="Pol", country="AQ", capacities=("buyer",), currency=""), actor=WORKER, now=NOW)
    assert [error.pointer for error in none.value.errors] == ["/currency"]


async def test_another_s_organisation_is_like_a_missing_one() -> None:
    first, second = await organisation(), await organisation()
    for organisation_id in (second.id, uuid4()):
        with pytest.raises(NotFound):
            await identity.organisation(organisation_id, actor=acting(first))
        with pytest.raises(NotFound):
            await identity.members(organisation_id, actor=acting(first))


async def test_search_takes_signs_literally_and_pages_by_name() -> None:
    for name in ("Hundert % Kran", "Hundert Kran", "Hundert_Kran Zwei"):
        await organisation(name)
    found, total = await identity.search_organisations("%", actor=WORKER)
    assert ([item.display_name for item in found], total) == (["Hundert % Kran"], 1)
    found, total = await identity.search_organisations("hundert", actor=WORKER, limit=2)
    assert ([item.display_name for item in found], total) == (["Hundert % Kran", "Hundert Kran"], 3)
    rest, _ = await identity.search_organisations("hundert", actor=WORKER, after=(found[-1].display_name, found[-1].id))
    assert [item.display_name for item in rest] == ["Hundert_Kran Zwei"]


async def test_the_operator_suspends_with_a_reason_and_nobody_acts_there_until_reopened() -> None:
    buyer = await organisation()
    changed = await identity.change_state(buyer.id, StateChange(state="suspended", reason="Unpaid since May", version=1), actor=WORKER, now=NOW)
    assert (changed.state, changed.version) == ("suspended", 2)
    async with database.reading(WORKER) as connection:
        reason = await connection.fetchval(
            "SELECT reason FROM kernel.audit_rows WHERE entity_id = $1 AND action = 'organisation.state_changed'", buyer.id
        )
    assert reason == "Unpaid since May"
    with pytest.raises(InvalidTransition):
        await identity.change_state(buyer.id, StateChange(state="suspended", reason="again", version=2), actor=WORKER, now=NOW)
    with pytest.raises(VersionConflict):
        await identity.change_state(buyer.id, StateChange(state="active", reason="paid", version=1), actor=WORKER, now=NOW)
    with pytest.raises(InvalidInput):
        await identity.change_state(buyer.id, StateChange(state="active", reason="  ", version=2), actor=WORKER, now=NOW)
    with pytest.raises(NotAllowed):
        await identity.change_state(buyer.id, StateChange(state="active", reason="paid", version=2), actor=acting(buyer), now=NOW)
    assert (await identity.organisation(buyer.id, actor=WORKER)).state == "suspended"


async def test_operators_staff_need_a_second_factor() -> None:
    operator = await organisation("Betreiberin", capacities=("operator",))
    before = await count("people")
    with pytest.raises(SecondFactorNeeded):
        await identity.create_person(
            NewPerson(email="o@betrieb.example", name="O", password=PASSWORD),
            organisation_id=operator.id,
            roles=("admin",),
            actor=WORKER,
            now=NOW,
        )
    assert await count("people") == before


async def test_an_e_mail_address_has_one_account() -> None:
    buyer = await organisation()
    await person(buyer, email="anna@kranbau.example")
    with pytest.raises(EmailTaken):
        await person(buyer, email="Anna@Kranbau.example")


async def test_roles_change_at_the_version_that_was_seen() -> None:
    buyer = await organisation()
    await person(buyer)
    await person(buyer, "viewer")
    viewer = next(member for member in await identity.members(buyer.id, actor=acting(buyer)) if member.roles == ["viewer"])
    change = RolesChange(roles=("viewer", "purchaser"), version=1)
    changed = await identity.change_roles(viewer.id, change, organisation_id=buyer.id, actor=acting(buyer), now=NOW)
    assert (changed.roles, changed.version) == (["purchaser", "viewer"], 2)
    with pytest.raises(VersionConflict):
        await identity.change_roles(viewer.id, change, organisation_id=buyer.id, actor=acting(buyer), now=NOW)


@pytest.mark.parametrize("roles", [(), ("king",), ("admin",), ("fulfilment",)])
async def test_roles_that_the_organisation_does_not_know_are_refused(roles: tuple[str, ...]) -> None:
    buyer = await organisation()
    await person(buyer)
    (owner,) = await identity.members(buyer.id, actor=acting(buyer))
    with pytest.raises(InvalidInput):
        await identity.change_roles(owner.id, RolesChange(roles=roles, version=1), organisation_id=buyer.id, actor=acting(buyer), now=NOW)
    assert (await identity.members(buyer.id, actor=acting(buyer))) == [owner]


async def test_the_last_owner_neither_leaves_nor_steps_down() -> None:
    buyer = await organisation()
    await person(buyer)
    await person(buyer, "viewer")
    owner = next(member for member in await identity.members(buyer.id, actor=acting(buyer)) if member.roles == ["owner"])
    with pytest.raises(LastOwner):
        await identity.remove_member(owner.id, organisation_id=buyer.id, actor=acting(buyer), now=NOW)
    with pytest.raises(LastOwner):
        change = RolesChange(roles=("viewer",), version=1)
        await identity.change_roles(owner.id, change, organisation_id=buyer.id, actor=acting(buyer), now=NOW)
    assert len(await identity.members(buyer.id, actor=acting(buyer))) == 2


async def test_who_is_not_the_last_owner_leaves_by_themselves_and_the_last_one_stays() -> None:
    buyer = await organisation()
    owner = await person(buyer)
    viewer = await person(buyer, "viewer")
    await identity.leave(actor=acting(buyer, viewer, "viewer"), now=NOW)
    assert [one.person_id for one in await identity.members(buyer.id, actor=acting(buyer))] == [owner.id]
    with pytest.raises(NotFound):
        await identity.leave(actor=acting(buyer, viewer, "viewer"), now=NOW)
    with pytest.raises(LastOwner):
        await identity.leave(actor=acting(buyer, owner), now=NOW)
    with pytest.raises(NotAllowed):
        await identity.leave(actor=acting(buyer), now=NOW)
    assert [one.person_id for one in await identity.members(buyer.id, actor=acting(buyer))] == [owner.id]


async def test_another_s_member_is_like_a_missing_one() -> None:
    first, second = await organisation(), await organisation()
    await person(second)
    await person(second)
    (member, _) = await identity.members(second.id, actor=acting(second))
    for organisation_id in (first.id, second.id):
        with pytest.raises(NotFound):
            await identity.remove_member(member.id, organisation_id=organisation_id, actor=acting(first), now=NOW)
    assert len(await identity.members(second.id, actor=acting(second))) == 2
