"""Tests of the comparison: exact figures of a small market, groups, defaults, what is not known, and how little it asks the database."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest

from marketplace.kernel.actor import ANONYMOUS
from marketplace.kernel.database import connection, reading
from marketplace.kernel.errors import InvalidInput, NotFound
from marketplace.kernel.fx import service as fx
from marketplace.kernel.fx.schemas import NewRate
from marketplace.kernel.ids import uuid7
from marketplace.kernel.money import AmountTooLarge
from marketplace.trade.carts import service as carts
from marketplace.trade.compare import rules, service
from services_addons.logistics import service as logistics
from services_addons.logistics.schemas import FreightTableIn, RateIn, ZoneIn
from tests.conftest import NOW
from tests.trade import deals
from tests.vendors.market import offer, product, shop, tiers
from vendors.sites.schemas import NewSite
from vendors.sites.service import create_site

if TYPE_CHECKING:
    from marketplace.trade.compare.schemas import Comparison, OfferOut

pytestmark = pytest.mark.usefixtures("rolled_back")
ASK = {"quantity": "60", "country": "DE", "postal_code": "10115"}


async def compared(product_id: UUID, **given: str) -> Comparison:
    """Compare as an anonymous visitor."""
    return await service.compare_given(product_id, ASK | given, viewer=ANONYMOUS, now=NOW)


def of(found: Comparison, offer_id: UUID) -> OfferOut:
    """Find an offer's row."""
    return next(one for one in found.offers if one.offer_id == str(offer_id))


async def test_the_figures_of_a_small_market_are_exact_and_name_their_sources() -> None:
    market = await deals.deal(now=NOW)
    found = await compared(market.product_id)
    hansa = of(found, market.hansa_offer)
    assert (hansa.price.unit_price, hansa.goods_minor, hansa.known_minor, hansa.total_minor) == (Decimal("11.00"), 66_000, 66_990, 66_990)
    assert [(one.kind, one.state, one.amount_minor) for one in hansa.components] == [
        ("goods", "known", 66_000),
        ("freight", "known", 990),
        ("insurance", "not_applicable", None),
        ("duty", "not_applicable", None),
        ("tax", "not_determined", None),
        ("terms", "not_applicable", None),
    ]
    goods, freight = hansa.components[:2]
    assert (goods.source, goods.as_of, goods.rule_id) == ("price-list", NOW, f"price-version:{hansa.price.price_version_id}")
    assert freight.source == "test"
    assert freight.as_of is not None
    assert (found.ranking_version, found.as_of, found.ask.currency) == (1, NOW, "EUR")


async def test_parts_and_points_add_up_for_every_offer_of_the_tests_world(world: Any) -> None:
    compared_offers = 0
    for product_id in world.product_ids[:12]:
        for need_by in ("", "2026-12-10"):
            found = await service.compare_given(product_id, {"quantity": "30", "country": "VN", "need_by": need_by}, viewer=ANONYMOUS, now=NOW)
            for one in found.offers:
                compared_offers += 1
                assert one.known_minor == sum(part.amount_minor or 0 for part in one.components)
                assert one.score is None or one.score == sum(part.points for part in one.factors)
                assert (one.total_minor is None) == bool(one.lacking)
    assert compared_offers > 20


async def test_what_costs_in_another_currency_is_converted_by_a_rate_that_is_shown() -> None:
    market = await deals.deal(now=NOW)
    kuwait = of(await compared(market.product_id), market.kuwait_offer)
    assert kuwait.fx is not None
    rate = kuwait.fx.rate
    assert (kuwait.fx.base, kuwait.fx.quote, kuwait.fx.provider, kuwait.fx.is_fixed) == ("KWD", "EUR", "demo", True)
    assert kuwait.components[0].original_minor == 247_500
    assert kuwait.components[0].amount_minor == int((Decimal("247.500") * rate * 100).quantize(Decimal(1)))


async def test_an_offer_without_an_exchange_rate_stands_apart_with_its_costs_not_known() -> None:
    market = await deals.deal(now=NOW)
    lats = await shop(f"Riga {uuid7()}", now=NOW, currency="MNT")
    await deals.freight(lats, "MNT", 100, now=NOW)
    apart = await offer(lats, market.product_id, "L-1", now=NOW, currency="MNT", on_hand=100)
    row = of(await compared(market.product_id), apart)
    assert (row.group, row.place, row.score, row.known_minor, row.total_minor, row.fx) == ("cost_not_known", None, None, 0, None, None)
    assert row.lacking == ("freight", "goods")
    assert [(one.original_minor, one.amount_minor, one.note) for one in row.components[:2]] == [
        (75_000, None, "no-exchange-rate"),
        (100, None, "no-exchange-rate"),
    ]


