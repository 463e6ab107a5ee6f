"""Tests of a supplier's own offers over HTTP: API and pages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from tests.conftest import NOW
from tests.vendors import market
from tests.vendors.desk import key, signed_in

if TYPE_CHECKING:
    import httpx

    from marketplace.kernel.database import Connection
    from marketplace.kernel.http.edge import Edge

pytestmark = pytest.mark.usefixtures("rolled_back")


async def new_offer(seller: market.Shop, **changes: Any) -> dict[str, Any]:
    """Write the body of a new offer."""
    product_id = await market.product("P-1", now=NOW)
    body = {
        "product_id": str(product_id), "supplier_sku": "H-1", "currency": "EUR", "site_id": str(seller.site_id), "origin_country": "DE",
        "tiers": [{"from_quantity": 1, "unit_price": "12.50"}, {"from_quantity": 100, "unit_price": "11"}], "moq": 10, "multiple": 10, "on_hand": 40,
    }  # fmt: skip
    return body | changes


async def test_an_offer_is_made_priced_and_counted_over_the_api(app: Edge) -> None:
    seller = await market.shop("Hansa Lager", now=NOW)
    async with signed_in(app, seller) as client:
        made = await client.post("/api/v1/offers", json=await new_offer(seller), headers=key())
        assert made.status_code == 201
        offer = made.json()
        assert (offer["unit_price"], offer["available"], offer["reasons"], offer["version"]) == ("12.500000", 40, [], 1)
        path = f"/api/v1/offers/{offer['id']}"
        priced = await client.patch(path, json={"tiers": [{"from_quantity": 1, "unit_price": "9.99"}]}, headers=key() | {"if-match": '"1"'})
        assert (priced.status_code, priced.json()["unit_price"], priced.json()["version"]) == (200, "9.990000", 2)
        counted = await client.put(f"{path}/stock", json={"on_hand": 0}, headers=key() | {"if-match": "2"})
        assert [reason["code"] for reason in counted.json()["reasons"]] == ["no-stock"]
        listed = await client.get("/api/v1/offers", params={"show": "hidden", "q": "h-1"})
        assert [item["id"] for item in listed.json()["items"]] == [offer["id"]]


async def test_without_a_version_nothing_changes(app: Edge, rolled_back: Connection) -> None:
    seller = await market.shop("Hansa Lager", now=NOW)
    offer_id = await market.offer(seller, await market.product("P-1", now=NOW), "H-1", now=NOW)
    async with signed_in(app, seller) as client:
        path, body = f"/api/v1/offers/{offer_id}", {"tiers": [{"from_quantity": 1, "unit_price": "1"}]}
        assert (await client.patch(path, json=body, headers=key())).status_code == 428
        assert (await client.patch(path, json=body, headers=key() | {"if-match": "9"})).status_code == 412
        assert (await client.put(f"{path}/stock", json={"on_hand": 1}, headers=key())).status_code == 428
    assert await rolled_back.fetchval("SELECT version FROM vendors.offers WHERE id = $1", offer_id) == 1


@pytest.mark.parametrize(
    "moment", ["2026-12-01T00:00:00", "2026-11-24T09:19:59Z", "9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00", "tomorrow"]
)
async def test_a_price_starts_at_a_moment_that_can_be(app: Edge, rolled_back: Connection, moment: str) -> None:
    seller = await market.shop("Hansa Lager", now=NOW)
    offer_id = await market.offer(seller, await market.product("P-1", now=NOW), "H-1", now=NOW)
    async with signed_in(app, seller) as client:
        body = {"tiers": [{"from_quantity": 1, "unit_price": "1"}], "price_valid_from": moment}
        answer = await client.patch(f"/api/v1/offers/{offer_id}", json=body, headers=key() | {"if-match": "1"})
    assert answer.status_code == 422, answer.text
    assert await rolled_back.fetchval("SELECT count(*) FROM vendors.price_versions WHERE offer_id = $1", offer_id) == 1


@pytest.mark.parametrize("query", ["q=%00", "q=%25_%5C", "q=" + "x" * 80, "limit=0", "limit=201", "show=none", "cursor=AAAA", "q=%F0%9F%98%80"])
async def test_an_odd_question_is_answered_or_refused(app: Edge, query: str) -> None:
    seller = await market.shop("Hansa Lager", now=NOW)
    async with signed_in(app, seller) as client:
        assert (await client.get(f"/api/v1/offers?{query}")).status_code in {200, 400, 422}
        assert (await client.get(f"/supplier/offers?{query}")).status_code in {200, 400, 422}
        assert (await client.get(f"/supplier/offers/new?{query}")).status_code in {200, 400, 422}


async def test_another_suppliers_offer_answers_like_a_missing_one(app: Edge) -> None:
    one, two = await market.shop("Hansa Lager", now=NOW), await market.shop("Anadolu Rulman", now=NOW)
    offer_id = await market.offer(one, await market.product("P-1", now=NOW), "H-1", now=NOW)
    async with signed_in(app, two) as client:
        for path in (f"/api/v1/offers/{offer_id}", f"/api/v1/offers/{uuid4()}"):
            assert (await client.get(path)).status_code == 404
            assert (await client.put(f"{path}/stock", json={"on_hand": 1}, headers=key() | {"if-match": "1"})).status_code == 404
        assert (await client.get(f"/supplier/offers/{offer_id}")).status_code == 404
        assert (await client.get("/api/v1/offers")).json() == {"items": [], "next_cursor": None}


async def test_a_viewer_changes_nothing(app: Edge) -> None:
    seller = await market.shop("Hansa Lager", now=NOW)
    offer_id = await market.offer(seller, await market.product("P-1", now=NOW), "H-1", now=NOW)
    async with signed_in(app, seller, roles=("viewer",)) as client:
        assert (await client.get(f"/api/v1/offers/{offer_id}")).status_code == 200
        refused = await client.patch(f"/api/v1/offers/{offer_id}", json={"state": "paused"}, headers=key() | {"if-match": "1"})
        assert refused.status_code == 403


@pytest.mark.parametrize(
    "changes",
    [
        {"currency": "XXX"},
        {"origin_country": "QQ"},
        {"tiers": [{"from_quantity": 1, "unit_price": "NaN"}]},
        {"tiers": [{"from_quantity": 1, "unit_price": "1e3"}]},
        {"tiers": [{"from_quantity": 1, "unit_price": "12.5\n"}]},
        {"tiers": [{"from_quantity": 1, "unit_price": "007"}]},
        {"tiers": []},
        {"moq": "1.5"},
        {"moq": 0},
        {"on_hand": -1},
        {"supplier_sku": "  "},
        {"supplier_sku": "a\u0000b"},
        {"unknown": 1},
        {"product_id": str(uuid4())},
        {"site_id": str(uuid4())},
    ],
)
async def test_a_bad_offer_is_refused_and_nothing_is_made(app: Edge, rolled_back: Connection, changes: dict[str, Any]) -> None:
    seller = await market.shop("Hansa Lager", now=NOW)
    async with signed_in(app, seller) as client:
        answer = await client.post("/api/v1/offers", json=await new_offer(seller, **changes), headers=key())
    assert answer.status_code == 422, answer.text
    assert await rolled_back.fetchval("SELECT count(*) FROM vendors.offers WHERE supplier_id = $1", seller.supplier_id) == 0


async def form(client: httpx.AsyncClient, path: str, **fields: Any) -> httpx.Response:
    """Post a page's form."""
    fields = {"csrf_token": client.headers["x-csrf-token"], "idempotency_key": uuid4().hex} | fields
    return await client.post(path, data=fields)


