"""Tests sending, deciding, answering and withdrawing change sets, and what of them the product holds and its history tells."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import asyncpg
import msgspec
import pytest

from marketplace.catalogue.merges import service as merges
from marketplace.catalogue.products import service as products
from marketplace.catalogue.products.errors import ProductMoved, ProductRetired, UnitInUse
from marketplace.catalogue.proposals import service
from marketplace.catalogue.proposals.errors import NotSentBack, ProductExists, ProposalClosed
from marketplace.catalogue.proposals.schemas import DecisionIn, ProposalIn, Wanted
from marketplace.catalogue.taxonomy import service as taxonomy
from marketplace.kernel.actor import ANONYMOUS, WORKER
from marketplace.kernel.database import transaction
from marketplace.kernel.errors import InvalidInput, NotAllowed, NotFound, VersionConflict
from tests.catalogue.proposing import ATTRIBUTES, NEW, OPERATOR, category, decided, edit, product, supplier
from tests.conftest import NOW
from tests.vendors import market

if TYPE_CHECKING:
    from uuid import UUID

    from marketplace.catalogue.products.schemas import FieldValue
    from marketplace.kernel.actor import Actor

pytestmark = pytest.mark.usefixtures("rolled_back")


async def refused(who: Actor, values: dict[str, FieldValue], product_id: UUID | None = None) -> list[tuple[str, str]]:
    with pytest.raises(InvalidInput) as caught:
        await service.propose(ProposalIn(product_id=product_id, values=values), actor=who, now=NOW)
    return [(one.pointer.removeprefix("/values/"), one.code) for one in caught.value.errors]


async def test_the_live_version_stays_until_an_edit_is_accepted() -> None:
    who, made = await supplier(), await product(await category())
    sent = await edit(who, made, title="Ball valve DN 25", attributes_bore=25, brand="Orvik")
    assert [(one.field, one.old, one.new) for one in sent.changes] == [
        ("title", "Ball valve DN 20", "Ball valve DN 25"),
        ("attributes.bore", 20, 25),
    ]
    assert (sent.state, sent.kind, sent.category, sent.version) == ("sent", "edit", "test-valves", 1)
    assert (await products.live_product(made)).title == "Ball valve DN 20"
    done = await decided(sent, "accept")
    live = await products.live_product(made)
    assert (done.state, live.title, live.attributes["bore"], live.attributes["material"]) == ("accepted", "Ball valve DN 25", 25, "brass")
    told = await service.history(made, actor=OPERATOR)
    assert [(one.field, one.old, one.new, one.supplier, one.rule) for one in told] == [
        ("attributes.bore", 20, 25, "Hansa Lager", None),
        ("title", "Ball valve DN 20", "Ball valve DN 25", "Hansa Lager", None),
    ]


async def test_an_edit_is_accepted_field_by_field() -> None:
    who, made = await supplier(), await product()
    sent = await edit(who, made, title="Ball valve DN 25", description="Reduced bore.")
    done = await decided(sent, "accept", fields=["description"], text="The title names the size of the pipe.")
    live = await products.live_product(made)
    assert (live.title, live.description) == ("Ball valve DN 20", "Reduced bore.")
    assert [(one.field, one.is_accepted) for one in done.changes] == [("title", False), ("description", True)]
    assert [(one.side, one.text) for one in done.messages] == [("operator", "The title names the size of the pipe.")]
    assert [one.field for one in await service.history(made, actor=OPERATOR)] == ["description"]


async def test_what_is_accepted_is_held_to_the_schema_as_it_is_then() -> None:
    where = await category()
    who, made = await supplier(), await product(where)
    sent = await edit(who, made, attributes_bore=25, description="Reduced bore.")
    await taxonomy.replace_attributes(where, (msgspec.structs.replace(ATTRIBUTES[0], maximum=Decimal(20)), *ATTRIBUTES[1:]))
    with pytest.raises(InvalidInput) as caught:
        await decided(sent, "accept")
    assert [(one.pointer, one.code) for one in caught.value.errors] == [("/values/attributes.bore", "outside-range")]
    assert (await products.live_product(made)).attributes["bore"] == 20
    done = await decided(sent, "accept", fields=["description"])
    live = await products.live_product(made)
    assert (done.state, live.description, live.attributes["bore"]) == ("partly_accepted", "Reduced bore.", 20)


async def test_a_new_product_is_made_when_it_is_accepted() -> None:
    await category()
    who = await supplier()
    sent = await service.propose(ProposalIn(values=NEW | {"gtin": "4006381333931"}, note="Our new line."), actor=who, now=NOW)
    assert (sent.kind, sent.product_id, sent.title, sent.messages[0].text) == ("new", None, "Gate valve DN 40", "Our new line.")
    done = await decided(sent, "accept")
    assert done.product_id is not None
    live = await products.live_product(done.product_id)
    assert (live.title, live.gtin, live.attributes, live.weight_grams, live.state) == (
        "Gate valve DN 40",
        "04006381333931",
        {"bore": 40},
        1200,
        "published",
    )
    assert len(await service.history(done.product_id, actor=OPERATOR)) == 7


async def test_all_faults_are_told_at_once_and_nothing_is_sent() -> None:
    await category()
    who = await supplier()
    bad: dict[str, FieldValue] = {
        "brand": "x" * 121, "gtin": "4006381333932", "category": "test-valves", "unit_code": "???", "weight_grams": -1, "attributes.bore": "wide",
        "attributes.sealed": 1, "price": 3, "description": "a\u202eb",
    }  # fmt: skip
    assert sorted(await refused(who, bad)) == [
        ("attributes.bore", "wrong-type"), ("attributes.sealed", "wrong-type"), ("brand", "too-long"), ("description", "invisible-character"),
        ("gtin", "bad-gtin"), ("price", "unknown-field"), ("title", "missing"), ("unit_code", "unknown-unit"), ("weight_grams", "too-low"),
    ]  # fmt: skip
    assert await refused(who, {"title": "Valve", "category": "test-valves"}) == [("attributes.bore", "missing")]
    assert (await service.my_proposals(show="", before=None, limit=10, actor=who, now=NOW))[0] == []


async def test_a_product_under_another_category_is_held_to_all_that_this_one_asks_for() -> None:
    await category()
    who, made = await supplier(), await product(number="BV-99")
    assert await refused(who, {"category": "test-valves", "attributes.bore": None}, made) == [("attributes.bore", "missing")]
    assert await refused(who, {"attributes.material": 7}, made) == [("attributes.material", "not-a-text")]
    sent = await edit(who, made, category="test-valves")
    assert [(one.field, one.old, one.new) for one in sent.changes] == [("category", None, "test-valves")]


async def test_an_edit_that_changes_nothing_is_refused_and_takes_nothing_required_out() -> None:
    who, made = await supplier(), await product(await category())
    assert await refused(who, {"title": " Ball  valve DN 20", "attributes.bore": 20.0}, made) == [("/values", "nothing-changed")]
    assert await refused(who, {"title": "", "attributes.bore": None}, made) == [("title", "missing"), ("attributes.bore", "missing")]


async def test_a_change_set_never_changes() -> None:
    who, made = await supplier(), await product()
    sent = await edit(who, made, title="Ball valve DN 25")
    for column in ("changes = '[]'", "base = 'x'", "title = 'x'", "organisation_id = id", "sent_at = now()", "due_at = now()"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with transaction(actor=WORKER) as held:
                await held.execute(f"UPDATE catalogue.proposals SET {column} WHERE id = $1", sent.id)
    for table in ("proposals", "proposal_messages", "product_changes"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with transaction(actor=WORKER) as held:
                await held.execute(f"DELETE FROM catalogue.{table}")


async def test_a_product_that_changed_meanwhile_shows_what_and_by_whom_and_is_not_changed_blindly() -> None:
    one, other, made = await supplier(), await supplier("Cathay Maritime"), await product()
    first = await edit(one, made, title="Ball valve DN 25", description="Reduced bore.")
    second = await edit(other, made, title="Ball valve 3/4 inch", weight_grams=310)
    await decided(second, "accept", now=NOW + timedelta(minutes=5))
    with pytest.raises(ProductMoved):
        await decided(first, "accept")
    assert (await products.live_product(made)).title == "Ball valve 3/4 inch"
    seen = await service.proposal(first.id, actor=OPERATOR, now=NOW)
    assert [(row.field, row.was, row.now, row.is_proposed, row.by) for row in seen.moved] == [
        ("title", "Ball valve DN 20", "Ball valve 3/4 inch", True, "Cathay Maritime"),
        ("weight_grams", 300, 310, False, "Cathay Maritime"),
    ]
    done = await decided(seen, "accept", fields=["description"], base=seen.current_base)
    live = await products.live_product(made)
    assert (done.state, live.title, live.description) == ("partly_accepted", "Ball valve 3/4 inch", "Reduced bore.")


async def test_what_was_sent_back_is_answered_once_by_a_new_change_set() -> None:
    who, made = await supplier(), await product()
    first = await edit(who, made, title="BALL VALVE!!! DN 25")
    with pytest.raises(InvalidInput):
        await decided(first, "revise", text="  ")
    back = await decided(first, "revise", text="Please without capitals.")
    assert (back.state, back.reason, (await service.my_counts(actor=who, now=NOW))) == ("revision", "Please without capitals.", (0, 1))
    answer = ProposalIn(product_id=made, values={"title": "Ball valve DN 25"}, answers_id=first.id)
    second = await service.propose(answer, actor=who, now=NOW)
    assert (second.answers_id, (await service.my_proposal(first.id, actor=who, now=NOW)).answered_by) == (first.id, second.id)
    with pytest.raises(NotSentBack):
        await service.propose(answer, actor=who, now=NOW)
    with pytest.raises(ProposalClosed):
        await service.withdraw(first.id, version=2, actor=who, now=NOW)
    await decided(second, "accept")
    assert (await products.live_product(made)).title == "Ball valve DN 25"


async def test_a_rejected_and_a_withdrawn_one_change_nothing() -> None:
    who, made = await supplier(), await product()
    rejected = await decided(await edit(who, made, title="Cheap valve"), "reject", text="This is no title.")
    sent = await edit(who, made, brand="Halden")
    with pytest.raises(VersionConflict):
        await service.withdraw(sent.id, version=2, actor=who, now=NOW)
    gone = await service.withdraw(sent.id, version=1, actor=who, now=NOW)
    assert (rejected.state, rejected.reason, gone.state) == ("rejected", "This is no title.", "withdrawn")
    for one in (rejected, gone):
        with pytest.raises(ProposalClosed):
            await decided(one, "accept")
    live = await products.live_product(made)
    assert (live.title, live.brand, await service.history(made, actor=OPERATOR)) == ("Ball valve DN 20", "Orvik", [])


async def test_a_product_that_the_catalogue_has_is_told_before_it_is_sent() -> None:
    who, made = await supplier(), await product(gtin="04006381333931")
    with pytest.raises(ProductExists) as caught:
        await service.propose(ProposalIn(values={"title": "A valve", "gtin": "4006381333931"}, is_distinct=True), actor=who, now=NOW)
    assert [(one["id"], one["match"]) for one in caught.value.extra["products"]] == [(str(made), "gtin")]
    twin: dict[str, FieldValue] = {"title": "A valve", "brand": "ORVIK", "part_number": "bv 20"}
    with pytest.raises(ProductExists):
        await service.propose(ProposalIn(values=twin), actor=who, now=NOW)
    sent = await service.propose(ProposalIn(values=twin, is_distinct=True), actor=who, now=NOW)
    assert [(one.id, one.match) for one in sent.alike] == [(made, "part_number")]


async def test_of_two_proposals_of_one_gtin_only_the_first_makes_a_product() -> None:
    one, other = await supplier(), await supplier("Cathay Maritime")
    values: dict[str, FieldValue] = {"title": "A valve", "gtin": "4006381333931"}
    first = await service.propose(ProposalIn(values=values), actor=one, now=NOW)
    second = await service.propose(ProposalIn(values=values), actor=other, now=NOW)
    await decided(first, "accept")
    with pytest.raises(ProductExists):
        await decided(second, "accept")
    assert (await service.proposal(second.id, actor=OPERATOR, now=NOW)).state == "sent"


async def test_a_product_that_was_merged_meanwhile_is_changed_as_the_other_by_who_has_seen_that() -> None:
    who, kept, gone = await supplier(), await product(number="BV-20"), await product(number="BV-21")
    waits, back = await edit(who, gone, title="Ball valve DN 25"), await edit(who, gone, title="VALVE")
    await decided(back, "revise", text="Name the size.")
    await merges.merge(kept_id=kept, gone_id=gone, actor=OPERATOR, now=NOW)
    with pytest.raises(ProductMoved):
        await decided(waits, "accept")
    seen = await service.proposal(waits.id, actor=OPERATOR, now=NOW)
    assert (seen.product_id, seen.moved_from, [one.field for one in seen.changes]) == (kept, gone, ["title"])
    with pytest.raises(ProductRetired) as caught:
        await edit(who, gone, title="Another")
    assert caught.value.extra == {"moved_to": kept}
    answer = ProposalIn(product_id=kept, values={"title": "Ball valve DN 25"}, answers_id=back.id)
    await decided(await service.propose(answer, actor=who, now=NOW), "accept")
    assert (await products.live_product(kept)).title == "Ball valve DN 25"
    seen = await service.proposal(waits.id, actor=OPERATOR, now=NOW)
    assert [(one.field, one.now) for one in seen.moved] == [("title", "Ball valve DN 25")]
    other = await edit(who, kept, title="Ball valve DN 32")
    await decided(other, "accept")
    with pytest.raises(ProductMoved):
        await decided(waits, "accept", base=seen.current_base)
    seen = await service.proposal(waits.id, actor=OPERATOR, now=NOW)
    assert (await decided(waits, "accept", base=seen.current_base)).state == "accepted"
    assert [(await products.live_product(one)).title for one in (kept, gone)] == ["Ball valve DN 25", "Ball valve DN 20"]
    assert (await service.proposal(waits.id, actor=OPERATOR, now=NOW)).product_id == kept


async def test_foreign_organisations_see_nothing() -> None:
    who, other, made = await supplier(), await supplier("Cathay Maritime"), await product()
    sent = await edit(who, made, title="Ball valve DN 25")
    for act in (
        service.my_proposal(sent.id, actor=other, now=NOW),
        service.withdraw(sent.id, version=1, actor=other, now=NOW),
        service.propose(ProposalIn(product_id=made, values={"title": "x"}, answers_id=sent.id), actor=other, now=NOW),
    ):
        with pytest.raises(NotFound):
            await act
    for stranger in (other, ANONYMOUS):
        with pytest.raises(NotAllowed):
            await service.decide(sent.id, sent=DecisionIn(act="accept", version=1), actor=stranger, now=NOW)
        async with transaction(actor=stranger) as held:
            assert await held.fetchval("SELECT count(*) FROM catalogue.proposals") == 0
    await decided(sent, "accept")
    named = [[one.supplier for one in await service.history(made, actor=reader)] for reader in (who, OPERATOR, other, ANONYMOUS)]
    assert named == [["Hansa Lager"], ["Hansa Lager"], [None], [None]]


async def test_the_queue_shows_the_first_due_first_and_marks_what_is_overdue() -> None:
    who, other, made, tree = await supplier(), await supplier("Cathay Maritime"), await product(), await category()
    before = await service.counts(actor=OPERATOR, now=NOW)
    late = await edit(other, made, title="Valve one", now=NOW - timedelta(days=7))
    new = await service.propose(ProposalIn(values=NEW), actor=who, now=NOW + timedelta(minutes=1))
    rows, following = await service.waiting(Wanted(), after=None, limit=1, actor=OPERATOR, now=NOW)
    assert [(one.id, one.is_overdue) for one in rows] == [(late.id, True)]
    assert following == (late.due_at, late.id)
    rest, end = await service.waiting(Wanted(), after=(late.due_at, late.id), limit=50, actor=OPERATOR, now=NOW)
    assert (rest[-1].id, rest[-1].is_overdue, end) == (new.id, False, None)
    assert [one.due_at for one in rest] == sorted(one.due_at for one in rest)
    for wanted, found in ((Wanted(kind="new"), new), (Wanted(supplier_id=other.organisation_id), late), (Wanted(category_id=tree), new)):
        assert [one.id for one in (await service.waiting(wanted, after=None, limit=9, actor=OPERATOR, now=NOW))[0]] == [found.id]
    counted = await service.counts(actor=OPERATOR, now=NOW)
    assert [now - then for now, then in zip(counted, before, strict=True)] == [2, 1, 0]


async def test_rows_stand_and_fall_each_by_itself() -> None:
    await category()
    who = await supplier()
    rows = [ProposalIn(values=NEW), ProposalIn(values={"brand": "Orvik"}), ProposalIn(values=NEW | {"part_number": "GV-41"})]
    told = await service.propose_many(rows, actor=who, now=NOW, locale="en")
    assert (told.sent, told.refused, [one.code for one in told.rows]) == (2, 1, [None, "invalid-input", None])
    assert told.rows[1].errors == [{"pointer": "/values/title", "code": "missing", "message": "Fill this in."}]
    assert len((await service.my_proposals(show="open", before=None, limit=10, actor=who, now=NOW))[0]) == 2


async def test_the_unit_of_a_product_is_not_changed_under_its_offers() -> None:
    seller, tree = await market.shop("Boreal", now=NOW), await category()
    made, bare = await product(tree), await product(tree, number="BV-21")
    await market.offer(seller, made, "B-1", now=NOW)
    sent, free = await edit(seller.actor, made, unit_code="MTR", title="Ball valve DN 25"), await edit(seller.actor, bare, unit_code="MTR")
    with pytest.raises(UnitInUse):
        await decided(sent, "accept")
    assert (await products.live_product(made)).unit_code == "C62"
    await decided(sent, "accept", fields=["title"])
    held = await products.live_product(made)
    assert (held.unit_code, held.title) == ("C62", "Ball valve DN 25")
    await decided(free, "accept")
    assert (await products.live_product(bare)).unit_code == "MTR"
