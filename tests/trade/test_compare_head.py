"""Tests the head of the comparison: its labels never stand where the needed-by mark runs."""

from __future__ import annotations

import re
from datetime import timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from marketplace.trade.sheets.pages_words import Sheet
from tests.conftest import NOW

if TYPE_CHECKING:
    import httpx

    from tests.world import World

pytestmark = pytest.mark.usefixtures("rolled_back")


async def ends(client: httpx.AsyncClient, world: World, need_by: str) -> list[str]:
    """Read the first and the last day of the time line's axis."""
    page = (await client.get(f"/products/{world.product_ids[0]}", params={"need_by": need_by, "country": "DE"})).text
    head = page.partition('<th class="pic k kt">')[2].partition("</th>")[0]
    found: list[str] = re.findall(r"<text[^>]*>([^<]*)</text>", head.rpartition('<svg class="axis"')[2])
    return found


async def test_the_last_day_is_left_out_when_the_needed_by_mark_comes_near_it(as_buyer_a: httpx.AsyncClient, world: World) -> None:
    first, last = await ends(as_buyer_a, world, (NOW + timedelta(days=90)).date().isoformat())
    assert (bool(first), last) == (True, "")


async def test_the_first_day_is_left_out_when_everything_is_needed_at_once(as_buyer_a: httpx.AsyncClient, world: World) -> None:
    first, last = await ends(as_buyer_a, world, (NOW + timedelta(days=1)).date().isoformat())
    assert (first, bool(last)) == ("", True)


async def test_both_days_stand_when_nothing_is_needed_by_a_day(as_buyer_a: httpx.AsyncClient, world: World) -> None:
    assert all(await ends(as_buyer_a, world, ""))


def test_the_ends_of_a_curve_that_differ_never_read_alike() -> None:
    for first, last, told in (("9.421", "9.418", ("9.421", "9.418")), ("9.42", "9.42", ("9.42", "9.42")), ("9.42", "9.10", ("9.42", "9.10"))):
        sheet = object.__new__(Sheet)
        view = SimpleNamespace(history=[(NOW, Decimal(first)), (NOW, Decimal(last))], found=SimpleNamespace(ask=SimpleNamespace(currency="EUR")))
        sheet._view = view  # type: ignore[assignment]
        assert sheet.history_ends == told
