"""Tests of the comparison over HTTP: what it answers, what it refuses and how."""

from __future__ import annotations

import csv
import io
from decimal import Decimal
from typing import TYPE_CHECKING
from uuid import UUID

import pytest

from marketplace.kernel.spreadsheet import safe

if TYPE_CHECKING:
    import httpx

    from tests.world import World

pytestmark = pytest.mark.usefixtures("rolled_back")


def _address(world: World) -> str:
    return f"/api/v1/products/{world.product_ids[0]}/comparison"


async def test_every_figure_of_the_answer_says_where_it_comes_from_and_how_old_it_is(client: httpx.AsyncClient, world: World) -> None:
    answer = await client.get(_address(world), params={"quantity": "10", "country": "VN", "postal_code": "700000", "need_by": "2026-12-20"})
    assert answer.status_code == 200
    found = answer.json()
    assert found["offers"]
    assert {"product_id", "ranking_version", "as_of", "ask", "summary", "offers"} <= found.keys()
    for one in found["offers"]:
        assert one["price"]["source"] == "price-list"
        assert one["price"]["as_of"]
        assert one["on_time"]["source"] == "orders"
        assert one["stock"]["as_of"]
        assert one["supplier"]["name"]
        for part in one["components"]:
            assert (part["amount_minor"] is not None) == (part["state"] == "known")
            assert part["source"] or part["state"] == "unknown"
            assert part["as_of"] or part["state"] != "known"
        if one["price"]["currency"] != found["ask"]["currency"]:
            assert one["fx"]["as_of"]


@pytest.mark.parametrize(
    "query, pointers",
    [
        ("quantity=0&country=DE", ["/quantity"]),
        ("quantity=1e3&country=DE", ["/quantity"]),
        ("quantity=1&country=ZZ", ["/country"]),
        ("quantity=1&country=DE&need_by=2026-13-01", ["/need_by"]),
        ("quantity=x&country=ZZ&currency=nan&need_by=soon", ["/quantity", "/country", "/need_by", "/currency"]),
    ],
)
async def test_terms_that_cannot_be_used_answer_422_with_a_pointer_to_each(
    client: httpx.AsyncClient, world: World, query: str, pointers: list[str]
) -> None:
    answer = await client.get(f"{_address(world)}?{query}")
    assert (answer.status_code, answer.headers["content-type"].split(";")[0]) == (422, "application/problem+json")
    assert [error["pointer"] for error in answer.json()["errors"]] == pointers


@pytest.mark.parametrize("query", ["", "quantity=1", "country=DE", f"quantity={'9' * 400}&country=DE", "quantity=1&country=DEU"])
async def test_missing_or_overlong_terms_are_refused_as_input(client: httpx.AsyncClient, world: World, query: str) -> None:
    assert (await client.get(f"{_address(world)}?{query}")).status_code in {400, 422}


async def test_a_product_that_is_not_there_answers_404(client: httpx.AsyncClient) -> None:
    answer = await client.get(f"/api/v1/products/{UUID(int=7)}/comparison?quantity=1&country=DE")
    assert answer.status_code == 404


async def test_the_published_ranking_is_open_to_anyone(client: httpx.AsyncClient) -> None:
    found = (await client.get("/api/v1/ranking")).json()
    assert (found["version"], found["weights"]["cost"], found["sponsored_places"]) == (1, 50_000, False)


async def test_the_csv_holds_the_same_places_and_totals_as_the_answer(client: httpx.AsyncClient, world: World) -> None:
    terms = {"quantity": "10", "country": "DE", "currency": "EUR"}
    offers = (await client.get(_address(world), params=terms)).json()["offers"]
    answer = await client.get(f"/products/{world.product_ids[0]}/comparison.csv", params=terms)
    assert answer.headers["content-type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    told = [(row["supplier"], row["place"], row["total_known"], row["freight_source"]) for row in rows]
    assert told == [
        (
            one["supplier"]["name"],
            str(one["place"] or ""),
            f"{one['known_minor'] / 100:.2f}",
            next(part["source"] for part in one["components"] if part["kind"] == "freight"),
        )
        for one in offers
    ]
    assert {row["lacking"] for row in rows} == {" ".join(one["lacking"]) for one in offers}


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@x", "\tx", "\rx", "\uff1dx"])
def test_a_text_that_a_spreadsheet_would_run_is_made_a_text_and_an_empty_one_stays_empty(cell: str) -> None:
    assert safe(cell) == f"'{cell}"
    assert (safe(""), safe(None), safe(Decimal("-1.50")), safe("Hansa")) == ("", None, Decimal("-1.50"), "Hansa")
