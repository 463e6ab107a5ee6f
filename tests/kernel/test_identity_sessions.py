"""Tests of signing in, its throttle, the second factor, choosing an organisation and signing out."""

from __future__ import annotations

import hashlib
import time
from datetime import timedelta
from typing import TYPE_CHECKING

import pyotp
import pytest

from marketplace.kernel import database
from marketplace.kernel.attempts.errors import TooManyAttempts, WrongCredentials
from marketplace.kernel.errors import InvalidInput, NotFound, NotSignedIn
from marketplace.kernel.identity import service as identity
from marketplace.kernel.organisations import service as organisations
from marketplace.kernel.people.errors import WrongPassword
from marketplace.kernel.people.schemas import PasswordChange
from marketplace.kernel.sessions.errors import NoOrganisation, SignInAgain, TotpNeeded
from marketplace.kernel.sessions.schemas import Credentials
from tests.conftest import NOW
from tests.kernel.identity_cast import ADDRESS, PASSWORD, TOTP_SECRET, acting, organisation, person

if TYPE_CHECKING:
    from datetime import datetime

    from marketplace.kernel.actor import Actor
    from marketplace.kernel.people.schemas import PersonOut

pytestmark = pytest.mark.usefixtures("rolled_back")


def code(at: datetime = NOW) -> str:
    return pyotp.TOTP(TOTP_SECRET).at(at)


async def signed_in(who: PersonOut, now: datetime = NOW) -> tuple[str, Actor]:
    begun = await identity.sign_in(Credentials(email=who.email, password=PASSWORD), address=ADDRESS, now=now)
    found = await identity.actor_of_session(hashlib.sha256(begun.token.encode()).digest(), now=now)
    assert found is not None
    return begun.token, found


async def actor_of(token: str, now: datetime = NOW) -> Actor | None:
    return await identity.actor_of_session(hashlib.sha256(token.encode()).digest(), now=now)


async def test_signing_in_gives_an_actor_with_the_organisation_s_capacities_and_the_member_s_roles() -> None:
    buyer = await organisation(capacities=("buyer", "supplier"), country="VN")
    await person(buyer)
    who = await person(buyer, "purchaser")
    token, found = await signed_in(who)
    assert (found.person_id, found.organisation_id) == (who.id, buyer.id)
    assert found.capacities == {"buyer", "supplier"}
    assert found.roles == {"purchaser"}
    assert (found.time_zone, found.currency, found.country) == ("Asia/Ho_Chi_Minh", "EUR", "VN")
    assert len(token) == 43
    async with database.reading() as connection:
        stored = await connection.fetchval("SELECT token_hash FROM kernel.sessions WHERE person_id = $1", who.id)
    assert stored == hashlib.sha256(token.encode()).digest()


async def test_e_mail_is_found_whatever_its_case_by_its_canonical_form() -> None:
    who = await person(await organisation(), email="Anna.Berg@Kranbau.Example")
    assert who.email == "Anna.Berg@kranbau.example"
    begun = await identity.sign_in(Credentials(email="ANNA.BERG@kranbau.example", password=PASSWORD), address=ADDRESS, now=NOW)
    assert begun.person_id == who.id


async def test_a_session_ends_at_its_hour() -> None:
    token, _ = await signed_in(await person(await organisation()))
    assert await actor_of(token, NOW + timedelta(hours=12, seconds=-1)) is not None
    assert await actor_of(token, NOW + timedelta(hours=12)) is None


@pytest.mark.parametrize("email", ["nobody@kranbau.example", "no address", "a@b", "x" * 254, "a@b.example\r\nBcc: c@d.example"])
async def test_an_unknown_address_gets_the_answer_of_a_wrong_password(email: str) -> None:
    with pytest.raises(WrongCredentials):
        await identity.sign_in(Credentials(email=email, password=PASSWORD), address=ADDRESS, now=NOW)


async def test_a_wrong_password_begins_no_session() -> None:
    who = await person(await organisation())
    with pytest.raises(WrongCredentials):
        await identity.sign_in(Credentials(email=who.email, password="violet tractor hums at dusk"), address=ADDRESS, now=NOW)
    async with database.reading() as connection:
        assert await connection.fetchval("SELECT count(*) FROM kernel.sessions WHERE person_id = $1", who.id) == 0


async def test_an_unknown_address_takes_as_much_work_as_a_wrong_password() -> None:
    """Time on the processor is compared, which other programs on the machine do not lengthen."""
    who = await person(await organisation())

    async def seconds(email: str) -> float:
        taken = []
        for number in range(5):
            started = time.process_time()
            with pytest.raises(WrongCredentials):
                await identity.sign_in(Credentials(email=email, password="wrong but long enough"), address=f"198.51.100.{number}", now=NOW)
            taken.append(time.process_time() - started)
        return sorted(taken)[2]

    known, unknown = await seconds(who.email), await seconds("nobody@kranbau.example")
    assert 0.4 < unknown / known < 2.5


