"""Owns the shapes of stock."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec

from marketplace.kernel.quantity import Steps


class Reservation(msgspec.Struct, frozen=True, kw_only=True):
    """A quantity to keep for an order line. `site_id` is where to take it from first; other sites of the offer fill up.

    `expires_at` None keeps it until it is shipped or released. `unit` is the decimals and the symbol in which a refusal tells quantities.
    """

    product_id: UUID
    offer_id: UUID
    site_id: UUID
    order_id: UUID
    order_line_id: UUID
    buyer_id: UUID
    quantity: int
    expires_at: datetime | None
    unit: tuple[int, str] = (0, "")


class Level(msgspec.Struct, frozen=True):
    """One stock row as read under lock."""

    product_id: UUID
    offer_id: UUID
    site_id: UUID
    on_hand: int
    reserved: int
    safety: int
    allows_backorder: bool
    supplier_id: UUID
    is_watched: bool = False

    @property
    def available(self) -> int:
        """Give what can be promised from here, never below 0."""
        return max(self.on_hand - self.reserved - self.safety, 0)


class Taking(msgspec.Struct, frozen=True):
    """One part of a reservation, at one site."""

    wish: Reservation
    site_id: UUID
    quantity: int


class OpenReservation(msgspec.Struct, frozen=True):
    """An open reservation as read under the lock of its stock row."""

    id: UUID
    product_id: UUID
    offer_id: UUID
    site_id: UUID
    order_line_id: UUID
    quantity: int
    expires_at: datetime | None
    created_at: datetime


class OpeningStock(msgspec.Struct, frozen=True):
    """What a new offer starts with at a site."""

    product_id: UUID
    offer_id: UUID
    site_id: UUID
    on_hand: int
    safety: int


class Counted(msgspec.Struct, frozen=True):
    """What was counted of an offer at a site; `safety` None leaves it as it is."""

    product_id: UUID
    offer_id: UUID
    site_id: UUID
    on_hand: int
    safety: int | None


class StockLevelOut(msgspec.Struct):
    """A stock row after a count. `available` = on hand less reserved less safety, never below 0."""

    product_id: UUID
    offer_id: UUID
    site_id: UUID
    on_hand: int
    reserved: int
    safety: int
    available: int
    is_short: bool
    counted_at: datetime


class SiteLevel(msgspec.Struct):
    """What of an offer lies at one site. `available` = on hand less reserved less safety, never below 0."""

    site_id: UUID
    site_name: str
    on_hand: Steps
    reserved: Steps
    safety: Steps
    available: Steps
    counted_at: datetime
    is_short: bool


class WatchOut(msgspec.Struct, kw_only=True):
    """From when on a supplier is warned: at a quantity (kind "units") or at days of cover (kind "days").

    `low_since` is null while there is enough. The warning ends once a tenth more than the threshold is available. `shipped_90_days` is what the days
    of cover rest on; it is the supplier's alone.
    """

    kind: str
    least: Steps | None
    days: int | None
    low_since: datetime | None
    shipped_90_days: Steps
