"""Tests of identity under parallel use, on a database of their own."""

from __future__ import annotations

import asyncio

import pyotp
import pytest

from marketplace.kernel.actor import WORKER
from marketplace.kernel.attempts.errors import TooManyAttempts, WrongCredentials
from marketplace.kernel.identity import service as identity
from marketplace.kernel.invitations.schemas import Acceptance, NewInvitation
from marketplace.kernel.organisations.schemas import RolesChange
from marketplace.kernel.sessions.schemas import Credentials
from tests.conftest import NOW
from tests.kernel.identity_cast import PASSWORD, TOTP_SECRET, acting, organisation, person

pytestmark = pytest.mark.usefixtures("committed")


async def test_sixty_four_parallel_guesses_try_ten_passwords() -> None:
    who = await person(await organisation())

    async def guess(number: int) -> str:
        try:
            await identity.sign_in(Credentials(email=who.email, password=f"guess number {number}"), address="198.51.100.1", now=NOW)
        except (WrongCredentials, TooManyAttempts) as error:
            return error.code
        return "in"

    answers = await asyncio.gather(*(guess(number) for number in range(64)))
    assert (answers.count("wrong-credentials"), answers.count("too-many-attempts")) == (10, 54)


async def test_of_eight_parallel_uses_of_a_code_one_signs_in() -> None:
    who = await person(await organisation("Betreiberin", capacities=("operator",)), "admin")

    async def enter(number: int) -> bool:
        try:
            data = Credentials(email=who.email, password=PASSWORD, totp_code=pyotp.TOTP(TOTP_SECRET).at(NOW))
            await identity.sign_in(data, address=f"198.51.100.{number}", now=NOW)
        except (WrongCredentials, TooManyAttempts):
            return False
        return True

    assert sum(await asyncio.gather(*(enter(number) for number in range(8)))) == 1


async def test_of_eight_parallel_acceptances_of_an_invitation_one_joins() -> None:
    buyer = await organisation()
    made = await identity.invite(buyer.id, NewInvitation(email="neu@kranbau.example", roles=("owner",)), actor=WORKER, now=NOW)
    answer = Acceptance(password=PASSWORD, name="Ana")
    joining = [identity.accept_invitation(made.token, answer, address="198.51.100.1", now=NOW) for _ in range(8)]
    answers = await asyncio.gather(*joining, return_exceptions=True)
    assert sorted(type(found).__name__ for found in answers) == ["Accepted"] + ["InvitationGone"] * 7
    assert len(await identity.members(buyer.id, actor=WORKER)) == 1


async def test_of_two_owners_who_leave_at_the_same_moment_one_stays() -> None:
    for _ in range(8):
        buyer = await organisation()
        await person(buyer)
        await person(buyer)
        owners = await identity.members(buyer.id, actor=acting(buyer))
        leaving = [identity.remove_member(owner.id, organisation_id=buyer.id, actor=acting(buyer), now=NOW) for owner in owners]
        answers = await asyncio.gather(*leaving, return_exceptions=True)
        assert sorted(type(answer).__name__ for answer in answers) == ["LastOwner", "NoneType"]
        assert len(await identity.members(buyer.id, actor=acting(buyer))) == 1


async def test_of_two_owners_who_each_leave_by_themselves_at_the_same_moment_one_stays() -> None:
    for _ in range(8):
        supplier = await organisation(capacities=("supplier",))
        people = [await person(supplier), await person(supplier)]
        leaving = [identity.leave(actor=acting(supplier, one), now=NOW) for one in people]
        answers = await asyncio.gather(*leaving, return_exceptions=True)
        assert sorted(type(answer).__name__ for answer in answers) == ["LastOwner", "NoneType"]
        assert len(await identity.members(supplier.id, actor=acting(supplier))) == 1


async def test_of_two_owners_who_step_down_at_the_same_moment_one_stays() -> None:
    for _ in range(8):
        buyer = await organisation()
        await person(buyer)
        await person(buyer)
        owners = await identity.members(buyer.id, actor=acting(buyer))
        change = RolesChange(roles=("viewer",), version=1)
        stepping = [identity.change_roles(owner.id, change, organisation_id=buyer.id, actor=acting(buyer), now=NOW) for owner in owners]
        answers = await asyncio.gather(*stepping, return_exceptions=True)
        assert sorted(type(answer).__name__ for answer in answers) == ["LastOwner", "MemberOut"]