async def test_a_password_of_a_megabyte_is_refused_before_anything_is_tried() -> None:
    with pytest.raises(InvalidInput) as refused:
        await identity.sign_in(Credentials(email="a@b.example", password="x" * 1_000_000), address=ADDRESS, now=NOW)
    assert refused.value.errors[0].code == "too-long"
    async with database.reading() as connection:
        assert await connection.fetchval("SELECT count(*) FROM kernel.login_attempts WHERE subject = $1", f"address:{ADDRESS}") == 0


async def test_the_eleventh_attempt_on_an_account_waits_even_with_the_right_password() -> None:
    who = await person(await organisation())
    for number in range(10):
        with pytest.raises(WrongCredentials):
            await identity.sign_in(Credentials(email=who.email, password="wrong"), address=f"198.51.100.{number}", now=NOW)
    with pytest.raises(TooManyAttempts) as refused:
        await identity.sign_in(Credentials(email=who.email, password=PASSWORD), address=ADDRESS, now=NOW + timedelta(minutes=5))
    assert refused.value.retry_after_seconds == 600
    begun = await identity.sign_in(Credentials(email=who.email, password=PASSWORD), address=ADDRESS, now=NOW + timedelta(minutes=15))
    assert begun.person_id == who.id


async def test_an_unknown_account_is_throttled_like_a_known_one() -> None:
    for number in range(10):
        with pytest.raises(WrongCredentials):
            await identity.sign_in(Credentials(email="ghost@kranbau.example", password="wrong"), address=f"198.51.100.{number}", now=NOW)
    with pytest.raises(TooManyAttempts):
        await identity.sign_in(Credentials(email="ghost@kranbau.example", password="wrong"), address=ADDRESS, now=NOW)


async def test_attempts_that_were_right_are_not_held_against_an_account_or_an_address() -> None:
    who = await person(await organisation())
    for _ in range(12):
        await identity.sign_in(Credentials(email=who.email, password=PASSWORD), address=ADDRESS, now=NOW)
    async with database.reading() as connection:
        assert await connection.fetchval("SELECT coalesce(sum(attempts), 0) FROM kernel.login_attempts") == 0


async def test_operators_sign_in_in_two_steps() -> None:
    operator = await organisation("Betreiberin", capacities=("operator",))
    who = await person(operator, "admin")
    with pytest.raises(TotpNeeded) as first:
        await identity.sign_in(Credentials(email=who.email, password=PASSWORD), address=ADDRESS, now=NOW)
    begun = await identity.finish_sign_in(first.value.ticket, code(), address=ADDRESS, now=NOW)
    found = await actor_of(begun.token)
    assert found is not None
    assert found.is_operator


async def test_a_code_works_once() -> None:
    who = await person(await organisation("Betreiberin", capacities=("operator",)), "admin")
    await identity.sign_in(Credentials(email=who.email, password=PASSWORD, totp_code=code()), address=ADDRESS, now=NOW)
    for _ in range(2):
        with pytest.raises(WrongCredentials):
            await identity.sign_in(Credentials(email=who.email, password=PASSWORD, totp_code=code()), address=ADDRESS, now=NOW)
    with pytest.raises(WrongCredentials):
        earlier = code(NOW - timedelta(seconds=30))
        await identity.sign_in(Credentials(email=who.email, password=PASSWORD, totp_code=earlier), address=ADDRESS, now=NOW)


@pytest.mark.parametrize("typed", ["", "12345", "1234567", "abcdef", "١٢٣٤٥٦", "000000"])
async def test_a_wrong_code_begins_no_session(typed: str) -> None:
    who = await person(await organisation("Betreiberin", capacities=("operator",)), "admin")
    with pytest.raises(TotpNeeded) as first:
        await identity.sign_in(Credentials(email=who.email, password=PASSWORD), address=ADDRESS, now=NOW)
    with pytest.raises(WrongCredentials):
        await identity.finish_sign_in(first.value.ticket, typed, address=ADDRESS, now=NOW)
    async with database.reading() as connection:
        assert await connection.fetchval("SELECT count(*) FROM kernel.sessions WHERE person_id = $1", who.id) == 0


async def test_codes_cannot_be_guessed_at_leisure() -> None:
    who = await person(await organisation("Betreiberin", capacities=("operator",)), "admin")
    with pytest.raises(TotpNeeded) as first:
        await identity.sign_in(Credentials(email=who.email, password=PASSWORD), address=ADDRESS, now=NOW)
    for number in range(10):
        with pytest.raises(WrongCredentials):
            await identity.finish_sign_in(first.value.ticket, f"00000{number}", address=ADDRESS, now=NOW)
    with pytest.raises(TooManyAttempts):
        await identity.finish_sign_in(first.value.ticket, code(), address=ADDRESS, now=NOW)


