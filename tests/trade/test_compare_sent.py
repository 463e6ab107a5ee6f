"""Tests of the answer that is sent as it is: what stands in it as ready JSON says exactly what the typed one says."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from marketplace.catalogue.products.schemas import NewProduct
from marketplace.catalogue.products.service import create_products
from marketplace.kernel.actor import ANONYMOUS
from marketplace.kernel.fx import service as fx
from marketplace.kernel.http.in_units import told
from marketplace.trade.compare import service
from marketplace.trade.compare.schemas import Comparison
from tests.conftest import NOW
from tests.trade import deals
from tests.vendors.market import offer, product, shop, tiers
from vendors.offers import service as offers
from vendors.visibility import service as visibility
from vendors.visibility.schemas import RuleIn

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from marketplace.kernel.database import Connection

pytestmark = pytest.mark.usefixtures("rolled_back")


def _sent(found: Comparison) -> Any:
    return msgspec.json.decode(msgspec.json.encode(told(found)))


@pytest.mark.parametrize(
    "given",
    [
        {"quantity": "60", "country": "DE", "postal_code": "10115"},
        {"quantity": "60", "country": "VN", "need_by": (NOW + timedelta(days=40)).date().isoformat()},
        {"quantity": "1", "country": "KW", "currency": "USD"},
        {"quantity": "999999", "country": "JP", "currency": "JPY"},
    ],
)
async def test_the_answer_that_is_sent_says_the_same_as_the_typed_one_and_fits_its_schema(given: dict[str, str]) -> None:
    market = await deals.deal(now=NOW)
    typed = await service.compare_given(market.product_id, given, viewer=ANONYMOUS, now=NOW)
    sent = await service.compare_given(market.product_id, given, viewer=ANONYMOUS, now=NOW, is_sent=True)
    assert typed.offers
    assert _sent(sent) == _sent(typed)
    assert msgspec.json.decode(msgspec.json.encode(sent), type=Comparison) == typed


async def test_without_a_rate_the_answer_that_is_sent_says_the_same_too() -> None:
    market = await deals.deal(now=NOW)
    table = await fx.rates(NOW)
    missing = next(code for code in ("XAF", "ISK", "KES", "CLP") if table.rate("EUR", code) is None)
    given = {"quantity": "60", "country": "DE", "currency": missing}
    typed = await service.compare_given(market.product_id, given, viewer=ANONYMOUS, now=NOW)
    sent = await service.compare_given(market.product_id, given, viewer=ANONYMOUS, now=NOW, is_sent=True)
    assert {one.note for offer in typed.offers for one in offer.components if one.kind == "goods"} == {"no-exchange-rate"}
    assert _sent(sent) == _sent(typed)


async def _same(product_id: UUID, given: dict[str, str]) -> Comparison:
    """Ask for the answer both ways, find that both say the same, and give the typed one."""
    typed = await service.compare_given(product_id, given, viewer=ANONYMOUS, now=NOW)
    sent = await service.compare_given(product_id, given, viewer=ANONYMOUS, now=NOW, is_sent=True)
    assert _sent(sent) == _sent(typed)
    return typed


async def test_every_group_and_what_has_no_price_yet_are_sent_as_they_are_told() -> None:
    market = await deals.deal(now=NOW)
    far = await shop("Far", now=NOW)
    await offer(far, market.product_id, "NO-FREIGHT", now=NOW, on_hand=1000)
    closed = await shop("Closed", now=NOW)
    await visibility.set_level(RuleIn(level="prices_hidden"), actor=closed.actor, now=NOW)
    await offer(closed, market.product_id, "HIDDEN", now=NOW, on_hand=1000)
    await offer(market.hansa, market.product_id, "LATE", now=NOW, lead_days=300, on_hand=1000)
    await offer(market.rhein, market.product_id, "BACK", now=NOW, on_hand=1, allows_backorder=True)
    given = {"quantity": "100", "country": "DE", "need_by": (NOW + timedelta(days=40)).date().isoformat()}
    found = await _same(market.product_id, given)
    assert {one.group for one in found.offers} == {"ranked", "cost_not_known", "too_late"}
    assert [one.supplier_sku for one in found.gated] == ["HIDDEN"]
    found = await _same(market.product_id, {**given, "quantity": "101"})
    assert {one.group for one in found.offers} == {"ranked", "cost_not_known", "too_late", "short"}


# Prices from 1 and from 100 on, and the change between them: at a half of the last decimal the even one is told.
CHANGES = [
    ("8.00", "7.9996", "0.0000"),  # -0.00005
    ("8.00", "7.9988", "-0.0002"),  # -0.00015
    ("8.00", "7.998", "-0.0002"),  # -0.00025
    ("8.00", "8.0004", "0.0000"),
    ("8.00", "8.0012", "0.0002"),
    ("3.00", "2.00", "-0.3333"),
    ("3.00", "1.00", "-0.6667"),
    ("0.000003", "0.000001", "-0.6667"),
    ("999999999999.999999", "999999999999.999998", "0.0000"),
    ("0.000002", "999999999.999999", "499999999999998.5000"),
    ("5.00", "0.000001", "-1.0000"),
]


@pytest.mark.parametrize("price, following, change", CHANGES)
async def test_the_next_tier_and_its_change_are_told_to_the_last_decimal(price: str, following: str, change: str) -> None:
    seller = await shop("Tiers", now=NOW)
    product_id = await product("P-1", now=NOW)
    await offer(seller, product_id, "T-1", now=NOW, tiers=tiers((1, price), (100, following)), on_hand=7)
    (found,) = (await _same(product_id, {"quantity": "1", "country": "DE"})).offers
    assert found.next_tier is not None
    assert (found.next_tier.more, str(found.next_tier.change)) == (99, change)


@pytest.mark.parametrize("quantity, more", [("1", 4), ("7", 1), ("9", 1), ("10", 90), ("99", 1), ("100", None), ("5000", None)])
async def test_the_tier_of_the_sold_quantity_is_told(quantity: str, more: int | None) -> None:
    seller = await shop("Tiers", now=NOW, currency="KWD")
    product_id = await product("P-1", now=NOW)
    prices = tiers((1, "4.1250"), (10, "4.000"), (100, "3.9995"))
    await offer(seller, product_id, "T-1", now=NOW, tiers=prices, currency="KWD", moq=5, multiple=3 if quantity in {"1", "7"} else 1, on_hand=7)
    (found,) = (await _same(product_id, {"quantity": quantity, "country": "KW", "currency": "KWD"})).offers
    assert (found.next_tier and found.next_tier.more) == more


@pytest.mark.parametrize("text", ['"', "\\", "a\tb", "a\x1fb", "a\x7fb", "ốc “vít”", "برغي", "</script>", "a/b", "\u2028", "🔩"])
async def test_any_text_of_a_supplier_is_sent_as_it_is(text: str, rolled_back: Connection) -> None:
    seller = await shop("Shop", now=NOW)
    product_id = await product("P-1", now=NOW)
    await offer(seller, product_id, "S-1", now=NOW)
    await rolled_back.execute("UPDATE vendors.offers SET supplier_sku = $1 WHERE product_id = $2", text, product_id)
    await rolled_back.execute("UPDATE kernel.organisations SET display_name = $1 WHERE id = $2", text, seller.supplier_id)
    await rolled_back.execute("UPDATE vendors.sites SET postal_code = $1 WHERE id = $2", text, seller.site_id)
    (found,) = (await _same(product_id, {"quantity": "1", "country": "DE"})).offers
    assert (found.supplier_sku, found.supplier.name) == (text, text)
    (fact,) = await offers.offers_for_comparison(product_id, now=NOW, viewer=ANONYMOUS)
    assert fact.site_postal_code == text


@pytest.mark.parametrize(
    "moment", [NOW.replace(microsecond=0), NOW.replace(microsecond=1), NOW.replace(microsecond=120_000), NOW.replace(second=0, microsecond=999_999)]
)
async def test_moments_are_written_as_everywhere(moment: datetime, rolled_back: Connection) -> None:
    seller = await shop("Shop", now=NOW)
    product_id = await product("P-1", now=NOW)
    early = moment - timedelta(days=1)
    await offer(seller, product_id, "S-1", now=early)
    assert await rolled_back.fetchval("UPDATE vendors.offers SET updated_at = $1 WHERE product_id = $2 RETURNING true", early, product_id)
    (found,) = (await _same(product_id, {"quantity": "1", "country": "DE"})).offers
    assert (found.price.as_of, found.stock.as_of, found.terms_as_of) == (early, early, early)


@pytest.mark.parametrize("quantity", ["12", "012", "12.0"])
async def test_a_quantity_that_is_written_otherwise_is_told_the_same(quantity: str) -> None:
    market = await deals.deal(now=NOW)
    assert (await _same(market.product_id, {"quantity": quantity, "country": "DE"})).ask.quantity == 12


async def test_of_a_unit_with_decimals_all_quantities_are_sent_in_units() -> None:
    new = NewProduct(source="tests", source_id="hose-1", title="Hose", brand="Nord", part_number="HS-12", unit_code="MTR", weight_grams=310)
    product_id = (await create_products([new], now=NOW, actor=None)).ids[0]
    seller = await shop("Hoses", now=NOW)
    for number in range(2):
        await offer(seller, product_id, f"S-{number}", now=NOW, tiers=tiers((500, "4.20"), (20_000, "3.90")), moq=500, multiple=500, on_hand=100_000)
    for quantity in ("1", "12", "12.5", "500"):
        await _same(product_id, {"quantity": quantity, "country": "DE"})
