"""Tests of the demo's past year: when goods arrive."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import pytest

from marketplace.app import assemble
from marketplace.kernel.actor import WORKER
from marketplace.kernel.calendar import weekend
from marketplace.kernel.database import connection, transaction
from marketplace.world import demo
from marketplace.world.history import arrival

if TYPE_CHECKING:
    from marketplace.kernel.settings import Settings

LONG_AGO = datetime(2026, 10, 1, 12, tzinfo=UTC)
MONDAY = date(2026, 11, 9)


@pytest.mark.parametrize(
    "days, country, expected",
    [
        (0, "DE", date(2026, 11, 9)),
        (-1, "DE", date(2026, 11, 6)),
        (-2, "DE", date(2026, 11, 6)),
        (5, "DE", date(2026, 11, 16)),
        (-1, "KW", date(2026, 11, 8)),
        (-2, "KW", date(2026, 11, 5)),
        (4, "KW", date(2026, 11, 15)),
    ],
)
def test_goods_arrive_in_the_morning_of_a_day_on_which_they_are_taken(days: int, country: str, expected: date) -> None:
    arrives = arrival(MONDAY, days=days, weekend_days=weekend(country), earliest=LONG_AGO)
    assert arrives == datetime(expected.year, expected.month, expected.day, 9, tzinfo=UTC)


def test_goods_arrive_no_sooner_than_they_can_and_then_on_the_next_day_on_which_they_are_taken() -> None:
    friday_evening = datetime(2026, 11, 6, 20, tzinfo=UTC)
    assert arrival(date(2026, 11, 6), days=0, weekend_days=weekend("DE"), earliest=friday_evening) == datetime(2026, 11, 9, 9, tzinfo=UTC)
    thursday_dawn = datetime(2026, 11, 5, 5, tzinfo=UTC)
    assert arrival(date(2026, 11, 2), days=0, weekend_days=weekend("DE"), earliest=thursday_dawn) == datetime(2026, 11, 5, 9, tzinfo=UTC)


async def test_nothing_in_the_demo_arrives_in_a_weekend(empty_database: Settings, fixed_clock: datetime) -> None:
    assemble(empty_database)
    await demo.fill(fixed_clock, scale=0.02)
    async with transaction(actor=WORKER):
        rows = await connection().fetch(
            "SELECT ship_to->>'country', delivered_at AT TIME ZONE time_zone FROM trade.orders WHERE delivered_at IS NOT NULL"
        )
    assert len(rows) > 10
    assert [row for row in rows if row[1].isoweekday() in weekend(row[0])] == []
