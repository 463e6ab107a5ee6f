"""Tests of a supplier's profile over HTTP: its own words and terms, the operator's legal facts and checks, and what everybody then reads."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from marketplace.kernel.actor import WORKER
from marketplace.kernel.database import transaction
from tests.conftest import NOW
from tests.vendors import market
from tests.vendors.desk import key, signed_in
from tests.vendors.test_sites_routes import form

if TYPE_CHECKING:
    from uuid import UUID

    import httpx

    from marketplace.kernel.database import Connection
    from marketplace.kernel.http.edge import Edge

pytestmark = pytest.mark.usefixtures("rolled_back")
PROFILE: dict[str, Any] = {
    "version": 1, "about": " Bearings  since 1921.\n\nAnd seals. ", "about_ar": "محامل", "website": "https://hansa.example/shop",
    "contact_name": "Ada Keller", "contact_email": "sales@hansa.example", "contact_phone": "+49 40 123456", "default_incoterm": "DAP",
    "auto_accepts": True, "acceptance_hours": 12, "acceptance_counts": "working_hours",
}  # fmt: skip
LEGAL = {"legal_name": "Hansa Lager AG", "registration_number": "HRB 7", "country": "AT", "reason": "Moved; extract of 12 November seen."}


async def row(connection: Connection, supplier_id: UUID) -> tuple[Any, ...]:
    found = await connection.fetchrow(
        """SELECT s.version, s.default_incoterm, s.auto_accepts, s.acceptance_hours, s.acceptance_counts, s.profile::text, g.legal_name, g.country, g.version
        FROM vendors.suppliers s JOIN kernel.organisations g ON g.id = s.organisation_id WHERE s.organisation_id = $1""",
        supplier_id,
    )
    assert found is not None
    return tuple(found)


async def test_a_supplier_keeps_its_profile_and_everybody_reads_it(app: Edge, client: httpx.AsyncClient, rolled_back: Connection) -> None:
    seller = await market.shop("Hansa Lager", now=NOW)
    async with signed_in(app, seller) as own:
        saved = await own.put("/api/v1/supplier/profile", json=PROFILE, headers=key())
        assert saved.status_code == 200, saved.text
        body = saved.json()
        assert (body["version"], body["acceptance_counts"], body["profile"]["about"]) == (2, "working_hours", "Bearings since 1921.\n\nAnd seals.")
        stale = await own.put("/api/v1/supplier/profile", json=PROFILE, headers=key())
        assert (stale.status_code, stale.json()["type"].rsplit("/", 1)[1]) == (412, "version-conflict")
    public = (await client.get(f"/api/v1/suppliers/{seller.supplier_id}")).json()
    assert (public["profile"]["contact_phone"], public["default_incoterm"], public["acceptance_hours"]) == ("+49 40 123456", "DAP", 12)
    assert (public["rates"]["on_time"]["n"], public["rates"]["window_days"]) == (0, 365)
    english, arabic = [(await client.get(f"/{locale}/suppliers/{seller.slug}")).text for locale in ("en", "ar")]
    assert ("Bearings since 1921." in english, "محامل" in english, "محامل" in arabic) == (True, False, True)
    assert 'href="https://hansa.example/shop"' in english
    async with transaction(actor=WORKER) as connection:
        acts = await connection.fetch(
            "SELECT action FROM kernel.audit_rows WHERE entity_id = $1 AND entity = 'supplier' ORDER BY id", seller.supplier_id
        )
    assert [act[0] for act in acts] == ["supplier.created", "supplier.profile_changed"]
    assert rolled_back


@pytest.mark.parametrize(
    "changes, pointer",
    [
        ({"about": "x" * 2001}, "/about"),
        ({"about_vi": "a\u202eb"}, "/about_vi"),
        ({"website": "javascript:alert(1)"}, "/website"),
        ({"website": "https://user@hansa.example"}, "/website"),
        ({"website": "http://hansa.example"}, "/website"),
        ({"contact_email": "nobody"}, "/contact_email"),
        ({"contact_email": "a@b.example\nBcc: c@d.example"}, "/contact_email"),
        ({"contact_phone": "0401234"}, "/contact_phone"),
        ({"acceptance_hours": 0}, "/acceptance_hours"),
        ({"acceptance_hours": 721}, "/acceptance_hours"),
        ({"acceptance_counts": "moons"}, "/acceptance_counts"),
        ({"default_incoterm": "FOT"}, "/default_incoterm"),
        ({"legal_name": "Better name AG"}, "/legal_name"),
    ],
)
async def test_what_cannot_stand_is_refused_at_its_field_over_api_and_page_and_nothing_is_stored(
    app: Edge, rolled_back: Connection, changes: dict[str, Any], pointer: str
) -> None:
    seller = await market.shop("Hansa Lager", now=NOW)
    before = await row(rolled_back, seller.supplier_id)
    async with signed_in(app, seller) as own:
        answer = await own.put("/api/v1/supplier/profile", json=PROFILE | changes, headers=key())
        assert (answer.status_code, [error["pointer"] for error in answer.json()["errors"]]) == (422, [pointer]), answer.text
        page = await form(own, "/supplier/profile", **(PROFILE | {"auto_accepts": "on", "about": "Kept words."} | changes))
    assert page.status_code == 422
    if pointer != "/legal_name":
        assert f'id="e-{pointer[1:]}"' in page.text
    if pointer != "/about":
        assert "Kept words." in page.text
    assert await row(rolled_back, seller.supplier_id) == before


async def test_a_page_tells_every_fault_of_the_profile_at_once_by_name_and_says_what_was_stored(app: Edge, rolled_back: Connection) -> None:
    seller = await market.shop("Hansa Lager", now=NOW)
    before = await row(rolled_back, seller.supplier_id)
    wrong = {"about": "x" * 2001, "website": "ftp://hansa", "contact_phone": "0401234", "acceptance_hours": "soon", "default_incoterm": "FOT"}
    async with signed_in(app, seller) as own:
        refused = await form(own, "/en/supplier/profile", **(PROFILE | wrong | {"auto_accepts": "on"}))
        told = re.findall(r'<li><a href="#f-([a-z_]+)">([^:]*): ', refused.text)
        assert (refused.status_code, told) == (422, [
            ("about", "About you, in English or for every language without its own text"), ("website", "Website"), ("contact_phone", "Telephone"),
            ("default_incoterm", "Incoterm of new offers"), ("acceptance_hours", "Hours to answer an order"),
        ])  # fmt: skip
        assert await row(rolled_back, seller.supplier_id) == before
        stored = await form(own, "/en/supplier/profile", **(PROFILE | {"auto_accepts": "on"}))
        assert (stored.status_code, stored.headers["location"]) == (303, "/en/supplier/profile?stored=profile")
        said = '<p class="notice ok" role="status">The profile is stored.</p>'
        pages = [(await own.get(place)).text for place in (stored.headers["location"], "/en/supplier/profile")]
        again = await form(own, "/en/supplier/profile?stored=profile", **(PROFILE | wrong))
        assert [said in page for page in (*pages, again.text)] == [True, False, False]


async def test_only_an_owner_changes_the_profile_and_others_read_it(app: Edge, rolled_back: Connection) -> None:
    seller = await market.shop("Hansa Lager", now=NOW)
    before = await row(rolled_back, seller.supplier_id)
    async with signed_in(app, seller, roles=("viewer",)) as viewer:
        assert (await viewer.get("/api/v1/supplier/profile")).status_code == 200
        page = await viewer.get("/supplier/profile")
        assert (page.status_code, 'name="about"' in page.text) == (200, False)
        assert (await viewer.put("/api/v1/supplier/profile", json=PROFILE, headers=key())).status_code == 403
        assert (await viewer.get("/supplier/state/change?act=pause")).status_code == 403
    assert await row(rolled_back, seller.supplier_id) == before


async def test_the_list_of_organisations_tells_how_suppliers_stand_and_their_pages_mark_it(
    clients: dict[str, httpx.AsyncClient], rolled_back: Connection
) -> None:
    shops = [await market.shop(name, now=NOW) for name in ("Zeta Auf", "Zeta Pause", "Zeta Ferien", "Zeta Gesperrt")]
    await rolled_back.execute("UPDATE vendors.suppliers SET state = 'paused' WHERE organisation_id = $1", shops[1].supplier_id)
    await rolled_back.execute(
        "UPDATE vendors.suppliers SET closed_from = $2, closed_to = $2 WHERE organisation_id = $1", shops[2].supplier_id, NOW.date()
    )
    await rolled_back.execute("UPDATE kernel.organisations SET state = 'suspended' WHERE id = $1", shops[3].supplier_id)
    listed = (await clients["operator"].get("/en/operator/organisations?q=Zeta")).text
    assert re.findall(r'data-l="State">(?:<a[^>]*>)?<span class="state [a-z]+">([A-Za-z]+)<', listed) == ["Open", "Closed", "Suspended", "Paused"]
    for place in ("", "/state", "/trust"):
        page = (await clients["operator"].get(f"/en/operator/suppliers/{shops[0].supplier_id}{place}")).text
        assert '<a href="/en/operator/organisations" aria-current="true"><span>Organisations</span>' in page
        assert page.count("<span>Organisations</span>") == 1
        assert f'href="/en/operator/suppliers/{shops[0].supplier_id}/trust"' in page


async def test_the_operator_sets_legal_facts_terms_and_checks_with_reasons(clients: dict[str, httpx.AsyncClient], rolled_back: Connection) -> None:
    seller = await market.shop("Hansa Lager", now=NOW)
    place, operator = f"/api/v1/operator/suppliers/{seller.supplier_id}", clients["operator"]
    legal = await operator.put(f"{place}/legal", json=LEGAL | {"version": 1}, headers=key())
    assert legal.status_code == 200, legal.text
    assert (legal.json()["legal_name"], legal.json()["country"], legal.json()["legal_version"]) == ("Hansa Lager AG", "AT", 2)
    terms = {"acceptance_hours": 6, "acceptance_counts": "hours", "terms_reason": "Agreed by letter.", "version": 1}
    assert (await operator.put(f"{place}/terms", json=terms, headers=key())).json()["acceptance_hours"] == 6
    check = {"kind": "tax", "passed_on": "2026-11-20", "expires_on": "2026-12-01", "reference": "ATU 1"}
    checked = await operator.post(f"{place}/checks", json=check, headers=key())
    assert checked.status_code == 201, checked.text
    assert [(one["kind"], one["is_current"]) for one in checked.json()["checks"]] == [("tax", True), ("registry", True)]
    for name, body, pointer in (
        ("legal", LEGAL | {"version": 2, "reason": " "}, "/reason"),
        ("legal", LEGAL | {"version": 2, "country": "XX"}, "/country"),
        ("legal", LEGAL | {"version": 2, "legal_name": ""}, "/legal_name"),
        ("terms", terms | {"version": 2, "terms_reason": ""}, "/terms_reason"),
    ):
        refused = await operator.put(f"{place}/{name}", json=body, headers=key())
        assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, pointer)
    coming = await operator.post(f"{place}/checks", json=check | {"passed_on": "2026-11-25"}, headers=key())
    assert (coming.status_code, coming.json()["errors"][0]["pointer"]) == (422, "/passed_on")
    stale = await operator.put(f"{place}/legal", json=LEGAL | {"version": 1}, headers=key())
    assert stale.status_code == 412
    assert (await row(rolled_back, seller.supplier_id))[6:] == ("Hansa Lager AG", "AT", 2)
    async with transaction(actor=WORKER) as connection:
        kept = await connection.fetch(
            "SELECT action, reason FROM kernel.audit_rows WHERE organisation_id = $1 AND reason IS NOT NULL ORDER BY id", seller.supplier_id
        )
    assert [tuple(one) for one in kept] == [("organisation.legal_changed", LEGAL["reason"]), ("supplier.terms_set", "Agreed by letter.")]


async def test_the_operators_page_keeps_what_was_typed_and_names_the_bad_field(
    clients: dict[str, httpx.AsyncClient], rolled_back: Connection
) -> None:
    seller = await market.shop("Hansa Lager", now=NOW)
    place, operator = f"/operator/suppliers/{seller.supplier_id}", clients["operator"]
    assert (await operator.get(place)).status_code == 200
    before = await row(rolled_back, seller.supplier_id)
    refused = await form(operator, f"{place}/legal", **(LEGAL | {"legal_version": "1", "reason": ""}))
    assert (refused.status_code, 'id="e-reason"' in refused.text, "Hansa Lager AG" in refused.text) == (422, True, True)
    undated = await form(operator, f"{place}/checks", kind="tax", reference="ATU 9")
    assert (undated.status_code, 'id="e-passed_on"' in undated.text, "ATU 9" in undated.text) == (422, True, True)
    assert await row(rolled_back, seller.supplier_id) == before
    done = await form(operator, f"{place}/legal", **(LEGAL | {"legal_version": "1"}))
    assert done.status_code == 303
    assert (await row(rolled_back, seller.supplier_id))[6] == "Hansa Lager AG"
