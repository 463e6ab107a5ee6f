"""A supplier proposes, the operator decides: over pages without a script and over the API, with bad inputs answered and nothing lost."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from marketplace.catalogue.products import service as products
from marketplace.catalogue.proposals import service
from tests.catalogue.proposing import category, product
from tests.conftest import NOW
from tests.vendors import market
from tests.vendors.desk import key, signed_in
from tests.vendors.test_sites_routes import form

if TYPE_CHECKING:
    from uuid import UUID

    import httpx

    from marketplace.kernel.http.edge import Edge

pytestmark = pytest.mark.usefixtures("rolled_back")
INPUT = re.compile(r'<(?:input|textarea|select)[^>]* name="([^"]+)"')


async def typed(product_id: UUID, **changes: str) -> dict[str, str]:
    """Give everything that the form of an edit sends, as it stands on the page, with some of it typed over."""
    held = products.fields(await products.live_product(product_id))
    base = products.fingerprint(held)
    fields = {
        "product_id": str(product_id), "base": base, "title": str(held["title"]), "brand": str(held["brand"]), "part_number": str(held["part_number"]), "gtin": "",
        "category": "test-valves", "unit_code": "C62", "weight_grams": "300", "volume_cm3": "", "description": "Full bore.", "attributes.bore": "20",
        "attributes.material": "brass", "attributes.sealed": "", "note": "", "act": "send",
    }  # fmt: skip
    return fields | {name.replace("attributes_", "attributes."): text for name, text in changes.items()}


async def test_an_edit_goes_from_the_form_to_the_queue_to_the_product_and_its_history(
    app: Edge, clients: dict[str, httpx.AsyncClient], client: httpx.AsyncClient
) -> None:
    seller, made = await market.shop("Hansa Lager", now=NOW), await product(await category())
    operator = clients["operator"]
    async with signed_in(app, seller) as own:
        page = await own.get(f"/supplier/proposals/new?product_id={made}")
        assert {"title", "attributes.bore", "attributes.sealed", "base"} <= set(INPUT.findall(page.text))
        sent = await form(own, "/supplier/proposals", **(await typed(made, title="Ball valve DN 25", attributes_bore="25", note="See the leaflet.")))
        assert sent.status_code == 303, sent.text
        path = sent.headers["location"]
        proposal_id = path.rsplit("/", 1)[1]
        shown = (await own.get(path)).text
        assert "With the operator" in shown
        assert re.search(r"<del>20</del>", shown)
        assert re.search(r"<ins>25</ins>", shown)
        assert "Ball valve DN 20" in (await client.get(f"/en/products/{made}/details")).text
        queue = (await operator.get("/operator/proposals")).text
        assert "Hansa Lager" in queue
        seen = (await operator.get(f"/operator/proposals/{proposal_id}")).text
        assert "See the leaflet." in seen
        base = re.findall(r'name="base" value="([0-9a-f]+)"', seen)[0]
        decision: dict[str, Any] = {"version": "1", "act": "accept", "fields": ["title", "attributes.bore"], "base": base, "text": "Thank you."}
        assert (await form(operator, f"/operator/proposals/{proposal_id}/decision", **decision)).status_code == 303
        shown = (await own.get(path)).text
        assert "Thank you." in shown
    assert (await products.live_product(made)).attributes["bore"] == 25
    history = (await client.get(f"/en/products/{made}/history")).text
    assert "Ball valve" in history
    assert "Hansa Lager" not in history
    assert "Hansa Lager" in (await operator.get(f"/products/{made}/history")).text


async def test_a_form_with_faults_tells_all_at_their_fields_and_keeps_what_was_typed(app: Edge) -> None:
    seller, made = await market.shop("Hansa Lager", now=NOW), await product(await category())
    async with signed_in(app, seller) as own:
        wrong = await typed(made, title=" ", gtin="4006381333932", weight_grams="0.5", attributes_bore="1e3", description="Kept as typed.")
        page = await form(own, "/supplier/proposals", **wrong)
        assert page.status_code == 422
        for field in ("title", "gtin", "weight_grams", "attributes.bore"):
            assert f'id="e-{field}"' in page.text, field
        assert "Kept as typed." in page.text
        assert 'value="1e3"' in page.text
        same = await form(own, "/supplier/proposals", **(await typed(made)))
        assert (same.status_code, "Nothing differs from the product as it is" in same.text) == (422, True)
        assert (await form(own, "/supplier/proposals", **((await typed(made)) | {"product_id": "nonsense"}))).status_code == 404
    assert (await service.my_proposals(show="", before=None, limit=9, actor=seller.actor, now=NOW))[0] == []


async def test_a_product_that_changed_while_the_form_was_open_is_told_and_nothing_typed_is_lost(app: Edge) -> None:
    seller, made = await market.shop("Hansa Lager", now=NOW), await product(await category())
    late = await typed(made, title="Ball valve DN 25")
    live = products.fields(await products.live_product(made))
    await products.change_product(made, values={"brand": "Halden"}, base=products.fingerprint(live), now=NOW)
    async with signed_in(app, seller) as own:
        page = await form(own, "/supplier/proposals", **late)
        assert (page.status_code, "Somebody changed this product while you wrote" in page.text) == (409, True)
        assert 'value="Ball valve DN 25"' in page.text
        assert "Halden" in page.text
        base = re.findall(r'name="base" value="([0-9a-f]+)"', page.text)[0]
        again = await form(own, "/supplier/proposals", **(late | {"base": base, "brand": "Halden"}))
        assert again.status_code == 303
    (row,) = (await service.my_proposals(show="", before=None, limit=9, actor=seller.actor, now=NOW))[0]
    assert row.fields == ["title"]


async def test_a_known_product_is_told_before_a_new_one_is_sent_and_offered_instead(app: Edge) -> None:
    seller, made = await market.shop("Hansa Lager", now=NOW), await product(await category())
    new = {
        "title": "My valve",
        "brand": "orvik",
        "part_number": "BV20",
        "category": "test-valves",
        "unit_code": "C62",
        "attributes.bore": "20",
        "act": "send",
    }
    async with signed_in(app, seller) as own:
        page = await form(own, "/supplier/proposals", **new)
        assert page.status_code == 409
        assert f"/supplier/offers/new?product_id={made}" in page.text
        assert 'name="is_distinct"' in page.text
        assert 'value="My valve"' in page.text
        sent = await form(own, "/supplier/proposals", **new, is_distinct="on")
        assert sent.status_code == 303
        other = await form(own, "/supplier/proposals", **(new | {"act": "category", "category": ""}))
        assert (other.status_code, 'value="My valve"' in other.text, 'name="attributes.bore"' in other.text) == (200, True, False)


async def test_over_the_api_what_was_sent_back_is_answered_and_withdrawn(app: Edge, clients: dict[str, httpx.AsyncClient]) -> None:
    seller, made = await market.shop("Hansa Lager", now=NOW), await product()
    operator = clients["operator"]
    async with signed_in(app, seller) as own:
        body = {"product_id": str(made), "values": {"title": "VALVE", "weight_grams": 310}}
        sent = await own.post("/api/v1/proposals", json=body, headers=key())
        assert sent.status_code == 201, sent.text
        told = sent.json()
        path = f"/api/v1/operator/proposals/{told['id']}/decision"
        short = await operator.post(path, json={"act": "revise", "version": 1}, headers=key())
        assert (short.status_code, [one["pointer"] for one in short.json()["errors"]]) == (422, ["/text"])
        back = await operator.post(path, json={"act": "revise", "version": 1, "text": "Name the size."}, headers=key())
        assert (back.status_code, back.json()["state"]) == (200, "revision")
        again = await own.post("/api/v1/proposals", json=body | {"answers_id": told["id"], "values": {"title": "Valve DN 20"}}, headers=key())
        assert (again.status_code, again.json()["answers_id"]) == (201, told["id"])
        gone = await own.post(f"/api/v1/proposals/{again.json()['id']}/withdraw", json={"version": 1}, headers=key())
        assert (gone.status_code, gone.json()["state"]) == (200, "withdrawn")
        late = await operator.post(f"/api/v1/operator/proposals/{again.json()['id']}/decision", json={"act": "accept", "version": 2}, headers=key())
        assert (late.status_code, late.json()["type"].rsplit("/", 1)[1], late.json()["current"]) == (409, "proposal-closed", "withdrawn")
        listed = (await own.get("/api/v1/proposals")).json()["items"]
        assert [(one["state"], one["fields"]) for one in listed] == [("withdrawn", ["title"]), ("answered", ["title", "weight_grams"])]
    assert (await products.live_product(made)).title == "Ball valve DN 20"


@pytest.mark.parametrize(
    "body, status",
    [
        ({"values": {}}, 422), ({"values": {"title": ["a"]}}, 422), ({"values": {"title": "a"}, "state": "accepted"}, 422), ({"values": {"title": "a\u0000"}}, 422),
        ({"values": {"title": "x" * 501}}, 422), ({"values": {"title": "a", "weight_grams": 2**70}}, 422), ({"values": {"title": "a", "attributes.": 1}}, 422),
        ({"values": {"title": "a", "attributes.x y": 1}}, 422), ({"values": {"title": "a"}, "product_id": "0199d3a6-0000-7000-8000-000000000000"}, 404), ([], 400),
    ],
)  # fmt: skip
async def test_bad_bodies_are_refused_and_nothing_is_sent(app: Edge, body: Any, status: int) -> None:
    seller = await market.shop("Hansa Lager", now=NOW)
    async with signed_in(app, seller) as own:
        answer = await own.post("/api/v1/proposals", json=body, headers=key())
        assert answer.status_code == status, answer.text
        assert (await own.get("/api/v1/proposals")).json()["items"] == []


async def test_who_only_sells_reads_proposals_and_sends_none(app: Edge) -> None:
    seller, made = await market.shop("Hansa Lager", now=NOW), await product()
    async with signed_in(app, seller, roles=("sales",)) as own:
        assert (await own.get("/supplier/proposals")).status_code == 200
        assert (await own.get("/supplier/proposals/new")).status_code == 403
        body = {"product_id": str(made), "values": {"title": "VALVE"}}
        assert (await own.post("/api/v1/proposals", json=body, headers=key())).status_code == 403