async def test_the_first_step_counts_for_five_minutes_and_cannot_be_made_up() -> None:
    who = await person(await organisation("Betreiberin", capacities=("operator",)), "admin")
    with pytest.raises(TotpNeeded) as first:
        await identity.sign_in(Credentials(email=who.email, password=PASSWORD), address=ADDRESS, now=NOW)
    late = NOW + timedelta(minutes=5)
    for ticket in (first.value.ticket, first.value.ticket[:-2] + "AA", "", "é", "x" * 3000):
        with pytest.raises(SignInAgain):
            await identity.finish_sign_in(ticket, code(late), address=ADDRESS, now=late)


async def test_who_belongs_to_several_organisations_picks_one_and_the_token_changes() -> None:
    first, second, foreign = await organisation(), await organisation(), await organisation()
    who = await person(first)
    await person(second)
    await organisations.add_member(second.id, person_id=who.id, roles=("viewer",), actor=acting(second), now=NOW)
    token, found = await signed_in(who)
    assert found.organisation_id is None
    assert not found.capacities
    with pytest.raises(NotFound):
        await identity.choose_organisation(foreign.id, actor=found, now=NOW)
    begun = await identity.choose_organisation(second.id, actor=found, now=NOW)
    assert begun.token != token
    assert await actor_of(token) is None
    chosen = await actor_of(begun.token)
    assert chosen is not None
    assert (chosen.organisation_id, chosen.roles) == (second.id, frozenset({"viewer"}))


async def test_a_removed_member_s_session_acts_for_nobody() -> None:
    buyer = await organisation()
    await person(buyer)
    who = await person(buyer, "purchaser")
    token, _ = await signed_in(who)
    member = next(member for member in await identity.members(buyer.id, actor=acting(buyer)) if member.person_id == who.id)
    await identity.remove_member(member.id, organisation_id=buyer.id, actor=acting(buyer), now=NOW)
    found = await actor_of(token)
    assert found is not None
    assert found.organisation_id is None
    assert not found.capacities
    with pytest.raises(NoOrganisation):
        await signed_in(who)


async def test_stepping_up_rotates_the_token() -> None:
    token, found = await signed_in(await person(await organisation()))
    with pytest.raises(WrongPassword):
        await identity.step_up("wrong", actor=found, address=ADDRESS, now=NOW)
    assert await actor_of(token) is not None
    begun = await identity.step_up(PASSWORD, actor=found, address=ADDRESS, now=NOW + timedelta(hours=1))
    assert await actor_of(token) is None
    assert await actor_of(begun.token) is not None


async def test_a_new_password_ends_every_other_session() -> None:
    who = await person(await organisation())
    other, _ = await signed_in(who)
    token, found = await signed_in(who)
    change = PasswordChange(present_password=PASSWORD, new_password="amber lanterns drift upstream")
    begun = await identity.change_password(change, actor=found, now=NOW)
    assert [await actor_of(each) is None for each in (other, token, begun.token)] == [True, True, False]
    with pytest.raises(WrongCredentials):
        await identity.sign_in(Credentials(email=who.email, password=PASSWORD), address=ADDRESS, now=NOW)


@pytest.mark.parametrize(
    "password,told",
    [("short", "too-short"), ("fourteen-chars", "too-short"), ("password1234567", "guessable"), ("x" * 257, "too-long"), (PASSWORD, "unchanged")],
)
async def test_a_bad_new_password_is_refused_and_the_old_one_stays(password: str, told: str) -> None:
    who = await person(await organisation())
    token, found = await signed_in(who)
    with pytest.raises(InvalidInput) as refused:
        await identity.change_password(PasswordChange(present_password=PASSWORD, new_password=password), actor=found, now=NOW)
    assert (refused.value.errors[0].pointer, refused.value.errors[0].code) == ("/new_password", told)
    assert await actor_of(token) is not None
    await signed_in(who)


async def test_signing_out_ends_the_session() -> None:
    token, found = await signed_in(await person(await organisation()))
    await identity.sign_out(found)
    assert await actor_of(token) is None
    with pytest.raises(NotSignedIn):
        await identity.step_up(PASSWORD, actor=acting(await organisation()), address=ADDRESS, now=NOW)


async def test_what_has_ended_is_purged() -> None:
    token, _ = await signed_in(await person(await organisation()))
    await identity.purge(NOW)
    assert await actor_of(token) is not None
    assert await identity.purge(NOW + timedelta(days=400)) >= 2
    async with database.reading() as connection:
        assert await connection.fetchval("SELECT (SELECT count(*) FROM kernel.sessions) + (SELECT count(*) FROM kernel.login_attempts)") == 0
