"""Tests of the published ranking: its page recomputed from its own numbers, its versions, the operator's preview, and own weights over HTTP."""

from __future__ import annotations

import math
import re
from datetime import timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from marketplace.kernel.actor import ANONYMOUS
from marketplace.trade.compare import service as compare
from tests.conftest import NOW
from tests.edge.refusals import check_problem
from tests.matrix.samples import MISSING, POINTS, WEIGHTS
from tests.trade import deals

if TYPE_CHECKING:
    import httpx

    from tests.world import World

pytestmark = pytest.mark.usefixtures("rolled_back")
TERMS = "quantity=60&country=DE&postal_code=10115"
FACTORS = ("cost", "time", "on_time", "checks", "stock")
VERSIONS = "/api/v1/operator/ranking/versions"
OWN = "/api/v1/ranking/own"
DASH = "\u2013"


def keyed() -> dict[str, str]:
    return {"idempotency-key": uuid4().hex}


def numbers(page: str, table: str, mark: str) -> dict[str, dict[str, str]]:
    """Read a table of the page: by offer, what its cells with this mark say."""
    body = page.split(f'id="{table}"')[1].split("</table>", maxsplit=1)[0]
    found = {}
    for row in body.split("<tr data-offer=")[1:]:
        found[row[1:37]] = {name: re.sub(r"<[^>]+>|[,%]", "", text).strip() for name, text in re.findall(rf'data-{mark}="(\w+)">(.*?)</td>', row)}
    return found


def thousandths(points: Decimal) -> int:
    return int((points * 1000).quantize(Decimal(1), ROUND_HALF_UP))


def share(value: Decimal, weight: int) -> int:
    return thousandths(max(Decimal(0), min(Decimal(1), value)) * weight / 1000)


def recomputed(figures: dict[str, str], weights: dict[str, int], lowest: str, *, has_need_by: bool) -> dict[str, int]:
    """Work points out anew from what the page shows, by the formula that the page tells, in thousandths."""
    slope = weights["cost_slope"]
    level = [round(math.log(int(Decimal(text) * 100)) * slope) for text in (figures["cost"], lowest)]
    days = None if figures["time"] == DASH else Decimal(figures["time"])
    on_time = None if figures["on_time"] == DASH else Decimal(figures["on_time"]) / 100
    span = Decimal("0.3")
    return {
        "cost": weights["cost"] - level[0] + level[1],
        "time": 0 if days is None else share(days / 10 if has_need_by else (30 - days) / 30, weights["time"]),
        "on_time": 0 if on_time is None else share((on_time - Decimal("0.7")) / span, weights["on_time"]),
        "checks": share(Decimal(figures["checks"]) / 5, weights["checks"]),
        "stock": share((Decimal(figures["stock"]) - 1) / 9, weights["stock"]),
    }


@pytest.mark.parametrize("need_by", ["", "2026-12-01"])
async def test_every_displayed_score_is_recomputed_from_the_pages_own_numbers(client: httpx.AsyncClient, need_by: str) -> None:
    market = await deals.deal(now=NOW)
    page = (await client.get(f"/en/ranking?product={market.product_id}&{TERMS}&need_by={need_by}")).text
    body = page.split('id="factors"')[1].split("</table>")[0]
    weights = {name: int(Decimal(text) * 1000) for name, text in re.findall(r'data-w="(\w+)">([0-9.]+)<', body)}
    slope = re.search(r"\u2212 ([0-9.]+) · ln\(total ÷ lowest ranked total\)", body)
    assert slope is not None
    weights["cost_slope"] = int(Decimal(slope.group(1)) * 1000)
    lowest = re.search(r'<span data-f="lowest">([0-9.,]+)</span>', page)
    assert lowest is not None
    figures, points = numbers(page, "worked", "f"), numbers(page, "points", "p")
    assert len(figures) == len(points) == 3
    for offer_id, shown in points.items():
        found = recomputed(figures[offer_id], weights, lowest.group(1).replace(",", ""), has_need_by=bool(need_by))
        assert {name: thousandths(Decimal(shown[name])) for name in FACTORS} == found
        assert thousandths(Decimal(shown["score"])) == sum(found.values())


async def test_every_score_of_the_apis_example_is_recomputed_from_the_answers_own_figures(client: httpx.AsyncClient, world: World) -> None:
    assert world
    told = (await client.get("/api/v1/ranking")).json()
    found = (await client.get(told["example"])).json()
    assert found["weights"] == told["weights"]
    ranked = [one for one in found["offers"] if one["place"]]
    assert ranked
    lowest = Decimal(min(one["known_minor"] for one in ranked)).scaleb(-2)
    for one in ranked:
        low = one["on_time"]["low"]
        figures = {
            "cost": str(Decimal(one["known_minor"]).scaleb(-2)),
            "time": DASH if one["time_days"] is None else str(one["time_days"]),
            "on_time": DASH if low is None else str(Decimal(low) * 100),
            "checks": str(one["supplier"]["checks"]),
            "stock": one["stock"]["times"],
        }
        points = recomputed(figures, told["weights"], str(lowest), has_need_by=False)
        assert {part["factor"]: part["points"] for part in one["factors"]} == points
        assert one["score"] == sum(points.values())


