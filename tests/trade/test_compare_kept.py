"""Tests of what a process keeps of comparisons: once their tables are known, only the offers themselves are read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import asyncpg

from marketplace.kernel.ids import uuid7
from tests.conftest import NOW
from tests.trade.test_compare_again import compared, second, seller
from tests.vendors.market import product

if TYPE_CHECKING:
    import pytest

    from marketplace.kernel.settings import Settings

TO_ANYTHING = 10**9


async def test_a_second_comparison_asks_for_the_offers_alone(committed: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    assert committed
    one = await product(f"P-{uuid7()}", now=NOW)
    by = await seller("Value", basis="value", rates={60_000: 1_000, TO_ANYTHING: 6_000})
    row = await second(one, by, "11.00", first="10.00")
    # Its freight follows the price, so that it was asked again at the price that would make it the first.
    assert row.components[1].source == "test"
    assert row.counterfactual is not None
    assert row.counterfactual.unit_price is not None
    said: list[str] = []
    # Every statement but the pool's own goes this way.
    driver: Any = asyncpg.Connection
    really = driver._do_execute

    async def noted(connection: Any, query: str, *rest: Any, **options: Any) -> Any:
        said.append(query)
        return await really(connection, query, *rest, **options)

    monkeypatch.setattr(driver, "_do_execute", noted)
    assert (await compared(one)).offers[1] == row
    assert len(said) == 1, said
