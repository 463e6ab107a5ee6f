"""Tests of a supplier's beginning over HTTP: the operator admits it, its owner joins, adds a site and an offer, and buyers find and compare it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from marketplace.app import PACKAGES
from marketplace.kernel.outbox import service as outbox
from tests.conftest import NOW
from tests.kernel.identity_cast import PASSWORD
from tests.kernel.test_identity_pages import _browser as _browser  # noqa: PLC0414 - the fixture of a browser at 203.0.113.7
from tests.kernel.test_identity_pages import hidden, operator_in, post
from tests.vendors import market

if TYPE_CHECKING:
    import httpx

    from marketplace.kernel.database import Connection

pytestmark = pytest.mark.usefixtures("rolled_back")
COMPANY = {"legal_name": "Nordic Bolts AS", "country": "NO", "currency": "NOK", "capacities": ["supplier"], "locale": "en"}
TERMS = {"acceptance_hours": "24", "default_incoterm": "FCA"}
NO_CHECKS: dict[str, Any] = {
    "check_kind": ["registry", "tax", "bank", "sanctions", "certificate"],
    "check_passed_on": [""] * 5,
    "check_expires_on": [""] * 5,
    "check_reference": [""] * 5,
}
CHECKED = NO_CHECKS | {"check_passed_on": ["2026-11-02", "", "", "", "2026-05-01"], "check_expires_on": ["", "", "", "", "2028-05-01"]}
YARD = {
    "name": "Bergen yard", "country": "NO", "city": "Bergen", "postal_code": "5003", "time_zone": "Europe/Oslo", "cut_off": "13:30",
    "working_days": ["1", "2", "3", "4"], "keeps_public_holidays": "on",
}  # fmt: skip


async def joined(browser: httpx.AsyncClient, place: str) -> None:
    """Let the operator invite the owner, and let the owner accept."""
    page = await browser.get(place)
    invited = await post(browser, f"{place}/invitations", page, email="kari@nordic.example", roles=["owner"])
    link = re.search(r'value="http://127.0.0.1:8000(/invitations/[^"]+)"', invited.text)
    assert link
    browser.cookies.clear()
    page = await browser.get(link[1])
    answer = await post(browser, link[1], page, name="Kari", locale="en", password=PASSWORD, totp_secret=hidden(page, "totp_secret"))
    assert answer.status_code == 303


async def test_a_supplier_is_admitted_joins_adds_a_site_and_an_offer_and_is_compared(browser: httpx.AsyncClient, rolled_back: Connection) -> None:
    product_id = await market.product("NB-77", now=NOW)
    await operator_in(browser)
    page = await browser.get("/operator/organisations/new")
    place = (await post(browser, "/operator/organisations", page, **COMPANY)).headers["location"]
    assert f'href="{place}/supplier"' in (await browser.get(place)).text
    page = await browser.get(f"{place}/supplier")
    assert "Let it sell" in page.text
    admitted = await post(browser, f"{place}/supplier", page, **TERMS, **CHECKED)
    assert (admitted.status_code, admitted.headers["location"]) == (303, f"{place}/supplier")
    page = await browser.get(f"{place}/supplier")
    assert "No site yet" in page.text
    await joined(browser, place)

    told = (await browser.get("/supplier/offers/new")).text
    assert "An offer ships from a site, and you have none yet" in told
    assert 'href="/supplier/sites/new"' in told
    assert 'href="/supplier/sites/new"' in (await browser.get("/supplier/sites")).text
    page = await browser.get("/supplier/sites/new")
    assert '<option value="Europe/Oslo" selected>' in page.text
    added = await post(browser, "/supplier/sites", page, **YARD)
    assert added.status_code == 303, added.text
    site_id = added.headers["location"].partition("?")[0].rsplit("/", 1)[1]

    page = await browser.get("/supplier/offers/new", params={"product_id": str(product_id)})
    offer = {
        "product_id": str(product_id), "supplier_sku": "NB-77", "currency": "EUR", "site_id": site_id, "origin_country": "NO",
        "tier_from": ["1", "100"], "tier_price": ["80", "72.50"], "on_hand": "500", "lead_days": "2",
    }  # fmt: skip
    made = await post(browser, "/supplier/offers", page, **offer)
    assert made.status_code == 303, made.text
    await outbox.drain(PACKAGES, NOW)

    browser.cookies.clear()
    found = (await browser.get("/api/v1/products", params={"q": "NB-77"})).json()
    assert [item["id"] for item in found["items"]] == [str(product_id)]
    compared = (
        await browser.get(f"/api/v1/products/{product_id}/comparison", params={"quantity": "10", "country": "DE", "postal_code": "20457"})
    ).json()
    assert "offers" in compared, compared
    (row,) = compared["offers"]
    assert (row["supplier"]["name"], "freight" in row["lacking"], row["total_minor"]) == ("Nordic Bolts AS", True, None)
    assert (
        "Nordic Bolts AS" in (await browser.get(f"/products/{product_id}", params={"quantity": "10", "country": "DE", "postal_code": "20457"})).text
    )
    supplier = (await browser.get(f"/api/v1/suppliers/{row['supplier']['id']}")).json()
    assert [check["kind"] for check in supplier["checks"]] == ["registry", "certificate"]
    assert (supplier["acceptance_hours"], supplier["ships_from"]) == (24, [{"name": "Bergen yard", "city": "Bergen", "country": "NO"}])
    assert await rolled_back.fetchval("SELECT count(*) FROM vendors.sites WHERE supplier_id = $1::uuid", supplier["id"]) == 1


async def test_the_operator_names_the_first_site_at_once_and_a_wrong_one_changes_nothing(browser: httpx.AsyncClient, rolled_back: Connection) -> None:
    await operator_in(browser)
    page = await browser.get("/operator/organisations/new")
    place = (await post(browser, "/operator/organisations", page, **COMPANY)).headers["location"]
    page = await browser.get(f"{place}/supplier")
    for wrong, field in (
        ({"time_zone": "Asia/Tokyo"}, "time_zone"),
        ({"cut_off": "25:00"}, "cut_off"),
        ({"working_days": []}, "working_days"),
        ({"check_passed_on": ["2026-12-24", "", "", "", ""]}, "registry-passed_on"),
        ({"check_passed_on": ["", "", "soon", "", ""]}, "bank-passed_on"),
        ({"check_passed_on": ["2026-11-02"] * 5, "check_expires_on": ["", "2026-11-02", "", "", ""]}, "tax-expires_on"),
        ({"acceptance_hours": "0"}, "acceptance_hours"),
    ):
        answer = await post(browser, f"{place}/supplier", page, **(TERMS | NO_CHECKS | YARD | wrong))
        assert (answer.status_code, f'id="e-{field}"' in answer.text) == (422, True), (wrong, answer.text)
        assert 'value="Bergen yard"' in answer.text
    organisation_id = place.rsplit("/", 1)[1]
    assert await rolled_back.fetchval("SELECT count(*) FROM vendors.suppliers WHERE organisation_id = $1::uuid", organisation_id) == 0
    assert (await post(browser, f"{place}/supplier", page, **(TERMS | NO_CHECKS | YARD))).status_code == 303
    shown = (await browser.get(f"{place}/supplier")).text
    assert "Bergen yard" in shown
    assert "13:30" in shown
    again = await post(browser, f"{place}/supplier", page, **TERMS, **NO_CHECKS)
    assert (again.status_code, "has a supplier profile already" in again.text) == (409, True)


async def test_a_buyer_that_is_let_to_sell_is_both_from_then_on(client: httpx.AsyncClient, clients: dict[str, httpx.AsyncClient], world: Any) -> None:
    buyer = world.logins["buyer_a"].organisation_id
    path = f"/api/v1/operator/organisations/{buyer}"
    body = {"acceptance_hours": 12, "checks": [{"kind": "tax", "passed_on": "2026-11-02", "reference": "DE 1"}]}
    refused = await clients["supplier_a"].post(f"{path}/supplier", json=body, headers={"idempotency-key": uuid4().hex})
    assert refused.status_code == 403
    made = await clients["operator"].post(f"{path}/supplier", json=body, headers={"idempotency-key": uuid4().hex})
    assert (made.status_code, made.json()["acceptance_hours"], made.json()["ships_from"]) == (201, 12, [])
    assert (await clients["operator"].get(path)).json()["capacities"] == ["buyer", "supplier"]
    assert (await clients["buyer_a"].get("/supplier/sites")).status_code == 200
    again = await clients["operator"].post(f"{path}/supplier", json=body, headers={"idempotency-key": uuid4().hex})
    assert (again.status_code, again.json()["type"].rsplit("/", 1)[1]) == (409, "already-supplier")
    own = f"/api/v1/operator/organisations/{world.logins['operator'].organisation_id}/supplier"
    assert (await clients["operator"].post(own, json=body, headers={"idempotency-key": uuid4().hex})).status_code == 422
    assert (await client.get(f"/api/v1/suppliers/{buyer}")).status_code == 200
