"""Races of checkout and of orders: exactly one wins, nothing is sold twice, nobody deadlocks."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from marketplace.kernel.actor import WORKER
from marketplace.kernel.database import connection, reading, transaction
from marketplace.kernel.errors import Busy, DomainError, InvalidTransition, VersionConflict
from marketplace.trade.carts import service as carts
from marketplace.trade.checkout import service as checkout
from marketplace.trade.checkout.errors import CartNotReady
from marketplace.trade.orders import service as orders
from marketplace.trade.orders.errors import AcceptanceOver
from tests.conftest import NOW
from tests.trade import deals
from vendors.stock.errors import OutOfStock

if TYPE_CHECKING:
    from uuid import UUID

    import httpx

    from tests.world import World

pytestmark = pytest.mark.usefixtures("committed")
PARALLEL = 64


async def deadlocks() -> int:
    async with reading() as open_connection:
        await open_connection.execute("SELECT pg_stat_clear_snapshot()")
        return int(await open_connection.fetchval("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"))


async def deadlocks_since(before: int) -> int:
    """Count the deadlocks since, as the server has counted them within two seconds: a session tells its own a moment after the fact."""
    for _ in range(20):
        if await deadlocks() > before:
            break
        await asyncio.sleep(0.1)
    return await deadlocks() - before


async def counted(sql: str, *values: object) -> int:
    async with transaction(actor=WORKER):
        return int(await connection().fetchval(sql, *values))


async def outcome(work: Any) -> Any:
    """Give what some work answers, or the error by which it was refused."""
    try:
        return await work
    except DomainError as error:
        return error


async def test_64_parallel_checkouts_of_one_cart_place_one_group() -> None:
    market = await deals.deal(now=NOW)
    await deals.put(market, market.hansa_offer, 5, now=NOW)
    cart_id = await deals.put(market, market.rhein_offer, 10, now=NOW)
    again = [checkout.checkout(cart_id, address_id=market.buyer.address_id, actor=market.buyer.actor, now=NOW) for _ in range(PARALLEL)]
    answers = await asyncio.gather(*(outcome(one) for one in again))
    placed = [one for one in answers if not isinstance(one, Busy)]
    assert {one.group_id for one in placed} == {placed[0].group_id}
    assert await counted("SELECT count(*) FROM trade.order_groups WHERE cart_id = $1", cart_id) == 1
    assert await counted("SELECT count(*) FROM trade.orders WHERE buyer_id = $1", market.buyer.organisation_id) == 2
    assert await counted("SELECT sum(reserved) FROM vendors.stock_levels WHERE offer_id = $1", market.hansa_offer) == 5


async def test_two_carts_for_the_last_piece_make_one_order() -> None:
    market = await deals.deal(now=NOW, on_hand=1)
    buyers = [market.buyer, market.other, deals.colleague(market.buyer), deals.colleague(market.other)]
    ids = [await deals.put(market, market.hansa_offer, 1, now=NOW, by=buyer) for buyer in buyers]
    tries = [checkout.checkout(cart_id, address_id=buyer.address_id, actor=buyer.actor, now=NOW) for cart_id, buyer in zip(ids, buyers, strict=True)]
    answers = await asyncio.gather(*(outcome(one) for one in tries))
    assert sorted(isinstance(one, CartNotReady | OutOfStock) for one in answers) == [False, True, True, True]
    assert await counted("SELECT count(*) FROM trade.order_lines WHERE offer_id = $1", market.hansa_offer) == 1
    assert await counted("SELECT reserved FROM vendors.stock_levels WHERE offer_id = $1", market.hansa_offer) == 1


async def test_of_acceptance_and_cancellation_exactly_one_wins() -> None:
    market = await deals.deal(now=NOW)
    for round_number in range(8):
        placed = await deals.place(market, (market.hansa_offer, 1), now=NOW)
        (order_id,) = placed.order_ids
        accept = orders.accept_order(order_id, actor=market.hansa.actor, now=NOW)
        cancel = orders.cancel_order(order_id, actor=market.buyer.actor, now=NOW, reason="Changed our mind.")
        pair = (accept, cancel) if round_number % 2 else (cancel, accept)
        answers = await asyncio.gather(*(outcome(one) for one in pair))
        refused = [one for one in answers if isinstance(one, InvalidTransition | VersionConflict | AcceptanceOver)]
        assert len(refused) == 1, answers
        found = await orders.order(order_id, actor=market.buyer.actor)
        assert (found.state, found.version) in {("accepted", 2), ("cancelled", 2)}
        kept = await counted("SELECT coalesce(sum(quantity), 0) FROM vendors.stock_reservations WHERE order_id = $1 AND state = 'open'", order_id)
        assert kept == (1 if found.state == "accepted" else 0)


async def test_64_parallel_acceptances_change_an_order_once() -> None:
    market = await deals.deal(now=NOW)
    (order_id,) = (await deals.place(market, (market.hansa_offer, 3), now=NOW)).order_ids
    answers = await asyncio.gather(*(outcome(orders.accept_order(order_id, actor=market.hansa.actor, now=NOW)) for _ in range(PARALLEL)))
    assert len([one for one in answers if not isinstance(one, DomainError)]) == 1
    assert await counted("SELECT count(*) FROM kernel.state_log WHERE entity = 'order' AND entity_id = $1", order_id) == 2


async def test_crossing_carts_never_deadlock() -> None:
    market = await deals.deal(now=NOW, on_hand=10_000)
    before = await deadlocks()
    parts = [(market.hansa_offer, 1), (market.rhein_offer, 10), (market.kuwait_offer, 1)]
    people = [deals.colleague(market.buyer if number % 2 else market.other) for number in range(24)]
    ids: list[UUID] = []
    for number, person in enumerate(people):
        turned = [*parts[number % 3 :], *parts[: number % 3]]
        for offer_id, quantity in turned if number % 2 else reversed(turned):
            cart_id = await deals.put(market, offer_id, quantity, now=NOW, by=person)
        ids.append(cart_id)
    tries = [
        checkout.checkout(cart_id, address_id=person.address_id, actor=person.actor, now=NOW) for cart_id, person in zip(ids, people, strict=True)
    ]
    answers = await asyncio.gather(*tries, return_exceptions=True)
    assert await deadlocks_since(before) == 0
    assert [one for one in answers if isinstance(one, BaseException)] == []
    assert await counted("SELECT reserved FROM vendors.stock_levels WHERE offer_id = $1", market.rhein_offer) == 240


async def test_putting_in_and_checking_out_at_once_loses_no_line() -> None:
    market = await deals.deal(now=NOW)
    cart_id = await deals.put(market, market.hansa_offer, 1, now=NOW)
    add = carts.add_line(product_id=market.product_id, offer_id=market.rhein_offer, quantity=10, actor=market.buyer.actor, now=NOW)
    order = checkout.checkout(cart_id, address_id=market.buyer.address_id, actor=market.buyer.actor, now=NOW)
    placed, view = await asyncio.gather(order, add)
    ordered = await counted(
        "SELECT count(*) FROM trade.order_lines l JOIN trade.orders o ON o.id = l.order_id WHERE o.group_id = $1", placed.group_id
    )
    assert ordered + (view.line_count if view.id != cart_id else 0) == 2


async def test_64_parallel_calls_with_one_key_get_one_answer(clients: dict[str, httpx.AsyncClient], world: World) -> None:
    buyer = clients["buyer_a"]
    cart = (await buyer.get("/api/v1/cart")).json()
    before = await counted("SELECT count(*) FROM trade.order_groups")
    body = {"cart_id": cart["id"], "address_id": str(world.addresses["buyer_a"]), "version": cart["version"]}
    headers = {"idempotency-key": "once and for all".replace(" ", "-")}
    answers = await asyncio.gather(*(buyer.post("/api/v1/checkout", json=body, headers=headers) for _ in range(PARALLEL)))
    assert {answer.status_code for answer in answers} <= {201, 409}
    assert len({answer.content for answer in answers if answer.status_code == 201}) == 1
    assert await counted("SELECT count(*) FROM trade.order_groups") == before + 1
