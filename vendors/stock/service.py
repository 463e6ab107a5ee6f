"""Owns the use cases of stock: reserve, keep, release, ship and count. Callers hold stock rows before they lock an order."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING
from uuid import UUID

from marketplace.kernel.actor import WORKER
from marketplace.kernel.audit import service as audit
from marketplace.kernel.contracts import OffersChanged, StockLow, StockRecovered
from marketplace.kernel.database import reading, transaction
from marketplace.kernel.errors import NotFound, VersionConflict
from marketplace.kernel.outbox import service as outbox
from vendors.accounts import service as accounts
from vendors.stock import queries, queries_watch, rules

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from marketplace.kernel.actor import Actor
    from vendors.stock.schemas import Counted, Level, OpeningStock, OpenReservation, Reservation, SiteLevel, StockLevelOut, WatchOut

DUE_ORDERS_MAX = 500


async def reserve(reservations: Sequence[Reservation], *, now: datetime, levels: Sequence[Level] | None = None) -> None:
    """Reserve all of these quantities or none, from the preferred site first.

    `levels` are the rows that `lock_offers` has locked in this transaction; without them they are locked here, in the written order.
    Raises: OutOfStock naming what is available.
    """
    if not reservations:
        return
    async with transaction():
        if levels is None:
            levels = await queries.lock_levels(sorted({(wish.product_id, wish.offer_id) for wish in reservations}))
        takings = rules.allot(reservations, levels)
        watched = _watched(levels)
        # Nothing may read what waits for COMMIT, so where somebody watches the stock it is written now.
        await queries.take(takings, now=now, at_once=bool(watched))
        changes = Counter[tuple[UUID, UUID, UUID]]()
        for taking in takings:
            changes[taking.wish.product_id, taking.wish.offer_id, taking.site_id] -= taking.quantity
        await _tell(levels, changes, now=now)
        await look_after(watched, now=now)


async def keep_reservations(order_id: UUID) -> None:
    """Keep an order's open reservations until they are shipped or released: the supplier has accepted.

    The stock rows are locked first, as whoever ends reservations does: of an acceptance and an expiry at the same moment, the second one reads
    what the first has written.
    """
    async with transaction():
        await queries.lock_levels_of_order(order_id)
        await queries.keep(order_id)


async def release(order_id: UUID, *, now: datetime, quantities: Mapping[UUID, int] | None = None) -> int:
    """Give back what an order has reserved: all, or these quantities per order line. Answers how many steps were given back.

    Without `quantities` it may be called again and then does nothing. Raises: NothingReserved when a line has less reserved than asked.
    """
    async with transaction():
        levels = await queries.lock_levels_of_order(order_id)
        found = await queries.open_reservations(order_id)
        used = rules.use_up(found, quantities) if quantities is not None else [(each, each.quantity) for each in found]
        await _give_back(levels, used, state="released", now=now)
        return sum(quantity for _, quantity in used)


async def _give_back(levels: Sequence[Level], used: Sequence[tuple[OpenReservation, int]], *, state: str, now: datetime) -> None:
    if used:
        await queries.close(used, state=state, now=now)
        changes = Counter[tuple[UUID, UUID, UUID]]()
        for reservation, quantity in used:
            changes[reservation.product_id, reservation.offer_id, reservation.site_id] += quantity
        await _tell(levels, changes, now=now)
        await look_after(_watched(levels), now=now)


async def _tell(levels: Sequence[Level], changes: Mapping[tuple[UUID, UUID, UUID], int], *, now: datetime) -> None:
    """Tell of offers that began or ceased to be available, so that lists say so too."""
    facts = [OffersChanged(supplier_id=supplier_id, product_ids=tuple(ids)) for supplier_id, ids in rules.turned(levels, changes).items()]
    if facts:
        await outbox.publish(*facts, now=now)


async def ship_stock(order_id: UUID, quantities: Mapping[UUID, int], *, now: datetime, actor: Actor) -> None:
    """Turn reservations into shipped movements, by quantities per order line.

    Goods that leave were there: where more leaves a site than was counted, a count movement makes up the difference first.
    Raises: NothingReserved when a line has less reserved than asked.
    """
    async with transaction(actor=actor):
        locked = await queries.lock_levels_of_order(order_id)
        levels = {(level.product_id, level.offer_id, level.site_id): level.on_hand for level in locked}
        used = rules.use_up(await queries.open_reservations(order_id), quantities)
        if not used:
            return
        movements: list[tuple[tuple[UUID, UUID, UUID], str, int]] = []
        for reservation, quantity in used:
            key = (reservation.product_id, reservation.offer_id, reservation.site_id)
            missing = max(quantity - levels[key], 0)
            if missing:
                movements.append((key, "count", missing))
            movements.append((key, "shipped", -quantity))
            levels[key] += missing - quantity
        await queries.close(used, state="shipped", now=now)
        await queries.move(movements, order_id=order_id, actor=actor, now=now)
        await look_after(_watched(locked), now=now)


async def open_levels(levels: Sequence[OpeningStock], *, actor: Actor, now: datetime) -> None:
    """Write the first stock rows of new offers. Only the offers room calls this, inside its own transaction."""
    async with transaction(actor=actor):
        await queries.open_levels(levels, actor=actor.principal, now=now)


async def count_in(counts: Sequence[Counted], *, actor: Actor, now: datetime) -> list[StockLevelOut]:
    """Store what was counted, each (offer, site) once, with the differences as movements, and give the rows in no promised order.

    A count below what is reserved is stored and shows as short. Only the offers room calls this, after it has checked whose offers they are.
    """
    async with transaction(actor=actor):
        locked = await queries.lock_levels([(each.product_id, each.offer_id) for each in counts])
        counted = await queries.count(counts, actor=actor, now=now)
        await look_after(_watched(locked), now=now)
        return counted


def _watched(levels: Sequence[Level]) -> list[tuple[UUID, UUID]]:
    """Give the (product, offer) pairs whose stock somebody watches, in the written order."""
    return sorted({(level.product_id, level.offer_id) for level in levels if level.is_watched})


async def look_after(pairs: Sequence[tuple[UUID, UUID]], *, now: datetime) -> None:
    """Raise or end the alerts of these watched (product, offer) pairs as their stock stands, in the transaction that moved it, and tell of each change.

    The caller holds their stock rows and gives the pairs in the order (product_id, offer_id).
    """
    if not pairs:
        return
    async with transaction():
        for product_id, offer_id in pairs:
            found = await queries_watch.look(product_id, offer_id=offer_id, now=now)
            if found is not None:
                change, supplier_id, available = found
                fact = StockLow if change == "low" else StockRecovered
                await outbox.publish(fact(supplier_id=supplier_id, product_id=product_id, offer_id=offer_id, available=available), now=now)


async def set_watch(offer_id: UUID, *, watch: tuple[str, int] | None, version: int | None, actor: Actor, now: datetime) -> int:
    """Let the acting supplier be warned of an offer's low stock: watch is ("units", steps) or ("days", days of cover), None for no longer.

    Answers the offer's new version. An offer that is low already is told at once. Raises: NotFound, VersionConflict.
    """
    supplier_id = actor.own_organisation("supplier")
    async with transaction(actor=actor):
        await accounts.check_not_ended(supplier_id)
        held = await queries_watch.lock_offer(offer_id, supplier_id=supplier_id)
        if held is None:
            raise NotFound
        if version is not None and held.version != version:
            raise VersionConflict(extra={"version": held.version})
        await queries.lock_levels([(held.product_id, offer_id)])
        before = (await queries_watch.watches([offer_id], supplier_id=supplier_id, now=now)).get(offer_id)
        if watch is None:
            await queries_watch.take_away(offer_id, supplier_id=supplier_id, now=now)
        else:
            product_id = held.product_id
            await queries_watch.put(offer_id, product_id=product_id, supplier_id=supplier_id, watch=watch, actor=actor.principal, now=now)
            await look_after([(product_id, offer_id)], now=now)
        await audit.record(
            action="offer.stock_watched",
            entity="offer",
            entity_id=offer_id,
            organisation_id=supplier_id,
            actor=actor,
            now=now,
            before=None if before is None else {"kind": before.kind, "threshold": before.days or before.least},
            after=None if watch is None else {"kind": watch[0], "threshold": watch[1]},
        )
        return await queries_watch.mark(offer_id, supplier_id=supplier_id, is_watched=watch is not None, now=now)


async def watches_of(offer_ids: Sequence[UUID], *, actor: Actor, now: datetime) -> dict[UUID, WatchOut]:
    """Give the watches of these of the acting supplier's offers. Raises: NotFound."""
    supplier_id = actor.own_organisation()
    async with reading(actor):
        return await queries_watch.watches(offer_ids, supplier_id=supplier_id, now=now)


async def count_low(actor: Actor) -> int:
    """Count the acting supplier's offers whose stock is low."""
    if actor.organisation_id is None:
        return 0
    async with reading(actor):
        return await queries_watch.count_low(actor.organisation_id)


async def expire_reservations(now: datetime) -> int:
    """Give back what was reserved and not accepted in time. Answers how many reservations ended; one transaction an order."""
    async with transaction(actor=WORKER):
        order_ids = await queries.due_orders(now, limit=DUE_ORDERS_MAX)
    ended = 0
    for order_id in order_ids:
        async with transaction(actor=WORKER):
            levels = await queries.lock_levels_of_order(order_id)
            due = await queries.open_reservations(order_id, due_at=now)
            await _give_back(levels, [(each, each.quantity) for each in due], state="expired", now=now)
            ended += len(due)
    return ended


async def levels_of(pairs: Sequence[tuple[UUID, UUID]], *, supplier_id: UUID) -> dict[UUID, list[SiteLevel]]:
    """Give the stock at each site of these (product, offer) pairs of one supplier, by offer id."""
    async with reading():
        return await queries.levels_of(pairs, supplier_id=supplier_id)