async def test_a_currency_that_no_offer_can_be_told_in_leaves_all_costs_not_known() -> None:
    market = await deals.deal(now=NOW)
    found = await compared(market.product_id, currency="MNT")
    assert [(one.group, one.place, one.known_minor, one.total_minor) for one in found.offers] == [("cost_not_known", None, 0, None)] * 3
    assert {part.note for one in found.offers for part in one.components[:2]} == {"no-exchange-rate"}
    assert (found.summary.ranked, found.summary.cost_not_known, found.summary.lowest_minor, found.summary.cheapest_id) == (0, 3, None, None)


async def test_a_quantity_below_the_least_or_between_multiples_is_rounded_up_for_that_offer_alone() -> None:
    market = await deals.deal(now=NOW)
    found = await compared(market.product_id, quantity="13")
    assert (of(found, market.hansa_offer).quantity, of(found, market.rhein_offer).quantity) == (13, 20)
    assert of(found, market.rhein_offer).goods_minor == 26_200


async def test_a_minimum_between_two_multiples_is_rounded_up_to_what_the_cart_takes() -> None:
    market = await deals.deal(now=NOW)
    packs = await offer(market.hansa, market.product_id, "H-4", now=NOW, on_hand=100, moq=10, multiple=4)
    for asked, sold in (("1", 12), ("10", 12), ("13", 16)):
        assert of(await compared(market.product_id, quantity=asked), packs).quantity == sold
    await deals.put(market, packs, 12, now=NOW)


async def test_no_price_of_nothing_is_told_to_make_an_offer_the_first() -> None:
    market = await deals.deal(now=NOW)
    cheap = await product(f"P-{uuid7()}", now=NOW)
    await deals.freight(market.hansa, "EUR", 590, now=NOW)
    dear, first = [await offer(seller, cheap, "Z-1", now=NOW, on_hand=100, tiers=tiers((1, "0.02"))) for seller in (market.hansa, market.rhein)]
    found = await compared(cheap)
    assert [one.offer_id for one in found.offers] == [str(first), str(dear)]
    told = of(found, dear).counterfactual
    assert told is not None
    assert (told.unit_price, told.total_minor) == (None, None)


async def test_the_next_tier_is_told_with_how_many_more_it_takes() -> None:
    market = await deals.deal(now=NOW)
    tier = of(await compared(market.product_id, quantity="20"), market.hansa_offer).next_tier
    assert tier is not None
    assert (tier.more, tier.unit_price, tier.change) == (30, Decimal("11.00"), Decimal("-0.1200"))
    assert of(await compared(market.product_id), market.hansa_offer).next_tier is None


async def test_who_arrives_after_the_needed_by_date_has_no_place_and_says_how_late() -> None:
    market = await deals.deal(now=NOW)
    plain = of(await compared(market.product_id), market.hansa_offer)
    assert (plain.ready_on, plain.arrives_on, plain.time_days, plain.is_late) == (date(2026, 11, 25), date(2026, 11, 27), 3, False)
    late = of(await compared(market.product_id, need_by="2026-11-26"), market.hansa_offer)
    assert (late.group, late.place, late.is_late, late.time_days) == ("too_late", None, True, -1)
    spare = of(await compared(market.product_id, need_by="2026-12-01"), market.hansa_offer)
    assert (spare.group, spare.time_days) == ("ranked", 4)


async def test_freight_that_reaches_nobody_there_leaves_the_cost_not_known_never_nought() -> None:
    market = await deals.deal(now=NOW)
    zone = ZoneIn(code="VN", transit_days=9, areas=["VN"], rates=[RateIn(1_000_000, 5_000)])
    (before,) = await logistics.my_freight_tables(actor=market.hansa.actor)
    newer = FreightTableIn(name="VN", currency="EUR", valid_from=NOW.date(), zones=[zone], source="test")
    await logistics.revise_table(before.id, newer, actor=market.hansa.actor, now=NOW)
    found = await compared(market.product_id, country="VN", postal_code="", currency="EUR")
    freight = {one.offer_id: one.components[1] for one in found.offers}
    assert freight[str(market.hansa_offer)].amount_minor == 5_000
    assert (freight[str(market.rhein_offer)].state, freight[str(market.rhein_offer)].amount_minor) == ("unknown", None)
    assert "freight" in of(found, market.rhein_offer).lacking
    assert of(found, market.rhein_offer).group == "cost_not_known"
    assert found.summary.before == ("duty",)


