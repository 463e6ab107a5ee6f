"""Owns the use cases of orders: placing, accepting, refusing, cancelling, timing out, and what shipments tell an order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from marketplace.kernel.actor import WORKER
from marketplace.kernel.audit import service as audit
from marketplace.kernel.contracts import OrderAccepted, OrderCancelled, OrderDelivered, OrderPlaced, OrderRefused, OrderShipped
from marketplace.kernel.database import as_domain_error, reading, transaction
from marketplace.kernel.errors import Busy, DomainError, InvalidTransition, NotAllowed, NotFound, VersionConflict
from marketplace.kernel.ids import uuid7
from marketplace.kernel.machine import service as machine
from marketplace.kernel.machine.schemas import Change
from marketplace.kernel.outbox import service as outbox
from marketplace.kernel.ports import ProductTies, Ties
from marketplace.trade.orders import queries, queries_lists, rules
from marketplace.trade.orders.errors import AcceptanceOver
from marketplace.trade.orders.schemas import Acted, Stamp
from vendors.stock import service as stock

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date, datetime
    from uuid import UUID

    from marketplace.kernel.actor import Actor
    from marketplace.kernel.contracts import Fact
    from marketplace.trade.orders.schemas import Delta, GroupOut, HeldOrder, NewGroup, OrderFilter, OrderOut, OrderRow, Side

BATCH = 200


async def place(group: NewGroup, *, number: str) -> None:
    """Place a group under a number that was drawn for it, its orders awaiting acceptance, and close its cart. Called by checkout in its transaction.

    The caller has locked cart and stock, has reserved, and logs `births` with those of payments. Raises: AmountTooLarge.
    """
    amounts = [rules.order_amounts(order) for order in group.orders]
    totals = rules.group_amounts([(order.currency, parts) for order, parts in zip(group.orders, amounts, strict=True)])
    await queries.insert_group(group, number, amounts=amounts, totals=totals)


def births(group: NewGroup, *, number: str) -> tuple[str, list[Change]]:
    """Give the births of a group's orders with their facts, for the log; `number` is the group's, and orders have it with -1, -2, …"""
    changes = [
        Change(
            entity_id=order.id,
            from_state="",
            to_state="awaiting_acceptance",
            fact=OrderPlaced(
                order_id=order.id,
                group_id=group.id,
                buyer_id=group.buyer_id,
                supplier_id=order.vendor_id,
                placed_at=group.placed_at,
                number=f"{number}-{position}",
                product_ids=tuple(line.product_id for line in order.lines),
            ),
        )
        for position, order in enumerate(group.orders, 1)
    ]
    return "order", changes


async def held(order_id: UUID, *, actor: Actor) -> HeldOrder:
    """Load an order that the actor's organisation is a party of, for a change. Raises: NotFound."""
    order = await queries.load(order_id, organisation_id=actor.organisation_id, sees_all=actor.database_role in {"operator", "worker"})
    if order is None:
        raise NotFound
    return order


async def by_line(order_id: UUID, lines: Sequence[rules.NamedLine], *, actor: Actor) -> dict[UUID, int]:
    """Give quantities that were sent, in steps by line id, as `accept_order` and a parcel take them.

    Raises: NotFound, NotAllowed, LineUnknown, BadQuantity, InvalidInput.
    """
    if not lines:
        return {}
    async with transaction(actor=actor):
        order = await held(order_id, actor=actor)
        require_supplier(order, actor)
        return rules.by_line(order, lines)


def require_supplier(order: HeldOrder, actor: Actor) -> None:
    """Let only the order's supplier, or the worker in its name, go on. Raises: NotAllowed."""
    if actor.organisation_id != order.vendor_id and actor.database_role != "worker":
        raise NotAllowed


def check(order: HeldOrder, *, to_state: str, from_states: Sequence[str], version: int | None) -> None:
    """Check state and version before anything is written. Raises: InvalidTransition (409), VersionConflict (412)."""
    if order.state not in from_states:
        raise rules.ORDER_MACHINE.refusal(order.state, to_state)
    if version is not None and version != order.version:
        raise VersionConflict(extra={"version": order.version})