async def test_the_pages_make_price_count_and_pause_an_offer(app: Edge) -> None:
    seller = await market.shop("Hansa Lager", now=NOW)
    product_id = await market.product("P-1", now=NOW)
    async with signed_in(app, seller) as client:
        found = await client.get("/supplier/offers/new", params={"q": "p1"})
        assert f"product_id={product_id}" in found.text
        shown = await client.get("/supplier/offers/new", params={"product_id": str(product_id)})
        assert (shown.status_code, "Your article number" in shown.text) == (200, True)
        fields = {"product_id": str(product_id), "supplier_sku": "H-1", "currency": "EUR", "site_id": str(seller.site_id), "origin_country": "DE"}
        refused = await form(client, "/supplier/offers", **fields, tier_from=["1", ""], tier_price=["", ""])
        assert (refused.status_code, 'value="H-1"' in refused.text) == (422, True)
        made = await form(client, "/supplier/offers", **fields, tier_from=["1", "50"], tier_price=["12.50", "11"], on_hand="5")
        assert made.status_code == 303, made.text
        path = made.headers["location"]
        assert (await form(client, f"{path}/price", version="1", tier_from=["1"], tier_price=["10"])).status_code == 303
        stale = await form(client, f"{path}/stock", version="1", on_hand="7")
        assert (stale.status_code, "Somebody changed this" in stale.text) == (412, True)
        assert (await form(client, f"{path}/stock", version="2", on_hand="7")).status_code == 303
        assert (await form(client, f"{path}/state", version="3", state="paused")).status_code == 303
        page = (await client.get(path)).text
        assert "You have paused this offer" in page
        listed = (await client.get("/supplier/offers", params={"show": "hidden"})).text
        assert ("H-1" in listed, "10.00\u00a0EUR" in listed) == (True, True)


