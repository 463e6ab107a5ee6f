"""Owns the use cases of freight: keep tables as versions, read and try one's own, say what goes on pallets, and quote consignments."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from marketplace.kernel.actor import WORKER
from marketplace.kernel.audit import service as audit
from marketplace.kernel.contracts import FreightTableChanged
from marketplace.kernel.countries import check_country
from marketplace.kernel.database import reading, transaction
from marketplace.kernel.errors import FieldError, InvalidInput, NotAllowed, NotFound
from marketplace.kernel.fx import service as fx
from marketplace.kernel.i18n import lazy
from marketplace.kernel.outbox import service as outbox
from marketplace.kernel.quantity import parse_quantity
from marketplace.kernel.stamps import service as stamps
from services_addons.logistics import queries, queries_quotes, rules, rules_asked, rules_csv, rules_grid, rules_incoterms, rules_quotes
from services_addons.logistics.errors import FreightTableOver, FreightTablesOverlap, FreightTableWithoutEnd
from services_addons.logistics.schemas import PackingIn
from vendors.accounts import service as accounts
from vendors.offers import service as offers

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date, datetime
    from decimal import Decimal
    from uuid import UUID

    from marketplace.kernel.actor import Actor
    from marketplace.trade.landed.schemas import ComponentKind, Consignment, Id, Quote
    from services_addons.logistics.schemas import (
        FreightFileIn,
        FreightQuoteOut,
        FreightRow,
        FreightTableIn,
        FreightTableOut,
        MarketFreight,
        NewFreightTable,
        PackingOut,
        Sent,
    )
    from services_addons.logistics.schemas_asked import ConsignmentQuoteOut, FreightAskIn
    from services_addons.logistics.schemas_typed import PackingForm
    from vendors.offers.schemas import OfferFact

KEPT_MAX = 20_000
PACKED_MAX = 10_000
STAMP = "freight"
NOT_SOLD = lazy("The supplier sells you no such offer.")
KEEPER_ROLES = frozenset({"owner", "catalogue", "sales", "fulfilment"})
INCOTERMS = rules_incoterms.INCOTERMS
counts_on, is_over = rules.counts_on, rules.is_over
grid_of, typed_grid, padded, table_of_grid, blank_grid = (
    rules_grid.grid_of,
    rules_grid.typed_grid,
    rules_grid.padded,
    rules_grid.table_of,
    rules_grid.blank,
)
curves = rules_grid.curves
typed_ask, bound_columns = rules_grid.typed_ask, rules_grid.bound_columns


async def create_freight_table(supplier_id: UUID, *, table: NewFreightTable, actor: Actor, now: datetime) -> UUID:
    """Add a freight table of a supplier and answer its id. For the supplier itself, the operator and the worker.

    Raises: NotFound for another's or no supplier; BadFreightTable; FreightTablesOverlap.
    """
    table = rules.checked_table(table)
    async with transaction(actor=actor):
        may_write = actor.is_operator or "worker" in actor.capacities or actor.organisation_id == supplier_id
        if not may_write or not await queries.is_supplier(supplier_id):
            raise NotFound
        await accounts.check_not_ended(supplier_id)
        await queries.lock_tables(supplier_id)
        return await _store(supplier_id, table, actor=actor, now=now)


async def add_table(sent: FreightTableIn, *, actor: Actor, now: datetime) -> FreightTableOut:
    """Add a freight table of the acting supplier. Raises: NotFound, BadFreightTable, FreightTablesOverlap."""
    supplier_id, table = actor.own_organisation(), rules.new_table(sent, today=now.date())
    async with transaction(actor=actor):
        table_id = await create_freight_table(supplier_id, table=table, actor=actor, now=now)
        return await my_freight_table(table_id, actor=actor)


async def revise_table(table_id: UUID, sent: FreightTableIn, *, actor: Actor, now: datetime) -> FreightTableOut:
    """Let a new version take the place of one of the acting supplier's tables from its first day on; what was quoted by the old one stays with it.

    Raises: NotFound, BadFreightTable, FreightTableOver, FreightTablesOverlap.
    """
    supplier_id, table = actor.own_organisation(), rules.new_table(sent, today=now.date())
    async with transaction(actor=actor):
        await accounts.check_not_ended(supplier_id)
        await queries.lock_tables(supplier_id)
        before = await my_freight_table(table_id, actor=actor)
        if rules.is_over(before, now.date()):
            raise FreightTableOver
        await queries.end_table(table_id, supplier_id=supplier_id, last_day=table.valid_from - timedelta(days=1), now=now)
        made = await _store(supplier_id, table, actor=actor, now=now, replaces=before)
        return await my_freight_table(made, actor=actor)


async def end_table(table_id: UUID, *, last_day: date, actor: Actor, now: datetime) -> FreightTableOut:
    """Let one of the acting supplier's tables count no longer than to a day, today or later; without another one its freight is not known then.

    Raises: NotFound, FreightTableOver, BadFreightTable for a day that is over.
    """
    supplier_id = actor.own_organisation()
    rules.check_last_day(last_day, today=now.date())
    async with transaction(actor=actor):
        await accounts.check_not_ended(supplier_id)
        await queries.lock_tables(supplier_id)
        before = await my_freight_table(table_id, actor=actor)
        if before.replaced_by_id is not None or not await queries.end_table(table_id, supplier_id=supplier_id, last_day=last_day, now=now):
            raise FreightTableOver
        after = {"name": before.name, "last_day": last_day.isoformat()}
        await _record("freight_table.ended", table_id, supplier_id=supplier_id, actor=actor, now=now, change=(None, after))
        return await my_freight_table(table_id, actor=actor)


async def _store(supplier_id: UUID, table: NewFreightTable, *, actor: Actor, now: datetime, replaces: FreightTableOut | None = None) -> UUID:
    replaces_id = replaces.id if replaces else None
    found = await queries.clash(supplier_id, table=table, beside=None)
    table_id = None if found else await queries.insert_table(supplier_id, table=table, now=now, replaces_id=replaces_id)
    if found:
        error = FreightTablesOverlap if found[2] else FreightTableWithoutEnd
        raise error(name=found[0], currency=table.currency, valid_from=found[1], valid_to=found[2])
    if table_id is None:
        raise FreightTableOver
    after = {"name": table.name, "currency": table.currency, "zones": len(table.zones), "valid_from": table.valid_from.isoformat()}
    before = {"id": str(replaces.id), "valid_from": replaces.valid_from.isoformat()} if replaces else None
    action = "freight_table.revised" if replaces else "freight_table.created"
    await _record(action, table_id, supplier_id=supplier_id, actor=actor, now=now, change=(before, after))
    return table_id


async def _record(
    action: str, table_id: UUID, *, supplier_id: UUID, actor: Actor, now: datetime, change: tuple[Mapping[str, object] | None, Mapping[str, object]]
) -> None:
    """Tell of a change, as what stood before and what stands after: in the audit, to search, and to what this process keeps."""
    before, after = change
    await stamps.touch(STAMP)
    await outbox.publish(FreightTableChanged(supplier_id=supplier_id), now=now)
    await audit.record(
        action=action,
        entity="freight_table",
        entity_id=table_id,
        organisation_id=supplier_id,
        actor=actor,
        now=now,
        before=dict(before) if before else None,
        after=dict(after),
    )


async def my_freight_tables(*, actor: Actor) -> list[FreightTableOut]:
    """List the supplier's own freight tables with every version, the newest first."""
    async with reading():
        return await queries.tables_of(actor.own_organisation())


