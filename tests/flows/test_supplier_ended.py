"""Generated from the policy table: a terminated supplier changes nothing any more of what it keeps here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode
from uuid import uuid4

import pytest

from tests.edge.refusals import check_problem
from tests.matrix.cases import PARAMETER, policies
from tests.matrix.samples import bodies
from tests.races.test_acting_routes import counted

if TYPE_CHECKING:
    import httpx

    from marketplace.kernel.database import Connection
    from marketplace.kernel.package import Policy
    from tests.world import World

KEPT = (
    "offers", "prices", "sites", "freight-tables", "freight-packings", "supplier/offers", "supplier/prices", "supplier/sites", "supplier/freight",
    "visibility", "supplier/visibility", "certificates", "supplier/certificates", "supplier/profile",
)  # fmt: skip
FILED = ("supplier/imports", "supplier/grid")
# These change nothing that is kept, or only end what was begun.
HARMLESS = ("/preview", "/abandon", "/try", "/check", "/look")
ENDED = "UPDATE vendors.suppliers SET state = 'terminated', ends_on = '2026-11-01' WHERE organisation_id = $1"
WRITTEN = "SELECT (SELECT count(*) FROM kernel.audit_rows) + (SELECT count(*) FROM kernel.outbox) + (SELECT count(*) FROM vendors.price_versions)"


def _is_kept(policy: Policy) -> bool:
    path = policy.route.split(" ", 1)[1].removeprefix("/api/v1/").removeprefix("/")
    is_write = not policy.route.startswith("GET ") and (policy.acts or policy.keyed)
    return is_write and path.startswith(KEPT + FILED) and not path.endswith(HARMLESS)


WRITES = [policy for policy in policies() if _is_kept(policy)]


def test_every_kind_of_write_is_asked() -> None:
    assert {part for part in KEPT + FILED for policy in WRITES if f"/{part}" in policy.route} == {*KEPT, *FILED}


@pytest.mark.parametrize("policy", WRITES, ids=lambda policy: policy.route.replace(" ", "_"))
async def test_a_terminated_supplier_writes_nothing(
    policy: Policy, clients: dict[str, httpx.AsyncClient], world: World, rolled_back: Connection
) -> None:
    method, path = policy.route.split(" ", 1)
    client = clients["supplier_a"]
    if policy.sample:
        path = PARAMETER.sub(world.own["supplier"][policy.sample], path, count=1)
    body: dict[str, Any] = bodies(world, world.own["buyer"], world.own["supplier"])[policy.route]
    await rolled_back.execute(ENDED, world.logins["supplier_a"].organisation_id)
    before = await counted(WRITTEN)
    if path.startswith("/api/"):
        answer = await client.request(method, path, json=body, headers={"idempotency-key": uuid4().hex, "if-match": '"1"'})
        check_problem(answer, 409, "supplier-ended")
    else:
        form = {**body, "csrf_token": client.headers["x-csrf-token"], "idempotency_key": uuid4().hex}
        headers = {"content-type": "application/x-www-form-urlencoded"}
        answer = await client.post(path, content=urlencode(form, doseq=True), headers=headers)
        assert (answer.status_code, "no longer sells here for good" in answer.text) == (409, True), answer.text[-2000:]
    assert await counted(WRITTEN) == before
