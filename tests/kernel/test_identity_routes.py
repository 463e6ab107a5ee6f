"""Tests of identity's API: sessions by JSON, and the shape of what is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import pyotp
import pytest
import pytest_asyncio

from marketplace.kernel.identity import service as identity
from tests.conftest import NOW
from tests.kernel.identity_cast import PASSWORD, TOTP_SECRET, acting, organisation, person

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

pytestmark = pytest.mark.usefixtures("rolled_back")


@pytest_asyncio.fixture(loop_scope="session", name="api")
async def _api(app: Any, rolled_back: Any) -> AsyncIterator[httpx.AsyncClient]:
    assert rolled_back
    app.callers.forget()
    transport = httpx.ASGITransport(app=app, client=("203.0.113.7", 4711))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as opened:
        yield opened


async def test_a_session_by_json_carries_a_token_for_its_writes(api: httpx.AsyncClient) -> None:
    buyer = await organisation()
    who = await person(buyer)
    made = await api.post("/api/v1/sessions", json={"email": who.email, "password": PASSWORD})
    assert made.status_code == 201
    assert made.json()["organisation_id"] == str(buyer.id)
    assert (await api.get("/api/v1/session")).json()["roles"] == ["owner"]
    change = {"name": "Anna", "locale": "ar"}
    assert (await api.put("/api/v1/account", json=change)).status_code == 403
    changed = await api.put("/api/v1/account", json=change, headers={"x-csrf-token": made.json()["csrf_token"]})
    assert (changed.status_code, changed.json()["name"]) == (200, "Anna")
    stepped = await api.post("/api/v1/session/step-up", json={"password": PASSWORD}, headers={"x-csrf-token": made.json()["csrf_token"]})
    assert stepped.status_code == 200
    ended = await api.delete("/api/v1/session", headers={"x-csrf-token": stepped.json()["csrf_token"]})
    assert ended.status_code == 204
    assert (await api.get("/api/v1/session")).status_code == 401


async def test_the_second_factor_is_asked_for_by_its_code(api: httpx.AsyncClient) -> None:
    who = await person(await organisation("Betreiberin", capacities=("operator",)), "admin")
    credentials = {"email": who.email, "password": PASSWORD}
    asked = await api.post("/api/v1/sessions", json=credentials)
    assert (asked.status_code, asked.json()["type"].rsplit("/", 1)[1]) == (401, "totp-needed")
    made = await api.post("/api/v1/sessions", json={**credentials, "totp_code": pyotp.TOTP(TOTP_SECRET).at(NOW)})
    assert made.status_code == 201
    assert "operator" in (await api.get("/api/v1/session")).json()["capacities"]


@pytest.mark.parametrize(
    "body,status",
    [
        ({"email": "a@b.example", "password": "x" * 1000}, 422),
        ({"email": "a@b.example", "password": 1}, 422),
        ({"email": "a@b.example"}, 422),
        ({"email": "a@b.example", "password": "x", "is_admin": True}, 422),
        ({"email": "a@b.example", "password": "x"}, 401),
        ({"email": "a@b.example\u0000", "password": "x"}, 422),
        ([], 400),
    ],
)
async def test_bad_credentials_are_refused_as_problems(api: httpx.AsyncClient, body: object, status: int) -> None:
    answer = await api.post("/api/v1/sessions", json=body)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    assert "set-cookie" not in answer.headers


async def test_an_unknown_address_and_a_wrong_password_get_the_same_body(api: httpx.AsyncClient) -> None:
    who = await person(await organisation())
    bodies = []
    for email in (who.email, "nobody@kranbau.example"):
        answer = await api.post("/api/v1/sessions", json={"email": email, "password": "wrong"}, headers={"x-request-id": "same-request-id"})
        bodies.append((answer.status_code, answer.content))
    assert bodies[0] == bodies[1]


async def test_a_last_owner_and_a_foreign_member_are_refused_by_json(api: httpx.AsyncClient) -> None:
    buyer, other = await organisation(), await organisation()
    who = await person(buyer)
    await person(other)
    made = await api.post("/api/v1/sessions", json={"email": who.email, "password": PASSWORD})
    token = {"x-csrf-token": made.json()["csrf_token"]}
    (own,) = (await api.get("/api/v1/organisation/members")).json()["items"]
    (foreign,) = await identity.members(other.id, actor=acting(other))
    last = await api.delete(f"/api/v1/organisation/members/{own['id']}", headers=token)
    assert (last.status_code, last.json()["type"].rsplit("/", 1)[1]) == (409, "last-owner")
    assert (await api.delete(f"/api/v1/organisation/members/{foreign.id}", headers=token)).status_code == 404
    assert len(await identity.members(other.id, actor=acting(other))) == 1


async def test_a_person_leaves_by_json_once_and_the_last_owner_stays(api: httpx.AsyncClient) -> None:
    buyer = await organisation()
    owner, viewer = await person(buyer), await person(buyer, "viewer")
    assert (await api.delete("/api/v1/organisation/membership")).status_code == 401
    made = await api.post("/api/v1/sessions", json={"email": viewer.email, "password": PASSWORD})
    headers = {"x-csrf-token": made.json()["csrf_token"], "idempotency-key": "leave"}
    answers = [await api.delete("/api/v1/organisation/membership", headers=headers) for _ in range(2)]
    assert [(one.status_code, one.content) for one in answers] == [(204, b"")] * 2
    assert (await api.delete("/api/v1/organisation/membership", headers={**headers, "idempotency-key": "again"})).status_code == 403
    assert [one.person_id for one in await identity.members(buyer.id, actor=acting(buyer))] == [owner.id]
    api.cookies.clear()
    made = await api.post("/api/v1/sessions", json={"email": owner.email, "password": PASSWORD})
    last = await api.delete("/api/v1/organisation/membership", headers={"x-csrf-token": made.json()["csrf_token"]})
    assert (last.status_code, last.json()["type"].rsplit("/", 1)[1]) == (409, "last-owner")
    assert len(await identity.members(buyer.id, actor=acting(buyer))) == 1


async def test_a_buyer_does_not_reach_the_operator_s_routes(api: httpx.AsyncClient) -> None:
    buyer = await organisation()
    who = await person(buyer)
    await api.post("/api/v1/sessions", json={"email": who.email, "password": PASSWORD})
    assert (await api.get("/api/v1/operator/organisations")).status_code == 403
    assert (await api.get(f"/api/v1/operator/organisations/{buyer.id}")).status_code == 403


async def test_addresses_by_json_are_made_once_per_key(api: httpx.AsyncClient) -> None:
    who = await person(await organisation())
    made = await api.post("/api/v1/sessions", json={"email": who.email, "password": PASSWORD})
    headers = {"x-csrf-token": made.json()["csrf_token"], "idempotency-key": "one"}
    place = {"label": "Werk", "recipient": "Kranbau", "lines": ["Kai 1"], "city": "Hamburg", "country": "DE", "postal_code": "20457"}
    first = await api.post("/api/v1/addresses", json=place, headers=headers)
    again = await api.post("/api/v1/addresses", json=place, headers=headers)
    assert (first.status_code, again.status_code, again.json()) == (201, 201, first.json())
    assert (await api.post("/api/v1/addresses", json={**place, "city": "Kiel"}, headers=headers)).status_code == 422
    assert len((await api.get("/api/v1/addresses")).json()["items"]) == 1
    bad = await api.post("/api/v1/addresses", json={**place, "postal_code": "x"}, headers={**headers, "idempotency-key": "two"})
    assert (bad.status_code, [item["pointer"] for item in bad.json()["errors"]]) == (422, ["/postal_code"])
    for index in range(3):
        await api.post("/api/v1/addresses", json={**place, "label": f"Werk {index}"}, headers={**headers, "idempotency-key": f"n{index}"})
    page = (await api.get("/api/v1/addresses?limit=2")).json()
    rest = (await api.get("/api/v1/addresses", params={"limit": 2, "cursor": page["next_cursor"]})).json()
    assert [item["label"] for item in page["items"] + rest["items"]] == ["Werk", "Werk 0", "Werk 1", "Werk 2"]
    assert rest["next_cursor"] is None
