"""Tests of the pages and files of saved comparisons, and of their API over HTTP."""

from __future__ import annotations

import csv
import io
import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode
from uuid import uuid4

import msgspec
import pytest
from python_calamine import CalamineWorkbook

from marketplace.kernel.actor import WORKER
from marketplace.kernel.database import connection, transaction
from marketplace.kernel.http.policy import permits
from marketplace.trade.saved import pages, routes

if TYPE_CHECKING:
    import httpx

    from tests.world import World

pytestmark = pytest.mark.usefixtures("rolled_back")
FORM = {"content-type": "application/x-www-form-urlencoded"}


def words(html: str) -> str:
    """Give a page's text in one line."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


async def send(client: httpx.AsyncClient, path: str, **values: Any) -> httpx.Response:
    """Send a form as a browser would."""
    body = {**values, "csrf_token": client.headers["x-csrf-token"], "idempotency_key": str(uuid4())}
    return await client.post(path, content=urlencode(body), headers=FORM)


async def save(client: httpx.AsyncClient, world: World, name: str = "Spring order", **more: str) -> str:
    """Save a comparison by the API and give its id."""
    body = {"product_id": str(world.offers[0].product_id), "name": name, "quantity": "12", "country": "DE", "currency": "EUR", **more}
    answer = await client.post("/api/v1/comparisons", json=body, headers={"idempotency-key": str(uuid4())})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def count() -> int:
    """Count what is kept by anybody."""
    async with transaction(actor=WORKER):
        return int(await connection().fetchval("SELECT count(*) FROM trade.saved_comparisons"))


async def test_a_buyer_saves_from_the_terms_of_the_page_and_finds_it_in_the_list(as_buyer_a: httpx.AsyncClient, world: World) -> None:
    product_id = world.offers[0].product_id
    form = await as_buyer_a.get(f"/products/{product_id}/save", params={"quantity": "12", "country": "DE", "currency": "EUR"})
    assert form.status_code == 200
    assert 'name="quantity" value="12"' in form.text
    answer = await send(as_buyer_a, "/comparisons", product_id=product_id, name="Valves, spring", note="Ask again.", quantity="12", country="DE")
    assert answer.status_code == 303
    page = await as_buyer_a.get(answer.headers["location"])
    assert page.status_code == 200
    assert "Valves, spring" in page.text
    assert "Ask again." in page.text
    assert "No offer has changed." in words(page.text)
    assert " style=" not in page.text
    listed = await as_buyer_a.get("/comparisons")
    assert "Valves, spring" in listed.text
    assert answer.headers["location"] in listed.text


async def test_a_refused_form_keeps_what_was_typed_and_names_the_field(as_buyer_a: httpx.AsyncClient, world: World) -> None:
    product_id, before = world.offers[0].product_id, await count()
    answer = await send(as_buyer_a, "/comparisons", product_id=product_id, name="", note="A long thought.", quantity="12", country="DE")
    assert answer.status_code == 422
    assert "A long thought." in answer.text
    assert 'id="e-name"' in answer.text
    assert await count() == before
    answer = await send(as_buyer_a, "/comparisons", product_id=product_id, name="x" * 5000, quantity="12", country="DE")
    assert (answer.status_code, await count()) == (422, before)
    answer = await send(as_buyer_a, "/comparisons", product_id=product_id, name="Kept", quantity="many", country="DE")
    assert answer.status_code == 422
    assert 'value="Kept"' in answer.text
    assert await count() == before
    assert (await send(as_buyer_a, "/comparisons", product_id="no-id", name="Kept")).status_code in {404, 422}


async def test_the_comparison_is_renamed_archived_and_kept_anew_on_its_page(as_buyer_a: httpx.AsyncClient, world: World) -> None:
    path = f"/comparisons/{await save(as_buyer_a, world)}"
    assert (await send(as_buyer_a, path, name="Autumn order", note="", version="1")).status_code == 303
    stale = await send(as_buyer_a, path, name="Winter order", note="", version="1")
    assert stale.status_code == 412
    assert 'value="Winter order"' in stale.text
    assert (await send(as_buyer_a, f"{path}/snapshots")).status_code == 303
    page = (await as_buyer_a.get(path, params={"snapshot": "1"})).text
    assert "Autumn order" in page
    assert page.count("snapshot=") >= 2
    assert (await send(as_buyer_a, path, archive="yes", version="3")).status_code == 303
    refused = await send(as_buyer_a, f"{path}/snapshots")
    assert refused.status_code == 409
    assert "This comparison is archived" in refused.text
    assert "Autumn order" in (await as_buyer_a.get("/comparisons", params={"show": "archived"})).text


async def test_every_language_shows_the_page_and_a_viewer_sees_no_acts(as_buyer_a: httpx.AsyncClient, world: World) -> None:
    path = f"/comparisons/{await save(as_buyer_a, world)}"
    for locale in ("en", "vi", "ar"):
        for place in (path, "/comparisons", f"/products/{world.offers[0].product_id}/save"):
            assert (await as_buyer_a.get(f"/{locale}{place}")).status_code == 200
    assert 'dir="rtl"' in (await as_buyer_a.get(f"/ar{path}")).text


@pytest.mark.parametrize("snapshot", ["0", "-1", "51", "x", "2", "1e3", "9" * 40])
async def test_a_state_that_is_none_is_refused_clearly(as_buyer_a: httpx.AsyncClient, world: World, snapshot: str) -> None:
    comparison_id = await save(as_buyer_a, world)
    for path in (f"/comparisons/{comparison_id}", f"/api/v1/comparisons/{comparison_id}/changes", f"/comparisons/{comparison_id}/comparison.xlsx"):
        answer = await as_buyer_a.get(path, params={"snapshot": snapshot})
        assert answer.status_code in {404, 422}, answer.text[:200]


async def test_others_get_neither_page_nor_files(
    as_buyer_a: httpx.AsyncClient, as_buyer_b: httpx.AsyncClient, client: httpx.AsyncClient, world: World
) -> None:
    path = f"/comparisons/{await save(as_buyer_a, world)}"
    for end in ("", "/comparison.csv", "/comparison.xlsx"):
        assert (await as_buyer_b.get(path + end)).status_code == 404
        assert (await client.get(path + end)).status_code == 303
    assert (await as_buyer_b.get(f"/api/v1{path}/csv")).status_code == 404


async def test_the_csv_names_source_rate_and_time_of_every_figure(as_buyer_a: httpx.AsyncClient, world: World) -> None:
    comparison_id = await save(as_buyer_a, world)
    answer = await as_buyer_a.get(f"/comparisons/{comparison_id}/comparison.csv")
    assert answer.headers["content-type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    full = (await as_buyer_a.get(f"/api/v1/comparisons/{comparison_id}")).json()["answer"]
    assert [row["supplier"] for row in rows] == [one["supplier"]["name"] for one in full["offers"]]
    for row, one in zip(rows, full["offers"], strict=True):
        freight = next(part for part in one["components"] if part["kind"] == "freight")
        assert (row["freight_source"], row["freight_rule"], row["freight_state"]) == (freight["source"], freight["rule_id"], freight["state"])
        assert row["price_version"] == one["price"]["price_version_id"]
        size, price = Decimal(one["pack_size"]), Decimal(one["price"]["unit_price"])
        assert Decimal(row["pack_size"]) == size
        assert (Decimal(row["moq"]), Decimal(row["multiple"])) == (Decimal(one["moq"]), Decimal(one["multiple"]))
        tier = one["next_tier"] or {"more": "", "unit_price": ""}
        assert (row["next_tier_more"], row["next_tier_price"]) == (str(tier["more"]), tier["unit_price"])
        assert row["pack_price"] == (f"{price * size:f}" if size > 1 else "")
        assert row["fx_rate"] == (one["fx"]["rate"] if one["fx"] else "")
        assert row["total_known"] == f"{one['known_minor'] / 100:.2f}"
        assert row["as_of"] == full["as_of"].replace("Z", "+00:00")
    assert (await as_buyer_a.get(f"/api/v1/comparisons/{comparison_id}/csv")).text == answer.text


async def test_the_workbook_holds_numbers_with_their_sources(as_buyer_a: httpx.AsyncClient, world: World) -> None:
    comparison_id = await save(as_buyer_a, world, note="=HYPERLINK(1)")
    answer = await as_buyer_a.get(f"/comparisons/{comparison_id}/comparison.xlsx")
    assert answer.headers["content-disposition"].endswith('.xlsx"')
    book = CalamineWorkbook.from_filelike(io.BytesIO(answer.content))
    assert book.sheet_names == ["Comparison", "Sources", "Terms"]
    full = (await as_buyer_a.get(f"/api/v1/comparisons/{comparison_id}")).json()["answer"]
    head, *rows = book.get_sheet_by_name("Comparison").to_python()
    table = [dict(zip(head, row, strict=True)) for row in rows]
    assert [row["Supplier"] for row in table] == [one["supplier"]["name"] for one in full["offers"]]
    assert [row["Known total"] for row in table] == [one["known_minor"] / 100 for one in full["offers"]]
    sources = book.get_sheet_by_name("Sources").to_python()
    assert sources[0][:3] == ["Supplier", "Figure", "State"]
    assert {row[1] for row in sources[1:]} >= {
        "Unit price",
        "Goods",
        "Freight",
        "Duty",
        "Total",
        "Arrival",
        "On time, low end",
        "Checks passed",
        "Stock",
    }
    assert all(row[8] for row in sources[1:] if row[2] == "Known")
    assert not {cell for row in sources[1:] for cell in row if isinstance(cell, str)} & {"H87", "not_applicable", "invented-rates", "price-list"}
    about = {row[0]: row[1] for row in book.get_sheet_by_name("Terms").to_python()}
    assert about["Note"] == "'=HYPERLINK(1)"
    assert about["Quantity"] == 12
    assert about["Offers compared"] == f"{len(full['offers'])} / {len(full['offers'])}"
    assert answer.content == (await as_buyer_a.get(f"/api/v1/comparisons/{comparison_id}/xlsx")).content


async def test_everybody_takes_the_present_comparison_as_a_workbook(client: httpx.AsyncClient, world: World) -> None:
    product_id = world.offers[0].product_id
    answer = await client.get(f"/products/{product_id}/comparison.xlsx", params={"quantity": "12", "country": "KW", "currency": "KWD"})
    assert answer.status_code == 200
    api = (await client.get(f"/api/v1/products/{product_id}/comparison", params={"quantity": "12", "country": "KW", "currency": "KWD"})).json()
    head, *rows = CalamineWorkbook.from_filelike(io.BytesIO(answer.content)).get_sheet_by_name("Comparison").to_python()
    totals = [row[head.index("Known total")] for row in rows]
    assert totals == [one["known_minor"] / 1000 for one in api["offers"]]
    refused = await client.get(f"/products/{product_id}/comparison.xlsx", params={"quantity": "none", "country": "DE"})
    assert refused.status_code == 422
    arabic = await client.get(f"/ar/products/{product_id}/comparison.xlsx", params={"quantity": "12", "country": "DE"})
    assert arabic.status_code == 200


async def test_the_workbook_has_the_price_of_a_pack_beside_that_of_one(client: httpx.AsyncClient, world: World) -> None:
    product_id = next(one.product_id for one in world.offers if one.multiple > 1)
    asked = {"quantity": "1000", "country": "DE"}
    full = (await client.get(f"/api/v1/products/{product_id}/comparison", params=asked)).json()
    prices = {one["supplier"]["name"]: (Decimal(one["pack_size"]), Decimal(one["price"]["unit_price"])) for one in full["offers"]}
    wanted = {name: (float(size), float(price * size) if size > 1 else "") for name, (size, price) in prices.items()}
    book = CalamineWorkbook.from_filelike(io.BytesIO((await client.get(f"/products/{product_id}/comparison.xlsx", params=asked)).content))
    head, *rows = book.get_sheet_by_name("Comparison").to_python()
    table = [dict(zip(head, row, strict=True)) for row in rows]
    assert {row["Supplier"]: (row["In a pack"], row["Price of a pack"]) for row in table} == wanted
    packed = {name for name, (_, cell) in wanted.items() if cell}
    assert packed
    sources = book.get_sheet_by_name("Sources").to_python()
    assert {(row[0], row[3]) for row in sources if row[1] == "Price of a pack"} == {(name, wanted[name][1]) for name in packed}


async def test_the_workbook_says_how_much_is_sold_at_once_and_the_next_price_as_the_lines_do(client: httpx.AsyncClient, world: World) -> None:
    product_id = next(one.product_id for one in world.offers if one.multiple > 1)
    asked = {"quantity": "12", "country": "DE"}
    table, lines = {}, {}
    book = CalamineWorkbook.from_filelike(io.BytesIO((await client.get(f"/products/{product_id}/comparison.xlsx", params=asked)).content))
    head, *rows = book.get_sheet_by_name("Comparison").to_python()
    for row in rows:
        told = dict(zip(head, row, strict=True))
        table[told["Supplier"]] = [told[name] for name in ("Least quantity", "In steps of", "Next price from so many more", "Next unit price")]
    for line in csv.DictReader(io.StringIO((await client.get(f"/products/{product_id}/comparison.csv", params=asked)).text)):
        cells = [line[name] for name in ("moq", "multiple", "next_tier_more", "next_tier_price")]
        lines[line["supplier"]] = [float(cell) if cell else "" for cell in cells]
    assert table == lines
    assert [cells for cells in lines.values() if cells[1] not in {"", 1.0}]
    assert any(cells[3] for cells in table.values())


async def test_the_api_names_what_it_refuses(as_buyer_a: httpx.AsyncClient, world: World) -> None:
    comparison_id, before = await save(as_buyer_a, world), await count()
    keyed = {"idempotency-key": str(uuid4())}
    unknown = await as_buyer_a.post(
        "/api/v1/comparisons", json={"product_id": str(world.offers[0].product_id), "name": "A", "state": "x"}, headers=keyed
    )
    assert (unknown.status_code, unknown.json()["errors"][0]["code"]) == (422, "unknown-field")
    assert (await as_buyer_a.post("/api/v1/comparisons", json={"name": "A"}, headers=keyed)).status_code == 422
    assert (await as_buyer_a.post("/api/v1/comparisons", json={"product_id": str(world.offers[0].product_id), "name": "A"})).status_code == 400
    path = f"/api/v1/comparisons/{comparison_id}"
    assert (await as_buyer_a.put(path, json={"name": "B"})).status_code == 428
    assert (await as_buyer_a.put(path, json={"name": "B", "version": 9})).status_code == 412
    assert (await as_buyer_a.put(path, json={"name": "\u202e", "version": 1})).status_code == 422
    assert (await as_buyer_a.get("/api/v1/comparisons", params={"cursor": "made-up"})).status_code == 400
    assert (await as_buyer_a.get("/api/v1/comparisons", params={"show": "all"})).status_code == 422
    assert (await count(), (await as_buyer_a.get(path)).json()["comparison"]["name"]) == (before, "Spring order")


def test_who_only_reads_may_open_and_load_and_change_nothing(world: World) -> None:
    reader = msgspec.structs.replace(world.logins["buyer_a"].actor, roles=frozenset({"viewer"}))
    may = {policy.route: permits(policy, reader) for policy in (*pages.POLICIES, *routes.POLICIES)}
    assert {route for route, is_allowed in may.items() if not is_allowed} == {
        "POST /comparisons", "POST /comparisons/{comparison_id:uuid}", "POST /comparisons/{comparison_id:uuid}/snapshots",
        "GET /products/{product_id:uuid}/save", "POST /api/v1/comparisons", "PUT /api/v1/comparisons/{comparison_id:uuid}",
        "POST /api/v1/comparisons/{comparison_id:uuid}/snapshots",
    }  # fmt: skip


async def test_the_bar_of_a_total_that_lacks_freight_says_so(as_buyer_a: httpx.AsyncClient, world: World) -> None:
    lacking = (await as_buyer_a.get(f"/comparisons/{await save(as_buyer_a, world, country='BR')}")).text
    told = re.findall(r'<svg class="bar" role="img"><title>([^<]*)</title>', lacking)
    assert told
    assert all(re.fullmatch(r"[\d.,]+\s?EUR before (duty, )?freight", one) for one in told), told
    assert "EUR in all" not in lacking


async def test_goods_in_another_condition_and_the_title_are_told_in_the_readers_language(as_buyer_a: httpx.AsyncClient, world: World) -> None:
    saved = await save(as_buyer_a, world)
    product_id = world.offers[0].product_id
    await connection().execute(
        "INSERT INTO catalogue.product_texts (product_id, locale, title, description) VALUES ($1, 'ar', $2, '')"
        " ON CONFLICT (product_id, locale) DO UPDATE SET title = excluded.title",
        product_id,
        "صمام 2205-K",
    )
    await connection().execute("UPDATE vendors.offers SET condition = 'used' WHERE product_id = $1 AND id = $2", product_id, world.offers[0].offer_id)
    english = words((await as_buyer_a.get(f"/en/comparisons/{saved}")).text)
    assert ("1 is of goods in another condition." in english, "New \u2192 Used" in english) == (True, True)
    arabic = (await as_buyer_a.get(f"/ar/comparisons/{saved}")).text
    assert ("جديد \u2190 مستعمل" in arabic, 'صمام <bdi dir="ltr">2205-K</bdi>' in arabic) == (True, True)
    assert 'صمام <bdi dir="ltr">2205-K</bdi>' in (await as_buyer_a.get("/ar/comparisons")).text
