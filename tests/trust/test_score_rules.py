"""Tests of the published formula of the rates: the beta quantile, the means, the shrinkage, and its interval."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from math import comb
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trust.score import rules
from trust.score.rules_beta import distribution, ln_gamma, quantile
from trust.score.schemas import Counts, Measure, Share

A, B = UUID(int=1), UUID(int=2)


@pytest.mark.parametrize(
    "probability, a, b, wanted",
    [
        # Clopper-Pearson limits as R's binom.test prints them: 682 of 925 in its own help page, 8 of 10, 1 of 10, 5 of 10.
        ("0.025", "682", "244", "0.707668"), ("0.975", "683", "243", "0.765407"), ("0.025", "8", "3", "0.443905"), ("0.975", "9", "2", "0.974789"),
        ("0.025", "1", "10", "0.002529"), ("0.975", "2", "9", "0.445016"), ("0.025", "5", "6", "0.187086"), ("0.975", "6", "5", "0.812914"),
        # Closed forms: 1 - 0.95^(1/10), 0.05^(1/4), the arcsine distribution's sin^2(pi/40), the uniform one.
        ("0.05", "1", "10", "0.005116"), ("0.05", "4", "1", "0.472871"), ("0.05", "0.5", "0.5", "0.006156"), ("0.95", "1", "1", "0.950000"),
    ],
)  # fmt: skip
def test_quantiles_are_those_of_the_tables(probability: str, a: str, b: str, wanted: str) -> None:
    assert quantile(Decimal(probability), Decimal(a), Decimal(b)) == Decimal(wanted)


@settings(deadline=None)
@given(st.integers(1, 60), st.integers(1, 60), st.integers(1, 999))
def test_the_distribution_is_the_exact_binomial_sum_where_its_numbers_are_whole(a: int, b: int, thousandths: int) -> None:
    x, n = Fraction(thousandths, 1000), a + b - 1
    exact = sum(comb(n, j) * x**j * (1 - x) ** (n - j) for j in range(a, n + 1))
    assert abs(Fraction(distribution(Decimal(a), Decimal(b), Decimal(thousandths) / 1000)) - exact) < Fraction(1, 10**15)


@settings(deadline=None)
@given(st.decimals("0.1", "400", places=3), st.decimals("0.1", "400", places=3), st.sampled_from(("0.05", "0.5", "0.95")))
def test_the_distribution_gives_the_probability_back_at_its_quantile(a: Decimal, b: Decimal, probability: str) -> None:
    at = quantile(Decimal(probability), a, b)
    step = Decimal("0.000001")
    below, above = distribution(a, b, max(at - step, Decimal(0))), distribution(a, b, min(at + step, Decimal(1)))
    assert below <= Decimal(probability) + Decimal("1e-9")
    assert above >= Decimal(probability) - Decimal("1e-9")


def test_the_gamma_function_is_that_of_the_factorials() -> None:
    assert abs(ln_gamma(Decimal(11)).exp() - 3_628_800) < Decimal("1e-12")
    assert abs(ln_gamma(Decimal("0.5")).exp() ** 2 - Decimal("3.14159265358979323846")) < Decimal("1e-18")


def test_fewer_than_five_orders_have_no_rate() -> None:
    assert rules.share(4, 4, mean=Decimal("0.9")) == Share(4, 4)
    assert rules.share(0, 0, mean=Decimal("0.9")).low is None
    assert rules.share(5, 5, mean=Decimal("0.9")).rate == Decimal("0.933333")


def test_a_rate_is_drawn_towards_the_mean_the_more_the_fewer_orders_there_are() -> None:
    few, many = rules.share(5, 10, mean=Decimal("0.9")), rules.share(500, 1000, mean=Decimal("0.9"))
    assert (few.rate, many.rate) == (Decimal("0.700000"), Decimal("0.503960"))
    assert few.low is not None
    assert few.high is not None
    assert many.low is not None
    assert many.high is not None
    assert few.high - few.low > many.high - many.low


@settings(deadline=None)
@given(st.integers(5, 5000), st.data(), st.decimals("0.01", "0.99", places=6))
def test_the_interval_holds_the_rate_and_one_more_order_on_time_raises_both_ends(n: int, data: st.DataObject, mean: Decimal) -> None:
    k = data.draw(st.integers(0, n - 1))
    one, better = rules.share(k, n, mean=mean), rules.share(k + 1, n, mean=mean)
    assert one.low is not None
    assert one.high is not None
    assert one.rate is not None
    assert better.low is not None
    assert better.high is not None
    assert 0 <= one.low < one.rate < one.high <= 1
    assert one.low <= better.low
    assert one.high <= better.high


def test_means_are_drawn_to_the_markets_and_that_to_ninety_percent() -> None:
    found = rules.means_of([Counts(A, 90, 100, 8, 10), Counts(B, 1, 2, 2, 2), Counts(None, 5, 8, 0, 0)])
    on_time = [(one.category_id, one.k, one.n, one.mean) for one in found if one.measure == "on_time"]
    market = Decimal("0.876923")
    assert on_time == [
        (None, 96, 110, market),
        (A, 90, 100, Decimal("0.896154")),
        (B, 1, 2, ((1 + 20 * market) / 22).quantize(Decimal("0.000001"))),
    ]
    assert rules.means_of([])[0].mean == Decimal("0.900000")


def test_a_suppliers_mean_weighs_its_categories_by_their_orders() -> None:
    means: dict[tuple[Measure, UUID | None], Decimal] = {
        ("on_time", None): Decimal("0.80"),
        ("on_time", A): Decimal("0.90"),
        ("on_time", B): Decimal("0.60"),
    }
    counts = [Counts(A, 0, 30, 0, 0), Counts(B, 0, 10, 0, 0)]
    assert rules.mean_for(counts, "on_time", means) == Decimal("0.825000")
    assert rules.mean_for([Counts(None, 0, 10, 0, 0)], "on_time", means) == Decimal("0.80")
    assert rules.mean_for([], "on_time", means) == Decimal("0.80")
    assert rules.mean_for([], "acceptance", {}) == rules.BEGINNING


@settings(deadline=None)
@given(st.lists(st.tuples(st.sampled_from((A, B, None)), st.integers(0, 50), st.integers(0, 50)), max_size=12))
def test_means_do_not_depend_on_the_order_or_the_parts_they_are_counted_in(parts: list[tuple[UUID | None, int, int]]) -> None:
    counts = [Counts(key, min(k, n), n, min(k, n), n) for key, k, n in parts]
    assert rules.means_of(counts) == rules.means_of(counts[::-1])
    halves = [Counts(one.category_id, one.on_time_k, one.on_time_n, 0, 0) for one in counts]
    halves += [Counts(one.category_id, 0, 0, one.acceptance_k, one.acceptance_n) for one in counts]
    assert rules.means_of(counts) == rules.means_of(halves)
