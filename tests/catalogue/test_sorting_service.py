"""Tests of sorting on PostgreSQL: rules move what they meet, tell why, and end where they are switched off."""

from __future__ import annotations

from uuid import UUID

import msgspec
import pytest

from marketplace.catalogue.products.schemas import NewProduct
from marketplace.catalogue.products.service import create_products
from marketplace.catalogue.sorting import handlers, service
from marketplace.catalogue.sorting.errors import RuleExists
from marketplace.catalogue.sorting.schemas import RuleChange, RuleIn
from marketplace.catalogue.taxonomy import service as taxonomy
from marketplace.catalogue.taxonomy.schemas import NewCategory
from marketplace.kernel.actor import ANONYMOUS, WORKER, Actor
from marketplace.kernel.contracts import ProductsChanged, TypesLearned
from marketplace.kernel.database import transaction
from marketplace.kernel.errors import InvalidInput, NotAllowed, VersionConflict
from tests.conftest import NOW

pytestmark = pytest.mark.usefixtures("rolled_back")
NOBODY = UUID(int=77)
OPERATOR = Actor(capacities=frozenset({"operator"}), name="Olga")


def product(number: int, words: str, *, brand: str = "Nord", **values: object) -> NewProduct:
    plain = NewProduct(source="sorting", source_id=f"S-{number}", title=f"{brand} X{number} {words}", brand=brand, part_number=f"X{number}")
    return msgspec.structs.replace(plain, **values)


async def categories() -> tuple[UUID, UUID]:
    one, two = await taxonomy.create_categories([NewCategory(slug=f"zircon-{name}", names={"en": f"Zircon {name}"}) for name in ("cables", "bags")])
    return one, two


async def stands() -> dict[str, UUID | None]:
    async with transaction(actor=WORKER) as held:
        rows = await held.fetch("SELECT source_id, category_id FROM catalogue.products WHERE source = 'sorting' ORDER BY source_id")
    return {row[0]: row[1] for row in rows}


async def told() -> int:
    async with transaction(actor=WORKER) as held:
        return int(await held.fetchval("SELECT count(*) FROM kernel.outbox WHERE kind = 'ProductsChanged'"))


async def test_a_published_rule_sorts_its_products_at_once_and_tells_why() -> None:
    cables, bags = await categories()
    saved = await create_products([product(1, "zircon cable"), product(2, "zircon cable bag"), product(3, "opal dish")], now=NOW)
    await service.publish_rule(RuleIn(kind="type", phrase="Zircon  Cable", category_id=cables), actor=OPERATOR, now=NOW)
    await service.publish_rule(RuleIn(kind="type", phrase="zircon cable bag", category_id=bags), actor=OPERATOR, now=NOW)
    assert await stands() == {"S-1": cables, "S-2": bags, "S-3": None}
    why = await service.why(saved.ids[1], actor=OPERATOR, locale="en")
    assert (why.decided_by, why.category, why.words) == (
        "rule", "Zircon bags", "Title begins “zircon cable bag” after brand and model; 1 product stands by this rule.",
    )  # fmt: skip
    assert why.passed_over == ["title says “zircon cable” → Zircon cables"]
    nobody = await service.why(saved.ids[2], actor=OPERATOR, locale="en")
    assert (nobody.decided_by, nobody.would_be, nobody.rule) == ("nobody", None, None)
    rules, overlaps = await service.all_rules(actor=OPERATOR, locale="en")
    assert {one.rule.phrase: (one.stands, one.passed_over) for one in rules if one.stands} == {"zircon cable": (1, 1), "zircon cable bag": (1, 0)}
    assert [one.products for one in overlaps] == [1]


async def test_a_preview_counts_what_goes_what_stands_elsewhere_and_what_is_kept_and_changes_nothing() -> None:
    cables, bags = await categories()
    await create_products([product(n, "zircon cable", brand="Ost" if n == 3 else "Nord") for n in range(4)], now=NOW)
    await create_products([product(8, "zircon cable", category_id=bags)], now=NOW)
    await service.publish_rule(RuleIn(kind="brand", phrase="Ost", category_id=bags, priority=200), actor=OPERATOR, now=NOW)
    before = await stands()
    found = await service.preview(RuleIn(kind="type", phrase="zircon cable", category_id=cables), actor=OPERATOR)
    assert (found.met, found.goes, found.elsewhere, found.kept, found.taken) == (5, 4, 1, 1, 0)
    assert found.moving == ["Ost X3 zircon cable"]
    late = await service.preview(RuleIn(kind="type", phrase="zircon cable", category_id=cables, priority=300), actor=OPERATOR)
    assert (late.goes, late.taken) == (3, 1)
    assert await stands() == before


