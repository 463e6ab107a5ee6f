"""Owns the ranking: groups, points per factor on published scales, places, and counterfactuals that are verified by ranking again."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import TYPE_CHECKING

import msgspec

from marketplace.trade.compare.schemas import Counterfactual, Factor, Weights

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

DEFAULT = Weights(cost=50_000, time=15_000, on_time=20_000, checks=10_000, stock=5_000, cost_slope=100_000)
SPARE_DAYS_FULL = 10
ARRIVAL_DAYS_NONE = 30
ON_TIME_NONE, ON_TIME_FULL = Decimal("0.70"), Decimal("1.00")
CHECKS_FULL = 5
STOCK_TIMES_FULL = 10
GROUPS = ("ranked", "cost_not_known", "too_late", "short")
# Thirteen digits carry k·ln(10^15) far past a thousandth of a point, at a third of the default precision's time.
_LOGARITHM = Context(prec=13)
GOODS = "goods"
SATURDAY = 6
FACTORS = ("cost", "time", "on_time", "checks", "stock")


class Contender(msgspec.Struct, frozen=True, kw_only=True):
    """What of an offer decides its place: totals in minor units of the buyer's currency, whole facts, never another offer's figures.

    `total_minor` sums what is known; `lacking` names the cost components that are not. `time_days` is days to spare before the needed-by
    date where there is one, else days until arrival; None while the arrival is not known.
    """

    offer_id: UUID
    total_minor: int
    lacking: frozenset[str]
    arrives_on: date | None
    is_late: bool
    is_short: bool
    time_days: int | None
    on_time_low: Decimal | None
    checks: int
    stock_times: Decimal
    has_need_by: bool


class Scored(msgspec.Struct, frozen=True):
    """A contender with its group and, in the ranked group, its place, score and factors in thousandths of a point."""

    contender: Contender
    group: str
    place: int | None
    score: int | None
    factors: tuple[Factor, ...]


def _share(value: Decimal) -> Decimal:
    return min(max(value, Decimal(0)), Decimal(1))


def time_share(contender: Contender) -> Decimal | None:
    """Give 0 to 1 for time: spare days on 0 to 10 with a needed-by date, else days to arrival on 30 to 0. None: not known."""
    if contender.time_days is None:
        return None
    if contender.has_need_by:
        return _share(Decimal(contender.time_days) / SPARE_DAYS_FULL)
    return _share(1 - Decimal(contender.time_days) / ARRIVAL_DAYS_NONE)


def on_time_share(contender: Contender) -> Decimal | None:
    """Give 0 to 1 for the lower end of the on-time interval on 70 to 100 %. None: not known."""
    if contender.on_time_low is None:
        return None
    return _share((contender.on_time_low - ON_TIME_NONE) / (ON_TIME_FULL - ON_TIME_NONE))


def stock_share(contender: Contender) -> Decimal:
    """Give 0 to 1 for stock of once to ten times the asked quantity."""
    return _share((contender.stock_times - 1) / (STOCK_TIMES_FULL - 1))


def _points(share: Decimal | None, weight: int) -> int:
    return 0 if share is None else int((share * weight).quantize(Decimal(1), ROUND_HALF_UP))


def cost_level(total_minor: int, weights: Weights) -> int:
    """Give k·ln(total) in thousandths of a point: each offer's own number, so that no other offer's arrival can change a difference."""
    return int((_LOGARITHM.ln(Decimal(max(total_minor, 1))) * weights.cost_slope).quantize(Decimal(1), ROUND_HALF_UP))


def factors(contender: Contender, *, lowest_level: int, weights: Weights) -> tuple[Factor, ...]:
    """Give the points of each factor, in thousandths, in the published order: cost, time, on time, checks, stock.

    Cost gives w - k·ln(total / lowest ranked total), not clamped; every other factor is its weight times a share of 0 to 1 on a fixed scale.
    """
    time, on_time = time_share(contender), on_time_share(contender)
    checks = _share(Decimal(contender.checks) / CHECKS_FULL)
    return (
        Factor("cost", weights.cost + lowest_level - cost_level(contender.total_minor, weights), weights.cost, is_known=True),
        Factor("time", _points(time, weights.time), weights.time, is_known=time is not None),
        Factor("on_time", _points(on_time, weights.on_time), weights.on_time, is_known=on_time is not None),
        Factor("checks", _points(checks, weights.checks), weights.checks, is_known=True),
        Factor("stock", _points(stock_share(contender), weights.stock), weights.stock, is_known=True),
    )


def ranked_lacking(contenders: Sequence[Contender]) -> frozenset[str]:
    """Give the set of components that the ranked group lacks: the smallest one among those in time; of equal size the one most offers lack.

    Whose goods cannot be told in the buyer's currency is never compared.
    """
    found = Counter(one.lacking for one in contenders if not one.is_late and not one.is_short and GOODS not in one.lacking)
    if not found:
        return frozenset()
    return min(found, key=lambda lacking: (len(lacking), -found[lacking], sorted(lacking)))


def _group(contender: Contender, lacking: frozenset[str]) -> str:
    if contender.is_short:
        return "short"
    if contender.is_late:
        return "too_late"
    unplaced = GOODS in contender.lacking or contender.lacking != lacking or (contender.has_need_by and contender.arrives_on is None)
    return "cost_not_known" if unplaced else "ranked"


def rank(contenders: Sequence[Contender], weights: Weights) -> list[Scored]:
    """Rank the offers: the ranked group by score, then total, arrival, id; then cost not known by known cost, too late by arrival, short by stock.

    Ties go to the lower total, then the earlier arrival, then the lower offer id. Nothing can be paid for a place.
    """
    lacking = ranked_lacking(contenders)
    grouped = [(one, _group(one, lacking)) for one in contenders]
    ranked = [one for one, group in grouped if group == "ranked"]
    lowest = min((cost_level(one.total_minor, weights) for one in ranked), default=0)
    scored = []
    for one in ranked:
        parts = factors(one, lowest_level=lowest, weights=weights)
        scored.append((one, sum(part.points for part in parts), parts))
    scored.sort(key=lambda item: (-item[1], *_tie(item[0])))
    first = [Scored(one, "ranked", place, score, parts) for place, (one, score, parts) in enumerate(scored, 1)]
    rest = [Scored(one, group, None, None, ()) for one, group in grouped if group != "ranked"]
    rest.sort(key=lambda item: (GROUPS.index(item.group), *_rest_order(item)))
    return first + rest


def _tie(one: Contender) -> tuple[int, date, UUID]:
    return one.total_minor, one.arrives_on or date.max, one.offer_id


def _rest_order(item: Scored) -> tuple[int | Decimal, UUID]:
    one = item.contender
    if item.group == "too_late":
        return (one.arrives_on or date.max).toordinal(), one.offer_id
    if item.group == "short":
        return -one.stock_times, one.offer_id
    return one.total_minor, one.offer_id


def place_with(changed: Contender, contenders: Sequence[Contender], weights: Weights) -> int | None:
    """Give the place an offer would have with other figures, by ranking everything again."""
    tried = [changed if one.offer_id == changed.offer_id else one for one in contenders]
    return next((item.place for item in rank(tried, weights) if item.contender.offer_id == changed.offer_id), None)


def counterfactual(scored: Scored, weights: Weights, *, first: Scored, goods_minor: int, today: date) -> Counterfactual | None:
    """Tell what would make a ranked offer the first: the highest total at which it would be, and the fewest days sooner. None for the first.

    Nothing arrives before `today`, nor on a Saturday or Sunday.

    Only goods can be made cheaper, so `goods_minor` bounds the total from below. Each answer is verified with `beats`, which ranks the
    changed offer against the first by the same points and ties: all others stand behind the first whatever one offer does.
    """
    if scored.place is None or scored.place == 1:
        return None
    return Counterfactual(
        total_minor=_winning_total(scored, weights, first=first, goods_minor=goods_minor),
        days_sooner=_winning_days(scored, weights, first=first, today=today),
    )


def beats(changed: Contender, first: Scored, weights: Weights) -> bool:
    """Tell whether an offer with other figures would stand before the present first; the lowest total shifts both alike and so falls out."""
    mine = sum(part.points for part in factors(changed, lowest_level=0, weights=weights))
    theirs = sum(part.points for part in factors(first.contender, lowest_level=0, weights=weights))
    return mine > theirs or (mine == theirs and _tie(changed) < _tie(first.contender))


def _winning_total(scored: Scored, weights: Weights, *, first: Scored, goods_minor: int) -> int | None:
    """Start at the total that the difference in points comes to, and step down until it wins: rounding is the only thing in between."""
    one = scored.contender
    lowest = one.total_minor - goods_minor
    gap = Decimal((first.score or 0) - (scored.score or 0)) / max(weights.cost_slope, 1)
    guess = min(int(_LOGARITHM.multiply(Decimal(one.total_minor), _LOGARITHM.exp(-gap))) + 1, one.total_minor)
    for total in (guess, guess - 1, guess - 2, guess - 2 - guess // 50_000):
        if lowest <= total and beats(msgspec.structs.replace(one, total_minor=total), first, weights):
            return total
    return None


def _winning_days(scored: Scored, weights: Weights, *, first: Scored, today: date) -> int | None:
    one = scored.contender
    if one.arrives_on is None or one.time_days is None:
        return None
    share, gap = time_share(one) or Decimal(0), (first.score or 0) - (scored.score or 0)
    if _points(Decimal(1), weights.time) - _points(share, weights.time) < gap:
        return None
    for sooner in range(1, (one.arrives_on - today).days + 1):
        step, arrives_on = sooner if one.has_need_by else -sooner, one.arrives_on - timedelta(days=sooner)
        changed = msgspec.structs.replace(one, time_days=one.time_days + step, arrives_on=arrives_on)
        if arrives_on.isoweekday() < SATURDAY and beats(changed, first, weights):
            return sooner
    return None
