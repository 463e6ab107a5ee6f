"""Tests of reading a cell of the price grid: the reader's own number format, exact, and never guessed."""

from __future__ import annotations

from decimal import Decimal

import pytest

from marketplace.kernel.quantity import plain
from marketplace.trade.grid.rules_cells import CellRefused, Marks, marks, read_price, read_quantity, shown_price, shown_quantity

EN, VI, AR = marks("en"), marks("vi"), marks("ar")


def test_each_language_has_its_own_signs() -> None:
    assert [(one.point, one.group) for one in (EN, VI, AR)] == [(".", ","), (",", "."), (".", ",")]


@pytest.mark.parametrize(
    "text, currency, signs, value",
    [
        ("12.50", "EUR", EN, "12.50"),
        (" 12.50\t", "EUR", EN, "12.50"),
        ("12", "EUR", EN, "12"),
        ("0.125", "EUR", EN, "0.125"),
        ("0.034512", "EUR", EN, "0.034512"),
        ("1,234.56", "EUR", EN, "1234.56"),
        ("1,234,567", "EUR", EN, "1234567"),
        ("1,234.567", "EUR", EN, "1234.567"),
        ("1.2340", "EUR", EN, "1.2340"),
        ("1234.567", "EUR", EN, "1234.567"),
        ("1.235", "KWD", EN, "1.235"),
        ("12,50", "EUR", VI, "12.50"),
        ("1.234,56", "EUR", VI, "1234.56"),
        ("1,235", "KWD", VI, "1.235"),
        ("1500", "VND", VI, "1500"),
        ("999999999999.999999", "EUR", EN, "999999999999.999999"),
    ],
)
def test_a_price_is_read_as_the_language_writes_it(text: str, currency: str, signs: Marks, value: str) -> None:
    assert read_price(text, currency=currency, signs=signs) == Decimal(value)


@pytest.mark.parametrize(
    "text, currency, signs, code",
    [
        ("1,234", "EUR", EN, "ambiguous"),
        ("1.234", "EUR", EN, "ambiguous"),
        ("12.345", "JPY", EN, "ambiguous"),
        ("1.234", "VND", VI, "ambiguous"),
        ("1,234", "EUR", VI, "ambiguous"),
        ("1,234", "KWD", EN, "ambiguous"),
        ("12,50", "EUR", EN, "not-a-number"),
        ("1.234,56", "EUR", EN, "not-a-number"),
        ("12.50", "EUR", VI, "not-a-number"),
        ("1,23,456", "EUR", EN, "not-a-number"),
        ("12.50 EUR", "EUR", EN, "not-a-number"),
        ("-1", "EUR", EN, "not-a-number"),
        ("1e3", "EUR", EN, "not-a-number"),
        ("١٢", "EUR", AR, "not-a-number"),
        ("NaN", "EUR", EN, "not-a-number"),
        ("007", "EUR", EN, "not-a-number"),
        ("1 234", "EUR", EN, "not-a-number"),
        (".5", "EUR", EN, "not-a-number"),
        ("5.", "EUR", EN, "not-a-number"),
        ("9" * 31, "EUR", EN, "not-a-number"),
        ("", "EUR", EN, "empty"),
        ("0", "EUR", EN, "zero-price"),
        ("0.00", "EUR", EN, "zero-price"),
        ("1.2345678", "EUR", EN, "too-many-decimals"),
        ("1000000000000", "EUR", EN, "out-of-range"),
    ],
)
def test_what_is_no_price_or_could_be_two_is_refused(text: str, currency: str, signs: Marks, code: str) -> None:
    with pytest.raises(CellRefused) as refused:
        read_price(text, currency=currency, signs=signs)
    assert refused.value.code == code


def test_an_ambiguous_number_names_both_of_its_meanings() -> None:
    with pytest.raises(CellRefused) as refused:
        read_price("1,234", currency="EUR", signs=EN)
    assert refused.value.params == {"large": "1234", "small": "1.2340"}


@pytest.mark.parametrize(
    "text, decimals, signs, value",
    [("1,234", 0, EN, "1234"), ("1.234", 0, VI, "1234"), ("0", 0, EN, "0"), ("1.5", 3, EN, "1.5"), ("1.234", 3, EN, "1.234")],
)
def test_a_quantity_takes_thousands_where_there_are_no_decimals_to_mistake_them_for(text: str, decimals: int, signs: Marks, value: str) -> None:
    assert read_quantity(text, decimals=decimals, signs=signs) == Decimal(value)


@pytest.mark.parametrize(
    "text, decimals, signs, code",
    [
        ("1.234", 0, EN, "too-many-decimals"),
        ("1,234", 3, EN, "ambiguous"),
        ("1.5", 0, EN, "too-many-decimals"),
        ("10000000000", 0, EN, "out-of-range"),
    ],
)
def test_a_quantity_that_could_be_two_is_refused(text: str, decimals: int, signs: Marks, code: str) -> None:
    with pytest.raises(CellRefused) as refused:
        read_quantity(text, decimals=decimals, signs=signs)
    assert refused.value.code == code


@pytest.mark.parametrize("currency, text", [("EUR", "12.50"), ("JPY", "12.5"), ("KWD", "12.500")])
def test_a_price_is_shown_with_the_decimals_of_its_currency_at_least(currency: str, text: str) -> None:
    assert shown_price(Decimal("12.500000"), currency=currency, signs=EN) == text


@pytest.mark.parametrize("value", ["12.50", "0.034512", "1234.5", "1.235", "1500"])
@pytest.mark.parametrize("currency", ["EUR", "KWD", "VND"])
@pytest.mark.parametrize("signs", [EN, VI])
def test_what_a_cell_shows_reads_back_as_itself_unless_it_is_ambiguous(value: str, currency: str, signs: Marks) -> None:
    shown = shown_price(Decimal(value), currency=currency, signs=signs)
    if value == "1.235" and currency != "KWD":
        with pytest.raises(CellRefused):
            read_price(shown, currency=currency, signs=signs)
    else:
        assert read_price(shown, currency=currency, signs=signs) == Decimal(value)


def test_a_quantity_is_shown_in_units_without_end_zeros() -> None:
    assert [shown_quantity(1500, decimals=3, signs=VI), shown_quantity(2400, decimals=0, signs=EN), plain(Decimal("12.500000"))] == [
        "1,5",
        "2400",
        "12.5",
    ]
