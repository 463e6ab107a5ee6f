"""Generated from the policy table: every unsafe call of the API takes an Idempotency-Key, answers a repeat alike, and refuses the key for another body."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import msgspec
import pytest

from marketplace.kernel import clock
from marketplace.kernel.idempotency import service as idempotency
from marketplace.kernel.identity import service as identity
from marketplace.kernel.keys.schemas import NewApiKey
from tests.conftest import NOW
from tests.edge.refusals import check_problem
from tests.matrix.cases import PARAMETER, policies
from tests.matrix.samples import bodies

if TYPE_CHECKING:
    import httpx

    from marketplace.kernel.database import Connection
    from marketplace.kernel.http.edge import Edge
    from marketplace.kernel.package import Policy
    from tests.world import World

UNSAFE = [policy for policy in policies() if not policy.route.startswith("GET ") and " /api/" in policy.route]
# These prove a password, a code or a one-time link, and set the cookie: a kept answer would hand out a session again.
PROVING = {
    "POST /api/v1/sessions",
    "PUT /api/v1/session/organisation",
    "POST /api/v1/session/step-up",
    "DELETE /api/v1/session",
    "PUT /api/v1/account/password",
    "PUT /api/v1/account/totp",
    "POST /api/v1/invitations/{token:str}/acceptance",
}
# These need somebody or something else than the world's first object to succeed; their own tests repeat them.
REFUSED_HERE = {"DELETE /api/v1/organisation/members/{member_id:uuid}", "DELETE /api/v1/organisation/membership"}
KEYED = [policy for policy in UNSAFE if policy.keyed and policy.route not in REFUSED_HERE]


def test_every_unsafe_call_takes_a_key_or_proves_who_calls() -> None:
    assert {policy.route for policy in UNSAFE if not (policy.acts or policy.keyed)} == PROVING


async def test_the_description_asks_for_the_key_where_it_is_needed_and_offers_it_elsewhere(client: httpx.AsyncClient) -> None:
    paths = (await client.get("/api/openapi.json")).json()["paths"]
    for policy in UNSAFE:
        method, path = policy.route.split(" ", 1)
        operation = paths[PARAMETER.sub(lambda found: f"{{{found.group(1)}}}", path)][method.lower()]
        needed = [one["required"] for one in operation.get("parameters", []) if one["name"] == "Idempotency-Key"]
        assert needed == ([policy.acts] if policy.route not in PROVING else []), policy.route


@pytest.mark.parametrize("policy", KEYED, ids=lambda policy: policy.route.replace(" ", "_"))
async def test_a_key_makes_a_repeat_answer_as_the_first_did(
    policy: Policy, clients: dict[str, httpx.AsyncClient], world: World, rolled_back: Connection
) -> None:
    assert rolled_back
    capacity = "buyer" if policy.allow[0] == "signed-in" else policy.allow[0].partition(":")[0]
    caller = "operator" if capacity == "operator" else f"{capacity}_a"
    method, path = policy.route.split(" ", 1)
    if policy.sample:
        path = PARAMETER.sub(world.own[capacity][policy.sample], path, count=1)
    body: dict[str, Any] = bodies(world, world.own["buyer"], world.own["supplier"])[policy.route]
    if policy.route == "PUT /api/v1/company":
        body = {**body, "version": (await clients["buyer_a"].get("/api/v1/company")).json()["version"]}
    headers: dict[str, Any] = {"content-type": "application/json", "idempotency-key": uuid4().hex}
    content = msgspec.json.encode(body) if body else b""
    first, second = [await clients[caller].request(method, path, content=content, headers=headers) for _ in range(2)]
    assert first.is_success, first.text
    assert (second.status_code, _plain(second)) == (first.status_code, _plain(first))
    other = await clients[caller].request(method, path, content=content + b" ", headers=headers)
    check_problem(other, 422, "idempotency-key-reused")
    malformed = await clients[caller].request(method, path, content=content, headers={**headers, "idempotency-key": "é".encode()})
    check_problem(malformed, 400, "idempotency-key-malformed")


def _plain(answer: httpx.Response) -> Any:
    return {**answer.json(), "token": ""} if answer.content else b""


async def test_a_repeat_is_answered_alike_for_a_day_and_forgotten_after_two(
    app: Edge, world: World, client: httpx.AsyncClient, rolled_back: Connection
) -> None:
    assert rolled_back
    app.callers.forget()
    who = world.logins["buyer_a"]
    new = NewApiKey(name="ERP", scopes=("addresses:write",))
    key = await identity.create_api_key(new, organisation_id=who.organisation_id, actor=who.actor, now=NOW)
    headers = {"authorization": f"Bearer {key.key}", "idempotency-key": "one"}
    body = bodies(world, world.own["buyer"], world.own["supplier"])["POST /api/v1/addresses"]
    first = await client.post("/api/v1/addresses", json=body, headers=headers)
    assert first.status_code == 201
    for later, gone in ((timedelta(hours=24), 0), (timedelta(hours=48), 0), (timedelta(hours=48, seconds=1), 1)):
        with clock.at(NOW + later):
            assert await idempotency.purge(NOW + later) == gone
            again = await client.post("/api/v1/addresses", json=body, headers=headers)
        assert (again.status_code, again.content == first.content) == (201, gone == 0)
