"""Tests of the events of the score: what is known then and now, corrections, and that a replay gives the very same digits."""

from __future__ import annotations

import asyncio
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from marketplace.kernel.actor import WORKER, Actor
from marketplace.kernel.database import connection, rehearsal, transaction
from marketplace.kernel.errors import InvalidInput, NotAllowed, NotFound
from marketplace.kernel.ids import uuid7
from tests.conftest import NOW
from trust.score import rules, rules_events, service
from trust.score.schemas import Event

if TYPE_CHECKING:
    from datetime import datetime

    from marketplace.kernel.settings import Settings
    from tests.world import World

BUYER = UUID(int=902)
KINDS = ("placed", "accepted", "refused", "timed_out", "cancelled", "delivered")


async def order(supplier_id: UUID, *, days_ago: int = 20, late: int | None = 0, recorded: datetime = NOW) -> UUID:
    """Place and accept an order, promised for a week later; let it arrive so many days after that, or (None) not at all."""
    order_id, placed = uuid7(), NOW - timedelta(days=days_ago)
    known: dict[str, Any] = {"supplier_id": supplier_id, "buyer_id": BUYER}
    promised = (placed + timedelta(days=7)).date()
    await service.note(order_id, kind="placed", at=placed, now=min(recorded, placed), order_number="G1-1", placed_at=placed, **known)
    accepted = placed + timedelta(hours=3)
    await service.note(
        order_id, kind="accepted", at=accepted, now=min(recorded, accepted), placed_at=placed, promised_on=promised, time_zone="Europe/Berlin", **known
    )  # fmt: skip
    if late is not None:
        arrived = placed + timedelta(days=7 + late)
        await service.note(order_id, kind="delivered", at=arrived, now=min(recorded, arrived), delivered_on=promised + timedelta(days=late), **known)
    return order_id


@pytest.mark.usefixtures("rolled_back")
async def test_events_are_kept_once_and_nothing_is_ever_changed() -> None:
    supplier = uuid7()
    order_id = await order(supplier)
    again: dict[str, Any] = {"supplier_id": supplier, "buyer_id": BUYER, "now": NOW}
    await service.note(order_id, kind="delivered", at=NOW, delivered_on=date(2026, 11, 30), **again)
    async with transaction(actor=WORKER):
        rows = await connection().fetch("SELECT kind, version, delivered_on FROM trust.events WHERE order_id = $1 ORDER BY kind", order_id)
    assert [(row[0], row[1]) for row in rows] == [("accepted", 1), ("delivered", 1), ("placed", 1)]
    assert rows[1][2] == date(2026, 11, 11)


@pytest.mark.usefixtures("rolled_back")
async def test_rates_as_of_a_past_moment_know_only_what_was_known_then() -> None:
    supplier = uuid7()
    for _ in range(6):
        await order(supplier, days_ago=60, late=0)
    for _ in range(4):
        await order(supplier, days_ago=30, late=2)
    await service.recompute(NOW)
    then = await service.rates_as_of(supplier, as_of=NOW - timedelta(days=25))
    assert (then.on_time.k, then.on_time.n, then.acceptance.n) == (6, 6, 10)
    # Four orders have passed their promise and nobody has heard of them: late at once, before they arrive late.
    passed = await service.rates_as_of(supplier, as_of=NOW - timedelta(days=22))
    assert (passed.on_time.k, passed.on_time.n) == (6, 10)
    (now,) = await service.rates_in_order([supplier])
    assert now is not None
    assert await service.rates_as_of(supplier, as_of=now.as_of) == now
    months = await service.history(supplier, now=NOW)
    assert (len(months), months[0].on_time.n, months[-1].on_time.n) == (13, 0, 10)


@pytest.mark.usefixtures("rolled_back")
async def test_a_replay_gives_the_same_digits_and_finds_what_was_changed() -> None:
    supplier, other = uuid7(), uuid7()
    for late in (0, 0, -1, 3, 0, 0, None):
        await order(supplier, late=late)
        await order(other, late=late, days_ago=40)
    await service.recompute_all(NOW)
    assert (await service.replay()).differences == []
    one = await service.replay(supplier)
    assert (one.suppliers, one.events, one.waiting, one.differences) == (1, 20, 0, [])
    await connection().execute("UPDATE trust.supplier_rates SET on_time_low = on_time_low - 0.000001 WHERE supplier_id = $1", supplier)
    (found,) = (await service.replay()).differences
    assert found.what == f"supplier {supplier} on_time"
    assert (await service.replay(other)).differences == []


