"""The ranking's rules: parts add up, nobody's arrival swaps two others, counterfactuals hold."""

from __future__ import annotations

from datetime import date, timedelta

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from marketplace.trade.compare import rules
from marketplace.trade.compare.rules import DEFAULT, Contender
from marketplace.trade.weights.schemas import Weights

DAY = date(2026, 12, 1)


@st.composite
def contenders(draw: st.DrawFn, *, count: int = 6) -> list[Contender]:
    """Draw offers that are all in time, known and in stock."""
    has_need_by = draw(st.booleans())
    made = []
    for number in range(draw(st.integers(2, count))):
        days = draw(st.integers(0, 25))
        made.append(
            Contender(
                offer_id=str(number + 1),
                total_minor=draw(st.integers(1, 10**9)),
                lacking=frozenset(),
                arrives_on=DAY + timedelta(days=days),
                is_late=False,
                is_short=False,
                time_days=25 - days if has_need_by else days,
                on_time_millionths=draw(st.none() | st.integers(300_000, 1_000_000)),
                checks=draw(st.integers(0, 5)),
                stock_hundredths=draw(st.integers(100, 5000)),
                has_need_by=has_need_by,
            )
        )
    return made


@given(contenders())
@settings(deadline=None)
def test_factors_add_up_to_the_score_and_only_cost_passes_its_weight(found: list[Contender]) -> None:
    for item in rules.rank(found, DEFAULT):
        assert item.score == sum(part.points for part in item.factors)
        for part in item.factors[1:]:
            assert 0 <= part.points <= part.weight
        assert item.factors[0].points <= DEFAULT.cost


@given(contenders(count=8))
@settings(deadline=None)
def test_one_more_offer_never_swaps_two_others(found: list[Contender]) -> None:
    *others, extra = found
    before = [item.contender.offer_id for item in rules.rank(others, DEFAULT)]
    after = [item.contender.offer_id for item in rules.rank(found, DEFAULT) if item.contender.offer_id != extra.offer_id]
    assert before == after


def place_with(changed: Contender, found: list[Contender], by: Weights = DEFAULT) -> int | None:
    """Give the place an offer has with other figures, by ranking everything again."""
    tried = [changed if one.offer_id == changed.offer_id else one for one in found]
    return next(item.place for item in rules.rank(tried, by) if item.contender.offer_id == changed.offer_id)


@st.composite
def weights(draw: st.DrawFn) -> Weights:
    """Draw a set of weights: five points that are a hundred together, and a slope within its bounds."""
    cuts = sorted(draw(st.lists(st.integers(0, 100_000), min_size=4, max_size=4)))
    cost, time, on_time, checks, stock = (high - low for low, high in zip([0, *cuts], [*cuts, 100_000], strict=True))
    slope = draw(st.integers(1_000, 1_000_000))
    return Weights(cost=cost, time=time, on_time=on_time, checks=checks, stock=stock, cost_slope=slope)


@given(contenders(count=8), weights(), st.sets(st.sampled_from(["freight", "duty", "goods"])), st.sampled_from(["", "late", "short"]))
@settings(deadline=None)
def test_whatever_offer_comes_under_whatever_weights_it_swaps_no_two_others(
    found: list[Contender], by: Weights, lacking: set[str], trouble: str
) -> None:
    *others, extra = found
    extra = msgspec.structs.replace(extra, lacking=frozenset(lacking), is_late=trouble == "late", is_short=trouble == "short")
    before = {item.contender.offer_id: item.place for item in rules.rank(others, by)}
    after = {item.contender.offer_id: item.place for item in rules.rank([*others, extra], by)}
    kept = [one for one in before if before[one] is not None and after[one] is not None]
    assert sorted(kept, key=lambda one: before[one] or 0) == sorted(kept, key=lambda one: after[one] or 0)


@given(contenders(), weights())
@settings(deadline=None)
def test_where_no_price_and_no_day_is_told_none_would_make_the_offer_the_first(found: list[Contender], by: Weights) -> None:
    ranked = rules.rank(found, by)
    for item in ranked[1:]:
        one = item.contender
        goods_minor = one.total_minor * 9 // 10
        if rules.winning_total(item, by, first=ranked[0], goods_minor=goods_minor) is None:
            free = msgspec.structs.replace(one, total_minor=one.total_minor - goods_minor)
            assert place_with(free, found, by) != 1
        if rules.winning_days(item, by, first=ranked[0], today=DAY) is None and one.arrives_on is not None and one.time_days is not None:
            for sooner in range(1, (one.arrives_on - DAY).days + 1):
                arrives_on = one.arrives_on - timedelta(days=sooner)
                step = sooner if one.has_need_by else -sooner
                if arrives_on.isoweekday() not in one.weekend:
                    earlier = msgspec.structs.replace(one, time_days=one.time_days + step, arrives_on=arrives_on)
                    assert place_with(earlier, found, by) != 1


