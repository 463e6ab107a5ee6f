"""Tests changing the tree: who may, what is refused with nothing changed, and that all ancestors stay right."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from marketplace.catalogue.package import INVARIANTS
from marketplace.catalogue.taxonomy import service
from marketplace.catalogue.taxonomy.errors import BadCategory, CategoryBelowItself, SlugTaken, TreeTooDeep
from marketplace.catalogue.taxonomy.schemas import CategoryAttribute, CategoryChange, CategoryIn, CategoryMove, NewCategory
from marketplace.kernel.actor import Actor
from marketplace.kernel.database import connection, transaction
from marketplace.kernel.errors import NotAllowed, NotFound, VersionConflict
from marketplace.kernel.ids import uuid7
from tests.conftest import NOW

if TYPE_CHECKING:
    from uuid import UUID

pytestmark = pytest.mark.usefixtures("rolled_back")
KEEPER = Actor(organisation_id=uuid7(), person_id=uuid7(), capacities=frozenset({"operator"}), roles=frozenset({"admin"}))
SELLER = Actor(organisation_id=uuid7(), person_id=uuid7(), capacities=frozenset({"supplier"}), roles=frozenset({"owner"}))
SEAL = CategoryAttribute(key="seal", kind="text")


async def grown() -> dict[str, UUID]:
    """Make two roots: a with b and c below it, b with d below it; and z."""
    made: dict[str, UUID] = {}
    for name, parent in (("a", None), ("z", None), ("b", "a"), ("c", "a"), ("d", "b")):
        new = NewCategory(
            slug=f"test-{name}", names={"en": f"Test {name}"}, parent_id=made.get(parent or ""), position=ord(name), attributes=(SEAL,) if name == "a" else ()
        )  # fmt: skip
        (made[name],) = await service.create_categories([new])
    return made


async def pairs(ids: dict[str, UUID]) -> set[tuple[str, str, int]]:
    names = {one: name for name, one in ids.items()}
    async with transaction():
        rows = await connection().fetch(
            "SELECT ancestor_id, category_id, depth FROM catalogue.category_descendants WHERE category_id = ANY ($1)", list(names)
        )
        assert await connection().fetch(next(one.sql for one in INVARIANTS if one.code == "K1")) == []
    return {(names[row[0]], names[row[1]], row[2]) for row in rows}


OWN = {(name, name, 0) for name in "abcdz"}
BEFORE = OWN | {("a", "b", 1), ("a", "c", 1), ("a", "d", 2), ("b", "d", 1)}


async def test_a_branch_moves_with_all_below_it_and_inherits_from_its_new_parent() -> None:
    ids = await grown()
    assert await pairs(ids) == BEFORE
    moved = await service.move_category(ids["b"], CategoryMove(version=1, parent_id=ids["z"]), actor=KEEPER, now=NOW)
    assert (moved.parent_id, moved.version, moved.position) == (ids["z"], 2, 0)
    assert await pairs(ids) == OWN | {("a", "c", 1), ("z", "b", 1), ("z", "d", 2), ("b", "d", 1)}
    assert (await service.category(ids["d"])).path == (ids["z"], ids["b"], ids["d"])
    assert (await service.category(ids["d"])).attributes == ()
    assert (await service.category(ids["c"])).attributes == (SEAL,)
    top = await service.move_category(ids["b"], CategoryMove(version=2), actor=KEEPER, now=NOW)
    assert top.parent_id is None
    assert await pairs(ids) == OWN | {("a", "c", 1), ("b", "d", 1)}


async def test_siblings_are_put_in_order() -> None:
    ids = await grown()
    await service.move_category(ids["c"], CategoryMove(version=1, parent_id=ids["a"], place=0), actor=KEEPER, now=NOW)
    order = [one.slug for one in await service.tree() if one.parent_id == ids["a"]]
    assert order == ["test-c", "test-b"]
    await service.move_category(ids["c"], CategoryMove(version=2, parent_id=ids["a"], place=40), actor=KEEPER, now=NOW)
    assert [one.slug for one in await service.tree() if one.parent_id == ids["a"]] == ["test-b", "test-c"]
    assert await pairs(ids) == BEFORE


@pytest.mark.parametrize(
    "moved, under, error",
    [("a", "a", CategoryBelowItself), ("a", "d", CategoryBelowItself), ("b", "nowhere", BadCategory), ("nowhere", "a", NotFound)],
)
async def test_a_move_that_makes_no_tree_is_refused_and_changes_nothing(moved: str, under: str, error: type[Exception]) -> None:
    ids = await grown()
    known = ids | {"nowhere": uuid7()}
    with pytest.raises(error):
        await service.move_category(known[moved], CategoryMove(version=1, parent_id=known[under]), actor=KEEPER, now=NOW)
    assert await pairs(ids) == BEFORE


async def test_who_comes_late_is_told_and_nothing_is_changed() -> None:
    ids = await grown()
    changed = await service.change_category(ids["b"], CategoryChange(names={"en": "  Test   B "}, version=1, hs_prefix="8481"), actor=KEEPER, now=NOW)
    assert (changed.names, changed.hs_prefix, changed.typical_weight_grams, changed.version) == ({"en": "Test B"}, "8481", None, 2)
    with pytest.raises(VersionConflict):
        await service.change_category(ids["b"], CategoryChange(names={"en": "Late"}, version=1), actor=KEEPER, now=NOW)
    with pytest.raises(VersionConflict):
        await service.move_category(ids["b"], CategoryMove(version=1), actor=KEEPER, now=NOW)
    assert await service.kept_category(ids["b"], actor=KEEPER) == changed


@pytest.mark.parametrize("names", [{}, {"vi": "Van"}, {"en": " "}, {"en": "a\u202eb"}, {"en": "Valves", "xx": "What"}, {"en": "---"}])
async def test_names_that_cannot_be_read_are_refused(names: dict[str, str]) -> None:
    ids = await grown()
    with pytest.raises(BadCategory):
        await service.change_category(ids["a"], CategoryChange(names=names, version=1), actor=KEEPER, now=NOW)
    with pytest.raises(BadCategory):
        await service.add_category(CategoryIn(slug="test-new", names=names), actor=KEEPER, now=NOW)
    assert (await service.kept_category(ids["a"], actor=KEEPER)).version == 1
    assert not [one for one in await service.tree() if one.slug == "test-new"]


async def test_a_category_is_added_behind_its_siblings_and_written_down() -> None:
    ids = await grown()
    made = await service.add_category(CategoryIn(slug="test-e", names={"en": "Test e", "ar": "اختبار"}, parent_id=ids["a"]), actor=KEEPER, now=NOW)
    assert [one.slug for one in await service.tree() if one.parent_id == ids["a"]][-1] == "test-e"
    async with transaction(actor=KEEPER):
        rows = await connection().fetch("SELECT action, entity FROM kernel.audit_rows WHERE entity_id = $1", made.id)
    assert [tuple(row) for row in rows] == [("category.added", "category")]
    with pytest.raises(SlugTaken):
        await service.add_category(CategoryIn(slug="test-e", names={"en": "Again"}), actor=KEEPER, now=NOW)
    with pytest.raises(BadCategory):
        await service.add_category(CategoryIn(slug="test-f", names={"en": "F"}, parent_id=uuid7()), actor=KEEPER, now=NOW)


async def test_the_tree_has_at_most_eight_levels() -> None:
    ids = await grown()
    parent = ids["d"]
    for level in range(4, 9):
        parent = (
            await service.add_category(CategoryIn(slug=f"test-l{level}", names={"en": f"Level {level}"}, parent_id=parent), actor=KEEPER, now=NOW)
        ).id
    with pytest.raises(TreeTooDeep):
        await service.add_category(CategoryIn(slug="test-l9", names={"en": "Level 9"}, parent_id=parent), actor=KEEPER, now=NOW)
    with pytest.raises(TreeTooDeep):
        await service.move_category(ids["a"], CategoryMove(version=1, parent_id=ids["z"]), actor=KEEPER, now=NOW)


async def test_only_the_operator_keeps_the_tree() -> None:
    ids = await grown()
    acts: list[Any] = [
        service.add_category(CategoryIn(slug="test-x", names={"en": "X"}), actor=SELLER, now=NOW),
        service.change_category(ids["a"], CategoryChange(names={"en": "X"}, version=1), actor=SELLER, now=NOW),
        service.move_category(ids["b"], CategoryMove(version=1), actor=SELLER, now=NOW),
        service.kept_category(ids["a"], actor=SELLER),
    ]
    for act in acts:
        with pytest.raises(NotAllowed):
            await act
    assert await pairs(ids) == BEFORE
