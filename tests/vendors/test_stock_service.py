"""Tests of stock: reservations, shipments and counts, alone and in a race."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID

import msgspec
import pytest

from marketplace.kernel.actor import Actor
from marketplace.kernel.database import transaction
from marketplace.kernel.ids import uuid7
from marketplace.kernel.wording import word
from tests.conftest import NOW
from tests.vendors import market
from vendors.offers import service as offers
from vendors.sites.schemas import NewSite
from vendors.sites.service import create_site
from vendors.stock import service
from vendors.stock.errors import NothingReserved, OutOfStock
from vendors.stock.schemas import Reservation

if TYPE_CHECKING:
    from marketplace.kernel.database import Connection
    from marketplace.kernel.settings import Settings

HOUR = timedelta(hours=1)
BUYER_ID = UUID(int=7)
BUYER = Actor(organisation_id=BUYER_ID, capacities=frozenset({"buyer"}))


def wish(
    seller: market.Shop, product_id: UUID, offer_id: UUID, quantity: int, *, order_id: UUID | None = None, line_id: UUID | None = None
) -> Reservation:
    """Write a wish for stock that ends in an hour."""
    return Reservation(
        product_id=product_id,
        offer_id=offer_id,
        site_id=seller.site_id,
        order_id=order_id or uuid7(),
        order_line_id=line_id or uuid7(),
        buyer_id=BUYER_ID,
        quantity=quantity,
        expires_at=NOW + HOUR,
    )


async def reserve(*wishes: Reservation) -> None:
    """Reserve as checkout does, in the buyer's transaction."""
    async with transaction(actor=BUYER):
        await service.reserve(wishes, now=NOW)


async def release(order_id: UUID, *, quantities: dict[UUID, int] | None = None) -> int:
    """Give back as the buyer's cancellation does."""
    async with transaction(actor=BUYER):
        return await service.release(order_id, now=NOW, quantities=quantities)


async def keep(order_id: UUID, *, actor: Actor) -> None:
    """Keep as the supplier's acceptance does."""
    async with transaction(actor=actor):
        await service.keep_reservations(order_id)


async def levels(connection: Connection, offer_id: UUID) -> tuple[int, int]:
    """Read on hand and reserved of an offer with one site."""
    row = await connection.fetchrow("SELECT on_hand, reserved FROM vendors.stock_levels WHERE offer_id = $1", offer_id)
    assert row is not None
    return row[0], row[1]


async def test_more_than_available_reserves_nothing_and_says_what_is_left(rolled_back: Connection) -> None:
    seller = await market.shop("Hansa Lager", now=NOW)
    product_id = await market.product("P-1", now=NOW)
    offer_id = await market.offer(seller, product_id, "H-1", now=NOW, on_hand=10, safety=2)
    with pytest.raises(OutOfStock) as caught:
        await reserve(wish(seller, product_id, offer_id, 5), wish(seller, product_id, offer_id, 4))
    assert caught.value.params == {"wanted": (4, ""), "available": (3, "")}
    assert (caught.value.extra["wanted"], caught.value.extra["available"]) == (4, 3)
    assert await levels(rolled_back, offer_id) == (10, 0)


async def test_too_little_of_a_unit_with_decimals_is_told_in_it(rolled_back: Connection) -> None:
    seller = await market.shop("Hansa Lager", now=NOW)
    product_id = await market.product("P-1", now=NOW)
    offer_id = await market.offer(seller, product_id, "H-1", now=NOW, on_hand=150)
    with pytest.raises(OutOfStock) as caught:
        await reserve(msgspec.structs.replace(wish(seller, product_id, offer_id, 250), unit=(2, "m")))
    told = word(OutOfStock.message, caught.value.params, "en")
    assert told == "2.5\u00a0m are wanted and 1.5\u00a0m available now; nothing was reserved."
    assert (caught.value.extra["wanted"], caught.value.extra["available"]) == ("2.5", "1.5")
    assert await levels(rolled_back, offer_id) == (150, 0)


async def test_backorder_reserves_beyond_what_is_there(rolled_back: Connection) -> None:
    seller = await market.shop("Hansa Lager", now=NOW)
    product_id = await market.product("P-1", now=NOW)
    offer_id = await market.offer(seller, product_id, "H-1", now=NOW, on_hand=1, allows_backorder=True)
    await reserve(wish(seller, product_id, offer_id, 5))
    assert await levels(rolled_back, offer_id) == (1, 5)


