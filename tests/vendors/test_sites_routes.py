"""Tests of a supplier's own sites over HTTP: adding, changing, days that differ, and what is refused."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from marketplace.kernel.actor import WORKER
from marketplace.kernel.database import transaction
from tests.conftest import NOW
from tests.kernel.identity_cast import organisation
from tests.vendors import market
from tests.vendors.desk import key, signed_in
from vendors.sites import service

if TYPE_CHECKING:
    import httpx

    from marketplace.kernel.database import Connection
    from marketplace.kernel.http.edge import Edge

pytestmark = pytest.mark.usefixtures("rolled_back")
YARD: dict[str, Any] = {
    "name": "Denver yard", "country": "US", "city": "Denver", "postal_code": "80202", "time_zone": "America/Denver", "cut_off": "13:30:00",
    "working_days": [5, 1, 1, 2], "keeps_public_holidays": False, "closed_on": ["2026-12-24"], "opened_on": ["2026-11-28"],
}  # fmt: skip
# Sixty Mondays: who works on Mondays alone has none left for more than 400 days.
MONDAYS = [(date(2026, 11, 30) + timedelta(days=7 * week)).isoformat() for week in range(60)]
TYPED = {"name": "Denver yard", "country": "US", "city": "Denver", "time_zone": "America/Denver", "cut_off": "13:30", "working_days": ["1", "2"]}


async def form(client: httpx.AsyncClient, path: str, **fields: Any) -> httpx.Response:
    """Post a page's form."""
    return await client.post(path, data={**fields, "csrf_token": client.headers["x-csrf-token"], "idempotency_key": uuid4().hex})


async def count(connection: Connection, seller: market.Shop) -> int:
    """Count a supplier's sites."""
    return int(await connection.fetchval("SELECT count(*) FROM vendors.sites WHERE supplier_id = $1", seller.supplier_id))


async def test_a_site_is_added_and_changed_over_the_api_and_its_past_days_stay_on_record(app: Edge, rolled_back: Connection) -> None:
    seller = await market.shop("Hansa Lager", now=NOW)
    async with signed_in(app, seller) as client:
        made = await client.post("/api/v1/sites", json=YARD, headers=key())
        assert made.status_code == 201, made.text
        site = made.json()
        assert (site["working_days"], site["cut_off"], site["version"]) == ([1, 2, 5], "13:30:00", 1)
        assert (site["closed_on"], site["opened_on"]) == (["2026-12-24"], ["2026-11-28"])
        path = f"/api/v1/sites/{site['id']}"
        past = "INSERT INTO vendors.site_exceptions (site_id, on_date, is_open, reason) VALUES ($1::uuid, '2026-11-01', false, '')"
        await rolled_back.execute(past, site["id"])
        change = YARD | {"name": "Denver hall", "closed_on": ["2026-12-25"], "opened_on": [], "version": 1}
        changed = await client.put(path, json=change, headers=key())
        assert (changed.status_code, changed.json()["name"], changed.json()["version"]) == (200, "Denver hall", 2)
        assert (changed.json()["closed_on"], changed.json()["opened_on"]) == (["2026-12-25"], [])
        stale = await client.put(path, json=change, headers=key())
        assert (stale.status_code, stale.json()["type"].rsplit("/", 1)[1]) == (412, "version-conflict")
        assert (await client.get(path)).json()["name"] == "Denver hall"
    days = await rolled_back.fetch("SELECT on_date::text FROM vendors.site_exceptions WHERE site_id = $1::uuid ORDER BY 1", site["id"])
    assert [row[0] for row in days] == ["2026-11-01", "2026-12-25"]
    async with transaction(actor=WORKER) as connection:
        acts = await connection.fetch("SELECT action FROM kernel.audit_rows WHERE entity_id = $1::uuid ORDER BY id", site["id"])
    assert [row[0] for row in acts] == ["site.created", "site.changed"]