async def my_freight_table(table_id: UUID, *, actor: Actor) -> FreightTableOut:
    """Give one of the supplier's own freight tables. Raises: NotFound."""
    async with reading():
        found = await queries.tables_of(actor.own_organisation(), table_id=table_id)
    if not found:
        raise NotFound
    return found[0]


async def try_table(table_id: UUID, sent: Sent, *, actor: Actor, now: datetime) -> FreightQuoteOut:
    """Tell what one of the supplier's own tables asks for a consignment, in parts, on this day, whether it counts yet or not.

    Raises: NotFound, InvalidInput for a country that is none.
    """
    check_country(sent.country)
    async with reading():
        await my_freight_table(table_id, actor=actor)
        rows = await queries_quotes.rows_of_table(table_id, country=sent.country, today=now.date())
    return rules_quotes.asked_quote(rows, sent, today=now.date())


async def table_as_csv(table_id: UUID, *, actor: Actor) -> tuple[str, str]:
    """Give one of the supplier's own tables as the CSV that can be taken back in, and a name for the file. Raises: NotFound."""
    table = await my_freight_table(table_id, actor=actor)
    return rules_csv.write(table), f"freight-{table.currency}-{table.valid_from.isoformat()}.csv"


async def take_file(sent: FreightFileIn, *, actor: Actor, now: datetime) -> FreightTableOut:
    """Take a whole table from CSV text, all or nothing: a new table, or the new version of the one that is named.

    Raises: BadFreightFile with each fault and its line; what `add_table` and `revise_table` raise.
    """
    table = rules_csv.read(sent.text, sign=sent.decimal, valid_from=sent.valid_from, today=now.date())
    if sent.table_id is None:
        return await add_table(table, actor=actor, now=now)
    return await revise_table(sent.table_id, table, actor=actor, now=now)


