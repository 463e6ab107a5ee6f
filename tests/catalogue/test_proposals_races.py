"""Tests of proposals under many hands at once: one word on each holds, and nothing is accepted twice."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from marketplace.catalogue.products import service as products
from marketplace.catalogue.products.errors import ProductMoved
from marketplace.catalogue.proposals import service
from marketplace.catalogue.proposals.errors import NotSentBack, ProductExists, ProposalClosed
from marketplace.catalogue.proposals.schemas import DecisionIn, ProposalIn
from marketplace.kernel.actor import WORKER
from marketplace.kernel.database import transaction
from marketplace.kernel.errors import DomainError
from tests.catalogue.proposing import OPERATOR, decided, edit, product, supplier
from tests.conftest import NOW
from tests.races.barriers import Held, until_somebody_waits

if TYPE_CHECKING:
    from collections.abc import Awaitable, Sequence
    from uuid import UUID

    from marketplace.kernel.settings import Settings

TASKS = 24


async def outcomes(works: Sequence[Awaitable[object]]) -> Counter[str]:
    """Let all of them run at once, and count what became of them."""
    found = await asyncio.gather(*works, return_exceptions=True)
    assert all(isinstance(one, DomainError) or not isinstance(one, BaseException) for one in found), found
    return Counter(type(one).__name__ if isinstance(one, DomainError) else "done" for one in found)


async def history(product_id: UUID) -> list[str]:
    async with transaction(actor=WORKER) as held:
        return [
            str(row[0]) for row in await held.fetch("SELECT field FROM catalogue.product_changes WHERE product_id = $1 ORDER BY field", product_id)
        ]


async def test_of_operators_who_decide_at_once_one_has_decided(committed: Settings) -> None:
    assert committed
    who, made = await supplier(), await product()
    sent = await edit(who, made, title="Ball valve DN 25", weight_grams=410)
    words = [DecisionIn(act="accept" if number % 2 else "reject", version=1, text="One of us.") for number in range(TASKS)]
    found = await outcomes([service.decide(sent.id, sent=one, actor=OPERATOR, now=NOW) for one in words])
    assert found == {"done": 1, ProposalClosed.__name__: TASKS - 1}
    told = await service.proposal(sent.id, actor=OPERATOR, now=NOW)
    is_accepted = told.state == "accepted"
    assert await history(made) == (["title", "weight_grams"] if is_accepted else [])
    assert ((await products.live_product(made)).title == "Ball valve DN 25") == is_accepted
    assert (len(told.messages), told.version) == (1, 2)


async def test_a_supplier_who_withdraws_while_it_is_accepted_comes_too_late_or_first(committed: Settings) -> None:
    assert committed
    who, made = await supplier(), await product()
    for number in range(8):
        sent = await edit(who, made, title=f"Ball valve {number}")
        works = [decided(sent, "accept"), service.withdraw(sent.id, version=1, actor=who, now=NOW)]
        assert await outcomes(works) == {"done": 1, ProposalClosed.__name__: 1}
        state = (await service.proposal(sent.id, actor=OPERATOR, now=NOW)).state
        assert ((await products.live_product(made)).title == f"Ball valve {number}") == (state == "accepted")


async def test_a_withdrawal_waits_for_the_acceptance_that_is_under_way(committed: Settings) -> None:
    assert committed
    who, made = await supplier(), await product()
    sent = await edit(who, made, title="Ball valve DN 25")
    under_way = Held(lambda: decided(sent, "accept"), actor=OPERATOR)
    await under_way.until_done()
    late = asyncio.create_task(service.withdraw(sent.id, version=1, actor=who, now=NOW))
    await until_somebody_waits()
    await under_way.commit()
    with pytest.raises(ProposalClosed):
        await late
    assert (await service.my_proposal(sent.id, actor=who, now=NOW)).state == "accepted"


async def test_of_edits_of_one_product_that_are_accepted_at_once_one_holds_and_the_others_are_looked_at_again(committed: Settings) -> None:
    assert committed
    who, made = await supplier(), await product()
    sent = [await edit(who, made, title=f"Ball valve {number}", weight_grams=400 + number) for number in range(12)]
    assert await outcomes([decided(one, "accept") for one in sent]) == {"done": 1, ProductMoved.__name__: 11}
    told = [await service.proposal(one.id, actor=OPERATOR, now=NOW) for one in sent]
    (kept,) = [one for one in told if one.state == "accepted"]
    live = await products.live_product(made)
    assert [live.title, live.weight_grams] == [one.new for one in kept.changes]
    assert await history(made) == ["title", "weight_grams"]
    assert [[row.field for row in one.moved] for one in told if one.state == "sent"] == [["title", "weight_grams"]] * 11


async def test_what_was_sent_back_is_answered_once(committed: Settings) -> None:
    assert committed
    who, made = await supplier(), await product()
    back = await decided(await edit(who, made, title="VALVE"), "revise", text="Name the size.")
    answers = [ProposalIn(product_id=made, values={"title": f"Valve {number}"}, answers_id=back.id) for number in range(TASKS)]
    found = await outcomes([service.propose(one, actor=who, now=NOW) for one in answers])
    assert found == {"done": 1, NotSentBack.__name__: TASKS - 1}


async def test_of_new_products_with_one_gtin_that_are_accepted_at_once_one_is_made(committed: Settings) -> None:
    assert committed
    sent = []
    for number in range(6):
        who = await supplier(f"Hansa {('Lager', 'Kontor', 'Speicher', 'Hafen', 'Markt', 'Werk')[number]}")
        sent.append(await service.propose(ProposalIn(values={"title": "A valve", "gtin": "4006381333931"}), actor=who, now=NOW))
    assert await outcomes([decided(one, "accept") for one in sent]) == {"done": 1, ProductExists.__name__: 5}
    async with transaction(actor=WORKER) as held:
        assert await held.fetchval("SELECT count(*) FROM catalogue.products WHERE gtin = '04006381333931'") == 1
