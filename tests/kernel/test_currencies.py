"""Tests what a currency is: its exponent and settle step."""

from __future__ import annotations

import pytest

from marketplace.kernel.currencies import CURRENCIES, FOUR_DECIMALS, THREE_DECIMALS, TWO_DECIMALS, ZERO_DECIMALS, exponent, settle_step


@pytest.mark.parametrize("currency, decimals", [("JPY", 0), ("VND", 0), ("ISK", 0), ("EUR", 2), ("AED", 2), ("KWD", 3), ("IQD", 3), ("CLF", 4)])
def test_a_currency_has_the_decimals_of_iso_4217(currency: str, decimals: int) -> None:
    assert exponent(currency) == decimals


@pytest.mark.parametrize("currency, step", [("JPY", 1), ("EUR", 1), ("KWD", 10), ("OMR", 10), ("CLF", 100)])
def test_documents_carry_at_most_two_decimals(currency: str, step: int) -> None:
    assert settle_step(currency) == step


@pytest.mark.parametrize("code", ["", "eur", "XXX", "EURO", "DEM", "BGN", "ANG"])
def test_what_is_no_active_currency_has_no_exponent(code: str) -> None:
    assert code not in CURRENCIES
    with pytest.raises(KeyError):
        exponent(code)


def test_each_currency_stands_in_exactly_one_list() -> None:
    assert len(ZERO_DECIMALS) + len(TWO_DECIMALS) + len(THREE_DECIMALS) + len(FOUR_DECIMALS) == len(CURRENCIES) == 158
    assert all(len(code) == 3 and code.isascii() and code.isupper() for code in CURRENCIES)
