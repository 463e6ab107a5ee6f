"""Races of merges: with each other, with their undoing and with orders that are placed on the offers that move."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from marketplace.app import PACKAGES
from marketplace.catalogue.matches import service as matches
from marketplace.catalogue.merges import service as merges
from marketplace.catalogue.merges.schemas import MergeOut
from marketplace.catalogue.products import service as products
from marketplace.kernel.actor import WORKER, Actor
from marketplace.kernel.database import connection, transaction
from marketplace.kernel.doctor.service import violations
from marketplace.kernel.errors import DomainError
from marketplace.kernel.ids import uuid7
from marketplace.trade.checkout import service as checkout
from marketplace.trade.checkout.schemas import Placed
from tests.conftest import NOW
from tests.trade import deals
from tests.vendors.market import product
from vendors.moves import service as moves

if TYPE_CHECKING:
    from uuid import UUID

pytestmark = pytest.mark.usefixtures("committed")
OPERATOR = Actor(organisation_id=uuid7(), person_id=uuid7(), capacities=frozenset({"operator"}), roles=frozenset({"admin"}))
PARALLEL = 16
RULES = tuple(one for package in PACKAGES for one in package.invariants if one.code.startswith(("MT", "S1", "S2", "S3", "K2")))


async def outcome(work: Any) -> Any:
    try:
        return await work
    except DomainError as error:
        return error


async def merge(kept_id: UUID, gone_id: UUID) -> Any:
    return await outcome(matches.merge(kept_id=kept_id, gone_id=gone_id, actor=OPERATOR, now=NOW))


async def broken() -> list[str]:
    return [one.code for one in await violations(RULES, now=NOW)]


async def test_merges_that_share_products_leave_one_and_no_way_of_two_steps() -> None:
    ids = [await product(f"M-{uuid7()}", now=NOW) for _ in range(5)]
    pairs = [(kept, gone) for kept in ids for gone in ids if kept != gone]
    answers = await asyncio.gather(*(merge(kept, gone) for kept, gone in pairs))
    done = [one for one in answers if isinstance(one, MergeOut)]
    ends = [await products.moved_to(one) for one in ids]
    assert len(done) == len(ids) - 1
    assert ends.count(None) == 1
    assert {one for one in ends if one} == {ids[ends.index(None)]}
    assert await broken() == []


async def test_a_merge_is_undone_by_one_of_many() -> None:
    made = await merge(await product(f"M-{uuid7()}", now=NOW), await product(f"M-{uuid7()}", now=NOW))
    answers = await asyncio.gather(*(outcome(matches.undo(made.id, actor=OPERATOR, now=NOW)) for _ in range(PARALLEL)))
    assert sum(isinstance(one, MergeOut) for one in answers) == 1
    assert {type(one).__name__ for one in answers} == {"MergeOut", "MergeUndone"}
    assert (await merges.found(made.id)).undone_at == NOW


async def test_orders_that_are_placed_while_their_offers_move_are_whole_or_refused() -> None:
    market = await deals.deal(now=NOW, on_hand=1000)
    kept = await product(f"K-{uuid7()}", now=NOW)
    people = [deals.colleague(market.buyer) for _ in range(PARALLEL)]
    waiting = [await deals.put(market, market.hansa_offer, 5, now=NOW, by=one) for one in people]
    made = await merge(kept, market.product_id)

    async def to_and_fro() -> None:
        await moves.settle([kept, market.product_id], now=NOW)
        await matches.undo(made.id, actor=OPERATOR, now=NOW)
        await moves.settle([kept, market.product_id], now=NOW)
        await merge(kept, market.product_id)
        await moves.settle([kept, market.product_id], now=NOW)

    orders = [checkout.checkout(cart, address_id=one.address_id, actor=one.actor, now=NOW) for cart, one in zip(waiting, people, strict=True)]
    *answers, _ = await asyncio.gather(*(outcome(one) for one in orders), to_and_fro())
    placed = [one for one in answers if isinstance(one, Placed)]
    assert all(isinstance(one, Placed | DomainError) for one in answers)
    async with transaction(actor=WORKER):
        lines = await connection().fetch("SELECT product_id, quantity FROM trade.order_lines WHERE offer_id = $1", market.hansa_offer)
        reserved = await connection().fetchval("SELECT sum(reserved) FROM vendors.stock_levels WHERE offer_id = $1", market.hansa_offer)
    assert {tuple(line) for line in lines} <= {(kept, 5)}
    assert (len(lines), reserved) == (len(placed), 5 * len(placed))
    # Who was refused while the offer moved orders it where it stands now.
    again = [one for one, answer in zip(zip(waiting, people, strict=True), answers, strict=True) if not isinstance(answer, Placed)]
    for cart, one in again:
        assert isinstance(await outcome(checkout.checkout(cart, address_id=one.address_id, actor=one.actor, now=NOW)), Placed)
    assert await broken() == []
