"""The API's description names for each operation the refusals that it can answer, and no others."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    import httpx

EVERYWHERE = "400 429 431 503"


@pytest.mark.parametrize(
    "method, path, own",
    [
        ("get", "/health/live", "200"),
        ("get", "/api/v1/ranking", "200 422"),
        ("get", "/api/v1/products/{product_id}/comparison", "200 404 422"),
        ("get", "/api/v1/orders", "200 401 403 422"),
        ("get", "/api/v1/orders/{order_id}", "200 401 403 404 422"),
        ("get", "/api/v1/invitations/{token}", "200 404 410 422"),
        ("post", "/api/v1/sessions", "201 401 403 408 409 413 415 422"),
        ("delete", "/api/v1/session", "204 403 409 422"),
        ("delete", "/api/v1/organisation/members/{member_id}", "204 401 403 404 409 422"),
        ("put", "/api/v1/company", "200 401 403 408 409 412 413 415 422"),
        ("patch", "/api/v1/cart/lines/{line_id}", "200 401 403 404 408 409 413 415 422"),
        ("post", "/api/v1/cart/lines", "201 401 403 404 408 409 413 415 422"),
        ("post", "/api/v1/orders/{order_id}/accept", "200 401 403 404 408 409 412 413 415 422 428"),
    ],
)
async def test_an_operation_names_the_statuses_that_it_can_answer(client: httpx.AsyncClient, method: str, path: str, own: str) -> None:
    document = (await client.get("/api/openapi.json")).json()
    assert sorted(document["paths"][path][method]["responses"]) == sorted(f"{own} {EVERYWHERE}".split())


async def test_only_what_anyone_may_do_is_described_without_a_key(client: httpx.AsyncClient) -> None:
    paths = (await client.get("/api/openapi.json")).json()["paths"]
    assert "security" not in paths["/api/v1/ranking"]["get"]
    assert paths["/api/v1/orders"]["get"]["security"] == [{"apiKey": []}]
