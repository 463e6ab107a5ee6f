"""Parallel corrections and runs: a product stands where one operator put it, and no run takes it away."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any
from uuid import UUID

from marketplace.catalogue.corrections import service
from marketplace.catalogue.corrections.schemas import UndoIn
from marketplace.catalogue.products.service import create_products
from marketplace.catalogue.sorting import service as sorting
from marketplace.catalogue.sorting.schemas import RuleIn
from marketplace.kernel.actor import Actor
from marketplace.kernel.errors import DomainError
from tests.catalogue.test_corrections_service import OLGA, OTTO, moving
from tests.catalogue.test_sorting_service import categories, product, stands
from tests.conftest import NOW

CALLS = 32


async def _outcome(work: Any) -> str:
    try:
        done = await work
    except DomainError as error:
        return error.code
    return "placed" if done.corrected else "stood"


async def test_of_two_operators_who_saw_the_same_product_one_places_it_and_the_other_is_told(committed: object) -> None:
    assert committed
    cables, bags = await categories()
    (one,) = (await create_products([product(1, "opal dish")], now=NOW)).ids
    calls = [service.correct(moving([one], bags if n % 2 else cables, seen=None), actor=OTTO if n % 2 else OLGA, now=NOW) for n in range(CALLS)]
    outcomes = Counter(await asyncio.gather(*(_outcome(call) for call in calls)))
    assert outcomes == {"placed": 1, "stood": CALLS // 2 - 1, "sorting-moved": CALLS // 2}
    assert (await stands())["S-1"] in {cables, bags}


async def test_runs_beside_corrections_never_take_away_what_was_placed(committed: object) -> None:
    assert committed
    cables, bags = await categories()
    ids = (await create_products([product(n, "zircon cable") for n in range(60)], now=NOW)).ids
    operator = Actor(capacities=frozenset({"operator"}), person_id=UUID(int=3))

    async def run() -> None:
        for _ in range(4):
            await sorting.begin_run("race", now=NOW, actor=operator)
            await sorting.finish_run(NOW)

    async def place() -> None:
        for one in ids[::2]:
            await service.correct(moving([one], bags), actor=OLGA, now=NOW)

    await asyncio.gather(
        run(), place(), sorting.publish_rule(RuleIn(kind="type", phrase="zircon cable", category_id=cables), actor=operator, now=NOW), run()
    )
    await sorting.begin_run("race", now=NOW, actor=operator)
    await sorting.finish_run(NOW)
    found = await stands()
    assert Counter(found.values()) == {bags: 30, cables: 30}
    assert {found[f"S-{n}"] for n in range(0, 60, 2)} == {bags}


async def test_a_step_is_taken_back_once_however_often_it_is_asked(committed: object) -> None:
    assert committed
    _, bags = await categories()
    ids = (await create_products([product(n, "opal dish") for n in range(5)], now=NOW)).ids
    await service.correct(moving(ids, bags), actor=OLGA, now=NOW)
    outcomes = Counter(await asyncio.gather(*(_outcome(service.undo(UndoIn(), actor=OLGA, now=NOW)) for _ in range(CALLS))))
    assert outcomes == {"placed": 1, "no-step-to-undo": CALLS - 1}
    assert set((await stands()).values()) == {None}