async def test_a_rule_that_is_switched_off_gives_its_products_back_to_what_other_rules_say() -> None:
    cables, bags = await categories()
    await create_products([product(1, "zircon cable"), product(2, "zircon cable", brand="Ost")], now=NOW)
    await service.publish_rule(RuleIn(kind="brand", phrase="ost", category_id=bags), actor=OPERATOR, now=NOW)
    rule = await service.publish_rule(RuleIn(kind="type", phrase="zircon cable", category_id=cables), actor=OPERATOR, now=NOW)
    assert await stands() == {"S-1": cables, "S-2": cables}
    await service.change_rule(rule.id, sent=RuleChange(version=1, is_active=False), actor=OPERATOR, now=NOW)
    assert await stands() == {"S-1": None, "S-2": bags}
    with pytest.raises(VersionConflict):
        await service.change_rule(rule.id, sent=RuleChange(version=1, is_active=True), actor=OPERATOR, now=NOW)
    assert await stands() == {"S-1": None, "S-2": bags}
    await service.publish_rule(RuleIn(kind="type", phrase="zircon cable", category_id=cables), actor=OPERATOR, now=NOW)
    with pytest.raises(RuleExists):
        await service.publish_rule(RuleIn(kind="type", phrase="zircon cable", category_id=cables), actor=OPERATOR, now=NOW)


async def test_new_and_changed_products_are_sorted_by_the_fact_and_told_once_more_only_where_they_moved() -> None:
    cables, bags = await categories()
    await service.publish_rule(RuleIn(kind="type", phrase="zircon cable", category_id=cables), actor=OPERATOR, now=NOW)
    await service.publish_rule(RuleIn(kind="attribute", key="case_type", phrase="Sleeve", category_id=bags), actor=OPERATOR, now=NOW)
    saved = await create_products([product(1, "zircon cable"), product(2, "opal dish", attributes={"case_type": "sleeve"})], now=NOW)
    before = await told()
    await handlers.on_products_changed(ProductsChanged(product_ids=tuple(saved.ids)), NOW)
    assert (await stands(), await told()) == ({"S-1": cables, "S-2": bags}, before + 1)
    await handlers.on_products_changed(ProductsChanged(product_ids=tuple(saved.ids)), NOW)
    assert await told() == before + 1
    await create_products([product(1, "opal dish"), product(2, "opal dish", attributes={"case_type": "sleeve"}, description="New")], now=NOW)
    assert await stands() == {"S-1": cables, "S-2": bags}
    await handlers.on_products_changed(ProductsChanged(product_ids=tuple(saved.ids)), NOW)
    assert await stands() == {"S-1": None, "S-2": bags}


async def test_a_run_goes_on_where_it_was_and_a_new_one_replaces_it(monkeypatch: pytest.MonkeyPatch) -> None:
    cables, _ = await categories()
    await service.publish_rule(RuleIn(kind="type", phrase="zircon cable", category_id=cables), actor=OPERATOR, now=NOW)
    await create_products([product(n, "zircon cable") for n in range(5)], now=NOW)
    monkeypatch.setattr(service, "BATCH", 2)
    await handlers.on_types_learned(TypesLearned(changed=1), NOW)
    first = await service.advance_run(NOW)
    assert first is not None
    assert (first.done, first.state) == (2, "running")
    await service.begin_run("asked", now=NOW, actor=OPERATOR)
    heard: list[int] = []
    await service.finish_run(NOW, progress=lambda done, _total: heard.append(done))
    assert heard == sorted(heard)
    assert set((await stands()).values()) == {cables}
    states = [(one.state, one.reason, one.done == one.total) for one in await service.runs(actor=OPERATOR)]
    assert states[:2] == [("finished", "asked", True), ("replaced", "types learned", False)]
    assert await service.advance_run(NOW) is None


async def test_only_the_operator_publishes_and_a_rule_needs_words_and_a_category() -> None:
    cables, _ = await categories()
    good = RuleIn(kind="type", phrase="zircon cable", category_id=cables)
    with pytest.raises(NotAllowed):
        await service.publish_rule(good, actor=ANONYMOUS, now=NOW)
    for bad, pointer in (
        (msgspec.structs.replace(good, phrase="  "), "/phrase"),
        (msgspec.structs.replace(good, kind="attribute"), "/key"),
        (msgspec.structs.replace(good, category_id=NOBODY), "/category_id"),
    ):
        with pytest.raises(InvalidInput) as caught:
            await service.publish_rule(bad, actor=OPERATOR, now=NOW)
        assert caught.value.errors[0].pointer == pointer
    assert "zircon cable" not in {one.rule.phrase for one in (await service.all_rules(actor=OPERATOR, locale="en"))[0]}
