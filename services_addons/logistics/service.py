"""Owns the use cases of logistics: keep freight tables and duty rates, and read one's own."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, ClassVar

from marketplace.kernel.audit import service as audit
from marketplace.kernel.contracts import FreightTableChanged
from marketplace.kernel.database import pool, reading, reads_committed, transaction
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
        FreightRow,
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

    Freight is kept by country and supplier, duty by destination. A freight table or a rate that has just changed shows within that time;
    checkout reads anew, inside its transaction.
    """

    freight: ClassVar[dict[str, dict[Id, list[FreightRow]]]] = {}
    duty: ClassVar[dict[str, DutyBook]] = {}
    of: ClassVar[tuple[int, date] | None] = None
    since: ClassVar[float] = 0.0

    @classmethod
    def forget(cls) -> None:
        """Drop everything: it is too old, a table has changed here, or the database or the day is another one.

        Whoever still reads goes on with what it had.
        """
        cls.freight, cls.duty = {}, {}


def _may_keep(today: date) -> bool:
    """Tell whether rows may be kept and come from what is kept; drop what no longer counts."""
    if not reads_committed():
        return False
    moment, of = time.monotonic(), (id(pool()), today)
    if _Kept.of != of or moment - _Kept.since > KEPT_SECONDS:
        _Kept.forget()
        _Kept.of, _Kept.since = of, moment
    return True


async def _freight_rows(consignments: Sequence[Consignment], *, today: date) -> list[list[FreightRow]]:
    """Give what each supplier's valid tables say of the country of each consignment; at most one statement for all."""
    kept = _Kept.freight if _may_keep(today) else {}
    try:
        return [kept[one.country][one.supplier_id] for one in consignments]
    except KeyError:
        pairs = list({(one.supplier_id, one.country) for one in consignments if one.supplier_id not in kept.get(one.country, ())})
    async with reading():
        read = await queries.freight_rows(pairs, today=today)
    # Whoever asks has ids as text or as UUID; the rows are found by what both look like.
    found: dict[tuple[str, str], list[FreightRow]] = {}
    for row in read:
        found.setdefault((str(row.supplier_id), row.country), []).append(row)
    for supplier_id, country in pairs:
        kept.setdefault(country, {})[supplier_id] = rules.valid_rows(found.get((str(supplier_id), country), ()), today=today)
    if sum(map(len, kept.values())) > KEPT_MAX:
        _Kept.forget()
    return [kept[one.country][one.supplier_id] for one in consignments]


async def _duty_book(consignments: Sequence[Consignment], *, today: date) -> DutyBook:
    """Give what the tables say of duty where these consignments go; at most one statement for all."""
    destinations = {one.country for one in consignments}
    if len(destinations) > 1 or not _may_keep(today):
        async with reading():
            return await queries.duty_book(sorted(destinations), goods=[rules.duty_query(one, line) for one in consignments for line in one.lines])
    kept, (destination,) = _Kept.duty, destinations
    if (book := kept.get(destination)) is None:
        book = kept[destination] = await queries.duty_book([destination])
    if len(book.known) > KEPT_MAX:
        book.known.clear()
    return book


class FreightSource:
    """Quotes freight from the suppliers' own tables, on the consignment as a whole: one statement for all."""

    kinds: tuple[ComponentKind, ...] = ("freight",)

    async def quote(self, consignments: Sequence[Consignment], *, now: datetime) -> list[Quote]:
        """Give freight and the days on the way; without a table, a zone, a weight or a rate the cost is unknown and the note says which."""
        found = await _freight_rows(consignments, today=now.date())
        return [rules.freight_quote(one, rules.freight_row(rows, one), rows) for one, rows in zip(consignments, found, strict=True)]


class DutySource:
    """Quotes duty from the operator's table; free within a country or customs union. One statement for all, none where nothing is due."""

    kinds: tuple[ComponentKind, ...] = ("duty",)

    async def quote(self, consignments: Sequence[Consignment], *, now: datetime) -> list[Quote]:
        """Give duty on the goods' value of each consignment."""
        if not any(map(rules.needs_duty, consignments)):
            return [rules.duty_quote(one, ()) for one in consignments]
        today = now.date()
        book = await _duty_book(consignments, today=today)
        return [rules.duty(one, book, today=today) for one in consignments]
