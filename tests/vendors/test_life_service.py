"""Tests of a supplier's life: who may do what, what it does to sales, and how a notice runs out."""

from __future__ import annotations

import asyncio
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from marketplace.kernel.actor import WORKER, Actor
from marketplace.kernel.database import transaction
from marketplace.kernel.errors import InvalidInput, NotAllowed, NotFound, VersionConflict
from marketplace.kernel.ids import uuid7
from marketplace.kernel.money import Money
from marketplace.kernel.ports import SUPPLIER_TIES, Ties
from tests.conftest import NOW
from tests.vendors import market
from vendors.accounts import service as accounts
from vendors.life import rules, service
from vendors.life.errors import NotPossibleNow, StillHeld
from vendors.life.schemas import LifeChange, Standing
from vendors.offers import service as offers

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from uuid import UUID


OPERATOR = Actor(capacities=frozenset({"operator"}), roles=frozenset({"admin"}), organisation_id=None, person_id=None)
FREE = Ties()


class Answer:
    """Says of every supplier what a test wants it to be tied to."""

    def __init__(self, ties: Ties) -> None:
        """Take the answer."""
        self.answer = ties

    async def ties(self, supplier_id: UUID, *, now: datetime) -> Ties:
        """Give the answer."""
        assert supplier_id
        assert now
        return self.answer


class HeldBut:
    """Says of every supplier but one that an order of it is open."""

    def __init__(self, free: UUID) -> None:
        """Take the one that nothing holds."""
        self.free = free

    async def ties(self, supplier_id: UUID, *, now: datetime) -> Ties:
        """Give the answer."""
        assert now
        return FREE if supplier_id == self.free else Ties(open_orders=1)


@pytest.fixture(autouse=True)
def ties() -> Iterator[Answer]:
    """Answer for the packages above, which the vendors' own tests do not have."""
    bound = SUPPLIER_TIES.implementations
    answer = Answer(FREE)
    SUPPLIER_TIES.bind(answer)
    yield answer
    SUPPLIER_TIES.bind(*bound)


def change(act: str, *, version: int, **dates: Any) -> LifeChange:
    return LifeChange(act=act, reason="It is so.", version=version, **dates)  # type: ignore[arg-type]


async def sells(product_id: UUID, *, at: datetime = NOW) -> bool:
    found = await offers.offers_for_comparison(product_id, now=at, viewer=Actor())
    return bool(found)


async def count() -> int:
    async with transaction(actor=WORKER) as connection:
        return int(await connection.fetchval("SELECT count(*) FROM vendors.supplier_acts"))


@pytest.mark.usefixtures("rolled_back")
async def test_a_supplier_pauses_and_reopens_and_its_offers_follow_at_once() -> None:
    seller = await market.shop("Hansa Lager", now=NOW)
    product_id = await market.product("P-1", now=NOW)
    await market.offer(seller, product_id, "S-1", now=NOW)
    assert await sells(product_id)
    paused = await service.change_life(seller.supplier_id, change("pause", version=1), actor=seller.actor, now=NOW)
    assert (paused.state, paused.sells, paused.version, paused.possible) == ("paused", False, 2, ["reopen", "close"])
    assert not await sells(product_id)
    opened = await service.change_life(seller.supplier_id, change("reopen", version=2), actor=seller.actor, now=NOW + timedelta(minutes=1))
    assert (opened.state, opened.sells, [act.act for act in opened.log]) == ("open", True, ["reopen", "pause"])
    assert await sells(product_id)


@pytest.mark.usefixtures("rolled_back")
async def test_a_planned_closure_covers_its_days_and_ends_by_itself() -> None:
    seller = await market.shop("Hansa Lager", now=NOW)
    product_id = await market.product("P-1", now=NOW)
    await market.offer(seller, product_id, "S-1", now=NOW)
    days = {"closed_from": date(2026, 12, 24), "closed_to": date(2026, 12, 26)}
    planned = await service.change_life(seller.supplier_id, change("close", version=1, **days), actor=seller.actor, now=NOW)
    assert (planned.state, planned.sells, planned.is_closed) == ("open", True, False)
    shown = []
    for day in (23, 24, 26, 27):
        at = NOW.replace(month=12, day=day)
        shown.append((await sells(product_id, at=at), (await service.life(seller.supplier_id, actor=seller.actor, now=at)).is_closed))
    assert shown == [(True, False), (False, True), (False, True), (True, False)]
    later = NOW.replace(month=12, day=27)
    assert "cancel_closure" not in (await service.life(seller.supplier_id, actor=seller.actor, now=later)).possible


