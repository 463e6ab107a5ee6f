"""Tests of API keys over HTTP, by page and by API: shown once, narrow by scope, address and time, and made once by a double click."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import httpx
import pytest

from marketplace.kernel import clock
from marketplace.kernel.identity import service as identity
from marketplace.kernel.keys.schemas import NewApiKey
from tests.conftest import NOW
from tests.kernel.identity_cast import acting, organisation, person
from tests.kernel.test_identity_pages import _browser as _browser  # noqa: PLC0414 - the fixture of a browser at 203.0.113.7
from tests.kernel.test_identity_pages import hidden, operator_in, post, sign_in

if TYPE_CHECKING:
    from marketplace.kernel.organisations.schemas import OrganisationOut

pytestmark = pytest.mark.usefixtures("rolled_back")
KEYS = "/members/api-keys"
SECRET = re.compile(r'value="(mk_[^"]+)"')


async def owner_in(browser: httpx.AsyncClient) -> OrganisationOut:
    buyer = await organisation()
    await sign_in(browser, await person(buyer))
    return buyer


async def made_by_form(browser: httpx.AsyncClient, **fields: Any) -> httpx.Response:
    page = await browser.get(KEYS)
    return await post(browser, KEYS, page, **{"name": "ERP", "scopes": ["organisations:read"], "days": "30", "networks": "", **fields})


async def asked_with(app: Any, key: str, path: str, *, address: str = "203.0.113.7", method: str = "GET", **more: Any) -> httpx.Response:
    app.callers.forget()
    transport = httpx.ASGITransport(app=app, client=(address, 4711))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000", headers={"authorization": f"Bearer {key}"}) as program:
        return await program.request(method, path, **more)


async def test_the_same_form_sent_twice_makes_one_key_and_says_that_it_was_shown(browser: httpx.AsyncClient) -> None:
    buyer = await owner_in(browser)
    page = await browser.get(KEYS)
    form = {"csrf_token": hidden(page, "csrf_token"), "idempotency_key": uuid4().hex, "name": "ERP", "scopes": "organisations:read"}
    first, second = [await browser.post(KEYS, data=form) for _ in range(2)]
    (key,) = await identity.api_keys(buyer.id, actor=acting(buyer))
    assert (first.status_code, len(SECRET.findall(first.text))) == (200, 1)
    assert (second.status_code, second.headers["location"]) == (303, f"{KEYS}?made={key.prefix}")
    told = await browser.get(second.headers["location"])
    assert "has been shown already" in told.text
    assert f"mk_{key.prefix}" in told.text
    assert SECRET.findall(told.text) == []
    other = await browser.post(KEYS, data={**form, "name": "Another"})
    assert (other.status_code, len(await identity.api_keys(buyer.id, actor=acting(buyer)))) == (422, 1)


async def test_the_page_names_no_key_of_another_organisation_as_shown(browser: httpx.AsyncClient) -> None:
    await owner_in(browser)
    theirs = await identity.create_api_key(
        NewApiKey(name="Theirs", scopes=("orders:read",)), organisation_id=(other := await organisation()).id, actor=acting(other), now=NOW
    )
    assert "has been shown already" not in (await browser.get(f"{KEYS}?made={theirs.prefix}")).text


async def test_the_same_call_sent_twice_makes_one_key_and_repeats_all_but_the_secret(browser: httpx.AsyncClient) -> None:
    buyer = await owner_in(browser)
    headers = {"x-csrf-token": hidden(await browser.get(KEYS), "csrf_token"), "idempotency-key": uuid4().hex}
    body = {"name": "ERP", "scopes": ["organisations:read"], "days": 30, "networks": ["203.0.113.0/24"]}
    first, second = [await browser.post("/api/v1/organisation/api-keys", json=body, headers=headers) for _ in range(2)]
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json()["key"].startswith(f"mk_{first.json()['prefix']}_")
    assert second.json() == {**first.json(), "key": None}
    assert len(await identity.api_keys(buyer.id, actor=acting(buyer))) == 1
    turned = f"/api/v1/organisation/api-keys/{first.json()['id']}/rotate"
    third, fourth = [await browser.post(turned, json={}, headers={**headers, "idempotency-key": "once"}) for _ in range(2)]
    assert (third.status_code, fourth.json()) == (201, {**third.json(), "key": None})
    assert len(await identity.api_keys(buyer.id, actor=acting(buyer))) == 2
    keyless = await browser.post("/api/v1/organisation/api-keys", json=body, headers={"x-csrf-token": headers["x-csrf-token"]})
    assert (keyless.status_code, keyless.json()["type"].rsplit("/", 1)[1]) == (400, "idempotency-key-missing")


async def test_no_table_of_ours_holds_a_key_whole(browser: httpx.AsyncClient, rolled_back: Any) -> None:
    await owner_in(browser)
    found = SECRET.search((await made_by_form(browser)).text)
    assert found
    secret = found.group(1)[len("mk_") + 13 :]
    for table in ("api_keys", "audit_rows", "outbox"):
        rows = await rolled_back.fetchval(f"SELECT coalesce(string_agg(t::text, ' '), '') FROM kernel.{table} t")
        assert secret not in rows
        assert secret.encode().hex() not in rows


async def test_a_key_made_on_the_page_calls_from_the_typed_addresses_alone(browser: httpx.AsyncClient, app: Any) -> None:
    buyer = await owner_in(browser)
    made = await made_by_form(browser, networks="203.0.113.7 198.51.100.0/24")
    found = SECRET.search(made.text)
    assert found
    assert "198.51.100.0/24" in made.text
    answers = [await asked_with(app, found.group(1), "/api/v1/organisation", address=one) for one in ("203.0.113.7", "198.51.100.9", "203.0.113.8")]
    assert [answer.status_code for answer in answers] == [200, 200, 401]
    refused = await made_by_form(browser, networks="203.0.113.7 not-a-network")
    assert refused.status_code == 422
    assert 'value="203.0.113.7 not-a-network"' in refused.text
    assert len(await identity.api_keys(buyer.id, actor=acting(buyer))) == 1


async def test_a_key_made_on_the_page_ends_after_the_typed_days(browser: httpx.AsyncClient, app: Any) -> None:
    buyer = await owner_in(browser)
    found = SECRET.search((await made_by_form(browser, days="3")).text)
    assert found
    (key,) = await identity.api_keys(buyer.id, actor=acting(buyer))
    assert key.expires_at == NOW + timedelta(days=3)
    for after, status in ((timedelta(days=3) - timedelta(seconds=1), 200), (timedelta(days=3), 401)):
        with clock.at(NOW + after):
            assert (await asked_with(app, found.group(1), "/api/v1/organisation")).status_code == status
    for days in ("0", "731", "x"):
        refused = await made_by_form(browser, days=days)
        assert (refused.status_code, 'id="e-days"' in refused.text) == (422, True)
    assert len(await identity.api_keys(buyer.id, actor=acting(buyer))) == 1


async def test_a_key_that_may_read_a_resource_writes_nothing_there_and_reads_no_other(browser: httpx.AsyncClient, app: Any) -> None:
    await owner_in(browser)
    found = SECRET.search((await made_by_form(browser, scopes=["addresses:read"])).text)
    assert found
    assert (await asked_with(app, found.group(1), "/api/v1/addresses")).status_code == 200
    write = await asked_with(app, found.group(1), "/api/v1/addresses", method="POST", json={}, headers={"idempotency-key": "k"})
    assert (write.status_code, write.json()["needed_scope"]) == (403, "addresses:write")
    assert write.json()["detail"] == "This API key was not given the scope addresses:write."
    nowhere = await asked_with(app, found.group(1), "/api/v1/account")
    assert (nowhere.status_code, nowhere.json()["detail"]) == (403, "API keys are not accepted here; a person signs in for this.")
    other = await asked_with(app, found.group(1), "/api/v1/orders")
    assert (other.status_code, other.json()["needed_scope"]) == (403, "orders:read")
    unknown = await made_by_form(browser, scopes=["offers:write"])
    assert (unknown.status_code, 'id="e-scopes"' in unknown.text) == (422, True)


async def test_the_page_shows_prefix_and_last_use_and_replaces_a_key_that_works_on_for_a_day(browser: httpx.AsyncClient, app: Any) -> None:
    buyer = await owner_in(browser)
    found = SECRET.search((await made_by_form(browser)).text)
    assert found
    page = await browser.get(KEYS)
    (key,) = await identity.api_keys(buyer.id, actor=acting(buyer))
    assert f"mk_{key.prefix}" in page.text
    assert ">never<" in page.text
    assert (await asked_with(app, found.group(1), "/api/v1/organisation")).status_code == 200
    app.callers.forget()
    page = await browser.get(KEYS)
    assert ">never<" not in page.text
    replaced = await post(browser, f"{KEYS}/{key.id}/rotate", page, overlap_hours="24")
    successor = SECRET.search(replaced.text)
    assert successor
    assert [(await asked_with(app, one.group(1), "/api/v1/organisation")).status_code for one in (found, successor)] == [200, 200]
    with clock.at(NOW + timedelta(hours=25)):
        assert [(await asked_with(app, one.group(1), "/api/v1/organisation")).status_code for one in (found, successor)] == [401, 200]


async def test_the_operator_sees_an_organisation_s_keys_by_prefix_and_may_end_one(browser: httpx.AsyncClient, app: Any) -> None:
    buyer = await owner_in(browser)
    found = SECRET.search((await made_by_form(browser, networks="203.0.113.0/24")).text)
    assert found
    (key,) = await identity.api_keys(buyer.id, actor=acting(buyer))
    browser.cookies.clear()
    await operator_in(browser)
    place = f"/operator/organisations/{buyer.id}"
    page = await browser.get(place)
    assert [text in page.text for text in (f"mk_{key.prefix}", "organisations:read", "203.0.113.0/24", found.group(1))] == [True, True, True, False]
    assert (await post(browser, f"{place}/api-keys/{key.id}/revoke", page)).status_code == 303
    assert (await asked_with(app, found.group(1), "/api/v1/organisation")).status_code == 401
