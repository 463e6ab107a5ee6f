"""Tests of identity over HTTP: signing in, the operator's organisations, invitations, members, keys and accounts, as a browser does it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import httpx
import pyotp
import pytest
import pytest_asyncio
import segno

from marketplace.kernel.actor import WORKER
from marketplace.kernel.identity import service as identity
from marketplace.kernel.invitations.schemas import NewInvitation
from tests.conftest import NOW
from tests.kernel.identity_cast import PASSWORD, TOTP_SECRET, acting, organisation, person

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from marketplace.kernel.people.schemas import PersonOut

pytestmark = pytest.mark.usefixtures("rolled_back")


@pytest_asyncio.fixture(loop_scope="session", name="browser")
async def _browser(app: Any, rolled_back: Any) -> AsyncIterator[httpx.AsyncClient]:
    assert rolled_back
    app.callers.forget()
    transport = httpx.ASGITransport(app=app, client=("203.0.113.7", 4711))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as opened:
        yield opened


def hidden(page: httpx.Response, name: str) -> str:
    """Give the value of the first field of this name on a page."""
    found = re.search(rf'name="{name}" value="([^"]*)"', page.text)
    assert found, page.text
    return found.group(1)


async def post(browser: httpx.AsyncClient, path: str, page: httpx.Response, **fields: Any) -> httpx.Response:
    """Send a form with the hidden fields of the page that it stood on."""
    kept = {"csrf_token": hidden(page, "csrf_token"), "idempotency_key": uuid4().hex}
    return await browser.post(path, data={**kept, **fields})


async def sign_in(browser: httpx.AsyncClient, who: PersonOut, **fields: str) -> httpx.Response:
    page = await browser.get("/sign-in")
    assert page.status_code == 200
    return await post(browser, "/sign-in", page, email=who.email, password=PASSWORD, **fields)


async def operator_in(browser: httpx.AsyncClient) -> PersonOut:
    who = await person(await organisation("Betreiberin", capacities=("operator",)), "admin")
    await sign_in(browser, who)
    page = await browser.get("/sign-in/code")
    await post(browser, "/sign-in/code", page, totp_code=pyotp.TOTP(TOTP_SECRET).at(NOW))
    return who


async def test_signing_in_sets_a_cookie_that_scripts_cannot_read_and_goes_on(browser: httpx.AsyncClient) -> None:
    answer = await sign_in(browser, await person(await organisation()), next="/account")
    assert (answer.status_code, answer.headers["location"]) == (303, "/account")
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert (await browser.get("/account")).status_code == 200


@pytest.mark.parametrize(
    "onward", ["//evil.example", "/\\evil.example", "javascript:alert(1)", "https://evil.example", "evil", "/a\r\nb", "/" + "x" * 2000]
)
async def test_signing_in_goes_on_inside_the_market_alone(browser: httpx.AsyncClient, onward: str) -> None:
    answer = await sign_in(browser, await person(await organisation()), next=onward)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")


async def test_a_refused_attempt_keeps_the_address_and_not_the_password(browser: httpx.AsyncClient) -> None:
    who = await person(await organisation())
    page = await browser.get("/sign-in")
    answer = await post(browser, "/sign-in", page, email=who.email, password="not the password", next="/account")
    assert answer.status_code == 401
    assert f'value="{who.email}"' in answer.text
    assert "not the password" not in answer.text
    assert hidden(answer, "next") == "/account"
    assert "set-cookie" not in answer.headers


async def test_the_eleventh_attempt_says_when_to_come_back(browser: httpx.AsyncClient) -> None:
    page = await browser.get("/sign-in")
    for _ in range(10):
        await post(browser, "/sign-in", page, email="ghost@kranbau.example", password="wrong")
    answer = await post(browser, "/sign-in", page, email="ghost@kranbau.example", password="wrong")
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "900")


async def test_a_session_id_that_the_client_has_chosen_is_not_taken(browser: httpx.AsyncClient) -> None:
    browser.cookies.set("session", "a" * 43)
    answer = await sign_in(browser, await person(await organisation()))
    assert answer.status_code == 303
    assert browser.cookies.jar is not None
    assert "a" * 43 not in answer.headers["set-cookie"]


async def test_another_site_cannot_sign_somebody_in(browser: httpx.AsyncClient) -> None:
    who = await person(await organisation())
    answer = await browser.post("/sign-in", data={"email": who.email, "password": PASSWORD}, headers={"sec-fetch-site": "cross-site"})
    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers


async def test_a_write_without_the_session_s_token_is_refused(browser: httpx.AsyncClient) -> None:
    who = await person(await organisation())
    await sign_in(browser, who)
    for token in ("", "0" * 64):
        answer = await browser.post("/account/profile", data={"name": "Neu", "locale": "en", "csrf_token": token})
        assert answer.status_code == 403
    assert "Ngọc Ánh" in (await browser.get("/account")).text


async def test_operators_type_a_code_too(browser: httpx.AsyncClient) -> None:
    who = await person(await organisation("Betreiberin", capacities=("operator",)), "admin")
    first = await sign_in(browser, who, next="/operator/organisations")
    assert (first.status_code, first.headers["location"]) == (303, "/sign-in/code?next=%2Foperator%2Forganisations")
    assert (await browser.get("/operator/organisations")).status_code == 303
    page = await browser.get(first.headers["location"])
    wrong = await post(browser, "/sign-in/code", page, totp_code="000000", next=hidden(page, "next"))
    assert wrong.status_code == 401
    right = await post(browser, "/sign-in/code", page, totp_code=pyotp.TOTP(TOTP_SECRET).at(NOW), next=hidden(page, "next"))
    assert (right.status_code, right.headers["location"]) == (303, "/operator/organisations")
    assert (await browser.get("/operator/organisations")).status_code == 200


async def test_a_code_without_the_first_step_starts_again(browser: httpx.AsyncClient) -> None:
    page = await browser.get("/sign-in/code")
    answer = await post(browser, "/sign-in/code", page, totp_code="123456")
    assert answer.status_code == 401
    assert 'name="password"' in answer.text


async def test_signing_out_ends_the_session_at_once(browser: httpx.AsyncClient) -> None:
    await sign_in(browser, await person(await organisation()))
    page = await browser.get("/account")
    answer = await post(browser, "/sign-out", page)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert (await browser.get("/account")).headers["location"] == "/sign-in?next=%2Faccount"


async def test_who_belongs_to_two_organisations_picks_one(browser: httpx.AsyncClient) -> None:
    first, second = await organisation(), await organisation()
    who = await person(first)
    await person(second)
    made = await identity.invite(second.id, NewInvitation(email=who.email, roles=("viewer",)), actor=acting(second), now=NOW)
    page = await browser.get(f"/invitations/{made.token}")
    await post(browser, f"/invitations/{made.token}", page, password=PASSWORD)
    browser.cookies.clear()
    answer = await sign_in(browser, who)
    assert answer.headers["location"] == "/switch-organisation"
    assert (await browser.get("/members")).headers["location"] == "/switch-organisation"
    page = await browser.get("/switch-organisation")
    refused = await post(browser, "/switch-organisation", page, organisation_id=str(uuid4()))
    assert refused.status_code == 422
    chosen = await post(browser, "/switch-organisation", page, organisation_id=str(second.id))
    assert chosen.status_code == 303
    assert second.display_name in (await browser.get("/members")).text


async def test_leaving_sent_twice_leaves_once_and_leads_to_the_same_place(browser: httpx.AsyncClient) -> None:
    first = await organisation()
    owner, who = await person(first), await person(first, "viewer")
    await sign_in(browser, who)
    page = await browser.get("/members")
    form = {"csrf_token": hidden(page, "csrf_token"), "idempotency_key": uuid4().hex}
    answers = [await browser.post("/members/leave", data=form) for _ in range(2)]
    assert [(one.status_code, one.headers["location"]) for one in answers] == [(303, "/switch-organisation")] * 2
    assert (await browser.post("/members/leave", data={**form, "typed": "more"})).status_code == 422
    assert (await browser.post("/members/leave", data={**form, "idempotency_key": uuid4().hex})).status_code == 403
    assert (await browser.post("/members/leave", data={"csrf_token": form["csrf_token"]})).status_code == 400
    assert [one.person_id for one in await identity.members(first.id, actor=acting(first))] == [owner.id]


async def test_the_operator_creates_an_organisation_and_its_first_person_joins(browser: httpx.AsyncClient) -> None:
    await operator_in(browser)
    page = await browser.get("/operator/organisations/new")
    fields = {"legal_name": "Nordic Bolts AS", "country": "NO", "currency": "NOK", "capacities": ["buyer", "supplier"], "locale": "en"}
    made = await post(browser, "/operator/organisations", page, **fields)
    assert made.status_code == 303
    page = await browser.get(made.headers["location"])
    assert "Europe/Oslo" in page.text
    invited = await post(browser, made.headers["location"] + "/invitations", page, email="kari@nordic.example", roles=["owner"])
    assert invited.status_code == 200
    link = re.search(r'value="http://127.0.0.1:8000(/invitations/[^"]+)"', invited.text)
    assert link
    browser.cookies.clear()
    page = await browser.get(link.group(1))
    assert "Nordic Bolts AS" in page.text
    short = await post(browser, link.group(1), page, name="Kari", locale="en", password="short", totp_secret=hidden(page, "totp_secret"))
    assert short.status_code == 422
    assert hidden(short, "totp_secret") == hidden(page, "totp_secret")
    joined = await post(browser, link.group(1), page, name="Kari", locale="en", password=PASSWORD, totp_secret=hidden(page, "totp_secret"))
    assert joined.status_code == 303
    assert "Nordic Bolts AS" in (await browser.get("/members")).text
    assert (await browser.get(link.group(1))).status_code == 410


async def test_a_refused_organisation_keeps_what_was_typed_and_says_what_to_change(browser: httpx.AsyncClient) -> None:
    await operator_in(browser)
    page = await browser.get("/operator/organisations/new")
    answer = await post(browser, "/operator/organisations", page, legal_name="pаypal", country="DE", currency="EUR", capacities=["buyer"])  # noqa: RUF001
    assert answer.status_code == 422
    assert 'value="pаypal"' in answer.text  # noqa: RUF001 - it is kept as typed
    assert 'id="e-legal_name"' in answer.text
    found, total = await identity.search_organisations("pаypal", actor=WORKER)  # noqa: RUF001
    assert (found, total) == ([], 0)


async def test_the_list_of_organisations_searches_and_pages(browser: httpx.AsyncClient) -> None:
    await operator_in(browser)
    for number in range(52):
        await organisation(f"Seitenweise {chr(97 + number // 26)}{chr(97 + number % 26)}")
    page = await browser.get("/operator/organisations?q=seitenweise")
    assert page.text.count("Seitenweise") == 50
    onward = re.search(r'rel="next" href="([^"]+)"', page.text)
    assert onward
    assert (await browser.get(onward.group(1).replace("&amp;", "&"))).text.count("Seitenweise") == 2
    assert (await browser.get("/operator/organisations?q=seitenweise&cursor=made-up")).status_code == 400
    assert "No organisation fits" in (await browser.get("/operator/organisations?q=%25%25")).text


async def test_the_operator_suspends_an_organisation_with_a_reason(browser: httpx.AsyncClient) -> None:
    await operator_in(browser)
    buyer = await organisation()
    place = f"/operator/organisations/{buyer.id}"
    page = await browser.get(place)
    without = await post(browser, f"{place}/state", page, state="suspended", version="1")
    assert without.status_code == 422
    answer = await post(browser, f"{place}/state", page, state="suspended", version="1", reason="Unpaid")
    assert answer.status_code == 303
    assert (await identity.organisation(buyer.id, actor=WORKER)).state == "suspended"


async def test_a_member_is_given_roles_and_removed_but_the_last_owner_stays(browser: httpx.AsyncClient) -> None:
    buyer = await organisation()
    who = await person(buyer)
    await person(buyer, "viewer")
    await sign_in(browser, who)
    page = await browser.get("/members")
    members = {member.roles[0]: member for member in await identity.members(buyer.id, actor=acting(buyer))}
    answer = await post(browser, f"/members/{members['viewer'].id}/roles", page, roles=["purchaser"], version="1")
    assert answer.status_code == 303
    refused = await post(browser, f"/members/{members['owner'].id}/remove", page)
    assert refused.status_code == 409
    assert "is the last owner" in refused.text
    assert (await post(browser, f"/members/{members['viewer'].id}/remove", page)).status_code == 303
    assert [member.roles for member in await identity.members(buyer.id, actor=acting(buyer))] == [["owner"]]


async def test_a_viewer_sees_members_and_changes_none(browser: httpx.AsyncClient) -> None:
    buyer = await organisation()
    await person(buyer)
    await sign_in(browser, await person(buyer, "viewer"))
    page = await browser.get("/members")
    assert page.status_code == 200
    assert "/members/invitations" not in page.text
    assert (await browser.get("/members/api-keys")).status_code == 403
    assert (await post(browser, "/members/invitations", page, email="x@y.example", roles=["owner"])).status_code == 403


async def test_a_key_is_shown_once_and_works_until_it_is_revoked(browser: httpx.AsyncClient) -> None:
    buyer = await organisation()
    await sign_in(browser, await person(buyer))
    page = await browser.get("/members/api-keys")
    made = await post(browser, "/members/api-keys", page, name="ERP", scopes=["organisations:read"], days="30", networks="")
    assert made.status_code == 200
    found = re.search(r'value="(mk_[^"]+)"', made.text)
    assert found
    key = {"authorization": f"Bearer {found.group(1)}"}
    assert found.group(1) not in (await browser.get("/members/api-keys")).text
    cookies, browser.cookies = browser.cookies, httpx.Cookies()
    assert (await browser.get("/api/v1/organisation", headers=key)).json()["id"] == str(buyer.id)
    assert (await browser.get("/api/v1/addresses", headers=key)).status_code == 403
    assert (await browser.get("/api/v1/organisation/api-keys", headers=key)).status_code == 403
    assert (await browser.get("/api/v1/organisation", headers={"authorization": "Bearer mk_x"})).status_code == 401
    browser.cookies = cookies
    (listed,) = await identity.api_keys(buyer.id, actor=acting(buyer))
    assert (await post(browser, f"/members/api-keys/{listed.id}/revoke", page)).status_code == 303
    browser.cookies = httpx.Cookies()
    assert (await browser.get("/api/v1/organisation", headers=key)).status_code == 401


async def test_a_new_password_and_a_new_language_are_stored(browser: httpx.AsyncClient) -> None:
    who = await person(await organisation())
    await sign_in(browser, who)
    page = await browser.get("/account")
    answer = await post(browser, "/account/profile", page, name="An Nguyễn", locale="vi")
    assert answer.status_code == 303
    assert '<html lang="vi"' in (await browser.get("/account")).text
    refused = await post(browser, "/account/password", page, present_password="wrong", new_password="amber lanterns drift upstream")
    assert refused.status_code == 422
    changed = await post(browser, "/account/password", page, present_password=PASSWORD, new_password="amber lanterns drift upstream")
    assert (changed.status_code, changed.headers["location"]) == (303, "/account?saved=password")
    assert (await browser.get("/account")).status_code == 200


async def test_a_second_factor_is_set_with_password_and_code(browser: httpx.AsyncClient) -> None:
    who = await person(await organisation())
    await sign_in(browser, who)
    page = await browser.get("/account")
    secret = hidden(page, "totp_secret")
    wrong = await post(browser, "/account/totp", page, totp_secret=secret, totp_code="000000", totp_password=PASSWORD)
    assert wrong.status_code == 422
    assert hidden(wrong, "totp_secret") == secret
    right = await post(browser, "/account/totp", page, totp_secret=secret, totp_code=pyotp.TOTP(secret).at(NOW), totp_password=PASSWORD)
    assert right.status_code == 303
    browser.cookies.clear()
    assert (await sign_in(browser, who)).headers["location"] == "/sign-in/code"


@pytest.mark.parametrize("prefix,direction", [("/en", "ltr"), ("/vi", "ltr"), ("/ar", "rtl")])
async def test_the_pages_speak_three_languages(browser: httpx.AsyncClient, prefix: str, direction: str) -> None:
    await operator_in(browser)
    for path in (
        "/sign-in",
        "/account",
        "/members",
        "/members/api-keys",
        "/switch-organisation",
        "/operator/organisations",
        "/operator/organisations/new",
    ):
        page = await browser.get(prefix + path)
        assert page.status_code == 200
        assert f'dir="{direction}"' in page.text
        assert "style=" not in page.text


def drawn(page: httpx.Response) -> list[list[bool]]:
    """Read the QR code of a page back from its paths: the dark modules, without the quiet zone."""
    found = re.search(r'<span role="img" aria-label="[^"]+"><svg[^>]*>.*?<path stroke="#000" d="([^"]+)"/></g></svg></span>', page.text)
    assert found, page.text
    dark: set[tuple[int, int]] = set()
    x, y = 0.0, 0.0
    for kind, numbers in re.findall(r"([Mmh])([-0-9. ]+)", found.group(1)):
        first, *rest = [float(number) for number in re.findall(r"-?[0-9.]+", numbers)]
        if kind == "h":
            dark |= {(int(x) + step, int(y)) for step in range(int(first))}
            x += first
        else:
            x, y = (first, rest[0]) if kind == "M" else (x + first, y + rest[0])
    size = max(column for column, _ in dark) - 3
    return [[(column + 4, row + 4) in dark for column in range(size)] for row in range(size)]


async def test_the_secret_of_the_second_factor_is_a_picture_too(browser: httpx.AsyncClient) -> None:
    who = await person(await organisation())
    await sign_in(browser, who)
    for path in ("/account", "/ar/account"):
        page = await browser.get(path)
        uri = pyotp.TOTP(hidden(page, "totp_secret")).provisioning_uri(name=who.email, issuer_name="Marketplace")
        wanted = [[bool(module) for module in row] for row in segno.make(uri, error="m", micro=False).matrix]
        assert drawn(page) == wanted
        assert "style=" not in page.text


async def test_the_invitation_of_an_operator_shows_the_picture_and_the_refused_form_the_same_one(browser: httpx.AsyncClient) -> None:
    made = await identity.invite(
        (at := await organisation("Betreiberin", capacities=("operator",))).id,
        NewInvitation(email="neu@kranbau.example", roles=("admin",)),
        actor=acting(at),
        now=NOW,
    )
    page = await browser.get(f"/invitations/{made.token}")
    refused = await post(
        browser, f"/invitations/{made.token}", page, name="Neu", password=PASSWORD, totp_secret=hidden(page, "totp_secret"), totp_code="000000"
    )
    assert refused.status_code == 422
    assert drawn(refused) == drawn(page)


async def test_a_secret_too_long_for_a_picture_is_refused_like_any_other(browser: httpx.AsyncClient) -> None:
    await sign_in(browser, await person(await organisation()))
    page = await browser.get("/account")
    answer = await post(browser, "/account/totp", page, totp_secret="A" * 9000, totp_code="000000", totp_password=PASSWORD)
    assert answer.status_code == 422
    assert 'role="img"' not in answer.text


async def test_an_address_of_ten_thousand_letters_is_refused_beside_its_field(browser: httpx.AsyncClient) -> None:
    page = await browser.get("/sign-in")
    answer = await post(browser, "/sign-in", page, email="a" * 10_000 + "@kranbau.example", password=PASSWORD)
    assert answer.status_code == 422
    assert "Addresses take at most 254 characters." in answer.text
