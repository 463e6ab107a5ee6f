"""Tests proposing by a file: rows become edits of what they name and new products else, all of them or none, each fault at its line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from marketplace.catalogue.proposal_files import service
from marketplace.catalogue.proposals import service as proposals
from marketplace.kernel import spreadsheet
from marketplace.kernel.csv_file import CsvIn
from marketplace.kernel.errors import InvalidInput
from marketplace.kernel.sheets_in.schemas import Sent
from tests.catalogue.proposing import category, product, supplier
from tests.conftest import NOW
from tests.vendors import market
from tests.vendors.desk import key, signed_in
from tests.vendors.test_sites_routes import form

if TYPE_CHECKING:
    from pathlib import Path

    from marketplace.kernel.actor import Actor
    from marketplace.kernel.http.edge import Edge

pytestmark = pytest.mark.usefixtures("rolled_back")


async def faults(who: Actor, text: str, *, decimal: str = "point") -> list[tuple[str, str]]:
    with pytest.raises(InvalidInput) as caught:
        await service.take_file(CsvIn(text=text, decimal=decimal), actor=who, now=NOW)  # type: ignore[arg-type]
    assert (await proposals.my_proposals(show="", before=None, limit=9, actor=who, now=NOW))[0] == []
    return [(one.pointer, str(one.params.get("column", ""))) for one in caught.value.errors]


async def test_rows_become_edits_of_what_they_name_and_new_products_else() -> None:
    await category()
    who, by_id, by_number = await supplier(), await product(number="BV-20"), await product(number="BV-32", gtin="04006381333931")
    text = (
        "product_id;gtin;brand;part_number;title;category;attr:bore;weight_grams;note\n"
        f"{by_id};;;;;test-valves;25;310;Weighed\n"
        ";4006381333931;;;Ball valve DN 32;;;;\n"
        ";;orvik;BV 32;;;;300;\n"
        ";;Orvik;GV-40;Gate valve DN 40;test-valves;40,5;1200;\n"
    )
    made = await service.take_file(CsvIn(text=text, decimal="comma"), actor=who, now=NOW)
    told = [await proposals.my_proposal(one, actor=who, now=NOW) for one in made.proposal_ids]
    assert [(one.kind, one.product_id) for one in told] == [("edit", by_id), ("edit", by_number), ("edit", by_number), ("new", None)]
    assert [[change.field for change in one.changes] for one in told] == [
        ["category", "weight_grams", "attributes.bore"],
        ["title"],
        ["brand", "part_number"],
        ["title", "brand", "part_number", "category", "weight_grams", "attributes.bore"],
    ]
    assert told[3].changes[-1].new == 40.5
    assert [one.text for one in told[0].messages] == ["Weighed"]
    assert made.unchanged == 0


async def test_rows_that_say_what_the_catalogue_says_are_counted_and_not_sent() -> None:
    who, made = await supplier(), await product()
    text = f"product_id,title,weight_grams\n{made},Ball valve DN 20,300\n{made},Ball valve DN 25,\n"
    told = await service.take_file(CsvIn(text=text, decimal="point"), actor=who, now=NOW)
    assert (len(told.proposal_ids), told.unchanged) == (1, 1)


async def test_all_faults_are_told_at_their_lines_and_nothing_is_sent() -> None:
    await category()
    who, made = await supplier(), await product()
    text = (
        "product_id,gtin,title,category,attr:bore,weight_grams\n"
        f"{made},,Ball valve DN 25,,,\n"
        ",4006381333932,,test-valves,wide,0.5\n"
        "0199d3a6-0000-7000-8000-000000000000,,A valve,,,\n"
    )
    assert sorted(await faults(who, text)) == [
        ("/text/3", "attr:bore"), ("/text/3", "gtin"), ("/text/3", "title"), ("/text/3", "weight_grams"), ("/text/4", ""),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "text, pointer",
    [
        ("title,price\nValve,3\n", "/text/1"), ("title,title\nValve,3\n", "/text/1"), ("product_id,title\nnonsense,Valve\n", "/text/2"), ('title\n"Valve\n', "/text/2"),
        ("title\nVal\x00ve\n", "/text/2"), ("title\n" + "Valve\n" * 301, "/text"), (" ", "/text/1"),
    ],
)  # fmt: skip
async def test_a_file_that_is_none_is_refused(text: str, pointer: str) -> None:
    assert (await faults(await supplier(), text))[0][0] == pointer


async def test_over_page_and_api_a_faulty_file_keeps_its_text(app: Edge) -> None:
    seller, made = await market.shop("Hansa Lager", now=NOW), await product()
    wrong, right = f"product_id,weight_grams\n{made},heavy\n", f"product_id,weight_grams\n{made},310\n"
    async with signed_in(app, seller) as own:
        page = await form(own, "/supplier/proposals/file", text=wrong, decimal="point")
        assert (page.status_code, "Line 2, weight_grams: Give a whole number in digits." in page.text, ",heavy" in page.text) == (
            422,
            True,
            True,
        )
        refused = await own.post("/api/v1/proposals/file", json={"text": wrong, "decimal": "point"}, headers=key())
        assert (refused.status_code, [one["pointer"] for one in refused.json()["errors"]]) == (422, ["/text/2"])
        assert (await form(own, "/supplier/proposals/file", decimal="point")).status_code == 422
        sent = await form(own, "/supplier/proposals/file", text=right, decimal="point")
        assert (sent.status_code, sent.headers["location"]) == (303, "/supplier/proposals")
        again = await own.post("/api/v1/proposals/file", json={"text": right, "decimal": "point"}, headers=key())
        assert (again.status_code, len(again.json()["proposal_ids"])) == (200, 1)


@pytest.mark.parametrize("kind", ["xlsx", "jsonl"])
async def test_good_rows_of_a_workbook_and_of_json_lines_are_sent_and_the_others_told(kind: str, tmp_path: Path) -> None:
    await category()
    who, made = await supplier(), await product()
    head = ("product_id", "title", "category", "attr:bore", "weight_g")
    rows = [(str(made), "Ball valve DN 25", None, None, 310), (None, "A valve", "nowhere", None, 100), (str(made), None, "test-valves", "wide", None)]
    lines = b"\n".join(msgspec.json.encode(dict(zip(head, row, strict=True))) for row in rows)
    place = tmp_path / "mine.xlsx"
    spreadsheet.write_xlsx(place, sheet="Products", rows=[head, *rows])
    content = place.read_bytes() if kind == "xlsx" else lines
    read = await service.read(Sent(name=f"mine.{kind}", content=content), decimal="point", actor=who)
    told = await service.take_rows(read, actor=who, now=NOW)
    first = 2 if kind == "xlsx" else 1
    assert len(told.proposal_ids) == 1
    assert [(one.line - first, one.column, one.code) for one in told.faults] == [
        (1, "category", "unknown-category"),
        (2, "attr:bore", "bad-attribute"),
    ]


async def test_over_page_and_api_json_lines_tell_what_was_left_out(app: Edge) -> None:
    seller, made = await market.shop("Hansa Lager", now=NOW), await product()
    text = f'{{"product_id": "{made}", "weight_g": 310}}\n{{"product_id": "{made}", "weight_g": "heavy"}}\n'
    async with signed_in(app, seller) as own:
        sent = await own.post("/api/v1/proposals/file", json={"text": text, "decimal": "point", "format": "jsonl"}, headers=key())
        assert (sent.status_code, len(sent.json()["proposal_ids"])) == (200, 1)
        assert [(one["line"], one["column"]) for one in sent.json()["faults"]] == [(2, "weight_g")]
        bad = await own.post("/api/v1/proposals/file", json={"text": "???", "decimal": "point", "format": "xlsx"}, headers=key())
        assert bad.status_code == 422
