"""Tests of the scale over the bars of the comparison: its figures never touch; and of the bars of a score: none leaves its picture."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.kernel import i18n
from marketplace.trade.compare.schemas import Factor
from marketplace.trade.sheets import pages_axis, rules


def shown(language: str, *values: int) -> list[str]:
    parts = len(values) - 1
    with i18n.speaking(language):
        return [word for _, word in pages_axis.apart([(100 * place / parts, Decimal(value)) for place, value in enumerate(values)], "{:,}".format)]


@pytest.mark.parametrize(
    "values, words",
    [
        ((0, 500, 1000, 1500), ["0", "750", "1,500"]),
        ((0, 400, 800, 1200), ["0", "400", "800", "1,200"]),
        ((0, 1000, 2000), ["0", "1,000", "2,000"]),
        ((0, 1000, 2000, 3000, 4000, 5000), ["0", "2,500", "5,000"]),
        ((0, 50, 100, 150, 200), ["0", "50", "100", "150", "200"]),
        ((0, 12), ["0", "12"]),
        ((0, 500_000_000, 1_000_000_000), ["0", "1,000,000,000"]),
    ],
)
def test_figures_that_have_no_room_beside_each_other_are_fewer_and_stay_even(values: tuple[int, ...], words: list[str]) -> None:
    assert [word.removesuffix(".0") for word in shown("en", *values)] == words


def test_a_narrower_column_of_another_language_leaves_out_more() -> None:
    assert [word.removesuffix(".0") for word in shown("ar", 0, 400, 800, 1200)] == ["0", "600", "1,200"]


def factors(*points: int) -> list[Factor]:
    """Make factors of so many thousandths of a point, out of 50, 20, 15, 10 and 5 points."""
    weights = (50_000, 20_000, 15_000, 10_000, 5_000)
    return [Factor(str(number), got, weight, is_known=True) for number, (got, weight) in enumerate(zip(points, weights, strict=True))]


def test_the_bars_of_a_score_stand_side_by_side_on_a_scale_of_all_points() -> None:
    found = rules.waterfall(factors(40_000, 10_000, 15_000, 5_000, 0), first_score=90_000)
    assert [(one.start, one.width, one.lost_start, one.lost) for one in found.bars] == [
        (0, 40, 40, 10), (40, 10, 50, 10), (50, 15, 65, 0), (65, 5, 70, 5), (70, 0, 70, 5),
    ]  # fmt: skip
    assert (found.score.start, found.score.width, found.nought, found.first) == (0, 70, 0, 90)
    assert not any(one.is_loss for one in found.bars)


def test_a_cost_that_takes_points_away_widens_the_scale_and_leaves_no_bar_outside_it() -> None:
    found = rules.waterfall(factors(-25_000, 10_000, 15_000, 5_000, 5_000), first_score=100_000)
    assert [(one.start, one.width, one.is_loss) for one in found.bars] == [
        (0, 20, True), (0, 8, False), (8, 12, False), (20, 4, False), (24, 4, False),
    ]  # fmt: skip
    assert (found.bars[0].lost_start, found.bars[0].lost) == (20, 40)
    assert (found.score.start, found.score.width, found.score.is_loss, found.nought, found.first) == (20, 8, False, 20, 100)
    below = rules.waterfall(factors(-100_000, 0, 0, 0, 0), first_score=100_000)
    assert (below.score.start, below.score.width, below.score.is_loss, below.nought) == (0, 50, True, 50)


@given(st.tuples(*(st.integers(low, high) for low, high in ((-900_000, 50_000), (0, 20_000), (0, 15_000), (0, 10_000), (0, 5_000)))))
def test_no_bar_of_any_score_stands_outside_its_picture(points: tuple[int, ...]) -> None:
    found = rules.waterfall(factors(*points), first_score=100_000)
    for one in (*found.bars, found.score):
        assert 0 <= one.start <= one.start + one.width <= 100.02
        assert one.lost_start + one.lost <= 100.02
