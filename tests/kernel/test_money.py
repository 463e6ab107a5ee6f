"""Tests exact money: rounding on the settle step, lines, allocation, conversion."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.kernel.currencies import CURRENCIES, exponent, settle_step
from marketplace.kernel.money import LINE_MINOR_MAX, AmountTooLarge, Money, Share, allocate, convert_minor, line_net_in, line_net_minor, settle

currencies = st.sampled_from(sorted(CURRENCIES))


@pytest.mark.parametrize(
    "exact, currency, settled",
    [
        ("10.5", "EUR", 11),
        ("10.4999", "EUR", 10),
        ("-10.5", "EUR", -11),
        ("0.5", "JPY", 1),
        ("1234", "KWD", 1230),
        ("1235", "KWD", 1240),
        ("-1235", "KWD", -1240),
    ],
)
def test_amounts_round_half_up_to_the_settle_step(exact: str, currency: str, settled: int) -> None:
    assert settle(Decimal(exact), currency) == settled


def test_rounding_happens_once_even_far_behind_the_point() -> None:
    just_below = Decimal("0.4" + "9" * 40)
    assert settle(just_below, "EUR") == 0


@pytest.mark.parametrize(
    "price, steps, decimals, currency, net",
    [
        ("12.345678", 1000, 0, "EUR", 1_234_568),
        ("0.333333", 3, 0, "EUR", 100),
        ("1.005", 1, 0, "EUR", 101),
        ("28000", 12, 0, "VND", 336_000),
        ("0.5", 1, 0, "JPY", 1),
        ("1.2345", 1, 0, "KWD", 1230),
        ("1.235", 1, 0, "KWD", 1240),
        ("4.20", 2500, 3, "EUR", 1050),
        ("99.99", 0, 0, "EUR", 0),
    ],
)
def test_a_line_is_price_times_quantity_on_the_settle_step(price: str, steps: int, decimals: int, currency: str, net: int) -> None:
    assert line_net_minor(Decimal(price), quantity_steps=steps, unit_decimals=decimals, currency=currency) == net


def test_a_line_above_the_limit_is_refused() -> None:
    assert line_net_minor(Decimal(1000000), quantity_steps=1_000_000, unit_decimals=0, currency="EUR") == LINE_MINOR_MAX
    with pytest.raises(AmountTooLarge):
        line_net_minor(Decimal("1000000.000001"), quantity_steps=1_000_000, unit_decimals=0, currency="EUR")
    with pytest.raises(AmountTooLarge):
        line_net_minor(Decimal("999999999999.999999"), quantity_steps=10**18, unit_decimals=0, currency="KWD")


@given(price=st.decimals(0, 10**6, places=6), steps=st.integers(1, 10**6), decimals=st.integers(0, 3), currency=currencies)
def test_a_line_is_never_further_than_half_a_step_from_exact(price: Decimal, steps: int, decimals: int, currency: str) -> None:
    exact = Fraction(price) * steps * 10 ** exponent(currency) / 10**decimals
    if exact > LINE_MINOR_MAX:
        return
    net = line_net_minor(price, quantity_steps=steps, unit_decimals=decimals, currency=currency)
    assert net % settle_step(currency) == 0
    assert abs(Fraction(net) - exact) * 2 <= settle_step(currency)


@given(st.integers(0, 10**9), st.integers(1, 10**6), st.integers(0, 3), currencies)
def test_a_line_of_a_price_in_millionths_is_the_line_of_the_price_itself(millionths: int, steps: int, decimals: int, currency: str) -> None:
    net = line_net_minor(Decimal(millionths).scaleb(-6), quantity_steps=steps, unit_decimals=decimals, currency=currency)
    assert line_net_in(currency, decimals).of(millionths, steps) == net


def test_a_line_of_a_price_in_millionths_is_bounded_too() -> None:
    whole = line_net_in("EUR", 0)
    assert whole.of(10**12, 10**6) == LINE_MINOR_MAX
    with pytest.raises(AmountTooLarge):
        whole.of(10**12, 10**6 + 1)


@given(total=st.integers(-(10**15), 10**15), weights=st.lists(st.integers(0, 10**9), min_size=1, max_size=50), step=st.sampled_from([1, 10, 100]))
def test_parts_always_sum_to_the_total(total: int, weights: list[int], step: int) -> None:
    parts = allocate(total, weights, step=step)
    assert sum(parts) == total
    assert len(parts) == len(weights)
    if any(weights):
        assert all(part == 0 for part, weight in zip(parts, weights, strict=True) if weight == 0)
        first = next(place for place, weight in enumerate(weights) if weight)
        assert all(part % step == 0 for place, part in enumerate(parts) if place != first)


@given(total=st.integers(0, 10**12), weights=st.lists(st.integers(1, 10**6), min_size=1, max_size=20))
def test_no_part_is_further_than_one_from_its_exact_share(total: int, weights: list[int]) -> None:
    for part, weight in zip(allocate(total, weights), weights, strict=True):
        assert abs(part - Fraction(total * weight, sum(weights))) < 1


def test_ties_go_to_the_earlier_part() -> None:
    assert allocate(100, [1, 1, 1]) == [34, 33, 33]
    assert allocate(-100, [1, 1, 1]) == [-34, -33, -33]
    assert allocate(1000, [1, 1, 1], step=10) == [340, 330, 330]
    assert allocate(7, [0, 0]) == [7, 0]


def test_conversion_changes_the_decimals_too() -> None:
    assert convert_minor(1999, source="EUR", target="VND", rate=Decimal(28_000)) == 559_720
    assert convert_minor(1_000_000, source="VND", target="KWD", rate=Decimal("0.000011785714")) == 11_786
    assert convert_minor(-1, source="JPY", target="EUR", rate=Decimal("0.005")) == -1


@given(amount=st.integers(-(10**14), 10**14), rate=st.decimals(0, 1, places=5), currency=currencies)
def test_a_share_that_is_made_once_rounds_as_the_amount_itself_would(amount: int, rate: Decimal, currency: str) -> None:
    assert Share.of(rate, currency).settled(amount) == settle(amount * rate, currency)


def test_amounts_of_two_currencies_never_mix() -> None:
    euro, dollar = Money(5, "EUR"), Money(5, "USD")
    assert euro + Money(7, "EUR") == Money(12, "EUR")
    assert euro - Money(7, "EUR") == Money(-2, "EUR")
    assert euro < Money(6, "EUR") <= Money(6, "EUR")
    assert max(euro, Money(9, "EUR")) == Money(9, "EUR")
    for mixed in (lambda: euro + dollar, lambda: euro - dollar, lambda: euro < dollar, lambda: euro >= dollar):
        with pytest.raises(AssertionError):
            mixed()


@pytest.mark.parametrize("amount, currency, text", [(1999, "EUR", "19.99"), (-5, "EUR", "-0.05"), (5, "JPY", "5"), (1230, "KWD", "1.230")])
def test_an_amount_in_major_units_has_the_decimals_of_its_currency(amount: int, currency: str, text: str) -> None:
    assert str(Money(amount, currency).decimal) == text
