"""Tests of corrections on PostgreSQL: they hold against rules and files, can be taken back, and teach rules."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

import msgspec
import pytest

from marketplace.catalogue.corrections import service
from marketplace.catalogue.corrections.errors import NothingToUndo, SortingMoved
from marketplace.catalogue.corrections.schemas import CorrectIn, CorrectionIn, LearnIn, UndoIn, Wanted
from marketplace.catalogue.products.service import create_products
from marketplace.catalogue.sorting import handlers
from marketplace.catalogue.sorting import service as sorting
from marketplace.catalogue.sorting.schemas import RuleChange, RuleIn
from marketplace.kernel.actor import ANONYMOUS, Actor
from marketplace.kernel.contracts import ProductsChanged
from marketplace.kernel.database import transaction
from marketplace.kernel.errors import InvalidInput, NotAllowed, NotFound
from tests.catalogue.test_sorting_service import categories, product, stands
from tests.conftest import NOW

if TYPE_CHECKING:
    from collections.abc import Sequence

pytestmark = pytest.mark.usefixtures("rolled_back")
OLGA, OTTO = (Actor(capacities=frozenset({"operator"}), person_id=UUID(int=number), name=name) for number, name in ((1, "Olga"), (2, "Otto")))


def moving(ids: Sequence[UUID], category_id: UUID | None, **seen: UUID | None) -> CorrectIn:
    return CorrectIn([CorrectionIn(product_id=one, category_id=category_id, **({"seen_category_id": seen["seen"]} if seen else {})) for one in ids])


async def set_type(ids: Sequence[UUID], kind: str) -> None:
    async with transaction() as held:
        await held.execute("UPDATE catalogue.products SET type = $2 WHERE id = ANY ($1)", list(ids), kind)


async def test_what_an_operator_placed_holds_against_rules_and_files_until_it_is_released() -> None:
    cables, bags = await categories()
    await sorting.publish_rule(RuleIn(kind="type", phrase="zircon cable", category_id=cables), actor=OLGA, now=NOW)
    ids = (await create_products([product(1, "zircon cable"), product(2, "zircon cable")], now=NOW)).ids
    await handlers.on_products_changed(ProductsChanged(product_ids=tuple(ids)), NOW)
    done = await service.correct(moving(ids[:1], bags, seen=cables), actor=OLGA, now=NOW)
    assert (done.corrected, done.unchanged, done.moved) == (1, 0, [])
    await create_products([product(1, "zircon cable", description="New", category_id=cables)], now=NOW)
    await handlers.on_products_changed(ProductsChanged(product_ids=tuple(ids)), NOW)
    await sorting.begin_run("asked", now=NOW, actor=OLGA)
    await sorting.finish_run(NOW)
    assert await stands() == {"S-1": bags, "S-2": cables}
    why = await sorting.why(ids[0], actor=OLGA, locale="en")
    assert (why.decided_by, why.words, why.would_be) == ("operator", "An operator placed it here.", "Zircon cables")
    assert (await service.correct(moving(ids[:1], bags), actor=OTTO, now=NOW)).unchanged == 1
    await service.correct(moving(ids[:1], None), actor=OTTO, now=NOW)
    assert await stands() == {"S-1": cables, "S-2": cables}


async def test_who_comes_late_moves_nothing_and_is_told() -> None:
    cables, bags = await categories()
    ids = (await create_products([product(1, "opal dish"), product(2, "opal dish")], now=NOW)).ids
    await service.correct(moving(ids[:1], cables, seen=None), actor=OLGA, now=NOW)
    with pytest.raises(SortingMoved):
        await service.correct(moving(ids[:1], bags, seen=None), actor=OTTO, now=NOW)
    both = await service.correct(moving(ids, bags, seen=None), actor=OTTO, now=NOW)
    assert (both.corrected, [one.product_id for one in both.moved]) == (1, ids[:1])
    assert await stands() == {"S-1": cables, "S-2": bags}


async def test_what_is_no_longer_there_is_told_of_and_the_rest_is_placed() -> None:
    cables, _ = await categories()
    ids = (await create_products([product(1, "opal dish"), product(2, "opal dish"), product(3, "opal dish")], now=NOW)).ids
    async with transaction() as held:
        await held.execute("UPDATE catalogue.products SET state = 'retired' WHERE id = $1", ids[1])
    done = await service.correct(moving(ids, cables, seen=None), actor=OLGA, now=NOW)
    assert (done.corrected, done.unchanged, done.moved, done.gone) == (2, 0, [], [ids[1]])
    assert await stands() == {"S-1": cables, "S-2": None, "S-3": cables}
    with pytest.raises(SortingMoved):
        await service.correct(moving([ids[0], ids[1]], None, seen=None), actor=OTTO, now=NOW)


async def test_a_step_is_taken_back_to_whoever_had_decided_but_for_what_others_moved_since() -> None:
    cables, bags = await categories()
    await sorting.publish_rule(RuleIn(kind="type", phrase="zircon cable", category_id=cables), actor=OLGA, now=NOW)
    new = [product(1, "zircon cable"), product(2, "opal dish"), product(3, "opal dish", category_id=cables), product(4, "opal dish")]
    ids = (await create_products(new, now=NOW)).ids
    await handlers.on_products_changed(ProductsChanged(product_ids=tuple(ids)), NOW)
    first = await service.correct(moving(ids, bags), actor=OLGA, now=NOW)
    await service.correct(moving(ids[3:], cables), actor=OTTO, now=NOW)
    back = await service.undo(UndoIn(), actor=OLGA, now=NOW)
    assert (back.corrected, [one.product_id for one in back.moved]) == (3, ids[3:])
    assert await stands() == {"S-1": cables, "S-2": None, "S-3": cables, "S-4": cables}
    whom = [(await sorting.why(one, actor=OLGA, locale="en")).decided_by for one in ids]
    assert whom == ["rule", "nobody", "source", "operator"]
    for wanted in (UndoIn(), UndoIn(step_id=first.step_id)):
        with pytest.raises(NothingToUndo):
            await service.undo(wanted, actor=OLGA, now=NOW)


async def test_five_corrections_that_agree_propose_a_rule_which_sorts_the_rest_and_can_be_undone() -> None:
    cables, bags = await categories()
    ids = (await create_products([product(n, "zircon hose") for n in range(8)], now=NOW)).ids
    await set_type(ids, "zircon hose")
    before = {(one.kind, one.phrase) for one in await service.proposed_rules(actor=OLGA)}
    await service.correct(moving(ids[:4], cables), actor=OLGA, now=NOW)
    assert {(one.kind, one.phrase) for one in await service.proposed_rules(actor=OLGA)} == before
    await service.correct(moving(ids[4:5], cables), actor=OLGA, now=NOW)
    found = next(one for one in await service.proposed_rules(actor=OLGA) if one.phrase == "zircon hose")
    assert (found.kind, found.category_id, found.corrected, found.agree) == ("type", cables, 5, 5)
    answer = LearnIn(act="accept", kind="type", phrase="zircon hose", category_id=cables)
    with pytest.raises(NotFound):
        await service.answer(msgspec.structs.replace(answer, category_id=bags), actor=OLGA, now=NOW)
    rule = await service.answer(answer, actor=OLGA, now=NOW)
    assert (rule.origin, rule.learned_from, set((await stands()).values())) == ("learned", 5, {cables})
    await sorting.change_rule(rule.id, sent=RuleChange(version=rule.version, is_active=False), actor=OLGA, now=NOW)
    assert list((await stands()).values()) == [cables] * 5 + [None] * 3
    assert {(one.kind, one.phrase) for one in await service.proposed_rules(actor=OLGA)} == before


async def test_a_group_whose_type_was_not_learned_teaches_a_rule_when_it_is_corrected() -> None:
    cables, _ = await categories()
    ids = (await create_products([product(n, "zircon hose black") for n in range(6)], now=NOW)).ids
    groups, _unsorted = await service.unsorted_groups("type", actor=OLGA)
    phrase = next(one.phrase for one in groups if one.phrase.startswith("zircon"))
    await service.correct(moving(ids[:5], cables), actor=OLGA, now=NOW)
    found = next(one for one in await service.proposed_rules(actor=OLGA) if one.phrase == phrase)
    assert (found.kind, found.agree) == ("type", 5)
    await service.answer(LearnIn(act="accept", kind="type", phrase=phrase, category_id=cables), actor=OLGA, now=NOW)
    assert set((await stands()).values()) == {cables}


async def test_corrections_that_disagree_or_an_attribute_common_elsewhere_propose_nothing() -> None:
    cables, bags = await categories()
    mixed = (await create_products([product(n, "opal dish", attributes={"k": "quartzish"}) for n in range(10)], now=NOW)).ids
    await service.correct(moving(mixed[:8], cables), actor=OLGA, now=NOW)
    await service.correct(moving(mixed[8:], bags), actor=OLGA, now=NOW)
    red = (await create_products([product(20 + n, "opal cup", attributes={"hue": "reddish"}) for n in range(5)], now=NOW)).ids
    await service.correct(moving(red, cables), actor=OLGA, now=NOW)
    assert ("hue", "reddish") in {(one.key, one.phrase) for one in await service.proposed_rules(actor=OLGA)}
    await create_products([product(30, "opal lid", attributes={"hue": "Reddish"}, category_id=bags)], now=NOW)
    proposed = {(one.key, one.phrase) for one in await service.proposed_rules(actor=OLGA)}
    assert not {("hue", "reddish"), ("k", "quartzish")} & proposed


async def test_a_dismissed_rule_comes_back_only_when_twice_as_many_speak_for_it() -> None:
    cables, _ = await categories()
    ids = (await create_products([product(n, "zircon hose") for n in range(10)], now=NOW)).ids
    await set_type(ids, "zircon hose")
    await service.correct(moving(ids[:5], cables), actor=OLGA, now=NOW)
    await service.answer(LearnIn(act="dismiss", kind="type", phrase="zircon hose", category_id=cables), actor=OLGA, now=NOW)
    await service.correct(moving(ids[5:9], cables), actor=OLGA, now=NOW)
    assert "zircon hose" not in {one.phrase for one in await service.proposed_rules(actor=OLGA)}
    await service.correct(moving(ids[9:], cables), actor=OLGA, now=NOW)
    assert "zircon hose" in {one.phrase for one in await service.proposed_rules(actor=OLGA)}


async def test_groups_count_what_is_unsorted_and_the_list_finds_it() -> None:
    ids = (await create_products([product(n, "zircon hose", brand="Zirkonia") for n in range(3)], now=NOW)).ids
    groups, _ = await service.unsorted_groups("brand", actor=OLGA)
    assert next((one.products, len(one.samples)) for one in groups if one.phrase == "Zirkonia") == (3, 3)
    by_type, unsorted = await service.unsorted_groups("type", actor=OLGA)
    assert (next(one.products for one in by_type if one.phrase == "zircon hose"), unsorted >= 3) == (3, True)
    items, following = await service.listed(Wanted(brand="Zirkonia", decided_by="nobody"), after=None, limit=2, actor=OLGA)
    assert ([one.id for one in items], following) == (sorted(ids)[:2], (sorted(ids)[1],))
    assert (await service.listed(Wanted(text="100%_"), after=None, limit=2, actor=OLGA))[0] == []


async def test_only_the_operator_corrects_and_bad_lists_move_nothing() -> None:
    cables, _ = await categories()
    ids = (await create_products([product(1, "opal dish")], now=NOW)).ids
    for sent, actor, error in (
        (moving(ids, cables), ANONYMOUS, NotAllowed),
        (moving([*ids, *ids], cables), OLGA, InvalidInput),
        (moving(ids, UUID(int=5)), OLGA, InvalidInput),
        (moving([UUID(int=5)], cables), OLGA, NotFound),
    ):
        with pytest.raises(error):
            await service.correct(sent, actor=actor, now=NOW)
    assert await stands() == {"S-1": None}
