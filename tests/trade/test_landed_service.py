"""Tests of landing consignments and of arrivals from a site's calendar."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

import msgspec
import pytest

from marketplace.kernel.actor import WORKER
from marketplace.kernel.database import connection, reading
from marketplace.kernel.ports import Port
from marketplace.trade.landed import service
from marketplace.trade.landed.ports import COST_SOURCES, TAX_SOURCE
from marketplace.trade.landed.schemas import Component, Consignment, ConsignmentLine, Quote
from services_addons.package import bind_ports
from tests.conftest import NOW
from tests.trade import deals
from tests.vendors.market import offer, product
from vendors.offers import service as offers

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from marketplace.trade.landed.schemas import ComponentKind
    from vendors.offers.schemas import OfferFact

pytestmark = pytest.mark.usefixtures("rolled_back")


class Vat:
    """A tax source of the tests: 19 % of the goods."""

    kinds: tuple[ComponentKind, ...] = ("tax",)

    async def quote(self, consignments: Sequence[Consignment], *, now: datetime) -> list[Quote]:
        """Give the tax of each consignment."""
        assert now == NOW
        return [
            Quote(components=(Component(kind="tax", state="known", currency=one.currency, amount_minor=one.goods_minor * 19 // 100),))
            for one in consignments
        ]


@pytest.fixture(autouse=True)
def ports() -> Iterator[None]:
    """Bind what the market binds, whatever a test bound."""
    bind_ports()
    yield
    bind_ports()
    TAX_SOURCE.bind()


@dataclass(frozen=True)
class OfferLike:
    """As much of an offer as packing it asks for."""

    unit_decimals: int
    volume_cm3: int
    product_id: str = "p"
    offer_id: str = "o"
    origin_country: str = "DE"
    category_id: None = None
    hs_prefix: None = None


async def _fact(market: deals.Deal) -> OfferFact:
    async with reading():
        (found,) = await offers.offers_by_pairs([(market.product_id, market.hansa_offer)], now=NOW, viewer=WORKER)
    return found.fact


def _sent(fact: OfferFact, goods_minor: int = 12_500) -> Consignment:
    line = ConsignmentLine(
        product_id=fact.product_id, offer_id=fact.offer_id, quantity=10, goods_minor=goods_minor, origin_country="DE", weight_grams=2_500
    )
    return Consignment(
        supplier_id=fact.supplier_id,
        ship_from_country="DE",
        ship_from_postal_code="20095",
        country="DE",
        postal_code="10115",
        incoterm="EXW",
        currency="EUR",
        lines=(line,),
    )


async def test_each_consignment_gets_its_components_in_the_order_of_the_build_up() -> None:
    market = await deals.deal(now=NOW)
    fact = await _fact(market)
    async with reading():
        first, second = await service.land([_sent(fact), _sent(fact, 25_000)], now=NOW)
    assert [one.kind for one in first.components] == ["goods", "freight", "insurance", "duty", "tax", "terms"]
    assert (first.known_minor, second.known_minor, first.lacking, first.transit_days) == (12_500 + 990, 25_000 + 990, (), 2)
    assert first.component("duty") == Component(
        kind="duty",
        state="not_applicable",
        currency="EUR",
        note="domestic",
        rule_id="duty:domestic",
        source="DE",
        as_of=datetime(2026, 11, 24, tzinfo=UTC),
    )


async def test_without_any_bound_source_freight_and_duty_are_unknown_and_never_nought() -> None:
    market = await deals.deal(now=NOW)
    fact = await _fact(market)
    COST_SOURCES.bind()
    async with reading():
        (found,) = await service.land([_sent(fact)], now=NOW)
    assert (found.known_minor, found.lacking, found.transit_days) == (12_500, ("freight", "duty"), None)
    assert service.arrival(fact, transit_days=found.transit_days, country="DE", now=NOW).arrives_on is None


async def test_a_bound_tax_source_fills_the_tax() -> None:
    market = await deals.deal(now=NOW)
    fact = await _fact(market)
    TAX_SOURCE.bind(Vat())
    async with reading():
        (found,) = await service.land([_sent(fact)], now=NOW)
    assert found.component("tax") == Component(kind="tax", state="known", currency="EUR", amount_minor=2_375)


async def test_fifty_consignments_cost_no_more_statements_than_one() -> None:
    market = await deals.deal(now=NOW)
    fact = await _fact(market)
    counts = []
    for many in (1, 50):
        said: list[str] = []
        async with reading():
            with connection().query_logger(lambda record, said=said: said.append(record.query)):
                await service.land([_sent(fact)] * many, now=NOW)
        counts.append(len([query for query in said if "services." in query]))
    assert counts == [1, 1]


async def test_cart_and_comparison_make_the_same_line_of_an_offer_whose_weight_nobody_knows() -> None:
    market = await deals.deal(now=NOW)
    product_id = await product("P-0", now=NOW, weight_grams=None)
    offer_id = await offer(market.hansa, product_id, "H-0", now=NOW)
    async with reading():
        (locked,) = await offers.offers_by_pairs([(product_id, offer_id)], now=NOW, viewer=WORKER)
        (selling,) = await offers.offers_for_comparison(product_id, now=NOW, viewer=WORKER)
    lines = [
        ConsignmentLine.of(one, quantity=3, goods_minor=9, weight_grams=one.weight_grams, is_weight_estimated=True) for one in (locked.fact, selling)
    ]
    told = [(str(line.product_id), str(line.offer_id), line.weight_grams, line.is_weight_estimated, line.volume_cm3) for line in lines]
    assert told == [(str(product_id), str(offer_id), None, False, None)] * 2


def test_part_of_a_unit_weighs_no_less_than_a_whole_gram() -> None:
    whole = OfferLike(unit_decimals=2, volume_cm3=7)
    line = ConsignmentLine.of(whole, quantity=150, goods_minor=1, weight_grams=333, is_weight_estimated=True)
    assert (line.weight_grams, line.volume_cm3, line.is_weight_estimated) == (500, 11, True)


async def test_nothing_to_land_asks_nobody() -> None:
    async with reading():
        assert await service.land([], now=NOW) == []


def test_doctor_can_list_the_ports_of_landed_cost() -> None:
    assert {"cost-sources", "tax-source"} <= {port.name for port in Port.all}


async def test_goods_ordered_after_the_cut_off_are_ready_a_working_day_later() -> None:
    fact = await _fact(await deals.deal(now=NOW))
    before = service.arrival(fact, transit_days=2, country="DE", now=datetime(2026, 11, 24, 13, 59, tzinfo=UTC))
    after = service.arrival(fact, transit_days=2, country="DE", now=datetime(2026, 11, 24, 14, 0, tzinfo=UTC))
    assert (before.ready_on, before.arrives_on) == (date(2026, 11, 25), date(2026, 11, 27))
    assert (after.ready_on, after.arrives_on) == (date(2026, 11, 26), date(2026, 11, 30))


async def test_public_holidays_and_closed_days_of_the_site_are_no_working_days() -> None:
    fact = await _fact(await deals.deal(now=NOW))
    christmas = datetime(2026, 12, 24, 9, tzinfo=UTC)
    assert service.arrival(fact, transit_days=0, country="DE", now=christmas).ready_on == date(2026, 12, 28)
    closed = msgspec.structs.replace(fact, closed_on=(date(2026, 12, 28), date(2026, 12, 29)))
    assert service.arrival(closed, transit_days=0, country="DE", now=christmas).ready_on == date(2026, 12, 30)
    opened = msgspec.structs.replace(fact, opened_on=(date(2026, 12, 26),))
    assert service.arrival(opened, transit_days=0, country="DE", now=christmas).ready_on == date(2026, 12, 26)


async def test_holidays_of_the_new_year_count_for_an_order_of_the_old_one() -> None:
    fact = await _fact(await deals.deal(now=NOW))
    found = service.arrival(fact, transit_days=0, country="DE", now=datetime(2026, 12, 31, 9, tzinfo=UTC))
    assert found.ready_on == date(2027, 1, 4)
    assert found.ready_on - date(2026, 12, 31) == timedelta(days=4)


async def test_within_the_minute_of_a_cut_off_the_second_decides() -> None:
    market = await deals.deal(now=NOW)
    async with reading():
        selling = await offers.offers_for_comparison(market.product_id, now=NOW, viewer=WORKER)
    (one,) = [offer for offer in selling if offer.offer_id == str(market.hansa_offer)]
    odd = msgspec.structs.replace(one, cut_off=time(15, 0, 30))

    def ready(second: int) -> list[date | None]:
        now = datetime(2026, 11, 24, 14, 0, second, tzinfo=UTC)
        return [found.ready_on for found in service.arrivals([one, odd], transit_days=[2, 2], country="DE", now=now)]

    assert ready(29) == [date(2026, 11, 26), date(2026, 11, 25)]
    assert ready(30) == [date(2026, 11, 26), date(2026, 11, 26)]
    assert ready(29) == [date(2026, 11, 26), date(2026, 11, 25)]


async def test_offers_and_facts_tell_the_same_arrivals() -> None:
    market = await deals.deal(now=NOW)
    fact = await _fact(market)
    async with reading():
        selling = await offers.offers_for_comparison(market.product_id, now=NOW, viewer=WORKER)
    (one,) = [offer for offer in selling if offer.offer_id == str(market.hansa_offer)]
    for hour in range(0, 24 * 14, 5):
        now = NOW + timedelta(hours=hour)
        assert service.arrivals([one], transit_days=[3], country="KW", now=now) == [service.arrival(fact, transit_days=3, country="KW", now=now)]