@pytest.mark.parametrize("prefix", ["", "/vi", "/ar"])
async def test_every_page_of_vendors_opens_in_every_language(app: Edge, prefix: str) -> None:
    seller = await market.shop("Hansa Lager", now=NOW)
    offer_id = await market.offer(seller, await market.product("P-1", now=NOW), "H-1", now=NOW, on_hand=0)
    async with signed_in(app, seller) as client:
        for path in (
            "/supplier/offers",
            f"/supplier/offers/{offer_id}",
            "/supplier/offers/new",
            "/supplier/sites",
            "/supplier/freight",
            f"/suppliers/{seller.slug}",
        ):
            answer = await client.get(f"{prefix}{path}")
            assert answer.status_code == 200, (path, answer.text)


async def test_everybody_reads_a_suppliers_profile(client: httpx.AsyncClient) -> None:
    seller = await market.shop("Hansa Lager", now=NOW)
    await market.offer(seller, await market.product("P-1", now=NOW), "H-1", now=NOW)
    profile = (await client.get(f"/api/v1/suppliers/{seller.supplier_id}")).json()
    assert (profile["legal_name"], profile["offers"], profile["checks"][0]["kind"]) == ("Hansa Lager GmbH", 1, "registry")
    assert profile["ships_from"] == [{"name": "Main", "city": "Hamburg", "country": "DE"}]
    assert (await client.get(f"/suppliers/{seller.slug}")).status_code == 200
    assert (await client.get(f"/api/v1/suppliers/{uuid4()}")).status_code == 404
    assert (await client.get("/suppliers/nobody-here")).status_code == 404


async def test_a_change_of_nothing_is_refused(app: Edge, rolled_back: Connection) -> None:
    seller = await market.shop("Hansa Lager", now=NOW)
    offer_id = await market.offer(seller, await market.product("P-1", now=NOW), "H-1", now=NOW)
    async with signed_in(app, seller) as client:
        refused = await client.patch(f"/api/v1/offers/{offer_id}", json={}, headers=key() | {"if-match": "1"})
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (422, "nothing-to-change")
    assert await rolled_back.fetchval("SELECT version FROM vendors.offers WHERE id = $1", offer_id) == 1


@pytest.mark.parametrize(
    "bounds, prices, pointer", [(["", ""], ["", ""], "tier_from"), (["1", "x"], ["2.50", "2.00"], "tier_from"), (["1"], ["2,50"], "tier_price")]
)
async def test_a_form_with_half_a_tier_keeps_what_was_typed(
    app: Edge, rolled_back: Connection, bounds: list[str], prices: list[str], pointer: str
) -> None:
    seller = await market.shop("Hansa Lager", now=NOW)
    offer_id = await market.offer(seller, await market.product("P-1", now=NOW), "H-1", now=NOW)
    async with signed_in(app, seller) as client:
        answer = await form(client, f"/supplier/offers/{offer_id}/price", version=1, tier_from=bounds, tier_price=prices)
    assert answer.status_code == 422
    assert f'name="{pointer}"' in answer.text
    assert await rolled_back.fetchval("SELECT count(*) FROM vendors.price_versions WHERE offer_id = $1", offer_id) == 1


WRONG_PRICES: list[dict[str, Any]] = [{"valid_from": "2027-01-04T08:00:00"}, {"valid_to": "9999-12-31T23:59:59Z"}, {"tiers": []}, {"until": 1}]