async def accept_order(order_id: UUID, *, actor: Actor, now: datetime, lines: Mapping[UUID, int] | None = None, version: int | None = None) -> Acted:
    """Accept an order, whole or per line in part (`lines`: line id → quantity in steps; lines not named are taken whole). The supplier's act.

    Raises: NotFound, NotAllowed, InvalidTransition, VersionConflict, AcceptanceOver, LineUnknown, QuantityOutOfRange, NothingAccepted.
    """
    async with transaction(actor=actor):
        order = await held(order_id, actor=actor)
        require_supplier(order, actor)
        check(order, to_state="accepted", from_states=rules.AWAITING, version=version)
        to_state, deltas = rules.acceptance(order, lines or {})
        refused = {delta.id: delta.refused for delta in deltas if delta.refused}
        if refused:
            await stock.release(order_id, now=now, quantities=refused)
        await stock.keep_reservations(order_id)
        if now > order.accept_by or await queries.reserved(order_id) != sum(delta.accepted for delta in deltas):
            # What was reserved has ended, or ends at this moment in another transaction: an acceptance would promise what nobody keeps.
            raise AcceptanceOver(accept_by=order.accept_by)
        stamp = Stamp(accepted_at=now)
        fact = OrderAccepted(
            order_id=order.id,
            buyer_id=order.buyer_id,
            supplier_id=order.vendor_id,
            placed_at=order.placed_at,
            accepted_at=now,
            is_partial=to_state == "partly_accepted",
            promised_on=order.promised_on,
            time_zone=order.time_zone,
        )
        return await _act(order, to_state, actor=actor, now=now, change=(rules.AWAITING, deltas, stamp, fact))


async def refuse_order(order_id: UUID, *, actor: Actor, now: datetime, reason: str, version: int | None = None) -> Acted:
    """Refuse an order with a reason that the buyer reads. The supplier's act; its share of the payment is voided by the fact.

    Raises: NotFound, NotAllowed, InvalidTransition, VersionConflict.
    """
    async with transaction(actor=actor):
        order = await held(order_id, actor=actor)
        require_supplier(order, actor)
        check(order, to_state="refused", from_states=rules.AWAITING, version=version)
        return await _refuse(order, "refused", actor=actor, now=now, change=(rules.refusal(order), reason))


async def _refuse(order: HeldOrder, to_state: str, *, actor: Actor, now: datetime, change: tuple[list[Delta], str]) -> Acted:
    deltas, reason = change
    await stock.release(order.id, now=now)
    fact = OrderRefused(
        order_id=order.id,
        buyer_id=order.buyer_id,
        supplier_id=order.vendor_id,
        placed_at=order.placed_at,
        refused_at=now,
        timed_out=to_state == "timed_out",
    )
    return await _act(order, to_state, actor=actor, now=now, change=(rules.AWAITING, deltas, Stamp(ended_at=now, end_reason=reason), fact))


async def time_out_orders(now: datetime) -> int:
    """End orders whose acceptance time is over, at most 200 a run, each in a transaction of its own; gives how many ended.

    An order that somebody changes at this very moment is passed over: where it is still overdue, the next run ends it.
    """
    async with transaction(actor=WORKER, readonly=True):
        order_ids = await queries.overdue(now, limit=BATCH)
    ended = 0
    for order_id in order_ids:
        try:
            ended += await _time_out(order_id, now)
        except Exception as error:
            refusal = error if isinstance(error, DomainError) else as_domain_error(error)
            if not isinstance(refusal, InvalidTransition | VersionConflict | Busy):
                raise
    return ended


async def _time_out(order_id: UUID, now: datetime) -> bool:
    async with transaction(actor=WORKER):
        order = await held(order_id, actor=WORKER)
        if order.state not in rules.AWAITING:
            return False
        await _refuse(order, "timed_out", actor=WORKER, now=now, change=(rules.withdrawal(order), ""))
        return True


