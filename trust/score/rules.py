"""Owns the formula of the rates, version "rates-2": means, shrinkage, interval. Pure, in whole numbers and decimals alone."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal, localcontext
from typing import TYPE_CHECKING

from marketplace.kernel.errors import FieldError, InvalidInput
from marketplace.kernel.i18n import lazy
from trust.score.rules_beta import quantile
from trust.score.schemas import MEASURES, CategoryMean, RatesOut, Response, Share, ShareOut, SupplierRates

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from uuid import UUID

    from trust.score.schemas import Counts, Measure, Tally

FORMULA = "rates-2"
WINDOW_DAYS = 365
# As many orders as this the mean of a supplier's categories weighs in its own rate.
STRENGTH = 10
# As many orders the market's mean weighs in a category's, and the mean to begin with in the market's.
MEAN_STRENGTH = 20
BEGINNING = Decimal("0.90")
LEAST_N = 5
LOW, HIGH = Decimal("0.05"), Decimal("0.95")
PLACES = Decimal("0.000001")
DIGITS = 28
NO_SHARE = ShareOut(0, 0, None, None, None)


def drawn(k: int, n: int, *, towards: Decimal, strength: int) -> Decimal:
    """Draw k of n towards a mean that weighs as much as `strength` orders: (k + strength · mean) / (n + strength), to six places."""
    with localcontext(prec=DIGITS):
        return ((k + strength * towards) / (n + strength)).quantize(PLACES)


def means_of(counts: Iterable[Counts]) -> list[CategoryMean]:
    """Work out the means of the market and of each category that had a counted order: the market first, categories by their ids.

    A category's mean is drawn towards the market's and that towards 90 %, so that a few orders do not make a mean of 0 or 1.
    """
    sums: dict[UUID | None, list[Counts]] = {}
    for one in counts:
        sums.setdefault(one.category_id, []).append(one)
    found = []
    for measure in MEASURES:
        by_category = {key: tuple(map(sum, zip(*(one.of(measure) for one in part), strict=True))) for key, part in sums.items()}
        k, n = (sum(pair[place] for pair in by_category.values()) for place in (0, 1))
        market = drawn(k, n, towards=BEGINNING, strength=MEAN_STRENGTH)
        found.append(CategoryMean(measure, None, k, n, market))
        for key, (own_k, own_n) in sorted(by_category.items(), key=lambda item: str(item[0])):
            if key is not None and own_n:
                found.append(CategoryMean(measure, key, own_k, own_n, drawn(own_k, own_n, towards=market, strength=MEAN_STRENGTH)))
    return found


def by_category(means: Sequence[CategoryMean]) -> dict[tuple[Measure, UUID | None], Decimal]:
    """Give the means by measure and category."""
    return {(one.measure, one.category_id): one.mean for one in means}


def mean_for(counts: Sequence[Counts], measure: Measure, means: Mapping[tuple[Measure, UUID | None], Decimal]) -> Decimal:
    """Give the mean of a supplier's categories, each weighing as much as it has counted orders there; what has none of its own is the market's."""
    market = means.get((measure, None), BEGINNING)
    with localcontext(prec=DIGITS):
        n = sum(one.of(measure)[1] for one in counts)
        if n == 0:
            return market
        whole = sum((one.of(measure)[1] * means.get((measure, one.category_id), market) for one in counts), Decimal(0))
        return (whole / n).quantize(PLACES)


def share(k: int, n: int, *, mean: Decimal) -> Share:
    """Give a rate with its 90 % interval: the mean and the quantiles at 5 and 95 % of Beta(k + 10 · mean, n - k + 10 · (1 - mean)).

    Source: A. Gelman et al., Bayesian Data Analysis, 3rd ed., §2.4 (the beta-binomial model), with the mean of the categories as the prior.
    Below five orders there is no rate: it would be the categories' and not the supplier's.
    """
    if n < LEAST_N:
        return Share(k, n)
    with localcontext(prec=DIGITS):
        a, b = k + STRENGTH * mean, n - k + STRENGTH * (1 - mean)
    return Share(k, n, quantile(LOW, a, b), quantile(HIGH, a, b), drawn(k, n, towards=mean, strength=STRENGTH), mean)


def rates(supplier_id: UUID, tally: Tally, means: Sequence[CategoryMean], *, as_of: datetime, means_as_of: datetime | None) -> SupplierRates:
    """Work out a supplier's rates from its counts and the means in force."""
    table = by_category(means)
    made = {}
    for measure in MEASURES:
        k, n = (sum(one.of(measure)[place] for one in tally.counts) for place in (0, 1))
        made[measure] = share(k, n, mean=mean_for(tally.counts, measure, table))
    return SupplierRates(supplier_id, as_of, WINDOW_DAYS, made["on_time"], made["acceptance"], tally.response, FORMULA, means_as_of)


def moment(text: str, *, now: datetime) -> datetime:
    """Read a past moment in ISO 8601 with its offset. Raises: InvalidInput for anything else, one before 2000 or one that has not come."""
    wrong = FieldError("/as_of", "not-a-moment", lazy("Give a past moment with its offset, such as 2026-06-30T12:00:00+00:00."))
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise InvalidInput(errors=(wrong,)) from None
    # Compared by the year first: near the ends of the calendar an offset cannot be taken off.
    if found.tzinfo is None or not 2000 <= found.year <= now.year or found > now:  # noqa: PLR2004 - the first year of the house
        raise InvalidInput(errors=(wrong,))
    return found.astimezone(UTC)


def end_of_day_before(moment: datetime) -> datetime:
    """Give the end of the last whole UTC day at a moment: whoever may not know the hour at which counts moved reads them as of then."""
    return moment.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


def told(supplier_id: UUID, rates: SupplierRates | None) -> RatesOut:
    """Shape a supplier's rates for the answer; one without any order has counts of 0 and no rate."""
    answers = rates.response if rates else Response()
    return RatesOut(
        supplier_id=supplier_id,
        as_of=rates.as_of if rates else None,
        window_days=rates.window_days if rates else WINDOW_DAYS,
        on_time=_told_share(rates.on_time) if rates else NO_SHARE,
        acceptance=_told_share(rates.acceptance) if rates else NO_SHARE,
        response_hours=answers.hours,
        response_n=answers.n,
        response_low=answers.low,
        response_high=answers.high,
        formula=rates.formula if rates else FORMULA,
        least_n=LEAST_N,
        strength=STRENGTH,
        means_as_of=rates.means_as_of if rates else None,
    )


def _told_share(one: Share) -> ShareOut:
    return ShareOut(one.k, one.n, one.rate, one.low, one.high, one.mean)
