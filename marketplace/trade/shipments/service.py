"""Owns the use cases of shipments: a supplier hands over, a buyer confirms that it arrived."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any
from uuid import UUID

from marketplace.kernel import cursors
from marketplace.kernel.audit import service as audit
from marketplace.kernel.database import reading, transaction
from marketplace.kernel.errors import FieldError, NotAllowed, NotFound, VersionConflict
from marketplace.kernel.ids import uuid7
from marketplace.kernel.machine import service as machine
from marketplace.trade.orders import service as orders
from marketplace.trade.shipments import queries, rules
from marketplace.trade.shipments.errors import MayNotShip, TrackingNumberTaken
from marketplace.trade.shipments.schemas import NewShipment, Parcel, ShipmentOut
from vendors.stock import service as stock

if TYPE_CHECKING:
    from datetime import datetime

    from marketplace.kernel.actor import Actor
    from marketplace.trade.shipments.schemas import HeldShipment

WHOLE = Parcel()


async def ship(order_id: UUID, *, carrier: str, tracking_number: str, actor: Actor, now: datetime, parcel: Parcel = WHOLE) -> ShipmentOut:
    """Hand a shipment over: what it carries leaves stock, the order is shipped or partially shipped. The supplier's act.

    Without `parcel` it carries everything that is left to ship. Raises: NotFound, NotAllowed, MayNotShip, InvalidTransition,
    VersionConflict, LineUnknown, QuantityOutOfRange, TrackingNumberTaken.
    """
    async with transaction(actor=actor):
        order = await orders.held(order_id, actor=actor)
        orders.require_supplier(order, actor)
        orders.check_to_ship(order, version=parcel.version)
        if not order.may_ship:
            raise MayNotShip
        # Lines that are all named with nothing are a parcel of nothing, not of everything.
        asked = parcel.lines or {line.id: line.to_ship for line in order.lines}
        wanted = {line_id: count for line_id, count in asked.items() if count}
        orders.check_shipping(order, wanted)
        await stock.ship_stock(order_id, wanted, now=now, actor=actor)
        new = NewShipment(
            id=uuid7(),
            order_id=order.id,
            order_number=order.number,
            buyer_id=order.buyer_id,
            vendor_id=order.vendor_id,
            carrier=carrier.strip(),
            tracking_number=" ".join(tracking_number.upper().split()),
            handed_over_at=now,
            quantities=wanted,
        )
        await orders.hand_over(order, wanted, shipment_id=new.id, actor=actor, now=now)
        if not await queries.insert(new):
            named = {"carrier": new.carrier, "tracking_number": new.tracking_number}
            taken = FieldError("/tracking_number", TrackingNumberTaken.code, TrackingNumberTaken.message, named)
            raise TrackingNumberTaken(errors=(taken,), carrier=new.carrier, tracking_number=new.tracking_number)
        await machine.log("shipment", new.id, "", "handed_over", actor=actor, now=now)
        return await _read(new.id, actor)


async def confirm_delivery(shipment_id: UUID, *, actor: Actor, now: datetime, version: int | None = None) -> ShipmentOut:
    """Confirm that a shipment has arrived: the buyer's act. With the last one the order is delivered.

    Raises: NotFound, NotAllowed, InvalidTransition, VersionConflict.
    """
    async with transaction(actor=actor):
        shipment = await _held(shipment_id, actor)
        if actor.organisation_id != shipment.buyer_id and actor.database_role != "worker":
            raise NotAllowed
        _check(shipment.state, shipment.version, version)
        order = await orders.held(shipment.order_id, actor=actor)
        delivered_on = rules.day_in(order.time_zone, now)
        await orders.arrive(order, shipment.quantities, delivered_on=delivered_on, actor=actor, now=now)
        after = await queries.mark_delivered(shipment, from_states=rules.UNDER_WAY, delivered_on=delivered_on, now=now)
        if after is None:
            present = await queries.state_of(shipment_id)
            assert present is not None, "shipments are never deleted"
            _check(*present, None)
            raise VersionConflict(extra={"version": present[1]})
        await machine.log("shipment", shipment.id, shipment.state, "delivered", actor=actor, now=now)
        await audit.record(
            action="shipment.delivered",
            entity="shipment",
            entity_id=shipment.id,
            organisation_id=shipment.buyer_id,
            actor=actor,
            now=now,
            before={"state": shipment.state},
            after={"state": "delivered", "delivered_on": delivered_on.isoformat()},
        )
        return await _read(shipment_id, actor)


def _check(state: str, version: int, wanted_version: int | None) -> None:
    if state not in rules.UNDER_WAY:
        raise rules.SHIPMENT_MACHINE.refusal(state, "delivered")
    if wanted_version is not None and wanted_version != version:
        raise VersionConflict(extra={"version": version})


def _sees_all(actor: Actor) -> bool:
    return actor.database_role in {"operator", "worker"}


async def _held(shipment_id: UUID, actor: Actor) -> HeldShipment:
    shipment = await queries.load(shipment_id, organisation_id=actor.organisation_id, sees_all=_sees_all(actor))
    if shipment is None:
        raise NotFound
    return shipment


async def _read(shipment_id: UUID, actor: Actor) -> ShipmentOut:
    found = await queries.shipment(shipment_id, organisation_id=actor.organisation_id, sees_all=_sees_all(actor))
    if found is None:
        raise NotFound
    return found


async def shipment(shipment_id: UUID, *, actor: Actor) -> ShipmentOut:
    """Read a shipment that the actor's organisation is a party of. Raises: NotFound."""
    async with reading(actor):
        return await _read(shipment_id, actor)


async def shipments_of(order_id: UUID, *, actor: Actor) -> list[ShipmentOut]:
    """List the shipments of an order that the actor's organisation is a party of."""
    async with reading(actor):
        return await queries.shipments_of(order_id, organisation_id=actor.organisation_id, sees_all=_sees_all(actor))


async def last_carrier(*, actor: Actor) -> str:
    """Name the carrier that the acting supplier handed over to last, blank before the first time."""
    if actor.organisation_id is None:
        return ""
    async with reading(actor):
        return await queries.last_carrier(actor.organisation_id)


async def arrivals(*, asked: cursors.Asked, actor: Actor) -> tuple[list[ShipmentOut], str | None, int]:
    """Give one page of what is on its way to the actor's organisation, by the promised day, the cursor of the next, and how many there are. Raises: BadCursor."""
    buyer_id = actor.organisation_id
    if buyer_id is None:
        return [], None, 0

    async def read(after: Any, limit: int) -> list[ShipmentOut]:
        return await queries.under_way(buyer_id=buyer_id, states=rules.UNDER_WAY, after=after, limit=limit)

    def place(one: ShipmentOut) -> tuple[date | None, UUID]:
        return one.promised_on, one.id

    async with reading(actor):
        items, following = await cursors.listed(f"arrivals:{buyer_id}", read, place=place, shape=tuple[date | None, UUID], asked=asked)
        return items, following, await queries.count_under_way(buyer_id=buyer_id, states=rules.UNDER_WAY)
