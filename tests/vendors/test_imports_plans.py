"""Tests of the plans of the feed: a batch is walked a few times in all, never once for each of its rows."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from marketplace.kernel.database import connection
from tests.conftest import NOW
from tests.vendors import feed, market
from vendors.imports import queries_rows

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.usefixtures("rolled_back", "files")

ROWS = 2000
# How many rows a step of a plan may touch for each row of the file; in a small world the whole catalogue is quicker than its index. A walk for each row
# would touch a thousand and more.
TOUCHED_AT_MOST = 200


class Watched:
    """A connection that keeps the plan, as it ran, of every statement that takes a batch in or applies it."""

    def __init__(self) -> None:
        self.plans: dict[str, dict[str, Any]] = {}

    def __getattr__(self, name: str) -> Any:
        """Give everything else as the connection has it."""
        return getattr(connection(), name)

    async def execute(self, sql: str, *values: object) -> None:
        """Run a statement, and keep its plan."""
        await self._explained(sql, *values)
        await connection().execute(sql, *values)

    async def fetch(self, sql: str, *values: object) -> Any:
        """Run a question, and keep its plan."""
        await self._explained(sql, *values)
        return await connection().fetch(sql, *values)

    async def _explained(self, sql: str, *values: object) -> None:
        named = {getattr(queries_rows, name): name for name in ("CHECK", "MAKE", "OPENING", "CHANGE", "LOCK_OFFERS", "LOCK_LEVELS", "WATCHED")}
        if sql in named:
            # To run it for its plan and again for its rows, the first time is undone.
            await connection().execute("SAVEPOINT plan")
            told = await connection().fetchval(f"EXPLAIN (ANALYZE, FORMAT JSON) {sql}", *values)
            await connection().execute("ROLLBACK TO SAVEPOINT plan")
            self.plans[named[sql]] = json.loads(told)[0]["Plan"]


def steps(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for inner in plan.get("Plans", ()):
        yield from steps(inner)


def touched(step: dict[str, Any]) -> float:
    """Count the rows a step gave or threw away, over all its turns."""
    rows = step["Actual Rows"] + step.get("Rows Removed by Join Filter", 0) + step.get("Rows Removed by Filter", 0)
    return float(rows * step["Actual Loops"])


@pytest.mark.parametrize("reference", ["brand,part number", "gtin"])
async def test_a_batch_is_not_walked_once_for_each_of_its_rows(reference: str, monkeypatch: pytest.MonkeyPatch) -> None:
    watched = Watched()
    monkeypatch.setattr(queries_rows, "connection", lambda: watched)
    seller = await market.shop("Hansa Lager", now=NOW)
    for number in range(3):
        await market.product(f"P-{number}", gtin=("04006381333931", "00012345600012", "09521101530001")[number], now=NOW)
    named = ["04006381333931", "00012345600012", "09521101530001"] if reference == "gtin" else [f"Nord,P-{number}" for number in range(3)]
    lines = [f"H-{line},{named[line % 3]},EUR,5.00,{line + 1},DE" for line in range(ROWS)]
    first = "\n".join((f"sku,{reference},currency,price,stock,origin", *lines, ""))
    run = await feed.applied(seller, first)
    assert (run.counts.new, set(watched.plans)) == (ROWS, {"CHECK", "MAKE", "OPENING", "CHANGE", "LOCK_OFFERS", "LOCK_LEVELS", "WATCHED"})
    for changed in (first, first.replace("5.00", "6.00")):
        for name, plan in watched.plans.items():
            worst = max(steps(plan), key=touched)
            assert touched(worst) <= TOUCHED_AT_MOST * ROWS, (name, worst["Node Type"], touched(worst))
        watched.plans.clear()
        await feed.applied(seller, changed)
