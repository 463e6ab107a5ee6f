"""Generated from the policy table: 64 parallel calls of each acting route with one key have one effect, and the key takes no other body."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import msgspec
import pytest

from marketplace.kernel.actor import WORKER
from marketplace.kernel.database import transaction
from tests.matrix.cases import PARAMETER, policies
from tests.matrix.samples import bodies

if TYPE_CHECKING:
    import httpx

    from marketplace.kernel.http.edge import Edge
    from marketplace.kernel.package import Policy
    from tests.world import World

PARALLEL = 64
ACTING = [policy for policy in policies() if policy.acts and policy.route.split(" ", 1)[1].startswith("/api/")]
ORDER_LOG = "SELECT count(*) FROM kernel.state_log WHERE entity = 'order'"
SUPPLIER_ACTS = "SELECT count(*) FROM vendors.supplier_acts"
SUPPLIER_VERSIONS = "SELECT sum(version) FROM vendors.suppliers"
# What one call of a route moves by one.
EFFECTS = {
    "POST /api/v1/operator/organisations": "SELECT count(*) FROM kernel.organisations",
    "POST /api/v1/operator/organisations/{organisation_id:uuid}/state": "SELECT sum(version) FROM kernel.organisations",
    "POST /api/v1/organisation/api-keys": "SELECT count(*) FROM kernel.api_keys",
    "POST /api/v1/organisation/api-keys/{key_id:uuid}/rotate": "SELECT count(*) FROM kernel.api_keys",
    "POST /api/v1/operator/organisations/{organisation_id:uuid}/supplier": "SELECT count(*) FROM vendors.suppliers",
    "POST /api/v1/supplier/life": SUPPLIER_ACTS,
    "POST /api/v1/operator/suppliers/{supplier_id:uuid}/life": SUPPLIER_ACTS,
    "POST /api/v1/certificates": "SELECT count(*) FROM vendors.certificates",
    "POST /api/v1/certificates/{certificate_id:uuid}/withdraw": "SELECT count(*) FROM vendors.certificates WHERE state = 'withdrawn'",
    "POST /api/v1/operator/certificates/{certificate_id:uuid}/confirm": "SELECT count(*) FROM vendors.certificates WHERE state = 'confirmed'",
    "POST /api/v1/trust/orders/{order_id:uuid}/contests": "SELECT count(*) FROM trust.contests",
    "POST /api/v1/operator/trust/contests/{contest_id:uuid}/decision": "SELECT count(*) FROM trust.contest_decisions",
    "PUT /api/v1/supplier/profile": SUPPLIER_VERSIONS,
    "PUT /api/v1/operator/suppliers/{supplier_id:uuid}/legal": "SELECT sum(version) FROM kernel.organisations",
    "PUT /api/v1/operator/suppliers/{supplier_id:uuid}/terms": SUPPLIER_VERSIONS,
    "POST /api/v1/operator/suppliers/{supplier_id:uuid}/checks": "SELECT count(*) FROM vendors.supplier_checks",
    "POST /api/v1/operator/number-flags/{flag_id:uuid}/decision": "SELECT count(*) FROM kernel.audit_rows WHERE action LIKE 'number_flag.%'",
    "POST /api/v1/operator/categories": "SELECT count(*) FROM catalogue.categories",
    "PUT /api/v1/operator/categories/{category_id:uuid}": "SELECT sum(version) FROM catalogue.categories",
    "POST /api/v1/operator/categories/{category_id:uuid}/move": "SELECT sum(version) FROM catalogue.categories",
    "PUT /api/v1/operator/categories/{category_id:uuid}/schema": "SELECT count(*) FROM catalogue.schema_versions",
    "POST /api/v1/operator/duty/rates": "SELECT count(*) FROM services.duty_rates",
    "POST /api/v1/operator/duty/file": "SELECT count(*) FROM services.duty_rates",
    "POST /api/v1/operator/duty/rates/{rate_id:uuid}/end": "SELECT count(*) FROM services.duty_rates WHERE valid_to IS NOT NULL",
    "PUT /api/v1/operator/duty/unions": "SELECT count(*) FROM services.customs_unions",
    "POST /api/v1/freight-tables": "SELECT count(*) FROM services.freight_tables",
    "POST /api/v1/freight-tables/file": "SELECT count(*) FROM services.freight_tables",
    "POST /api/v1/freight-tables/{table_id:uuid}/versions": "SELECT count(*) FROM services.freight_tables",
    "POST /api/v1/freight-tables/{table_id:uuid}/end": "SELECT count(*) FROM services.freight_tables WHERE valid_to IS NOT NULL",
    "PUT /api/v1/freight-packings": "SELECT count(*) FROM services.freight_packings",
    "POST /api/v1/sites": "SELECT count(*) FROM vendors.sites",
    "POST /api/v1/sites/{site_id:uuid}/exceptions": "SELECT count(*) FROM vendors.site_exceptions",
    "PUT /api/v1/sites/{site_id:uuid}": "SELECT sum(version) FROM vendors.sites",
    "POST /api/v1/offers": "SELECT count(*) FROM vendors.offers",
    "PATCH /api/v1/offers/{offer_id:uuid}": "SELECT count(*) FROM vendors.price_versions",
    "PUT /api/v1/offers/{offer_id:uuid}/stock": "SELECT count(*) FROM vendors.stock_movements",
    "POST /api/v1/supplier/grid": "SELECT count(*) FROM trade.grid_saves",
    "POST /api/v1/supplier/grid/undo": "SELECT count(*) FROM trade.grid_saves",
    "POST /api/v1/offers/{offer_id:uuid}/prices": "SELECT count(*) FROM vendors.price_versions",
    "POST /api/v1/prices/{price_id:uuid}/withdraw": "SELECT count(*) FROM vendors.price_withdrawals",
    "PUT /api/v1/offers/{offer_id:uuid}/watch": "SELECT count(*) FROM vendors.stock_watches",
    "PUT /api/v1/visibility": "SELECT sum(version) FROM vendors.visibility_rules",
    "POST /api/v1/visibility/grants": "SELECT count(*) FROM vendors.visibility_grants",
    "DELETE /api/v1/visibility/grants/{organisation_id:uuid}": "SELECT -count(*) FROM vendors.visibility_grants",
    "POST /api/v1/operator/catalogue/imports": "SELECT count(*) FROM catalogue.import_runs",
    "POST /api/v1/operator/catalogue/imports/{product_import_id:uuid}/apply": "SELECT count(*) FROM catalogue.import_runs WHERE state = 'applying'",
    "POST /api/v1/operator/catalogue/imports/{product_import_id:uuid}/abandon": "SELECT count(*) FROM catalogue.import_runs WHERE state = 'abandoned'",
    "POST /api/v1/supplier/imports": "SELECT count(*) FROM vendors.import_runs",
    "POST /api/v1/supplier/imports/{import_id:uuid}/apply": "SELECT count(*) FROM vendors.import_runs WHERE state = 'applying'",
    "POST /api/v1/supplier/imports/{import_id:uuid}/abandon": "SELECT count(*) FROM vendors.import_runs WHERE state = 'abandoned'",
    "POST /api/v1/operator/sorting/corrections": "SELECT count(DISTINCT step_id) FROM catalogue.sorting_corrections WHERE undoes IS NULL",
    "POST /api/v1/operator/sorting/corrections/undo": "SELECT count(DISTINCT undoes) FROM catalogue.sorting_corrections",
    "POST /api/v1/operator/search/words": "SELECT count(*) FROM trade.search_synonyms",
    "PUT /api/v1/operator/search/words/{rule_id:uuid}": "SELECT count(*) FROM trade.search_synonyms WHERE NOT is_active",
    "POST /api/v1/operator/search/words/file": "SELECT count(*) FROM trade.search_synonyms",
    "POST /api/v1/operator/sorting/rules": "SELECT count(*) FROM catalogue.sorting_rules",
    "POST /api/v1/operator/sorting/rules/{rule_id:uuid}/change": "SELECT count(*) FROM catalogue.sorting_rules WHERE NOT is_active",
    "POST /api/v1/operator/sorting/proposals": "SELECT count(*) FROM catalogue.sorting_rules",
    "POST /api/v1/operator/sorting/runs": "SELECT count(*) FROM catalogue.sorting_runs",
    "POST /api/v1/proposals": "SELECT count(*) FROM catalogue.proposals",
    "POST /api/v1/proposals/many": "SELECT count(*) FROM catalogue.proposals",
    "POST /api/v1/proposals/file": "SELECT count(*) FROM catalogue.proposals",
    "POST /api/v1/proposals/{proposal_id:uuid}/withdraw": "SELECT count(*) FROM catalogue.proposals WHERE state = 'withdrawn'",
    "POST /api/v1/operator/proposals/{proposal_id:uuid}/decision": "SELECT count(*) FROM catalogue.proposals WHERE state = 'rejected'",
    "POST /api/v1/offers/{offer_id:uuid}/dispute": "SELECT count(*) FROM vendors.match_disputes",
    "POST /api/v1/disputes/{dispute_id:uuid}/withdraw": "SELECT count(*) FROM vendors.match_disputes WHERE state = 'withdrawn'",
    "POST /api/v1/operator/disputes/{dispute_id:uuid}/decision": "SELECT count(*) FROM vendors.match_disputes WHERE state = 'refused'",
    "POST /api/v1/operator/matches/apart": "SELECT count(*) FROM catalogue.match_candidates WHERE state = 'apart'",
    "POST /api/v1/operator/matches/{match_id:uuid}/reopen": "SELECT count(*) FROM kernel.audit_rows WHERE action = 'products.pair_reopened'",
    "POST /api/v1/operator/matches/many": "SELECT count(*) FROM catalogue.match_candidates WHERE state = 'apart'",
    "POST /api/v1/operator/merges": "SELECT count(*) FROM catalogue.merges",
    "POST /api/v1/operator/merges/{merge_id:uuid}/undo": "SELECT count(*) FROM catalogue.merges WHERE undone_at IS NOT NULL",
    "POST /api/v1/operator/approval-rules": "SELECT count(*) FROM catalogue.approval_rules",
    "POST /api/v1/operator/approval-rules/{rule_id:uuid}/end": "SELECT count(*) FROM catalogue.approval_rules WHERE ended_at IS NOT NULL",
    "POST /api/v1/units": "SELECT count(*) FROM buyers.units",
    "POST /api/v1/addresses": "SELECT count(*) FROM buyers.addresses",
    "POST /api/v1/addresses/{address_id:uuid}/archive": "SELECT count(*) FROM buyers.addresses WHERE state = 'archived'",
    "POST /api/v1/cart/lines": "SELECT count(*) FROM trade.cart_lines",
    "POST /api/v1/wanted": "SELECT count(*) FROM trade.wanted",
    "POST /api/v1/wanted/{wanted_id:uuid}/withdraw": "SELECT count(*) FROM trade.wanted WHERE state = 'withdrawn'",
    "POST /api/v1/operator/wanted/{wanted_id:uuid}/answer": "SELECT count(*) FROM trade.wanted WHERE state = 'looking'",
    "POST /api/v1/saved-searches": "SELECT count(*) FROM trade.saved_searches",
    "POST /api/v1/comparisons": "SELECT count(*) FROM trade.saved_comparisons",
    "POST /api/v1/comparisons/{comparison_id:uuid}/snapshots": "SELECT count(*) FROM trade.comparison_snapshots",
    "POST /api/v1/checkout": "SELECT count(*) FROM trade.order_groups",
    "POST /api/v1/orders/{order_id:uuid}/accept": ORDER_LOG,
    "POST /api/v1/orders/{order_id:uuid}/refuse": ORDER_LOG,
    "POST /api/v1/orders/{order_id:uuid}/cancel": ORDER_LOG,
    "POST /api/v1/orders/{order_id:uuid}/shipments": "SELECT count(*) FROM trade.shipments",
    "PUT /api/v1/ranking/own": "SELECT sum(version) FROM trade.own_weights",
    "POST /api/v1/operator/ranking/versions": "SELECT count(*) FROM trade.ranking_versions",
    "POST /api/v1/shipments/{shipment_id:uuid}/deliver": "SELECT count(*) FROM kernel.state_log WHERE entity = 'shipment'",
}
# Their first answer shows a secret, which no store holds: a repeat gets the same answer with null in its place.
SHOWN_ONCE = re.compile(rb'"key":(?:"mk_[^"]+"|null)')
# What has to happen before a route can act on the world's object.
BEFORE = {
    "POST /api/v1/orders/{order_id:uuid}/shipments": "POST /api/v1/orders/{order_id:uuid}/accept",
    "POST /api/v1/supplier/grid/undo": "POST /api/v1/supplier/grid",
    "POST /api/v1/operator/matches/{match_id:uuid}/reopen": "POST /api/v1/operator/matches/apart",
}
FINISHED = "SELECT count(*) FROM kernel.idempotency_keys WHERE status IS NOT NULL"


async def counted(sql: str) -> int:
    async with transaction(actor=WORKER) as connection:
        return int(await connection.fetchval(sql))


def plain(answer: httpx.Response) -> bytes:
    """Give an answer without the secret that only the first one shows."""
    return SHOWN_ONCE.sub(b"", answer.content)


class Act(msgspec.Struct, frozen=True):
    """One call, ready to be repeated."""

    client: Any
    method: str
    path: str
    content: bytes
    headers: dict[str, str]

    async def call(self, *, content: bytes = b"") -> httpx.Response:
        """Make the call, with its own body or another one."""
        answer: httpx.Response = await self.client.request(self.method, self.path, content=content or self.content, headers=self.headers)
        return answer


def acting(route: str, allow: tuple[str, ...], world: World, clients: dict[str, httpx.AsyncClient]) -> Act:
    """Prepare a route's call by the first capacity that may make it, on an object of its own."""
    capacity = allow[0].partition(":")[0]
    ids = world.own[capacity] if capacity in world.own else world.own["buyer"]
    caller = capacity if capacity == "operator" else f"{capacity}_a"
    method, path = route.split(" ", 1)
    sample = next(policy.sample for policy in policies() if policy.route == route)
    if sample == "organisation":
        ids = world.own["buyer"]
    if sample:
        path = PARAMETER.sub(ids[sample], path, count=1)
    body = bodies(world, world.own["buyer"], world.own["supplier"])[route]
    headers = {"content-type": "application/json", "idempotency-key": uuid4().hex, "if-match": '"1"'}
    return Act(clients[caller], method, path, msgspec.json.encode(body), headers)


