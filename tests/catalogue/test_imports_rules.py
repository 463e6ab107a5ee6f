"""Tests how one line of a product file becomes a product."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from marketplace.catalogue.imports.rules import parse_line
from marketplace.catalogue.products.rules import gtin14

if TYPE_CHECKING:
    from marketplace.catalogue.imports.schemas import ParsedLine

LINE: dict[str, Any] = {
    "id": "3920564",
    "name": "006R90321",
    "title": "Xerox 006R90321 toner cartridge",
    "ean": ["0095205603217", "4006381333931"],
    "short_description": "Toner (6 per box)",
    "supplier": "Xerox",
    "price": 4995,
    "attr_t_type": "Original",
    "attr_n_black_toner_page_yield": 23000.0,
    "attr_n_weight": 0.962,
    "attr_b_recycled": False,
    "img_high": "http://images.example/1.jpg",
}


def _parsed(change: dict[str, Any]) -> ParsedLine:
    return parse_line(msgspec.json.encode({**LINE, **change}), line=7, source="icecat", gtin14=gtin14)


def test_a_line_becomes_a_product_with_typed_attributes() -> None:
    product = _parsed({}).product
    assert product is not None
    assert (product.source, product.source_id, product.part_number, product.brand) == ("icecat", "3920564", "006R90321", "Xerox")
    assert (product.title, product.description) == ("Xerox 006R90321 toner cartridge", "Toner (6 per box)")
    assert (product.gtin, product.other_gtins) == ("00095205603217", ("04006381333931",))
    assert product.attributes == {"type": "Original", "black_toner_page_yield": 23000, "weight": 0.962, "recycled": False}
    assert _parsed({}).issues == ()


def test_a_weight_without_a_unit_is_never_guessed() -> None:
    product = _parsed({}).product
    assert product is not None
    assert product.weight_grams is None


def test_a_wrong_gtin_is_a_warning_and_the_product_comes_without_it() -> None:
    parsed = _parsed({"ean": ["0095205603218"]})
    assert parsed.product is not None
    assert parsed.product.gtin is None
    assert [(issue.line, issue.code, issue.params, issue.is_warning) for issue in parsed.issues] == [(7, "bad-gtin", {"gtin": "0095205603218"}, True)]


@pytest.mark.parametrize(
    "name,value",
    [("attr_n_width", "12"), ("attr_t_type", 5), ("attr_b_recycled", 1), ("attr_n_x", True), ("attr_t_x", "a\x00b"), ("attr_t_", "x")],
)
def test_an_attribute_of_the_wrong_type_is_a_warning(name: str, value: object) -> None:
    parsed = _parsed({name: value})
    assert parsed.product is not None
    assert name[7:] not in parsed.product.attributes
    assert [(issue.code, issue.params) for issue in parsed.issues] == [("bad-attribute", {"key": name})]


def test_one_name_with_two_types_is_kept_under_both() -> None:
    product = _parsed({"attr_n_height": 5, "attr_t_height": "low"}).product
    assert product is not None
    assert (product.attributes["height"], product.attributes["height_text"]) == (5, "low")


@pytest.mark.parametrize(
    "change,code",
    [
        ({"id": None}, "missing-id"),
        ({"id": "  "}, "missing-id"),
        ({"id": True}, "missing-id"),
        ({"title": ""}, "missing-title"),
        ({"title": ["a"]}, "missing-title"),
        ({"title": "x" * 501}, "too-long"),
        ({"title": "a\x00b"}, "control-character"),
        ({"supplier": 7}, "missing-supplier"),
    ],
)
def test_a_line_that_cannot_be_used_is_named(change: dict[str, Any], code: str) -> None:
    parsed = _parsed(change)
    assert parsed.product is None
    assert [(issue.line, issue.code, issue.is_warning) for issue in parsed.issues] == [(7, code, False)]


@pytest.mark.parametrize(
    "raw,code",
    [
        (b"{", "bad-json"),
        (b"\xff\xfe", "bad-json"),
        (b'{"id": "1", "title": "\xff"}', "bad-json"),
        (b"[1]", "not-an-object"),
        (b"null", "not-an-object"),
        (b"[" * 100_000, "bad-json"),
    ],
)
def test_a_line_that_is_no_object_is_named(raw: bytes, code: str) -> None:
    parsed = parse_line(raw, line=1, source="icecat", gtin14=gtin14)
    assert [issue.code for issue in parsed.issues] == [code]


def test_a_number_as_id_is_taken_as_text() -> None:
    product = _parsed({"id": 42}).product
    assert product is not None
    assert product.source_id == "42"
