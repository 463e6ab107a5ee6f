"""The generated matrix: who may call what, and that another's object answers like one that does not exist."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode
from uuid import uuid4

import httpx
import msgspec
import pytest

from marketplace.kernel.actor import ANONYMOUS, Actor
from marketplace.kernel.database import savepoint
from marketplace.kernel.http.policy import permits
from marketplace.kernel.identity import service as identity
from marketplace.kernel.keys.schemas import NewApiKey
from tests.conftest import NOW
from tests.matrix import expected
from tests.matrix.cases import PARAMETER, Case, cases, policies
from tests.matrix.samples import MISSING, MISSING_TOKEN, OWN_ORGANISATION, QUERIES, bodies

if TYPE_CHECKING:
    from marketplace.kernel.database import Connection
    from marketplace.kernel.http.edge import Edge
    from marketplace.kernel.package import Policy
    from tests.world import World

SIDE = {"buyer_a": "buyer", "supplier_a": "supplier", "key_without_scope": "buyer"}
LOGINS = {"key_without_scope": "buyer_a"}
OTHER_SIDE = {"buyer_b": "buyer", "supplier_b": "supplier"}
# What the further names in an address name, of the same owner as the first.
FURTHER = {"key_id": "api_key"}
# What has no foreign one, by kind and the names in the address.
EVERYBODYS = {
    ("category", "slug"),
    ("category_id", "category_id"),
    ("invitation_token", "token"),
    ("problem", "code"),
    ("product", "product_id"),
    ("product", "product_id", "slug"),
    ("supplier", "supplier_id"),
    ("supplier_slug", "slug"),
}
INSTANCE = re.compile(
    rb"urn:request:[0-9a-f]+|[0-9a-f]{32}|[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}|name=\"(?:csrf_token|idempotency_key)\" value=\"[^\"]*\""
)


def _actor(caller: str, world: World) -> Actor:
    if caller == "anonymous":
        return ANONYMOUS
    if caller == "key_without_scope":
        return msgspec.structs.replace(world.logins["buyer_a"].actor, scopes=frozenset({"catalogue:read"}))
    return world.logins[caller].actor


def _objects(case: Case, world: World) -> dict[str, str]:
    """Give the ids that are own or foreign to a caller: what is A's own is foreign to B, and the operator owns all."""
    kind = case.policy.sample
    if case.target == "missing":
        return {
            kind: MISSING_TOKEN if kind == "invitation_token" else "no-such-thing" if kind in {"supplier_slug", "category", "problem"} else MISSING
        }
    own = case.target == "own"
    if case.caller in SIDE:
        return (world.own if own else world.foreign)[SIDE[case.caller]]
    if case.caller in OTHER_SIDE:
        return (world.foreign if own else world.own)[OTHER_SIDE[case.caller]] | {}
    chosen = world.own if own else world.foreign
    return {**chosen["supplier"], **chosen["buyer"], **(chosen["operator"] if own else {})}


def _path(case: Case, world: World) -> str:
    ids = _objects(case, world)
    path = case.policy.route.split(" ", 1)[1]
    names = PARAMETER.findall(path)
    if not names:
        return path
    anybodys = world.own["supplier"] | world.own["buyer"]
    first = ids.get(case.policy.sample) or anybodys.get(case.policy.sample)
    if first is None:
        pytest.fail(f"no {case.target} sample of kind {case.policy.sample!r} for {case.caller} on {case.policy.route}")
    further = [ids.get(FURTHER.get(name, ""), MISSING) for name in names[1:]]
    values = [first, *further]
    for value in values:
        path = PARAMETER.sub(value, path, count=1)
    return path


async def _call(case: Case, world: World, client: httpx.AsyncClient) -> httpx.Response:
    method, _ = case.policy.route.split(" ", 1)
    path = _path(case, world)
    if method == "GET":
        return await client.get(path, params=QUERIES.get(case.policy.route))
    mine = world.foreign if case.caller in OTHER_SIDE else world.own
    organisation = "" if case.caller == "anonymous" else str(world.logins[LOGINS.get(case.caller, case.caller)].organisation_id)
    body = {
        name: organisation if value == OWN_ORGANISATION else value
        for name, value in bodies(world, mine["buyer"], mine["supplier"])[case.policy.route].items()
    }
    if path.startswith("/api/"):
        return await client.request(method, path, json=body, headers={"idempotency-key": str(uuid4()), "if-match": "1"})
    form: dict[str, Any] = {**body, "csrf_token": client.headers.get("x-csrf-token", ""), "idempotency_key": str(uuid4())}
    return await client.post(path, content=urlencode(form, doseq=True), headers={"content-type": "application/x-www-form-urlencoded"})


def test_matrix_knows_a_body_for_every_writing_route_and_no_other(world: World) -> None:
    writing = {policy.route for policy in policies() if not policy.route.startswith("GET ")}
    assert writing == bodies(world, world.own["buyer"], world.own["supplier"]).keys()


