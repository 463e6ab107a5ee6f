"""Owns the pure rules of stock: which sites a reservation takes from, and how open reservations are used up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from marketplace.kernel.quantity import in_units, measure
from vendors.stock.errors import NothingReserved, OutOfStock
from vendors.stock.schemas import Taking

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from uuid import UUID

    from vendors.stock.schemas import Level, OpenReservation, Reservation


def allot(wishes: Sequence[Reservation], levels: Sequence[Level]) -> list[Taking]:
    """Split each wish over the offer's sites: the preferred site first, then the others by id; backorder goes to the preferred site.

    Wishes are served in their order, all or nothing. Raises: OutOfStock naming what is left of the first wish that cannot be met.
    """
    left = {(level.product_id, level.offer_id, level.site_id): level.available for level in levels}
    backorders = {(level.product_id, level.offer_id): level.allows_backorder for level in levels}
    takings: list[Taking] = []
    for wish in wishes:
        offer = (wish.product_id, wish.offer_id)
        sites = sorted((key for key in left if key[:2] == offer), key=lambda key: (key[2] != wish.site_id, key[2]))
        available = sum(left[key] for key in sites)
        if not sites or (available < wish.quantity and not backorders[offer]):
            raise short(wish, available)
        open_quantity = wish.quantity
        parts: dict[UUID, int] = {}
        for key in sites:
            part = min(left[key], open_quantity)
            if part:
                left[key] -= part
                parts[key[2]] = part
                open_quantity -= part
        if open_quantity:
            parts[sites[0][2]] = parts.get(sites[0][2], 0) + open_quantity
        takings += [Taking(wish, site_id, quantity) for site_id, quantity in parts.items()]
    return takings


def short(wish: Reservation, available: int) -> OutOfStock:
    """Give the refusal of a wish that cannot be met, in its unit."""
    decimals, symbol = wish.unit
    return OutOfStock(
        wanted=measure(wish.quantity, decimals=decimals, symbol=symbol),
        available=measure(available, decimals=decimals, symbol=symbol),
        extra={
            "product_id": wish.product_id,
            "offer_id": wish.offer_id,
            "wanted": in_units(wish.quantity, decimals=decimals),
            "available": in_units(available, decimals=decimals),
        },
    )


def use_up(reservations: Sequence[OpenReservation], quantities: Mapping[UUID, int]) -> list[tuple[OpenReservation, int]]:
    """Choose how much of which open reservation the quantities per order line use, in the order given.

    Raises: NothingReserved when a line has less reserved than asked.
    """
    chosen: list[tuple[OpenReservation, int]] = []
    for line_id, wanted in quantities.items():
        left = wanted
        for reservation in reservations:
            if reservation.order_line_id == line_id and left:
                part = min(left, reservation.quantity)
                chosen.append((reservation, part))
                left -= part
        if left:
            raise NothingReserved(extra={"order_line_id": line_id})
    return chosen


def turned(levels: Sequence[Level], changes: Mapping[tuple[UUID, UUID, UUID], int]) -> dict[UUID, list[UUID]]:
    """Tell by supplier on which products an offer began or ceased to be available, when these levels' availability changes so much.

    What can be backordered sells in any case. An offer with further sites than these may be named without need, which does no harm.
    """
    before: dict[tuple[UUID, UUID, UUID], int] = {}
    after: dict[tuple[UUID, UUID, UUID], int] = {}
    for level in levels:
        if not level.allows_backorder:
            offer = (level.supplier_id, level.product_id, level.offer_id)
            change = changes.get((level.product_id, level.offer_id, level.site_id), 0)
            before[offer] = before.get(offer, 0) + level.available
            after[offer] = after.get(offer, 0) + max(level.on_hand - level.reserved - level.safety + change, 0)
    found: dict[UUID, list[UUID]] = {}
    for offer, available in before.items():
        if (available > 0) != (after[offer] > 0):
            found.setdefault(offer[0], []).append(offer[1])
    return found
