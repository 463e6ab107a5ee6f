"""Owns checkout: one transaction from a cart to one order per supplier and currency, exactly once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from marketplace.kernel.audit.schemas import Entry
from marketplace.kernel.database import transaction
from marketplace.kernel.errors import FieldError, NotFound, VersionConflict
from marketplace.kernel.fx import service as fx
from marketplace.kernel.ids import uuid7
from marketplace.kernel.machine import service as machine
from marketplace.trade.carts import service as carts
from marketplace.trade.checkout import queries, rules
from marketplace.trade.checkout.errors import AddressNotInUse, CartEmpty, CartNotReady, FreightChanged, PoNumberNeeded, PriceChanged
from marketplace.trade.checkout.schemas import Placed, PlacedOrder, Seen
from marketplace.trade.orders import service as orders
from marketplace.trade.orders.schemas import NewGroup
from marketplace.trade.payments import service as payments
from marketplace.trade.payments.schemas import Due
from vendors.offers import service as offers
from vendors.stock import service as stock

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from uuid import UUID

    from buyers.addresses.schemas import AddressOut
    from marketplace.kernel.actor import Actor
    from marketplace.kernel.machine.schemas import Change
    from marketplace.trade.carts.schemas import CartGroupOut
    from marketplace.trade.checkout.schemas import Begun

UNSEEN = Seen()


async def checkout(cart_id: UUID, *, address_id: UUID, actor: Actor, now: datetime, po_number: str = "", seen: Seen = UNSEEN) -> Placed:
    """Order everything in a cart at the present prices: stock is locked in the written order and reserved until the acceptance times.

    A cart that was ordered already answers with its group. Raises: NotFound, VersionConflict (412, the cart changed), CartEmpty,
    AddressNotInUse, PoNumberNeeded, CartNotReady, PriceChanged and FreightChanged (409, listing what changed), OutOfStock, StaleRate, AmountTooLarge.
    """
    async with transaction(actor=actor):
        begun = await queries.begin(cart_id, holder=carts.holder_of(actor), address_id=address_id)
        if begun is None:
            raise NotFound
        cart = begun.cart
        if cart.state != "open":
            return await _placed_before(cart_id, actor)
        if seen.version is not None and seen.version != cart.version:
            raise VersionConflict(extra={"version": cart.version})
        if not cart.lines:
            raise CartEmpty
        address = _address(begun, po_number)
        found = await offers.lock_offers(sorted({(line.product_id, line.offer_id) for line in cart.lines}), now=now, viewer=actor)
        groups = await carts.price(cart.lines, found, to=carts.destination(address, actor), now=now)
        _agree(groups, seen.price_token)
        await _check_rates(groups, actor, now=now)
        group = _group((cart_id, po_number.strip()), address, groups, actor=actor, now=now)
        await stock.reserve(
            rules.reservations(group, symbols=await carts.symbols_of(found)), now=now, levels=[level for offer in found for level in offer.levels]
        )
        await orders.place(group, number=begun.number)
        opened = await _open_payments(group, groups, now=now)
        placed = _placed(group, begun.number, groups)
        await machine.log_births([orders.births(group, number=begun.number), opened], actor=actor, now=now, entries=[_entry(placed, group.buyer_id)])
        return placed


async def prepare(now: datetime) -> None:
    """Read the rates into the process before a checkout's transaction begins: inside one they would be read each time anew."""
    await fx.rates(now)


async def _placed_before(cart_id: UUID, actor: Actor) -> Placed:
    found = await orders.group_of_cart(cart_id, actor=actor)
    assert found is not None, "an ordered cart has its group"
    return Placed(
        group_id=found.id,
        number=found.number,
        cart_id=cart_id,
        orders=[
            PlacedOrder(id=each.id, number=each.number, supplier_id=each.vendor_id, currency=each.currency, gross_minor=each.gross_minor)
            for each in found.orders
        ],
        totals=found.totals,
    )


def _address(begun: Begun, po_number: str) -> AddressOut:
    if begun.address is None:
        raise NotFound
    if begun.address.state != "active":
        raise AddressNotInUse
    if begun.needs_po_number and not po_number.strip():
        raise PoNumberNeeded(errors=(FieldError("/po_number", PoNumberNeeded.code, PoNumberNeeded.message),))
    return begun.address


def _agree(groups: Sequence[CartGroupOut], token: str | None) -> None:
    """Refuse what cannot be ordered as it stands, and prices that the buyer has not seen. Raises: CartNotReady, PriceChanged, FreightChanged."""
    changed = carts.changes(groups)
    blocking = [change for change in changed if change.problem.blocks]
    if blocking:
        raise CartNotReady(errors=carts.as_errors(blocking))
    if (token is None and not changed) or token == carts.price_token(groups):
        return
    extra = {"price_token": carts.price_token(groups)}
    if token is not None and carts.are_lines_as_seen(groups, token):
        raise FreightChanged(errors=carts.freight_now(groups), extra=extra)
    raise PriceChanged(errors=carts.as_errors(changed) or carts.prices_now(groups), extra=extra)


async def _check_rates(groups: Sequence[CartGroupOut], actor: Actor, *, now: datetime) -> None:
    """Refuse while a rate behind the converted total that the buyer saw is too old; no rate enters a posted amount. Raises: StaleRate."""
    currencies = {group.currency for group in groups} - {actor.currency}
    if not currencies:
        return
    table = await fx.rates(now)
    for currency in sorted(currencies):
        if table.rate(currency, actor.currency) is not None:
            table.fresh(currency, actor.currency)


def _group(named: tuple[UUID, str], address: AddressOut, groups: Sequence[CartGroupOut], *, actor: Actor, now: datetime) -> NewGroup:
    holder = carts.holder_of(actor)
    may_ship = payments.may_ship_at_once(payments.terms())
    return NewGroup(
        id=uuid7(),
        cart_id=named[0],
        buyer_id=holder.organisation_id,
        buyer_name=actor.organisation_name,
        person_id=holder.person_id,
        po_number=named[1],
        ship_to=carts.destination(address, actor).snapshot,
        time_zone=address.time_zone,
        placed_at=now,
        orders=rules.new_orders(groups, may_ship=may_ship, new_id=uuid7),
    )


async def _open_payments(group: NewGroup, groups: Sequence[CartGroupOut], *, now: datetime) -> tuple[str, list[Change]]:
    dues = [
        Due(order_id=order.id, vendor_id=order.vendor_id, currency=order.currency, gross_minor=part.gross_minor)
        for order, part in zip(group.orders, groups, strict=True)
    ]
    return await payments.open_payments(group.id, buyer_id=group.buyer_id, dues=dues, on=payments.terms(), now=now)


def _entry(placed: Placed, buyer_id: UUID) -> Entry:
    after = {"number": placed.number, "totals": {total.currency: total.gross_minor for total in placed.totals}}
    return Entry(action="order_group.placed", entity="order_group", entity_id=placed.group_id, organisation_id=buyer_id, after=after)


def _placed(group: NewGroup, number: str, groups: Sequence[CartGroupOut]) -> Placed:
    parts = zip(group.orders, groups, strict=True)
    return Placed(
        group_id=group.id,
        number=number,
        cart_id=group.cart_id,
        orders=[
            PlacedOrder(id=order.id, number=f"{number}-{place}", supplier_id=order.vendor_id, currency=order.currency, gross_minor=part.gross_minor)
            for place, (order, part) in enumerate(parts, start=1)
        ],
        totals=[rules.total_out(total) for total in carts.totals(groups)],
    )