@pytest.mark.parametrize(
    "changes, pointer, code",
    [
        ({"name": " "}, "/name", "empty"),
        ({"name": "a\u202eb"}, "/name", "invisible-character"),
        ({"city": ""}, "/city", "empty"),
        ({"country": "XX"}, "/country", "unknown-country"),
        ({"country": "Germany"}, "/country", None),
        ({"time_zone": ""}, "/time_zone", "not-of-country"),
        ({"time_zone": "Europe/Berlin"}, "/time_zone", "not-of-country"),
        ({"time_zone": "../../etc/passwd"}, "/time_zone", "not-of-country"),
        ({"postal_code": "<script>"}, "/postal_code", "bad-postal-code"),
        ({"working_days": []}, "/working_days", None),
        ({"working_days": [0]}, "/working_days/0", None),
        ({"working_days": [8]}, "/working_days/0", None),
        ({"cut_off": "25:00:00"}, "/cut_off", None),
        ({"cut_off": "13:30:00+02:00"}, "/cut_off", None),
        ({"closed_on": ["2026-02-30"]}, "/closed_on/0", None),
        ({"opened_on": ["2026-12-24"]}, "/opened_on", "closed-and-open"),
        ({"closed_on": ["2026-12-24", "2026-11-23"]}, "/closed_on/1", "not-coming"),
        ({"closed_on": ["2029-11-29"]}, "/closed_on/0", "not-coming"),
        ({"opened_on": ["2026-11-23"]}, "/opened_on/0", "not-coming"),
        ({"opened_on": ["2026-11-28", "9999-12-31"]}, "/opened_on/1", "not-coming"),
        ({"working_days": [1], "closed_on": MONDAYS}, "/closed_on", "never-open"),
        ({"supplier_id": str(uuid4())}, "/supplier_id", None),
    ],
)
async def test_a_bad_site_is_refused_at_its_field_and_none_is_made(
    app: Edge, rolled_back: Connection, changes: dict[str, Any], pointer: str, code: str | None
) -> None:
    seller = await market.shop("Hansa Lager", now=NOW)
    async with signed_in(app, seller) as client:
        answer = await client.post("/api/v1/sites", json=YARD | changes, headers=key())
    assert answer.status_code == 422, answer.text
    (error,) = answer.json()["errors"]
    assert error["pointer"] == pointer
    assert code in {None, error["code"]}
    assert await count(rolled_back, seller) == 1


@pytest.mark.parametrize(
    "changes, pointer, code",
    [
        ({"closed_on": ["2026-12-24", "2026-11-23"]}, "/closed_on/1", "not-coming"),
        ({"opened_on": ["2031-01-01"]}, "/opened_on/0", "not-coming"),
        ({"working_days": [1], "closed_on": MONDAYS}, "/closed_on", "never-open"),
    ],
)
async def test_a_change_to_days_that_no_site_can_have_is_refused_and_the_site_stays(
    app: Edge, rolled_back: Connection, changes: dict[str, Any], pointer: str, code: str
) -> None:
    seller = await market.shop("Hansa Lager", now=NOW)
    async with signed_in(app, seller) as client:
        answer = await client.put(f"/api/v1/sites/{seller.site_id}", json=YARD | {"version": 1} | changes, headers=key())
    assert (answer.status_code, [(each["pointer"], each["code"]) for each in answer.json()["errors"]]) == (422, [(pointer, code)])
    assert await rolled_back.fetchval("SELECT version FROM vendors.sites WHERE id = $1", seller.site_id) == 1
    assert await rolled_back.fetchval("SELECT count(*) FROM vendors.site_exceptions WHERE site_id = $1", seller.site_id) == 0


async def test_mondays_may_be_closed_as_long_as_the_site_works_on_one_within_400_days(app: Edge, rolled_back: Connection) -> None:
    seller = await market.shop("Hansa Lager", now=NOW)
    enough = YARD | {"working_days": [1], "closed_on": MONDAYS[:30] + MONDAYS[31:]}
    async with signed_in(app, seller) as client:
        made = await client.post("/api/v1/sites", json=enough, headers=key())
        assert made.status_code == 201, made.text
        path = f"/supplier/sites/{made.json()['id']}"
        last = await form(client, f"{path}/exceptions", on_date=MONDAYS[30], kind="closed", version="1")
        assert (last.status_code, 'id="e-on_date"' in last.text) == (422, True)
        assert "The site would have no working day for 400 days; leave it one." in last.text
        site = (await client.get(f"/api/v1/sites/{made.json()['id']}")).json()
        assert (len(site["closed_on"]), site["version"]) == (59, 1)
        weekly = {"country": "US", "time_zone": "America/Denver", "working_days": ["7"]}
        assert (await form(client, path, **TYPED | weekly, version="1")).status_code == 303
        assert (await form(client, f"{path}/exceptions", on_date=MONDAYS[30], kind="closed", version="2")).status_code == 303
        back = await form(client, path, **TYPED | weekly | {"working_days": ["1"]}, version="3")
        assert (back.status_code, "The site would have no working day for 400 days" in back.text) == (422, True)
    assert await count(rolled_back, seller) == 2


async def test_two_sites_of_a_supplier_have_two_names(app: Edge, rolled_back: Connection) -> None:
    seller = await market.shop("Hansa Lager", now=NOW)
    async with signed_in(app, seller) as client:
        answer = await client.post("/api/v1/sites", json=YARD | {"name": "Main"}, headers=key())
        assert (answer.status_code, answer.json()["type"].rsplit("/", 1)[1]) == (409, "site-name-taken")
        page = await form(client, "/supplier/sites", **TYPED | {"name": "Main"})
        assert (page.status_code, "Another of your sites is called Main" in page.text) == (409, True)
    assert await count(rolled_back, seller) == 1


