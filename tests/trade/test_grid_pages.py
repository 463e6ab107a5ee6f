"""Tests of the price grid as a form: what is typed is saved, what is refused stays typed with its reason at its cell."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode
from uuid import uuid4

import pytest

from marketplace.kernel.database import connection
from tests.conftest import NOW
from tests.trade.test_grid_service import more, row, stall
from tests.vendors.desk import signed_in
from tests.vendors.market import tiers
from vendors.offers import service as offers

if TYPE_CHECKING:
    import httpx

    from marketplace.kernel.http.edge import Edge

pytestmark = pytest.mark.usefixtures("rolled_back")
FORM = {"content-type": "application/x-www-form-urlencoded"}
INPUT = re.compile(r"<input [^>]*>")
ATTRIBUTE = re.compile(r'([\w-]+)="([^"]*)"')


def inputs(text: str) -> dict[str, dict[str, str]]:
    """Give the inputs of the grid's form by name, with their attributes."""
    form = text[text.index('id="grid"') :]
    found = [dict(ATTRIBUTE.findall(tag)) for tag in INPUT.findall(form)]
    return {one["name"]: one | {"value": one.get("value", "").replace("&#34;", '"')} for one in found if one.get("type") != "checkbox"}


def fields(text: str) -> dict[str, str]:
    """Give the form as a browser would send it untouched."""
    return {name: one["value"] for name, one in inputs(text).items()}


async def sent(client: httpx.AsyncClient, given: dict[str, Any], *, path: str = "/supplier/grid") -> httpx.Response:
    return await client.post(path, content=urlencode(given | {"idempotency_key": uuid4().hex}, doseq=True), headers=FORM)


async def test_a_typed_price_and_a_typed_count_are_saved(app: Edge) -> None:
    seller, ids = await stall(2)
    async with signed_in(app, seller) as client:
        given = fields((await client.get("/supplier/grid")).text)
        assert (given["p0.0"], given["p0.1"], given["h0.0"], given["k0.0"]) == ("12.50", "11.00", "10", "0")
        answer = await sent(client, given | {"p0.0": "12.40", "h1.0": "1,250"})
        assert (answer.status_code, answer.headers["location"]) == (303, "/supplier/grid")
        again = (await client.get("/supplier/grid")).text
    assert "Undo this save" in again
    assert (fields(again)["p0.0"], fields(again)["h1.0"]) == ("12.40", "1250")
    assert [(await row(one, seller.actor)).version for one in ids] == [2, 2]


async def test_the_page_speaks_the_number_format_of_its_reader(app: Edge) -> None:
    seller, ids = await stall(1)
    async with signed_in(app, seller) as client:
        given = fields((await client.get("/vi/supplier/grid")).text)
        assert given["p0.0"] == "12,50"
        refused = await sent(client, given | {"p0.0": "12.40"}, path="/vi/supplier/grid")
        assert refused.status_code == 422
        assert inputs(refused.text)["p0.0"]["value"] == "12.40"
        assert (await sent(client, given | {"p0.0": "12,40"}, path="/vi/supplier/grid")).status_code == 303
    assert (await row(ids[0], seller.actor)).tiers[0].unit_price == "12.400000"


@pytest.mark.parametrize("text", ["1,234", "1.234", "12,50", "twelve", "0", "", "1.2345678", "9" * 30])
async def test_a_bad_cell_is_marked_and_everything_typed_stays(app: Edge, text: str) -> None:
    seller, ids = await stall(2)
    async with signed_in(app, seller) as client:
        given = fields((await client.get("/supplier/grid")).text)
        answer = await sent(client, given | {"p0.0": text, "h1.0": "77"})
    assert answer.status_code == 422
    there = inputs(answer.text)
    assert (there["p0.0"]["value"], there["p0.0"]["aria-invalid"], there["p0.0"]["aria-describedby"]) == (text, "true", "e-p0.0")
    assert (there["h1.0"]["value"], "aria-invalid" in there["h1.0"]) == ("77", False)
    assert 'id="e-p0.0"' in answer.text
    assert "Unsaved cells: 2, in rows: 2" in answer.text
    assert [(await row(one, seller.actor)).version for one in ids] == [1, 1]


async def test_the_marked_rows_are_left_out_where_that_is_asked_for_and_stay_typed(app: Edge) -> None:
    seller, ids = await stall(2)
    async with signed_in(app, seller) as client:
        given = fields((await client.get("/supplier/grid")).text)
        answer = await sent(client, given | {"p0.0": "twelve", "h1.0": "77", "mode": "partial"})
    assert answer.status_code == 200
    assert "1 place was not saved" in answer.text
    assert (inputs(answer.text)["p0.0"]["value"], inputs(answer.text)["h1.0"]["value"]) == ("twelve", "77")
    assert "Unsaved cells: 1, in rows: 1" in answer.text
    assert [(await row(one, seller.actor)).version for one in ids] == [1, 2]


