"""Tests what a query may be, which identifiers it names, and which attributes tell a product apart."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import msgspec

from marketplace.catalogue.products.service import identifier_key
from marketplace.catalogue.taxonomy.schemas import CategoryAttribute
from marketplace.kernel.actor import ANONYMOUS, Actor
from marketplace.kernel.ids import uuid7
from marketplace.trade.search import rules
from marketplace.trade.search.schemas import SearchHit, Telling

if TYPE_CHECKING:
    from marketplace.catalogue.products.schemas import AttributeValue

BUYER = Actor(organisation_id=uuid7(), person_id=uuid7(), capacities=frozenset({"buyer"}), country="DE")


def _keys(text: str) -> list[str]:
    return rules.identifier_keys(text, key_of=identifier_key)


def test_the_whole_query_is_the_first_identifier_then_words_with_digits_and_their_neighbours() -> None:
    assert _keys("brother tn 2110") == ["BROTHERTN2110", "TN2110", "2110"]
    assert _keys("TN-2110") == ["TN2110"]
    assert _keys("4006381333931") == ["4006381333931"]
    assert _keys("usb cable 3m") == ["USBCABLE3M", "CABLE3M"]


def test_a_query_of_signs_names_no_identifier() -> None:
    assert _keys("%_((((") == []
    assert _keys("") == []


def test_a_long_query_names_a_bounded_number_of_identifiers() -> None:
    assert len(_keys(" ".join(f"part{number:04d}" for number in range(1000)))) <= 2 * rules.TOKENS_MAX


def test_too_long_and_unstorable_texts_are_not_searchable() -> None:
    assert rules.is_searchable("x" * 200)
    assert rules.is_searchable("")
    assert not rules.is_searchable("x" * 201)
    assert not rules.is_searchable("a\x00b")


def test_the_log_of_misses_names_the_kind_of_visitor_only() -> None:
    assert rules.segment(ANONYMOUS) == "anonymous"
    assert rules.segment(BUYER) == "buyer:DE"


def _written(value: object) -> str:
    return str(value)


def test_the_categorys_telling_attributes_come_first_with_their_units() -> None:
    about = (CategoryAttribute(key="bore", kind="number", unit="mm", labels={"en": "Bore"}), CategoryAttribute(key="missing", kind="text"))
    found = rules.telling({"material": "steel", "bore": 20}, about, locale="en", written=_written)
    assert found == (Telling("Bore", "20 mm"),)


def test_without_a_category_the_first_short_texts_tell_and_no_number_without_a_unit() -> None:
    attributes: dict[str, AttributeValue] = {
        "touchscreen": True,
        "note": "x" * 41,
        "colour": "black",
        "cable_length": 3,
        "a": "1",
        "b": "2",
        "c": "3",
    }
    found = rules.telling(attributes, (), locale="en", written=_written)
    assert [one.label for one in found] == ["Colour", "A", "B", "C"]


def test_a_converted_price_is_shown_in_the_digits_of_its_currency() -> None:
    hit = SearchHit(
        id=uuid7(), slug="", title="", brand="", part_number="", gtin=None, category_id=None, category=None, category_name="", unit_code="C62",
        telling=(), from_price=Decimal("9.519632"), currency="EUR", suppliers=1, offers=1, available=1,
    )  # fmt: skip
    shown = [(Decimal("9.519632"), "EUR"), (Decimal("0.034512"), "EUR"), (Decimal("1084.5"), "JPY"), (Decimal("0.003722"), "KWD"), (None, "EUR")]
    found = [msgspec.structs.replace(hit, from_price=price, currency=currency).shown_price for price, currency in shown]
    assert found == [Decimal("9.52"), Decimal("0.0345"), Decimal(1084), Decimal("0.00372"), None]