async def test_the_example_is_the_comparison_that_the_reasons_lead_to(client: httpx.AsyncClient) -> None:
    market = await deals.deal(now=NOW)
    given = {"quantity": "60", "country": "DE", "postal_code": "10115"}
    rows = (await compare.compare_given(market.product_id, given, viewer=ANONYMOUS, now=NOW)).offers
    opened = (await client.get(f"/en/products/{market.product_id}?{TERMS}&why={rows[2].offer_id}")).text
    link = re.search(r'<a href="(/en/ranking\?product=[^"]+#example)"', opened)
    assert link is not None
    page = (await client.get(link.group(1).replace("&amp;", "&").removesuffix("#example"))).text
    assert f"Step by step: <bdi>{rows[2].supplier.name}</bdi>" in page
    shown = numbers(page, "points", "p")
    assert {one.offer_id: thousandths(Decimal(shown[one.offer_id]["score"])) for one in rows} == {one.offer_id: one.score for one in rows}


@pytest.mark.parametrize("locale", ["en", "vi", "ar"])
async def test_without_a_product_the_page_works_an_example_of_the_market(client: httpx.AsyncClient, world: World, locale: str) -> None:
    assert world
    answer = await client.get(f"/{locale}/ranking")
    assert answer.status_code == 200
    assert 'id="worked"' in answer.text
    assert answer.text.count('data-p="score"') >= 2


@pytest.mark.parametrize(
    "query, status", [("product=nothing", 404), (f"product={MISSING}", 404), ("quantity=lots", 422), ("weights=mine", 422), ("country=ZZ", 422)]
)
async def test_an_address_of_an_example_that_is_none_is_refused_clearly(client: httpx.AsyncClient, world: World, query: str, status: int) -> None:
    assert world
    assert (await client.get(f"/en/ranking?{query}")).status_code == status


async def test_the_api_tells_weights_scales_rounding_and_every_version_and_that_nobody_pays(
    client: httpx.AsyncClient, clients: dict[str, httpx.AsyncClient]
) -> None:
    first = (await client.get("/api/v1/ranking")).json()
    assert (first["version"], first["sponsored_places"], first["tie_break"]) == (1, False, ["total", "arrival", "offer_id"])
    assert first["weights"] == {"cost": 50_000, "time": 15_000, "on_time": 20_000, "checks": 10_000, "stock": 5_000, "cost_slope": 100_000}
    assert [(one["factor"], one["weight"]) for one in first["factors"]] == [(name, first["weights"][name]) for name in FACTORS]
    body = {"after": 1, "weights": WEIGHTS, "reason": "Dates count more.", "in_force_from": (NOW + timedelta(days=1)).isoformat()}
    made = await clients["operator"].post(VERSIONS, json=body, headers=keyed())
    assert (made.status_code, made.json()["version"]) == (201, 2)
    then = (await client.get("/api/v1/ranking")).json()
    assert (then["version"], [one["version"] for one in then["versions"]]) == (1, [2, 1])
    page = (await client.get("/en/ranking")).text
    assert "Dates count more." in page
    assert "comes into force then" in page


@pytest.mark.parametrize(
    "changes, status, slug",
    [
        ({"after": 7}, 409, "weights-moved"),
        ({"weights": {**WEIGHTS, "cost": 1}}, 422, "invalid-input"),
        ({"weights": {**WEIGHTS, "cost": 2**70}}, 422, "invalid-input"),
        ({"weights": {**WEIGHTS, "extra": 1}}, 422, "invalid-input"),
        ({"reason": ""}, 422, "invalid-input"),
        ({"in_force_from": "2026-11-24T09:20:30Z"}, 422, "too-soon"),
        ({"in_force_from": "9999-12-31T23:59:59-23:59"}, 422, "too-late"),
        ({"in_force_from": "0001-01-01T00:00:00+14:00"}, 422, "too-soon"),
        ({"in_force_from": "2026-11-25T09:20:30"}, 422, "invalid-input"),
    ],
)
async def test_what_cannot_be_published_is_refused_and_nothing_changes(
    clients: dict[str, httpx.AsyncClient], changes: dict[str, object], status: int, slug: str
) -> None:
    body = {"after": 1, "weights": WEIGHTS, "reason": "Dates count more."} | changes
    check_problem(await clients["operator"].post(VERSIONS, json=body, headers=keyed()), status, slug)
    assert len((await clients["operator"].get("/api/v1/ranking")).json()["versions"]) == 1


async def test_the_preview_counts_first_places_that_move_and_names_who_gains_and_loses(clients: dict[str, httpx.AsyncClient], world: World) -> None:
    same = {"cost": "50", "time": "15", "on_time": "20", "checks": "10", "stock": "5", "cost_slope": "100"}
    still = (await clients["operator"].get("/api/v1/operator/ranking/preview", params=same)).json()
    assert (still["firsts_changed"], still["places_changed"], still["suppliers"], still["products"]) == (0, 0, [], [])
    assert still["compared"] >= 20
    assert still["bought"] >= 1
    other = {"cost": "0", "time": "100", "on_time": "0", "checks": "0", "stock": "0", "cost_slope": "1"}
    moved = (await clients["operator"].get("/api/v1/operator/ranking/preview", params=other)).json()
    assert moved["compared"] == still["compared"]
    assert moved["firsts_changed"] == len(moved["products"]) > 0
    assert sum(one["firsts_after"] - one["firsts_before"] for one in moved["suppliers"]) == 0
    assert all(one["first_before"] != one["first_after"] for one in moved["products"])
    assert world.product_ids


