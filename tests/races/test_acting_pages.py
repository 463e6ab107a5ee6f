"""Generated from the policy table: 64 parallel posts of each page's acting form with one key have one effect and lead to one place."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode
from uuid import UUID, uuid4

import msgspec
import pytest

from buyers.addresses import service as addresses
from buyers.addresses.schemas import AddressInput
from marketplace.catalogue.matches import service as matches
from marketplace.kernel.actor import WORKER
from marketplace.kernel.database import transaction
from marketplace.kernel.identity import service as identity
from marketplace.kernel.people.schemas import NewPerson
from tests.conftest import NOW
from tests.matrix.cases import PARAMETER, policies
from tests.matrix.samples import bodies
from tests.races.test_acting_routes import FINISHED, ORDER_LOG, PARALLEL, SUPPLIER_ACTS, SUPPLIER_VERSIONS, counted

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    import httpx

    from marketplace.kernel.http.edge import Edge
    from marketplace.kernel.package import Policy
    from tests.world import World

ACTING = [policy for policy in policies() if policy.acts and not policy.route.split(" ", 1)[1].startswith("/api/")]
FORM = {"content-type": "application/x-www-form-urlencoded"}
INVITATIONS = "SELECT count(*) FROM kernel.invitations"
REVOKED = "SELECT count(*) FROM kernel.api_keys WHERE revoked_at IS NOT NULL"
# What one post moves by one.
EFFECTS = {
    "POST /operator/organisations": "SELECT count(*) FROM kernel.organisations",
    "POST /operator/organisations/{organisation_id:uuid}/state": "SELECT sum(version) FROM kernel.organisations",
    "POST /operator/works/revive": "SELECT count(*) FROM kernel.audit_rows WHERE action = 'fact.revived'",
    "POST /operator/organisations/{organisation_id:uuid}/invitations": INVITATIONS,
    "POST /operator/organisations/{organisation_id:uuid}/api-keys/{key_id:uuid}/revoke": REVOKED,
    "POST /members/invitations": INVITATIONS,
    "POST /members/invitations/{invitation_id:uuid}/withdraw": "SELECT count(*) FROM kernel.invitations WHERE state = 'withdrawn'",
    "POST /members/api-keys/{key_id:uuid}/revoke": REVOKED,
    "POST /members/{member_id:uuid}/roles": "SELECT sum(version) FROM kernel.memberships",
    "POST /members/{member_id:uuid}/remove": "SELECT -count(*) FROM kernel.memberships WHERE state = 'active'",
    "POST /members/leave": "SELECT -count(*) FROM kernel.memberships WHERE state = 'active'",
    "POST /members/api-keys": "SELECT count(*) FROM kernel.api_keys",
    "POST /members/api-keys/{key_id:uuid}/rotate": "SELECT count(*) FROM kernel.api_keys",
    "POST /ranking/own": "SELECT sum(version) FROM trade.own_weights",
    "POST /operator/ranking": "SELECT count(*) FROM trade.ranking_versions",
    "POST /company": "SELECT coalesce(sum(version), 0) FROM buyers.companies",
    "POST /company/units": "SELECT count(*) FROM buyers.units",
    "POST /company/units/{unit_id:uuid}": "SELECT sum(version) FROM buyers.units",
    "POST /addresses": "SELECT count(*) FROM buyers.addresses",
    "POST /addresses/{address_id:uuid}": "SELECT sum(version) FROM buyers.addresses",
    "POST /addresses/{address_id:uuid}/archive": "SELECT count(*) FROM buyers.addresses WHERE state = 'archived'",
    "POST /operator/organisations/{organisation_id:uuid}/supplier": "SELECT count(*) FROM vendors.suppliers",
    "POST /supplier/state/change": SUPPLIER_ACTS,
    "POST /operator/suppliers/{supplier_id:uuid}/state/change": SUPPLIER_ACTS,
    "POST /supplier/certificates": "SELECT count(*) FROM vendors.certificates",
    "POST /supplier/certificates/{certificate_id:uuid}/withdraw": "SELECT count(*) FROM vendors.certificates WHERE state = 'withdrawn'",
    "POST /supplier/trust/orders/{order_id:uuid}/contest": "SELECT count(*) FROM trust.contests",
    "POST /operator/trust/contests/{contest_id:uuid}/decision": "SELECT count(*) FROM trust.contest_decisions",
    "POST /operator/certificates/{certificate_id:uuid}/confirm": "SELECT count(*) FROM vendors.certificates WHERE state = 'confirmed'",
    "POST /supplier/profile": SUPPLIER_VERSIONS,
    "POST /operator/suppliers/{supplier_id:uuid}/legal": "SELECT sum(version) FROM kernel.organisations",
    "POST /operator/suppliers/{supplier_id:uuid}/terms": SUPPLIER_VERSIONS,
    "POST /operator/suppliers/{supplier_id:uuid}/checks": "SELECT count(*) FROM vendors.supplier_checks",
    "POST /operator/numbers/{flag_id:uuid}": "SELECT count(*) FROM kernel.audit_rows WHERE action LIKE 'number_flag.%'",
    "POST /operator/categories": "SELECT count(*) FROM catalogue.categories",
    "POST /operator/categories/{category_id:uuid}": "SELECT sum(version) FROM catalogue.categories",
    "POST /operator/categories/{category_id:uuid}/move": "SELECT sum(version) FROM catalogue.categories",
    "POST /operator/categories/{category_id:uuid}/schema": "SELECT count(*) FROM catalogue.schema_versions",
    "POST /operator/duty": "SELECT count(*) FROM services.duty_rates",
    "POST /operator/duty/file": "SELECT count(*) FROM services.duty_rates",
    "POST /operator/duty/rates/{rate_id:uuid}/end": "SELECT count(*) FROM services.duty_rates WHERE valid_to IS NOT NULL",
    "POST /operator/duty/unions": "SELECT count(*) FROM services.customs_unions",
    "POST /supplier/freight": "SELECT count(*) FROM services.freight_tables",
    "POST /supplier/freight/{table_id:uuid}": "SELECT count(*) FROM services.freight_tables",
    "POST /supplier/freight/{table_id:uuid}/end": "SELECT count(*) FROM services.freight_tables WHERE valid_to IS NOT NULL",
    "POST /supplier/freight/file": "SELECT count(*) FROM services.freight_tables",
    "POST /supplier/freight/pallets": "SELECT count(*) FROM services.freight_packings",
    "POST /supplier/sites": "SELECT count(*) FROM vendors.sites",
    "POST /supplier/sites/{site_id:uuid}": "SELECT sum(version) FROM vendors.sites",
    "POST /supplier/sites/{site_id:uuid}/exceptions": "SELECT count(*) FROM vendors.site_exceptions",
    "POST /supplier/offers": "SELECT count(*) FROM vendors.offers",
    "POST /supplier/offers/{offer_id:uuid}/price": "SELECT count(*) FROM vendors.price_versions",
    "POST /supplier/offers/{offer_id:uuid}/stock": "SELECT count(*) FROM vendors.stock_movements",
    "POST /supplier/offers/{offer_id:uuid}/prices": "SELECT count(*) FROM vendors.price_versions",
    "POST /supplier/prices/{price_id:uuid}/withdraw": "SELECT count(*) FROM vendors.price_withdrawals",
    "POST /supplier/offers/{offer_id:uuid}/terms": "SELECT sum(version) FROM vendors.offers",
    "POST /supplier/offers/{offer_id:uuid}/watch": "SELECT count(*) FROM vendors.stock_watches",
    "POST /supplier/visibility": "SELECT sum(version) FROM vendors.visibility_rules",
    "POST /supplier/visibility/grants": "SELECT count(*) FROM vendors.visibility_grants",
    "POST /supplier/visibility/grants/withdraw": "SELECT -count(*) FROM vendors.visibility_grants",
    "POST /supplier/offers/{offer_id:uuid}/state": "SELECT sum(version) FROM vendors.offers",
    "POST /supplier/grid": "SELECT count(*) FROM trade.grid_saves",
    "POST /supplier/grid/undo": "SELECT count(*) FROM trade.grid_saves",
    "POST /operator/catalogue/imports": "SELECT count(*) FROM catalogue.import_runs",
    "POST /operator/catalogue/imports/{product_import_id:uuid}/mapping": "SELECT count(*) FROM catalogue.import_runs WHERE state = 'waiting'",
    "POST /operator/catalogue/imports/{product_import_id:uuid}/apply": "SELECT count(*) FROM catalogue.import_runs WHERE state = 'applying'",
    "POST /operator/catalogue/imports/{product_import_id:uuid}/abandon": "SELECT count(*) FROM catalogue.import_runs WHERE state = 'abandoned'",
    "POST /supplier/imports": "SELECT count(*) FROM vendors.import_runs",
    "POST /supplier/imports/{import_id:uuid}/mapping": "SELECT count(*) FROM vendors.import_runs WHERE state = 'waiting'",
    "POST /supplier/imports/{import_id:uuid}/apply": "SELECT count(*) FROM vendors.import_runs WHERE state = 'applying'",
    "POST /supplier/imports/{import_id:uuid}/abandon": "SELECT count(*) FROM vendors.import_runs WHERE state = 'abandoned'",
    "POST /operator/matches/many": "SELECT count(*) FROM catalogue.match_candidates WHERE state = 'apart'",
    "POST /operator/matches/{match_id:uuid}/merge": "SELECT count(*) FROM catalogue.merges",
    "POST /operator/matches/{match_id:uuid}/reopen": "SELECT count(*) FROM kernel.audit_rows WHERE action = 'products.pair_reopened'",
    "POST /operator/matches/{match_id:uuid}/apart": "SELECT count(*) FROM catalogue.match_candidates WHERE state = 'apart'",
    "POST /operator/merges/{merge_id:uuid}/undo": "SELECT count(*) FROM catalogue.merges WHERE undone_at IS NOT NULL",
    "POST /supplier/offers/{offer_id:uuid}/dispute": "SELECT count(*) FROM vendors.match_disputes",
    "POST /supplier/disputes/{dispute_id:uuid}/withdraw": "SELECT count(*) FROM vendors.match_disputes WHERE state = 'withdrawn'",
    "POST /operator/disputes/{dispute_id:uuid}/decision": "SELECT count(*) FROM vendors.match_disputes WHERE state = 'refused'",
    "POST /operator/sorting/products": "SELECT count(DISTINCT step_id) FROM catalogue.sorting_corrections WHERE undoes IS NULL",
    "POST /operator/sorting/undo": "SELECT count(DISTINCT undoes) FROM catalogue.sorting_corrections",
    "POST /operator/search/words": "SELECT count(*) FROM trade.search_synonyms",
    "POST /operator/search/words/{rule_id:uuid}": "SELECT count(*) FROM trade.search_synonyms WHERE NOT is_active",
    "POST /operator/search/words/file": "SELECT count(*) FROM trade.search_synonyms",
    "POST /operator/sorting/rules": "SELECT count(*) FROM catalogue.sorting_rules",
    "POST /operator/sorting/rules/{rule_id:uuid}": "SELECT count(*) FROM catalogue.sorting_rules WHERE NOT is_active",
    "POST /operator/sorting/rules/proposed": "SELECT count(*) FROM catalogue.sorting_rules",
    "POST /operator/sorting/runs": "SELECT count(*) FROM catalogue.sorting_runs",
    "POST /supplier/proposals": "SELECT count(*) FROM catalogue.proposals",
    "POST /supplier/proposals/file": "SELECT count(*) FROM catalogue.proposals",
    "POST /supplier/proposals/{proposal_id:uuid}/withdraw": "SELECT count(*) FROM catalogue.proposals WHERE state = 'withdrawn'",
    "POST /operator/proposals/{proposal_id:uuid}/decision": "SELECT count(*) FROM catalogue.proposals WHERE state = 'rejected'",
    "POST /operator/approval-rules": "SELECT count(*) FROM catalogue.approval_rules",
    "POST /operator/approval-rules/{rule_id:uuid}/end": "SELECT count(*) FROM catalogue.approval_rules WHERE ended_at IS NOT NULL",
    "POST /cart/lines": "SELECT count(*) FROM trade.cart_lines",
    "POST /cart/lines/{line_id:uuid}": "SELECT sum(version) FROM trade.carts",
    "POST /cart/lines/{line_id:uuid}/remove": "SELECT -count(*) FROM trade.cart_lines",
    "POST /cart/address": "SELECT count(*) FROM trade.carts c JOIN buyers.addresses a ON a.id = c.address_id WHERE a.label = 'Plant 3'",
    "POST /wanted": "SELECT count(*) FROM trade.wanted",
    "POST /wanted/{wanted_id:uuid}/withdraw": "SELECT count(*) FROM trade.wanted WHERE state = 'withdrawn'",
    "POST /operator/wanted/{wanted_id:uuid}/answer": "SELECT count(*) FROM trade.wanted WHERE state = 'looking'",
    "POST /saved-searches": "SELECT count(*) FROM trade.saved_searches",
    "POST /saved-searches/{search_id:uuid}": "SELECT sum(version) FROM trade.saved_searches",
    "POST /comparisons": "SELECT count(*) FROM trade.saved_comparisons",
    "POST /comparisons/{comparison_id:uuid}": "SELECT sum(version) FROM trade.saved_comparisons",
    "POST /comparisons/{comparison_id:uuid}/snapshots": "SELECT count(*) FROM trade.comparison_snapshots",
    "POST /checkout": "SELECT count(*) FROM trade.order_groups",
    "POST /orders/{order_id:uuid}/accept": ORDER_LOG,
    "POST /orders/{order_id:uuid}/refuse": ORDER_LOG,
    "POST /orders/{order_id:uuid}/cancel": ORDER_LOG,
    "POST /orders/{order_id:uuid}/ship": "SELECT count(*) FROM trade.shipments",
    "POST /shipments/{shipment_id:uuid}/deliver": "SELECT count(*) FROM kernel.state_log WHERE entity = 'shipment'",
}


class Post(msgspec.Struct, frozen=True):
    """One form, ready to be sent again and again."""

    client: Any
    path: str
    fields: dict[str, Any]

    async def send(self, **other: str) -> httpx.Response:
        """Send the form, with other fields where they are given."""
        answer: httpx.Response = await self.client.post(self.path, content=urlencode({**self.fields, **other}, doseq=True), headers=FORM)
        return answer


async def _colleague(post: Post, world: World) -> Post:
    """Let the act be done to somebody who is not the last owner."""
    organisation_id = world.logins["buyer_a"].organisation_id
    person = NewPerson(email="colleague@demo.example", name="Ada Keller", password="violet tractor hums at noon")
    await identity.create_person(person, organisation_id=organisation_id, roles=("viewer",), actor=WORKER, now=NOW)
    members = await identity.members(organisation_id, actor=world.logins["buyer_a"].actor)
    colleague = next(member for member in members if member.roles == ["viewer"])
    return msgspec.structs.replace(post, path=re.sub("[0-9a-f-]{36}", str(colleague.id), post.path), fields={**post.fields, "roles": "purchaser"})


async def _another_owner(post: Post, world: World) -> Post:
    """Let who leaves not be the last owner."""
    person = NewPerson(email="successor@demo.example", name="Ada Keller", password="violet tractor hums at noon")
    await identity.create_person(person, organisation_id=world.logins["buyer_a"].organisation_id, roles=("owner",), actor=WORKER, now=NOW)
    return post


async def _given_up(post: Post, world: World) -> Post:
    """Let there be a delivery that was given up."""
    assert world
    async with transaction(actor=WORKER) as connection:
        fact_id = await connection.fetchval(
            "UPDATE kernel.inbox SET state = 'dead', done_at = NULL WHERE ctid = (SELECT min(ctid) FROM kernel.inbox) RETURNING fact_id"
        )
        handler = await connection.fetchval("SELECT handler FROM kernel.inbox WHERE fact_id = $1 AND state = 'dead'", fact_id)
    return msgspec.structs.replace(post, fields={**post.fields, "fact_id": str(fact_id), "handler": handler})


async def _accepted(post: Post, world: World) -> Post:
    """Let the order be accepted, so that it can be shipped."""
    assert world
    earlier = msgspec.structs.replace(
        post,
        path=post.path.replace("/ship", "/accept"),
        fields={"idempotency_key": uuid4().hex, "csrf_token": post.fields["csrf_token"], "version": "1"},
    )
    assert (await earlier.send()).status_code == 303
    return msgspec.structs.replace(post, fields={**post.fields, "version": "2"})


async def _grid_saved(post: Post, world: World) -> Post:
    """Let there be a save of the price grid to take back."""
    row = bodies(world, world.own["buyer"], world.own["supplier"])["POST /supplier/grid"]
    keys = {"idempotency_key": uuid4().hex, "csrf_token": post.fields["csrf_token"]}
    assert (await msgspec.structs.replace(post, path="/supplier/grid", fields={**row, **keys}).send()).status_code == 303
    return post


async def _key_of_it(post: Post, world: World) -> Post:
    """Name a key of the organisation."""
    return msgspec.structs.replace(post, path=PARAMETER.sub(world.own["buyer"]["api_key"], post.path))


async def _another_address(post: Post, world: World) -> Post:
    """Let there be another address to ship to."""
    new = AddressInput(label="Plant 3", recipient="Goods in", lines=("Werkstraße 4",), city="Dresden", country="DE", postal_code="01067")
    made = await addresses.create_address(new, actor=world.logins["buyer_a"].actor, now=NOW)
    return msgspec.structs.replace(post, fields={**post.fields, "address_id": str(made.id)})


async def _offered(post: Post, world: World) -> Post:
    """Name an article that the supplier offers."""
    async with transaction(actor=WORKER) as connection:
        sku = await connection.fetchval(
            "SELECT min(supplier_sku) FROM vendors.offers WHERE supplier_id = $1", world.logins["supplier_a"].organisation_id
        )
    return msgspec.structs.replace(post, fields={**post.fields, "sku": sku})


async def _told_apart(post: Post, world: World) -> Post:
    """Let a pair be opened again that was called different."""
    found = await matches.match(UUID(world.own["operator"]["match"]))
    await matches.keep_apart(found.low_id, found.high_id, actor=world.logins["operator"].actor, now=NOW)
    return post


# Their first answer is the page that shows a secret; a repeat leads on without it.
SHOWN_ONCE = {
    "POST /members/api-keys",
    "POST /members/api-keys/{key_id:uuid}/rotate",
    "POST /members/invitations",
    "POST /operator/organisations/{organisation_id:uuid}/invitations",
}
SECRET = re.compile(r'value="(?:mk_|https?://[^"]*/invitations/)')
# What has to be there, or to be typed, before a form can be sent with success.
BEFORE: dict[str, Callable[[Post, World], Awaitable[Post]]] = {
    "POST /members/{member_id:uuid}/roles": _colleague,
    "POST /members/{member_id:uuid}/remove": _colleague,
    "POST /members/leave": _another_owner,
    "POST /operator/works/revive": _given_up,
    "POST /supplier/freight/pallets": _offered,
    "POST /cart/address": _another_address,
    "POST /operator/organisations/{organisation_id:uuid}/api-keys/{key_id:uuid}/revoke": _key_of_it,
    "POST /supplier/grid/undo": _grid_saved,
    "POST /orders/{order_id:uuid}/ship": _accepted,
    "POST /operator/matches/{match_id:uuid}/reopen": _told_apart,
}
TYPED: dict[str, dict[str, Any]] = {
    "POST /supplier/offers": {"origin_country": "DE", "tier_from": ["1", ""], "tier_price": ["2.50", ""]},
    "POST /supplier/offers/{offer_id:uuid}/price": {"tier_from": ["1"], "tier_price": ["2.50"]},
}


async def acting(policy: Policy, world: World, clients: dict[str, httpx.AsyncClient]) -> Post:
    """Prepare a form by the first capacity that may send it, for an object of its own."""
    capacity = "buyer" if policy.allow[0] == "anyone" else policy.allow[0].partition(":")[0]
    client = clients[capacity if capacity == "operator" else f"{capacity}_a"]
    ids = world.own["buyer"] if policy.sample == "organisation" else world.own[capacity]
    path = policy.route.split(" ", 1)[1]
    if policy.sample:
        path = PARAMETER.sub(ids[policy.sample], path, count=1)
    keys = {"idempotency_key": uuid4().hex, "csrf_token": client.headers["x-csrf-token"]}
    post = Post(client, path, {**bodies(world, world.own["buyer"], world.own["supplier"])[policy.route], **TYPED.get(policy.route, {}), **keys})
    return await BEFORE[policy.route](post, world) if policy.route in BEFORE else post


def test_every_acting_form_has_an_effect_to_count() -> None:
    assert {policy.route for policy in ACTING} == EFFECTS.keys()


@pytest.mark.parametrize("policy", ACTING, ids=lambda policy: policy.route.replace(" ", "_"))
async def test_64_parallel_posts_with_one_key_have_one_effect(
    policy: Policy, clients: dict[str, httpx.AsyncClient], world: World, app: Edge, committed: object
) -> None:
    assert committed
    assert app
    post = await acting(policy, world, clients)
    effect, finished = await counted(EFFECTS[policy.route]), await counted(FINISHED)
    answers = await asyncio.gather(*(post.send() for _ in range(PARALLEL)))
    assert {answer.status_code for answer in answers} <= {200, 303, 409}, answers[0].text[-3000:]
    assert all("is under way" in answer.text for answer in answers if answer.status_code == 409)
    shown = [answer for answer in answers if answer.status_code == 200]
    assert [len(SECRET.findall(answer.text)) for answer in shown] == ([1] if policy.route in SHOWN_ONCE else [])
    again = await post.send()
    assert again.status_code == 303
    places = {answer.headers["location"] for answer in answers if answer.status_code == 303}
    assert places <= {again.headers["location"]}
    assert shown or places
    assert await counted(EFFECTS[policy.route]) == effect + 1
    assert await counted(FINISHED) == finished + 1
    other = await post.send(typed_since="something else")
    assert (other.status_code, other.headers["content-type"]) == (422, "text/html; charset=utf-8")
    assert "was used for another content" in other.text
    assert await counted(EFFECTS[policy.route]) == effect + 1
    assert await counted(FINISHED) == finished + 1