@pytest.mark.usefixtures("rolled_back")
async def test_a_supplier_that_waits_for_computing_is_not_compared() -> None:
    supplier = uuid7()
    for _ in range(5):
        await order(supplier)
    await service.recompute(NOW)
    await order(supplier)
    waiting = await service.replay(supplier)
    assert (waiting.suppliers, waiting.waiting, waiting.differences) == (0, 1, [])
    await service.recompute(NOW)
    assert (await service.replay(supplier)).suppliers == 1


@pytest.mark.usefixtures("rolled_back")
async def test_a_correction_stands_beside_the_event_and_moves_the_rate(world: World) -> None:
    supplier, operator = uuid7(), world.logins["operator"].actor
    ids = [await order(supplier, late=2) for _ in range(5)]
    await service.recompute(NOW)
    await service.correct(ids[0], kind="delivered", reason="The carrier's note says Monday.", actor=operator, now=NOW, delivered_on=date(2026, 11, 9))
    await service.correct(ids[1], kind="accepted", reason="Placed by mistake.", actor=operator, now=NOW, is_void=True)
    assert await service.recompute(NOW) == 1
    (rates,) = await service.rates_in_order([supplier])
    assert rates is not None
    assert (rates.on_time.k, rates.on_time.n, rates.acceptance.n) == (1, 4, 4)
    assert (await service.replay(supplier)).differences == []
    rows = await service.orders_counted(supplier, actor=operator, now=NOW)
    assert sorted((row.corrections, row.on_time) for row in rows) == [(0, "no"), (0, "no"), (0, "no"), (1, "not-accepted"), (1, "yes")]
    await service.correct(ids[2], kind="placed", reason="A test order.", actor=operator, now=NOW, is_void=True)
    await service.recompute(NOW)
    assert (await service.replay(supplier)).differences == []
    lone = uuid7()
    await service.note(lone, kind="placed", at=NOW, now=NOW, supplier_id=supplier, buyer_id=BUYER)
    await service.correct(lone, kind="placed", reason="Never happened.", actor=operator, now=NOW, is_void=True)
    assert lone not in [row.order_id for row in await service.orders_counted(supplier, actor=operator, now=NOW)]
    with pytest.raises(NotFound):
        await service.correct(uuid7(), kind="delivered", reason="None.", actor=operator, now=NOW)
    for caller in ("supplier_a", "buyer_a"):
        with pytest.raises(NotAllowed):
            await service.correct(ids[2], kind="delivered", reason="Mine.", actor=world.logins[caller].actor, now=NOW, is_void=True)


@pytest.mark.usefixtures("rolled_back")
async def test_means_draw_a_supplier_towards_its_own_categories(world: World) -> None:
    assert world
    product_id = world.offers[0].product_id
    punctual, late, new = uuid7(), uuid7(), uuid7()
    known: dict[str, Any] = {"buyer_id": BUYER, "product_ids": (product_id,)}
    for supplier, count, days in ((punctual, 30, 0), (late, 30, 2), (new, 5, 0)):
        for _ in range(count):
            order_id, placed = uuid7(), NOW - timedelta(days=20)
            promised = (placed + timedelta(days=7)).date()
            await service.note(order_id, kind="placed", at=placed, now=placed, placed_at=placed, supplier_id=supplier, **known)
            await service.note(
                order_id, kind="accepted", at=placed, now=placed, placed_at=placed, promised_on=promised, time_zone="UTC", supplier_id=supplier, buyer_id=BUYER
            )  # fmt: skip
            await service.note(
                order_id, kind="delivered", at=NOW - timedelta(days=9), now=NOW - timedelta(days=9), delivered_on=promised + timedelta(days=days),
                supplier_id=supplier, buyer_id=BUYER,
            )  # fmt: skip
    await service.recompute_all(NOW)
    means_as_of, means = await service.means(NOW)
    assert means_as_of == NOW - service.SETTLED
    category = next(one for one in means if one.measure == "on_time" and one.category_id is not None)
    assert (category.k, category.n) == (35, 65)
    (rates,) = await service.rates_in_order([new])
    assert rates is not None
    assert (rates.on_time.k, rates.on_time.n, rates.on_time.mean) == (5, 5, category.mean)
    assert rates.on_time.rate == ((5 + 10 * category.mean) / 15).quantize(Decimal("0.000001"))
    assert (await service.replay()).differences == []


FACTS = st.lists(
    st.tuples(st.integers(0, 3), st.sampled_from(KINDS), st.integers(0, 400), st.integers(0, 30), st.integers(0, 12), st.booleans()),
    min_size=1, max_size=25,
)  # fmt: skip


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(facts=FACTS)
async def test_facts_as_they_come_and_a_replay_of_the_events_give_the_same_rates(facts: list[Any], database: Settings) -> None:
    assert database
    async with rehearsal():
        await _facts_and_replay(facts)