async def my_packings(*, actor: Actor) -> list[PackingOut]:
    """List what the acting supplier puts on pallets, the last changed first."""
    async with reading():
        return await queries.packings_of(actor.own_organisation())


async def set_packing(packing: PackingIn, *, actor: Actor, now: datetime) -> list[PackingOut]:
    """Say how many of a product the acting supplier puts on a pallet, or take the figure away. Raises: NotFound, InvalidInput."""
    supplier_id = actor.own_organisation()
    async with transaction(actor=actor):
        if not await queries.is_supplier(supplier_id):
            raise NotFound
        await accounts.check_not_ended(supplier_id)
        await queries.set_packing(supplier_id, packing=packing, now=now)
        await stamps.touch(STAMP)
        await audit.record(
            action="freight_packing.set", entity="product", entity_id=packing.product_id, organisation_id=supplier_id, actor=actor, now=now,
            after={"per_pallet": packing.per_pallet},
        )  # fmt: skip
        return await queries.packings_of(supplier_id)


async def set_packings(packings: Sequence[PackingIn], *, actor: Actor, now: datetime) -> None:
    """Say what goes on a pallet of many products at once. Raises: NotFound, InvalidInput for a product that there is not."""
    supplier_id = actor.own_organisation()
    async with transaction(actor=actor):
        if not await queries.is_supplier(supplier_id):
            raise NotFound
        await accounts.check_not_ended(supplier_id)
        for packing in packings:
            await queries.set_packing(supplier_id, packing=packing, now=now)
        await stamps.touch(STAMP)
        await audit.record(
            action="freight_packings.set", entity="supplier", entity_id=supplier_id, organisation_id=supplier_id, actor=actor, now=now,
            after={"products": len(packings)},
        )  # fmt: skip


async def set_packing_by_sku(sent: PackingForm, *, actor: Actor, now: datetime) -> list[PackingOut]:
    """Say it of the product that the acting supplier offers under an article number. Raises: NotFound, InvalidInput."""
    async with transaction(actor=actor):
        await accounts.check_not_ended(actor.own_organisation())
        product_id = await queries.product_of_sku(actor.own_organisation(), sku=sent.sku)
        packing = PackingIn(product_id=product_id, per_pallet=sent.per_pallet, is_stackable=sent.is_stackable)
        return await set_packing(packing, actor=actor, now=now)


async def freight_of_market(text: str, *, actor: Actor, now: datetime) -> list[MarketFreight]:
    """List suppliers whose name holds a text, each with its tables that count or are to come, at most 200. Raises: NotAllowed."""
    if not actor.is_operator:
        raise NotAllowed
    async with reading():
        return await queries.market_freight(text, today=now.date())


async def any_freight_table(table_id: UUID, *, actor: Actor) -> FreightTableOut:
    """Give one version of any supplier's table to the operator. Raises: NotAllowed, NotFound."""
    if not actor.is_operator:
        raise NotAllowed
    async with reading():
        supplier_id = await queries.supplier_of(table_id)
        found = await queries.tables_of(supplier_id, table_id=table_id) if supplier_id else []
    if not found:
        raise NotFound
    return found[0]


def may_keep(actor: Actor) -> bool:
    """Tell whether somebody may change their supplier's freight."""
    return bool(actor.roles & KEEPER_ROLES)


# For tables of pallets with all that goes on one.
_kept: stamps.Kept[rules_quotes.FreightBook] = stamps.Kept(STAMP, rules_quotes.FreightBook)


async def _freight_rows(consignments: Sequence[Consignment], *, today: date) -> list[list[FreightRow]]:
    """Give what each supplier's valid tables say of the country of each consignment; at most one statement for all."""
    book = await _kept.rows(today)
    kept = {} if book is None else book.rows
    try:
        return [kept[one.country][one.supplier_id] for one in consignments]
    except KeyError:
        missing = [one for one in consignments if one.supplier_id not in kept.get(one.country, ())]
    pairs = list({(one.supplier_id, one.country) for one in missing})
    product_ids = list({line.product_id for one in missing for line in one.lines})
    async with reading():
        read = await queries_quotes.freight_rows(pairs, today=today, product_ids=product_ids)
    # Whoever asks has ids as text or as UUID; the rows are found by what both look like.
    found: dict[tuple[str, str], list[FreightRow]] = {}
    for row in read:
        found.setdefault((str(row.supplier_id), row.country), []).append(row)
    asked: dict[tuple[str, Id], list[FreightRow]] = {}
    for supplier_id, country in pairs:
        rows = asked[country, supplier_id] = rules.valid_rows(found.get((str(supplier_id), country), ()), today=today)
        # What goes on a pallet is kept only where it is known of every product.
        if not any(len(row.packed) >= PACKED_MAX for row in rows):
            kept.setdefault(country, {})[supplier_id] = rows
    told = [asked.get((one.country, one.supplier_id)) or kept[one.country][one.supplier_id] for one in consignments]
    if sum(map(len, kept.values())) > KEPT_MAX:
        _kept.forget()
    return told


