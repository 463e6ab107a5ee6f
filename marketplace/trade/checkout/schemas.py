"""Owns the shapes of checkout."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

import msgspec

from buyers.addresses.schemas import AddressOut
from marketplace.trade.carts.schemas import HeldCart
from marketplace.trade.orders.schemas import TotalOut


class CheckoutIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A checkout of a cart as it was seen: `version` is the cart's, `price_token` (of the cart's answer) agrees with the prices shown there.

    Both may be left out: then a price that changed since a line was put in is refused, and the lines are those that the cart holds now.
    """

    cart_id: UUID
    address_id: UUID
    po_number: Annotated[str, msgspec.Meta(max_length=60, pattern=r"^[^\x00-\x1f\x7f]*$")] = ""
    version: Annotated[int, msgspec.Meta(ge=1, le=2**31 - 1)] | None = None
    price_token: Annotated[str, msgspec.Meta(max_length=64)] | None = None


class Begun(msgspec.Struct, frozen=True, kw_only=True):
    """What a checkout knows when it holds the cart locked; `number` is drawn for the group that an open cart becomes."""

    cart: HeldCart
    address: AddressOut | None
    needs_po_number: bool
    number: str


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """What the buyer looked at: the cart's version and prices, None where not said."""

    version: int | None = None
    price_token: str | None = None


class PlacedOrder(msgspec.Struct, frozen=True, kw_only=True):
    """One supplier's order of a group."""

    id: UUID
    number: str
    supplier_id: UUID
    currency: str
    gross_minor: int


class Placed(msgspec.Struct, frozen=True, kw_only=True):
    """What a checkout placed; the same answer whoever asks again for the same cart."""

    group_id: UUID
    number: str
    cart_id: UUID
    orders: list[PlacedOrder]
    totals: list[TotalOut]

    @property
    def id(self) -> UUID:
        """Give the group's id."""
        return self.group_id

    @property
    def order_ids(self) -> list[UUID]:
        """Give the orders' ids, in the order of their numbers."""
        return [order.id for order in self.orders]
