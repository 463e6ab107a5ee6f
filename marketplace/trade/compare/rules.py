"""Owns the ranking: groups, points per factor on published scales, places, and counterfactuals that are verified by ranking again."""

from __future__ import annotations

import math
from collections import Counter
from datetime import date
from decimal import ROUND_HALF_UP, Context, Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

import msgspec

from marketplace.kernel.calendar import SATURDAY_AND_SUNDAY, public_holidays
from marketplace.trade.compare.schemas import Factor
from marketplace.trade.weights.schemas import Weights

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

DEFAULT = Weights(cost=50_000, time=15_000, on_time=20_000, checks=10_000, stock=5_000, cost_slope=100_000)
SPARE_DAYS_FULL = 10
ARRIVAL_DAYS_NONE = 30
ON_TIME_NONE, ON_TIME_FULL = Decimal("0.70"), Decimal("1.00")
CHECKS_FULL = 5
STOCK_TIMES_FULL = 10


class Ends(NamedTuple):
    """Where the fixed scales begin and end: days to spare, days until arrival, the lower end of on time as a share, checks, times the asked stock."""

    spare_days_full: int
    arrival_days_none: int
    on_time_none: Decimal
    on_time_full: Decimal
    checks_full: int
    stock_times_full: int


ENDS = Ends(SPARE_DAYS_FULL, ARRIVAL_DAYS_NONE, ON_TIME_NONE, ON_TIME_FULL, CHECKS_FULL, STOCK_TIMES_FULL)
GROUPS = ("ranked", "cost_not_known", "too_late", "short")
MIDDLE = 1e-6
_STOCK_TOP = 100 * STOCK_TIMES_FULL
# Twenty digits carry k·ln(10^15) far past a thousandth of a point.
_LOGARITHM = Context(prec=20)
GOODS = "goods"


class Contender(msgspec.Struct, kw_only=True, gc=False):
    """What of an offer decides its place: totals in minor units of the buyer's currency, whole facts, never another offer's figures.

    `total_minor` sums what is known; `lacking` names the cost components that are not. `time_days` is days to spare before the needed-by
    date where there is one, else days until arrival; None while the arrival is not known. `on_time_millionths` is the lower end of the
    on-time interval, None where nothing is known; `stock_hundredths` is how many hundredths of the asked quantity there are.
    On the days of `weekend` nobody takes delivery.
    """

    offer_id: str
    total_minor: int = 0
    lacking: frozenset[str] = frozenset()
    arrives_on: date | None = None
    is_late: bool = False
    is_short: bool
    time_days: int | None = None
    on_time_millionths: int | None = None
    checks: int
    stock_hundredths: int
    has_need_by: bool
    weekend: frozenset[int] = SATURDAY_AND_SUNDAY


Ranked = TypeVar("Ranked", bound=Contender)


class Scored(msgspec.Struct, Generic[Ranked], frozen=True, gc=False):
    """A contender with its group and, in the ranked group, its place, score and factors in thousandths of a point; `level` is its k·ln(total)."""

    contender: Ranked
    group: str
    place: int | None
    score: int | None
    factors: tuple[Factor, ...]
    level: int = 0


def _part(numerator: int, denominator: int, weight: int) -> int:
    """Give weight times numerator / denominator, the share held within 0 and 1, half up to a thousandth of a point. Whole numbers only."""
    if numerator <= 0:
        return 0
    if numerator >= denominator:
        return weight
    return (2 * numerator * weight + denominator) // (2 * denominator)


def millionths(share: Decimal) -> int:
    """Give a share of one in millionths."""
    return int(share.scaleb(6))


_ON_TIME_START = millionths(ON_TIME_NONE)
_ON_TIME_SPAN = millionths(ON_TIME_FULL) - _ON_TIME_START


class Scales(NamedTuple):
    """The points of every step of the fixed scales, made once for a set of weights: to read a step costs less than to work it out or find it by a key.

    `spare` by days to spare, `arrival` by days until arrival, `checks` by their number, `stock` by hundredths of the asked quantity.
    """

    spare: tuple[Factor, ...]
    arrival: tuple[Factor, ...]
    time_unknown: Factor
    on_time_unknown: Factor
    checks: tuple[Factor, ...]
    stock: tuple[Factor, ...]


