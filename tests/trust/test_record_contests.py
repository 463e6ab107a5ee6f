"""Tests of contesting an event of a score: who may, what may be said, what the operator's answer does, and that one answer holds."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

import msgspec
import pytest

from marketplace.kernel.actor import WORKER, Actor
from marketplace.kernel.database import connection, reading
from marketplace.kernel.errors import DomainError, InvalidInput, NotAllowed, NotFound
from marketplace.kernel.ids import uuid7
from tests.conftest import NOW
from tests.vendors import market
from trust.package import PACKAGE
from trust.record import service
from trust.record.errors import ContestDecided, ContestOpen, TooManyContests
from trust.record.schemas import ContestIn, DecisionIn
from trust.score import service as score

if TYPE_CHECKING:
    from collections.abc import Awaitable, Sequence

    from marketplace.kernel.settings import Settings

OPERATOR = Actor(organisation_id=UUID(int=903), person_id=UUID(int=904), capacities=frozenset({"operator"}), roles=frozenset({"admin"}))
PLACED = NOW - timedelta(days=20)
PROMISED = date(2026, 11, 12)
LATE, RIGHT = date(2026, 11, 14), date(2026, 11, 12)
OTHER_DAY = ContestIn(kind="delivered", wrong="date", delivered_on=RIGHT, reason="The signed note says the 12th.")
SECRET = "s" * 32
rolled_back = pytest.mark.usefixtures("rolled_back")


async def late_order(seller: market.Shop, number: str = "G900-1") -> UUID:
    """Let an order arrive two days after its promise, as it is known."""
    order_id = uuid7()
    known: dict[str, Any] = {"supplier_id": seller.supplier_id, "buyer_id": UUID(int=902)}
    await score.note(order_id, kind="placed", at=PLACED, now=PLACED, placed_at=PLACED, order_number=number, **known)
    await score.note(order_id, kind="accepted", at=PLACED, now=PLACED, placed_at=PLACED, promised_on=PROMISED, time_zone="UTC", **known)
    await score.note(order_id, kind="delivered", at=PLACED, now=PLACED, delivered_on=LATE, **known)
    return order_id


async def kept() -> tuple[int, int, int]:
    """Count events, contests and answers."""
    sql = "SELECT (SELECT count(*) FROM trust.events), (SELECT count(*) FROM trust.contests), (SELECT count(*) FROM trust.contest_decisions)"
    async with reading(WORKER):
        row = await connection().fetchrow(sql)
    assert row is not None
    return row[0], row[1], row[2]


async def audited(order_id: UUID) -> list[str]:
    async with reading(WORKER):
        rows = await connection().fetch("SELECT action FROM kernel.audit_rows WHERE entity_id = $1 ORDER BY at, id", order_id)
    return [row[0] for row in rows]


@rolled_back
async def test_a_contest_that_is_accepted_corrects_the_event_and_the_rates_follow() -> None:
    seller = await market.shop("Hansa Lager", now=NOW)
    order_id = await late_order(seller)
    record = await service.state(order_id, sent=OTHER_DAY, actor=seller.actor, now=NOW)
    (contest,) = record.contests
    assert (contest.state, contest.kind, contest.event_version, record.order.contest, record.order.on_time) == ("open", "delivered", 1, "open", "no")
    assert [(one.kind, one.contest) for one in record.events] == [("accepted", ""), ("delivered", "open"), ("placed", "")]
    rows, _, _ = await service.page_of_orders(seller.supplier_id, cursor=None, limit=50, secret=SECRET, actor=seller.actor, now=NOW)
    assert [(one.order_number, one.contest, one.corrections) for one in rows] == [("G900-1", "open", 0)]
    answered = await service.decide(contest.id, sent=DecisionIn(outcome="accepted", answer="Seen on the note."), actor=OPERATOR, now=NOW)
    assert (answered.state, answered.answer, answered.decided_at) == ("accepted", "Seen on the note.", NOW)
    after = await service.order_record(order_id, supplier_id=seller.supplier_id, actor=seller.actor, now=NOW)
    assert (after.order.on_time, after.order.contest, after.order.corrections) == ("yes", "accepted", 1)
    assert [(one.version, one.delivered_on, one.reason, one.contest) for one in after.events if one.kind == "delivered"] == [
        (1, LATE, "", "accepted"), (2, RIGHT, "Seen on the note.", ""),
    ]  # fmt: skip
    await score.recompute(NOW)
    (rates,) = await score.rates_in_order([seller.supplier_id])
    assert rates is not None
    assert (rates.on_time.k, rates.on_time.n) == (1, 1)
    assert await audited(order_id) == ["trust.contested", "trust.corrected", "trust.contest_accepted"]


@rolled_back
async def test_a_contest_that_is_declined_changes_nothing_and_says_why() -> None:
    seller = await market.shop("Hansa Lager", now=NOW)
    order_id = await late_order(seller)
    contest = (await service.state(order_id, sent=OTHER_DAY, actor=seller.actor, now=NOW)).contests[0]
    events = (await kept())[0]
    with pytest.raises(InvalidInput):
        await service.decide(contest.id, sent=DecisionIn(outcome="declined", answer="  "), actor=OPERATOR, now=NOW)
    assert (await service.contest(contest.id, actor=OPERATOR)).state == "open"
    await service.decide(contest.id, sent=DecisionIn(outcome="declined", answer="The note says the 14th."), actor=OPERATOR, now=NOW)
    (told,), following = await service.my_contests(cursor=None, limit=5, secret=SECRET, actor=seller.actor)
    assert (told.state, told.answer, following) == ("declined", "The note says the 14th.", None)
    assert (await kept())[0] == events
    assert (await service.order_record(order_id, supplier_id=seller.supplier_id, actor=seller.actor, now=NOW)).order.on_time == "no"
    assert await audited(order_id) == ["trust.contested", "trust.contest_declined"]
    with pytest.raises(ContestDecided) as refused:
        await service.decide(contest.id, sent=DecisionIn(outcome="accepted"), actor=OPERATOR, now=NOW)
    assert refused.value.extra == {"current": "declined"}
    assert (await kept())[0] == events


@rolled_back
async def test_an_accepted_contest_that_something_was_not_so_takes_it_back_in_the_suppliers_words() -> None:
    seller = await market.shop("Hansa Lager", now=NOW)
    order_id = await late_order(seller)
    sent = ContestIn(kind="accepted", wrong="void", reason="The buyer took\n it back by telephone.")
    contest = (await service.state(order_id, sent=sent, actor=seller.actor, now=NOW)).contests[0]
    await service.decide(contest.id, sent=DecisionIn(outcome="accepted"), actor=OPERATOR, now=NOW)
    after = await service.order_record(order_id, supplier_id=seller.supplier_id, actor=seller.actor, now=NOW)
    assert (after.order.on_time, after.order.acceptance) == ("not-accepted", "unanswered")
    assert (after.events[-1].is_void, after.events[-1].reason) == (True, "The buyer took it back by telephone.")
    assert [one.kind for one in service.stands(after)] == ["delivered"]
    with pytest.raises(InvalidInput) as refused:
        await service.state(order_id, sent=sent, actor=seller.actor, now=NOW)
    assert [one.pointer for one in refused.value.errors] == ["/kind"]


@rolled_back
@pytest.mark.parametrize(
    "change, pointers",
    [
        ({"kind": "refused", "wrong": "void", "delivered_on": None}, ["/kind"]),
        ({"kind": "accepted"}, ["/wrong"]),
        ({"wrong": "void"}, ["/delivered_on"]),
        ({"delivered_on": None}, ["/delivered_on"]),
        ({"delivered_on": LATE}, ["/delivered_on"]),
        ({"delivered_on": NOW.date() + timedelta(days=1)}, ["/delivered_on"]),
        ({"delivered_on": PLACED.date() - timedelta(days=1)}, ["/delivered_on"]),
        ({"reason": " \n "}, ["/reason"]),
        ({"reason": "a\u200bb"}, ["/reason"]),
        ({"kind": "cancelled", "reason": ""}, ["/kind", "/wrong", "/reason"]),
    ],
)
async def test_what_cannot_be_contested_is_refused_beside_its_field_and_nothing_is_kept(change: dict[str, Any], pointers: list[str]) -> None:
    seller = await market.shop("Hansa Lager", now=NOW)
    order_id = await late_order(seller)
    before = await kept()
    with pytest.raises(InvalidInput) as refused:
        await service.state(order_id, sent=msgspec.structs.replace(OTHER_DAY, **change), actor=seller.actor, now=NOW)
    assert [one.pointer for one in refused.value.errors] == pointers
    assert (await kept(), await audited(order_id)) == (before, [])


@rolled_back
async def test_one_contest_of_an_event_waits_at_a_time_and_three_are_the_most() -> None:
    seller = await market.shop("Hansa Lager", now=NOW)
    order_id = await late_order(seller)
    for _ in range(3):
        contest = (await service.state(order_id, sent=OTHER_DAY, actor=seller.actor, now=NOW)).contests[0]
        with pytest.raises(ContestOpen):
            await service.state(order_id, sent=OTHER_DAY, actor=seller.actor, now=NOW)
        await service.decide(contest.id, sent=DecisionIn(outcome="declined", answer="No."), actor=OPERATOR, now=NOW)
    with pytest.raises(TooManyContests):
        await service.state(order_id, sent=OTHER_DAY, actor=seller.actor, now=NOW)
    record = await service.state(
        order_id, sent=ContestIn(kind="accepted", wrong="void", reason="Not so."), actor=seller.actor, now=NOW
    )  # fmt: skip
    assert [one.state for one in record.contests] == ["open", "declined", "declined", "declined"]


@rolled_back
async def test_another_supplier_contests_nothing_of_it_and_only_the_operator_answers() -> None:
    seller, other = await market.shop("Hansa Lager", now=NOW), await market.shop("Elbe Teile", now=NOW)
    order_id = await late_order(seller)
    contest = (await service.state(order_id, sent=OTHER_DAY, actor=seller.actor, now=NOW)).contests[0]
    before = await kept()
    for wanted in (order_id, uuid7()):
        with pytest.raises(NotFound):
            await service.state(wanted, sent=OTHER_DAY, actor=other.actor, now=NOW)
    with pytest.raises(NotFound):
        await service.order_record(order_id, supplier_id=seller.supplier_id, actor=other.actor, now=NOW)
    assert await service.my_contests(cursor=None, limit=5, secret=SECRET, actor=other.actor) == ([], None)
    for actor in (seller.actor, other.actor):
        with pytest.raises(NotAllowed):
            await service.decide(contest.id, sent=DecisionIn(outcome="accepted"), actor=actor, now=NOW)
        with pytest.raises(NotAllowed):
            await service.contest(contest.id, actor=actor)
    with pytest.raises(NotFound):
        await service.decide(uuid7(), sent=DecisionIn(outcome="accepted"), actor=OPERATOR, now=NOW)
    assert await kept() == before


@rolled_back
async def test_the_operators_lists_lead_from_page_to_page() -> None:
    seller = await market.shop("Hansa Lager", now=NOW)
    made = []
    for number in range(5):
        order_id = await late_order(seller, f"G90{number}-1")
        made.append((await service.state(order_id, sent=OTHER_DAY, actor=seller.actor, now=NOW)).contests[0].id)
    for decided in made[:2]:
        await service.decide(decided, sent=DecisionIn(outcome="declined", answer="No."), actor=OPERATOR, now=NOW)

    async def all_of(*, is_open: bool) -> list[UUID]:
        found: list[UUID] = []
        cursor: str | None = None
        while True:
            rows, cursor = await service.contests(is_open=is_open, cursor=cursor, limit=1, secret=SECRET, actor=OPERATOR)
            found += [one.id for one in rows if one.supplier_id == seller.supplier_id]
            if cursor is None:
                return found

    assert await all_of(is_open=True) == made[2:]
    assert await all_of(is_open=False) == made[1::-1]
    assert await service.count_waiting(OPERATOR) >= 3


async def undelivered(seller: market.Shop, *, promised: date = PROMISED) -> UUID:
    """Let an order be accepted, and nothing become known of its delivery."""
    order_id = uuid7()
    known: dict[str, Any] = {"supplier_id": seller.supplier_id, "buyer_id": UUID(int=902), "at": PLACED, "now": PLACED, "placed_at": PLACED}
    await score.note(order_id, kind="placed", order_number="G901-1", **known)
    await score.note(order_id, kind="accepted", promised_on=promised, time_zone="UTC", **known)
    return order_id


@rolled_back
async def test_the_day_of_a_delivery_that_nobody_knows_of_is_said_and_what_becomes_known_later_stands_before_it() -> None:
    seller = await market.shop("Hansa Lager", now=NOW)
    order_id = await undelivered(seller)
    record = await service.order_record(order_id, supplier_id=seller.supplier_id, actor=seller.actor, now=NOW)
    assert (record.order.on_time, service.may_say_day(record), [one.kind for one in service.stands(record)]) == ("no", True, ["accepted"])
    record = await service.state(order_id, sent=OTHER_DAY, actor=seller.actor, now=NOW)
    (contest,) = record.contests
    assert (contest.kind, contest.event_version, contest.delivered_on, contest.state, service.may_say_day(record)) == (
        "delivered", None, RIGHT, "open", False,
    )  # fmt: skip
    with pytest.raises(ContestOpen):
        await service.state(order_id, sent=OTHER_DAY, actor=seller.actor, now=NOW)
    await service.decide(contest.id, sent=DecisionIn(outcome="accepted", answer="Seen on the note."), actor=OPERATOR, now=NOW)
    after = await service.order_record(order_id, supplier_id=seller.supplier_id, actor=seller.actor, now=NOW)
    noon = datetime(2026, 11, 12, 12, tzinfo=UTC)
    assert (after.order.on_time, after.order.delivered_on, after.order.corrections, service.may_say_day(after)) == ("yes", RIGHT, 1, False)
    assert [(one.version, one.at, one.delivered_on, one.reason) for one in after.events if one.kind == "delivered"] == [
        (2, noon, RIGHT, "Seen on the note.")
    ]
    await score.note(order_id, kind="delivered", supplier_id=seller.supplier_id, buyer_id=UUID(int=902), at=NOW, now=NOW, delivered_on=NOW.date())
    late = await service.order_record(order_id, supplier_id=seller.supplier_id, actor=seller.actor, now=NOW)
    assert (late.order.on_time, late.order.delivered_on) == ("yes", RIGHT)
    assert sorted(one.version for one in late.events if one.kind == "delivered") == [1, 2]
    await score.recompute(NOW)
    (rates,) = await score.rates_in_order([seller.supplier_id])
    assert rates is not None
    assert (rates.on_time.k, rates.on_time.n) == (1, 1)
    assert (await score.replay()).differences == []
    for one in PACKAGE.invariants:
        assert await connection().fetch(one.sql) == [], one.title


@rolled_back
@pytest.mark.parametrize(
    "change, pointers",
    [
        ({"wrong": "void", "delivered_on": None}, ["/wrong"]),
        ({"delivered_on": None}, ["/delivered_on"]),
        ({"delivered_on": NOW.date() + timedelta(days=1)}, ["/delivered_on"]),
        ({"delivered_on": PLACED.date() - timedelta(days=1)}, ["/delivered_on"]),
        ({"reason": " "}, ["/reason"]),
    ],
)
async def test_of_a_delivery_that_nobody_knows_of_only_a_day_that_can_be_is_said(change: dict[str, Any], pointers: list[str]) -> None:
    seller = await market.shop("Hansa Lager", now=NOW)
    order_id = await undelivered(seller)
    before = await kept()
    with pytest.raises(InvalidInput) as refused:
        await service.state(order_id, sent=msgspec.structs.replace(OTHER_DAY, **change), actor=seller.actor, now=NOW)
    assert [one.pointer for one in refused.value.errors] == pointers
    assert await kept() == before


@rolled_back
async def test_the_day_of_an_order_that_is_under_way_cannot_be_said() -> None:
    seller = await market.shop("Hansa Lager", now=NOW)
    order_id = await undelivered(seller, promised=NOW.date() + timedelta(days=1))
    record = await service.order_record(order_id, supplier_id=seller.supplier_id, actor=seller.actor, now=NOW)
    assert (record.order.on_time, service.may_say_day(record)) == ("under-way", False)
    before = await kept()
    with pytest.raises(InvalidInput) as refused:
        await service.state(order_id, sent=OTHER_DAY, actor=seller.actor, now=NOW)
    assert [one.pointer for one in refused.value.errors] == ["/kind"]
    assert await kept() == before


@rolled_back
@pytest.mark.parametrize("day, is_void, state", [(RIGHT, False, "accepted"), (date(2026, 11, 13), False, "corrected"), (None, True, "corrected")])
@pytest.mark.parametrize("is_known", [True, False])
async def test_the_operators_own_correction_answers_what_waits_of_the_same_event(
    *, day: date | None, is_void: bool, state: str, is_known: bool
) -> None:
    seller = await market.shop("Hansa Lager", now=NOW)
    order_id = await (late_order(seller) if is_known else undelivered(seller))
    contest = (await service.state(order_id, sent=OTHER_DAY, actor=seller.actor, now=NOW)).contests[0]
    other = ContestIn(kind="accepted", wrong="void", reason="Not so.")
    await service.state(order_id, sent=other, actor=seller.actor, now=NOW)
    correction: dict[str, Any] = {"kind": "delivered", "reason": "The carrier wrote.", "now": NOW, "delivered_on": day, "is_void": is_void}
    before = await kept()
    with pytest.raises(NotAllowed):
        await service.correct(order_id, actor=seller.actor, **correction)
    assert await kept() == before
    if is_void and not is_known:
        with pytest.raises(NotFound):
            await service.correct(order_id, actor=WORKER, **correction)
        assert (await service.contest(contest.id, actor=OPERATOR)).state == "open"
        return
    await service.correct(order_id, actor=WORKER, **correction)
    told = await service.contest(contest.id, actor=OPERATOR)
    assert (told.state, told.answer, told.decided_at) == (state, "The carrier wrote.", NOW)
    assert await kept() == (before[0] + 1, before[1], before[2] + 1)
    record = await service.order_record(order_id, supplier_id=seller.supplier_id, actor=seller.actor, now=NOW)
    assert [one.state for one in record.contests] == ["open", state]
    with pytest.raises(ContestDecided):
        await service.decide(contest.id, sent=DecisionIn(outcome="accepted"), actor=OPERATOR, now=NOW)
    assert (await audited(order_id))[-2:] == [f"trust.contest_{state}", "trust.corrected"]
    for one in PACKAGE.invariants:
        assert await connection().fetch(one.sql) == [], one.title


async def outcomes(works: Sequence[Awaitable[object]]) -> list[str]:
    """Let all of them run at once, and tell of each what became of it."""
    found = await asyncio.gather(*works, return_exceptions=True)
    assert all(isinstance(one, DomainError) or not isinstance(one, BaseException) for one in found), found
    return sorted(type(one).__name__ if isinstance(one, DomainError) else "done" for one in found)


async def test_of_many_operators_who_answer_at_once_one_wins_and_at_most_one_correction_is_made(committed: Settings) -> None:
    assert committed
    seller = await market.shop("Hansa Lager", now=NOW)
    order_id = await late_order(seller)
    stated = await outcomes([service.state(order_id, sent=OTHER_DAY, actor=seller.actor, now=NOW) for _ in range(12)])
    assert stated == ["ContestOpen"] * 11 + ["done"]
    (contest,) = (await service.order_record(order_id, supplier_id=seller.supplier_id, actor=seller.actor, now=NOW)).contests
    operators = [msgspec.structs.replace(OPERATOR, person_id=uuid7()) for _ in range(12)]
    answers = [DecisionIn(outcome=("accepted", "declined")[number % 2], answer=f"Answer {number}.") for number in range(12)]
    works = [service.decide(contest.id, sent=sent, actor=actor, now=NOW) for sent, actor in zip(answers, operators, strict=True)]
    assert await outcomes(works) == ["ContestDecided"] * 11 + ["done"]
    found = await service.contest(contest.id, actor=OPERATOR)
    record = await service.order_record(order_id, supplier_id=seller.supplier_id, actor=seller.actor, now=NOW)
    assert record.order.corrections == (1 if found.state == "accepted" else 0)
    assert record.order.on_time == ("yes" if found.state == "accepted" else "no")
    assert (await audited(order_id)).count(f"trust.contest_{found.state}") == 1


async def test_an_answer_and_the_operators_own_corrections_at_once_answer_a_contest_once_and_wait_for_nobody(committed: Settings) -> None:
    assert committed
    seller = await market.shop("Hansa Lager", now=NOW)
    order_id = await late_order(seller)
    contest = (await service.state(order_id, sent=OTHER_DAY, actor=seller.actor, now=NOW)).contests[0]
    before = (await kept())[2]
    answers = [service.decide(contest.id, sent=DecisionIn(outcome="accepted", answer="Seen."), actor=OPERATOR, now=NOW) for _ in range(6)]
    said: dict[str, Any] = {"kind": "delivered", "reason": "The carrier wrote.", "delivered_on": RIGHT, "actor": WORKER, "now": NOW}
    corrections = [service.correct(order_id, **said) for _ in range(6)]
    found = await outcomes([work for pair in zip(answers, corrections, strict=True) for work in pair])
    assert set(found) <= {"ContestDecided", "done"}
    assert found.count("ContestDecided") in {5, 6}
    assert (await service.contest(contest.id, actor=OPERATOR)).state == "accepted"
    assert (await kept())[2] == before + 1
