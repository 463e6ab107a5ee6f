"""Tests of proving one's password anew before acts that hand out power: nothing is done before, and nothing typed is lost."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape
from typing import TYPE_CHECKING, Any

import pyotp
import pytest

from marketplace.app import PACKAGES
from marketplace.kernel import clock
from marketplace.kernel.identity import service as identity
from tests.conftest import NOW
from tests.kernel.identity_cast import PASSWORD, TOTP_SECRET, acting, organisation, person
from tests.kernel.test_identity_keys_pages import KEYS, SECRET, asked_with
from tests.kernel.test_identity_pages import _browser as _browser  # noqa: PLC0414 - the fixture of a browser at 203.0.113.7
from tests.kernel.test_identity_pages import hidden, operator_in, post, sign_in

if TYPE_CHECKING:
    import httpx

pytestmark = pytest.mark.usefixtures("rolled_back")
LATER = NOW + timedelta(minutes=60)
TYPED = {"name": "ERP Ä & co", "scopes": ["organisations:read", "orders:read"], "days": "30", "networks": "203.0.113.0/24"}


def fields_of(page: httpx.Response, action: str) -> dict[str, list[str]]:
    """Give the hidden fields of the form that goes to an address."""
    form = re.search(rf'action="{action}">(.*?)</form>', page.text, re.DOTALL)
    assert form, page.text
    found: dict[str, list[str]] = {}
    for name, value in re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)"', form.group(1)):
        found.setdefault(name, []).append(unescape(value))
    return found


async def test_a_form_sent_an_hour_after_signing_in_asks_for_the_password_and_keeps_what_was_typed(browser: httpx.AsyncClient) -> None:
    buyer = await organisation()
    await sign_in(browser, await person(buyer))
    page = await browser.get(f"/vi{KEYS}")
    with clock.at(LATER):
        browser.headers["referer"] = f"http://127.0.0.1:8000/vi{KEYS}?made=1"
        asked = await post(browser, f"/vi{KEYS}", page, **TYPED)
        assert (asked.status_code, asked.headers.get("location")) == (403, None)
        assert await identity.api_keys(buyer.id, actor=acting(buyer)) == []
        kept = fields_of(asked, "/vi/step-up")
        assert (kept["act"], kept["next"]) == ([KEYS], [f"{KEYS}?made=1"])
        wrong = await browser.post("/vi/step-up", data={**kept, "password": "not the password"})
        assert (wrong.status_code, 'id="e-password"' in wrong.text) == (422, True)
        again = fields_of(wrong, "/vi/step-up")
        assert [again[name] for name in ("act", "next", "typed")] == [kept[name] for name in ("act", "next", "typed")]
        proven = await browser.post("/vi/step-up", data={**again, "password": PASSWORD})
        assert (proven.status_code, "set-cookie" in proven.headers) == (200, True)
        assert await identity.api_keys(buyer.id, actor=acting(buyer)) == []
        ready = fields_of(proven, f"/vi{KEYS}")
        assert {name: ready[name] for name in TYPED} == {name: value if isinstance(value, list) else [value] for name, value in TYPED.items()}
        assert ready["csrf_token"] != kept["csrf_token"]
        made = await browser.post(f"/vi{KEYS}", data=ready)
    assert (made.status_code, len(SECRET.findall(made.text))) == (200, 1)
    (key,) = await identity.api_keys(buyer.id, actor=acting(buyer))
    assert (key.name, key.networks, key.expires_at) == ("ERP Ä & co", ["203.0.113.0/24"], LATER + timedelta(days=30))


async def test_within_the_hour_nobody_is_asked(browser: httpx.AsyncClient) -> None:
    await sign_in(browser, await person(await organisation()))
    page = await browser.get(KEYS)
    with clock.at(LATER - timedelta(seconds=1)):
        assert (await post(browser, KEYS, page, **TYPED)).status_code == 200


async def test_who_has_a_second_factor_proves_that_too(browser: httpx.AsyncClient) -> None:
    await operator_in(browser)
    buyer = await organisation()
    place = f"/operator/organisations/{buyer.id}"
    page = await browser.get(place)
    with clock.at(LATER):
        asked = await post(browser, f"{place}/state", page, state="suspended", version="1", reason="Unpaid")
        kept = fields_of(asked, "/step-up")
        assert (asked.status_code, kept["next"], 'name="totp_code"' in asked.text) == (403, ["/"], True)
        for code in ("", "000000", pyotp.TOTP(TOTP_SECRET).at(NOW)):
            wrong = await browser.post("/step-up", data={**kept, "password": PASSWORD, "totp_code": code})
            assert (wrong.status_code, 'id="e-totp_code"' in wrong.text) == (422, True)
        proven = await browser.post("/step-up", data={**kept, "password": PASSWORD, "totp_code": pyotp.TOTP(TOTP_SECRET).at(LATER)})
        assert (await identity.organisation(buyer.id, actor=acting(buyer))).state == "active"
        done = await browser.post(f"{place}/state", data=fields_of(proven, f"{place}/state"))
    assert (done.status_code, done.headers["location"]) == (303, place)
    assert (await identity.organisation(buyer.id, actor=acting(buyer))).state == "suspended"


@pytest.mark.parametrize("onward,place", [("/members", "/members"), ("//evil.example", "/"), ("javascript:alert(1)", "/"), ("/a\r\nb", "/")])
async def test_without_a_form_the_question_leads_back_to_where_the_person_was(browser: httpx.AsyncClient, onward: str, place: str) -> None:
    await sign_in(browser, await person(await organisation()))
    page = await browser.get("/step-up", params={"next": onward})
    assert (page.status_code, hidden(page, "next")) == (200, place)
    answer = await post(browser, "/step-up", page, password=PASSWORD, next=onward)
    assert (answer.status_code, answer.headers["location"]) == (303, place)
    assert (await browser.get("/members")).status_code == 200


async def test_a_form_is_given_back_for_an_address_of_this_market_alone(browser: httpx.AsyncClient) -> None:
    await sign_in(browser, await person(await organisation()))
    page = await browser.get("/step-up")
    for act in ("https://evil.example/", "//evil.example", "/\\evil.example"):
        answer = await post(browser, "/step-up", page, password=PASSWORD, act=act, typed="name=x")
        assert (answer.status_code, answer.headers["location"]) == (303, "/")
        page = await browser.get("/step-up")


async def test_guesses_of_the_password_are_counted_as_at_the_door(browser: httpx.AsyncClient) -> None:
    await sign_in(browser, await person(await organisation()))
    page = await browser.get("/step-up")
    answers = [await post(browser, "/step-up", page, password="wrong") for _ in range(11)]
    assert [answer.status_code for answer in answers] == [422] * 10 + [429]
    assert answers[-1].headers["retry-after"] == "900"


async def test_the_api_says_what_is_needed_and_goes_on_after_it(browser: httpx.AsyncClient) -> None:
    buyer = await organisation()
    await sign_in(browser, await person(buyer))
    headers = {"x-csrf-token": hidden(await browser.get(KEYS), "csrf_token"), "idempotency-key": "a"}
    body = {"name": "ERP", "scopes": ["organisations:read"]}
    with clock.at(LATER):
        refused = await browser.post("/api/v1/organisation/api-keys", json=body, headers=headers)
        assert (refused.status_code, refused.json()["type"].rsplit("/", 1)[1]) == (403, "step-up-needed")
        assert refused.json()["detail"].startswith("This act asks for your password again, because you signed in more than 60 minutes ago.")
        proven = await browser.post(refused.json()["step_up"], json={"password": PASSWORD}, headers=headers)
        headers["x-csrf-token"] = proven.json()["csrf_token"]
        assert (await browser.post("/api/v1/organisation/api-keys", json=body, headers=headers)).status_code == 201


async def test_a_key_is_never_asked_for_a_password(browser: httpx.AsyncClient, app: Any) -> None:
    buyer = await organisation()
    await sign_in(browser, await person(buyer))
    made = await post(browser, KEYS, await browser.get(KEYS), name="HR", scopes=["organisations:write"])
    found = SECRET.search(made.text)
    assert found
    with clock.at(LATER):
        invited = await asked_with(
            app, found.group(1), "/api/v1/organisation/invitations", method="POST", json={"email": "a@kranbau.example", "roles": ["viewer"]}
        )
    assert invited.status_code == 201


def test_what_hands_out_power_asks_on_the_page_and_in_the_api() -> None:
    asking = {policy.route for package in PACKAGES for policy in package.policies if policy.steps_up}
    for end in ("/api-keys", "/api-keys/{key_id:uuid}/rotate", "/invitations", "/{member_id:uuid}/roles"):
        assert [route for route in asking if route.endswith(end)], end
    assert len({route for route in asking if "/api/" in route}) == 8
