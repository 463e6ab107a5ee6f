"""Tests of the published formula of the rates: Wilson's 90 % interval."""

from __future__ import annotations

import math
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from trust.score.rules import wilson


def test_nothing_counted_is_not_known_rather_than_nought() -> None:
    assert wilson(0, 0) == (None, None)


def test_the_ends_lie_where_the_score_test_just_accepts_the_rate() -> None:
    # Wilson's own definition: (rate - p)^2 = z^2 p (1 - p) / n at both ends.
    for k, n in ((118, 125), (402, 418), (41, 46), (1, 3)):
        for end in wilson(k, n):
            assert end is not None
            p = float(end)
            assert math.isclose((k / n - p) ** 2, 1.6448536269514722**2 * p * (1 - p) / n, rel_tol=1e-3, abs_tol=1e-9)


def test_one_order_says_little() -> None:
    assert wilson(1, 1) == (Decimal("0.269866"), Decimal("1.000000"))
    assert wilson(0, 1) == (Decimal("0.000000"), Decimal("0.730134"))


@given(st.integers(1, 10**6), st.data())
def test_the_interval_holds_the_rate_and_stays_within_nought_and_one(n: int, data: st.DataObject) -> None:
    k = data.draw(st.integers(0, n))
    low, high = wilson(k, n)
    assert low is not None
    assert high is not None
    assert 0 <= low <= Decimal(k) / n + Decimal("0.000001")
    assert Decimal(k) / n - Decimal("0.000001") <= high <= 1


@given(st.integers(1, 2000), st.integers(2, 50))
def test_more_orders_at_the_same_rate_raise_the_lower_end(n: int, times: int) -> None:
    few, many = wilson(n, n)[0], wilson(n * times, n * times)[0]
    assert few is not None
    assert many is not None
    assert few < many