async def test_the_operator_tries_weights_in_the_address_and_publishes_them_with_a_reason(clients: dict[str, httpx.AsyncClient]) -> None:
    operator = clients["operator"]
    query = "&".join(f"{name}={value}" for name, value in POINTS.items())
    page = (await operator.get(f"/en/operator/ranking?{query}")).text
    assert "products would have another first place." in page
    csrf, key = [re.search(rf'name="{name}" value="([^"]+)"', page) for name in ("csrf_token", "idempotency_key")]
    assert csrf is not None
    assert key is not None
    typed = {**POINTS, "csrf_token": csrf.group(1), "idempotency_key": key.group(1), "after": "1", "reason": "", "in_force_from": ""}
    refused = await operator.post("/en/operator/ranking", data=typed)
    assert refused.status_code == 422
    assert "Say in 1 to 500 characters why the weights change." in refused.text
    assert 'name="on_time" value="30"' in refused.text
    done = await operator.post("/en/operator/ranking", data={**typed, "reason": "Dates count more."})
    assert (done.status_code, done.headers["location"]) == (303, "/en/operator/ranking")
    assert "Dates count more." in (await operator.get("/en/operator/ranking")).text


@pytest.mark.parametrize(
    "query, words", [("cost=x", "Give points in digits"), ("cost=50&time=15&on_time=20&checks=10&stock=6&cost_slope=100", "are 101 together")]
)
async def test_weights_that_cannot_be_tried_keep_what_was_typed(clients: dict[str, httpx.AsyncClient], query: str, words: str) -> None:
    answer = await clients["operator"].get(f"/en/operator/ranking?{query}")
    assert answer.status_code == 422
    assert words in answer.text
    assert f'value="{query.split("&", maxsplit=1)[0].removeprefix("cost=")}"' in answer.text


async def test_a_buyer_keeps_weights_of_its_own_and_the_comparison_says_so_with_a_way_back(
    clients: dict[str, httpx.AsyncClient], world: World
) -> None:
    buyer, address = clients["buyer_a"], f"/products/{world.product_ids[0]}"
    assert "organisation's weights" not in (await buyer.get(f"/en{address}")).text
    version = (await buyer.get(OWN)).json()["version"]
    kept = await buyer.put(OWN, json={"version": version, "weights": WEIGHTS}, headers=keyed())
    assert (kept.status_code, kept.json()["is_used"]) == (200, True)
    mine = (await buyer.get(f"/en{address}")).text
    assert "Places by your organisation's weights." in mine
    way_back = re.search(r'href="([^"]*weights=market[^"]*)"', mine)
    assert way_back is not None
    market = (await buyer.get(way_back.group(1).replace("&amp;", "&"))).text
    assert "Places by the market's weights." in market
    told = (await buyer.get(f"/api/v1{address}/comparison", params={"quantity": "10", "country": "DE"})).json()
    assert (told["weights_of"], told["weights"]["on_time"], told["own_weights_version"]) == ("organisation", 30_000, version + 1)
    other = (await clients["buyer_b"].get(f"/api/v1{address}/comparison", params={"quantity": "10", "country": "DE"})).json()
    assert (other["weights_of"], other["own_weights_version"]) == ("market", None)
    sheet = (await buyer.get(f"{address}/comparison.csv", params={"quantity": "10", "country": "DE"})).text.splitlines()
    assert [line.rpartition(",")[2] for line in sheet] == ["ranking", *[f"organisation {version + 1}"] * len(told["offers"])]
    stale = await buyer.put(OWN, json={"version": version, "weights": WEIGHTS}, headers=keyed())
    check_problem(stale, 412, "version-conflict")


@pytest.mark.parametrize("locale", ["en", "vi", "ar"])
async def test_the_page_of_own_weights_keeps_what_was_typed_when_it_is_refused(clients: dict[str, httpx.AsyncClient], locale: str) -> None:
    buyer = clients["buyer_a"]
    page = (await buyer.get(f"/{locale}/ranking/own")).text
    hidden = {name: re.search(rf'name="{name}" value="([^"]+)"', page) for name in ("csrf_token", "idempotency_key", "version")}
    sent = {name: found.group(1) for name, found in hidden.items() if found}
    refused = await buyer.post(f"/{locale}/ranking/own", data={**POINTS, **sent, "act": "keep", "stock": "7.5"})
    assert refused.status_code == 422
    assert 'value="7.5"' in refused.text
    done = await buyer.post(f"/{locale}/ranking/own", data={**POINTS, **sent, "act": "keep"})
    assert done.status_code == 303
    assert (await buyer.get(OWN)).json()["is_used"] is True