@pytest.mark.usefixtures("rolled_back")
async def test_a_lifted_suspension_leads_back_to_how_the_supplier_stood() -> None:
    seller = await market.shop("Hansa Lager", now=NOW)
    await service.change_life(seller.supplier_id, change("pause", version=1), actor=seller.actor, now=NOW)
    suspended = await service.change_life(seller.supplier_id, change("suspend", version=2), actor=OPERATOR, now=NOW + timedelta(minutes=1))
    assert (suspended.state, suspended.possible) == ("suspended", ["lift", "give_notice"])
    with pytest.raises(NotPossibleNow) as refused:
        await service.change_life(seller.supplier_id, change("reopen", version=3), actor=seller.actor, now=NOW + timedelta(minutes=2))
    assert refused.value.extra["current"] == "suspended"
    lifted = await service.change_life(seller.supplier_id, change("lift", version=3), actor=OPERATOR, now=NOW + timedelta(minutes=3))
    assert (lifted.state, lifted.log[0].by, lifted.log[-1].by) == ("paused", "operator", "supplier")


@pytest.mark.usefixtures("rolled_back")
@pytest.mark.parametrize("act", rules.OPERATOR_ACTS)
async def test_a_supplier_does_none_of_the_operators_acts(act: str) -> None:
    seller = await market.shop("Hansa Lager", now=NOW)
    before = await count()
    with pytest.raises(NotAllowed):
        await service.change_life(seller.supplier_id, change(act, version=1), actor=seller.actor, now=NOW)
    assert await count() == before
    assert (await service.life(seller.supplier_id, actor=seller.actor, now=NOW)).version == 1


@pytest.mark.usefixtures("rolled_back")
@pytest.mark.parametrize("act", rules.OWN_ACTS)
async def test_the_operator_does_none_of_the_suppliers_acts_and_others_see_nothing(act: str) -> None:
    seller = await market.shop("Hansa Lager", now=NOW)
    other = await market.shop("Cathay Maritime", now=NOW)
    before = await count()
    with pytest.raises(NotAllowed):
        await service.change_life(seller.supplier_id, change(act, version=1), actor=OPERATOR, now=NOW)
    with pytest.raises(NotFound):
        await service.change_life(seller.supplier_id, change(act, version=1), actor=other.actor, now=NOW)
    with pytest.raises(NotFound):
        await service.life(seller.supplier_id, actor=other.actor, now=NOW)
    assert await count() == before


@pytest.mark.usefixtures("rolled_back")
@pytest.mark.parametrize(
    "act, dates, pointers",
    [
        ("close", {}, ["/closed_from", "/closed_to"]),
        ("close", {"closed_from": date(2026, 11, 23), "closed_to": date(2026, 11, 30)}, ["/closed_from"]),
        ("close", {"closed_from": date(2026, 11, 30), "closed_to": date(2026, 11, 29)}, ["/closed_to"]),
        ("close", {"closed_from": date(2026, 12, 1), "closed_to": date(2027, 12, 2)}, ["/closed_to"]),
        ("close", {"closed_from": date(2029, 1, 1), "closed_to": date(2029, 1, 2)}, ["/closed_from"]),
        ("close", {"closed_from": date(9999, 12, 31), "closed_to": date(9999, 12, 31)}, ["/closed_from"]),
        ("close", {"closed_from": date(2026, 12, 1), "closed_to": date(9999, 12, 31)}, ["/closed_to"]),
        ("give_notice", {"ends_on": date(2026, 12, 23)}, ["/ends_on"]),
        ("give_notice", {"ends_on": date(9999, 12, 31)}, ["/ends_on"]),
    ],
)
async def test_bad_dates_are_refused_at_their_fields_and_nothing_changes(act: str, dates: dict[str, date], pointers: list[str]) -> None:
    seller = await market.shop("Hansa Lager", now=NOW)
    before = await count()
    who = OPERATOR if act == "give_notice" else seller.actor
    with pytest.raises(InvalidInput) as refused:
        await service.change_life(seller.supplier_id, change(act, version=1, **dates), actor=who, now=NOW)
    assert [error.pointer for error in refused.value.errors] == pointers
    assert await count() == before
    assert (await service.life(seller.supplier_id, actor=seller.actor, now=NOW)).version == 1