async def cancel_order(order_id: UUID, *, actor: Actor, now: datetime, reason: str, version: int | None = None) -> Acted:
    """Cancel an order: the buyer before acceptance, the supplier an accepted one while nothing is shipped.

    Raises: NotFound, InvalidTransition, VersionConflict.
    """
    async with transaction(actor=actor):
        order = await held(order_id, actor=actor)
        by = "buyer" if actor.organisation_id == order.buyer_id else "supplier"
        from_states = (*rules.AWAITING, "pending_approval") if by == "buyer" else rules.ACCEPTED
        if by == "supplier":
            require_supplier(order, actor)
        check(order, to_state="cancelled", from_states=from_states, version=version)
        await stock.release(order_id, now=now)
        deltas = rules.cancellation(order) if by == "supplier" else rules.withdrawal(order)
        fact = OrderCancelled(
            order_id=order.id,
            buyer_id=order.buyer_id,
            supplier_id=order.vendor_id,
            cancelled_at=now,
            was_accepted=by == "supplier",
            by=by,
        )
        stamp = Stamp(ended_at=now, cancelled_by=by, end_reason=reason)
        return await _act(order, "cancelled", actor=actor, now=now, change=(from_states, deltas, stamp, fact))


def check_to_ship(order: HeldOrder, *, version: int | None) -> None:
    """Check that an order is in a state to ship from. Raises: InvalidTransition, VersionConflict."""
    check(order, to_state="shipped", from_states=rules.TO_SHIP, version=version)


def check_shipping(order: HeldOrder, shipped: Mapping[UUID, int]) -> None:
    """Check that the lines have so much left to ship. Raises: LineUnknown, QuantityOutOfRange."""
    rules.shipping(order, shipped)


def void_minor(order: HeldOrder) -> int:
    """Tell how much of an order's amount is not owed any more."""
    return rules.void_minor(order)


async def hand_over(order: HeldOrder, shipped: Mapping[UUID, int], *, shipment_id: UUID, actor: Actor, now: datetime) -> Acted:
    """Move what a shipment carries from to-ship to in-transit. Called by shipments, which took the stock out before.

    Raises: InvalidTransition, VersionConflict, LineUnknown, QuantityOutOfRange.
    """
    to_state, deltas = rules.shipping(order, shipped)
    fact = OrderShipped(order_id=order.id, shipment_id=shipment_id, buyer_id=order.buyer_id, supplier_id=order.vendor_id, handed_over_at=now)
    return await _act(order, to_state, actor=actor, now=now, change=(rules.TO_SHIP, deltas, Stamp(), fact))


async def arrive(order: HeldOrder, arrived: Mapping[UUID, int], *, delivered_on: date, actor: Actor, now: datetime) -> Acted:
    """Move what has arrived from in-transit to delivered; with the last piece the order is delivered. Called by shipments.

    `delivered_on` is the day in the ship-to zone; the fact carries it beside the first promise. Raises: InvalidTransition, VersionConflict.
    """
    to_state, deltas = rules.delivery(order, arrived)
    is_done = to_state == "delivered"
    fact = OrderDelivered(
        order_id=order.id,
        buyer_id=order.buyer_id,
        supplier_id=order.vendor_id,
        delivered_at=now,
        delivered_on=delivered_on,
        promised_on=order.promised_on,
    )
    stamp = Stamp(delivered_at=now) if is_done else Stamp()
    return await _act(order, to_state, actor=actor, now=now, change=(rules.UNDER_WAY, deltas, stamp, fact if is_done else None))


async def promise(order: HeldOrder, line_id: UUID, *, promised_on: date, reason: str, now: datetime) -> None:
    """Append a later promise to a line; the first one stays what on-time counts against."""
    head = (uuid7(), line_id, order.id, order.buyer_id, order.vendor_id, order.time_zone)
    await queries.append_promise(head, promised_on=promised_on, reason=reason, now=now)


async def accept_automatically(order_id: UUID, *, supplier_id: UUID, now: datetime) -> None:
    """Accept in the supplier's name where the supplier takes every order as it comes; does nothing for others or when somebody was first."""
    async with transaction(actor=WORKER):
        if not await queries.auto_accepts(supplier_id):
            return
        order = await held(order_id, actor=WORKER)
        if order.state in rules.AWAITING:
            await accept_order(order_id, actor=WORKER, now=now)


