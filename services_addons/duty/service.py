"""Owns the use cases of duty: keep rates and customs unions, tell which rule holds, and quote consignments."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from marketplace.kernel import cursors
from marketplace.kernel.audit import service as audit
from marketplace.kernel.database import reading, transaction
from marketplace.kernel.errors import NotAllowed, NotFound, VersionConflict
from marketplace.kernel.stamps import service as stamps
from services_addons.duty import queries, rules, rules_csv
from services_addons.duty.errors import DutyRatesOverlap
from services_addons.duty.schemas import DutyFileOut, RateFilter

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date, datetime
    from uuid import UUID

    from marketplace.kernel.actor import Actor
    from marketplace.kernel.cursors import Asked
    from marketplace.trade.landed.schemas import ComponentKind, Consignment, Quote
    from services_addons.duty.schemas import DutyAnswer, DutyBook, DutyFileIn, DutyQuery, DutyRateIn, DutyRateOut, MemberIn, NewDutyRate, UnionMember

KEPT_MAX = 5000
STAMP = "duty"
RATES_MAX = 20_000
typed_rate, typed_member, check_last_day = rules_csv.typed_rate, rules_csv.typed_member, rules_csv.check_last_day


async def add_duty_rates(rates: Sequence[NewDutyRate], *, actor: Actor, now: datetime) -> None:
    """Add rates of duty in bulk, which meet none that stands. Only the operator and the worker may. Raises: NotAllowed, DutyRatesOverlap."""
    if not _keeps(actor):
        raise NotAllowed
    async with transaction(actor=actor):
        await queries.lock_rates()
        if not await queries.insert_rates(rates):
            for rate in rates:
                await _refuse_clash(rate)
            raise DutyRatesOverlap(goods="", destination=rates[0].destination, valid_from=rates[0].valid_from)
        await _record("duty_rates.added", actor=actor, now=now, after={"rates": len(rates)})


async def add_rate(sent: DutyRateIn, *, actor: Actor, now: datetime) -> DutyRateOut:
    """Add a rate; one without end that holds for the same goods ends the day before. Raises: NotAllowed, BadDutyRate, DutyRatesOverlap."""
    if not actor.is_operator:
        raise NotAllowed
    async with transaction(actor=actor):
        await queries.lock_rates()
        (rate,) = await _ready([sent])
        await _put(rate)
        after = {"goods": rate.hs_prefix or sent.category, "destination": rate.destination, "origin": rate.origin, "percent": sent.percent}
        await _record("duty_rate.added", actor=actor, now=now, after=after)
        found = await queries.rates(
            RateFilter(destination=rate.destination, hs_prefix=rate.hs_prefix or "", with_past=True, limit=RATES_MAX), today=now.date()
        )
        wanted = (rate.hs_prefix, sent.category if rate.category_id else None, rate.origin, rate.valid_from)
        return next(one for one in found if (one.hs_prefix, one.category, one.origin, one.valid_from) == wanted)


async def take_file(sent: DutyFileIn, *, actor: Actor, now: datetime) -> DutyFileOut:
    """Take rates from CSV text, all or nothing; one that stands already is left as it is, so that a file can be taken twice.

    Raises: NotAllowed; BadDutyFile with each fault and its line; BadDutyRate; DutyRatesOverlap.
    """
    if not actor.is_operator:
        raise NotAllowed
    lines = rules_csv.read(sent.text, sign=sent.decimal)
    async with transaction(actor=actor):
        await queries.lock_rates()
        new = [rate for rate in await _ready(lines) if not await queries.stands(rate)]
        for rate in new:
            await _put(rate)
        await _record("duty_rates.added", actor=actor, now=now, after={"rates": len(new)})
    return DutyFileOut(len(new), len(lines) - len(new))


async def _ready(sent: Sequence[DutyRateIn]) -> list[NewDutyRate]:
    """Look up categories and check the rest. Raises: BadDutyRate."""
    ids = await queries.category_ids([one.category for one in sent if one.category])
    return rules_csv.checked(sent, category_ids=ids)


async def _put(rate: NewDutyRate) -> None:
    await queries.give_way(rate)
    await _refuse_clash(rate)
    assert await queries.insert_rates([rate]), "nobody else writes rates meanwhile"


async def _refuse_clash(rate: NewDutyRate) -> None:
    if (begins := await queries.clash(rate)) is not None:
        raise DutyRatesOverlap(goods=rate.hs_prefix or "", destination=rate.destination, valid_from=begins)


async def end_rate(rate_id: UUID, *, last_day: date, actor: Actor, now: datetime) -> DutyRateOut:
    """Let a rate hold no longer than to a day, today or later. Raises: NotAllowed, NotFound, BadDutyRate."""
    if not actor.is_operator:
        raise NotAllowed
    rules_csv.check_last_day(last_day, today=now.date())
    async with transaction(actor=actor):
        if not await queries.end_rate(rate_id, last_day=last_day):
            raise NotFound
        await _record("duty_rate.ended", actor=actor, now=now, after={"id": str(rate_id), "last_day": last_day.isoformat()})
        return (await queries.rates(RateFilter(with_past=True, limit=1), today=now.date(), rate_id=rate_id))[0]


async def put_member(member: MemberIn, *, actor: Actor, now: datetime, list_version: int | None = None) -> list[UnionMember]:
    """Write a country's membership of a customs union, whole; who leaves gets a last day.

    It is written over the version that was seen, 0 for a new one; a page names that of the whole list instead, which it shows beside the form.
    Raises: NotAllowed, BadDutyRate, VersionConflict.
    """
    if not actor.is_operator:
        raise NotAllowed
    rules_csv.check_member(member)
    async with transaction(actor=actor):
        await queries.lock_rates()
        before = await queries.members()
        stands = next((one.version for one in before if (one.code, one.country) == (member.code, member.country)), 0)
        if (member.version != stands) if list_version is None else (list_version != version_of(before)):
            raise VersionConflict(extra={"version": stands})
        await queries.put_member(member)
        after = {"code": member.code, "country": member.country, "valid_to": member.valid_to.isoformat() if member.valid_to else None}
        await _record("customs_union.member_set", actor=actor, now=now, after=after)
        return await queries.members()


def version_of(members: Sequence[UnionMember]) -> int:
    """Give the version of the whole list: every write of a membership counts it on by one."""
    return sum(one.version for one in members)


async def _record(action: str, *, actor: Actor, now: datetime, after: Mapping[str, object]) -> None:
    await stamps.touch(STAMP)
    await audit.record(
        action=action, entity="duty_rate", entity_id=None, organisation_id=actor.organisation_id, actor=actor, now=now, after=dict(after)
    )


async def rates(which: RateFilter, *, actor: Actor, now: datetime) -> tuple[list[DutyRateOut], int]:
    """List rates by destination and goods, at most as many as the filter says, and tell how many there are. Raises: NotAllowed."""
    if not actor.is_operator:
        raise NotAllowed
    async with reading():
        return await queries.rates(which, today=now.date()), await queries.count_rates(which, today=now.date())


async def page_of_rates(which: RateFilter, *, asked: Asked, actor: Actor, now: datetime) -> tuple[list[DutyRateOut], str | None, int]:
    """List one page of the same, with the cursor of the next and how many there are in all. Raises: NotAllowed, BadCursor."""
    if not actor.is_operator:
        raise NotAllowed

    async def read(after: queries.Place | None, count: int) -> list[DutyRateOut]:
        return await queries.rates(msgspec.structs.replace(which, limit=count), today=now.date(), after=after)

    async with reading():
        name = f"duty:{which.destination}:{which.hs_prefix}:{which.with_past}"
        items, following = await cursors.listed(name, read, place=queries.place, shape=queries.Place, asked=asked)
        return items, following, await queries.count_rates(which, today=now.date())


async def rates_as_csv(*, actor: Actor, now: datetime) -> str:
    """Give every rate, past ones too, as the CSV that can be taken back in. Raises: NotAllowed."""
    found, _ = await rates(RateFilter(with_past=True, limit=RATES_MAX), actor=actor, now=now)
    return rules_csv.write(found)


async def members(*, actor: Actor) -> list[UnionMember]:
    """List every membership of a customs union. Raises: NotAllowed."""
    if not actor.is_operator:
        raise NotAllowed
    async with reading():
        return await queries.members()


async def which_rule(query: DutyQuery, *, category: str | None, on: date, actor: Actor) -> DutyAnswer:
    """Tell which rule holds for goods on a way on a day; `category` is a slug. Raises: NotAllowed."""
    if not actor.is_operator:
        raise NotAllowed
    async with reading():
        if category:
            query = rules_csv.with_category(query, (await queries.category_ids([category])).get(category))
        book = await queries.duty_book([query.destination], goods=[query])
    return rules.answer(book, query, today=on)


def _keeps(actor: Actor) -> bool:
    return actor.is_operator or "worker" in actor.capacities


# By destination.
_kept: stamps.Kept[dict[str, DutyBook]] = stamps.Kept(STAMP, dict)


async def _duty_book(consignments: Sequence[Consignment], *, today: date) -> DutyBook:
    """Give what the tables say of duty where these consignments go; at most one statement for all."""
    destinations = {one.country for one in consignments}
    kept = await _kept.rows(today) if len(destinations) == 1 else None
    if kept is None:
        async with reading():
            return await queries.duty_book(sorted(destinations), goods=[rules.query_of(one, line) for one in consignments for line in one.lines])
    (destination,) = destinations
    if (book := kept.get(destination)) is None:
        async with reading():
            book = kept[destination] = await queries.duty_book([destination])
    if len(book.known) > KEPT_MAX:
        book.known.clear()
    return book


class DutySource:
    """Quotes duty from the operator's table; free within a country or customs union. One statement for all, none where nothing is due."""

    kinds: tuple[ComponentKind, ...] = ("duty",)

    async def quote(self, consignments: Sequence[Consignment], *, now: datetime) -> list[Quote]:
        """Give duty on the goods' value of each consignment."""
        today = now.date()
        if not any(map(rules.needs_duty, consignments)):
            return [rules.duty_quote(one, (), today=today) for one in consignments]
        book = await _duty_book(consignments, today=today)
        return [rules.duty(one, book, today=today) for one in consignments]
