"""Tests of merges over HTTP: old addresses lead to the product that is kept, and the operator's routes answer."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from marketplace.catalogue.products import service as products

if TYPE_CHECKING:
    from uuid import UUID

    import httpx

    from tests.world import World

pytestmark = pytest.mark.usefixtures("rolled_back")


def key() -> dict[str, str]:
    return {"idempotency-key": uuid4().hex}


async def merged(clients: dict[str, httpx.AsyncClient], world: World) -> tuple[UUID, UUID, str]:
    kept, gone = world.product_ids[5], world.product_ids[6]
    body = {"kept_id": str(kept), "gone_id": str(gone)}
    answer = await clients["operator"].post("/api/v1/operator/merges", json=body, headers=key())
    assert answer.status_code == 201, answer.text
    return kept, gone, answer.json()["id"]


@pytest.mark.parametrize("rest", ["", "/details"])
async def test_an_old_page_leads_on_with_what_was_asked(
    client: httpx.AsyncClient, clients: dict[str, httpx.AsyncClient], world: World, rest: str
) -> None:
    kept, gone, _ = await merged(clients, world)
    answer = await client.get(f"/products/{gone}{rest}?quantity=12")
    assert (answer.status_code, answer.headers["location"]) == (301, f"/products/{kept}{rest}?quantity=12")
    in_arabic = await client.get(f"/ar/products/{str(gone).upper()}{rest}")
    assert (in_arabic.status_code, in_arabic.headers["location"]) == (301, f"/ar/products/{kept}{rest}")


@pytest.mark.parametrize("rest", ["", "/comparison?quantity=12&country=DE"])
async def test_an_old_address_of_the_api_leads_on(client: httpx.AsyncClient, clients: dict[str, httpx.AsyncClient], world: World, rest: str) -> None:
    kept, gone, _ = await merged(clients, world)
    answer = await client.get(f"/api/v1/products/{gone}{rest}")
    assert (answer.status_code, answer.headers["location"]) == (308, f"/api/v1/products/{kept}{rest}")
    assert (answer.json()["type"].rpartition("/")[2], answer.json()["moved_to"]) == (
        "moved",
        str(kept),
    )


async def test_undoing_brings_the_old_address_back(client: httpx.AsyncClient, clients: dict[str, httpx.AsyncClient], world: World) -> None:
    _, gone, merge_id = await merged(clients, world)
    answer = await clients["operator"].post(f"/api/v1/operator/merges/{merge_id}/undo", headers=key())
    assert answer.status_code == 200
    assert (await client.get(f"/products/{gone}")).status_code == 200
    again = await clients["operator"].post(f"/api/v1/operator/merges/{merge_id}/undo", headers=key())
    assert (again.status_code, again.json()["type"].rpartition("/")[2]) == (409, "merge-undone")


async def test_a_product_is_not_merged_with_itself_or_with_nothing(clients: dict[str, httpx.AsyncClient], world: World) -> None:
    one = str(world.product_ids[5])
    for gone, status in ((one, 422), (str(uuid4()), 404), ("x", 422)):
        answer = await clients["operator"].post("/api/v1/operator/merges", json={"kept_id": one, "gone_id": gone}, headers=key())
        assert answer.status_code == status
    assert (await products.live_product(world.product_ids[5])).state == "published"


async def test_the_queue_tells_the_evidence(clients: dict[str, httpx.AsyncClient]) -> None:
    answer = await clients["operator"].get("/api/v1/operator/matches?pattern=%2Bbrand %2Bpart_number %2Btitle")
    (pair,) = answer.json()["items"]
    assert (pair["low_brand"], pair["score"], [piece["field"] for piece in pair["evidence"]]) == ("Zwirn", 80, ["brand", "part_number", "title"])
    assert (await clients["operator"].get("/api/v1/operator/matches?cursor=zz")).status_code == 400
    assert (await clients["operator"].get("/api/v1/operator/merges")).json()["items"][0]["kept_title"] == "Zwirn gasket 31"
