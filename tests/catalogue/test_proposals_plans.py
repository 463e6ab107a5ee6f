"""Holds the questions of proposals to indexes: the queue, and which product has a number, must not walk whole tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from marketplace.catalogue.products import queries as product_queries
from marketplace.catalogue.proposals import queries
from marketplace.kernel.actor import WORKER
from marketplace.kernel.database import transaction
from tests.catalogue.proposing import edit, product, supplier

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.usefixtures("rolled_back")


def nodes(plan: dict[str, object]) -> Iterator[dict[str, object]]:
    yield plan
    for inner in plan.get("Plans", ()):  # type: ignore[attr-defined]
        yield from nodes(inner)


async def walked(sql: str, *arguments: object) -> set[str]:
    """Give the tables that the plan walks whole where it need not."""
    async with transaction(actor=WORKER) as held:
        await held.execute("SET LOCAL enable_seqscan = off")
        plan = msgspec.json.decode(await held.fetchval(f"EXPLAIN (FORMAT JSON) {sql}", *arguments))
    return {str(node["Relation Name"]) for node in nodes(plan[0]["Plan"]) if node["Node Type"] == "Seq Scan"}


async def test_the_queue_is_read_in_its_order_and_a_number_is_looked_up() -> None:
    who, made = await supplier(), await product()
    sent = await edit(who, made, title="Ball valve DN 25")
    assert await walked(queries.WAITING, None, None, "", sent.due_at, sent.id, 50) == set()
    assert await walked(queries.LIKE, "4006381333931", "BV20", "Orvik") == set()
    assert await walked(product_queries.FIND, "BV20", 20) == set()
    assert await walked(queries.HISTORY, made, None, 200) == set()
