"""Tests of invitations: seven days, once, and who may join how."""

from __future__ import annotations

from datetime import timedelta

import pyotp
import pytest

from marketplace.kernel import database
from marketplace.kernel.actor import ANONYMOUS, WORKER
from marketplace.kernel.attempts.errors import WrongCredentials
from marketplace.kernel.errors import InvalidInput, NotFound
from marketplace.kernel.identity import service as identity
from marketplace.kernel.invitations.errors import InvitationGone, SecondFactorNeeded
from marketplace.kernel.invitations.schemas import Acceptance, NewInvitation
from marketplace.kernel.organisations.errors import AlreadyMember, FirstInCharge
from marketplace.kernel.people.errors import WrongCode
from tests.conftest import NOW
from tests.kernel.identity_cast import ADDRESS, PASSWORD, TOTP_SECRET, acting, organisation, person

pytestmark = pytest.mark.usefixtures("rolled_back")
EMAIL = "neu@kranbau.example"
WEEK = timedelta(days=7)


async def people_called(email: str) -> int:
    async with database.reading() as connection:
        return int(await connection.fetchval("SELECT count(*) FROM kernel.people WHERE email_canonical = $1", email))


async def test_the_first_person_joins_by_the_operator_s_link() -> None:
    buyer = await organisation()
    made = await identity.invite(buyer.id, NewInvitation(email=EMAIL, roles=("owner",)), actor=WORKER, now=NOW)
    view = await identity.look(made.token, issuer="Market", now=NOW)
    assert (view.organisation_name, view.email, view.has_account, view.needs_totp) == (buyer.display_name, EMAIL, False, False)
    accepted = await identity.accept_invitation(made.token, Acceptance(password=PASSWORD, name="Ana"), address=ADDRESS, now=NOW)
    (member,) = await identity.members(buyer.id, actor=acting(buyer))
    assert (member.person_id, member.name, member.roles) == (accepted.person_id, "Ana", ["owner"])
    async with database.reading(WORKER) as connection:
        actions = await connection.fetch("SELECT action FROM kernel.audit_rows WHERE organisation_id = $1 ORDER BY id", buyer.id)
    assert [row["action"] for row in actions] == ["organisation.created", "invitation.made", "member.added", "invitation.accepted"]


async def test_an_invitation_works_once_and_for_seven_days() -> None:
    buyer = await organisation()
    made = await identity.invite(buyer.id, NewInvitation(email=EMAIL, roles=("owner",)), actor=WORKER, now=NOW)
    with pytest.raises(InvitationGone):
        await identity.accept_invitation(made.token, Acceptance(password=PASSWORD, name="Ana"), address=ADDRESS, now=NOW + WEEK)
    assert await people_called(EMAIL) == 0
    await identity.accept_invitation(made.token, Acceptance(password=PASSWORD, name="Ana"), address=ADDRESS, now=NOW + WEEK - timedelta(seconds=1))
    with pytest.raises(InvitationGone):
        await identity.accept_invitation(made.token, Acceptance(password=PASSWORD, name="Ana"), address=ADDRESS, now=NOW)
    with pytest.raises(InvitationGone):
        await identity.look(made.token, issuer="Market", now=NOW)


@pytest.mark.parametrize("token", ["", "x", "../..", "é", "x" * 5000])
async def test_a_made_up_token_finds_nothing(token: str) -> None:
    with pytest.raises(NotFound):
        await identity.look(token, issuer="Market", now=NOW)


async def test_inviting_again_ends_the_first_link_and_withdrawing_ends_it_too() -> None:
    buyer = await organisation()
    await person(buyer)
    first = await identity.invite(buyer.id, NewInvitation(email=EMAIL, roles=("viewer",)), actor=acting(buyer), now=NOW)
    second = await identity.invite(buyer.id, NewInvitation(email="NEU@kranbau.example", roles=("owner",)), actor=acting(buyer), now=NOW)
    assert [item.id for item in await identity.open_invitations(buyer.id, actor=acting(buyer), now=NOW)] == [second.id]
    with pytest.raises(InvitationGone):
        await identity.look(first.token, issuer="Market", now=NOW)
    await identity.withdraw_invitation(second.id, organisation_id=buyer.id, actor=acting(buyer), now=NOW)
    with pytest.raises(InvitationGone):
        await identity.look(second.token, issuer="Market", now=NOW)
    with pytest.raises(NotFound):
        await identity.withdraw_invitation(second.id, organisation_id=buyer.id, actor=acting(buyer), now=NOW)


