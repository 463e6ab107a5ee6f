"""Tests of what a cart and its orders say of tax and duty: a bound source fills the tax to the unit, duty stands beside the sums."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from marketplace.kernel.actor import WORKER
from marketplace.kernel.database import connection, transaction
from marketplace.kernel.money import settle
from marketplace.trade.carts import rules
from marketplace.trade.carts import service as carts
from marketplace.trade.landed.ports import TAX_SOURCE
from marketplace.trade.landed.schemas import Component, Consignment, Landed, Quote
from marketplace.trade.orders import service as orders
from marketplace.trade.package import PACKAGE
from marketplace.trade.payments import service as payments
from services_addons.logistics import service as logistics
from services_addons.logistics.schemas import FreightTableIn, RateIn, SurchargeIn, ZoneIn
from tests.conftest import NOW
from tests.trade import deals
from tests.vendors.market import offer, product, shop, tiers

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from marketplace.trade.landed.schemas import ComponentKind

pytestmark = pytest.mark.usefixtures("rolled_back")
SINCE = datetime(2026, 3, 1, tzinfo=UTC)


class Vat:
    """A tax source of the tests: 19 % of the goods, not determined for dinars."""

    kinds: tuple[ComponentKind, ...] = ("tax",)

    async def quote(self, consignments: Sequence[Consignment], *, now: datetime) -> list[Quote]:
        """Give the tax of each consignment."""
        assert now.tzinfo is not None
        return [Quote(components=(self._tax(one),)) for one in consignments]

    @staticmethod
    def _tax(one: Consignment) -> Component:
        if one.currency == "KWD":
            return Component(kind="tax", state="unknown", currency=one.currency, note="no-rate")
        return Component(kind="tax", state="known", currency=one.currency, amount_minor=one.goods_minor * 19 // 100)


@pytest.fixture
def taxed() -> Iterator[None]:
    """Bind the tax source for one test."""
    TAX_SOURCE.bind(Vat())
    yield
    TAX_SOURCE.bind()


@pytest.mark.usefixtures("taxed")
async def test_a_bound_tax_source_reaches_lines_orders_totals_and_payment_to_the_unit() -> None:
    market = await deals.deal(now=NOW)
    second = await product("P-2", now=NOW)
    other = await offer(market.hansa, second, "H-9", now=NOW, tiers=tiers((1, "0.33")), on_hand=100)
    await carts.add_line(product_id=second, offer_id=other, quantity=1, actor=market.buyer.actor, now=NOW)
    placed = await deals.place(market, (market.hansa_offer, 5), (market.rhein_offer, 10), (market.kuwait_offer, 7), now=NOW)
    group = await orders.order_group(placed.id, actor=market.buyer.actor)
    assert [(one.net_minor, one.tax_minor, one.gross_minor) for one in group.orders] == [
        (6_283 + 990, 1_193, 8_466),
        (13_100 + 490, 2_489, 16_079),
        (31_880, None, 31_880),
    ]
    assert [(one.currency, one.tax_minor, one.gross_minor) for one in group.totals] == [("EUR", 3_682, 24_545), ("KWD", None, 31_880)]
    found = await orders.order(placed.order_ids[0], actor=market.buyer.actor)
    assert [(line.net_minor, line.tax_minor, line.gross_minor) for line in found.lines] == [(33, 6, 39), (6_250, 1_187, 7_437)]
    assert [one.amount_minor for one in await payments.payments_of(placed.id, actor=market.buyer.actor)] == [24_545, 31_880]
    async with transaction(actor=WORKER):
        for code in ("O1", "O2", "P3-shares", "P3-orders"):
            rule = next(each for each in PACKAGE.invariants if each.code == code)
            assert await connection().fetch(rule.sql) == []


@pytest.mark.usefixtures("taxed")
async def test_the_tax_of_what_is_refused_is_not_owed() -> None:
    market = await deals.deal(now=NOW)
    placed = await deals.place(market, (market.hansa_offer, 4), now=NOW)
    (order_id,) = placed.order_ids
    line = (await orders.order(order_id, actor=market.hansa.actor)).lines[0]
    await orders.accept_order(order_id, actor=market.hansa.actor, now=NOW, lines={line.id: 1})
    await deals.drain(NOW)
    share = await payments.share_of(order_id, actor=market.buyer.actor)
    assert share is not None
    assert (share.amount_minor, share.owed_minor) == (5_000 + 990 + 950, 1_250 + 990 + 238)


class DinarVat:
    """A tax source of the tests: 5 % of the goods, on the settle step of every currency."""

    kinds: tuple[ComponentKind, ...] = ("tax",)

    async def quote(self, consignments: Sequence[Consignment], *, now: datetime) -> list[Quote]:
        """Give the tax of each consignment."""
        assert now == NOW
        return [
            Quote(
                components=(
                    Component(kind="tax", state="known", currency=one.currency, amount_minor=settle(Decimal(one.goods_minor) / 20, one.currency)),
                )
            )
            for one in consignments
        ]


async def test_tax_in_dinars_stays_on_the_settle_step_over_lines_and_over_what_is_refused(taxed: None) -> None:  # noqa: ARG001 - binds and unbinds
    TAX_SOURCE.bind(DinarVat())
    market = await deals.deal(now=NOW)
    second = await product("P-2", now=NOW)
    other = await offer(market.kuwait, second, "K-9", now=NOW, tiers=tiers((1, "0.33")), currency="KWD", on_hand=100)
    await carts.add_line(product_id=second, offer_id=other, quantity=1, actor=market.buyer.actor, now=NOW)
    placed = await deals.place(market, (market.kuwait_offer, 7), now=NOW)
    (order_id,) = placed.order_ids
    lines = (await orders.order(order_id, actor=market.kuwait.actor)).lines
    assert [(line.net_minor, line.tax_minor) for line in lines] == [(330, 20), (28_880, 1_440)]
    await orders.accept_order(order_id, actor=market.kuwait.actor, now=NOW, lines={lines[0].id: 1, lines[1].id: 3})
    await deals.drain(NOW)
    share = await payments.share_of(order_id, actor=market.buyer.actor)
    assert share is not None
    assert (share.amount_minor, share.owed_minor) == (29_210 + 3_000 + 1_460, 12_710 + 3_000 + 20 + 620)


async def test_duty_is_kept_beside_the_sums_as_the_buyer_saw_it() -> None:
    market = await deals.deal(now=NOW)
    abroad = await shop("Alpen", now=NOW, country="CH")
    far = await offer(abroad, market.product_id, "A-1", now=NOW)
    placed = await deals.place(market, (market.hansa_offer, 1), (far, 1), now=NOW)
    group = await orders.order_group(placed.id, actor=market.buyer.actor)
    assert [(one.duty_state, one.duty_minor, one.gross_minor) for one in group.orders] == [("not_applicable", 0, 2_240), ("unknown", None, 1_250)]


async def test_freight_is_kept_with_its_table_its_day_and_whether_it_is_invented() -> None:
    market = await deals.deal(now=NOW)
    placed = await deals.place(market, (market.hansa_offer, 1), now=NOW)
    found = await orders.order(placed.order_ids[0], actor=market.buyer.actor)
    assert (found.freight_source, found.freight_as_of, found.freight_is_invented) == ("test", datetime(2026, 1, 1, tzinfo=UTC), True)
    (table,) = await logistics.my_freight_tables(actor=market.hansa.actor)
    assert (found.freight_rule, found.freight_parts, found.duty_rule) == (f"freight:{table.id}:DE", [], "duty:domestic")


async def test_an_order_keeps_the_version_and_the_surcharges_that_it_was_quoted_by() -> None:
    market = await deals.deal(now=NOW)
    (before,) = await logistics.my_freight_tables(actor=market.hansa.actor)
    zone = ZoneIn(code="DE", transit_days=2, areas=["DE"], rates=[RateIn(1_000_000, 990)])
    fuel = SurchargeIn(code="fuel", kind="percent", percent="12.5")
    table = FreightTableIn(name="Fuel", currency="EUR", valid_from=NOW.date(), zones=[zone], surcharges=[fuel])
    made = await logistics.revise_table(before.id, table, actor=market.hansa.actor, now=NOW)
    placed = await deals.place(market, (market.hansa_offer, 1), now=NOW)
    await logistics.end_table(made.id, last_day=NOW.date(), actor=market.hansa.actor, now=NOW)
    found = await orders.order(placed.order_ids[0], actor=market.buyer.actor)
    assert (found.freight_minor, found.freight_rule) == (1_114, f"freight:{made.id}:DE")
    assert [(part.code, part.amount_minor) for part in found.freight_parts] == [("rate", 990), ("fuel", 124)]


def test_duty_of_several_consignments_is_known_only_as_a_whole_and_holds_since_the_latest_rate() -> None:
    known = Component(kind="duty", state="known", currency="EUR", amount_minor=120, source="TARIC", as_of=NOW, note="invented-rates")
    older = Component(kind="duty", state="known", currency="EUR", amount_minor=30, source="TARIC", as_of=SINCE)
    unknown = Component(kind="duty", state="unknown", currency="EUR", note="hs-missing")
    whole = rules.cost_of([Landed(components=(part,), transit_days=None) for part in (known, older)], "duty")
    assert (whole.state, whole.amount_minor, whole.source, whole.as_of, whole.is_invented) == ("known", 150, "TARIC", NOW, True)
    part = rules.cost_of([Landed(components=(each,), transit_days=None) for each in (known, unknown)], "duty")
    assert (part.state, part.amount_minor, part.reason) == ("unknown", None, "hs-missing")
