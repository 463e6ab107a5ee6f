"""Tests of the price that would make an offer the first where freight or duty follows the goods' value: it is set, and the place is looked at."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from marketplace.catalogue.products.schemas import NewProduct
from marketplace.catalogue.products.service import create_products
from marketplace.catalogue.taxonomy.schemas import NewCategory
from marketplace.catalogue.taxonomy.service import create_categories
from marketplace.kernel.actor import ANONYMOUS, WORKER
from marketplace.kernel.ids import uuid7
from marketplace.trade.compare import service
from services_addons.duty import service as duty
from services_addons.duty.schemas import NewDutyRate
from services_addons.logistics import service as logistics
from services_addons.logistics.schemas import FreightTableIn, RateIn, ZoneIn
from services_addons.package import bind_ports
from tests.conftest import NOW
from tests.vendors.market import offer, product, shop, tiers
from vendors.offers import service as offers

if TYPE_CHECKING:
    from uuid import UUID

    from marketplace.trade.compare.schemas import Comparison, OfferOut
    from tests.vendors.market import Shop

pytestmark = pytest.mark.usefixtures("rolled_back")
UP_TO = 10**9


async def seller(
    name: str, *, country: str = "DE", basis: str = "weight", free_from_minor: int | None = None, rates: dict[int, int] | None = None
) -> Shop:
    """Make a supplier whose freight goes to Germany in two days."""
    made = await shop(f"{name} {uuid7()}", now=NOW, country=country)
    steps = [RateIn(most, amount) for most, amount in (rates or {UP_TO: 0}).items()]
    zone = ZoneIn(code="DE", transit_days=2, areas=["DE"], rates=steps, free_from_minor=free_from_minor)
    table = FreightTableIn(name="Test", currency="EUR", valid_from=NOW.date(), zones=[zone], basis=basis, source="test")  # type: ignore[arg-type]
    await logistics.add_table(table, actor=made.actor, now=NOW)
    return made


async def compared(product_id: UUID) -> Comparison:
    return await service.compare_given(product_id, {"quantity": "60", "country": "DE", "postal_code": "10115"}, viewer=ANONYMOUS, now=NOW)


async def second(product_id: UUID, other: Shop, price: str, *, first: str) -> OfferOut:
    """Let a supplier without freight ask `first`, and the other its price; give the other's row, which is the second."""
    bind_ports()
    await offer(await seller("First"), product_id, "F-1", now=NOW, on_hand=100, tiers=tiers((1, first)))
    await offer(other, product_id, "S-1", now=NOW, on_hand=100, tiers=tiers((1, price)))
    row = (await compared(product_id)).offers[1]
    assert row.supplier.id == str(other.supplier_id)
    return row


async def at(row: OfferOut, price: Decimal, by: Shop, product_id: UUID) -> tuple[int | None, int]:
    """Set a price, and give the place and the total that the offer then has."""
    from uuid import UUID  # noqa: PLC0415 - one use

    await offers.set_price(UUID(row.offer_id), tiers=tiers((1, str(price))), version=None, actor=by.actor, now=NOW)
    found = next(one for one in (await compared(product_id)).offers if one.offer_id == row.offer_id)
    return found.place, found.known_minor


async def check(row: OfferOut, by: Shop, product_id: UUID) -> None:
    """Hold that the told price makes the offer the first at the told total, and a cent more does not."""
    told = row.counterfactual
    assert told is not None
    assert told.unit_price is not None
    assert await at(row, told.unit_price + Decimal("0.01"), by, product_id) != (1, told.total_minor)
    assert await at(row, told.unit_price, by, product_id) == (1, told.total_minor)


async def test_a_price_below_what_frees_the_zone_counts_the_freight_that_is_due_again() -> None:
    one, by = await product(f"P-{uuid7()}", now=NOW), await seller("Free", free_from_minor=66_000, rates={UP_TO: 2_000})
    row = await second(one, by, "11.00", first="10.90")
    assert [(part.amount_minor, part.note) for part in row.components[1:2]] == [(0, "free-from-value")]
    assert row.counterfactual is not None
    # 65,400 cents win: 20 euros of freight are due below 660 euros, and 634.00 for 60 pieces are 10.5666… each.
    assert (row.counterfactual.unit_price, row.counterfactual.total_minor) == (Decimal("10.56"), 65_360)
    await check(row, by, one)


async def test_a_price_that_keeps_the_zone_free_is_told_as_it_is() -> None:
    one, by = await product(f"P-{uuid7()}", now=NOW), await seller("Free", free_from_minor=30_000, rates={UP_TO: 2_000})
    row = await second(one, by, "11.00", first="10.90")
    await check(row, by, one)
    assert row.counterfactual is not None
    assert row.counterfactual.unit_price in {Decimal("10.90"), Decimal("10.89")}


async def test_no_price_is_told_where_freight_due_again_is_more_than_the_goods_could_make_up_for() -> None:
    one, by = await product(f"P-{uuid7()}", now=NOW), await seller("Free", free_from_minor=66_000, rates={UP_TO: 70_000})
    row = await second(one, by, "11.00", first="10.90")
    assert row.counterfactual is not None
    assert (row.counterfactual.unit_price, row.counterfactual.total_minor, row.counterfactual.change) == (None, None, None)


async def test_a_table_by_value_charges_the_rate_of_the_found_price() -> None:
    one, by = await product(f"P-{uuid7()}", now=NOW), await seller("Value", basis="value", rates={60_000: 1_000, UP_TO: 6_000})
    row = await second(one, by, "11.00", first="10.00")
    assert row.counterfactual is not None
    assert row.counterfactual.unit_price is not None
    assert row.counterfactual.unit_price > Decimal("9.00")
    await check(row, by, one)


async def test_duty_falls_with_the_price_that_would_win() -> None:
    bind_ports()
    (shelf,) = await create_categories([NewCategory(slug="again-dutiable", names={"en": "Dutiable"}, hs_prefix="9988")])
    new = NewProduct(source="test", source_id=f"P-{uuid7()}", title="Bearing", category_id=shelf, weight_grams=250)
    one, by = (await create_products([new], now=NOW, actor=None)).ids[0], await seller("Abroad", country="CN")
    rate = NewDutyRate(destination="DE", hs_prefix="9988", rate=Decimal("0.08"), valid_from=date(2026, 1, 1), source="Tariff")
    await duty.add_duty_rates([rate], actor=WORKER, now=NOW)
    row = await second(one, by, "11.00", first="10.00")
    assert [(part.kind, part.amount_minor) for part in row.components if part.kind == "duty"] == [("duty", 5_280)]
    await check(row, by, one)