@lru_cache(maxsize=20)
def scales(weights: Weights) -> Scales:
    """Make the scales: 0 to 10 spare days, 30 to 0 days until arrival, 0 to 5 checks, once to ten times the asked quantity in stock."""

    def steps(factor: str, shares: Iterable[tuple[int, int]], weight: int) -> tuple[Factor, ...]:
        return tuple(Factor(factor, _part(share, full, weight), weight, is_known=True) for share, full in shares)

    return Scales(
        spare=steps("time", [_time_share(days, has_need_by=True) for days in range(SPARE_DAYS_FULL + 1)], weights.time),
        arrival=steps("time", [_time_share(days, has_need_by=False) for days in range(ARRIVAL_DAYS_NONE + 1)], weights.time),
        time_unknown=Factor("time", 0, weights.time, is_known=False),
        on_time_unknown=Factor("on_time", 0, weights.on_time, is_known=False),
        checks=steps("checks", [(number, CHECKS_FULL) for number in range(CHECKS_FULL + 1)], weights.checks),
        stock=steps("stock", [(number - 100, _STOCK_TOP - 100) for number in range(_STOCK_TOP + 1)], weights.stock),
    )


def _time_share(time_days: int, *, has_need_by: bool) -> tuple[int, int]:
    return (time_days, SPARE_DAYS_FULL) if has_need_by else (ARRIVAL_DAYS_NONE - time_days, ARRIVAL_DAYS_NONE)


def cost_level(total_minor: int, weights: Weights) -> int:
    """Give k·ln(total) in thousandths of a point, rounded half up: each offer's own number, so that no other offer can change a difference.

    A binary logarithm is right to far more than a thousandth of a point; only where it comes near the middle between two whole numbers,
    and another machine's last digit might round the other way, twenty decimal digits decide.
    """
    total = total_minor if total_minor > 0 else 1
    rough = math.log(total) * weights.cost_slope
    if abs(rough % 1.0 - 0.5) > MIDDLE:
        return round(rough)
    return int((_LOGARITHM.ln(Decimal(total)) * weights.cost_slope).quantize(Decimal(1), ROUND_HALF_UP))


def factors(contender: Contender, scale: Scales, weights: Weights, cost_points: int) -> tuple[Factor, ...]:
    """Give the points of each factor, in thousandths, in the published order: cost, time, on time, checks, stock.

    Cost gives w - k·ln(total / lowest ranked total), not clamped; every other factor is its weight times a share of 0 to 1 on a fixed scale:
    days, on-time interval from 70 to 100 %, checks, stock. Beyond the ends of a scale all are alike; what is not known gives 0.
    """
    days, low, checks, stock = contender.time_days, contender.on_time_millionths, contender.checks, contender.stock_hundredths
    if days is None:
        time = scale.time_unknown
    elif contender.has_need_by:
        time = _step(scale.spare, days)
    else:
        time = _step(scale.arrival, days)
    if low is None:
        on_time = scale.on_time_unknown
    else:
        on_time = Factor("on_time", _part(low - _ON_TIME_START, _ON_TIME_SPAN, weights.on_time), weights.on_time, is_known=True)
    return Factor("cost", cost_points, weights.cost, is_known=True), time, on_time, _step(scale.checks, checks), _step(scale.stock, stock)


def _step(steps: tuple[Factor, ...], number: int) -> Factor:
    """Read a step of a scale; beyond its ends all are alike."""
    return steps[0] if number < 0 else steps[number] if number < len(steps) else steps[-1]


def ranked_lacking(contenders: Sequence[Contender]) -> frozenset[str]:
    """Give the set of components that the ranked group lacks: the smallest one among those in time; of equal size the one most offers lack.

    Whose goods cannot be told in the buyer's currency is never compared, nor whose arrival is not known where there is a day to be in time for.
    """
    in_time = [one.lacking for one in contenders if not one.is_late and not one.is_short and not _is_unplaced(one)]
    if len(set(in_time)) <= 1:
        return in_time[0] if in_time else frozenset()
    found = Counter(in_time)
    return min(found, key=lambda lacking: (len(lacking), -found[lacking], sorted(lacking)))


def _is_unplaced(contender: Contender) -> bool:
    return GOODS in contender.lacking or (contender.has_need_by and contender.arrives_on is None)


def _group(contender: Contender, lacking: frozenset[str]) -> str:
    if contender.is_short:
        return "short"
    if contender.is_late:
        return "too_late"
    return "cost_not_known" if contender.lacking != lacking or _is_unplaced(contender) else "ranked"