async def test_a_row_that_somebody_changed_shows_both_values_and_can_be_saved_again(app: Edge) -> None:
    seller, ids = await stall(2)
    async with signed_in(app, seller) as client:
        given = fields((await client.get("/supplier/grid")).text)
        await offers.set_price(ids[0], tiers=tiers((1, "12.00"), (50, "11.00")), version=1, actor=seller.actor, now=NOW)
        refused = await sent(client, given | {"p0.0": "12.40", "h1.0": "77"})
        assert refused.status_code == 412
        assert "Now 12, changed by somebody else meanwhile; you want 12.4." in refused.text
        there = inputs(refused.text)
        assert (there["p0.0"]["value"], there["p0.0"]["data-was"]) == ("12.40", "12.00")
        assert (await row(ids[1], seller.actor)).version == 1
        assert (await sent(client, fields(refused.text))).status_code == 303
    assert [(await row(one, seller.actor)).version for one in ids] == [3, 2]


async def test_a_large_change_is_confirmed_by_a_tick(app: Edge) -> None:
    seller, ids = await stall(1)
    async with signed_in(app, seller) as client:
        given = fields((await client.get("/supplier/grid")).text)
        asked = await sent(client, given | {"p0.0": "1.25"})
        assert asked.status_code == 409
        assert "12.50 becomes 1.25, which is more than 50 % off" in asked.text
        assert 'name="confirm"' in asked.text
        assert (await sent(client, fields(asked.text) | {"confirm": "on"})).status_code == 303
    assert (await row(ids[0], seller.actor)).tiers[0].unit_price == "1.250000"


@pytest.mark.parametrize(
    "act, typed, prices",
    [
        ("percent", {"percent": "+3"}, ["12.88", "11.33"]),
        ("percent", {"percent": "-2.5 %"}, ["12.19", "10.73"]),
        ("ending", {"ending": "95"}, ["12.95", "10.95"]),
        ("ending", {"ending": "99"}, ["12.99", "10.99"]),
        ("ending", {"ending": "00"}, ["13.00", "11.00"]),
    ],
)
async def test_selected_rows_are_changed_at_once_and_not_saved(app: Edge, act: str, typed: dict[str, str], prices: list[str]) -> None:
    seller, ids = await stall(2)
    async with signed_in(app, seller) as client:
        given = fields((await client.get("/supplier/grid")).text)
        answer = await sent(client, given | typed | {"act": act, "pick": "0"})
    assert answer.status_code == 200
    there = inputs(answer.text)
    assert [there["p0.0"]["value"], there["p0.1"]["value"], there["p1.0"]["value"]] == [*prices, "12.50"]
    assert [(await row(one, seller.actor)).version for one in ids] == [1, 1]


async def test_a_count_is_set_in_all_selected_rows(app: Edge) -> None:
    seller, _ = await stall(3)
    async with signed_in(app, seller) as client:
        given = fields((await client.get("/supplier/grid")).text)
        there = inputs((await sent(client, given | {"act": "stock", "stock": "40", "pick": ["0", "2"]})).text)
        everywhere = inputs((await sent(client, given | {"act": "stock", "stock": "41", "everything": "on"})).text)
    assert [there[f"h{number}.0"]["value"] for number in range(3)] == ["40", "10", "40"]
    assert [everywhere[f"h{number}.0"]["value"] for number in range(3)] == ["41", "41", "41"]


@pytest.mark.parametrize(
    "typed",
    [
        {"act": "percent", "percent": "+3"},
        *({"act": "percent", "percent": text, "pick": "0"} for text in ("", "0", "91", "x", "1,234")),
        {"act": "stock", "stock": "-1", "pick": "0"},
    ],
)
async def test_a_bulk_act_that_cannot_be_done_says_so(app: Edge, typed: dict[str, str]) -> None:
    seller, _ = await stall(1)
    async with signed_in(app, seller) as client:
        given = fields((await client.get("/supplier/grid")).text)
        answer = await sent(client, given | {"p0.0": "12.40"} | typed)
    assert answer.status_code == 422
    assert inputs(answer.text)["p0.0"]["value"] == "12.40"
    assert 'role="alert"' in answer.text


async def test_the_last_save_is_taken_back_by_its_button(app: Edge) -> None:
    seller, ids = await stall(1)
    async with signed_in(app, seller) as client:
        given = fields((await client.get("/supplier/grid")).text)
        await sent(client, given | {"p0.0": "12.40"})
        page = (await client.get("/supplier/grid")).text
        save_id = re.search(r'name="save_id" value="([^"]+)"', page)
        assert save_id is not None
        undo = {"csrf_token": given["csrf_token"], "save_id": save_id[1]}
        assert (await sent(client, undo, path="/supplier/grid/undo")).status_code == 303
        assert fields((await client.get("/supplier/grid")).text)["p0.0"] == "12.50"
        again = await sent(client, undo, path="/supplier/grid/undo")
        assert (again.status_code, "no save of yours" in again.text) == (409, True)
    assert (await row(ids[0], seller.actor)).version == 3


