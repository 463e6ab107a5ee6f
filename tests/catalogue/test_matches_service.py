"""Tests finding products that are the same, merging them and undoing that."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from marketplace.catalogue.matches import service
from marketplace.catalogue.matches.errors import PairDecided
from marketplace.catalogue.matches.schemas import ManyIn
from marketplace.catalogue.merges import service as merges
from marketplace.catalogue.merges.errors import AlreadyMerged, LeadsNowhere, MergedFurther, MergeUndone, NotMergeable, SameProduct, UnitsDiffer
from marketplace.catalogue.products import service as products
from marketplace.catalogue.products.schemas import NewProduct, ProductWords
from marketplace.kernel.actor import WORKER, Actor
from marketplace.kernel.database import reading
from marketplace.kernel.errors import Moved, NotFound
from marketplace.kernel.ids import uuid7
from tests.conftest import NOW

if TYPE_CHECKING:
    from uuid import UUID

pytestmark = pytest.mark.usefixtures("rolled_back")
OPERATOR = Actor(organisation_id=uuid7(), person_id=uuid7(), capacities=frozenset({"operator"}), roles=frozenset({"admin"}))
PLAIN = "+brand +part_number +title +weight_grams"
GTIN, OTHER_GTIN = "04006381333931", "04006381333948"


async def made(source_id: str, **values: Any) -> UUID:
    new = {"title": "Orvik ball valve DN 20", "brand": "Orvik", "part_number": "BV-20"} | values
    return (await products.create_products([NewProduct(source="tests", source_id=source_id, **new)], now=NOW)).ids[0]


async def keys(product_id: UUID) -> set[tuple[str, str]]:
    async with reading(WORKER) as held:
        return {tuple(row) for row in await held.fetch("SELECT scheme, value FROM catalogue.product_identifiers WHERE product_id = $1", product_id)}


async def facts(kind: str) -> list[dict[str, Any]]:
    async with reading(WORKER) as held:
        return [msgspec.json.decode(row[0]) for row in await held.fetch("SELECT payload FROM kernel.outbox WHERE kind = $1 ORDER BY id", kind)]


async def everything(*ids: UUID) -> list[Any]:
    """Give all that is known of products, to be compared before and after."""
    async with reading(WORKER) as held:
        rows = await held.fetch(
            "SELECT to_jsonb(p) - 'updated_at' - 'head' - 'name_tail' - 'type' AS p FROM catalogue.products p WHERE id = ANY ($1) ORDER BY id", ids
        )
        texts = await held.fetch("SELECT t.* FROM catalogue.product_texts t WHERE product_id = ANY ($1) ORDER BY 1, 2", ids)
        found = await held.fetch("SELECT i.* FROM catalogue.product_identifiers i WHERE product_id = ANY ($1) ORDER BY 1, 2, 3", ids)
    return [[tuple(row) for row in part] for part in (rows, texts, found)]


async def waiting(**which: Any) -> list[tuple[UUID, UUID, int]]:
    page = await service.waiting(None, limit=100, secret="s" * 16, **which)
    return [(one.low_id, one.high_id, one.score) for one in page.items if one.low_brand == "Orvik"]


async def test_products_of_one_brand_and_number_wait_for_the_operator() -> None:
    first, second = await made("A"), await made("B", part_number="bv 20")
    await made("C", brand="Nord")
    assert await service.look_at([first], now=NOW) == (0, 0)
    assert await service.look_at([second], now=NOW) == (1, 0)
    low, high = sorted((first, second))
    assert await waiting() == [(low, high, 80)]
    assert (await products.live_product(first)).state == "published"


async def test_looking_at_everything_twice_finds_the_same() -> None:
    first, second = await made("A"), await made("B")
    await service.look_at_all(NOW)
    before = await waiting()
    assert before == [(*sorted((first, second)), 80)]
    await service.look_at_all(NOW)
    assert await waiting() == before


async def test_a_pair_that_no_longer_meets_is_let_go() -> None:
    first, second = await made("A"), await made("B")
    await service.look_at([first, second], now=NOW)
    await made("B", part_number="BX-99", title="Quite another thing")
    await service.look_at([second], now=NOW)
    assert await waiting() == []
    with pytest.raises(NotFound):
        await service.pair(first, second)


async def test_the_same_gtin_and_brand_are_merged_at_once() -> None:
    first, second = await made("A", gtin=GTIN, attributes={"bore": 20}), await made("B", gtin=GTIN, title="Valve")
    assert await service.look_at([first, second], now=NOW) == (1, 1)
    assert await products.moved_to(second) == first
    assert (await service.pair(first, second)).state == "merged"
    assert [one.reason for one in (await merges.latest(first)).items] == ["gtin"]


async def test_the_same_gtin_of_another_brand_waits() -> None:
    first, second = await made("A", gtin=GTIN), await made("B", gtin=GTIN, brand="Nord")
    assert await service.look_at([first, second], now=NOW) == (1, 0)
    assert len(await waiting(kind="gtin")) == 1


async def test_three_with_one_gtin_become_one() -> None:
    ids = [await made(name, gtin=GTIN, title=f"Valve {name}") for name in "ABC"]
    await service.look_at(ids, now=NOW)
    assert [await products.moved_to(one) for one in sorted(ids)] == [None, min(ids), min(ids)]


async def test_the_kept_product_gets_what_it_lacks() -> None:
    kept = await made("A", attributes={"bore": 20})
    gone = await made("B", gtin=GTIN, other_gtins=(OTHER_GTIN,), part_number="BV20-B", attributes={"bore": 25, "seal": "PTFE"}, description="Brass", weight_grams=300, texts={"vi": ProductWords("Van bi")})  # fmt: skip
    merge = await service.merge(kept_id=kept, gone_id=gone, actor=OPERATOR, now=NOW)
    assert merge.filled == ["attributes.seal", "description", "gtin", "weight_grams"]
    now = await products.live_product(kept)
    assert (now.gtin, now.attributes, now.description, now.weight_grams) == (GTIN, {"bore": 20, "seal": "PTFE"}, "Brass", 300)
    assert await keys(gone) <= await keys(kept)
    assert (await products.product(kept, locale="vi")).title == "Van bi"
    assert (await products.live_product(gone)).state == "retired"
    assert (await facts("ProductsMerged"))[-1:] == [{"kept_id": str(kept), "gone_id": str(gone)}]


async def test_who_asks_for_the_gone_product_is_sent_on() -> None:
    kept, gone = await made("A"), await made("B")
    await service.merge(kept_id=kept, gone_id=gone, actor=OPERATOR, now=NOW)
    with pytest.raises(Moved) as told:
        await products.product_detail(gone, locale="en")
    assert told.value.extra == {"moved_to": str(kept)}
    assert await products.present_id(gone) == kept


async def test_ways_are_never_longer_than_one_step() -> None:
    first, second, third = await made("A"), await made("B"), await made("C")
    await service.merge(kept_id=second, gone_id=first, actor=OPERATOR, now=NOW)
    await service.merge(kept_id=third, gone_id=second, actor=OPERATOR, now=NOW)
    assert (await products.moved_to(first), await products.moved_to(second)) == (third, third)


async def test_merges_are_undone_from_the_last_one_on() -> None:
    first, second, third = await made("A"), await made("B", gtin=GTIN), await made("C", description="Text")
    before = await everything(first, second, third)
    inner = await service.merge(kept_id=second, gone_id=first, actor=OPERATOR, now=NOW)
    outer = await service.merge(kept_id=third, gone_id=second, actor=OPERATOR, now=NOW)
    with pytest.raises(MergedFurther):
        await service.undo(inner.id, actor=OPERATOR, now=NOW)
    await service.undo(outer.id, actor=OPERATOR, now=NOW)
    assert (await products.moved_to(first), await products.moved_to(second)) == (second, None)
    await service.undo(inner.id, actor=OPERATOR, now=NOW)
    assert await everything(first, second, third) == before


async def test_undoing_brings_everything_back_as_it_was() -> None:
    kept = await made("A", attributes={"bore": 20})
    gone = await made("B", gtin=GTIN, attributes={"seal": "PTFE"}, description="Brass", locale="vi", texts={"ar": ProductWords("صمام")})
    before = await everything(kept, gone)
    merge = await service.merge(kept_id=kept, gone_id=gone, actor=OPERATOR, now=NOW)
    assert await everything(kept, gone) != before
    undone = await service.undo(merge.id, actor=OPERATOR, now=NOW)
    assert undone.undone_at == NOW
    assert await everything(kept, gone) == before
    assert (await facts("ProductsSplit"))[-1:] == [{"kept_id": str(kept), "gone_id": str(gone)}]


async def test_what_somebody_changed_since_stays() -> None:
    kept, gone = await made("A"), await made("B", description="Brass", weight_grams=300)
    merge = await service.merge(kept_id=kept, gone_id=gone, actor=OPERATOR, now=NOW)
    base = products.fingerprint(products.fields(await products.live_product(kept)))
    await products.change_product(kept, values={"description": "Brass, nickel-plated"}, base=base, now=NOW)
    await service.undo(merge.id, actor=OPERATOR, now=NOW)
    now = await products.live_product(kept)
    assert (now.description, now.weight_grams) == ("Brass, nickel-plated", None)


async def test_a_further_gtin_of_the_kept_product_outlives_the_merge() -> None:
    kept, gone = await made("A", other_gtins=(GTIN,)), await made("B", gtin=GTIN, brand="Nord")
    before = await everything(kept, gone)
    merge = await service.merge(kept_id=kept, gone_id=gone, actor=OPERATOR, now=NOW)
    await service.undo(merge.id, actor=OPERATOR, now=NOW)
    assert await everything(kept, gone) == before


async def test_keys_that_two_lent_stay_until_both_are_gone() -> None:
    kept, one, other = await made("A"), await made("B", gtin=GTIN, brand="X"), await made("C", gtin=GTIN, brand="Y")
    first = await service.merge(kept_id=kept, gone_id=one, actor=OPERATOR, now=NOW)
    second = await service.merge(kept_id=kept, gone_id=other, actor=OPERATOR, now=NOW)
    await service.undo(first.id, actor=OPERATOR, now=NOW)
    assert ("gtin", GTIN.lstrip("0")) in await keys(kept)
    await service.undo(second.id, actor=OPERATOR, now=NOW)
    assert ("gtin", GTIN.lstrip("0")) not in await keys(kept)


async def test_a_new_reading_of_the_source_brings_no_gone_product_back() -> None:
    kept, gone = await made("A"), await made("B", gtin=GTIN)
    await service.merge(kept_id=kept, gone_id=gone, actor=OPERATOR, now=NOW)
    await made("B", gtin=GTIN, part_number="BV-20-NEW")
    await made("A", description="New")
    assert ((await products.live_product(gone)).state, await products.moved_to(gone)) == ("retired", kept)
    assert {("gtin", GTIN.lstrip("0")), ("part_number", "BV20NEW")} <= await keys(kept)


async def test_what_cannot_be_merged_is_refused_and_nothing_changes() -> None:
    kept, gone, box = await made("A"), await made("B"), await made("C", unit_code="XBX")
    retired = await made("D", state="retired")
    before = await everything(kept, gone, box, retired)
    for error, pair in ((SameProduct, (kept, kept)), (NotFound, (kept, uuid7())), (UnitsDiffer, (kept, box)), (NotMergeable, (kept, retired))):
        with pytest.raises(error):
            await service.merge(kept_id=pair[0], gone_id=pair[1], actor=OPERATOR, now=NOW)
    assert await everything(kept, gone, box, retired) == before
    await service.merge(kept_id=kept, gone_id=gone, actor=OPERATOR, now=NOW)
    for pair in ((kept, gone), (gone, kept), (box, gone)):
        with pytest.raises(AlreadyMerged):
            await service.merge(kept_id=pair[0], gone_id=pair[1], actor=OPERATOR, now=NOW)


async def test_a_merge_is_undone_once() -> None:
    merge = await service.merge(kept_id=await made("A"), gone_id=await made("B"), actor=OPERATOR, now=NOW)
    await service.undo(merge.id, actor=OPERATOR, now=NOW)
    with pytest.raises(MergeUndone):
        await service.undo(merge.id, actor=OPERATOR, now=NOW)
    with pytest.raises(NotFound):
        await service.undo(uuid7(), actor=OPERATOR, now=NOW)


async def test_what_is_different_is_never_proposed_again() -> None:
    first, second = await made("A"), await made("B")
    await service.look_at([first, second], now=NOW)
    assert (await service.keep_apart(second, first, actor=OPERATOR, now=NOW)).state == "apart"
    await made("B", gtin=GTIN)
    await service.look_at([first, second], now=NOW)
    assert await waiting() == []
    with pytest.raises(PairDecided):
        await service.keep_apart(first, second, actor=OPERATOR, now=NOW)


async def test_what_was_merged_by_itself_and_undone_stays_apart() -> None:
    first, second = await made("A", gtin=GTIN), await made("B", gtin=GTIN)
    await service.look_at([first, second], now=NOW)
    merge = (await merges.latest(first)).items[0]
    await service.undo(merge.id, actor=OPERATOR, now=NOW)
    assert await service.look_at([first, second], now=NOW) == (1, 0)
    assert (await service.pair(first, second)).state == "apart"


async def test_what_an_operator_merged_and_undid_is_open_again() -> None:
    first, second = await made("A"), await made("B")
    await service.look_at([first, second], now=NOW)
    merge = await service.merge(kept_id=first, gone_id=second, actor=OPERATOR, now=NOW)
    assert await waiting() == []
    await service.undo(merge.id, actor=OPERATOR, now=NOW)
    assert len(await waiting()) == 1


async def test_an_equal_gtin_that_an_operator_merged_and_undid_is_not_merged_again_by_itself() -> None:
    one, other = await made("A", gtin=GTIN), await made("B", gtin=GTIN, part_number="BV20")
    merge = await service.merge(kept_id=one, gone_id=other, actor=OPERATOR, now=NOW)
    await service.undo(merge.id, actor=OPERATOR, now=NOW)
    assert await service.look_at([one, other], now=NOW) == (1, 0)
    assert (await service.pair(one, other)).state == "apart"
    assert [await products.moved_to(each) for each in (one, other)] == [None, None]


async def test_what_people_told_apart_does_not_come_together_through_a_third() -> None:
    one, other = await made("A", gtin=GTIN), await made("B", gtin=GTIN)
    await service.tell_apart(one, other, actor=OPERATOR, now=NOW)
    third = await made("C", gtin=GTIN, attributes={"bore": "20", "seal": "2RS"})
    for _ in range(2):
        await service.look_at([one, other, third], now=NOW)
    moved = [await products.moved_to(each) for each in (one, other)]
    assert sorted(moved, key=str) == sorted([None, third], key=str)
    left = one if moved[0] is None else other
    assert (await service.pair(left, third)).state == "open"


async def test_a_published_product_is_never_merged_into_a_draft() -> None:
    draft, seen, third = await made("A", state="draft"), await made("B"), await made("C", state="draft")
    with pytest.raises(LeadsNowhere):
        await service.merge(kept_id=draft, gone_id=seen, actor=OPERATOR, now=NOW)
    assert [await products.moved_to(each) for each in (draft, seen)] == [None, None]
    await service.merge(kept_id=seen, gone_id=draft, actor=OPERATOR, now=NOW)
    assert await products.moved_to(draft) == seen
    assert await products.moved_to(third) is None


async def test_what_two_could_fill_stays_until_both_are_gone() -> None:
    kept = await made("K")
    texts = {"vi": ProductWords("Van bi", "")}
    first, second = await made("A", weight_grams=12, texts=texts), await made("B", weight_grams=12, texts=texts)
    before = await everything(kept)
    merges_made = [await service.merge(kept_id=kept, gone_id=one, actor=OPERATOR, now=NOW) for one in (first, second)]
    both = await everything(kept)
    assert both != before
    await service.undo(merges_made[0].id, actor=OPERATOR, now=NOW)
    assert (await everything(kept))[:2] == both[:2]
    await service.undo(merges_made[1].id, actor=OPERATOR, now=NOW)
    assert await everything(kept) == before


async def test_a_new_reading_of_the_kept_product_keeps_what_the_merge_gave_it() -> None:
    kept, gone = await made("A"), await made("B", weight_grams=12, texts={"vi": ProductWords("Van bi", "")}, attributes={"bore": "20"})
    await service.merge(kept_id=kept, gone_id=gone, actor=OPERATOR, now=NOW)
    assert await made("A", description="Said anew.", attributes={"seal": "2RS"}) == kept
    now = await products.live_product(kept)
    assert (now.description, now.weight_grams, now.attributes) == ("Said anew.", 12, {"seal": "2RS", "bore": "20"})
    assert (await products.product(kept, locale="vi")).title == "Van bi"


@pytest.mark.parametrize("act, states", [("merge", {"merged"}), ("apart", {"apart"})])
async def test_pairs_that_look_alike_are_decided_together(act: Any, states: set[str]) -> None:
    ids = [await made(f"{name}{at}", part_number=f"BV-{at}00", title=f"Orvik valve {at}00", weight_grams=900) for at in range(1, 4) for name in "AB"]
    await service.look_at(ids, now=NOW)
    found = await service.patterns()
    assert [one.pairs for one in found if one.pattern == PLAIN] == [3]
    done = await service.decide_many(ManyIn(pattern=PLAIN, act=act), actor=OPERATOR, now=NOW)
    assert (done.decided, done.refused, done.left) == (3, 0, 0)
    assert {(await service.pair(low, high)).state for low, high in zip(ids[::2], ids[1::2], strict=True)} == states


async def test_the_queue_is_paged_by_score() -> None:
    titles = ["Orvik valve left", "Orvik valve right", "Orvik big brass ball valve left", "Orvik big brass ball valve right"]
    ids = [await made(title, part_number=f"BV-{at // 2}00", title=title) for at, title in enumerate(titles)]
    await service.look_at(ids, now=NOW)
    which: dict[str, Any] = {"limit": 1, "secret": "s" * 16, "pattern": "+brand +part_number -title"}
    first = await service.waiting(None, **which)
    second = await service.waiting(first.next_cursor, **which)
    assert [(page.items[0].low_id, page.items[0].score) for page in (first, second)] == [(ids[2], 64), (ids[0], 60)]
    assert second.next_cursor is None
