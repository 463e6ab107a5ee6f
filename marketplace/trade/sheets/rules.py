"""Owns where things stand in the pictures of the comparison: one scale a column, positions in % of it."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from itertools import accumulate
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from marketplace.kernel.currencies import exponent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from marketplace.trade.compare.schemas import Comparison, Factor, OfferOut

KINDS = {"goods": "g", "freight": "f", "insurance": "f", "duty": "d", "terms": "t", "tax": "x"}
INTERVAL_FROM = Decimal("0.70")
NICE = ((10, 2), (12, 3), (15, 3), (20, 2), (30, 3), (40, 4), (50, 5), (60, 3), (80, 4), (100, 2))


class RowPicture(msgspec.Struct, frozen=True):
    """Where one offer's bar, time line and interval stand, in % of the shared scales; None where a figure is not known."""

    bar: tuple[tuple[str, float], ...]
    leaves: float | None
    arrives: float | None
    low: float | None
    high: float | None
    rate: float | None


class Picture(msgspec.Struct, frozen=True):
    """The shared scales: axis ticks as (%, value), the cheapest line, the needed-by mark, the ends of the time line, and a picture per offer."""

    cost_ticks: tuple[tuple[float, int], ...]
    cheapest: float | None
    need: float | None
    first_day: date
    last_day: date
    rows: tuple[RowPicture, ...]


def nice_scale(value: int) -> tuple[int, int]:
    """Round up to 1, 1.2, 1.5, 2, 3, 4, 5, 6, 8 or 10 times a power of ten, and say into how many equal parts that number divides well."""
    if value <= 1:
        return 1, 1
    power = int(10 ** (len(str(value)) - 1))
    tenths, parts = next(step for step in NICE if power * step[0] >= value * 10)
    top = power * tenths // 10
    return top, next(count for count in (parts, 2, 1) if top % count == 0)


def picture(found: Comparison, *, today: date) -> Picture:
    """Work out the shared scales: cost from 0 to a round number above the dearest, time from today to past the last arrival and needed-by date."""
    hatch = _hatches(found.offers)
    longest = max((one.known_minor + sum(hatch.get(kind, 0) for kind in one.lacking) for one in found.offers), default=1)
    scale = int(10 ** exponent(found.ask.currency))
    whole, parts = nice_scale(-(-longest // scale))
    top = whole * scale
    days = [one.arrives_on for one in found.offers if one.arrives_on] + ([found.ask.need_by] if found.ask.need_by else [])
    last = max([*days, today + timedelta(days=7)]) + timedelta(days=1)
    span = max((last - today).days, 1)
    return Picture(
        cost_ticks=tuple((round(100 * step / parts, 2), top * step // parts) for step in range(parts + 1)),
        cheapest=None if found.summary.lowest_minor is None else _share(found.summary.lowest_minor, top),
        need=_share((found.ask.need_by - today).days, span) if found.ask.need_by else None,
        first_day=today,
        last_day=last,
        rows=tuple(_row(one, top, span, today, hatch) for one in found.offers),
    )


def _hatches(offers: Sequence[OfferOut]) -> dict[str, int]:
    """Give the widest known value of each component: as long is the hatch where it is not known."""
    widest: dict[str, int] = {}
    for one in offers:
        for part in one.components:
            if part.state == "known" and part.amount_minor:
                widest[part.kind] = max(widest.get(part.kind, 0), part.amount_minor)
    return widest


def _share(value: int, whole: int) -> float:
    return round(100 * value / whole, 1)


def _row(one: OfferOut, top: int, span: int, today: date, hatch: dict[str, int]) -> RowPicture:
    bar = [(KINDS[part.kind], _share(part.amount_minor, top)) for part in one.components if part.state == "known" and part.amount_minor]
    bar += [("u", _share(hatch.get(kind, top // 12), top)) for kind in one.lacking]
    return RowPicture(
        bar=tuple(bar),
        leaves=_share(max((one.ready_on - today).days, 0), span) if one.ready_on else None,
        arrives=_share((one.arrives_on - today).days, span) if one.arrives_on else None,
        low=_place(one.on_time.low),
        high=_place(one.on_time.high),
        rate=_place(one.on_time.rate),
    )


def _place(share: Decimal | None) -> float | None:
    if share is None:
        return None
    return float(round(100 * max(share - INTERVAL_FROM, Decimal(0)) / (1 - INTERVAL_FROM), 1))


def shown_tenths(points: Sequence[int]) -> tuple[int, ...]:
    """Round thousandths of a point to tenths so that what is shown adds up to the shown score: largest remainder, the earlier part first."""
    parts = [point // 100 for point in points]
    left = (sum(points) + 50) // 100 - sum(parts)
    for place in sorted(range(len(points)), key=lambda place: (-(points[place] % 100), place))[:left]:
        parts[place] += 1
    return tuple(parts)


class Step(NamedTuple):
    """A bar of the waterfall in % of its width: what was got, or with `is_loss` taken away, and after it what was to be had besides."""

    start: float
    width: float
    lost_start: float
    lost: float
    is_loss: bool


class Waterfall(NamedTuple):
    """The bars of the factors and of the score, where nought is, and where the first's score."""

    bars: tuple[Step, ...]
    score: Step
    nought: float
    first: float


def waterfall(factors: Sequence[Factor], *, first_score: int) -> Waterfall:
    """Place the bars of "why": each starts where the last ended; the scale goes from nought, or from the deepest sum below it, to all points."""
    whole = sum(part.weight for part in factors) or 1
    sums = [0, *accumulate(part.points for part in factors)]
    least = min(0, *sums)
    share = 100 / (whole - least)
    bars = [
        Step(
            _placed(min(at, at + part.points) - least, share), _placed(abs(part.points), share), _placed(max(at, at + part.points) - least, share),
            _placed(part.weight - max(part.points, 0), share), is_loss=part.points < 0,
        )
        for part, at in zip(factors, sums, strict=False)
    ]  # fmt: skip
    score = sums[-1]
    return Waterfall(
        tuple(bars), Step(_placed(min(0, score) - least, share), _placed(abs(score), share), 0, 0, is_loss=score < 0),
        nought=_placed(-least, share), first=_placed(first_score - least, share),
    )  # fmt: skip


def _placed(points: int, share: float) -> float:
    return round(points * share, 2)