async def test_too_little_stock_has_no_place_unless_the_supplier_makes_to_order() -> None:
    market = await deals.deal(now=NOW, on_hand=59)
    made = await offer(market.hansa, market.product_id, "H-2", now=NOW, on_hand=0, allows_backorder=True)
    found = await compared(market.product_id)
    assert (of(found, market.hansa_offer).group, of(found, made).group) == ("short", "ranked")


async def test_a_told_counterfactual_makes_the_offer_first_when_the_market_is_compared_again() -> None:
    market = await deals.deal(now=NOW)
    first, second, *_ = (await compared(market.product_id, need_by="2026-12-01")).offers
    told = second.counterfactual
    assert first.counterfactual is None
    assert told is not None
    assert told.unit_price is not None
    seller = {market.hansa_offer: market.hansa, market.rhein_offer: market.rhein, market.kuwait_offer: market.kuwait}[UUID(second.offer_id)]
    from vendors.offers import service as offers  # noqa: PLC0415 - one use

    await offers.set_price(UUID(second.offer_id), tiers=tiers((1, str(told.unit_price))), version=None, actor=seller.actor, now=NOW)
    again = await compared(market.product_id, need_by="2026-12-01")
    assert (again.offers[0].offer_id, again.offers[0].known_minor) == (second.offer_id, told.total_minor)


async def test_no_counterfactual_date_lies_before_today_or_on_a_weekend(world: Any) -> None:
    told = []
    for product_id in world.product_ids:
        found = await service.compare_given(product_id, {"quantity": "5", "country": "DE"}, viewer=ANONYMOUS, now=NOW)
        told += [one.counterfactual.arrives_on for one in found.offers if one.counterfactual and one.counterfactual.arrives_on]
    assert all(day >= NOW.date() and day.isoweekday() < 6 for day in told)


async def test_places_are_those_of_ranking_the_answers_own_figures_again() -> None:
    market = await deals.deal(now=NOW)
    found = await compared(market.product_id, need_by="2026-12-01")
    contenders = [
        rules.Contender(
            offer_id=one.offer_id,
            total_minor=one.known_minor,
            lacking=frozenset(one.lacking),
            arrives_on=one.arrives_on,
            is_late=one.is_late,
            is_short=False,
            time_days=one.time_days,
            on_time_millionths=None if one.on_time.low is None else int(one.on_time.low * 10**6),
            checks=one.supplier.checks,
            stock_hundredths=int(one.stock.times * 100),
            has_need_by=True,
        )
        for one in reversed(found.offers)
    ]
    weights = (await compared(market.product_id)).weights
    again = rules.rank(contenders, weights)
    assert [(item.contender.offer_id, item.place, item.score) for item in again] == [(one.offer_id, one.place, one.score) for one in found.offers]


async def test_a_product_that_nobody_sells_has_an_empty_comparison_and_one_that_is_not_there_none() -> None:
    alone = await product(f"P-{uuid7()}", now=NOW)
    found = await compared(alone)
    assert (found.offers, found.unit_decimals, found.summary.ranked, found.summary.cheapest_id) == ([], 0, 0, None)
    with pytest.raises(NotFound):
        await compared(uuid7())


async def test_a_site_that_never_works_has_no_known_day_and_spoils_neither_comparison_cart_nor_checkout() -> None:
    market = await deals.deal(now=NOW)
    mondays = tuple(date(2026, 11, 23) + timedelta(days=7 * week) for week in range(60))
    site = NewSite(name="Never", country="DE", time_zone="Europe/Berlin", working_days=(1,), keeps_public_holidays=False, closed_on=mondays)
    site_id = await create_site(market.hansa.supplier_id, site=site, actor=market.hansa.actor, now=NOW)
    never = await offer(replace(market.hansa, site_id=site_id), market.product_id, "N-1", now=NOW, on_hand=100)
    found = await compared(market.product_id)
    one = of(found, never)
    assert (one.group, one.ready_on, one.arrives_on, one.transit_days, len(found.offers)) == ("ranked", None, None, None, 4)
    assert of(found, market.hansa_offer).arrives_on == date(2026, 11, 27)
    await deals.put(market, never, 1, now=NOW)
    (line,) = (await carts.view(actor=market.buyer.actor, now=NOW)).groups[0].lines
    assert (line.ready_on, line.arrives_on) == (None, None)
    placed = await deals.place(market, (market.rhein_offer, 10), now=NOW)
    assert len(placed.order_ids) == 2


async def test_above_fifty_offers_the_fifty_lowest_before_freight_are_compared_and_it_says_so() -> None:
    market = await deals.deal(now=NOW)
    for number in range(49):
        await offer(market.hansa, market.product_id, f"X-{number}", now=NOW, on_hand=100, tiers=tiers((1, f"{20 + number}.00")))
    found = await compared(market.product_id)
    assert (len(found.offers), found.is_capped) == (50, True)
    assert max(one.price.unit_price for one in found.offers) == Decimal("66.00")


