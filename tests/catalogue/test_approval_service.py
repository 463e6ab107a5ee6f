"""Tests by which rules a change holds at once: counted on what the operator decided, named by each acceptance, published and ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from marketplace.catalogue.approval import rules, service
from marketplace.catalogue.approval.errors import RuleEnded, RuleKnown
from marketplace.catalogue.approval.schemas import Record, RuleIn, RuleOut
from marketplace.catalogue.products import service as products
from marketplace.catalogue.proposals import service as proposals
from marketplace.kernel.errors import InvalidInput, NotAllowed
from marketplace.kernel.ids import uuid7
from tests.catalogue.proposing import OPERATOR, decided, edit, product, supplier
from tests.conftest import NOW

if TYPE_CHECKING:
    from uuid import UUID

pytestmark = pytest.mark.usefixtures("rolled_back")


def rule(field: str, *, number: int, supplier_id: UUID | None = None, is_automatic: bool = True, least: int = 20) -> RuleOut:
    return RuleOut(
        id=uuid7(), number=number, field=field, supplier_id=supplier_id, supplier=None, is_automatic=is_automatic, accepted_min=least,
        percent_min=95, reason="Tried.", made_at=NOW, ended_at=None,
    )  # fmt: skip


def numbers(fields: list[str], known: list[RuleOut], supplier_id: UUID, record: Record) -> dict[str, int]:
    return {field: one.number for field, one in rules.covering(fields, known, supplier_id=supplier_id, record=record).items()}


async def test_the_suppliers_own_rule_wins_over_that_for_all_and_the_attributes_over_that_for_attributes() -> None:
    who, other = uuid7(), uuid7()
    known = [
        rule("attributes", number=1), rule("attributes.bore", number=2, is_automatic=False), rule("description", number=3),
        rule("description", number=4, supplier_id=who, is_automatic=False), rule("attributes", number=5, supplier_id=who, least=0),
    ]  # fmt: skip
    fields, good = ["attributes.bore", "attributes.seal", "description", "brand"], Record(20, 21)
    assert numbers(fields, known, other, good) == {"attributes.seal": 1, "description": 3}
    assert numbers(fields, known, who, good) == {"attributes.bore": 5, "attributes.seal": 5}


@pytest.mark.parametrize(
    "record, holds", [((20, 21), True), ((19, 19), False), ((20, 22), False), ((19, 20), False), ((95, 100), True), ((94, 99), False)]
)
async def test_a_rule_asks_for_twenty_accepted_and_ninety_five_of_a_hundred(record: tuple[int, int], holds: bool) -> None:  # noqa: FBT001 - a case
    assert bool(numbers(["description"], [rule("description", number=1)], uuid7(), Record(*record))) == holds


async def test_an_edit_whose_fields_are_all_covered_holds_at_once_and_names_its_rule() -> None:
    who, made = await supplier(), await product()
    text = await service.make_rule(RuleIn(field="description", reason="Texts of good suppliers.", accepted_min=2), actor=OPERATOR, now=NOW)
    for words in ("One.", "Two."):
        waits = await edit(who, made, description=words)
        assert (waits.state, (await products.live_product(made)).description == words) == ("sent", False)
        await decided(waits, "accept")
    held = await edit(who, made, description="Three.")
    assert (held.state, held.rules, (await products.live_product(made)).description) == ("accepted", [text.number], "Three.")
    part = await edit(who, made, description="Four.", brand="Halden")
    assert (part.state, (await products.live_product(made)).description) == ("sent", "Three.")
    assert [one.rule for one in await proposals.history(made, actor=OPERATOR)] == [text.number, None, None]
    await service.end_rule(text.id, actor=OPERATOR, now=NOW)
    assert (await edit(who, made, description="Five.")).state == "sent"
    assert (await proposals.my_proposal(held.id, actor=who, now=NOW)).rules == [text.number]


async def test_what_rules_accepted_does_not_count_for_them_and_a_part_counts_against() -> None:
    who, made = await supplier(), await product()
    await service.make_rule(RuleIn(field="description", reason="Texts.", accepted_min=1), actor=OPERATOR, now=NOW)
    await decided(await edit(who, made, brand="Halden"), "accept")
    assert (await edit(who, made, description="One.")).state == "accepted"
    assert await proposals.my_record(actor=who) == Record(1, 1)
    await decided(await edit(who, made, brand="Orvik", part_number="BV-21"), "accept", fields=["brand"])
    assert await proposals.my_record(actor=who) == Record(1, 2)
    assert (await edit(who, made, description="Two.")).state == "sent"


async def test_of_two_rules_for_one_field_and_supplier_the_first_is_in_force_until_it_ends() -> None:
    who = await supplier()
    sent = RuleIn(field="weight_grams", reason="Measured by machines.", supplier_id=who.organisation_id)
    first = await service.make_rule(sent, actor=OPERATOR, now=NOW)
    with pytest.raises(RuleKnown):
        await service.make_rule(sent, actor=OPERATOR, now=NOW)
    await service.end_rule(first.id, actor=OPERATOR, now=NOW)
    with pytest.raises(RuleEnded):
        await service.end_rule(first.id, actor=OPERATOR, now=NOW)
    again = await service.make_rule(sent, actor=OPERATOR, now=NOW)
    assert (again.number, again.supplier) == (first.number + 1, "Hansa Lager")
    assert first.id in [one.id for one in await service.ended()]
    assert again.id in [one.id for one in await service.in_force()]


async def test_only_the_operator_makes_rules_and_says_why() -> None:
    who = await supplier()
    before = await service.in_force()
    with pytest.raises(NotAllowed):
        await service.make_rule(RuleIn(field="description", reason="For me."), actor=who, now=NOW)
    with pytest.raises(NotAllowed):
        await service.end_rule(before[0].id, actor=who, now=NOW)
    with pytest.raises(InvalidInput):
        await service.make_rule(RuleIn(field="description", reason="  "), actor=OPERATOR, now=NOW)
    with pytest.raises(InvalidInput):
        await service.make_rule(RuleIn(field="description", reason="Why not.", supplier_id=uuid7()), actor=OPERATOR, now=NOW)
    assert await service.in_force() == before
