"""Parallel moves in the category tree: however they meet, it stays a tree and every category stands under all its ancestors."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from typing import TYPE_CHECKING, Any

from marketplace.catalogue.package import INVARIANTS
from marketplace.catalogue.taxonomy import service
from marketplace.catalogue.taxonomy.schemas import CategoryMove, NewCategory
from marketplace.kernel.actor import WORKER
from marketplace.kernel.database import transaction
from marketplace.kernel.errors import DomainError
from tests.catalogue.test_taxonomy_moves import KEEPER
from tests.conftest import NOW

if TYPE_CHECKING:
    from uuid import UUID

MOVERS = 64


async def _outcome(work: Any) -> str:
    try:
        await work
    except DomainError as error:
        return error.code
    return "moved"


async def _is_a_tree(ids: list[UUID]) -> None:
    async with transaction(actor=WORKER) as held:
        assert await held.fetch(next(one.sql for one in INVARIANTS if one.code == "K1")) == []
        # Every one reaches a root by its parents, in exactly as many steps as its ancestors are known to stand above it.
        rows = await held.fetch(
            "WITH RECURSIVE up AS (SELECT id, id AS at, parent_id, 0 AS steps FROM catalogue.categories WHERE id = ANY ($1) "
            "UNION ALL SELECT u.id, c.id, c.parent_id, u.steps + 1 FROM up u JOIN catalogue.categories c ON c.id = u.parent_id WHERE u.steps < 100) "
            "SELECT id, count(*) AS real, (SELECT count(*) FROM catalogue.category_descendants d WHERE d.category_id = up.id) AS known, "
            "bool_or(parent_id IS NULL) AS ends FROM up GROUP BY id",
            ids,
        )
    assert len(rows) == len(ids)
    assert [row["id"] for row in rows if not row["ends"] or row["real"] != row["known"]] == []


async def _grown(count: int, mark: str) -> list[UUID]:
    ids: list[UUID] = []
    for number in range(count):
        parent = ids[(number - 1) // 3] if number else None
        ids += await service.create_categories([NewCategory(slug=f"race-{mark}-{number}", names={"en": f"Race {number}"}, parent_id=parent)])
    return ids


async def test_sixty_four_movers_leave_a_tree(committed: object) -> None:
    assert committed
    ids = await _grown(24, "many")
    drawn = random.Random(20261122)  # noqa: S311 - a seed, so that the same moves meet each time

    async def mover() -> str:
        moved = drawn.choice(ids)
        under = drawn.choice([None, *ids])
        version = (await service.kept_category(moved, actor=KEEPER)).version
        return await _outcome(service.move_category(moved, CategoryMove(version=version, parent_id=under), actor=KEEPER, now=NOW))

    outcomes = Counter(await asyncio.gather(*(mover() for _ in range(MOVERS))))
    assert outcomes["moved"] > 0
    assert set(outcomes) <= {"moved", "version-conflict", "category-below-itself", "tree-too-deep"}
    await _is_a_tree(ids)


async def test_two_branches_that_go_under_each_other_make_no_circle(committed: object) -> None:
    assert committed
    first, second = await service.create_categories([NewCategory(slug=f"race-two-{one}", names={"en": "Two"}) for one in "ab"])
    moves = [(first, second), (second, first)] * (MOVERS // 2)
    outcomes = Counter(
        await asyncio.gather(
            *(_outcome(service.move_category(one, CategoryMove(version=1, parent_id=under), actor=KEEPER, now=NOW)) for one, under in moves)
        )
    )
    assert outcomes["moved"] == 1
    assert outcomes["category-below-itself"] == MOVERS // 2
    assert outcomes["version-conflict"] == MOVERS // 2 - 1
    await _is_a_tree([first, second])