@pytest.mark.usefixtures("rolled_back")
@pytest.mark.parametrize("reason", ["", "   \n ", "a\u202eb", "x" * 4001])
async def test_an_act_without_a_reason_that_can_be_read_is_refused(reason: str) -> None:
    seller = await market.shop("Hansa Lager", now=NOW)
    before = await count()
    with pytest.raises(InvalidInput) as refused:
        await service.change_life(seller.supplier_id, LifeChange(act="pause", reason=reason, version=1), actor=seller.actor, now=NOW)
    assert [error.pointer for error in refused.value.errors] == ["/reason"]
    assert await count() == before


@pytest.mark.usefixtures("rolled_back")
async def test_a_stale_version_is_refused() -> None:
    seller = await market.shop("Hansa Lager", now=NOW)
    before = await count()
    with pytest.raises(VersionConflict):
        await service.change_life(seller.supplier_id, change("pause", version=2), actor=seller.actor, now=NOW)
    assert await count() == before


@pytest.mark.usefixtures("rolled_back")
async def test_a_notice_runs_thirty_days_with_its_reasons_and_then_nothing_is_sold(ties: Answer) -> None:
    seller = await market.shop("Hansa Lager", now=NOW)
    product_id = await market.product("P-1", now=NOW)
    await market.offer(seller, product_id, "S-1", now=NOW)
    sent = LifeChange(act="give_notice", reason="Three orders were never shipped.\nNobody answered.", version=1)
    noticed = await service.change_life(seller.supplier_id, sent, actor=OPERATOR, now=NOW)
    assert (noticed.ends_on, noticed.state, noticed.sells) == (date(2026, 12, 24), "open", True)
    read = await service.life(seller.supplier_id, actor=seller.actor, now=NOW)
    assert read.statement == "Three orders were never shipped.\nNobody answered."
    last, first = NOW.replace(month=12, day=23), NOW.replace(month=12, day=24)
    assert [await sells(product_id, at=at) for at in (last, first)] == [True, False]
    ties.answer = Ties(open_orders=2, money_due=(Money(1000, "EUR"),))
    held = await service.life(seller.supplier_id, actor=seller.actor, now=first)
    assert (held.state, held.sells, held.held_by) == ("open", False, ["open-orders", "money-due"])
    with pytest.raises(StillHeld) as refused:
        await service.change_life(seller.supplier_id, change("end", version=2), actor=OPERATOR, now=first)
    assert refused.value.extra == {"held_by": ["open-orders", "money-due"]}
    assert await service.end_notices(first) == 0
    ties.answer = FREE
    assert await service.end_notices(last) == 0
    assert await service.end_notices(first) == 1
    ended = await service.life(seller.supplier_id, actor=OPERATOR, now=first)
    assert (ended.state, ended.possible, ended.log[0].act) == ("terminated", [], "end")
    assert await accounts.find(seller.supplier_id, now=first) is None


@pytest.mark.usefixtures("rolled_back")
async def test_notices_that_are_still_held_keep_none_behind_them_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "BATCH", 2)
    sellers = [await market.shop(f"Hansa {number}", now=NOW) for number in range(5)]
    for seller in sellers:
        await service.change_life(seller.supplier_id, change("give_notice", version=1), actor=OPERATOR, now=NOW)
    free = max(seller.supplier_id for seller in sellers)
    SUPPLIER_TIES.bind(HeldBut(free))
    first = NOW.replace(month=12, day=24)
    assert await service.end_notices(first) == 1
    assert (await service.life(free, actor=OPERATOR, now=first)).state == "terminated"


@pytest.mark.usefixtures("rolled_back")
async def test_a_notice_is_withdrawn_and_can_be_given_again() -> None:
    seller = await market.shop("Hansa Lager", now=NOW)
    await service.change_life(seller.supplier_id, change("give_notice", version=1), actor=OPERATOR, now=NOW)
    with pytest.raises(NotPossibleNow):
        await service.change_life(seller.supplier_id, change("end", version=2), actor=OPERATOR, now=NOW)
    back = await service.change_life(seller.supplier_id, change("withdraw_notice", version=2), actor=OPERATOR, now=NOW + timedelta(hours=1))
    assert (back.ends_on, back.statement, back.possible) == (None, "", ["suspend", "give_notice"])