def test_matrix_names_the_object_of_every_route_that_takes_one() -> None:
    assert [policy.route for policy in policies() if PARAMETER.search(policy.route) and not policy.sample] == []


def test_matrix_expects_refusals_of_writing_routes_alone() -> None:
    writing = {policy.route for policy in policies() if not policy.route.startswith("GET ")}
    assert (expected.REFUSED.keys() | expected.WRONG_PROOF.keys()) - writing == set()


def test_matrix_has_at_least_500_cases() -> None:
    assert len(cases()) >= 500


@pytest.mark.parametrize("case", cases(), ids=lambda case: case.id)
async def test_matrix(case: Case, world: World, clients: dict[str, httpx.AsyncClient], rolled_back: Connection) -> None:
    assert rolled_back
    who, policy = _actor(case.caller, world), case.policy
    answer = await _call(case, world, clients[case.caller])
    is_api = policy.route.split(" ", 1)[1].startswith(("/api/", "/health", "/metrics"))
    assert answer.status_code < 500, answer.text[:500]
    if not permits(policy, who):
        if not who.is_anonymous:
            assert answer.status_code == 403, answer.text[:300]
        elif is_api or not policy.route.startswith("GET "):
            assert answer.status_code == 401, answer.text[:300]
        else:
            assert (answer.status_code, answer.headers["location"][:8]) == (303, "/sign-in")
        return
    if who.scopes is not None and policy.scope not in who.scopes:
        assert (answer.status_code == 403) == ("anyone" not in policy.allow)
        return
    if case.target == "own":
        _check_own(case, answer)
        return
    if case.target == "missing":
        assert answer.status_code == 404, answer.text[:300]
        return
    await _check_foreign(case, answer, world, clients)


class _Undone(Exception):
    """What was done is to be rolled back."""


# Counters and secrets made anew for each answer.
ALWAYS_ANOTHER = frozenset({"GET /metrics", "GET /invitations/{token:str}", "GET /api/v1/invitations/{token:str}"})
OPEN = [policy for policy in policies() if "anyone" in policy.allow]


@pytest.mark.parametrize("policy", OPEN, ids=lambda policy: policy.route)
async def test_what_is_open_to_anyone_answers_a_key_of_another_scope_as_nobody(
    policy: Policy, world: World, app: Edge, clients: dict[str, httpx.AsyncClient], rolled_back: Connection
) -> None:
    assert rolled_back
    who = world.logins["buyer_a"]
    new = NewApiKey(name="ERP", scopes=("addresses:write",))
    made = await identity.create_api_key(new, organisation_id=who.organisation_id, actor=who.actor, now=NOW)
    case = Case(policy, "key_without_scope", "own")
    # What nobody's call has done is undone, so that the key finds the same.
    with suppress(_Undone):
        async with savepoint():
            nobody = await _call(case, world, clients["anonymous"])
            raise _Undone
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000", headers={"authorization": f"Bearer {made.key}"}) as keyed:
        answer = await _call(case, world, keyed)
    assert answer.status_code == nobody.status_code
    if policy.route not in ALWAYS_ANOTHER:
        assert _plain(answer) == _plain(nobody)


def _check_own(case: Case, answer: httpx.Response) -> None:
    """An own object is there: a read answers it, and a write succeeds or is refused with the very status that its sample calls for."""
    if case.policy.route.startswith("GET "):
        assert answer.status_code in {200, 303, 410} or case.policy.route in {"GET /api/v1/session", "GET /metrics"}, answer.text[:300]
        return
    assert answer.status_code in expected.statuses(case.policy.route, case.caller), answer.text[:300]


async def _check_foreign(case: Case, answer: httpx.Response, world: World, clients: dict[str, httpx.AsyncClient]) -> None:
    """Another's object answers like a missing one, in status and body; what both sides of a deal or the operator may see is not foreign."""
    if case.caller == "operator" and _is_everybodys(case.policy):
        assert answer.status_code in expected.SUCCESS, answer.text[:300]
        return
    missing = msgspec.structs.replace(case, target="missing")
    other = await _call(missing, world, clients[case.caller])
    assert (answer.status_code, other.status_code) == (404, 404), (answer.text[:300], other.text[:300])
    assert _plain(answer) == _plain(other)


def _is_everybodys(policy: Policy) -> bool:
    """Tell whether the operator is meant to reach any organisation's: on its own pages, and among orders, which it may read."""
    return "/operator/" in policy.route or policy.sample in {"order", "order_group", "shipment"}


def _plain(answer: httpx.Response) -> bytes:
    return INSTANCE.sub(b"", answer.content)


def test_every_route_with_an_object_is_asked_for_anothers_unless_it_is_everybodys() -> None:
    asked = {case.policy.route for case in cases() if case.target == "foreign"}
    others = {
        (policy.sample, *PARAMETER.findall(policy.route)) for policy in policies() if PARAMETER.search(policy.route) and policy.route not in asked
    }
    assert others - EVERYBODYS == set()
