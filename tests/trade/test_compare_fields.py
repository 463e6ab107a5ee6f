"""Tests of fields: what many products' offers come to at once, ranked under any weights and at other prices, exactly as the comparison ranks them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from marketplace.kernel.actor import ANONYMOUS
from marketplace.kernel.database import connection, reading
from marketplace.kernel.fx import service as fx
from marketplace.kernel.ids import uuid7
from marketplace.trade.compare import service
from marketplace.trade.compare.schemas import Change, Wanted
from marketplace.trade.weights import service as weights
from marketplace.trade.weights.schemas import Weights
from tests.conftest import NOW
from tests.trade import deals
from tests.vendors.market import offer, product, tiers
from vendors.offers import service as offers

if TYPE_CHECKING:
    from uuid import UUID

pytestmark = pytest.mark.usefixtures("rolled_back")
ALL_CHECKS = Weights(cost=0, time=0, on_time=0, checks=100_000, stock=0, cost_slope=1000)


def wanted(product_id: UUID, quantity: int | None = 60) -> Wanted:
    return Wanted(product_id=product_id, quantity=quantity, country="DE", postal_code="10115")


async def places(product_id: UUID, quantity: str) -> dict[str, int | None]:
    """Give the places that the comparison itself shows."""
    found = await service.compare_given(product_id, {"quantity": quantity, "country": "DE", "postal_code": "10115"}, viewer=ANONYMOUS, now=NOW)
    return {one.offer_id: one.place for one in found.offers}


async def test_fields_of_many_products_have_the_places_of_each_comparison() -> None:
    first, second = await deals.deal(now=NOW), await deals.deal(now=NOW, on_hand=59)
    alone = await product(f"P-{uuid7()}", now=NOW)
    asked = [wanted(second.product_id), wanted(alone), wanted(first.product_id), wanted(first.product_id, None)]
    found = await service.fields(asked, currency="EUR", viewer=ANONYMOUS, now=NOW)
    by = (await weights.in_force(NOW)).weights
    assert [field.product_id for field in found] == [one.product_id for one in asked]
    assert found[0].places(by) == await places(second.product_id, "60")
    assert found[1].places(by) == {}
    assert found[2].places(by) == await places(first.product_id, "60")
    assert found[3].places(by) == await places(first.product_id, "1")
    assert found[3].ask.quantity == 1


async def test_a_field_asks_four_statements_however_many_products_it_holds() -> None:
    markets = [await deals.deal(now=NOW) for _ in range(3)]
    await fx.rates(NOW)
    said: list[str] = []
    async with reading():
        with connection().query_logger(lambda record: said.append(record.query)):
            found = await service.fields([wanted(one.product_id) for one in markets], currency="EUR", viewer=ANONYMOUS, now=NOW)
    assert [len(field.rows) for field in found] == [3, 3, 3]
    assert len([query for query in said if "FROM" in query and "kernel.fx_rates" not in query]) <= 4


async def test_a_changed_price_gives_the_places_that_the_comparison_has_once_it_is_set() -> None:
    market = await deals.deal(now=NOW)
    by = (await weights.in_force(NOW)).weights
    before = await service.fields([wanted(market.product_id)], currency="EUR", viewer=ANONYMOUS, now=NOW)
    dearest = max(before[0].rows, key=lambda row: row.total_minor)
    assert dearest.offer_id == str(market.rhein_offer)
    cheap = tiers((1, "5.00"))
    after = await service.changed(before, {dearest.offer_id: Change(tiers=cheap)}, now=NOW)
    shown = before[0].places(by)
    assert after[0].places(by)[dearest.offer_id] == 1
    assert before[0].places(by) == shown, "the field itself stays as it was"
    await offers.set_price(market.rhein_offer, tiers=cheap, version=None, actor=market.rhein.actor, now=NOW)
    assert after[0].places(by) == await places(market.product_id, "60")
    row = next(row for row in after[0].rows if row.offer_id == dearest.offer_id)
    assert (row.goods_minor, row.total_minor, row.unit_price) == (30_000, 30_490, 5_000_000)


async def test_changed_stock_takes_an_offer_out_of_the_ranked_and_back() -> None:
    market = await deals.deal(now=NOW)
    by = (await weights.in_force(NOW)).weights
    before = await service.fields([wanted(market.product_id)], currency="EUR", viewer=ANONYMOUS, now=NOW)
    after = await service.changed(before, {str(market.hansa_offer): Change(available=59)}, now=NOW)
    assert after[0].places(by)[str(market.hansa_offer)] is None
    again = await service.changed(after, {str(market.hansa_offer): Change(available=60)}, now=NOW)
    assert again[0].places(by)[str(market.hansa_offer)] is not None


async def test_an_offer_whose_tiers_begin_above_the_quantity_leaves_the_field_and_no_other_moves() -> None:
    market = await deals.deal(now=NOW)
    before = await service.fields([wanted(market.product_id)], currency="EUR", viewer=ANONYMOUS, now=NOW)
    after = await service.changed(before, {str(market.hansa_offer): Change(tiers=tiers((1000, "1.00")))}, now=NOW)
    assert {row.offer_id for row in after[0].rows} == {str(market.rhein_offer), str(market.kuwait_offer)}
    dearest = await service.changed(before, {str(market.hansa_offer): Change(tiers=tiers((1, "99999999999.00")))}, now=NOW)
    assert [row.offer_id for row in dearest[0].rows] == [row.offer_id for row in after[0].rows]


async def test_a_field_is_ranked_under_any_weights() -> None:
    market = await deals.deal(now=NOW)
    (field,) = await service.fields([wanted(market.product_id)], currency="EUR", viewer=ANONYMOUS, now=NOW)
    scored = field.ranked(ALL_CHECKS)
    assert [item.score for item in scored] == sorted((item.score or 0 for item in scored), reverse=True)
    told = field.standings(ALL_CHECKS)
    assert [(one.offer_id, one.place, one.group) for one in told] == [(item.contender.offer_id, item.place, item.group) for item in scored]
    assert {one.offer_id: one.total_minor for one in told}[str(market.hansa_offer)] == 66_990
    assert all(part.points == 0 for item in scored for part in item.factors if part.factor in {"time", "on_time", "stock"})


async def test_of_more_than_fifty_offers_those_compete_that_are_lowest_before_freight() -> None:
    market = await deals.deal(now=NOW)
    extra = [
        await offer(market.hansa, market.product_id, f"X-{number}", now=NOW, on_hand=100, tiers=tiers((1, f"{20 + number}.00")))
        for number in range(49)
    ]
    by = (await weights.in_force(NOW)).weights
    before = await service.fields([wanted(market.product_id)], currency="EUR", viewer=ANONYMOUS, now=NOW)
    assert (len(before[0].rows), len(before[0].places(by))) == (52, 50)
    assert str(extra[-1]) not in before[0].places(by)
    after = await service.changed(before, {str(extra[-1]): Change(tiers=tiers((1, "1.00")))}, now=NOW)
    assert after[0].places(by)[str(extra[-1])] == 1
    assert str(extra[-3]) not in after[0].places(by)