async def _act(
    order: HeldOrder, to_state: str, *, actor: Actor, now: datetime, change: tuple[Sequence[str], Sequence[Delta], Stamp, Fact | None]
) -> Acted:
    """Make one change of an order: conditional update, log, fact and audit row."""
    from_states, deltas, stamp, fact = change
    version = await queries.move(order, to_state=to_state, from_states=from_states, deltas=deltas, stamp=stamp, now=now)
    if version is None:
        await _refuse_lost(order, to_state, from_states)
    assert version is not None
    if to_state != order.state:
        await machine.log("order", order.id, order.state, to_state, actor=actor, now=now, fact=fact)
    elif fact is not None:
        await outbox.publish(fact, now=now)
    await audit.record(
        action=f"order.{to_state}",
        entity="order",
        entity_id=order.id,
        organisation_id=actor.organisation_id or order.vendor_id,
        actor=actor,
        now=now,
        before={"state": order.state, "version": order.version},
        after={"state": to_state, "version": version},
        reason=stamp.end_reason,
    )
    return Acted(id=order.id, number=order.number, state=to_state, version=version)


async def _refuse_lost(order: HeldOrder, to_state: str, from_states: Sequence[str]) -> None:
    present = await queries.state_of(order.id)
    if present is None:
        raise NotFound
    state, version = present
    if state not in from_states:
        raise rules.ORDER_MACHINE.refusal(state, to_state)
    raise VersionConflict(extra={"version": version})


def _sees_all(actor: Actor) -> bool:
    return actor.database_role in {"operator", "worker"}


async def order(order_id: UUID, *, actor: Actor) -> OrderOut:
    """Read an order with lines, promises and steps, and what the reader may do next. Raises: NotFound."""
    async with reading(actor):
        found = await queries_lists.order(order_id, organisation_id=actor.organisation_id, sees_all=_sees_all(actor))
    if found is None:
        raise NotFound
    found.allowed = rules.acts(found.state, side=side_of(found, actor), may_ship=found.may_ship)
    return found


def side_of(found: OrderOut, actor: Actor) -> str:
    """Tell from which side an actor sees an order."""
    if actor.organisation_id == found.buyer_id:
        return "buyer"
    return "supplier" if actor.organisation_id == found.vendor_id else "operator"


async def orders(
    which: OrderFilter, *, actor: Actor, after: tuple[datetime, UUID] | None = None
) -> tuple[list[OrderRow], tuple[datetime, UUID] | None]:
    """List one side's orders, the newest first, with where the next page starts."""
    async with reading(actor):
        found = await queries_lists.page(which, organisation_id=actor.organisation_id, after=after)
    if len(found) <= which.limit:
        return found, None
    last = found[which.limit - 1]
    return found[: which.limit], (last.placed_at, last.id)


async def counts(side: str, *, actor: Actor) -> dict[str, int]:
    """Count one side's orders by state."""
    async with reading(actor):
        return await queries_lists.counts(side, organisation_id=actor.organisation_id)


async def order_group(group_id: UUID, *, actor: Actor) -> GroupOut:
    """Read a group that the actor's organisation placed, with totals per currency and its orders. Raises: NotFound."""
    async with reading(actor):
        found = await queries_lists.group(group_id, organisation_id=actor.organisation_id, sees_all=_sees_all(actor))
    if found is None:
        raise NotFound
    found.state = rules.group_state([each.state for each in found.orders])
    return found


async def group_of_cart(cart_id: UUID, *, actor: Actor) -> GroupOut | None:
    """Read the group that a cart became, None while it is open."""
    assert actor.organisation_id is not None, "carts belong to organisations"
    async with reading(actor):
        group_id = await queries_lists.group_of_cart(cart_id, organisation_id=actor.organisation_id)
    return None if group_id is None else await order_group(group_id, actor=actor)


def side_asked(side: Side | None, who: Actor) -> Side:
    """Choose from which side an actor sees a list: the one asked for if it is theirs, else their own. Raises: NotAllowed."""
    own: list[Side] = [each for each in ("buyer", "supplier", "operator") if each in who.capacities]
    if side is None:
        return own[0] if own else "buyer"
    if side not in own:
        raise NotAllowed
    return side


class OrderCounts:
    """Tells how many order lines name products."""

    async def counts(self, product_ids: Sequence[UUID]) -> dict[UUID, ProductTies]:
        """Count by product."""
        async with reading():
            found = await queries.lines_of_products(product_ids)
            return {one: ProductTies(orders=found.get(one, 0)) for one in product_ids}


class OrderTies:
    """Tells which orders tie a supplier."""

    async def ties(self, supplier_id: UUID, *, now: datetime) -> Ties:  # noqa: ARG002 - orders say what is open by their state
        """Count the supplier's open orders."""
        async with reading():
            return Ties(open_orders=await queries.open_orders_of(supplier_id))