async def _facts_and_replay(facts: list[Any]) -> None:
    supplier, ids = uuid7(), [uuid7() for _ in range(4)]
    placed_ago: dict[int, timedelta] = {}
    # Several zones, the dates near the change of a day, seconds that are not whole hours: where two ways of counting would part.
    for number, kind, ago, promised, came, is_east in facts:
        placed = NOW - placed_ago.setdefault(number, timedelta(days=ago, seconds=ago * 7 + number))
        known: dict[str, Any] = {} if kind in {"cancelled", "delivered"} else {"placed_at": placed}
        if kind == "accepted":
            zone = "Pacific/Auckland" if is_east else "America/Los_Angeles"
            known |= {"promised_on": (placed + timedelta(days=promised)).date() if promised else None, "time_zone": zone}
        if kind == "delivered":
            known |= {"delivered_on": (placed + timedelta(days=came)).date()}
        at = placed if kind == "placed" else placed + timedelta(minutes=came * 37 + number)
        await service.note(ids[number], kind=kind, supplier_id=supplier, buyer_id=BUYER, at=at, now=NOW, **known)
    while await service.recompute(NOW):
        pass
    found = await service.replay(supplier)
    assert (found.suppliers, found.differences) == (1, [])


EVENTS = st.lists(st.tuples(st.integers(0, 2), st.sampled_from(KINDS), st.integers(1, 3), st.booleans()), max_size=20, unique_by=lambda one: one[:3])


@settings(deadline=None)
@given(EVENTS, st.randoms(use_true_random=False))
def test_the_order_in_which_events_come_does_not_matter(parts: list[Any], shuffler: Any) -> None:
    events = [
        Event(
            id=UUID(int=place), order_id=UUID(int=number), supplier_id=UUID(int=1), buyer_id=BUYER, kind=kind, version=version,
            at=NOW - timedelta(days=place), placed_at=NOW - timedelta(days=9), time_zone="UTC", is_void=is_void and version > 1, recorded_at=NOW,
        )
        for place, (number, kind, version, is_void) in enumerate(parts)
    ]  # fmt: skip
    mixed = list(events)
    shuffler.shuffle(mixed)
    assert rules_events.fold(events) == rules_events.fold(mixed)


async def test_two_workers_at_one_supplier_end_with_all_facts_counted(committed: Settings) -> None:
    assert committed
    supplier = uuid7()

    async def work(number: int) -> None:
        await order(supplier, late=number % 2)
        await service.recompute(NOW)

    await asyncio.gather(*(work(number) for number in range(12)))
    while await service.recompute(NOW):
        pass
    (rates,) = await service.rates_in_order([supplier])
    assert rates is not None
    assert (rates.on_time.k, rates.on_time.n, rates.acceptance.n) == (6, 12, 12)
    assert (await service.replay(supplier)).differences == []


async def test_facts_of_one_order_that_come_at_once_are_all_folded(committed: Settings) -> None:
    assert committed
    for _ in range(5):
        supplier, order_id, placed = uuid7(), uuid7(), NOW - timedelta(days=20)
        known: dict[str, Any] = {"supplier_id": supplier, "buyer_id": BUYER, "now": NOW}
        await asyncio.gather(
            service.note(order_id, kind="placed", at=placed, placed_at=placed, **known),
            service.note(order_id, kind="accepted", at=placed, placed_at=placed, promised_on=date(2026, 11, 11), time_zone="UTC", **known),
            service.note(order_id, kind="delivered", at=NOW, delivered_on=date(2026, 11, 10), **known),
        )
        (row,) = await service.orders_counted(supplier, actor=somebody_of(supplier), now=NOW)
        assert (row.on_time, row.acceptance) == ("yes", "yes")


def somebody_of(supplier_id: UUID) -> Actor:
    """Give somebody of a supplier's."""
    return Actor(organisation_id=supplier_id, person_id=uuid7(), capacities=frozenset({"supplier"}), roles=frozenset({"owner"}))


@pytest.mark.parametrize(
    "wrong", ["", "yesterday", "2026-11-24T09:20:00", "2027-01-01T00:00:00+00:00", "1999-12-31T23:00:00+00:00", "0001-01-01T00:00:00+14:00"]
)
def test_only_a_past_moment_with_its_offset_is_one(wrong: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        rules.moment(wrong, now=NOW)
    assert refused.value.errors[0].pointer == "/as_of"
    assert rules.moment("2026-06-30T14:00:00+02:00", now=NOW) == NOW.replace(month=6, day=30, hour=12, minute=0)