async def test_a_supplier_has_no_more_sites_than_its_list_shows(app: Edge, rolled_back: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    seller = await market.shop("Hansa Lager", now=NOW)
    monkeypatch.setattr(service, "SITES_MAX", 1)
    async with signed_in(app, seller) as client:
        answer = await client.post("/api/v1/sites", json=YARD, headers=key())
    assert (answer.status_code, answer.json()["type"].rsplit("/", 1)[1]) == (409, "too-many-sites")
    assert await count(rolled_back, seller) == 1


async def test_anothers_site_answers_like_a_missing_one_and_stays_as_it_was(app: Edge, rolled_back: Connection) -> None:
    seller, other = await market.shop("Hansa Lager", now=NOW), await market.shop("Anadolu Rulman", now=NOW)
    async with signed_in(app, other) as client:
        for site_id in (seller.site_id, uuid4()):
            assert (await client.get(f"/api/v1/sites/{site_id}")).status_code == 404
            assert (await client.put(f"/api/v1/sites/{site_id}", json=YARD | {"version": 1}, headers=key())).status_code == 404
            assert (await client.get(f"/supplier/sites/{site_id}")).status_code == 404
            assert (await form(client, f"/supplier/sites/{site_id}", **TYPED, version="1")).status_code == 404
            away = await form(client, f"/supplier/sites/{site_id}/exceptions", on_date="2026-12-24", kind="closed", version="1")
            assert away.status_code == 404
    row = await rolled_back.fetchrow("SELECT name, version FROM vendors.sites WHERE id = $1", seller.site_id)
    assert row is not None
    assert tuple(row) == ("Main", 1)


async def test_a_viewer_reads_sites_and_changes_none(app: Edge, rolled_back: Connection) -> None:
    seller = await market.shop("Hansa Lager", now=NOW)
    async with signed_in(app, seller, roles=("viewer",)) as client:
        page = await client.get(f"/supplier/sites/{seller.site_id}")
        assert (page.status_code, f'action="/supplier/sites/{seller.site_id}"' in page.text) == (200, False)
        assert "/supplier/sites/new" not in (await client.get("/supplier/sites")).text
        assert (await client.get("/supplier/sites/new")).status_code == 403
        assert (await client.post("/api/v1/sites", json=YARD, headers=key())).status_code == 403
        assert (await form(client, f"/supplier/sites/{seller.site_id}", **TYPED, version="1")).status_code == 403
    assert await count(rolled_back, seller) == 1


async def test_days_that_differ_are_added_and_taken_away_by_forms(app: Edge) -> None:
    seller = await market.shop("Hansa Lager", now=NOW)
    path = f"/supplier/sites/{seller.site_id}"
    async with signed_in(app, seller) as client:
        assert (await form(client, f"{path}/exceptions", on_date="2026-12-24", kind="closed", version="1")).status_code == 303
        assert (await form(client, f"{path}/exceptions", on_date="2026-11-28", kind="open", version="2")).status_code == 303
        site = (await client.get(f"/api/v1/sites/{seller.site_id}")).json()
        assert (site["closed_on"], site["opened_on"], site["version"]) == (["2026-12-24"], ["2026-11-28"], 3)
        stored = await form(client, path, **TYPED | {"country": "DE", "time_zone": "Europe/Berlin"}, version="3")
        assert stored.status_code == 303, stored.text
        assert (await form(client, f"{path}/exceptions", on_date="2026-12-24", kind="open", version="4")).status_code == 303
        assert (await form(client, f"{path}/exceptions", on_date="2026-11-28", kind="usual", version="5")).status_code == 303
        site = (await client.get(f"/api/v1/sites/{seller.site_id}")).json()
        assert (site["closed_on"], site["opened_on"], site["name"]) == ([], ["2026-12-24"], "Denver yard")
        for locale in ("", "/vi", "/ar"):
            assert (await client.get(f"{locale}{path}")).status_code == 200
            assert (await client.get(f"{locale}/supplier/sites/new")).status_code == 200


@pytest.mark.parametrize("on_date", ["2026-11-23", "2031-01-01", "soon", "", "2026-02-30"])
async def test_a_day_that_is_over_or_far_off_is_refused_at_its_field(app: Edge, rolled_back: Connection, on_date: str) -> None:
    seller = await market.shop("Hansa Lager", now=NOW)
    async with signed_in(app, seller) as client:
        answer = await form(client, f"/supplier/sites/{seller.site_id}/exceptions", on_date=on_date, kind="closed", version="1")
    assert (answer.status_code, 'id="e-on_date"' in answer.text) == (422, True)
    assert 'value="Main"' in answer.text
    assert await rolled_back.fetchval("SELECT count(*) FROM vendors.site_exceptions WHERE site_id = $1", seller.site_id) == 0


async def test_another_country_offers_its_zones_once_the_form_is_sent_and_keeps_what_was_typed(app: Edge, rolled_back: Connection) -> None:
    seller = await market.shop("Hansa Lager", now=NOW)
    async with signed_in(app, seller) as client:
        shown = (await client.get("/supplier/sites/new")).text
        assert ("Europe/Busingen" in shown, "America/Denver" in shown) == (True, False)
        answer = await form(client, "/supplier/sites", **TYPED | {"time_zone": "Europe/Berlin", "cut_off": "13:30"})
        assert (answer.status_code, 'id="e-time_zone"' in answer.text, 'value="America/Denver"' in answer.text) == (422, True, True)
        assert ('value="Denver yard"' in answer.text, 'value="13:30"' in answer.text) == (True, True)
    assert await count(rolled_back, seller) == 1


async def test_who_is_not_let_to_sell_is_told_so_and_adds_no_site(app: Edge, rolled_back: Connection) -> None:
    at = await organisation(capacities=("supplier",))
    waiting = market.Shop(actor=None, supplier_id=at.id, site_id=at.id, slug="")  # type: ignore[arg-type]
    async with signed_in(app, waiting) as client:
        answer = await client.post("/api/v1/sites", json=YARD, headers=key())
        assert (answer.status_code, answer.json()["type"].rsplit("/", 1)[1]) == (409, "not-selling-yet")
        for path in ("/supplier/sites", "/supplier/sites/new", "/supplier/offers/new"):
            page = await client.get(path)
            assert (page.status_code, "Your organisation does not sell yet" in page.text) == (200, True)
            assert 'name="cut_off"' not in page.text
            assert 'name="supplier_sku"' not in page.text
        assert 'href="/supplier/sites"' in (await client.get("/supplier/offers/new")).text
    assert await rolled_back.fetchval("SELECT count(*) FROM vendors.sites WHERE supplier_id = $1", at.id) == 0


async def test_times_that_cannot_be_read_hide_no_other_fault_of_a_typed_site(app: Edge, rolled_back: Connection) -> None:
    seller = await market.shop("Hansa Lager", now=NOW)
    before = await count(rolled_back, seller)
    async with signed_in(app, seller) as client:
        wrong = TYPED | {"name": "", "country": "", "cut_off": "noon", "opens": ["8"] + [""] * 6, "closes": ["17:00"] + [""] * 6}
        page = await form(client, "/en/supplier/sites", **wrong)
        told = page.text.split('<div class="summary"')[1].split("</div>")[0]
        named = [word in told for word in ("Name of the site: ", "Country: Choose a country.", "Orders count until: ", "Mon: opens: ")]
        assert (page.status_code, named) == (422, [True] * 4), told
    assert await count(rolled_back, seller) == before


async def test_who_does_not_sell_yet_is_told_so_wherever_the_side_list_leads(app: Edge) -> None:
    at = await organisation("Neue Lieferantin", capacities=("supplier",))
    waiting = market.Shop(actor=None, supplier_id=at.id, site_id=at.id, slug="")  # type: ignore[arg-type]
    async with signed_in(app, waiting) as client:
        for place in ("profile", "state", "trust", "sites"):
            page = await client.get(f"/en/supplier/{place}")
            assert (page.status_code, "Your organisation does not sell yet" in page.text) == (200, True), place
        assert (await client.get("/en/supplier/state/change?act=pause")).status_code == 404


async def test_a_day_that_is_refused_keeps_what_was_typed_of_it(app: Edge, rolled_back: Connection) -> None:
    seller = await market.shop("Hansa Lager", now=NOW)
    async with signed_in(app, seller) as client:
        day = {"version": "1", "on_date": "2020-01-01", "kind": "open", "note": "Inventur"}
        page = await form(client, f"/en/supplier/sites/{seller.site_id}/exceptions", **day)
    kept = ['value="2020-01-01"' in page.text, '<option value="open" selected>' in page.text, 'value="Inventur"' in page.text]
    assert (page.status_code, kept, 'value="Hansa' in page.text or 'id="f-name"' in page.text) == (422, [True] * 3, True)
    assert await rolled_back.fetchval("SELECT count(*) FROM vendors.site_exceptions WHERE on_date = '2020-01-01'") == 0
