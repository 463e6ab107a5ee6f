"""Owns the use cases of the score: note what became of orders, compute the rates, tell them."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, ClassVar

from marketplace.kernel.actor import WORKER
from marketplace.kernel.database import pool, reading, reads_committed, transaction
from trust.score import queries, rules
from trust.score.schemas import Share, SupplierRates

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from uuid import UUID

    from trust.score.schemas import Counts

STALE_MAX = 200
CACHED_SECONDS = 5


class _Cache:
    """The rates that this process read in the last seconds: of which pool, since when; None for a supplier that has none."""

    rates: ClassVar[dict[UUID | str, SupplierRates | None]] = {}
    pool_id = 0
    read_at = 0.0


async def note(order_id: UUID, *, supplier_id: UUID, buyer_id: UUID, now: datetime, **columns: Any) -> None:
    """Write what a fact tells of an order. Facts may come twice and in any order; each writes its own columns."""
    async with transaction(actor=WORKER):
        await queries.save_outcome(order_id, supplier_id=supplier_id, buyer_id=buyer_id, columns=columns, now=now)


async def recompute(now: datetime) -> int:
    """Compute the rates of suppliers of whom facts came; give how many. The worker calls it every few seconds."""
    async with transaction(actor=WORKER):
        stale = await queries.take_stale(STALE_MAX)
        if stale:
            await _compute(stale, now)
    return len(stale)


async def recompute_all(now: datetime) -> int:
    """Compute every supplier's rates: each day, because a promise that passes without a delivery is no fact, and windows move on."""
    async with transaction(actor=WORKER):
        return await _compute(None, now)


async def rates_in_order(supplier_ids: Sequence[UUID | str]) -> list[SupplierRates | None]:
    """Give the rates of each of these suppliers, in their order; None for one without any order. One statement at most.

    Rates are computed every few seconds and tell their time, so this process keeps what it read for as long inside `reading()`; inside a
    transaction it reads afresh, because what stands there may never be committed.
    """
    kept = _kept_rates() if reads_committed() else {}
    try:
        return [kept[supplier_id] for supplier_id in supplier_ids]
    except KeyError:
        missing = [supplier_id for supplier_id in supplier_ids if supplier_id not in kept]
    async with reading():
        found = await queries.rates_of(missing)
    # Whoever asks has ids as text or as UUID; the rates are found by what both look like.
    kept.update({supplier_id: found.get(str(supplier_id)) for supplier_id in missing})
    return [kept[supplier_id] for supplier_id in supplier_ids]


def _kept_rates() -> dict[UUID | str, SupplierRates | None]:
    """Give the rates that are kept, none of another database or from longer ago."""
    now = time.monotonic()
    if _Cache.pool_id != id(pool()) or now - _Cache.read_at > CACHED_SECONDS:
        _Cache.rates, _Cache.pool_id, _Cache.read_at = {}, id(pool()), now
    return _Cache.rates


async def _compute(supplier_ids: Sequence[UUID] | None, now: datetime) -> int:
    found = [_rates(one, now) for one in await queries.counts(supplier_ids, window_days=rules.WINDOW_DAYS, now=now)]
    _Cache.read_at = 0.0
    if found:
        await queries.save_rates(found)
    return len(found)


def _rates(counts: Counts, now: datetime) -> SupplierRates:
    on_time = Share(counts.on_time_k, counts.on_time_n, *rules.wilson(counts.on_time_k, counts.on_time_n))
    acceptance = Share(counts.acceptance_k, counts.acceptance_n, *rules.wilson(counts.acceptance_k, counts.acceptance_n))
    return SupplierRates(counts.supplier_id, now, rules.WINDOW_DAYS, on_time, acceptance, counts.response_hours, rules.FORMULA)