def test_every_acting_route_has_an_effect_to_count() -> None:
    assert {policy.route for policy in ACTING} == EFFECTS.keys()


@pytest.mark.parametrize("policy", ACTING, ids=lambda policy: policy.route.replace(" ", "_"))
async def test_64_parallel_calls_with_one_key_have_one_effect(
    policy: Policy, clients: dict[str, httpx.AsyncClient], world: World, app: Edge, committed: object
) -> None:
    assert committed
    app.allowances.forget()
    if policy.route in BEFORE:
        earlier = next(one for one in ACTING if one.route == BEFORE[policy.route])
        assert (await acting(earlier.route, earlier.allow, world, clients).call()).is_success
    act = acting(policy.route, policy.allow, world, clients)
    if policy.route in BEFORE:
        act = msgspec.structs.replace(act, content=act.content.replace(b'"version":1', b'"version":2'), headers={**act.headers, "if-match": '"2"'})
    effect, finished = await counted(EFFECTS[policy.route]), await counted(FINISHED)
    answers = await asyncio.gather(*(act.call() for _ in range(PARALLEL)))
    done = [answer for answer in answers if answer.is_success]
    assert done, answers[0].text[:500]
    assert {answer.json()["type"].rsplit("/", 1)[1] for answer in answers if not answer.is_success} <= {"idempotency-key-in-flight"}
    again = await act.call()
    assert {(answer.status_code, plain(answer)) for answer in done} == {(again.status_code, plain(again))}
    assert sum(b'"key":"mk_' in answer.content for answer in done) == ("api-keys" in policy.route)
    assert b'"key":"mk_' not in again.content
    assert await counted(EFFECTS[policy.route]) == effect + 1
    assert await counted(FINISHED) == finished + 1
    other = await act.call(content=act.content + b" ")
    assert (other.status_code, other.json()["type"].rsplit("/", 1)[1]) == (422, "idempotency-key-reused")
    assert await counted(EFFECTS[policy.route]) == effect + 1
    assert await counted(FINISHED) == finished + 1
