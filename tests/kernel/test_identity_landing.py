"""Tests of where people begin after signing in: suppliers and operators where work waits for them, buyers and companies of both kinds at home."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from marketplace.kernel.identity import service as identity
from marketplace.kernel.invitations.schemas import NewInvitation
from tests.conftest import NOW
from tests.kernel.identity_cast import PASSWORD, acting, organisation, person
from tests.kernel.test_identity_pages import _browser as _browser  # noqa: PLC0414 - the fixture of a browser at 203.0.113.7
from tests.kernel.test_identity_pages import operator_in, post, sign_in

if TYPE_CHECKING:
    import httpx

pytestmark = pytest.mark.usefixtures("rolled_back")
TO_ANSWER = "/supplier/orders?show=waiting"


@pytest.mark.parametrize(
    "capacities, place",
    [(("buyer",), "/"), (("supplier",), TO_ANSWER), (("buyer", "supplier"), "/")],
)
async def test_people_begin_where_work_waits_for_them(browser: httpx.AsyncClient, capacities: tuple[str, ...], place: str) -> None:
    answer = await sign_in(browser, await person(await organisation(capacities=capacities)))
    assert (answer.status_code, answer.headers["location"]) == (303, place)
    assert (await browser.get(place)).status_code == 200


async def test_operators_begin_at_the_organisations(browser: httpx.AsyncClient) -> None:
    who = await operator_in(browser)
    assert who.name == "Ngọc Ánh"
    assert (await browser.get("/operator/organisations")).status_code == 200


async def test_who_came_for_a_page_goes_there_whatever_they_are(browser: httpx.AsyncClient) -> None:
    answer = await sign_in(browser, await person(await organisation(capacities=("supplier",))), next="/supplier/sites")
    assert answer.headers["location"] == "/supplier/sites"


async def test_the_language_of_the_address_is_kept(browser: httpx.AsyncClient) -> None:
    who = await person(await organisation(capacities=("supplier",)))
    page = await browser.get("/vi/sign-in")
    answer = await post(browser, "/vi/sign-in", page, email=who.email, password=PASSWORD)
    assert answer.headers["location"] == f"/vi{TO_ANSWER}"


async def test_who_picks_one_of_two_organisations_begins_at_its_work(browser: httpx.AsyncClient) -> None:
    first, second = await organisation(), await organisation(capacities=("supplier",))
    who = await person(first)
    await person(second)
    made = await identity.invite(second.id, NewInvitation(email=who.email, roles=("viewer",)), actor=acting(second), now=NOW)
    page = await browser.get(f"/invitations/{made.token}")
    await post(browser, f"/invitations/{made.token}", page, password=PASSWORD)
    browser.cookies.clear()
    assert (await sign_in(browser, who)).headers["location"] == "/switch-organisation"
    page = await browser.get("/switch-organisation")
    chosen = await post(browser, "/switch-organisation", page, organisation_id=str(second.id))
    assert (chosen.status_code, chosen.headers["location"]) == (303, TO_ANSWER)


async def test_who_joins_a_supplier_is_told_all_that_is_wrong_at_once_and_begins_at_its_work(browser: httpx.AsyncClient) -> None:
    at = await organisation(capacities=("supplier",))
    made = await identity.invite(at.id, NewInvitation(email="linh@saigon.example", roles=("owner",)), actor=acting(at), now=NOW)
    page = await browser.get(f"/en/invitations/{made.token}")
    refused = await post(browser, f"/en/invitations/{made.token}", page, name="", password="short")
    assert (refused.status_code, ">Your name: " in refused.text, ">New password: " in refused.text) == (422, True, True)
    joined = await post(browser, f"/en/invitations/{made.token}", page, name="Linh Trần", password=PASSWORD)
    assert (joined.status_code, joined.headers["location"]) == (303, f"/en{TO_ANSWER}")
    wrong = await post(browser, "/ar/members/invitations", await browser.get("/ar/members"), email="an@saigon.example")
    assert (wrong.status_code, "catalogue" in wrong.text.split('class="summary"')[1].split("</div>")[0]) == (422, False)
