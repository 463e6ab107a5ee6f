"""Owns the use cases of logistics: keep freight tables and duty rates, and read one's own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from marketplace.kernel.audit import service as audit
from marketplace.kernel.contracts import FreightTableChanged
from marketplace.kernel.database import reading, transaction
from marketplace.kernel.errors import NotAllowed, NotFound
from marketplace.kernel.outbox import service as outbox
from services_addons.logistics import queries, rules

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from uuid import UUID

    from marketplace.kernel.actor import Actor
    from marketplace.trade.landed.schemas import ComponentKind, Consignment, Quote
    from services_addons.logistics.schemas import DutyFound, DutyQuery, FreightTableOut, NewDutyRate, NewFreightTable


async def create_freight_table(supplier_id: UUID, *, table: NewFreightTable, actor: Actor, now: datetime) -> UUID:
    """Add a freight table of a supplier and answer its id. For the supplier itself, the operator and the worker.

    Raises: NotFound for another's or no supplier; BadFreightTable.
    """
    table = rules.checked_table(table)
    async with transaction(actor=actor):
        if not (_keeps_rates(actor) or actor.organisation_id == supplier_id) or not await queries.is_supplier(supplier_id):
            raise NotFound
        table_id = await queries.insert_table(supplier_id, table=table, now=now)
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


class FreightSource:
    """Quotes freight from the suppliers' own tables, on the consignment as a whole: one statement for all."""

    kinds: tuple[ComponentKind, ...] = ("freight",)

    async def quote(self, consignments: Sequence[Consignment], *, now: datetime) -> list[Quote]:
        """Give freight and the days on the way; without a zone, a weight or a rate the cost is unknown and the note says which."""
        async with reading():
            found = await queries.freight([rules.freight_query(one) for one in consignments], today=now.date())
        return [rules.freight_quote(one, each) for one, each in zip(consignments, found, strict=True)]


class DutySource:
    """Quotes duty from the operator's table; free within a country or customs union. One statement for all, none where nothing is due."""

    kinds: tuple[ComponentKind, ...] = ("duty",)

    async def quote(self, consignments: Sequence[Consignment], *, now: datetime) -> list[Quote]:
        """Give duty on the goods' value of each consignment."""
        asked = [[rules.duty_query(one, line) for line in one.lines] if rules.needs_duty(one) else [] for one in consignments]
        # Offers on one product mostly ask the same: each question is put once.
        distinct = list({query: None for each in asked for query in each})
        found: dict[DutyQuery, DutyFound] = {}
        if distinct:
            async with reading():
                found = dict(zip(distinct, await queries.duty(distinct, today=now.date()), strict=True))
        return [rules.duty_quote(one, [found[query] for query in each]) for one, each in zip(consignments, asked, strict=True)]