async def test_an_order_is_kept_shipped_in_part_and_released(rolled_back: Connection) -> None:
    seller = await market.shop("Hansa Lager", now=NOW)
    product_id = await market.product("P-1", now=NOW)
    offer_id = await market.offer(seller, product_id, "H-1", now=NOW)
    order_id, line_id = uuid7(), uuid7()
    await reserve(wish(seller, product_id, offer_id, 6, order_id=order_id, line_id=line_id))
    await keep(order_id, actor=seller.actor)
    assert await service.expire_reservations(NOW + 2 * HOUR) == 0
    await service.ship_stock(order_id, {line_id: 4}, now=NOW, actor=seller.actor)
    assert await levels(rolled_back, offer_id) == (6, 2)
    with pytest.raises(NothingReserved):
        await service.ship_stock(order_id, {line_id: 3}, now=NOW, actor=seller.actor)
    assert await release(order_id, quantities={line_id: 1}) == 1
    assert await release(order_id) == 1
    assert await release(order_id) == 0
    assert await levels(rolled_back, offer_id) == (6, 0)


async def test_what_is_not_accepted_in_time_is_given_back(rolled_back: Connection) -> None:
    seller = await market.shop("Hansa Lager", now=NOW)
    product_id = await market.product("P-1", now=NOW)
    offer_id = await market.offer(seller, product_id, "H-1", now=NOW)
    await reserve(wish(seller, product_id, offer_id, 6))
    assert await service.expire_reservations(NOW + HOUR - timedelta(seconds=1)) == 0
    assert await service.expire_reservations(NOW + HOUR) == 1
    assert await levels(rolled_back, offer_id) == (10, 0)


@pytest.mark.usefixtures("rolled_back")
async def test_a_count_below_what_is_reserved_is_stored_and_shows_as_short() -> None:
    seller = await market.shop("Hansa Lager", now=NOW)
    product_id = await market.product("P-1", now=NOW)
    offer_id = await market.offer(seller, product_id, "H-1", now=NOW)
    await reserve(wish(seller, product_id, offer_id, 6))
    _, level = await offers.set_stock(offer_id, on_hand=4, version=1, actor=seller.actor, now=NOW)
    assert (level.on_hand, level.reserved, level.available, level.is_short) == (4, 6, 0, True)


async def test_a_reservation_takes_from_its_own_site_first(rolled_back: Connection) -> None:
    seller = await market.shop("Hansa Lager", now=NOW)
    second = await create_site(seller.supplier_id, site=NewSite(name="Second", country="DE", time_zone="Europe/Berlin"), actor=seller.actor, now=NOW)
    product_id = await market.product("P-1", now=NOW)
    offer_id = await market.offer(seller, product_id, "H-1", now=NOW, on_hand=3)
    await offers.set_stock(offer_id, on_hand=5, site_id=second, version=None, actor=seller.actor, now=NOW)
    await reserve(wish(seller, product_id, offer_id, 7))
    rows = await rolled_back.fetch("SELECT site_id, reserved FROM vendors.stock_levels WHERE offer_id = $1", offer_id)
    assert {row[0]: row[1] for row in rows} == {seller.site_id: 3, second: 4}


async def test_more_leaves_a_site_than_was_counted(rolled_back: Connection) -> None:
    seller = await market.shop("Hansa Lager", now=NOW)
    product_id = await market.product("P-1", now=NOW)
    offer_id = await market.offer(seller, product_id, "H-1", now=NOW, on_hand=1, allows_backorder=True)
    order_id, line_id = uuid7(), uuid7()
    await reserve(wish(seller, product_id, offer_id, 5, order_id=order_id, line_id=line_id))
    await service.ship_stock(order_id, {line_id: 5}, now=NOW, actor=seller.actor)
    assert await levels(rolled_back, offer_id) == (0, 0)
    rows = await rolled_back.fetch("SELECT kind, quantity FROM vendors.stock_movements WHERE offer_id = $1 ORDER BY id", offer_id)
    assert [tuple(row) for row in rows] == [("opening", 1), ("count", 4), ("shipped", -5)]


async def test_sixty_four_wishes_for_the_last_piece_reserve_it_once(committed: Settings) -> None:
    from marketplace.kernel import database  # noqa: PLC0415 - only here a pool is read directly

    assert committed
    seller = await market.shop("Hansa Lager", now=NOW)
    product_id = await market.product("P-1", now=NOW)
    offer_id = await market.offer(seller, product_id, "H-1", now=NOW, on_hand=1)
    wishes = [reserve(wish(seller, product_id, offer_id, 1)) for _ in range(64)]
    results = await asyncio.gather(*wishes, return_exceptions=True)
    assert [result for result in results if result is not None and not isinstance(result, OutOfStock)] == []
    assert results.count(None) == 1
    async with database.reading() as connection:
        assert await levels(connection, offer_id) == (1, 1)
