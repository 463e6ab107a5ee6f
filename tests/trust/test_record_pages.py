"""Tests of contesting an event by the pages: the form beside its order, the marks on the record, and the operator's answer."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from marketplace.kernel import clock
from marketplace.kernel.actor import WORKER
from marketplace.kernel.database import connection, reading
from marketplace.kernel.ids import uuid7
from tests.trust.test_score_record import words
from trust.score import service as score

if TYPE_CHECKING:
    import httpx

    from tests.world import World

pytestmark = pytest.mark.usefixtures("rolled_back")


async def post(client: httpx.AsyncClient, path: str, **fields: Any) -> httpx.Response:
    return await client.post(path, data={**fields, "csrf_token": client.headers["x-csrf-token"], "idempotency_key": uuid4().hex})


async def contests() -> int:
    async with reading(WORKER):
        return int(await connection().fetchval("SELECT count(*) FROM trust.contests"))


async def test_a_supplier_contests_beside_the_order_and_reads_the_answer_on_its_record(
    as_supplier_a: httpx.AsyncClient, as_operator: httpx.AsyncClient, world: World
) -> None:
    order = world.own["supplier"]["counted_order"]
    place = f"/supplier/trust/orders/{order}"
    page = words((await as_supplier_a.get(place)).text)
    assert ("What you contested" in page, "Both notes bear the number of this one." in page, "Contest it" in page) == (True, True, True)
    before = await contests()
    refused = await post(as_supplier_a, f"{place}/contest", kind="accepted", reason="They rang & took it back")
    assert (refused.status_code, "Say what is wrong with it." in refused.text, "They rang &amp; took it back" in refused.text) == (422, True, True)
    assert 'value="accepted" checked' in refused.text
    assert await contests() == before
    done = await post(as_supplier_a, f"{place}/contest", kind="accepted", wrong="void", reason="They rang & took it back")
    assert (done.status_code, done.headers["location"].endswith(place)) == (303, True)
    again = await post(as_supplier_a, f"{place}/contest", kind="accepted", wrong="void", reason="Once more")
    assert (again.status_code, "answer comes first" in again.text) == (409, True)
    assert await contests() == before + 1
    listed = (await as_operator.get("/operator/trust/contests")).text
    assert "They rang &amp; took it back" in listed
    record = (await as_supplier_a.get("/api/v1/trust/contests")).json()["items"][0]
    assert (record["kind"], record["wrong"], record["state"]) == ("accepted", "void", "open")
    asked = f"/operator/trust/contests/{record['id']}"
    assert "Accept and correct" in (await as_operator.get(asked)).text
    bare = await post(as_operator, f"{asked}/decision", outcome="declined", answer=" ")
    assert (bare.status_code, "Say why, in a sentence or two." in bare.text) == (422, True)
    answered = await post(as_operator, f"{asked}/decision", outcome="declined", answer="The log shows another story.")
    assert answered.status_code == 303
    assert "Accept and correct" not in (await as_operator.get(asked)).text
    told = words((await as_supplier_a.get("/supplier/trust")).text)
    assert ("The log shows another story." in told, "contest declined" in told, "contested" in told) == (True, True, True)
    assert "The log shows another story." in (await as_operator.get("/operator/trust/contests", params={"which": "decided"})).text


async def test_a_contest_by_the_api_is_accepted_and_the_order_counts_anew(
    as_supplier_a: httpx.AsyncClient, as_operator: httpx.AsyncClient, world: World
) -> None:
    order, contest = world.own["supplier"]["counted_order"], world.own["operator"]["contest"]
    assert (await as_supplier_a.get(f"/api/v1/trust/orders/{order}")).json()["order"]["on_time"] == "no"
    sent = {"kind": "accepted", "wrong": "void", "reason": "Not ours."}
    made = await as_supplier_a.post(f"/api/v1/trust/orders/{order}/contests", json=sent, headers={"idempotency-key": uuid4().hex})
    assert (made.status_code, made.json()["order"]["contest"], len(made.json()["contests"])) == (201, "open", 3)
    wanted = made.json()["contests"][0]["id"]
    assert wanted != contest
    answer = await as_operator.post(
        f"/api/v1/operator/trust/contests/{wanted}/decision", json={"outcome": "accepted"}, headers={"idempotency-key": uuid4().hex}
    )
    assert (answer.status_code, answer.json()["state"]) == (200, "accepted")
    after = (await as_supplier_a.get(f"/api/v1/trust/orders/{order}")).json()
    assert (after["order"]["on_time"], after["order"]["corrections"]) == ("not-accepted", 1)
    assert [one["reason"] for one in after["events"] if one["version"] > 1] == ["Not ours."]
    waiting = (await as_operator.get("/api/v1/operator/trust/contests")).json()["items"]
    assert contest in {one["id"] for one in waiting}
    assert wanted not in {one["id"] for one in waiting}


async def test_a_supplier_says_on_the_page_on_which_day_a_late_order_arrived_of_which_no_delivery_is_known(
    as_supplier_a: httpx.AsyncClient, as_operator: httpx.AsyncClient, world: World
) -> None:
    order = uuid7()
    placed = clock.now() - timedelta(days=20)
    known: dict[str, Any] = {"supplier_id": world.logins["supplier_a"].organisation_id, "buyer_id": uuid7(), "at": placed, "now": placed}
    day = (placed + timedelta(days=5)).date()
    await score.note(order, kind="placed", placed_at=placed, order_number="G902-1", **known)
    await score.note(order, kind="accepted", placed_at=placed, promised_on=day, time_zone="UTC", **known)
    place = f"/supplier/trust/orders/{order}"
    page = (await as_supplier_a.get(place)).text
    assert ("No delivery is known, so the order counts as late." in page, 'name="delivered_on"' in page) == (True, True)
    refused = await post(as_supplier_a, f"{place}/contest", kind="delivered", wrong="void", reason="Here.")
    assert (refused.status_code, "No delivery is known; say on which day it was." in refused.text) == (422, True)
    done = await post(as_supplier_a, f"{place}/contest", kind="delivered", wrong="date", delivered_on=day.isoformat(), reason="The note says so.")
    assert done.status_code == 303
    page = (await as_supplier_a.get(place)).text
    assert ("No delivery is known, so" in page, "The note says so." in page) == (False, True)
    contest = (await as_supplier_a.get("/api/v1/trust/contests")).json()["items"][0]
    assert (contest["event_version"], contest["delivered_on"], contest["state"]) == (None, day.isoformat(), "open")
    answered = await post(as_operator, f"/operator/trust/contests/{contest['id']}/decision", outcome="accepted", answer="")
    assert answered.status_code == 303
    assert (await as_supplier_a.get(f"/api/v1/trust/orders/{order}")).json()["order"]["on_time"] == "yes"


@pytest.mark.parametrize("locale", ["vi", "ar"])
async def test_the_pages_are_there_in_the_other_languages(
    locale: str, as_supplier_a: httpx.AsyncClient, as_operator: httpx.AsyncClient, world: World
) -> None:
    order, contest = world.own["supplier"]["counted_order"], world.own["operator"]["contest"]
    for client, path in (
        (as_supplier_a, "/supplier/trust"), (as_supplier_a, f"/supplier/trust/orders/{order}"), (as_operator, "/operator/trust/contests"),
        (as_operator, f"/operator/trust/contests/{contest}"), (as_operator, "/operator/trust/contests?which=decided"),
    ):  # fmt: skip
        page = await client.get(f"/{locale}{path}")
        assert (page.status_code, "Contest" in page.text) == (200, False), path
