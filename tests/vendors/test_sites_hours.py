"""Tests of sites' hours, notes, regions and the picture of their year, over weekends of other weeks and changes of the clock."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING, Any

import pytest

from marketplace.kernel.calendar import came_on, next_cut_off, ready_date, regions
from marketplace.kernel.ids import uuid7
from tests.conftest import NOW
from tests.vendors import market
from tests.vendors.desk import key, signed_in
from tests.vendors.test_sites_routes import form
from vendors.sites import rules
from vendors.sites.schemas import DayHours, SiteIn, SiteOut

if TYPE_CHECKING:
    from marketplace.kernel.database import Connection
    from marketplace.kernel.http.edge import Edge

pytestmark = pytest.mark.usefixtures("rolled_back")
HOURS = [{"day": day, "opens": "07:00:00", "closes": "16:30:00"} for day in (1, 2, 3, 4)] + [{"day": 5, "opens": "07:00:00", "closes": "14:00:00"}]
YARD: dict[str, Any] = {"name": "Munich yard", "country": "DE", "region": "BY", "city": "Munich", "cut_off": "13:00:00", "time_zone": "Europe/Berlin"}


def site(**changes: Any) -> SiteOut:
    values: dict[str, Any] = {
        "id": uuid7(), "name": "Main", "country": "DE", "region": "", "postal_code": "", "city": "Hamburg", "time_zone": "Europe/Berlin",
        "cut_off": time(15, 0), "working_days": [1, 2, 3, 4, 5], "keeps_public_holidays": True, "version": 1, "closed_on": [], "opened_on": [],
        "hours": [], "exceptions": [], "offers": 0,
    }  # fmt: skip
    return SiteOut(**values | changes)


async def test_hours_of_each_day_are_kept_and_hold_the_cut_off(app: Edge) -> None:
    seller = await market.shop("Hansa Lager", now=NOW)
    async with signed_in(app, seller) as client:
        made = await client.post("/api/v1/sites", json=YARD | {"hours": HOURS[::-1]}, headers=key())
        assert made.status_code == 201, made.text
        assert (made.json()["hours"], made.json()["region"]) == (HOURS, "BY")
        read = await client.get(f"/api/v1/sites/{made.json()['id']}")
        page = (await client.get("/en/supplier/sites")).text
        arabic = (await client.get("/ar/supplier/sites")).text
    assert read.json()["hours"] == HOURS
    shown = " ".join(re.sub(r"<[^>]+>", "", page).split())
    assert re.search("Mon\u2013Thu .?07:00\u201316:30.?, Fri .?07:00\u201314:00", shown)
    # The comma cannot be parted from the hours before it, so no line begins with one.
    assert '07:00\u201316:30</bdi>\N{ARABIC COMMA}</span> <span class="nw">' in arabic


@pytest.mark.parametrize(
    "changes, pointer, code",
    [
        ({"hours": HOURS[:4]}, "/hours", "other-days"),
        ({"hours": [*HOURS, {"day": 6, "opens": "07:00:00", "closes": "14:00:00"}]}, "/hours", "other-days"),
        ({"hours": [*HOURS[:4], HOURS[0]]}, "/hours", "other-days"),
        ({"hours": [*HOURS[:4], {"day": 5, "opens": "14:00:00", "closes": "14:00:00"}]}, "/hours/4/closes", "ends-before-start"),
        ({"hours": [*HOURS[:4], {"day": 5, "opens": "07:00:00", "closes": "12:59:00"}]}, "/hours/4/closes", "cut-off-outside"),
        ({"hours": HOURS, "cut_off": "07:00:00"}, "/hours/0/closes", "cut-off-outside"),
        ({"hours": [{"day": 8, "opens": "07:00:00", "closes": "12:00:00"}]}, "/hours/0/day", None),
        ({"hours": [{"day": 1, "opens": "25:00:00", "closes": "12:00:00"}]}, "/hours/0/opens", None),
        ({"region": "BRL"}, "/region", "unknown-region"),
        ({"region": "by"}, "/region", None),
    ],
)
async def test_hours_that_do_not_hold_the_cut_off_are_refused_at_their_day(
    app: Edge, rolled_back: Connection, changes: dict[str, Any], pointer: str, code: str | None
) -> None:
    seller = await market.shop("Hansa Lager", now=NOW)
    async with signed_in(app, seller) as client:
        answer = await client.post("/api/v1/sites", json=YARD | changes, headers=key())
    assert answer.status_code == 422, answer.text
    error = answer.json()["errors"][0]
    assert error["pointer"] == pointer
    assert code in {None, error["code"]}
    assert await rolled_back.fetchval("SELECT count(*) FROM vendors.sites WHERE supplier_id = $1", seller.supplier_id) == 1


async def test_the_page_takes_hours_by_day_and_shows_a_wrong_one_in_its_row_with_all_that_was_typed(app: Edge, rolled_back: Connection) -> None:
    seller = await market.shop("Hansa Lager", now=NOW)
    typed = {"name": "Munich yard", "country": "DE", "region": "BY", "city": "Munich", "cut_off": "13:00", "time_zone": "Europe/Berlin"}
    days = {"working_days": ["1", "3"], "opens": ["07:00", "", "08:00", "", "", "", ""], "closes": ["16:00", "", "12:30", "", "", "", ""]}
    async with signed_in(app, seller) as client:
        refused = await form(client, "/supplier/sites", **typed, **days)
        assert refused.status_code == 422
        assert 'id="e-closes-3"' in refused.text
        assert refused.text.count("from 08:00 to 12:30 it does not") >= 1
        assert 'value="12:30"' in refused.text
        assert 'id="e-closes-1"' not in refused.text
        days["closes"][2] = "noon"
        unread = await form(client, "/supplier/sites", **typed, **days)
        assert (unread.status_code, "Give a time such as 15:00." in unread.text, 'value="noon"' in unread.text) == (422, True, True)
        assert await rolled_back.fetchval("SELECT count(*) FROM vendors.sites WHERE supplier_id = $1", seller.supplier_id) == 1
        days["closes"][2] = "14:00"
        made = await form(client, "/supplier/sites", **typed, **days)
        assert made.status_code == 303, made.text[:500]
        page = await client.get(made.headers["location"])
        assert page.status_code == 200
        assert page.text.count('class="bar strip"') == 12
    row = await rolled_back.fetchrow("SELECT opens_at, closes_at FROM vendors.sites WHERE name = 'Munich yard'")
    assert row is not None
    assert tuple(row) == ([time(7), time(8)], [time(16), time(14)])


async def test_a_day_that_differs_keeps_its_note_when_the_site_is_changed(app: Edge) -> None:
    seller = await market.shop("Hansa Lager", now=NOW)
    path = f"/api/v1/sites/{seller.site_id}"
    async with signed_in(app, seller) as client:
        closed = await client.post(
            f"{path}/exceptions", json={"on_date": "2026-12-28", "kind": "closed", "note": " Stock  taking ", "version": 1}, headers=key()
        )
        assert (closed.status_code, closed.json()["exceptions"]) == (200, [{"on_date": "2026-12-28", "is_open": False, "note": "Stock taking"}])
        hidden = await client.post(
            f"{path}/exceptions", json={"on_date": "2026-12-29", "kind": "closed", "note": "a\u202eb", "version": 2}, headers=key()
        )
        assert (hidden.status_code, hidden.json()["errors"][0]["pointer"]) == (422, "/note")
        kept = YARD | {"name": "Main", "closed_on": ["2026-12-28"], "opened_on": ["2027-01-02"], "version": 2}
        changed = await client.put(path, json=kept, headers=key())
        assert changed.status_code == 200, changed.text
        assert [(one["on_date"], one["note"]) for one in changed.json()["exceptions"]] == [("2026-12-28", "Stock taking"), ("2027-01-02", "")]
        year = (await client.get(f"{path}/calendar")).json()
    assert (len(year["months"]), year["months"][1]["days"][27], year["months"][2]["days"][1]) == (12, "closed", "opened")


def test_a_year_tells_each_day_and_what_an_order_now_meets() -> None:
    here = site(region="BY", closed_on=[date(2026, 11, 26)], opened_on=[date(2026, 11, 28)])
    told = rules.year(here, now=NOW)
    november, january = told.months[0].days, told.months[2].days
    assert november[22:30] == ["open", "open", "open", "closed", "open", "opened", "week", "open"]
    # Epiphany is a holiday in Bavaria, not in Hamburg.
    assert (january[0], january[5], rules.year(site(), now=NOW).months[2].days[5]) == ("holiday", "holiday", "open")
    assert (told.counts_on, told.next_cut_off, told.ready_on) == (date(2026, 11, 24), datetime(2026, 11, 24, 14, 0, tzinfo=UTC), date(2026, 11, 27))
    late = rules.year(here, now=NOW.replace(hour=14))
    assert (late.counts_on, late.ready_on) == (date(2026, 11, 25), date(2026, 11, 28))


def test_a_site_that_never_works_promises_nothing() -> None:
    mondays = [date.fromordinal(date(2026, 11, 23).toordinal() + 7 * week) for week in range(62)]
    told = rules.year(site(working_days=[1], closed_on=mondays), now=NOW)
    assert (told.next_cut_off, told.counts_on, told.ready_on, told.open_days) == (None, None, None, 0)


def test_a_site_in_riyadh_rests_on_friday_and_saturday_and_one_in_cairo_changes_its_clock() -> None:
    riyadh = site(country="SA", time_zone="Asia/Riyadh", working_days=[1, 2, 3, 4, 7], cut_off=time(14, 0))
    thursday = datetime(2026, 11, 26, 10, 59, tzinfo=UTC)
    assert rules.year(riyadh, now=thursday).ready_on == date(2026, 11, 30)
    assert rules.year(riyadh, now=thursday.replace(hour=11, minute=0)).counts_on == date(2026, 11, 29)
    # Egypt put its clocks forward at midnight before 24 April 2026: 14:00 in Cairo is 12:00 UTC the day before and 11:00 UTC from then on.
    cairo = site(country="EG", time_zone="Africa/Cairo", working_days=[1, 2, 3, 4, 7], cut_off=time(14, 0), keeps_public_holidays=False)
    before, after = datetime(2026, 4, 22, 11, 30, tzinfo=UTC), datetime(2026, 4, 26, 11, 30, tzinfo=UTC)
    assert rules.year(cairo, now=before).next_cut_off == datetime(2026, 4, 22, 12, 0, tzinfo=UTC)
    assert rules.year(cairo, now=after).next_cut_off == datetime(2026, 4, 27, 11, 0, tzinfo=UTC)


def test_the_cut_off_is_one_rule_for_countdown_and_promise_over_the_change_of_the_clock_in_berlin() -> None:
    kept = {"time_zone": "Europe/Berlin", "cut_off": time(2, 30), "working_days": frozenset(range(1, 8)), "closed": ()}
    # On 25 October 2026 the clock runs from 03:00 back to 02:00, so that 02:30 comes twice; the first one counts.
    early, late = datetime(2026, 10, 25, 0, 29, tzinfo=UTC), datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert next_cut_off(early, **kept) == late  # type: ignore[arg-type]
    assert [ready_date(moment, lead_days=0, **kept) for moment in (early, late)] == [date(2026, 10, 25), date(2026, 10, 26)]  # type: ignore[arg-type]
    assert came_on(datetime(2026, 11, 24, 15, 0, tzinfo=UTC), time(15, 0)) == date(2026, 11, 25)
    assert came_on(datetime(2026, 11, 24, 14, 59, tzinfo=UTC), time(15, 0)) == date(2026, 11, 24)


def test_regions_are_those_with_holidays_of_their_own() -> None:
    assert ("BY", "Bayern") in regions("DE")
    assert regions("VN") == regions("XX") == ()


def test_hours_are_kept_in_the_order_of_the_week() -> None:
    errors: list[Any] = []
    sent = SiteIn(name="Main", country="DE", city="Hamburg", hours=[DayHours(day, time(7), time(16)) for day in (5, 4, 3, 2, 1)])
    assert [one.day for one in rules.hours_of(sent, at="", errors=errors)] == [1, 2, 3, 4, 5]
    assert errors == []
