"""Tests of the operator's API for letting an organisation sell: each bad field is named, and then nothing is made."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from tests.kernel.identity_cast import organisation
from tests.vendors.desk import key

if TYPE_CHECKING:
    import httpx

    from marketplace.kernel.database import Connection

pytestmark = pytest.mark.usefixtures("rolled_back")
SITE = {"name": "Bergen yard", "country": "NO", "city": "Bergen", "time_zone": "Europe/Oslo"}


@pytest.mark.parametrize(
    "body, pointer",
    [
        ({"acceptance_hours": 0}, "/acceptance_hours"),
        ({"acceptance_hours": 721}, "/acceptance_hours"),
        ({"acceptance_hours": "24"}, "/acceptance_hours"),
        ({"default_incoterm": "FOT"}, "/default_incoterm"),
        ({"about": "x" * 2001}, "/about"),
        ({"about": "Bolts\u0000"}, "/about"),
        ({"slug": "mine"}, "/slug"),
        ({"checks": [{"kind": "rumour", "passed_on": "2026-11-02"}]}, "/checks/0/kind"),
        ({"checks": [{"kind": "tax", "passed_on": "2026-11-25"}]}, "/checks/0/passed_on"),
        ({"checks": [{"kind": "tax", "passed_on": "1999-12-31"}]}, "/checks/0/passed_on"),
        ({"checks": [{"kind": "tax", "passed_on": "2026-11-02", "expires_on": "2026-11-02"}]}, "/checks/0/expires_on"),
        ({"checks": [{"kind": "tax", "passed_on": "2026-11-02", "reference": "a\u202eb"}]}, "/checks/0/reference"),
        ({"site": SITE | {"time_zone": "Asia/Tokyo"}}, "/site/time_zone"),
        ({"site": SITE | {"city": ""}}, "/site/city"),
        ({"site": SITE | {"working_days": [9]}}, "/site/working_days/0"),
    ],
)
async def test_a_bad_admission_is_refused_at_its_field_and_nothing_is_made(
    clients: dict[str, httpx.AsyncClient], rolled_back: Connection, body: dict[str, Any], pointer: str
) -> None:
    at = await organisation(capacities=("buyer",), country="NO")
    answer = await clients["operator"].post(f"/api/v1/operator/organisations/{at.id}/supplier", json=body, headers=key())
    assert (answer.status_code, [error["pointer"] for error in answer.json()["errors"]]) == (422, [pointer])
    assert await rolled_back.fetchval("SELECT count(*) FROM vendors.suppliers WHERE organisation_id = $1", at.id) == 0
    assert await rolled_back.fetchval("SELECT capacities FROM kernel.organisations WHERE id = $1", at.id) == ["buyer"]


async def test_a_suspended_organisation_and_none_at_all_are_not_let_to_sell(clients: dict[str, httpx.AsyncClient], rolled_back: Connection) -> None:
    at = await organisation(capacities=("supplier",))
    await rolled_back.execute("UPDATE kernel.organisations SET state = 'suspended' WHERE id = $1", at.id)
    answer = await clients["operator"].post(f"/api/v1/operator/organisations/{at.id}/supplier", json={"site": SITE}, headers=key())
    assert (answer.status_code, answer.json()["type"].rsplit("/", 1)[1]) == (409, "organisation-closed")
    page = await clients["operator"].get(f"/operator/organisations/{at.id}/supplier")
    assert (page.status_code, "This organisation does not sell" in page.text, 'name="cut_off"' in page.text) == (200, True, False)
    missing = await clients["operator"].post(f"/api/v1/operator/organisations/{uuid4()}/supplier", json={}, headers=key())
    assert missing.status_code == 404
    assert await rolled_back.fetchval("SELECT count(*) FROM vendors.suppliers WHERE organisation_id = $1", at.id) == 0


async def test_profile_checks_and_first_site_are_made_in_one_act(clients: dict[str, httpx.AsyncClient], rolled_back: Connection) -> None:
    at = await organisation(capacities=("supplier",), country="NO")
    body = {
        "acceptance_hours": 24, "default_incoterm": "FCA", "auto_accepts": True, "about": " Bolts since 1921. ", "site": SITE,
        "checks": [{"kind": "registry", "passed_on": "2026-11-02", "reference": " NO  1 "}],
    }  # fmt: skip
    made = await clients["operator"].post(f"/api/v1/operator/organisations/{at.id}/supplier", json=body, headers=key())
    assert made.status_code == 201, made.text
    supplier = made.json()
    assert (supplier["profile"], supplier["ships_from"]) == (
        {"about": "Bolts since 1921."},
        [{"name": "Bergen yard", "city": "Bergen", "country": "NO"}],
    )
    assert [(check["kind"], check["reference"]) for check in supplier["checks"]] == [("registry", "NO 1")]
    row = await rolled_back.fetchrow("SELECT auto_accepts, default_incoterm FROM vendors.suppliers WHERE organisation_id = $1", at.id)
    assert row is not None
    assert tuple(row) == (True, "FCA")
