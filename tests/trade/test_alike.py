"""Tests different products side by side: one unit a row, what differs, what is missing, and what a reader may see of prices."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

import pytest
from python_calamine import CalamineWorkbook

from marketplace.catalogue.products.schemas import NewProduct
from marketplace.catalogue.products.service import create_products
from marketplace.catalogue.taxonomy.schemas import CategoryAttribute, NewCategory
from marketplace.catalogue.taxonomy.service import create_categories
from marketplace.trade.alike import rules
from marketplace.trade.alike.errors import NotAProduct, TooManyProducts
from marketplace.trade.search import service as search
from tests.conftest import NOW
from tests.vendors.market import offer, shop

if TYPE_CHECKING:
    import httpx

PAGE = "/side-by-side"
ROUTE = "/api/v1/side-by-side"


def _number(unit: str, key: str = "length", rank: int | None = 1) -> CategoryAttribute:
    return CategoryAttribute(key=key, kind="number", unit=unit, labels={"en": "Length"}, telling_rank=rank)


def test_a_row_has_one_unit_and_equal_lengths_do_not_differ() -> None:
    sides = [rules.Side({"length": 1.5}, [_number("m")]), rules.Side({"length": 1500}, [_number("mm")]), rules.Side({"length": 150}, [_number("cm")])]
    (row,) = rules.rows(sides, locale="en")
    assert (row.unit, [one.value for one in row.cells], row.differs) == ("m", [1.5, 1.5, 1.5], False)
    assert [one.text for one in row.cells] == ["1.5 m"] * 3


def test_a_unit_of_another_measure_stays_and_differs() -> None:
    (row,) = rules.rows([rules.Side({"length": 2}, [_number("m")]), rules.Side({"length": 2}, [_number("kg")])], locale="en")
    assert ([one.text for one in row.cells], row.differs) == (["2 m", "2 kg"], True)
    # What reads the row's unit beside the value is not misled.
    assert [one.value for one in row.cells] == [2, "2 kg"]


@pytest.mark.parametrize(
    "value, unit, into, same",
    [
        (3.5, "GHz", "MHz", 3500),
        (2, "in", "mm", 50.8),
        (24, "V", "mV", 24000),
        (6, "bar", "MPa", 0.6),
        (1, "Gbit/s", "Mbps", 1000),
        (2, "GiB", "MiB", 2048),
    ],
)
def test_units_of_one_measure_come_into_one(value: float, unit: str, into: str, same: float) -> None:
    (row,) = rules.rows([rules.Side({"length": same}, [_number(into)]), rules.Side({"length": value}, [_number(unit)])], locale="en")
    assert ([one.value for one in row.cells], row.differs) == ([same, same], False)


def test_bytes_of_makers_are_not_made_equal() -> None:
    (row,) = rules.rows([rules.Side({"length": 1}, [_number("GB")]), rules.Side({"length": 1000}, [_number("MB")])], locale="en")
    assert row.differs


def test_a_number_without_definition_has_no_unit_and_is_not_taken_for_one_that_has() -> None:
    (row,) = rules.rows([rules.Side({"length": 2}, [_number("m")]), rules.Side({"length": 2}, [])], locale="en")
    assert ([one.text for one in row.cells], row.differs) == (["2 m", "2"], True)


def test_ends_of_ranges_are_converted_too() -> None:
    kg, grams = (CategoryAttribute(key="load", kind="range", unit=unit, labels={"en": "Load"}) for unit in ("kg", "g"))
    (row,) = rules.rows([rules.Side({"load": "1..2.5"}, [kg]), rules.Side({"load": "1000..2500"}, [grams])], locale="en")
    assert ([one.value for one in row.cells], row.differs) == (["1..2.5", "1..2.5"], False)


def test_defined_attributes_come_first_and_missing_ones_differ() -> None:
    sides = [rules.Side({"zinc": "yes", "length": 1}, [_number("m", rank=None)]), rules.Side({"alloy": "x", "length": 1}, [_number("m", rank=None)])]
    rows = rules.rows(sides, locale="en")
    assert [(one.key, one.differs, [cell.text for cell in one.cells]) for one in rows] == [
        ("length", False, ["1 m", "1 m"]),
        ("alloy", True, [None, "x"]),
        ("zinc", True, ["yes", None]),
    ]


def test_ids_are_read_once_each_and_ten_at_most() -> None:
    first, second = uuid4(), uuid4()
    assert rules.asked_ids([f"{first},{second}", str(first), " ,"]) == [first, second]
    with pytest.raises(NotAProduct):
        rules.asked_ids(["no"])
    many = [str(uuid4()) for _ in range(11)]
    with pytest.raises(TooManyProducts):
        rules.asked_ids(many)
    assert rules.usable_ids(["no", *many]) == [UUID(one) for one in many[:10]]


async def _catalogue() -> list[UUID]:
    one, two = await create_categories(
        [
            NewCategory(slug="test-rods", names={"en": "Rods"}, attributes=(_number("m"),)),
            NewCategory(slug="test-bars", names={"en": "Bars"}, attributes=(_number("mm"),)),
        ]
    )
    new = [
        NewProduct(
            source="tests", source_id="alike-1", title="=Rod <b>", brand="Zyx", category_id=one, attributes={"length": 1.5, "finish": "<i>raw</i>"}
        ),
        NewProduct(source="tests", source_id="alike-2", title="Bar two", part_number="B-2", category_id=two, attributes={"length": 1500}),
    ]
    ids = (await create_products(new, now=NOW)).ids
    await search.index_products(ids, now=NOW)
    seller = await shop("Rodder", now=NOW)
    await offer(seller, ids[0], "ROD-1", now=NOW)
    return ids


@pytest.mark.usefixtures("rolled_back")
async def test_the_page_shows_all_or_what_differs_and_marks_what_is_missing(client: httpx.AsyncClient) -> None:
    first, second = await _catalogue()
    page = (await client.get(PAGE, params={"ids": [str(first), str(second)]})).text
    assert "&lt;i&gt;raw&lt;/i&gt;" in page
    assert page.count("1.5 m") == 2
    assert "not known" in page
    assert "12.50" in page
    assert "no supplier yet" in page
    only = (await client.get(PAGE, params={"ids": f"{first},{second}", "only": "differences"})).text
    assert ">Finish<" in only.replace("<bdi>", ">").replace("</bdi>", "<")
    assert "1.5 m" not in only


@pytest.mark.usefixtures("rolled_back")
async def test_another_product_is_found_and_put_beside(client: httpx.AsyncClient) -> None:
    first, second = await _catalogue()
    page = (await client.get(PAGE, params={"ids": str(first), "find": "B-2"})).text
    assert f"ids={first},{second}" in page
    assert (await client.get(PAGE)).status_code == 200


@pytest.mark.usefixtures("rolled_back")
async def test_what_cannot_be_used_is_told_and_the_rest_stands(client: httpx.AsyncClient) -> None:
    first, _ = await _catalogue()
    gone = uuid4()
    answer = await client.get(PAGE, params={"ids": f"{first},{gone}"})
    assert (answer.status_code, "1 product is no longer in the catalogue" in answer.text, "=Rod" in answer.text) == (200, True, True)
    answer = await client.get(PAGE, params={"ids": f"{first},xyz"})
    assert (answer.status_code, "“xyz” is not the id" in answer.text, "=Rod" in answer.text) == (422, True, True)
    answer = await client.get(ROUTE, params={"ids": "xyz"})
    assert (answer.status_code, answer.json()["type"].rsplit("/", 1)[-1]) == (422, "not-a-product")
    answer = await client.get(ROUTE, params={"ids": ",".join(str(uuid4()) for _ in range(11))})
    assert (answer.status_code, answer.json()["type"].rsplit("/", 1)[-1]) == (422, "too-many-products")
    assert (await client.get(PAGE, params={"ids": str(first), "find": "x" * 300})).status_code == 422


@pytest.mark.usefixtures("rolled_back")
async def test_the_api_and_the_files_say_the_same(client: httpx.AsyncClient) -> None:
    first, second = await _catalogue()
    told = (await client.get(ROUTE, params={"ids": f"{first},{second},{uuid4()}"})).json()
    assert [one["id"] for one in told["products"]] == [str(first), str(second)]
    assert len(told["gone"]) == 1
    rows = {one["key"]: one for one in told["rows"]}
    assert [one["value"] for one in rows["length"]["cells"]] == [1.5, 1.5]
    assert rows["length"]["unit"] == "m"
    text = (await client.get(f"{PAGE}.csv", params={"ids": f"{first},{second}"})).text
    assert text.splitlines()[0] == "Attribute,Unit,'=Rod <b>,Bar two"
    assert "Length,m,1.5,1.5" in text
    made = (await client.get(f"{PAGE}.xlsx", params={"ids": f"{first},{second}"})).content
    rows_made = CalamineWorkbook.from_filelike(io.BytesIO(made)).get_sheet_by_index(0).to_python()
    assert ["Length", "m", 1.5, 1.5] in rows_made


@pytest.mark.usefixtures("rolled_back")
async def test_lists_have_ticks_that_lead_there(client: httpx.AsyncClient) -> None:
    first, _ = await _catalogue()
    page = (await client.get("/search", params={"q": "Rod"})).text
    assert f'name="ids" value="{first}" form="side"' in page
    assert 'id="side"' in page
