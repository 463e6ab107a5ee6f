"""Tests of until when a supplier answers, and that what was promised and stored stays when a site or its supplier changes its hours."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

import pytest

from marketplace.trade.carts import service as carts
from marketplace.trade.orders import service as orders
from tests.conftest import NOW
from tests.trade import deals
from vendors.profile import service as profiles
from vendors.profile.schemas import ProfileIn
from vendors.sites import service as sites
from vendors.sites.schemas import DayHours, ExceptionIn, SiteIn

if TYPE_CHECKING:
    from uuid import UUID

pytestmark = pytest.mark.usefixtures("rolled_back")
FRIDAY = datetime(2026, 11, 27, 9, 20, tzinfo=UTC)


async def deadline(order_id: UUID, market: deals.Deal) -> datetime:
    return (await orders.order(order_id, actor=market.buyer.actor)).accept_by


async def test_hours_to_answer_run_on_working_days_where_the_supplier_chose_so_and_stored_deadlines_stay() -> None:
    market = await deals.deal(now=NOW)
    before = (await deals.place(market, (market.hansa_offer, 1), now=FRIDAY)).order_ids[0]
    assert await deadline(before, market) == FRIDAY + timedelta(hours=48)
    kept = await profiles.profile(market.hansa.supplier_id, actor=market.hansa.actor, now=FRIDAY)
    await profiles.save_profile(ProfileIn(version=kept.version, acceptance_counts="working_hours"), actor=market.hansa.actor, now=FRIDAY)
    await deals.put(market, market.hansa_offer, 1, now=FRIDAY)
    cart = await carts.view(actor=market.buyer.actor, now=FRIDAY)
    # Friday's hours until midnight in Hamburg, all of Monday, and the rest on Tuesday.
    assert cart.groups[0].answer_by == datetime(2026, 12, 1, 9, 20, tzinfo=UTC)
    after = (await deals.place(market, (market.hansa_offer, 1), now=FRIDAY)).order_ids[0]
    assert await deadline(after, market) == datetime(2026, 12, 1, 9, 20, tzinfo=UTC)
    assert await deadline(before, market) == FRIDAY + timedelta(hours=48)
    closed = ExceptionIn(version=1, on_date=date(2026, 11, 30), kind="closed", note="Stocktaking")
    await sites.set_exception(market.hansa.site_id, closed, actor=market.hansa.actor, now=FRIDAY)
    last = (await deals.place(market, (market.hansa_offer, 1), now=FRIDAY)).order_ids[0]
    assert await deadline(last, market) == datetime(2026, 12, 2, 9, 20, tzinfo=UTC)
    assert await deadline(after, market) == datetime(2026, 12, 1, 9, 20, tzinfo=UTC)


async def test_hours_to_answer_run_in_the_opening_hours_that_the_site_states() -> None:
    market = await deals.deal(now=NOW)
    kept = await profiles.profile(market.hansa.supplier_id, actor=market.hansa.actor, now=FRIDAY)
    sent = ProfileIn(version=kept.version, acceptance_counts="working_hours", acceptance_hours=10)
    await profiles.save_profile(sent, actor=market.hansa.actor, now=FRIDAY)
    found = await sites.my_site(market.hansa.site_id, actor=market.hansa.actor, now=FRIDAY)
    week = [DayHours(day, time(8), time(16) if day < 5 else time(12)) for day in (1, 2, 3, 4, 5)]
    stated = SiteIn(
        name=found.name, country=found.country, city=found.city, postal_code=found.postal_code, time_zone=found.time_zone,
        cut_off=time(11), working_days=[1, 2, 3, 4, 5], hours=week, keeps_public_holidays=False,
    )  # fmt: skip
    await sites.change_site(market.hansa.site_id, stated, version=found.version, actor=market.hansa.actor, now=FRIDAY)
    await deals.put(market, market.hansa_offer, 1, now=FRIDAY)
    # Friday 10:20 in Hamburg: 1 h 40 min until noon, 8 hours on Monday, and 20 minutes on Tuesday from 8 on.
    deadline_now = datetime(2026, 12, 1, 7, 20, tzinfo=UTC)
    assert (await carts.view(actor=market.buyer.actor, now=FRIDAY)).groups[0].answer_by == deadline_now
    placed = (await deals.place(market, (market.hansa_offer, 1), now=FRIDAY)).order_ids[0]
    assert await deadline(placed, market) == deadline_now


async def test_a_change_of_a_site_counts_for_promises_from_then_on_and_never_for_stored_ones() -> None:
    market = await deals.deal(now=NOW)
    before = (await deals.place(market, (market.hansa_offer, 1), now=NOW)).order_ids[0]
    (stored,) = (await orders.order(before, actor=market.buyer.actor)).lines[0].promises
    found = await sites.my_site(market.hansa.site_id, actor=market.hansa.actor, now=NOW)
    slower = SiteIn(
        name=found.name, country=found.country, city=found.city, postal_code=found.postal_code, time_zone=found.time_zone,
        cut_off=found.cut_off.replace(hour=8), working_days=[1, 3], keeps_public_holidays=False,
    )  # fmt: skip
    await sites.change_site(market.hansa.site_id, slower, version=found.version, actor=market.hansa.actor, now=NOW)
    after = (await deals.place(market, (market.hansa_offer, 1), now=NOW)).order_ids[0]
    (promised,) = (await orders.order(after, actor=market.buyer.actor)).lines[0].promises
    (again,) = (await orders.order(before, actor=market.buyer.actor)).lines[0].promises
    assert (again.ready_on, again.promised_on, again.seq) == (stored.ready_on, stored.promised_on, 1)
    assert stored.ready_on is not None
    assert promised.ready_on is not None
    assert promised.ready_on > stored.ready_on
    assert promised.ready_on.isoweekday() in {1, 3}


async def test_a_site_that_never_works_answers_within_the_plain_hours() -> None:
    market = await deals.deal(now=NOW)
    kept = await profiles.profile(market.hansa.supplier_id, actor=market.hansa.actor, now=NOW)
    sent = ProfileIn(version=kept.version, acceptance_counts="working_hours", acceptance_hours=24)
    await profiles.save_profile(sent, actor=market.hansa.actor, now=NOW)
    await deals.put(market, market.hansa_offer, 1, now=NOW)
    view = await carts.view(actor=market.buyer.actor, now=NOW)
    assert view.groups[0].answer_by == NOW + timedelta(hours=24)
