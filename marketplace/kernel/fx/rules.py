"""Owns the table of rates at a moment: direct, inverse and crossed through the euro, with the age of each."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Context, Decimal
from typing import TYPE_CHECKING

from marketplace.kernel.fx.errors import NoRate, StaleRate
from marketplace.kernel.fx.schemas import Rate

if TYPE_CHECKING:
    from collections.abc import Mapping

PIVOT = "EUR"
# Sixteen significant digits carry the smallest cross (a dong in dinars) far past any minor unit; the rate is indicative anyway.
_PRECISION = Context(prec=16)


class FxTable:
    """The latest rates as of one moment. Give it to pure functions instead of a connection."""

    def __init__(self, rates: Mapping[tuple[str, str], Rate], *, now: datetime, max_age: timedelta) -> None:
        """Keep the latest rate of each (base, quote) at `now`; what is older than `max_age` (setting FX_MAX_AGE_HOURS) is stale."""
        self._rates = dict(rates)
        self.now = now
        self.max_age = max_age
        self._found: dict[tuple[str, str], Rate | None] = {}

    def rate(self, base: str, quote: str) -> Rate | None:
        """Give what one unit of `base` costs in `quote`: direct, else inverse, else through the euro; None when no way leads there.

        A currency in itself is 1, fixed, at the table's moment, by nobody ("").
        """
        if base == quote:
            return Rate(rate=Decimal(1), provider="", as_of=self.now, is_fixed=True)
        if (base, quote) not in self._found:
            self._found[base, quote] = self._direct(base, quote) or self._crossed(base, quote)
        return self._found[base, quote]

    def _direct(self, base: str, quote: str) -> Rate | None:
        if (found := self._rates.get((base, quote))) is not None:
            return found
        if (inverse := self._rates.get((quote, base))) is None:
            return None
        return Rate(rate=_PRECISION.divide(Decimal(1), inverse.rate), provider=inverse.provider, as_of=inverse.as_of, is_fixed=inverse.is_fixed)

    def _crossed(self, base: str, quote: str) -> Rate | None:
        first, second = self._direct(base, PIVOT), self._direct(PIVOT, quote)
        if first is None or second is None:
            return None
        # A leg that is fixed does not age, so that the age is that of the legs that are not; without those it says when both were fixed.
        aging = [leg.as_of for leg in (first, second) if not leg.is_fixed]
        return Rate(
            rate=_PRECISION.multiply(first.rate, second.rate),
            provider=first.provider if first.provider == second.provider else f"{first.provider} + {second.provider}",
            as_of=min(aging or (first.as_of, second.as_of)),
            is_fixed=not aging,
        )

    def age(self, rate: Rate) -> timedelta:
        """Give how old a rate is at the table's moment; never negative."""
        return max(self.now - rate.as_of, timedelta())

    def is_stale(self, rate: Rate) -> bool:
        """Tell whether a rate is too old to rest anything on. A fixed rate does not age: whoever fixed it answers for it."""
        return not rate.is_fixed and self.age(rate) > self.max_age

    def fresh(self, base: str, quote: str) -> Rate:
        """Give a rate that an order may rest on. Raises: NoRate; StaleRate."""
        found = self.rate(base, quote)
        if found is None:
            raise NoRate(base=base, quote=quote)
        if self.is_stale(found):
            raise StaleRate(base=base, quote=quote, as_of=found.as_of, max_age_hours=self.max_age // timedelta(hours=1))
        return found
