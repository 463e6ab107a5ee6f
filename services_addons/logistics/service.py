"""Owns the use cases of logistics: keep freight tables and duty rates, and read one's own."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, ClassVar

from marketplace.kernel.audit import service as audit
from marketplace.kernel.contracts import FreightTableChanged
from marketplace.kernel.database import connection, pool, reading, transaction
from marketplace.kernel.errors import NotAllowed, NotFound
from marketplace.kernel.outbox import service as outbox
from services_addons.logistics import queries, rules

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime
    from uuid import UUID

    from marketplace.kernel.actor import Actor
    from marketplace.trade.landed.schemas import ComponentKind, Consignment, Id, Quote
    from services_addons.logistics.schemas import (
        DutyBook,
        DutyFound,
        DutyQuery,
        FreightRow,
        FreightShelf,
        FreightTableOut,
        NewDutyRate,
        NewFreightTable,
    )

KEPT_SECONDS = 30.0
KEPT_MAX = 5000


async def create_freight_table(supplier_id: UUID, *, table: NewFreightTable, actor: Actor, now: datetime) -> UUID:
    """Add a freight table of a supplier and answer its id. For the supplier itself, the operator and the worker.

    Raises: NotFound for another's or no supplier; BadFreightTable.
    """
    table = rules.checked_table(table)
    async with transaction(actor=actor):
        if not (_keeps_rates(actor) or actor.organisation_id == supplier_id) or not await queries.is_supplier(supplier_id):
            raise NotFound
        table_id = await queries.insert_table(supplier_id, table=table, now=now)
        _Kept.forget()
        await outbox.publish(FreightTableChanged(supplier_id=supplier_id), now=now)
        await audit.record(
            action="freight_table.created",
            entity="freight_table",
            entity_id=table_id,
            organisation_id=supplier_id,
            actor=actor,
            now=now,
            after={"name": table.name, "currency": table.currency, "zones": len(table.zones)},
        )
        return table_id


async def add_duty_rates(rates: Sequence[NewDutyRate], *, actor: Actor, now: datetime) -> None:
    """Add rates of duty. Only the operator and the worker may. Raises: NotAllowed."""
    if not _keeps_rates(actor):
        raise NotAllowed
    async with transaction(actor=actor):
        await queries.insert_duty_rates(rates)
        _Kept.forget()
        await audit.record(
            action="duty_rates.added",
            entity="duty_rate",
            entity_id=None,
            organisation_id=actor.organisation_id,
            actor=actor,
            now=now,
            after={"rates": len(rates)},
        )


async def my_freight_tables(*, actor: Actor) -> list[FreightTableOut]:
    """List the supplier's own freight tables, the newest first."""
    if actor.organisation_id is None:
        raise NotFound
    async with reading():
        return await queries.tables_of(actor.organisation_id)


async def my_freight_table(table_id: UUID, *, actor: Actor) -> FreightTableOut:
    """Give one of the supplier's own freight tables. Raises: NotFound."""
    if actor.organisation_id is None:
        raise NotFound
    async with reading():
        found = await queries.tables_of(actor.organisation_id, table_id=table_id)
    if not found:
        raise NotFound
    return found[0]


def _keeps_rates(actor: Actor) -> bool:
    return actor.is_operator or "worker" in actor.capacities


class _Kept:
    """Rows this process has read outside a transaction, which are surely committed: of one database and day, for 30 seconds, a few thousand at most.

    A freight table or a rate that has just changed shows within that time; checkout reads anew, inside its transaction.
    """

    freight: ClassVar[dict[tuple[Id, str], FreightShelf]] = {}
    duty: ClassVar[dict[str, DutyBook]] = {}
    of: ClassVar[tuple[int, date] | None] = None
    since: ClassVar[float] = 0.0

    @classmethod
    def forget(cls) -> None:
        """Drop everything: it is too old, a table has changed here, or the database or the day is another one."""
        cls.freight.clear()
        cls.duty.clear()


def _may_keep(today: date) -> bool:
    """Tell whether rows may be kept and come from what is kept; drop what no longer counts."""
    moment, of = time.monotonic(), (id(pool()), today)
    if _Kept.of != of or moment - _Kept.since > KEPT_SECONDS or len(_Kept.freight) > KEPT_MAX:
        _Kept.forget()
        _Kept.of, _Kept.since = of, moment
    return not connection().is_in_transaction()


async def _freight_shelves(consignments: Sequence[Consignment], *, today: date) -> list[FreightShelf]:
    """Give what each supplier's tables say of the country of each consignment; at most one statement for all."""
    pairs = [(one.supplier_id, one.country) for one in consignments]
    async with reading():
        may_keep = _may_keep(today)
        kept = _Kept.freight if may_keep else {}
        found = [kept.get(pair) for pair in pairs]
        if None not in found:
            return [shelf or {} for shelf in found]
        read = await _read_shelves([pair for pair, shelf in zip(pairs, found, strict=True) if shelf is None], today=today)
        if may_keep:
            _Kept.freight.update(read)
    return [read[pair] if shelf is None else shelf for pair, shelf in zip(pairs, found, strict=True)]


async def _read_shelves(pairs: Sequence[tuple[Id, str]], *, today: date) -> dict[tuple[Id, str], FreightShelf]:
    # Whoever asks has ids as text or as UUID; the rows are found by what both look like.
    rows: dict[tuple[str, str], list[FreightRow]] = {}
    for row in await queries.freight_rows(pairs, today=today):
        rows.setdefault((str(row.supplier_id), row.country), []).append(row)
    return {pair: rules.freight_shelf(rows.get((str(pair[0]), pair[1]), ()), today=today) for pair in pairs}


async def find_duty(asked: Sequence[DutyQuery], *, today: date) -> list[DutyFound]:
    """Find for goods of each line whether a union frees them, else their rate; at most one statement for all."""
    destinations = {query.destination for query in asked}
    async with reading():
        if _may_keep(today) and len(destinations) == 1:
            (destination,) = destinations
            if (kept := _Kept.duty.get(destination)) is None:
                kept = _Kept.duty[destination] = await queries.duty_book([destination])
            book = kept
        else:
            book = await queries.duty_book(sorted(destinations), goods=asked)
    if len(book.found) > KEPT_MAX:
        book.found.clear()
    answers = [book.found.get(query) for query in asked]
    return [answer or book.found.setdefault(query, rules.duty_found(book, query, today=today)) for answer, query in zip(answers, asked, strict=True)]


class FreightSource:
    """Quotes freight from the suppliers' own tables, on the consignment as a whole: one statement for all."""

    kinds: tuple[ComponentKind, ...] = ("freight",)

    async def quote(self, consignments: Sequence[Consignment], *, now: datetime) -> list[Quote]:
        """Give freight and the days on the way; without a zone, a weight or a rate the cost is unknown and the note says which."""
        shelves = await _freight_shelves(consignments, today=now.date())
        return [rules.freight_quote(one, rules.freight_row(shelf, one)) for one, shelf in zip(consignments, shelves, strict=True)]


class DutySource:
    """Quotes duty from the operator's table; free within a country or customs union. One statement for all, none where nothing is due."""

    kinds: tuple[ComponentKind, ...] = ("duty",)

    async def quote(self, consignments: Sequence[Consignment], *, now: datetime) -> list[Quote]:
        """Give duty on the goods' value of each consignment."""
        asked = [rules.duty_query(one, line) for one in consignments if rules.needs_duty(one) for line in one.lines]
        found = iter(await find_duty(asked, today=now.date()) if asked else ())
        return [rules.duty_quote(one, found) for one in consignments]
