"""Tests of duty: who keeps its rates, which one holds, and what unions free."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from marketplace.kernel.actor import WORKER
from marketplace.kernel.database import reading
from marketplace.kernel.errors import NotAllowed
from services_addons.duty import queries, rules, service
from services_addons.duty.schemas import DutyQuery, NewDutyRate
from tests.conftest import NOW
from tests.vendors import market

if TYPE_CHECKING:
    from marketplace.kernel.database import Connection

pytestmark = pytest.mark.usefixtures("rolled_back")
TODAY = date(2026, 11, 24)


async def duty(ships_from: str, origin: str, destination: str, hs: str | None) -> tuple[str | None, Decimal | None]:
    """Ask for the union or the rate of goods."""
    query = DutyQuery(ships_from, origin, destination, hs, None)
    async with reading():
        found = rules.found(await queries.duty_book([destination], goods=[query]), query, today=TODAY)
    return found.union, found.rate


async def test_the_most_particular_rate_of_duty_counts() -> None:
    rates = [
        NewDutyRate(destination="EU", hs_prefix="98", rate=Decimal("0.02"), valid_from=TODAY),
        NewDutyRate(destination="EU", hs_prefix="9882", rate=Decimal("0.08"), valid_from=TODAY),
        NewDutyRate(destination="EU", hs_prefix="9882", origin="VN", rate=Decimal("0.04"), valid_from=TODAY),
    ]
    await service.add_duty_rates(rates, actor=WORKER, now=NOW)
    assert await duty("JP", "JP", "DE", "988210") == (None, Decimal("0.08"))
    assert await duty("JP", "VN", "DE", "988210") == (None, Decimal("0.04"))
    assert await duty("JP", "JP", "DE", "9813") == (None, Decimal("0.02"))
    assert await duty("JP", "JP", "DE", "9918") == (None, None)
    assert await duty("JP", "JP", "US", "988210") == (None, None)


async def test_goods_move_freely_within_a_customs_union() -> None:
    assert await duty("DE", "CN", "FR", "8482") == ("EU", None)
    assert await duty("TR", "TR", "DE", "8482") == ("EUTR", None)
    assert await duty("TR", "TR", "DE", "0899") == (None, None)
    assert await duty("TR", "TR", "DE", None) == (None, None)
    assert await duty("AE", "JP", "KW", None) == ("GCC", None)


async def test_only_the_operator_keeps_rates_of_duty(rolled_back: Connection) -> None:
    seller = await market.shop("Hansa Lager", now=NOW)
    with pytest.raises(NotAllowed):
        await service.add_duty_rates([NewDutyRate(destination="XQ", hs_prefix="84", rate=Decimal(0), valid_from=TODAY)], actor=seller.actor, now=NOW)
    assert await rolled_back.fetchval("SELECT count(*) FROM services.duty_rates WHERE destination = 'XQ'") == 0
