"""Owns the one page that lists everything that happens: the facts that packages tell each other through the outbox."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

import msgspec


class Fact(msgspec.Struct, frozen=True, kw_only=True):
    """Something that happened. Handlers get ids and reload the state; they may run twice."""


class OrganisationCreated(Fact, frozen=True):
    """The operator created an organisation."""

    organisation_id: UUID


class PersonInvited(Fact, frozen=True):
    """Somebody was invited into an organisation."""

    invitation_id: UUID
    organisation_id: UUID


class StateChanged(Fact, frozen=True):
    """A thing changed its state and no richer fact tells it; `seq` numbers the changes of one thing without a gap."""

    entity: str
    entity_id: UUID
    seq: int
    from_state: str
    to_state: str


class ProductsChanged(Fact, frozen=True):
    """Products were created or changed; at most 1,000 ids a fact."""

    product_ids: tuple[UUID, ...]


class ProductsMerged(Fact, frozen=True):
    """Two products turned out to be one: what belonged to `gone_id` belongs to `kept_id` from now on."""

    kept_id: UUID
    gone_id: UUID


class ProductsSplit(Fact, frozen=True):
    """A merge was undone: what came to `kept_id` from `gone_id` goes back."""

    kept_id: UUID
    gone_id: UUID


class TypesLearned(Fact, frozen=True):
    """The catalogue learned anew what kinds of things it sells: of the products with ids after `after`, up to `until`, `changed` bear another type."""

    changed: int
    after: UUID = UUID(int=0)
    until: UUID = UUID(int=2**128 - 1)


class OffersChanged(Fact, frozen=True):
    """Offers of these products changed in price, stock or state; at most 1,000 product ids a fact."""

    supplier_id: UUID
    product_ids: tuple[UUID, ...]


class StockLow(Fact, frozen=True):
    """What is available of a watched offer reached its threshold; told once until it has recovered."""

    supplier_id: UUID
    product_id: UUID
    offer_id: UUID
    available: int


class StockRecovered(Fact, frozen=True):
    """A tenth more than the threshold is available again of an offer whose stock was low."""

    supplier_id: UUID
    product_id: UUID
    offer_id: UUID
    available: int


class SupplierStateChanged(Fact, frozen=True):
    """A supplier was opened, paused, suspended or terminated."""

    supplier_id: UUID
    state: str


class VisibilityChanged(Fact, frozen=True):
    """A supplier changed who sees its offers: the level of a category with all below it or of everything (None), or its allow-list."""

    supplier_id: UUID
    category_id: UUID | None


class FreightTableChanged(Fact, frozen=True):
    """A supplier's freight table changed."""

    supplier_id: UUID


class OrderPlaced(Fact, frozen=True):
    """A buyer placed an order with one supplier; a group publishes one fact per order. `product_ids` are those of its lines, in their order."""

    order_id: UUID
    group_id: UUID
    buyer_id: UUID
    supplier_id: UUID
    placed_at: datetime
    number: str = ""
    product_ids: tuple[UUID, ...] = ()


class OrderAccepted(Fact, frozen=True):
    """A supplier accepted an order, in whole or in part.

    `promised_on` is the latest date in the ship-to zone, None while the transit is not known: such an order counts neither on time nor late.
    """

    order_id: UUID
    buyer_id: UUID
    supplier_id: UUID
    placed_at: datetime
    accepted_at: datetime
    is_partial: bool
    promised_on: date | None
    time_zone: str


class OrderRefused(Fact, frozen=True):
    """A supplier refused an order or let its acceptance time pass (`timed_out`)."""

    order_id: UUID
    buyer_id: UUID
    supplier_id: UUID
    placed_at: datetime
    refused_at: datetime
    timed_out: bool


class OrderCancelled(Fact, frozen=True):
    """An order was cancelled; `was_accepted` tells whether the supplier had accepted it, `by` who asked ("buyer" or "supplier")."""

    order_id: UUID
    buyer_id: UUID
    supplier_id: UUID
    cancelled_at: datetime
    was_accepted: bool
    by: str


class OrderShipped(Fact, frozen=True):
    """A supplier handed a shipment over."""

    order_id: UUID
    shipment_id: UUID
    buyer_id: UUID
    supplier_id: UUID
    handed_over_at: datetime


class OrderDelivered(Fact, frozen=True):
    """Everything of an order has arrived; the dates compare in the ship-to zone, against the first promise (None: none was made)."""

    order_id: UUID
    buyer_id: UUID
    supplier_id: UUID
    delivered_at: datetime
    delivered_on: date
    promised_on: date | None


class CategoriesChanged(Fact, frozen=True):
    """Categories were made, renamed or moved, or other attributes are asked of their products; what stands below them is meant too."""

    category_ids: tuple[UUID, ...]


FACTS: tuple[type[Fact], ...] = (
    OrganisationCreated,
    PersonInvited,
    StateChanged,
    ProductsChanged,
    CategoriesChanged,
    TypesLearned,
    ProductsMerged,
    ProductsSplit,
    OffersChanged,
    StockLow,
    StockRecovered,
    SupplierStateChanged,
    VisibilityChanged,
    FreightTableChanged,
    OrderPlaced,
    OrderAccepted,
    OrderRefused,
    OrderCancelled,
    OrderShipped,
    OrderDelivered,
)