def rank(contenders: Sequence[Ranked], weights: Weights) -> list[Scored[Ranked]]:
    """Rank the offers: the ranked group by score, then total, arrival, id; then cost not known by known cost, too late by arrival, short by stock.

    Ties go to the lower total, then the earlier arrival, then the lower offer id. Nothing can be paid for a place.
    """
    lacking, scale = ranked_lacking(contenders), scales(weights)
    levels, rest = [], []
    for one in contenders:
        if (group := _group(one, lacking)) == "ranked":
            levels.append((cost_level(one.total_minor, weights), one))
        else:
            rest.append(Scored(one, group, None, None, ()))
    lowest = min([level for level, _ in levels], default=0)
    scored = []
    for level, one in levels:
        parts = factors(one, scale, weights, weights.cost + lowest - level)
        cost, speed, on_time, checks, stock = parts
        score = cost.points + speed.points + on_time.points + checks.points + stock.points
        # The id differs always, so that nothing behind it is ever compared.
        scored.append((-score, one.total_minor, one.arrives_on or date.max, one.offer_id, level, parts, one))
    scored.sort()
    found = [Scored(one, "ranked", place, -behind, parts, level) for place, (behind, _, _, _, level, parts, one) in enumerate(scored, 1)]
    rest.sort(key=lambda item: (GROUPS.index(item.group), *_rest_order(item)))
    return found + rest


def _tie(one: Contender) -> tuple[int, date, str]:
    return one.total_minor, one.arrives_on or date.max, one.offer_id


def _rest_order(item: Scored[Ranked]) -> tuple[int, str]:
    one = item.contender
    if item.group == "too_late":
        return (one.arrives_on or date.max).toordinal(), one.offer_id
    if item.group == "short":
        return -one.stock_hundredths, one.offer_id
    return one.total_minor, one.offer_id


def is_first_at(scored: Scored[Ranked], weights: Weights, *, first: Scored[Ranked], total_minor: int) -> bool:
    """Tell whether an offer would stand before the present first at another total, all else being equal."""
    one, lead = scored.contender, (scored.score or 0) + scored.level - cost_level(total_minor, weights) - (first.score or 0)
    return lead > 0 or (lead == 0 and (total_minor, one.arrives_on or date.max, one.offer_id) < _tie(first.contender))


def winning_total(scored: Scored[Ranked], weights: Weights, *, first: Scored[Ranked], goods_minor: int) -> int | None:
    """Give the highest total at which a ranked offer would be the first, None if none would: only goods can be made cheaper.

    Like `winning_days` it is verified by the changed offer's own points and ties against the first's: all others stand behind the first
    whatever one offer does, and the lowest total shifts all alike. It starts at the total that the difference in points comes to, and steps
    down until it wins: rounding is the only thing in between, which is one part in `cost_slope` of the total.
    """
    total = scored.contender.total_minor
    gap = (first.score or 0) - (scored.score or 0)
    slope = max(weights.cost_slope, 1)
    guess = min(int(total * math.exp(-gap / slope)) + 1, total)
    least, blur = total - goods_minor, 2 + 2 * guess // slope
    if guess + blur < least:
        return None
    for tried in (guess, guess - 1, guess - 2, guess - blur):
        if is_first_at(scored, weights, first=first, total_minor=max(tried, least)):
            return max(tried, least)
    return None


def winning_days(scored: Scored[Ranked], weights: Weights, *, first: Scored[Ranked], today: date, country: str = "") -> int | None:
    """Give how many days sooner a ranked offer would be the first, None if it never would.

    Nothing arrives before today, in a weekend, or on a public holiday of the `country` where the goods go ("": none is known).

    It begins with the fewest days that bring enough points and goes on until the day is a working one and no tie is lost.
    """
    one = scored.contender
    if one.arrives_on is None or one.time_days is None:
        return None
    now_points = scored.factors[1].points
    behind = (first.score or 0) - (scored.score or 0) + now_points
    if weights.time < behind:
        return None
    share, full = _time_share(one.time_days, has_need_by=one.has_need_by)
    # The share that rounds to as many points as are lacking, from (2 · share · weight + full) // (2 · full) >= behind.
    enough = -(-full * (2 * behind - 1) // (2 * weights.time)) if weights.time else share
    arrives = one.arrives_on.toordinal()
    for sooner in range(max(1, enough - share), arrives - today.toordinal() + 1):
        arrives_on = date.fromordinal(arrives - sooner)
        lead = _part(share + sooner, full, weights.time) - behind
        is_first = lead > 0 or (lead == 0 and (one.total_minor, arrives_on, one.offer_id) < _tie(first.contender))
        if is_first and arrives_on.isoweekday() not in one.weekend and not (country and arrives_on in public_holidays(country, "", arrives_on.year)):
            return sooner
    return None