async def test_a_price_is_planned_shown_and_withdrawn_over_the_api(app: Edge) -> None:
    seller = await market.shop("Hansa Lager", now=NOW)
    offer_id = await market.offer(seller, await market.product("P-1", now=NOW), "H-1", now=NOW)
    body = {"tiers": [{"from_quantity": 1, "unit_price": "9.50"}], "valid_from": "2027-01-04T08:00:00+01:00", "valid_to": "2027-01-11T08:00:00+01:00"}
    async with signed_in(app, seller) as client:
        path = f"/api/v1/offers/{offer_id}/prices"
        made = await client.post(path, json=body, headers=key() | {"if-match": "1"})
        assert (made.status_code, made.json()["version"], [one["state"] for one in made.json()["prices"]]) == (201, 2, ["coming", "in_force"])
        assert (made.json()["prices"][0]["by"], made.json()["lowest_30_days"]["unit_price"]) == ("Ada Keeper", "12.500000")
        clash = await client.post(path, json=body | {"valid_from": "2027-01-05T08:00:00Z"}, headers=key() | {"if-match": "2"})
        assert (clash.status_code, clash.json()["type"].rsplit("/", 1)[1], clash.json()["starts"]) == (
            409,
            "price-clash",
            "2027-01-04T07:00:00+00:00",
        )
        for wrong in WRONG_PRICES:
            assert (await client.post(path, json=body | wrong, headers=key() | {"if-match": "2"})).status_code == 422
        price_id = made.json()["prices"][0]["id"]
        gone = await client.post(f"/api/v1/prices/{price_id}/withdraw", headers=key())
        assert (gone.status_code, [one["state"] for one in gone.json()["prices"]]) == (200, ["withdrawn", "in_force"])
        assert (await client.post(f"/api/v1/prices/{price_id}/withdraw", headers=key())).status_code == 409
        assert (await client.get(path)).json()["version"] == 3


async def test_the_page_of_prices_plans_in_the_sites_own_time_and_keeps_what_was_typed(app: Edge) -> None:
    seller = await market.shop("Hansa Lager", now=NOW)
    offer_id = await market.offer(seller, await market.product("P-1", now=NOW), "H-1", now=NOW)
    async with signed_in(app, seller) as client:
        path = f"/supplier/offers/{offer_id}/prices"
        fields = {"tier_from": "1", "tier_price": "9.50", "version": "1", "csrf_token": client.headers["x-csrf-token"]}
        skipped = await client.post(path, data=fields | {"starts": "2027-03-28T02:30", "idempotency_key": uuid4().hex})
        assert skipped.status_code == 422
        assert "2027-03-28T01:30 or 2027-03-28T03:30" in skipped.text
        assert 'value="2027-03-28T02:30"' in skipped.text
        planned = await client.post(path, data=fields | {"starts": "2027-01-04T08:00", "idempotency_key": uuid4().hex})
        assert planned.status_code == 303
        page = (await client.get(f"/en{path}")).text
        assert "Mon 4 Jan 2027, 08:00" in page
        assert "9.50" in page
        shown = (await client.get(f"/api/v1/offers/{offer_id}/prices")).json()["prices"][0]
        assert (shown["valid_from"], shown["state"]) == ("2027-01-04T07:00:00Z", "coming")
        withdrawn = await client.post(
            f"/supplier/prices/{shown['id']}/withdraw", data={"csrf_token": fields["csrf_token"], "idempotency_key": uuid4().hex}
        )
        assert withdrawn.status_code == 303
        assert "withdrawn" in (await client.get(f"/en{path}")).text


async def test_a_new_offer_is_told_all_that_is_wrong_at_once_each_price_by_its_line(app: Edge, rolled_back: Connection) -> None:
    seller = await market.shop("Hansa Lager", now=NOW)
    product_id = await market.product("P-1", now=NOW)
    fields = {"product_id": str(product_id), "currency": "EUR", "site_id": str(seller.site_id), "origin_country": "DE"}
    async with signed_in(app, seller) as client:
        shown = (await client.get("/en/supplier/offers/new", params={"product_id": str(product_id)})).text
        assert ('name="pack_size"' in shown, 'name="tier_from" inputmode="decimal" maxlength="14" value="1"' in shown) == (True, True)
        wrong = await form(
            client, "/en/supplier/offers", **fields, supplier_sku="", tier_from=["1", "5O", "", "90"], tier_price=["9,50", "9", "", ""]
        )
        assert wrong.status_code == 422
        summary = wrong.text.split('<div class="summary"')[1].split("</div>")[0]
        assert ["#f-supplier_sku" in summary, "line 2." in summary, "line 1, 4." in summary] == [True, True, True]
        assert wrong.text.count('aria-invalid="true"') == 4
        counted = await form(
            client, "/en/supplier/offers", **fields, supplier_sku="H-1", tier_from=["1"], tier_price=["9.50"], moq="x", pack_size="0"
        )
        assert (counted.status_code, 'href="#f-moq"' in counted.text, 'href="#f-pack_size"' in counted.text) == (422, True, True)
        assert await rolled_back.fetchval("SELECT count(*) FROM vendors.offers WHERE supplier_id = $1", seller.supplier_id) == 0
        made = await form(client, "/supplier/offers", **fields, supplier_sku="H-1", tier_from=["1"], tier_price=["9.50"], moq="20", pack_size="10")
        assert made.status_code == 303
    assert await rolled_back.fetchval("SELECT pack_size FROM vendors.offers WHERE supplier_id = $1", seller.supplier_id) == 10