@pytest.mark.parametrize(
    "name, value, code",
    [
        ("quantity", "0", "out-of-range"),
        ("quantity", "-1", "not-a-quantity"),
        ("quantity", "1.5", "too-fine"),
        ("quantity", "1e3", "not-a-quantity"),
        ("quantity", "١٢", "not-a-quantity"),
        ("quantity", "1_000", "not-a-quantity"),
        ("quantity", "NaN", "not-a-quantity"),
        ("quantity", "9" * 13, "not-a-quantity"),
        ("quantity", "1000001", "out-of-range"),
        ("quantity", " 5", "not-a-quantity"),
        ("country", "XX", "unknown-country"),
        ("country", "Germany", "unknown-country"),
        ("postal_code", "' OR 1=1", "not-a-postal-code"),
        ("need_by", "2026-02-30", "not-a-date"),
        ("need_by", "1999-01-01", "not-a-date"),
        ("need_by", "2101-01-01", "not-a-date"),
        ("need_by", "04/03/2027", "not-a-date"),
        ("need_by", "2026-11-23", "in-the-past"),
        ("currency", "eur", "unknown-currency"),
        ("currency", "XXX", "unknown-currency"),
    ],
)
async def test_terms_that_cannot_be_used_are_named(name: str, value: str, code: str) -> None:
    market = await deals.deal(now=NOW)
    with pytest.raises(InvalidInput) as refused:
        await compared(market.product_id, **{name: value})
    assert [(error.pointer, error.code) for error in refused.value.errors] == [(f"/{name}", code)]


async def test_an_amount_that_no_order_may_carry_is_refused() -> None:
    market = await deals.deal(now=NOW)
    dear = await product("P-dear", now=NOW)
    await offer(market.hansa, dear, "D-1", now=NOW, on_hand=100, tiers=tiers((1, "999999999.00")))
    assert (await compared(dear, quantity="1000")).offers
    with pytest.raises(AmountTooLarge):
        await compared(dear, quantity="1000000")


async def test_missing_terms_are_the_least_quantity_and_the_viewers_own_address_and_currency() -> None:
    market = await deals.deal(now=NOW)
    mine = await service.compare_given(market.product_id, {}, viewer=market.buyer.actor, now=NOW, has_defaults=True)
    assert (mine.ask.quantity, mine.ask.country, mine.ask.postal_code, mine.ask.currency) == (1, "DE", "10115", "EUR")
    theirs = await service.compare_given(market.product_id, {"country": "KW"}, viewer=ANONYMOUS, now=NOW, has_defaults=True)
    assert (theirs.ask.country, theirs.ask.currency) == ("KW", "KWD")


async def test_offers_for_members_only_are_hidden_from_visitors() -> None:
    market = await deals.deal(now=NOW)
    hidden = await offer(market.hansa, market.product_id, "H-3", now=NOW, on_hand=100, visibility="login_required")
    visitors = await compared(market.product_id)
    members = await service.compare_given(market.product_id, ASK, viewer=market.buyer.actor, now=NOW)
    assert str(hidden) not in {one.offer_id for one in visitors.offers}
    assert str(hidden) in {one.offer_id for one in members.offers}


async def test_a_comparison_asks_the_database_four_times_at_most_whatever_the_number_of_offers() -> None:
    market = await deals.deal(now=NOW)
    for number in range(20):
        await offer(market.hansa, market.product_id, f"X-{number}", now=NOW, on_hand=100)
    await fx.rates(NOW)
    said: list[str] = []
    async with reading():
        with connection().query_logger(lambda record: said.append(record.query)):
            found = await compared(market.product_id)
    asked = [query for query in said if "FROM" in query and "kernel.fx_rates" not in query]
    assert len(found.offers) == 23
    assert len(asked) <= 4


async def test_new_rates_change_what_is_shown_but_not_what_stands_in_the_offers_own_currency() -> None:
    market = await deals.deal(now=NOW)
    before = of(await compared(market.product_id), market.kuwait_offer)
    rate = NewRate(base="EUR", quote="KWD", rate=Decimal("0.25"))
    await fx.put_rates([rate], provider="test", as_of=NOW + timedelta(seconds=1))
    later = await service.compare_given(market.product_id, ASK, viewer=ANONYMOUS, now=NOW + timedelta(minutes=1))
    after = of(later, market.kuwait_offer)
    assert after.goods_minor == before.goods_minor == 247_500
    assert after.components[0].amount_minor == 99_000
    assert after.fx is not None
    assert (after.fx.provider, after.fx.as_of) == ("test", NOW + timedelta(seconds=1))
