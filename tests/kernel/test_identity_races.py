"""Tests of identity under parallel use, on a database of their own."""

from __future__ import annotations

import asyncio

import pyotp
import pytest

from marketplace.kernel.actor import WORKER
from marketplace.kernel.attempts.errors import TooManyAttempts, WrongCredentials
from marketplace.kernel.identity import service as identity
from marketplace.kernel.invitations.schemas import Acceptance, NewInvitation
from marketplace.kernel.sessions.schemas import Credentials
from tests.conftest import NOW
from tests.kernel.identity_cast import PASSWORD, TOTP_SECRET, organisation, person

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
