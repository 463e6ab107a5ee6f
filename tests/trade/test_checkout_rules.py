"""Tests of the pure rules of checkout: what is to be reserved, and in which unit a refusal tells it."""

from __future__ import annotations

from decimal import Decimal

import pytest

from marketplace.kernel.ids import uuid7
from marketplace.kernel.wording import word
from marketplace.trade.checkout import rules
from marketplace.trade.orders.schemas import CostSeen, NewGroup, NewLine, NewOrder
from tests.conftest import NOW
from vendors.stock import rules as stock
from vendors.stock.errors import OutOfStock

SYMBOLS = {"MTR": "m", "H87": "piece"}


def group_of(line: NewLine) -> NewGroup:
    unknown = CostSeen(state="unknown")
    order = NewOrder(
        id=uuid7(),
        vendor_id=uuid7(),
        vendor_name="Hansa",
        currency="EUR",
        freight=unknown,
        duty=unknown,
        accept_by=NOW,
        may_ship=False,
        lines=(line,),
    )
    return NewGroup(
        id=uuid7(), cart_id=uuid7(), buyer_id=uuid7(), buyer_name="Meyer", person_id=uuid7(), po_number="", ship_to={}, time_zone="Europe/Berlin",
        placed_at=NOW, orders=(order,),
    )  # fmt: skip


def line_of(quantity: int, unit_code: str, unit_decimals: int) -> NewLine:
    return NewLine(
        id=uuid7(), position=1, product_id=uuid7(), offer_id=uuid7(), title="Hose", unit_decimals=unit_decimals, unit_price=Decimal("4.20"),
        quantity=quantity, net_minor=420, site_id=uuid7(), price_version_id=uuid7(), supplier_sku="HS-12", brand="", part_number="",
        unit_code=unit_code, incoterm="EXW",
    )  # fmt: skip


@pytest.mark.parametrize(
    "quantity,unit_code,decimals,told",
    [
        (1250, "MTR", 2, "12.5\u00a0m are wanted and 0\u00a0m available now; nothing was reserved."),
        (12, "H87", 0, "12 are wanted and 0 available now; nothing was reserved."),
    ],
)
def test_what_is_out_of_stock_at_checkout_is_told_in_its_unit(quantity: int, unit_code: str, decimals: int, told: str) -> None:
    wishes = rules.reservations(group_of(line_of(quantity, unit_code, decimals)), symbols=SYMBOLS)
    with pytest.raises(OutOfStock) as caught:
        stock.allot(wishes, [])
    assert word(OutOfStock.message, caught.value.params, "en") == told
