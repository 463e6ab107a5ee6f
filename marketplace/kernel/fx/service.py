"""Owns reading and appending exchange rates."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

from marketplace.kernel.currencies import CURRENCIES
from marketplace.kernel.database import in_transaction, pool, reading, transaction
from marketplace.kernel.errors import FieldError, InvalidInput
from marketplace.kernel.fx import queries
from marketplace.kernel.fx.rules import FxTable
from marketplace.kernel.ids import uuid7
from marketplace.kernel.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from marketplace.kernel.fx.schemas import NewRate

__all__ = ["FxTable", "put_rates", "rates", "use"]

CACHED = timedelta(seconds=30)


class _Cached(NamedTuple):
    table: FxTable
    read_at: float
    pool_id: int


class _Cache:
    """The last table of this process; only what was read outside a transaction is kept, because that alone is surely committed."""

    kept: _Cached | None = None
    max_age = timedelta(hours=Settings().fx_max_age_hours)


def use(max_age_hours: int) -> None:
    """Call rates older than this stale from now on; `assemble` hands over what FX_MAX_AGE_HOURS says."""
    _Cache.kept, _Cache.max_age = None, timedelta(hours=max_age_hours)


async def rates(now: datetime) -> FxTable:
    """Give the rates as of a moment, kept in the process for 30 seconds."""
    kept = _Cache.kept
    if (
        kept is not None
        and kept.pool_id == id(pool())
        and time.monotonic() - kept.read_at < CACHED.total_seconds()
        and abs(now - kept.table.now) < CACHED
    ):
        return kept.table
    is_committed = not in_transaction()
    async with reading():
        table = FxTable(await queries.latest(now), now=now, max_age=_Cache.max_age)
    if is_committed:
        _Cache.kept = _Cached(table, time.monotonic(), id(pool()))
    return table


async def put_rates(rates: Sequence[NewRate], *, provider: str, as_of: datetime, is_fixed: bool = False) -> int:
    """Append rates of one provider and moment and give how many were new; what stands is never changed.

    Raises: InvalidInput for an unknown currency, a pair of one currency, or a rate that is not above 0 and below 10^10.
    """
    wrong = [place for place, rate in enumerate(rates) if not _is_usable(rate)]
    if wrong:
        raise InvalidInput(
            errors=tuple(FieldError(f"/rates/{place}", "bad-rate", "This is not a rate between two currencies.") for place in wrong[:20])
        )
    if not rates:
        return 0
    _Cache.kept = None
    async with transaction():
        return await queries.insert(
            [(uuid7(), rate.base, rate.quote, rate.rate) for rate in rates], provider=provider, as_of=as_of, is_fixed=is_fixed
        )


def _is_usable(rate: NewRate) -> bool:
    known = rate.base in CURRENCIES and rate.quote in CURRENCIES and rate.base != rate.quote
    return known and rate.rate.is_finite() and 0 < rate.rate < 10**10 and round(rate.rate, 10) > 0
