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
    from marketplace.trade.landed.schemas import ComponentKind, Consignment, Quote
    from services_addons.logistics.schemas import (
        DutyBook,
        DutyFound,
        DutyQuery,
        FreightFound,
        FreightQuery,
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
    """Rows this process has read outside a transaction, which are surely committed: for 30 seconds, and never more than some thousands.

    A freight table or a rate that has just changed shows within that time; checkout reads anew, inside its transaction.
    """

    freight: ClassVar[dict[tuple[UUID, str], tuple[float, list[FreightRow]]]] = {}
    duty: ClassVar[dict[str, tuple[float, DutyBook]]] = {}
    pool_id: ClassVar[int] = 0

    @classmethod
    def forget(cls) -> None:
        """Drop everything: a table has changed here, or the database is another one."""
        cls.freight.clear()
        cls.duty.clear()
        cls.pool_id = id(pool())


def _may_keep() -> bool:
    if _Kept.pool_id != id(pool()):
        _Kept.forget()
    return not connection().is_in_transaction()


async def find_freight(asked: Sequence[FreightQuery], *, today: date) -> list[FreightFound | None]:
    """Find for each consignment what its supplier's table says, None where no valid one covers the place; at most one statement for all."""
    pairs = list(dict.fromkeys((query.supplier_id, query.country) for query in asked))
    async with reading():
        may_keep, moment = _may_keep(), time.monotonic()
        rows = {pair: kept[1] for pair in pairs if may_keep and (kept := _Kept.freight.get(pair)) and moment - kept[0] < KEPT_SECONDS}
        if missing := [pair for pair in pairs if pair not in rows]:
            rows.update({pair: [] for pair in missing})
            for row in await queries.freight_rows(missing, today=today):
                rows[row.supplier_id, row.country].append(row)
            if may_keep:
                if len(_Kept.freight) > KEPT_MAX:
                    _Kept.freight.clear()
                _Kept.freight.update({pair: (moment, rows[pair]) for pair in missing})
    return [rules.freight_found(rows[query.supplier_id, query.country], query, today=today) for query in asked]


async def find_duty(asked: Sequence[DutyQuery], *, today: date) -> list[DutyFound]:
    """Find for goods of each line whether a union frees them, else their rate; at most one statement for all."""
    destinations = sorted({query.destination for query in asked})
    async with reading():
        may_keep, moment = _may_keep(), time.monotonic()
        if not may_keep or len(destinations) != 1:
            book = await queries.duty_book(destinations, goods=asked)
        elif (kept := _Kept.duty.get(destinations[0])) and moment - kept[0] < KEPT_SECONDS:
            book = kept[1]
        else:
            book = await queries.duty_book(destinations)
            _Kept.duty[destinations[0]] = (moment, book)
    # Offers on one product mostly ask the same: each question is answered once.
    found = {query: rules.duty_found(book, query, today=today) for query in dict.fromkeys(asked)}
    return [found[query] for query in asked]


class FreightSource:
    """Quotes freight from the suppliers' own tables, on the consignment as a whole: one statement for all."""

    kinds: tuple[ComponentKind, ...] = ("freight",)

    async def quote(self, consignments: Sequence[Consignment], *, now: datetime) -> list[Quote]:
        """Give freight and the days on the way; without a zone, a weight or a rate the cost is unknown and the note says which."""
        found = await find_freight([rules.freight_query(one) for one in consignments], today=now.date())
        return [rules.freight_quote(one, each) for one, each in zip(consignments, found, strict=True)]


class DutySource:
    """Quotes duty from the operator's table; free within a country or customs union. One statement for all, none where nothing is due."""

    kinds: tuple[ComponentKind, ...] = ("duty",)

    async def quote(self, consignments: Sequence[Consignment], *, now: datetime) -> list[Quote]:
        """Give duty on the goods' value of each consignment."""
        asked = [[rules.duty_query(one, line) for line in one.lines] if rules.needs_duty(one) else [] for one in consignments]
        flat = [query for each in asked for query in each]
        found = iter(await find_duty(flat, today=now.date()) if flat else [])
        return [rules.duty_quote(one, [next(found) for _ in each]) for one, each in zip(consignments, asked, strict=True)]