async def test_nothing_typed_is_said_to_be_nothing(app: Edge) -> None:
    seller, _ = await stall(1)
    async with signed_in(app, seller) as client:
        given = fields((await client.get("/supplier/grid")).text)
        answer = await sent(client, given)
    assert (answer.status_code, "Nothing was changed yet." in answer.text) == (422, True)


async def test_a_preview_part_by_part_adds_up_what_was_counted(app: Edge) -> None:
    seller, _ = await stall(2)
    async with signed_in(app, seller) as client:
        given = fields((await client.get("/supplier/grid")).text)
        asked = {"csrf_token": given["csrf_token"], "act": "preview", "part": "1"}
        first = await sent(client, asked | {"r0": given["r0"], "p0.0": "12.40"})
        tally = re.search(r'data-tally="([^"]+)"', first.text)
        assert (first.status_code, "<html" in first.text, tally is None) == (200, False, False)
        assert "unchanged on 1 product" in first.text or "no place on 1 product" in first.text
        so_far = html.unescape(tally[1]) if tally else ""
        second = await sent(client, asked | {"r1": given["r1"], "p1.0": "12.40", "so_far": so_far})
        assert "on 2 products" in second.text
        for broken in ({"so_far": "{}"}, {"so_far": "[[],-1,0,0]"}, {"so_far": "x"}):
            assert (await sent(client, asked | {"r1": given["r1"], "p1.0": "12.40"} | broken)).status_code == 422
        assert (await sent(client, asked | {"r1": given["r1"], "p1.0": "twelve"})).status_code == 422


@pytest.mark.parametrize(
    "broken",
    [{"r0": ""}, {"r0": "[]"}, {"r0": "{}"}, {"r0": '["x",1,"EUR",0,[],[],[]]'}, {"r0": "\x00"}, {"r9999": "null"}, {"act": "nonsense", "r0": "1"}],
)
async def test_a_form_that_did_not_come_from_the_page_is_refused(app: Edge, broken: dict[str, str]) -> None:
    seller, ids = await stall(1)
    async with signed_in(app, seller) as client:
        given = fields((await client.get("/supplier/grid")).text)
        assert (await sent(client, given | {"h0.0": "5"} | broken)).status_code == 422
    assert (await row(ids[0], seller.actor)).version == 1


async def test_a_page_that_was_written_in_another_language_is_not_misread(app: Edge) -> None:
    seller, ids = await stall(1)
    async with signed_in(app, seller) as client:
        given = fields((await client.get("/vi/supplier/grid")).text)
        saved = await sent(client, given | {"p0.0": "12.40"}, path="/en/supplier/grid")
        bulk = await sent(client, given | {"act": "percent", "percent": "3", "pick": "0"}, path="/en/supplier/grid")
    assert [(one.status_code, "opened in another language" in one.text) for one in (saved, bulk)] == [(422, True), (422, True)]
    assert (await row(ids[0], seller.actor)).version == 1


@pytest.mark.parametrize("query", ["sort=colour", "category=x", "site=x", "cursor=AAAA", "show=none", "q=" + "x" * 81])
async def test_an_odd_address_is_refused(app: Edge, query: str) -> None:
    seller, _ = await stall(1)
    async with signed_in(app, seller) as client:
        assert (await client.get(f"/supplier/grid?{query}")).status_code in {400, 422}


async def test_whoever_may_not_change_sees_figures_and_no_cells(app: Edge) -> None:
    seller, _ = await stall(1)
    async with signed_in(app, seller, roles=("viewer",)) as client:
        text = (await client.get("/supplier/grid")).text
    assert [name for name in inputs(text) if re.match(r"[phk]\d", name)] == []
    assert "12.50" in text


async def test_two_hundred_rows_travel_as_one_form(app: Edge) -> None:
    seller, _ = await stall(0)
    await more(seller, 200, tiers=tiers((1, "12.50"), (50, "11.00"), (200, "10.00")))
    async with signed_in(app, seller) as client:
        given = fields((await client.get("/supplier/grid")).text)
        assert len(given) > 1000
        answer = await sent(client, {name: "12.40" if re.fullmatch(r"p\d+\.0", name) else value for name, value in given.items()})
    assert answer.status_code == 303
    assert await connection().fetchval("SELECT count(*) FROM vendors.offers WHERE supplier_id = $1 AND version = 2", seller.supplier_id) == 200


async def test_an_empty_grid_says_what_to_do(app: Edge) -> None:
    seller, _ = await stall(0)
    async with signed_in(app, seller) as client:
        assert "Find a product and say at what price you sell it." in (await client.get("/supplier/grid")).text
        assert "Show all offers" in (await client.get("/supplier/grid", params={"q": "nothing like it"})).text
