"""Tests of the lowest prices of the past months: an offer counts where its supplier sold at that moment, as far as that is known."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from marketplace.kernel.actor import Actor
from marketplace.kernel.ids import uuid7
from marketplace.trade.compare import service as compare
from tests.conftest import NOW
from tests.vendors import market
from vendors.life import service as life
from vendors.life.schemas import LifeChange

if TYPE_CHECKING:
    from uuid import UUID

    from marketplace.kernel.database import Connection

pytestmark = pytest.mark.usefixtures("rolled_back")
YEAR = timedelta(days=400)
OPERATOR = Actor(organisation_id=uuid7(), person_id=uuid7(), capacities=frozenset({"operator"}), roles=frozenset({"admin"}))
# The moments are about thirty days apart, the last one is now.
DEAR, CHEAP = Decimal(20), Decimal(10)


async def two_shops() -> tuple[UUID, market.Shop]:
    """Let two suppliers offer a product for over a year, the second at half the price; give the product and the second."""
    first, second = await market.shop("Rhein Teile", now=NOW - YEAR), await market.shop("Hansa Lager", now=NOW - YEAR)
    product_id = await market.product("P-1", now=NOW - YEAR)
    for seller, sku, price in ((first, "R-1", DEAR), (second, "H-1", CHEAP)):
        await market.offer(seller, product_id, sku, now=NOW - YEAR, tiers=market.tiers((1, str(price))), valid_from=NOW - YEAR)
    return product_id, second


async def act(seller: market.Shop, name: str, days_ago: int, version: int, **dates: Any) -> None:
    """Act on a supplier's life so many days ago."""
    by = OPERATOR if name in {"suspend", "lift", "give_notice", "withdraw_notice", "end"} else seller.actor
    change = LifeChange(act=name, reason="For the test.", version=version, **dates)  # type: ignore[arg-type]
    await life.change_life(seller.supplier_id, change, actor=by, now=NOW - timedelta(days=days_ago))


async def told(product_id: UUID) -> str:
    """Tell of each of the thirteen moments, the oldest first, which price was the lowest: cheap, dear or none."""
    found = dict(await compare.lowest_prices(product_id, currency="EUR", now=NOW))
    moments = [NOW - timedelta(days=365 * step // 12) for step in range(12, -1, -1)]
    return "".join({CHEAP: "c", DEAR: "d", None: "-"}[found.get(moment)] for moment in moments)


async def test_a_supplier_that_always_sold_counts_in_every_month() -> None:
    product_id, _ = await two_shops()
    assert await told(product_id) == "c" * 13


async def test_a_supplier_that_is_paused_today_counts_where_it_sold() -> None:
    product_id, cheap = await two_shops()
    await act(cheap, "pause", 45, 1)
    assert await told(product_id) == "c" * 11 + "dd"
    await act(cheap, "reopen", 10, 2)
    assert await told(product_id) == "c" * 11 + "dc"


async def test_a_suspension_and_a_notice_that_ran_out_leave_their_months_out() -> None:
    product_id, cheap = await two_shops()
    await act(cheap, "suspend", 200, 1)
    await act(cheap, "lift", 130, 2)
    await act(cheap, "give_notice", 100, 3, ends_on=(NOW - timedelta(days=70)).date())
    assert await told(product_id) == "c" * 6 + "dd" + "cc" + "ddd"


async def test_a_closure_leaves_its_days_out_and_one_that_was_dropped_none() -> None:
    product_id, cheap = await two_shops()
    days = {"closed_from": (NOW - timedelta(days=95)).date(), "closed_to": (NOW - timedelta(days=85)).date()}
    await act(cheap, "close", 120, 1, **days)
    assert await told(product_id) == "c" * 9 + "d" + "ccc"
    await act(cheap, "cancel_closure", 110, 2)
    assert await told(product_id) == "c" * 13


async def test_an_offer_counts_from_its_first_valid_day_and_no_barred_company_at_all(rolled_back: Connection) -> None:
    product_id, cheap = await two_shops()
    await rolled_back.execute("UPDATE vendors.offers SET valid_from = $2 WHERE supplier_id = $1", cheap.supplier_id, NOW - timedelta(days=100))
    assert await told(product_id) == "d" * 9 + "cccc"
    await rolled_back.execute("UPDATE kernel.organisations SET state = 'suspended' WHERE id = $1", cheap.supplier_id)
    assert await told(product_id) == "d" * 13


async def test_a_price_that_is_hidden_today_is_in_no_month(rolled_back: Connection) -> None:
    product_id, cheap = await two_shops()
    await rolled_back.execute("UPDATE vendors.offers SET visibility = 'prices_hidden' WHERE supplier_id = $1", cheap.supplier_id)
    assert await told(product_id) == "d" * 13