async def test_nobody_invites_into_another_s_organisation() -> None:
    first, second = await organisation(), await organisation()
    for actor in (acting(first), ANONYMOUS):
        with pytest.raises(NotFound):
            await identity.invite(second.id, NewInvitation(email=EMAIL, roles=("owner",)), actor=actor, now=NOW)
        with pytest.raises(NotFound):
            await identity.open_invitations(second.id, actor=actor, now=NOW)
    made = await identity.invite(second.id, NewInvitation(email=EMAIL, roles=("owner",)), actor=acting(second), now=NOW)
    for organisation_id in (first.id, second.id):
        with pytest.raises(NotFound):
            await identity.withdraw_invitation(made.id, organisation_id=organisation_id, actor=acting(first), now=NOW)
    assert (await identity.look(made.token, issuer="Market", now=NOW)).email == EMAIL


async def test_row_security_hides_invitations_and_keys_without_a_where() -> None:
    first, second = await organisation(), await organisation()
    await identity.invite(second.id, NewInvitation(email=EMAIL, roles=("owner",)), actor=acting(second), now=NOW)
    for actor, seen in ((acting(first), 0), (acting(second), 1), (ANONYMOUS, 0)):
        async with database.reading(actor) as connection:
            assert await connection.fetchval("SELECT count(*) FROM kernel.invitations") == seen


@pytest.mark.parametrize(
    "password,code",
    [
        ("short", "too-short"),
        ("fourteen-chars", "too-short"),
        ("aaaaaaaaaaaaaaaaaaaa", "guessable"),
        ("neu@kranbau.example", "guessable"),
        ("x" * 257, "too-long"),
    ],
)
async def test_a_bad_password_is_refused_and_the_link_still_works(password: str, code: str) -> None:
    buyer = await organisation()
    made = await identity.invite(buyer.id, NewInvitation(email=EMAIL, roles=("owner",)), actor=WORKER, now=NOW)
    with pytest.raises(InvalidInput) as refused:
        await identity.accept_invitation(made.token, Acceptance(password=password, name="Ana"), address=ADDRESS, now=NOW)
    assert (refused.value.errors[0].pointer, refused.value.errors[0].code) == ("/password", code)
    assert await people_called(EMAIL) == 0
    await identity.accept_invitation(made.token, Acceptance(password=PASSWORD, name="Ana"), address=ADDRESS, now=NOW)


async def test_eight_characters_are_enough_together_with_a_second_factor() -> None:
    buyer = await organisation()
    made = await identity.invite(buyer.id, NewInvitation(email=EMAIL, roles=("owner",)), actor=WORKER, now=NOW)
    code = pyotp.TOTP(TOTP_SECRET).at(NOW)
    with pytest.raises(InvalidInput):
        answer = Acceptance(password="v7#Qz!p", name="Ana", totp_secret=TOTP_SECRET, totp_code=code)
        await identity.accept_invitation(made.token, answer, address=ADDRESS, now=NOW)
    answer = Acceptance(password="v7#Qz!pR2k", name="Ana", totp_secret=TOTP_SECRET, totp_code=code)
    await identity.accept_invitation(made.token, answer, address=ADDRESS, now=NOW)
    (member,) = await identity.members(buyer.id, actor=acting(buyer))
    assert member.has_totp