@given(contenders())
@settings(deadline=None)
def test_a_counterfactual_makes_its_offer_the_first_when_everything_is_ranked_again(found: list[Contender]) -> None:
    ranked = rules.rank(found, DEFAULT)
    for item in ranked[1:]:
        total_minor = rules.winning_total(item, DEFAULT, first=ranked[0], goods_minor=item.contender.total_minor)
        days_sooner = rules.winning_days(item, DEFAULT, first=ranked[0], today=DAY)
        if total_minor is not None:
            cheaper = msgspec.structs.replace(item.contender, total_minor=total_minor)
            assert place_with(cheaper, found) == 1
        if days_sooner is not None:
            assert item.contender.arrives_on is not None
            assert item.contender.time_days is not None
            step = days_sooner if item.contender.has_need_by else -days_sooner
            sooner = msgspec.structs.replace(
                item.contender,
                time_days=item.contender.time_days + step,
                arrives_on=item.contender.arrives_on - timedelta(days=days_sooner),
            )
            assert place_with(sooner, found) == 1


def _one(number: int, **changes: object) -> Contender:
    plain = Contender(
        offer_id=str(number),
        total_minor=100_00,
        lacking=frozenset(),
        arrives_on=DAY,
        is_late=False,
        is_short=False,
        time_days=5,
        on_time_millionths=900_000,
        checks=5,
        stock_hundredths=1000,
        has_need_by=True,
    )
    return msgspec.structs.replace(plain, **changes)


def test_the_earlier_day_that_would_win_is_no_public_holiday_of_where_the_goods_go() -> None:
    monday = date(2026, 12, 28)
    pair = [_one(1, arrives_on=monday), _one(2, arrives_on=monday, total_minor=100_50)]
    first, second = rules.rank(pair, DEFAULT)
    days = [rules.winning_days(second, DEFAULT, first=first, today=date(2026, 12, 1), country=country) for country in ("", "VN", "DE")]
    # Friday the 25th is Christmas in Germany, and a working day in Vietnam.
    assert days == [3, 3, 4]


def test_an_offer_that_lacks_more_than_others_has_no_place() -> None:
    found = rules.rank([_one(1), _one(2, lacking=frozenset({"freight"}), total_minor=1)], DEFAULT)
    assert [(int(item.contender.offer_id), item.group, item.place) for item in found] == [(1, "ranked", 1), (2, "cost_not_known", None)]


def test_where_all_lack_duty_all_are_ranked_before_duty() -> None:
    found = rules.rank([_one(1, lacking=frozenset({"duty"})), _one(2, lacking=frozenset({"duty"}), total_minor=90_00)], DEFAULT)
    assert [(int(item.contender.offer_id), item.place) for item in found] == [(2, 1), (1, 2)]


def test_an_offer_without_a_day_of_arrival_does_not_say_what_the_ranked_may_lack_where_there_is_a_day_to_be_in_time_for() -> None:
    known, lacking = _one(1, arrives_on=None), _one(2, lacking=frozenset({"freight"}))
    found = rules.rank([known, lacking], DEFAULT)
    assert [(int(item.contender.offer_id), item.group, item.place) for item in found] == [(2, "ranked", 1), (1, "cost_not_known", None)]
    anytime = [msgspec.structs.replace(one, has_need_by=False) for one in (known, lacking)]
    assert [(int(item.contender.offer_id), item.place) for item in rules.rank(anytime, DEFAULT)] == [(1, 1), (2, None)]


def test_late_and_short_offers_stand_apart_whatever_they_cost() -> None:
    found = rules.rank([_one(1), _one(2, is_late=True, total_minor=1), _one(3, is_short=True, total_minor=1)], DEFAULT)
    assert [item.group for item in found] == ["ranked", "too_late", "short"]


def test_the_score_of_a_plain_case_by_hand() -> None:
    found = rules.rank([_one(1), _one(2, total_minor=110_00)], DEFAULT)
    assert [part.points for part in found[0].factors] == [50_000, 7_500, 13_333, 10_000, 5_000]
    assert found[0].score == 85_833
    assert found[1].factors[0].points == 50_000 - 9_531


def test_ties_go_to_the_lower_total_then_the_earlier_arrival_then_the_lower_id() -> None:
    found = rules.rank([_one(2), _one(1)], DEFAULT)
    assert [int(item.contender.offer_id) for item in found] == [1, 2]


@pytest.mark.parametrize("weekend, sooner", [({6, 7}, 3), ({5, 6}, 1), ({5, 6, 7}, 4)])
def test_the_earlier_day_that_would_win_is_never_in_the_weekend_of_where_the_goods_go(weekend: set[int], sooner: int) -> None:
    monday = date(2026, 11, 30)
    pair = [_one(1, arrives_on=monday), _one(2, arrives_on=monday, total_minor=100_50, weekend=frozenset(weekend))]
    first, second = rules.rank(pair, DEFAULT)
    assert rules.winning_days(second, DEFAULT, first=first, today=date(2026, 11, 2)) == sooner
