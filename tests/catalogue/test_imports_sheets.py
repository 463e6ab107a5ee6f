"""Tests product files as sheets: every column, each bad cell at its line, what stays, what a second time changes, and the way out and in again."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from marketplace.catalogue.exports import service as exports
from marketplace.catalogue.imports import rules_columns, service
from marketplace.catalogue.imports.schemas import ImportReport, Options
from marketplace.catalogue.merges import service as merges
from marketplace.catalogue.products import service as products
from marketplace.catalogue.products.schemas import NewProduct, ProductWords
from marketplace.catalogue.taxonomy import service as taxonomy
from marketplace.catalogue.taxonomy.schemas import CategoryAttribute, NewCategory
from marketplace.kernel import spreadsheet
from marketplace.kernel.actor import WORKER
from marketplace.kernel.database import reading
from marketplace.kernel.sheets_in.errors import ColumnsLacking, LineBroken
from marketplace.kernel.sheets_in.schemas import Mapping
from tests.conftest import NOW

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("rolled_back")
LATER = NOW.replace(day=25)
FULL = NewProduct(
    source="operator",
    source_id="A-1",
    title="Bearing 6204",
    brand="Nord",
    part_number="6204-2RS",
    gtin="04006381333931",
    other_gtins=("00095205603217",),
    description="Sealed\nboth sides",
    unit_code="C62",
    weight_grams=106,
    volume_cm3=33,
    attributes={"bore": 20, "sealed": True, "cage": "=steel", "coldest": -40, "odd": " two  spaces "},
    texts={"vi": ProductWords("Vòng bi 6204", "Kín hai bên"), "ar": ProductWords("محمل 6204")},
)


async def category() -> str:
    """Make a category with three attributes and give its slug."""
    about = (
        CategoryAttribute(key="bore", kind="number", unit="mm"),
        CategoryAttribute(key="sealed", kind="bool"),
        CategoryAttribute(key="cage", kind="text"),
        CategoryAttribute(key="coldest", kind="number", unit="°C"),
    )
    (parent,) = await taxonomy.create_categories([NewCategory(slug="sheet-parts", names={"en": "Sheet parts", "vi": "Phụ tùng"})])
    await taxonomy.create_categories(
        [NewCategory(slug="sheet-bearings", names={"en": "Bearings", "vi": "Vòng bi"}, parent_id=parent, attributes=about)]
    )
    return "sheet-bearings"


def written(folder: Path, rows: Sequence[Sequence[Any]], name: str = "products.csv") -> Path:
    """Write rows as a file of the kind that its name says."""
    place = folder / name
    if name.endswith(".xlsx"):
        spreadsheet.write_xlsx(place, sheet="Products", rows=rows)
    elif name.endswith(".jsonl"):
        place.write_text("".join(json.dumps(dict(zip(rows[0], row, strict=True))) + "\n" for row in rows[1:]), "utf-8")
    else:
        place.write_text(spreadsheet.csv_lines(rows), "utf-8", newline="")
    return place


async def brought(place: Path, **options: Any) -> ImportReport:
    """Import a file."""
    return await service.import_products(place, now=LATER, options=Options(**options))


async def held(source_id: str = "A-1", source: str = "operator") -> NewProduct:
    """Read one product whole."""
    return (await products.held_products(source, [source_id]))[source_id].product


async def count(table: str) -> int:
    async with reading(WORKER) as connection:
        return int(await connection.fetchval(f"SELECT count(*) FROM {table}"))


ROWS = [
    [
        "Source ID", "Name", "Manufacturer", "MPN", "EAN", "description", "category", "uom", "Weight (kg)", "volume_l", "attr:bore", "attr:sealed", "Attribute: cage",
        "title_vi", "description_vi", "title-ar",
    ],
    [
        "A-1", "Bearing 6204", "Nord", "6204-2RS", "4006381333931; 0095205603217", "Sealed", "Sheet parts > Bearings", "c62", "0.1064", "0.0331", "20", "yes", "steel",
        "Vòng bi 6204", "Kín", "محمل 6204",
    ],
]  # fmt: skip


@pytest.mark.parametrize("name", ["products.csv", "products.xlsx", "products.jsonl"])
async def test_every_column_of_every_kind_of_file_becomes_the_product(tmp_path: Path, name: str) -> None:
    slug = await category()
    report = await brought(written(tmp_path, ROWS, name))
    assert (report.state, report.created, report.failed, report.issues) == ("applied", 1, 0, [])
    one = await held()
    assert (one.title, one.brand, one.part_number, one.gtin, one.other_gtins) == (
        "Bearing 6204",
        "Nord",
        "6204-2RS",
        "04006381333931",
        ("00095205603217",),
    )
    assert (one.weight_grams, one.volume_cm3, one.unit_code, one.description) == (106, 33, "C62", "Sealed")
    assert one.category_id == (await taxonomy.category_by_slug(slug)).id
    assert one.attributes == {"bore": 20, "sealed": True, "cage": "steel"}
    assert one.texts == {"vi": ProductWords("Vòng bi 6204", "Kín"), "ar": ProductWords("محمل 6204")}


async def test_the_same_file_twice_changes_nothing_and_a_dry_run_only_counts(tmp_path: Path) -> None:
    place = written(tmp_path, [["source_id", "title"], ["A-1", "One"], ["A-2", "Two"]])
    dry = await brought(place, is_dry=True)
    assert (dry.state, dry.created, await count("catalogue.products WHERE source = 'operator'")) == ("abandoned", 2, 0)
    assert (await brought(place)).created == 2
    facts = await count("kernel.outbox")
    again = await brought(place)
    assert (again.created, again.updated, again.unchanged, again.state) == (0, 0, 2, "applied")
    assert await count("kernel.outbox") == facts
    changed = written(tmp_path, [["source_id", "title"], ["A-1", "One"], ["A-2", "Other"]], "b.csv")
    assert (await brought(changed, is_dry=True)).updated == 1
    assert (await held("A-2")).title == "Two"


async def test_columns_that_are_not_there_stay_and_blank_cells_empty(tmp_path: Path) -> None:
    await products.create_products([FULL], now=NOW)
    report = await brought(written(tmp_path, [["source_id", "brand", "attr:bore", "attr:new", "title_vi"], ["A-1", "", "", "7", "Khác"]]))
    assert (report.updated, report.unchanged) == (1, 0)
    one = await held()
    assert (one.title, one.brand, one.gtin, one.weight_grams) == ("Bearing 6204", "", "04006381333931", 106)
    assert one.attributes == {"sealed": True, "cage": "=steel", "coldest": -40, "odd": " two  spaces ", "new": "7"}
    assert one.texts["vi"] == ProductWords("Khác", "Kín hai bên")
    # What holds all that a file says is unchanged, even when another file said it.
    assert (await brought(written(tmp_path, [["source_id", "title"], ["A-1", "Bearing 6204"]], "b.csv"))).unchanged == 1


@pytest.mark.parametrize(
    "column, cell, code",
    [
        ("gtin", "4.00638E+12", "gtin-scientific"),
        ("gtin", "4,00638e+12", "gtin-scientific"),
        ("gtin", "4006381333932", "bad-gtin"),
        ("gtin", "4006381333931;12", "bad-gtin"),
        ("title", "x" * 501, "too-long"),
        ("title", "a\x01b", "control-character"),
        ("brand", "x" * 201, "too-long"),
        ("category", "nowhere", "unknown-category"),
        ("category", "Sheet parts > Nothing", "unknown-category"),
        ("unit", "XX", "unknown-unit"),
        ("weight_kg", "1,5", "bad-number"),
        ("weight_kg", "0", "not-above-zero"),
        ("weight_kg", "-1", "bad-number"),
        ("weight_kg", "1E+05", "bad-number"),
        ("weight_kg", "999999999999", "out-of-range"),
        ("attributes", "{", "bad-object"),
        ("attributes", '{"a": [1]}', "bad-object"),
        ("attributes", '{"a": NaN}', "bad-object"),
        ("attributes", '{"": 1}', "bad-object"),
        ("locale", "english", "bad-locale"),
        ("state", "retired", "bad-state"),
        ("source", "Nord GmbH", "bad-source"),
    ],
)
async def test_a_bad_cell_is_told_by_line_column_and_value_and_nothing_changes(tmp_path: Path, column: str, cell: str, code: str) -> None:
    await category()
    head = ["source_id", "title", column] if column != "title" else ["source_id", "brand", column]
    report = await brought(written(tmp_path, [head, ["A-1", "Good", cell if column == "title" else ""][: len(head)], ["A-2", "Bad", cell]]))
    assert (report.state, report.created) == ("abandoned", 0 if column == "title" else 1)
    one = report.issues[-1]
    assert (one.line, one.code, one.params["column"], one.source_id, one.is_warning) == (3, code, column, "A-2", False)
    assert one.params["value"] == (cell if len(cell) < 60 and "\x01" not in cell and code != "bad-gtin" else one.params["value"])
    assert await count("catalogue.products WHERE source = 'operator'") == 0


async def test_the_good_rows_alone_are_applied_when_that_is_wanted(tmp_path: Path) -> None:
    rows = [["source_id", "title", "gtin"], ["A-1", "One", ""], ["a-1 ", "Same", ""], ["", "None", ""], ["A-2", "", ""], ["A-3", "Three", "1"]]
    report = await brought(written(tmp_path, rows), is_partial=True)
    assert (report.state, report.created, report.failed) == ("applied", 1, 4)
    assert [(one.line, one.code) for one in report.issues] == [(3, "duplicate"), (4, "missing-source_id"), (5, "missing-title"), (6, "bad-gtin")]
    assert await count("catalogue.products WHERE source = 'operator'") == 1


async def test_an_attribute_that_is_not_of_its_type_is_a_warning_and_left_out(tmp_path: Path) -> None:
    slug = await category()
    report = await brought(written(tmp_path, [["source_id", "title", "category", "attr:bore", "attr:cage"], ["A-1", "One", slug, "wide", "steel"]]))
    assert (report.created, report.failed, [(one.code, one.params["column"], one.params["value"]) for one in report.issues]) == (
        1,
        0,
        [("bad-attribute", "attr:bore", "wide")],
    )
    assert (await held()).attributes == {"cage": "steel"}


async def test_numbers_are_read_in_the_notation_of_the_mapping_alone(tmp_path: Path) -> None:
    place = written(tmp_path, [["source_id", "title", "weight_kg"], ["A-1", "One", "1.234,5"]])
    assert (await brought(place)).failed == 1
    columns = {"source_id": "source_id", "title": "title", "weight_kg": "weight_kg"}
    assert (await brought(place, mapping=Mapping(columns=columns, number_locale="de"))).created == 1
    assert (await held()).weight_grams == 1_234_500


async def test_a_number_of_a_workbook_is_no_id_but_a_whole_gtin(tmp_path: Path) -> None:
    rows: list[list[Any]] = [["source_id", "title", "gtin"], [12, "One", None], ["A-2", "Two", 4006381333931]]
    report = await brought(written(tmp_path, rows, "products.xlsx"), is_partial=True)
    assert [(one.line, one.code) for one in report.issues] == [(2, "number-not-text")]
    assert (await held("A-2")).gtin == "04006381333931"


async def test_the_row_of_a_merged_product_changes_nothing_and_stops_no_file(tmp_path: Path) -> None:
    rows = [["source_id", "title", "brand"], ["A-1", "Seal 31", "Nord"], ["A-2", "Seal 31 N", "Nord"]]
    assert (await brought(written(tmp_path, rows))).created == 2
    found = await products.held_products("operator", ["A-1", "A-2"])
    kept, gone = (found[name].product.id for name in ("A-1", "A-2"))
    assert kept is not None
    assert gone is not None
    await merges.merge(kept_id=kept, gone_id=gone, actor=WORKER, now=NOW)
    for again in (rows, [rows[0], ["A-1", "Seal 31, blue", "Nord"], ["A-2", "Seal 31 N, blue", "Nord"]]):
        report = await brought(written(tmp_path, again))
        assert (report.state, report.failed, report.unchanged) == ("applied", 0, 2 if again is rows else 1)
        assert [(one.line, one.code, one.is_warning, one.params["kept"]) for one in report.issues] == [(3, "moved", True, "Seal 31")]
    assert [(await held(name)).title for name in ("A-1", "A-2")] == ["Seal 31, blue", "Seal 31 N"]
    assert await products.moved_to(gone) == kept


async def test_a_retired_product_is_not_brought_back(tmp_path: Path) -> None:
    await products.create_products([FULL], now=NOW)
    async with reading(WORKER) as connection:
        await connection.execute("UPDATE catalogue.products SET state = 'retired' WHERE source_id = 'A-1'")
    report = await brought(written(tmp_path, [["source_id", "title"], ["A-1", "Back"]]))
    assert [one.code for one in report.issues] == ["retired"]
    assert (await products.held_products("operator", ["A-1"]))["A-1"].state == "retired"
    assert (await held()).title == "Bearing 6204"


def _icecat(folder: Path, title: str) -> Path:
    place = folder / "icecat.jsonl"
    place.write_text(json.dumps({"id": "A-1", "title": title, "supplier": "Nord"}) + "\n")
    return place


async def test_a_category_that_a_source_does_not_name_stays(tmp_path: Path) -> None:
    slug = await category()
    category_id = (await taxonomy.category_by_slug(slug)).id
    await service.import_products(_icecat(tmp_path, "First"), now=NOW, source="operator")
    async with reading(WORKER) as connection:
        await connection.execute("UPDATE catalogue.products SET category_id = $1 WHERE source_id = 'A-1'", category_id)
    await service.import_products(_icecat(tmp_path, "Second"), now=LATER, source="operator")
    assert ((await held()).title, (await held()).category_id) == ("Second", category_id)


@pytest.mark.parametrize("kind", ["csv", "xlsx", "jsonl"])
@pytest.mark.parametrize("of_category", [False, True])
async def test_what_goes_out_comes_in_again_and_changes_nothing(tmp_path: Path, kind: str, of_category: bool) -> None:  # noqa: FBT001 - two cases
    slug = await category()
    category_id = (await taxonomy.category_by_slug(slug)).id
    plain = NewProduct(source="icecat", source_id="9", title="'=Quoted", brand="-Minus", description="@home")
    await products.create_products(
        [NewProduct(**{name: getattr(FULL, name) for name in FULL.__struct_fields__} | {"category_id": category_id})], now=NOW
    )
    await products.create_products([plain], now=NOW)
    place = tmp_path / f"out.{kind}"
    place.write_bytes(b"".join([piece async for piece in await exports.products(kind, category=slug if of_category else "")]))
    before = [await held(), await held("9", "icecat")]
    facts = await count("kernel.outbox")
    report = await brought(place)
    assert (report.created, report.updated, report.failed, report.warnings) == (0, 0, 0, 0), report.issues
    assert report.unchanged >= (1 if of_category else 2)
    assert [await held(), await held("9", "icecat")] == before
    assert await count("kernel.outbox") == facts


async def test_a_draft_goes_out_and_comes_in_as_a_draft(tmp_path: Path) -> None:
    await products.create_products([NewProduct(source="operator", source_id="D-1", title="Not yet", state="draft")], now=NOW)
    place = tmp_path / "out.csv"
    place.write_bytes(b"".join([piece async for piece in await exports.products("csv", category="")]).replace(b"D-1", b"D-2"))
    assert (await brought(place)).created == 1
    assert [(await products.held_products("operator", [name]))[name].state for name in ("D-1", "D-2")] == ["draft", "draft"]


@pytest.mark.parametrize(
    "head, target",
    [
        ("Weight (kg)", "weight_kg"), ("weight", ""), ("EAN", "gtin"), ("attr:Colour", "attr:Colour"), ("Attribute: bore", "attr:bore"), ("title_vi", "title_vi"),
        ("Description-AR", "description_ar"), ("MPN", "part_number"), ("price", ""), ("attr:", ""),
    ],
)  # fmt: skip
def test_heads_are_known_by_their_names_and_a_weight_only_with_its_unit(head: str, target: str) -> None:
    assert rules_columns.target_of(head) == target


async def test_a_file_that_says_too_little_or_cannot_be_read_is_refused_before_anything_is_kept(tmp_path: Path) -> None:
    with pytest.raises(ColumnsLacking):
        await brought(written(tmp_path, [["title", "brand"], ["One", "Nord"]]))
    broken = tmp_path / "broken.csv"
    broken.write_text('source_id,title\nA-1,"One\n')
    with pytest.raises(LineBroken):
        await brought(broken)
    assert await count("catalogue.products WHERE source = 'operator'") == 0


async def test_a_sheet_that_was_cut_off_goes_on_and_still_knows_the_ids_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "BATCH_LINES", 10)
    rows: list[list[str]] = [["source_id", "title"], *([f"A-{number}", "One"] for number in range(35)), ["a-1", "Twice"]]
    place = written(tmp_path, rows)
    passes: list[int] = []

    def stop(lines: int, _share: float) -> None:
        passes.append(lines)
        if passes.count(21) == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        await service.import_products(place, now=LATER, progress=stop, options=Options(is_partial=True))
    assert await count("catalogue.products WHERE source = 'operator'") == 20
    report = await service.import_products(place, now=LATER, options=Options(is_partial=True))
    assert (report.resumed_at, report.created, report.unchanged, report.failed) == (21, 35, 0, 1)
    assert await count("catalogue.products WHERE source = 'operator'") == 35