@pytest.mark.usefixtures("rolled_back")
async def test_without_anybody_to_ask_no_notice_ends_and_effects_say_that_they_do_not_know() -> None:
    seller = await market.shop("Hansa Lager", now=NOW)
    await service.change_life(seller.supplier_id, change("give_notice", version=1), actor=OPERATOR, now=NOW)
    SUPPLIER_TIES.bind()
    first = NOW.replace(month=12, day=24)
    assert (await service.life(seller.supplier_id, actor=OPERATOR, now=first)).held_by == ["unanswered"]
    assert await service.end_notices(first) == 0
    told = await service.effects(seller.supplier_id, act="suspend", actor=OPERATOR, now=first)
    assert (told.carts, told.open_orders, told.money_due) == (None, None, None)


@pytest.mark.usefixtures("rolled_back")
async def test_effects_are_counted_before_anything_is_done(ties: Answer) -> None:
    seller = await market.shop("Hansa Lager", now=NOW)
    for number in range(3):
        await market.offer(seller, await market.product(f"P-{number}", now=NOW), f"S-{number}", now=NOW)
    ties.answer = Ties(carts=2, open_orders=1, money_due=(Money(500, "USD"), Money(1000, "EUR")))
    before = await count()
    told = await service.effects(seller.supplier_id, act="pause", actor=seller.actor, now=NOW)
    assert msgspec.to_builtins(told) == {
        "act": "pause", "state": "open", "becomes": "paused", "stops_selling": True, "selling": "stops", "kept_by": ["paused"],
        "closed_from": None, "closed_to": None, "offers": 3, "carts": 2, "open_orders": 1,
        "money_due": [{"amount_minor": 1000, "currency": "EUR"}, {"amount_minor": 500, "currency": "USD"}],
        "earliest_end": "2026-12-24", "version": 1,
    }  # fmt: skip
    assert await count() == before


TODAY = date(2026, 11, 24)
COVERING = {"closed_from": TODAY, "closed_to": TODAY}
AHEAD = {"closed_from": date(2026, 12, 24), "closed_to": date(2026, 12, 26)}
NOTICED, OVER = {"ends_on": date(2026, 12, 24)}, {"ends_on": TODAY}


def standing(state: str, **more: Any) -> Standing:
    usual: dict[str, Any] = {"closed_from": None, "closed_to": None, "ends_on": None, "is_barred": False}
    return Standing(supplier_id=uuid7(), name="Hansa", state=state, version=1, today=TODAY, **(usual | more))


@pytest.mark.parametrize(
    "act, before, becomes, expected",
    [
        ("pause", standing("open"), "paused", ("stops", ("paused",))),
        ("pause", standing("open", **COVERING), "paused", ("stays-off", ("paused", "closed"))),
        ("pause", standing("open", **OVER), "paused", ("stays-off", ("paused", "notice-over"))),
        ("reopen", standing("paused"), "open", ("resumes", ())),
        ("reopen", standing("paused", **AHEAD), "open", ("resumes", ())),
        ("reopen", standing("paused", **COVERING), "open", ("stays-off", ("closed",))),
        ("reopen", standing("paused", **OVER), "open", ("stays-off", ("notice-over",))),
        ("reopen", standing("paused", is_barred=True), "open", ("stays-off", ("barred",))),
        ("close", standing("open"), "open", ("stops-later", ())),
        ("close", standing("open", **COVERING), "open", ("stops-later", ())),
        ("close", standing("paused"), "paused", ("stays-off", ("paused",))),
        ("close", standing("suspended"), "suspended", ("stays-off", ("suspended",))),
        ("cancel_closure", standing("open", **AHEAD), "open", ("stays-on", ())),
        ("cancel_closure", standing("open", **COVERING), "open", ("resumes", ())),
        ("cancel_closure", standing("paused", **COVERING), "paused", ("stays-off", ("paused",))),
        ("suspend", standing("open"), "suspended", ("stops", ("suspended",))),
        ("suspend", standing("paused"), "suspended", ("stays-off", ("suspended",))),
        ("lift", standing("suspended"), "open", ("resumes", ())),
        ("lift", standing("suspended"), "paused", ("stays-off", ("paused",))),
        ("lift", standing("suspended", **COVERING), "open", ("stays-off", ("closed",))),
        ("give_notice", standing("open"), "open", ("stops-later", ())),
        ("give_notice", standing("paused"), "paused", ("stays-off", ("paused",))),
        ("withdraw_notice", standing("open", **NOTICED), "open", ("stays-on", ())),
        ("withdraw_notice", standing("open", **OVER), "open", ("resumes", ())),
        ("withdraw_notice", standing("paused", **OVER), "paused", ("stays-off", ("paused",))),
        ("end", standing("open", **OVER), "terminated", ("stays-off", ("notice-over",))),
    ],
)
def test_what_an_act_does_to_sales_is_told_from_before_and_after(
    act: str, before: Standing, becomes: str, expected: tuple[str, tuple[str, ...]]
) -> None:
    assert rules.outlook(act, before, becomes=becomes) == expected


