"""Tests identifiers, slugs, fingerprints and the chain of languages."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.catalogue.products import rules
from marketplace.catalogue.products.schemas import NewProduct, ProductWords

PRODUCT = NewProduct(
    source="tests", source_id="1", title="Brother TN-2110 toner", part_number="TN-2110", attributes={"colour": "black", "pages": 1500}
)


@pytest.mark.parametrize(
    "text,gtin",
    [
        ("96385074", "00000096385074"),
        ("036000291452", "00036000291452"),
        ("4006381333931", "04006381333931"),
        ("10614141543219", "10614141543219"),
        (" 4006381-333931 ", "04006381333931"),
    ],
)
def test_every_length_of_gtin_becomes_fourteen_digits(text: str, gtin: str) -> None:
    assert rules.gtin14(text) == gtin


@pytest.mark.parametrize("text", ["", "4006381333932", "123", "40063813339311", "٤٠٠٦٣٨١٣٣٣٩٣١", "abcdefgh", "4006381333931x"])
def test_a_gtin_with_a_wrong_check_digit_or_length_is_none(text: str) -> None:
    assert rules.gtin14(text) is None


@pytest.mark.parametrize("text", ["TN-2110", "tn 2110", "TN2110", "Tn/21.10", "0TN-2110", "\uff34\uff2e\uff12\uff11\uff11\uff10"])
def test_a_part_number_is_one_key_however_it_is_written(text: str) -> None:
    assert rules.identifier_key(text) == "TN2110"


def test_a_gtin_is_one_key_at_every_length() -> None:
    assert rules.identifier_key("04006381333931") == rules.identifier_key("4006381333931") == "4006381333931"


def test_a_key_of_nothing_is_empty_and_of_zeros_is_a_zero() -> None:
    assert [rules.identifier_key(text) for text in ("", "---", "%_((", "000")] == ["", "", "", "0"]


def test_a_slug_is_ascii_and_kept_apart_by_its_identity() -> None:
    vietnamese = rules.slug("Vòng bi rãnh sâu Đặc biệt 6204", source="tests", source_id="1")
    assert vietnamese.startswith("vong-bi-ranh-sau-dac-biet-6204-")
    assert rules.slug("Same", source="tests", source_id="1") != rules.slug("Same", source="tests", source_id="2")
    assert rules.slug("Same", source="tests", source_id="1") == rules.slug("Same", source="tests", source_id="1")
    assert len(rules.slug("محمل كروي", source="tests", source_id="1")) == 8


@given(title=st.text(min_size=1, max_size=300))
def test_a_slug_is_always_an_address(title: str) -> None:
    found = rules.slug(title, source="tests", source_id="1")
    assert found.isascii()
    assert not set(found) - set("abcdefghijklmnopqrstuvwxyz0123456789-")
    assert 8 <= len(found) <= 89


def test_a_fingerprint_does_not_depend_on_the_order_of_keys_or_on_the_id() -> None:
    turned = msgspec.structs.replace(PRODUCT, attributes={"pages": 1500, "colour": "black"})
    assert rules.content_hash(turned) == rules.content_hash(PRODUCT)
    assert rules.content_hash(msgspec.structs.replace(PRODUCT, title="Another")) != rules.content_hash(PRODUCT)
    assert rules.content_hash(msgspec.structs.replace(PRODUCT, texts={"vi": ProductWords("Mực")})) != rules.content_hash(PRODUCT)


def test_a_product_is_found_by_part_number_every_gtin_and_source_id() -> None:
    product = msgspec.structs.replace(PRODUCT, gtin="04006381333931", other_gtins=("00036000291452",))
    assert rules.identifiers(product) == {("part_number", "TN2110"), ("source_id", "1"), ("gtin", "4006381333931"), ("gtin", "36000291452")}


def test_the_chain_of_languages_ends_in_english() -> None:
    assert rules.locale_chain("vi-VN") == ["vi-VN", "vi", "en"]
    assert rules.locale_chain("en") == ["en"]
