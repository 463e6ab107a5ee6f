"""Tests how quantities and prices are read and written."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.kernel.quantity import (
    BadPrice,
    BadQuantity,
    Typed,
    base_quantity,
    in_units,
    pack_price,
    parse_price,
    parse_quantity,
    parse_quantity_text,
    quantity_text,
)


@pytest.mark.parametrize(
    "value, decimals, steps",
    [
        (1, 0, 1),
        (1_000_000, 0, 1_000_000),
        ("12", 3, 12_000),
        ("0.5", 3, 500),
        ("2.50", 2, 250),
        ("0.001", 3, 1),
        ("1000000", 3, 1_000_000_000),
    ],
)
def test_a_quantity_is_counted_in_steps_of_its_unit(value: int | str, decimals: int, steps: int) -> None:
    assert parse_quantity(value, decimals=decimals) == steps


@pytest.mark.parametrize("value", [0, -1, 1_000_001, 2**63, 2**64, True, False, "1", "1.5", ""])
def test_a_wrong_number_of_pieces_is_refused(value: int | str) -> None:
    with pytest.raises(BadQuantity) as refused:
        parse_quantity(value, decimals=0, pointer="/lines/0/quantity")
    assert refused.value.errors[0].pointer == "/lines/0/quantity"
    assert refused.value.status == 422


def test_a_number_of_five_thousand_digits_is_refused_at_once() -> None:
    for decimals in (0, 3):
        with pytest.raises(BadQuantity):
            parse_quantity(10**5000, decimals=decimals)


@pytest.mark.parametrize("value", [1, 12, 250, 0, -1])
@pytest.mark.parametrize("decimals", [1, 2, 3])
def test_an_integer_says_nothing_where_the_unit_has_decimals(value: int, decimals: int) -> None:
    with pytest.raises(BadQuantity) as refused:
        parse_quantity(value, decimals=decimals)
    assert refused.value.errors[0].code == "not-decimal-text"


def test_what_is_typed_is_read_as_text_for_every_unit() -> None:
    assert (parse_quantity(Typed("12"), decimals=0), parse_quantity(Typed("12"), decimals=2)) == (12, 1200)
    for text in ("", "12.5", "x", "-1"):
        with pytest.raises(BadQuantity):
            parse_quantity(Typed(text), decimals=0)


def test_nothing_is_a_quantity_only_where_it_may_be() -> None:
    assert [parse_quantity(value, decimals=decimals, may_be_none=True) for value, decimals in ((0, 0), ("0", 2), ("0.00", 2))] == [0, 0, 0]
    assert parse_quantity(5_000_000, decimals=0, most=10**9) == 5_000_000
    with pytest.raises(BadQuantity):
        parse_quantity(-1, decimals=0, may_be_none=True)


@pytest.mark.parametrize(
    "unit_price,pack_size,decimals,price",
    [
        ("1.24", 50, 0, "62.00"),
        ("0.012345", 1000, 0, "12.345"),
        ("4.20", 2500, 2, "105.00"),
        ("4.20", 250, 2, "10.50"),
        ("4.20", 100, 2, None),
        ("4.20", 50, 2, None),
        ("4.20", 1, 0, None),
        ("0", 50, 0, "0"),
        (None, 50, 0, None),
        ("999999999999.999999", 2, 0, None),
        ("999999999999.999999", 10**12, 0, None),
    ],
)
def test_a_pack_comes_to_its_units_times_the_unit_price(unit_price: str | None, pack_size: int, decimals: int, price: str | None) -> None:
    found = pack_price(None if unit_price is None else Decimal(unit_price), pack_size=pack_size, decimals=decimals)
    assert found == (None if price is None else Decimal(price))
    assert base_quantity(decimals=decimals) == 10**decimals


@given(steps=st.integers(1, 10**6), decimals=st.integers(0, 3))
def test_what_an_answer_tells_may_be_sent_back(steps: int, decimals: int) -> None:
    assert parse_quantity(in_units(steps, decimals=decimals), decimals=decimals) == steps


@pytest.mark.parametrize(
    "text",
    [
        "0",
        "0.000",
        "-1",
        "+1",
        "1e3",
        "NaN",
        "Infinity",
        "١٢",
        " 1",
        "1 ",
        "1_000",
        "1,5",
        ".5",
        "5.",
        "01",
        "1.2345",
        "1000000.001",
        "9" * 5000,
        "",
        "1\n",
    ],
)
def test_a_wrong_decimal_quantity_is_refused(text: str) -> None:
    with pytest.raises(BadQuantity):
        parse_quantity(text, decimals=3)
    with pytest.raises(BadQuantity):
        parse_quantity_text(text, decimals=3)


def test_more_decimals_than_the_unit_has_are_refused() -> None:
    assert parse_quantity_text("1.50", decimals=1) == 15
    with pytest.raises(BadQuantity) as refused:
        parse_quantity_text("1.55", decimals=1)
    assert refused.value.errors[0].code == "too-many-decimals"


def test_a_form_may_say_pieces_in_digits() -> None:
    assert parse_quantity_text("12", decimals=0) == 12
    with pytest.raises(BadQuantity):
        parse_quantity_text("12.5", decimals=0)


@given(steps=st.integers(1, 10**9), decimals=st.integers(1, 3))
def test_what_was_written_is_read_back(steps: int, decimals: int) -> None:
    if steps <= 10**6 * 10**decimals:
        assert parse_quantity_text(quantity_text(steps, decimals=decimals), decimals=decimals) == steps


@pytest.mark.parametrize("text", ["0", "12.5", "0.000001", "999999999999.999999"])
def test_a_price_is_a_plain_decimal(text: str) -> None:
    assert parse_price(text) == Decimal(text)


@pytest.mark.parametrize(
    "text",
    [
        "NaN",
        "Infinity",
        "sNaN",
        "-0",
        "-1",
        "1e1000000",
        " 1_000 ",
        "١٢",
        "1,5",
        "0.1234567",
        "1000000000000",
        "01",
        "",
        "1\n",
        ".5",
        "5.",
        "9" * 10_000,
    ],
)
def test_what_is_no_plain_decimal_is_no_price(text: str) -> None:
    with pytest.raises(BadPrice):
        parse_price(text)