async def test_a_product_to_offer_is_found_by_how_its_part_number_begins(app: Edge) -> None:
    seller = await market.shop("Hansa Lager", now=NOW)
    exact, longer = await market.product("QX-77", now=NOW), await market.product("QX-77-2RS", now=NOW)
    async with signed_in(app, seller) as client:
        found = {text: (await client.get("/en/supplier/offers/new", params={"q": text})).text for text in ("qx 77", "QX-77-", "qx7", "qx", "QY-77")}
        shown = {text: [f"product_id={one}" in page for one in (exact, longer)] for text, page in found.items()}
        assert shown == {"qx 77": [True, False], "QX-77-": [True, False], "qx7": [True, True], "qx": [False, False], "QY-77": [False, False]}
        assert 'href="/en/search?q=QY-77"' in found["QY-77"]
        assert f"/supplier/offers/new?product_id={exact}" in (await client.get(f"/en/products/{exact}")).text


async def test_stock_below_the_least_quantity_is_told_until_it_can_be_ordered(app: Edge) -> None:
    seller = await market.shop("Hansa Lager", now=NOW)
    offer_id = await market.offer(seller, await market.product("P-1", now=NOW), "H-1", now=NOW, moq=15, multiple=10, on_hand=19)
    async with signed_in(app, seller) as client:
        path = f"/api/v1/offers/{offer_id}"
        assert [one["code"] for one in (await client.get(path)).json()["notes"] if "stock" in one["code"]] == ["stock-below-least"]
        assert f"/supplier/offers/{offer_id}#s-stock" in (await client.get("/en/supplier/offers")).text
        stored = await form(client, f"/supplier/offers/{offer_id}/stock", version="1", on_hand="20")
        assert stored.status_code == 303
        assert [one["code"] for one in (await client.get(path)).json()["notes"] if "stock" in one["code"]] == []


async def test_a_price_that_meets_another_is_told_when_that_begins_in_the_sites_time(app: Edge) -> None:
    seller = await market.shop("Hansa Lager", now=NOW)
    offer_id = await market.offer(seller, await market.product("P-1", now=NOW), "H-1", now=NOW)
    async with signed_in(app, seller) as client:
        path = f"/en/supplier/offers/{offer_id}/prices"
        price = {"tier_from": "1", "tier_price": "9.50"}
        assert (await form(client, path, version="1", **price, starts="2027-01-04T08:00", ends="2027-01-08T08:00")).status_code == 303
        met = await form(client, path, version="2", **price, starts="2027-01-05T08:00", ends="2027-01-06T08:00")
        assert (met.status_code, "planned from Mon 4 Jan 2027, 08:00" in met.text) == (409, True)


async def test_what_was_stored_is_said_where_it_stands_and_who_does_not_see_an_offer_is_not_left_out(app: Edge) -> None:
    seller = await market.shop("Hansa Lager", now=NOW)
    offer_id = await market.offer(seller, await market.product("P-1", now=NOW), "H-1", now=NOW)
    async with signed_in(app, seller) as client:
        path = f"/en/supplier/offers/{offer_id}"
        assert ("Buyers see this offer." in (page := (await client.get(path)).text), 'role="status">The' in page) == (True, False)
        terms = {"moq": "1", "multiple": "1", "pack_size": "1", "lead_days": "1", "incoterm": "EXW", "origin_country": "DE", "condition": "new",
            "site_id": str(seller.site_id), "valid_from": "2026-01-01T00:00", "visibility": "org_allowlist"}  # fmt: skip
        sent: list[tuple[str, dict[str, Any], str]] = [
            ("price", {"tier_from": ["1"], "tier_price": ["10"]}, "The price is stored"), ("stock", {"on_hand": "7"}, "The count is stored"),
            ("watch", {"kind": "units", "threshold": "3"}, "The warning is stored"), ("terms", terms, "The terms are stored"),
        ]  # fmt: skip
        for act, fields, words in sent:
            version = (await client.get(f"/api/v1/offers/{offer_id}")).json()["version"]
            done = await form(client, f"{path}/{act}", version=version, **fields)
            assert (done.status_code, words in (await client.get(done.headers["location"])).text) == (303, True), done.text
        page = (await client.get(path)).text
        assert ("Buyers see this offer, within limits:" in page, "Buyers see this offer." in page, "companies on your list alone" in page) == (
            True,
            False,
            True,
        )
        nothing = await client.get(path, params={"stored": "all"})
        assert (nothing.status_code, 'role="status">The' in nothing.text) == (200, False)