async def _ways(consignments: Sequence[Consignment], *, today: date) -> list[rules_quotes.FreightWay]:
    """Give the way of each consignment, from what is kept where it is."""
    book = await _kept.rows(today)
    ways = {} if book is None else book.ways
    keys = [rules_quotes.way_key(one) for one in consignments]
    try:
        return [ways[key] for key in keys]
    except KeyError:
        rows = await _freight_rows(consignments, today=today)
    found = [rules_quotes.way_of(each, one) for one, each in zip(consignments, rows, strict=True)]
    # What was not kept of a table is not kept of its ways either.
    kept = {} if book is None else book.rows
    ways.update({key: way for key, one, way in zip(keys, consignments, found, strict=True) if one.supplier_id in kept.get(one.country, ())})
    if len(ways) > KEPT_MAX:
        ways.clear()
    return found


async def freight_to(asked: FreightAskIn, *, actor: Actor, now: datetime) -> list[ConsignmentQuoteOut]:
    """Quote the freight of a supplier's offers to a place, a quote a consignment; nothing is stored, and the same question has the same ids.

    Raises: InvalidInput for an unknown country and for what the supplier does not sell to whoever asks; BadQuantity; QuantityNotAllowed.
    """
    check_country(asked.country)
    async with reading(actor):
        lines = await _asked_lines(asked, actor=actor, now=now)
        wanted = rules_asked.consignments(lines, asked)
        rows = await _freight_rows(wanted, today=now.date())
        quotes = await FreightSource().quote(wanted, now=now)
        changes = await queries_quotes.surcharges_begin([row.table_id for each in rows for row in each], today=now.date())
    told = zip(wanted, quotes, rows, strict=True)
    name = lines[0][0].supplier_name
    return [rules_asked.told(one, quote, each, supplier_name=name, today=now.date(), changes=changes) for one, quote, each in told]


async def _asked_lines(asked: FreightAskIn, *, actor: Actor, now: datetime) -> list[tuple[OfferFact, int, Decimal]]:
    pairs = [(line.product_id, line.offer_id) for line in asked.lines]
    found = {(one.fact.product_id, one.fact.offer_id): one for one in await offers.offers_by_pairs(pairs, now=now, viewer=actor)}
    lines = []
    for place, (line, pair) in enumerate(zip(asked.lines, pairs, strict=True)):
        offer = found.get(pair)
        if offer is None or offer.reasons or offer.fact.price_is_hidden or offer.fact.supplier_id != asked.supplier_id:
            raise InvalidInput(errors=(FieldError(f"/lines/{place}/offer_id", "not-sold", NOT_SOLD),))
        fact = offer.fact
        steps = parse_quantity(line.quantity, decimals=fact.unit_decimals, pointer=f"/lines/{place}/quantity")
        offers.check_quantity(steps, moq=fact.moq, multiple=fact.multiple, unit=(fact.unit_decimals, ""))
        price = offers.unit_price_at(fact, steps)
        if price is None:
            raise InvalidInput(errors=(FieldError(f"/lines/{place}/offer_id", "not-sold", NOT_SOLD),))
        lines.append((fact, steps, price))
    return lines


class FreightSource:
    """Quotes freight and the insurance of the way from the suppliers' own tables, on the consignment as a whole: one statement for all."""

    kinds: tuple[ComponentKind, ...] = ("freight", "insurance")

    async def quote(self, consignments: Sequence[Consignment], *, now: datetime) -> list[Quote]:
        """Give freight and the days on the way; without a table, a zone, a weight or a rate the cost is unknown and the note says which.

        The market's exchange rates are asked only where a table is in another currency than its consignment.
        """
        found = await _ways(consignments, today=now.date())
        rates = await fx.rates(now) if True in [way.is_foreign for way in found] else None
        return [rules_quotes.quoted(way, one, fx=rates) for one, way in zip(consignments, found, strict=True)]


async def take_packings(gone_id: UUID, *, kept_id: UUID) -> None:
    """Let what suppliers put on pallets of a product that was merged hold for the one that is kept; the gone one's stays for the undoing."""
    async with transaction(actor=WORKER):
        await queries.lend_packings(gone_id, kept_id=kept_id)
        await stamps.touch(STAMP)
