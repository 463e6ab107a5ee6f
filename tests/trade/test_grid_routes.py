"""Tests of the price grid over the API: reading, saving, limits, and answers that say what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from tests.trade.test_grid_service import stall
from tests.vendors.desk import key, signed_in

if TYPE_CHECKING:
    from uuid import UUID

    from marketplace.kernel.database import Connection
    from marketplace.kernel.http.edge import Edge

pytestmark = pytest.mark.usefixtures("rolled_back")
GRID = "/api/v1/supplier/grid"


def edit(offer_id: UUID, **changes: Any) -> dict[str, Any]:
    return {"offer_id": str(offer_id), "version": 1} | changes


def prices(*texts: str) -> list[dict[str, Any]]:
    return [{"from_quantity": bound, "unit_price": text} for bound, text in zip((1, 50), texts, strict=True)]


async def test_rows_are_read_saved_and_taken_back(app: Edge) -> None:
    seller, ids = await stall(3)
    async with signed_in(app, seller) as client:
        first = (await client.get(GRID, params={"limit": 2, "sort": "-sku"})).json()
        assert [row["supplier_sku"] for row in first["items"]] == ["H-3", "H-2"]
        rest = (await client.get(GRID, params={"limit": 2, "sort": "-sku", "cursor": first["next_cursor"]})).json()
        assert ([row["supplier_sku"] for row in rest["items"]], rest["next_cursor"]) == (["H-1"], None)
        assert rest["items"][0]["tiers"] == [{"from_quantity": 1, "unit_price": "12.500000"}, {"from_quantity": 50, "unit_price": "11.000000"}]
        assert [level["on_hand"] for level in rest["items"][0]["stock"]] == [10]
        body = {"rows": [edit(ids[0], tiers=prices("12.40", "10.90")), edit(ids[1], stock=[{"on_hand": 25}])]}
        saved = await client.post(GRID, json=body, headers=key())
        assert (saved.status_code, saved.json()["cells"], [row["version"] for row in saved.json()["saved"]]) == (200, 3, [2, 2])
        undone = await client.post(f"{GRID}/undo", json={"save_id": saved.json()["save_id"]}, headers=key())
        assert (undone.status_code, [row["version"] for row in undone.json()["saved"]]) == (200, [3, 3])
        again = await client.post(f"{GRID}/undo", json={}, headers=key())
        assert (again.status_code, again.json()["type"].rsplit("/", 1)[1]) == (409, "nothing-to-undo")


async def test_a_conflict_names_both_values_and_the_version_to_go_on_with(app: Edge) -> None:
    seller, ids = await stall(1)
    async with signed_in(app, seller) as client:
        assert (await client.post(GRID, json={"rows": [edit(ids[0], tiers=prices("12.00", "10.90"))]}, headers=key())).status_code == 200
        refused = await client.post(GRID, json={"rows": [edit(ids[0], tiers=prices("12.40", "10.90"))]}, headers=key())
        problem = refused.json()
        assert (refused.status_code, problem["type"].rsplit("/", 1)[1]) == (412, "rows-changed")
        assert problem["conflicts"] == [
            {"offer_id": str(ids[0]), "version": 2, "cells": [{"cell": "tiers/0/unit_price", "yours": "12.4", "theirs": "12"}]}
        ]
        assert problem["errors"][0]["pointer"] == "/rows/0/tiers/0/unit_price"


async def test_5000_rows_are_taken_and_5001_are_refused_by_number(app: Edge, rolled_back: Connection) -> None:
    seller, ids = await stall(1)
    async with signed_in(app, seller) as client:
        rows = [edit(ids[0], stock=[{"on_hand": 3}]), *({"offer_id": str(uuid4()), "version": 1, "stock": [{"on_hand": 3}]} for _ in range(4999))]
        taken = await client.post(GRID, json={"rows": rows, "mode": "partial"}, headers=key())
        assert (taken.status_code, len(taken.json()["saved"]), len(taken.json()["kept"])) == (200, 1, 4999)
        refused = await client.post(GRID, json={"rows": [*rows, edit(ids[0])]}, headers=key())
        assert refused.status_code == 422
        assert refused.json()["errors"] == [{"pointer": "/rows", "code": "too-many", "message": "Give at most 5,000 of these."}]
    assert await rolled_back.fetchval("SELECT version FROM vendors.offers WHERE id = $1", ids[0]) == 2


@pytest.mark.parametrize(
    "row",
    [
        {"tiers": []},
        {"tiers": [{"from_quantity": 1, "unit_price": "NaN"}]},
        {"tiers": [{"from_quantity": 1, "unit_price": "1.2345678"}]},
        {"tiers": [{"from_quantity": 1, "unit_price": "-1"}]},
        {"tiers": [{"from_quantity": 1, "unit_price": "0.000"}]},
        {"tiers": [{"from_quantity": 1, "unit_price": 12.5}]},
        {"tiers": [{"from_quantity": 2, "unit_price": "12"}]},
        {"tiers": [{"from_quantity": 1, "unit_price": "12"}, {"from_quantity": 1, "unit_price": "11"}]},
        {"stock": []},
        {"stock": [{"on_hand": -1}]},
        {"stock": [{"on_hand": 1.5}]},
        {"stock": [{"on_hand": "1.5"}]},
        {"stock": [{"on_hand": 10**12}]},
        {"stock": [{"on_hand": 1}, {"on_hand": 2}]},
        {"stock": [{"on_hand": 1, "site_id": str(uuid4())}]},
        {"state": "approved"},
        {"version": 0, "stock": [{"on_hand": 1}]},
        {},
    ],
)
async def test_what_cannot_be_is_refused_and_nothing_changes(app: Edge, rolled_back: Connection, row: dict[str, Any]) -> None:
    seller, ids = await stall(1)
    async with signed_in(app, seller) as client:
        refused = await client.post(GRID, json={"rows": [edit(ids[0]) | row]}, headers=key())
        assert refused.status_code == 422, refused.text
        assert refused.json()["errors"][0]["pointer"].startswith("/rows")
    assert await rolled_back.fetchval("SELECT version FROM vendors.offers WHERE id = $1", ids[0]) == 1


@pytest.mark.parametrize(
    "query",
    [
        "sort=colour",
        "show=all",
        "limit=0",
        "limit=201",
        "cursor=AAAA",
        "site=x",
        "category=x",
        "q=" + "x" * 81,
        "unknown=1",
        "q=%00",
        "places=maybe",
        "country=de",
        "quantity=0",
    ],
)
async def test_an_odd_question_is_refused(app: Edge, query: str) -> None:
    seller, _ = await stall(1)
    async with signed_in(app, seller) as client:
        assert (await client.get(f"{GRID}?{query}")).status_code in {400, 422}


async def test_a_cursor_holds_for_its_own_list_alone(app: Edge) -> None:
    seller, _ = await stall(3)
    async with signed_in(app, seller) as client:
        cursor = (await client.get(GRID, params={"limit": 1})).json()["next_cursor"]
        assert (await client.get(GRID, params={"limit": 1, "sort": "-sku", "cursor": cursor})).status_code == 400


async def test_a_viewer_reads_and_changes_nothing(app: Edge) -> None:
    seller, ids = await stall(1)
    async with signed_in(app, seller, roles=("viewer",)) as client:
        assert (await client.get(GRID)).status_code == 200
        assert (await client.post(GRID, json={"rows": [edit(ids[0], stock=[{"on_hand": 1}])]}, headers=key())).status_code == 403
    async with signed_in(app, seller, roles=("sales",)) as client:
        assert (await client.post(GRID, json={"rows": [edit(ids[0], stock=[{"on_hand": 1}])]}, headers=key())).status_code == 403
