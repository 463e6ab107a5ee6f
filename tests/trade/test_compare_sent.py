"""Tests of the answer that is sent as it is: what stands in it as ready JSON says exactly what the typed one says."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from marketplace.kernel.actor import ANONYMOUS
from marketplace.kernel.fx import service as fx
from marketplace.kernel.http.in_units import told
from marketplace.trade.compare import service
from marketplace.trade.compare.schemas import Comparison
from tests.conftest import NOW
from tests.trade import deals

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
