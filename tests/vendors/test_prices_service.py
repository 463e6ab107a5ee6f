"""Tests of an offer's prices over time: planned, ending, withdrawn, and the lowest of the last 30 days."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.kernel.actor import ANONYMOUS
from marketplace.kernel.errors import InvalidInput, NotFound, VersionConflict
from marketplace.kernel.ids import uuid7
from tests.conftest import NOW
from tests.vendors import market
from vendors.offers import service as offers
from vendors.offers.errors import PriceOfNothing, TiersNotAscending
from vendors.prices import rules, service
from vendors.prices.errors import PriceBackdated, PriceClash, PriceEndsFirst, PriceHasBegun, PriceTooFarAhead, PriceWithdrawn, PromotionHolds
from vendors.prices.schemas import NewPrice, Span
from vendors.visibility import service as visibility
from vendors.visibility.schemas import RuleIn

if TYPE_CHECKING:
    from uuid import UUID

    from marketplace.kernel.database import Connection

DAY = timedelta(days=1)
VERSIONS = "SELECT count(*) FROM vendors.price_versions WHERE offer_id = $1"


def price(amount: str, starts: datetime | None = None, ends: datetime | None = None) -> NewPrice:
    return NewPrice(tiers=market.tiers((1, amount)), starts=starts, ends=ends)


async def one_offer() -> tuple[market.Shop, UUID, UUID]:
    seller = await market.shop("Hansa Lager", now=NOW)
    product_id = await market.product("P-1", now=NOW)
    return seller, product_id, await market.offer(seller, product_id, "H-1", now=NOW)


async def price_at(product_id: UUID, moment: datetime) -> str:
    (found,) = await offers.offers_for_comparison(product_id, now=moment, viewer=ANONYMOUS)
    return found.tier_price[0]


async def test_a_planned_price_holds_from_its_moment_on_without_a_job(rolled_back: Connection) -> None:
    assert rolled_back
    seller, product_id, offer_id = await one_offer()
    assert await service.plan(offer_id, price=price("10.00", NOW + DAY), version=1, actor=seller.actor, now=NOW) == 2
    assert await price_at(product_id, NOW + DAY - timedelta(microseconds=1)) == "12.500000"
    assert await price_at(product_id, NOW + DAY) == "10.000000"


async def test_after_a_promotion_the_price_of_then_holds_again_whatever_it_has_become(rolled_back: Connection) -> None:
    assert rolled_back
    seller, product_id, offer_id = await one_offer()
    await service.plan(offer_id, price=price("8.00", NOW + 2 * DAY, NOW + 4 * DAY), version=None, actor=seller.actor, now=NOW)
    await offers.set_price(offer_id, tiers=market.tiers((1, "11.00")), version=None, actor=seller.actor, now=NOW + DAY)
    told = [await price_at(product_id, NOW + days * DAY) for days in (0, 1, 2, 3, 4, 5)]
    assert told == ["12.500000", "11.000000", "8.000000", "8.000000", "11.000000", "11.000000"]


async def test_a_withdrawn_price_never_holds_and_stays_on_record(rolled_back: Connection) -> None:
    seller, product_id, offer_id = await one_offer()
    await service.plan(offer_id, price=price("10.00", NOW + DAY), version=None, actor=seller.actor, now=NOW)
    coming = (await service.versions(offer_id, actor=seller.actor))[0]
    assert await service.withdraw(coming.id, actor=seller.actor, now=NOW) == offer_id
    assert await price_at(product_id, NOW + 2 * DAY) == "12.500000"
    kept = (await service.versions(offer_id, actor=seller.actor))[0]
    assert (kept.id, kept.withdrawn_at, kept.state(NOW, None), await rolled_back.fetchval(VERSIONS, offer_id)) == (coming.id, NOW, "withdrawn", 2)
    for later in (NOW, NOW + 2 * DAY):
        with pytest.raises(PriceWithdrawn):
            await service.withdraw(coming.id, actor=seller.actor, now=later)
    assert (await service.versions(offer_id, actor=seller.actor))[0] == kept
    assert await rolled_back.fetchval("SELECT count(*) FROM vendors.price_withdrawals WHERE offer_id = $1", offer_id) == 1
    await service.plan(offer_id, price=price("9.00", NOW + DAY), version=None, actor=seller.actor, now=NOW)
    assert await price_at(product_id, NOW + DAY) == "9.000000"


async def test_a_price_that_has_begun_is_not_withdrawn_nor_anothers(rolled_back: Connection) -> None:
    seller, product_id, offer_id = await one_offer()
    other = await market.shop("Rhein Teile", now=NOW)
    (first,) = await service.versions(offer_id, actor=seller.actor)
    with pytest.raises(PriceHasBegun):
        await service.withdraw(first.id, actor=seller.actor, now=NOW)
    for who, price_id in ((other.actor, first.id), (seller.actor, uuid7())):
        with pytest.raises(NotFound):
            await service.withdraw(price_id, actor=who, now=NOW)
    with pytest.raises(NotFound):
        await service.versions(offer_id, actor=other.actor)
    assert await rolled_back.fetchval("SELECT count(*) FROM vendors.price_withdrawals WHERE offer_id = $1", offer_id) == 0
    assert await price_at(product_id, NOW) == "12.500000"


@pytest.mark.parametrize(
    "planned,new,meets",
    [
        ((5, None), (5, None), True),
        ((5, None), (6, None), False),
        ((5, None), (4, None), False),
        ((5, 9), (6, None), True),
        ((5, 9), (9, None), False),
        ((5, 9), (4, None), False),
        ((5, 9), (3, 5), False),
        ((5, 9), (3, 6), True),
        ((5, 9), (8, 12), True),
        ((5, 9), (3, 12), True),
        ((5, 9), (6, 7), True),
        ((5, None), (3, 6), True),
    ],
)
async def test_two_prices_of_one_moment_are_refused_naming_the_other(
    rolled_back: Connection, planned: tuple[int, int | None], new: tuple[int, int | None], *, meets: bool
) -> None:
    seller, _, offer_id = await one_offer()
    first, second = (price("9.00", NOW + start * DAY, None if end is None else NOW + end * DAY) for start, end in (planned, new))
    await service.plan(offer_id, price=first, version=None, actor=seller.actor, now=NOW)
    if not meets:
        await service.plan(offer_id, price=second, version=None, actor=seller.actor, now=NOW)
        return
    with pytest.raises(PriceClash) as caught:
        await service.plan(offer_id, price=second, version=None, actor=seller.actor, now=NOW)
    assert caught.value.params["starts"] == NOW + planned[0] * DAY
    assert caught.value.extra["ends"] == (None if planned[1] is None else (NOW + planned[1] * DAY).isoformat())
    assert await rolled_back.fetchval(VERSIONS, offer_id) == 2


async def test_a_promotion_that_has_begun_says_until_when_and_a_price_set_now_ends_it_for_all_planning(rolled_back: Connection) -> None:
    seller, product_id, offer_id = await one_offer()
    await service.plan(offer_id, price=price("8.00", NOW + DAY, NOW + 9 * DAY), version=None, actor=seller.actor, now=NOW)
    at = NOW + 2 * DAY
    with pytest.raises(PromotionHolds) as caught:
        await service.plan(offer_id, price=price("7.00", NOW + 3 * DAY), version=None, actor=seller.actor, now=at)
    assert (caught.value.params, caught.value.extra["starts"]) == ({"ends": NOW + 9 * DAY}, (NOW + DAY).isoformat())
    assert await rolled_back.fetchval(VERSIONS, offer_id) == 2
    await service.plan(offer_id, price=price("7.50", NOW + 9 * DAY), version=None, actor=seller.actor, now=at)
    await offers.set_price(offer_id, tiers=market.tiers((1, "11.00")), version=None, actor=seller.actor, now=at)
    await service.plan(offer_id, price=price("7.00", NOW + 3 * DAY, NOW + 5 * DAY), version=None, actor=seller.actor, now=at)
    assert [await price_at(product_id, NOW + days * DAY) for days in (2, 3, 4, 5, 8, 9)] == [
        "11.000000", "7.000000", "7.000000", "11.000000", "11.000000", "7.500000",
    ]  # fmt: skip


async def test_what_cannot_be_planned_changes_nothing(rolled_back: Connection) -> None:
    seller, _, offer_id = await one_offer()
    late = NOW + service.AHEAD_MAX
    refused: list[tuple[type[Exception], NewPrice, int | None]] = [
        (PriceBackdated, price("1.00", NOW - timedelta(microseconds=1)), 1),
        (PriceTooFarAhead, price("1.00", late + timedelta(microseconds=1)), 1),
        (PriceEndsFirst, price("1.00", NOW + DAY, NOW + DAY), 1),
        (PriceEndsFirst, price("1.00", None, NOW), 1),
        (VersionConflict, price("1.00", late), 7),
        (TiersNotAscending, NewPrice(tiers=market.tiers((2, "1.00")), starts=late), 1),
        (PriceOfNothing, NewPrice(tiers=market.tiers((1, "1.00"), (5, "0")), starts=late), 1),
    ]
    for error, new, version in refused:
        with pytest.raises(error):
            await service.plan(offer_id, price=new, version=version, actor=seller.actor, now=NOW)
    assert await rolled_back.fetchval(VERSIONS, offer_id) == 1
    assert await rolled_back.fetchval("SELECT version FROM vendors.offers WHERE id = $1", offer_id) == 1
    await service.plan(offer_id, price=price("1.00", late), version=1, actor=seller.actor, now=NOW)


async def test_the_lowest_of_30_days_counts_every_price_that_held_and_no_other(rolled_back: Connection) -> None:
    assert rolled_back
    seller, product_id, offer_id = await one_offer()
    later = NOW + 100 * DAY
    for days, amount in ((60, "5.00"), (75, "9.00"), (80, "8.00"), (90, "13.00")):
        await offers.set_price(offer_id, tiers=market.tiers((1, amount)), version=None, actor=seller.actor, now=NOW + days * DAY)
    await service.plan(offer_id, price=price("1.00", later + DAY), version=None, actor=seller.actor, now=later)
    (low,) = await service.lows(product_id, now=later, viewer=ANONYMOUS)
    assert (low.unit_price, low.currency, low.quantity) == (Decimal("5.000000"), "EUR", 1)
    assert (low.since, low.until) == (NOW + 60 * DAY, NOW + 75 * DAY)
    (low,) = await service.lows(product_id, now=later + 6 * DAY, viewer=ANONYMOUS)
    assert (low.unit_price, low.since, low.until) == (Decimal("1.000000"), later + DAY, None)
    await visibility.set_level(RuleIn(level="prices_hidden"), actor=seller.actor, now=later)
    assert await service.lows(product_id, now=later, viewer=ANONYMOUS) == []
    assert len(await service.lows(product_id, now=later, viewer=seller.actor, offer_id=offer_id)) == 1


async def test_a_price_outside_of_the_offers_validity_is_no_lowest_price(rolled_back: Connection) -> None:
    seller, product_id, offer_id = await one_offer()
    later = NOW + 100 * DAY
    for days, amount in ((60, "3.00"), (85, "7.00"), (90, "9.00")):
        await offers.set_price(offer_id, tiers=market.tiers((1, amount)), version=None, actor=seller.actor, now=NOW + days * DAY)
    (low,) = await service.lows(product_id, now=later, viewer=ANONYMOUS)
    assert (low.unit_price, low.until) == (Decimal(3), NOW + 85 * DAY)
    await rolled_back.execute("UPDATE vendors.offers SET valid_from = $2 WHERE id = $1", offer_id, NOW + 80 * DAY)
    (low,) = await service.lows(product_id, now=later, viewer=ANONYMOUS)
    assert (low.unit_price, low.since, low.until) == (Decimal(3), NOW + 60 * DAY, NOW + 85 * DAY)
    await rolled_back.execute("UPDATE vendors.offers SET valid_from = $2 WHERE id = $1", offer_id, NOW + 86 * DAY)
    (low,) = await service.lows(product_id, now=later, viewer=ANONYMOUS)
    assert (low.unit_price, low.since, low.until) == (Decimal(7), NOW + 85 * DAY, NOW + 90 * DAY)
    await rolled_back.execute("UPDATE vendors.offers SET valid_to = $2 WHERE id = $1", offer_id, NOW + 88 * DAY)
    assert await service.lows(product_id, now=later, viewer=ANONYMOUS) == []
    (low,) = await service.lows(product_id, now=NOW + 87 * DAY, viewer=ANONYMOUS)
    assert (low.unit_price, low.until) == (Decimal(7), None)


SPANS = st.lists(st.tuples(st.integers(0, 40), st.one_of(st.none(), st.integers(1, 20))), max_size=8)


@given(wanted=SPANS)
def test_of_planned_spans_none_is_cut_short_by_another(wanted: list[tuple[int, int | None]]) -> None:
    kept: list[Span] = []
    for start, length in wanted:
        span = Span(NOW + start * DAY, None if length is None else NOW + (start + length) * DAY)
        if rules.clash(span, kept) is None:
            kept.append(span)
    assert len({span.starts for span in kept}) == len(kept)
    for one in kept:
        others = [span for span in kept if span is not one]
        assert not any(one.ends is not None and one.starts <= other.starts < one.ends for other in others)


@pytest.mark.parametrize(
    "typed,time_zone,expected",
    [
        ("2027-01-04T08:00", "Europe/Berlin", datetime(2027, 1, 4, 7, tzinfo=UTC)),
        ("2027-07-04T08:00", "Europe/Berlin", datetime(2027, 7, 4, 6, tzinfo=UTC)),
        ("2027-01-04T08:00", "Asia/Ho_Chi_Minh", datetime(2027, 1, 4, 1, tzinfo=UTC)),
    ],
)
def test_a_local_time_is_read_in_its_zone(typed: str, time_zone: str, expected: datetime) -> None:
    assert rules.moment_in(typed, time_zone=time_zone, pointer="/starts") == expected


@pytest.mark.parametrize(
    "typed,code,params",
    [
        ("2027-03-28T02:30", "no-such-moment", {"before": "2027-03-28T01:30", "after": "2027-03-28T03:30"}),
        ("2027-10-31T02:30", "moment-twice", {"before": "2027-10-31T01:30", "after": "2027-10-31T03:30"}),
        ("2027-02-30T02:30", "bad-moment", {}),
        ("1999-02-03T02:30", "bad-moment", {}),
        ("2027-01-04", "bad-moment", {}),
        ("\u0662\u0660\u0662\u0667-01-04T08:00", "bad-moment", {}),
        ("", "bad-moment", {}),
    ],
)
def test_a_local_time_that_is_none_or_two_is_refused_naming_its_neighbours(typed: str, code: str, params: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput) as caught:
        rules.moment_in(typed, time_zone="Europe/Berlin", pointer="/starts")
    (error,) = caught.value.errors
    assert (error.pointer, error.code, error.params) == ("/starts", code, params)


async def test_the_lowest_of_a_product_is_told_in_one_currency_and_to_whoever_may_see_it(rolled_back: Connection) -> None:
    assert rolled_back
    seller, product_id, _ = await one_offer()
    other = await market.shop("Rhein Teile", now=NOW)
    cheap = await market.offer(other, product_id, "R-1", now=NOW, tiers=market.tiers((1, "11.00")))
    found = await service.lowest(product_id, currency="EUR", now=NOW, viewer=ANONYMOUS)
    assert found is not None
    assert (found[0].offer_id, found[0].supplier_name, found[1]) == (cheap, "Rhein Teile", Decimal("11.000000"))
    await visibility.set_level(RuleIn(level="login_required"), actor=other.actor, now=NOW)
    hidden = await service.lowest(product_id, currency="EUR", now=NOW, viewer=ANONYMOUS)
    assert hidden is not None
    assert (hidden[0].supplier_name, hidden[1]) == ("Hansa Lager", Decimal("12.500000"))
    assert await service.lowest(product_id, currency="XTS", now=NOW, viewer=seller.actor) is None
    with pytest.raises(NotFound):
        await service.lows_of_product(uuid7(), now=NOW, viewer=ANONYMOUS)
