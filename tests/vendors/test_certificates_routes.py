"""Tests of certificates over HTTP: stated, seen by the operator, expiring, expired, and shown to everybody."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from marketplace.kernel import clock
from tests.conftest import NOW
from tests.vendors import market
from tests.vendors.desk import key, signed_in
from tests.vendors.test_sites_routes import form
from vendors.certificates import service
from vendors.certificates.schemas import CertificateForm

if TYPE_CHECKING:
    import httpx

    from marketplace.kernel.database import Connection
    from marketplace.kernel.http.edge import Edge

pytestmark = pytest.mark.usefixtures("rolled_back")
ISO: dict[str, Any] = {
    "kind": " ISO  9001 ",
    "number": "Q-1",
    "issuer": "TÜV Nord",
    "issued_on": "2024-01-10",
    "expires_on": "2026-12-10",
    "note": "Hamburg",
}


async def count(connection: Connection, seller: market.Shop) -> int:
    return int(await connection.fetchval("SELECT count(*) FROM vendors.certificates WHERE supplier_id = $1", seller.supplier_id))


async def test_a_certificate_is_stated_seen_and_shown_until_and_after_it_expires(
    app: Edge, client: httpx.AsyncClient, clients: dict[str, httpx.AsyncClient]
) -> None:
    seller = await market.shop("Hansa Lager", now=NOW)
    async with signed_in(app, seller) as own:
        made = await own.post("/api/v1/certificates", json=ISO, headers=key())
        assert made.status_code == 201, made.text
        told = made.json()
        assert (told["kind"], told["state"], told["is_current"], told["expires_in_days"]) == ("ISO 9001", "stated", True, 16)
        page = await own.get("/supplier/certificates")
        assert "1 certificate expires within 30 days" in page.text
        again = await own.post("/api/v1/certificates", json=ISO, headers=key())
        assert (again.status_code, again.json()["type"].rsplit("/", 1)[1]) == (409, "certificate-known")
    public = (await client.get(f"/api/v1/suppliers/{seller.supplier_id}")).json()["certificates"]
    assert [(one["kind"], one["confirmed_at"], one["is_current"]) for one in public] == [("ISO 9001", None, True)]
    waits = (await clients["operator"].get("/api/v1/operator/certificates")).json()["items"]
    assert (told["id"], "Hansa Lager") in [(one["id"], one["supplier"]) for one in waits]
    assert "Hansa Lager" in (await clients["operator"].get("/operator/certificates")).text
    path = f"/api/v1/operator/certificates/{told['id']}/confirm"
    seen = await clients["operator"].post(path, json={"version": 1}, headers=key())
    assert (seen.status_code, seen.json()["state"], seen.json()["version"]) == (200, "confirmed", 2)
    waits = (await clients["operator"].get("/api/v1/operator/certificates")).json()["items"]
    assert told["id"] not in [one["id"] for one in waits]
    twice = await clients["operator"].post(path, json={"version": 2}, headers=key())
    assert (twice.status_code, twice.json()["type"].rsplit("/", 1)[1]) == (409, "certificate-closed")
    assert "Seen by the operator" in (await client.get(f"/en/suppliers/{seller.slug}")).text
    with clock.at(NOW.replace(month=12, day=10, hour=0)):
        (gone,) = (await client.get(f"/api/v1/suppliers/{seller.supplier_id}")).json()["certificates"]
        assert gone["is_current"] is False
        assert "Expired" in (await client.get(f"/en/suppliers/{seller.slug}")).text


async def test_thirty_days_before_its_end_a_certificate_begins_to_count_down() -> None:
    seller = await market.shop("Hansa Lager", now=NOW)
    sent = service.typed(CertificateForm(kind="CE", number="1", issuer="X", issued_on=date(2026, 1, 1), expires_on=date(2026, 12, 24)))
    await service.state_certificate(sent, actor=seller.actor, now=NOW)
    days = []
    for moment in (NOW.replace(day=23), NOW.replace(day=24), NOW.replace(month=12, day=23), NOW.replace(month=12, day=24)):
        (one,) = await service.my_certificates(actor=seller.actor, now=moment)
        days.append((one.is_current, one.expires_in_days))
    assert days == [(True, None), (True, 30), (True, 1), (False, None)]


@pytest.mark.parametrize(
    "changes, pointer",
    [
        ({"kind": " "}, "/kind"),
        ({"number": ""}, "/number"),
        ({"issuer": "a\u202eb"}, "/issuer"),
        ({"note": "x" * 401}, "/note"),
        ({"issued_on": "2026-11-25"}, "/issued_on"),
        ({"issued_on": "1989-12-31"}, "/issued_on"),
        ({"issued_on": "2026-02-30"}, "/issued_on"),
        ({"expires_on": "2024-01-10"}, "/expires_on"),
        ({"expires_on": "9999-12-31"}, "/expires_on"),
    ],
)
async def test_a_bad_certificate_is_refused_at_its_field_over_api_and_page(
    app: Edge, rolled_back: Connection, changes: dict[str, Any], pointer: str
) -> None:
    seller = await market.shop("Hansa Lager", now=NOW)
    async with signed_in(app, seller) as own:
        answer = await own.post("/api/v1/certificates", json=ISO | changes, headers=key())
        assert (answer.status_code, [error["pointer"] for error in answer.json()["errors"]]) == (422, [pointer]), answer.text
        page = await form(own, "/supplier/certificates", **(ISO | changes))
        assert (page.status_code, f'id="e-{pointer[1:]}"' in page.text) == (422, True)
        assert ("TÜV Nord" in page.text) == (pointer != "/issuer")
    assert await count(rolled_back, seller) == 0


async def test_one_that_was_taken_off_is_gone_for_everybody_and_may_be_stated_again(
    app: Edge, client: httpx.AsyncClient, clients: dict[str, httpx.AsyncClient]
) -> None:
    seller = await market.shop("Hansa Lager", now=NOW)
    async with signed_in(app, seller) as own:
        told = (await own.post("/api/v1/certificates", json=ISO, headers=key())).json()
        path = f"/api/v1/certificates/{told['id']}/withdraw"
        stale = await own.post(path, json={"version": 2}, headers=key())
        assert stale.status_code == 412
        assert (await own.post(path, json={"version": 1}, headers=key())).status_code == 204
        assert (await own.post(path, json={"version": 2}, headers=key())).status_code == 404
        assert (await client.get(f"/api/v1/suppliers/{seller.supplier_id}")).json()["certificates"] == []
        gone = await clients["operator"].post(f"/api/v1/operator/certificates/{told['id']}/confirm", json={"version": 2}, headers=key())
        assert gone.status_code == 404
        back = await own.post("/api/v1/certificates", json=ISO, headers=key())
        assert (back.status_code, back.json()["id"], back.json()["version"]) == (201, told["id"], 3)


async def test_another_suppliers_certificate_is_not_there(app: Edge) -> None:
    seller, other = await market.shop("Hansa Lager", now=NOW), await market.shop("Cathay Maritime", now=NOW)
    async with signed_in(app, seller) as own:
        told = (await own.post("/api/v1/certificates", json=ISO, headers=key())).json()
    async with signed_in(app, other) as foreign:
        refused = await foreign.post(f"/api/v1/certificates/{told['id']}/withdraw", json={"version": 1}, headers=key())
        assert refused.status_code == 404
    (kept,) = await service.certificates_of(seller.supplier_id, now=NOW)
    assert kept.version == 1
