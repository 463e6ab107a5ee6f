"""Parallel saves of the price grid: each row goes to one of them, the others are told, and nothing waits for ever."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any

from marketplace.kernel.actor import WORKER
from marketplace.kernel.database import transaction
from marketplace.kernel.errors import DomainError
from marketplace.trade.grid import service
from marketplace.trade.grid.schemas import GridEdit, RowEdit, StockEdit
from tests.conftest import NOW
from tests.trade.test_grid_service import priced, stall

PARALLEL = 16


async def _outcome(work: Any) -> str:
    try:
        await work
    except DomainError as error:
        return error.code
    return "saved"


async def _counted(sql: str, *values: object) -> int:
    async with transaction(actor=WORKER) as held:
        return int(await held.fetchval(sql, *values))


async def test_of_many_saves_of_the_same_rows_one_is_done_and_the_others_are_told(committed: object) -> None:
    assert committed
    seller, ids = await stall(20)
    edits = [GridEdit(rows=[priced(one, f"12.{10 + number}", "10.90") for one in ids]) for number in range(PARALLEL)]
    outcomes = Counter(await asyncio.gather(*(_outcome(service.save(edit, actor=seller.actor, now=NOW)) for edit in edits)))
    assert outcomes == {"saved": 1, "rows-changed": PARALLEL - 1}
    assert await _counted("SELECT count(*) FROM vendors.price_versions WHERE offer_id = ANY($1)", ids) == 2 * len(ids)
    assert await _counted("SELECT count(DISTINCT tier_price) FROM vendors.price_versions WHERE offer_id = ANY($1) AND seq = 2", ids) == 1


async def test_saves_of_overlapping_rows_in_opposite_orders_do_not_lock_each_other_out(committed: object) -> None:
    assert committed
    seller, ids = await stall(12)

    def counts(number: int) -> GridEdit:
        rows = [RowEdit(offer_id=one, version=1, stock=[StockEdit(on_hand=100 + number)]) for one in ids]
        return GridEdit(rows=rows if number % 2 else rows[::-1], mode="partial")

    outcomes = Counter(await asyncio.gather(*(_outcome(service.save(counts(number), actor=seller.actor, now=NOW)) for number in range(PARALLEL))))
    assert outcomes == {"saved": 1, "rows-changed": PARALLEL - 1}
    assert await _counted("SELECT count(DISTINCT on_hand) FROM vendors.stock_levels WHERE offer_id = ANY($1)", ids) == 1


async def test_of_many_undos_one_is_done(committed: object) -> None:
    assert committed
    seller, ids = await stall(5)
    saved = await service.save(GridEdit(rows=[priced(one, "12.10", "10.90") for one in ids]), actor=seller.actor, now=NOW)
    outcomes = Counter(await asyncio.gather(*(_outcome(service.undo(saved.save_id, actor=seller.actor, now=NOW)) for _ in range(PARALLEL))))
    assert outcomes["saved"] == 1
    assert set(outcomes) <= {"saved", "rows-changed", "nothing-to-undo"}
    assert await _counted("SELECT count(*) FROM vendors.price_versions WHERE offer_id = ANY($1)", ids) == 3 * len(ids)