@pytest.mark.usefixtures("rolled_back")
async def test_effects_count_what_sells_whenever_the_supplier_does() -> None:
    seller = await market.shop("Hansa Lager", now=NOW)
    ids = [await market.product(f"P-{number}", now=NOW) for number in range(3)]
    made = [await market.offer(seller, product_id, f"S-{number}", now=NOW) for number, product_id in enumerate(ids)]
    await service.change_life(seller.supplier_id, change("pause", version=1), actor=seller.actor, now=NOW)
    await offers.set_state(made[0], wanted="paused", version=None, actor=seller.actor, now=NOW)
    await offers.set_stock(made[1], on_hand=0, safety=0, version=None, actor=seller.actor, now=NOW)
    told = await service.effects(seller.supplier_id, act="reopen", actor=seller.actor, now=NOW)
    assert (told.selling, told.stops_selling, told.offers) == ("resumes", False, 1)
    closing = await service.effects(seller.supplier_id, act="close", actor=seller.actor, now=NOW)
    assert (closing.selling, closing.stops_selling, closing.kept_by) == ("stays-off", False, ["paused"])


@pytest.mark.usefixtures("rolled_back")
async def test_every_act_is_told_and_written_down() -> None:
    seller = await market.shop("Hansa Lager", now=NOW)
    product_id = await market.product("P-1", now=NOW)
    await market.offer(seller, product_id, "S-1", now=NOW)
    await service.change_life(seller.supplier_id, change("pause", version=1), actor=seller.actor, now=NOW)
    async with transaction(actor=WORKER) as connection:
        facts = await connection.fetch(
            "SELECT kind, payload::text FROM kernel.outbox WHERE payload->>'supplier_id' = $1 ORDER BY created_at, id", str(seller.supplier_id)
        )
        log = await connection.fetch("SELECT from_state, to_state FROM kernel.state_log WHERE entity_id = $1 ORDER BY seq", seller.supplier_id)
        acts = await connection.fetch(
            "SELECT action, reason FROM kernel.audit_rows WHERE entity_id = $1 AND entity = 'supplier' ORDER BY id", seller.supplier_id
        )
    assert [tuple(row) for row in log] == [("", "open"), ("open", "paused")]
    assert [tuple(row) for row in acts] == [("supplier.created", None), ("supplier.pause", "It is so.")]
    assert [row[0] for row in facts][-2:] in (["SupplierStateChanged", "OffersChanged"], ["OffersChanged", "SupplierStateChanged"])
    assert any(row[0] == "OffersChanged" and str(product_id) in row[1] for row in facts[-2:])


@pytest.mark.usefixtures("committed")
async def test_of_eight_acts_at_the_same_moment_one_is_done() -> None:
    seller = await market.shop("Hansa Lager", now=NOW)
    doing = [service.change_life(seller.supplier_id, change("pause", version=1), actor=seller.actor, now=NOW) for _ in range(4)]
    doing += [service.change_life(seller.supplier_id, change("suspend", version=1), actor=OPERATOR, now=NOW) for _ in range(4)]
    answers = await asyncio.gather(*doing, return_exceptions=True)
    assert sorted(type(answer).__name__ for answer in answers) == ["LifeOut"] + ["VersionConflict"] * 7
    read = await service.life(seller.supplier_id, actor=OPERATOR, now=NOW)
    assert (len(read.log), read.version) == (1, 2)
