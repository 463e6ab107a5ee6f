"""Tests of the operator's pages of products that may be the same."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

import pytest

from marketplace.catalogue.matches import service

if TYPE_CHECKING:
    import httpx

    from tests.world import World

pytestmark = pytest.mark.usefixtures("rolled_back")


def form(page: str, **values: str) -> dict[str, str]:
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)
    return {"csrf_token": token[1] if token else "", "idempotency_key": uuid4().hex, **values}


async def test_the_queue_shows_pairs_and_a_pair_shows_both_sides(clients: dict[str, httpx.AsyncClient], world: World) -> None:
    match = world.own["operator"]["match"]
    queue = await clients["operator"].get("/operator/matches?pattern=%2Bbrand+%2Bpart_number+%2Btitle")
    assert queue.status_code == 200
    assert f"/operator/matches/{match}" in queue.text
    assert "Decides on 1 pair" in queue.text
    page = (await clients["operator"].get(f"/operator/matches/{match}")).text
    assert page.count("Zwirn gasket 47") == 2
    assert "80 of 100 points" in page
    assert "0 offers" in page


async def test_merging_goes_on_to_the_queue_and_can_be_undone_from_the_pair(clients: dict[str, httpx.AsyncClient], world: World) -> None:
    match, operator = world.own["operator"]["match"], clients["operator"]
    page = (await operator.get(f"/operator/matches/{match}")).text
    done = await operator.post(f"/operator/matches/{match}/merge", data=form(page, keep="high"))
    assert (done.status_code, done.headers["location"]) == (303, "/operator/matches?stored=merged")
    assert "The two were merged; no other pair looks like it." in (await operator.get("/operator/matches?stored=merged")).text
    after = (await operator.get(f"/operator/matches/{match}")).text
    assert "Undo the merge" in after
    gone, kept = world.own["operator"]["twin_low"], world.own["operator"]["twin_high"]
    assert (await operator.get(f"/products/{gone}")).headers["location"] == f"/products/{kept}"
    listed = (await operator.get("/operator/merges")).text
    merge_id = re.search(r"/operator/merges/([0-9a-f-]{36})/undo", listed)
    assert merge_id is not None
    undone = await operator.post(f"/operator/merges/{merge_id[1]}/undo", data=form(listed))
    assert (undone.status_code, undone.headers["location"]) == (303, "/operator/merges?stored=undone")
    assert (await operator.get(f"/products/{gone}")).status_code == 200


async def test_a_form_that_chooses_nothing_is_answered_and_nothing_changes(clients: dict[str, httpx.AsyncClient], world: World) -> None:
    match, operator = world.own["operator"]["match"], clients["operator"]
    page = (await operator.get(f"/operator/matches/{match}")).text
    for path, values in (
        (f"{match}/merge", {}),
        (f"{match}/merge", {"keep": "both"}),
        ("many", {"pattern": "x", "act": "burn"}),
        ("many", {"pattern": "x", "act": "apart", "score": "many"}),
    ):
        refused = await operator.post(f"/operator/matches/{path}", data=form(page, **values))
        assert refused.status_code == 422, path
    assert "Merge the two" in (await operator.get(f"/operator/matches/{match}")).text


async def test_a_pair_that_was_decided_meanwhile_is_told_so(clients: dict[str, httpx.AsyncClient], world: World) -> None:
    match, operator = world.own["operator"]["match"], clients["operator"]
    page = (await operator.get(f"/operator/matches/{match}")).text
    first = await operator.post(f"/operator/matches/{match}/apart", data=form(page))
    second = await operator.post(f"/operator/matches/{match}/apart", data=form(page))
    assert (first.status_code, second.status_code) == (303, 409)
    assert "Somebody has decided on this pair already" in second.text


async def test_only_the_operator_sees_them(clients: dict[str, httpx.AsyncClient], world: World) -> None:
    match = world.own["operator"]["match"]
    for path in ("", f"/{match}"):
        assert (await clients["supplier_a"].get(f"/operator/matches{path}")).status_code in {403, 404}


async def test_what_was_called_different_is_listed_and_can_be_opened_again(clients: dict[str, httpx.AsyncClient], world: World) -> None:
    match, operator = world.own["operator"]["match"], clients["operator"]
    page = (await operator.get(f"/operator/matches/{match}")).text
    apart = await operator.post(f"/operator/matches/{match}/apart", data=form(page))
    assert (apart.status_code, apart.headers["location"]) == (303, "/operator/matches?stored=apart")
    listed = (await operator.get("/operator/matches?state=apart")).text
    assert f"/operator/matches/{match}/reopen" in listed
    again = await operator.post(f"/operator/matches/{match}/reopen", data=form(listed))
    assert (again.status_code, again.headers["location"]) == (303, f"/operator/matches/{match}?stored=open")
    assert (await service.match(UUID(match))).state == "open"
    assert f"/operator/matches/{match}/reopen" not in (await operator.get("/operator/matches?state=apart")).text
    merged = await operator.post(f"/operator/matches/{match}/merge", data=form((await operator.get(f"/operator/matches/{match}")).text, keep="low"))
    assert merged.status_code == 303
    refused = await operator.post(f"/operator/matches/{match}/reopen", data=form(page))
    assert (refused.status_code, "undo the merge" in refused.text) == (409, True)


async def test_merges_are_found_by_their_words_and_paged(clients: dict[str, httpx.AsyncClient]) -> None:
    operator = clients["operator"]
    assert "Zwirn gasket 31" in (await operator.get("/operator/merges?q=zg-31")).text
    assert "No merge fits" in (await operator.get("/operator/merges?q=100%25_")).text
    assert (await operator.get("/operator/merges?cursor=nonsense")).status_code == 400
    first = (await operator.get("/api/v1/operator/merges?limit=1&q=Zwirn")).json()
    assert [one["kept_title"] for one in first["items"]] == ["Zwirn gasket 31"]