async def test_an_operator_enrols_a_second_factor_when_joining() -> None:
    operator = await organisation("Betreiberin", capacities=("operator",))
    made = await identity.invite(operator.id, NewInvitation(email=EMAIL, roles=("admin",)), actor=WORKER, now=NOW)
    assert (await identity.look(made.token, issuer="Market", now=NOW)).needs_totp
    with pytest.raises(SecondFactorNeeded):
        await identity.accept_invitation(made.token, Acceptance(password=PASSWORD, name="Ana"), address=ADDRESS, now=NOW)
    with pytest.raises(WrongCode):
        answer = Acceptance(password=PASSWORD, name="Ana", totp_secret=TOTP_SECRET, totp_code="000000")
        await identity.accept_invitation(made.token, answer, address=ADDRESS, now=NOW)
    assert await people_called(EMAIL) == 0
    answer = Acceptance(password=PASSWORD, name="Ana", totp_secret=TOTP_SECRET, totp_code=pyotp.TOTP(TOTP_SECRET).at(NOW))
    await identity.accept_invitation(made.token, answer, address=ADDRESS, now=NOW)
    async with database.reading() as connection:
        sealed = await connection.fetchval("SELECT totp_secret_sealed FROM kernel.people WHERE email_canonical = $1", EMAIL)
    assert TOTP_SECRET.encode() not in sealed


async def test_who_has_an_account_joins_by_its_password_alone() -> None:
    first, second = await organisation(), await organisation()
    who = await person(first, email=EMAIL)
    await person(second)
    made = await identity.invite(second.id, NewInvitation(email=EMAIL, roles=("viewer",)), actor=acting(second), now=NOW)
    assert (await identity.look(made.token, issuer="Market", now=NOW)).has_account
    with pytest.raises(WrongCredentials):
        await identity.accept_invitation(made.token, Acceptance(password="another long passphrase"), address=ADDRESS, now=NOW)
    accepted = await identity.accept_invitation(made.token, Acceptance(password=PASSWORD), address=ADDRESS, now=NOW)
    assert accepted.person_id == who.id
    assert [item.organisation_id for item in sorted(await identity.memberships(who.id), key=lambda item: item.organisation_id)] == sorted(
        [first.id, second.id]
    )
    assert (await identity.account(acting(first, who))).name == "Ngọc Ánh"


async def test_a_member_does_not_join_twice() -> None:
    buyer = await organisation()
    await person(buyer, email=EMAIL)
    made = await identity.invite(buyer.id, NewInvitation(email=EMAIL, roles=("viewer",)), actor=WORKER, now=NOW)
    with pytest.raises(AlreadyMember):
        await identity.accept_invitation(made.token, Acceptance(password=PASSWORD), address=ADDRESS, now=NOW)
    (member,) = await identity.members(buyer.id, actor=acting(buyer))
    assert member.roles == ["owner"]


async def test_who_was_removed_can_be_invited_again() -> None:
    buyer = await organisation()
    await person(buyer)
    who = await person(buyer, "viewer", email=EMAIL)
    member = next(member for member in await identity.members(buyer.id, actor=acting(buyer)) if member.person_id == who.id)
    await identity.remove_member(member.id, organisation_id=buyer.id, actor=acting(buyer), now=NOW)
    made = await identity.invite(buyer.id, NewInvitation(email=EMAIL, roles=("purchaser",)), actor=WORKER, now=NOW)
    await identity.accept_invitation(made.token, Acceptance(password=PASSWORD), address=ADDRESS, now=NOW)
    assert (await identity.memberships(who.id))[0].roles == ["purchaser"]


@pytest.mark.parametrize("roles", [(), ("admin",), ("catalogue",)])
async def test_an_invitation_names_roles_that_the_organisation_knows(roles: tuple[str, ...]) -> None:
    buyer = await organisation()
    with pytest.raises(InvalidInput):
        await identity.invite(buyer.id, NewInvitation(email=EMAIL, roles=roles), actor=WORKER, now=NOW)
    assert await identity.open_invitations(buyer.id, actor=WORKER, now=NOW) == []


async def test_the_first_person_of_an_organisation_runs_it() -> None:
    buyer = await organisation()
    with pytest.raises(FirstInCharge) as refused:
        await identity.invite(buyer.id, NewInvitation(email=EMAIL, roles=("viewer",)), actor=WORKER, now=NOW)
    assert (refused.value.errors[0].pointer, refused.value.params["role"]) == ("/roles", "owner")
    with pytest.raises(FirstInCharge):
        await person(buyer, "viewer")
    assert await identity.open_invitations(buyer.id, actor=WORKER, now=NOW) == []
    assert await identity.members(buyer.id, actor=WORKER) == []
