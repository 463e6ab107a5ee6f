"""Tests of contesting an event by the pages: the form beside its order, the marks on the record, and the operator's answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from marketplace.kernel.actor import WORKER
from marketplace.kernel.database import connection, reading
from tests.trust.test_score_record import words

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
