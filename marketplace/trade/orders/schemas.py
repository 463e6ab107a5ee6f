"""Owns the shapes of orders: what checkout hands in, what a supplier answers, what readers get."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec

from marketplace.kernel.quantity import Steps
from marketplace.kernel.versions import Version
from marketplace.trade.landed.schemas import CostPart

Reason = Annotated[str, msgspec.Meta(min_length=3, max_length=500)]
# A whole number of pieces, or ASCII decimal text where the unit has decimals; nothing of it is 0 or "0".
Quantity = Annotated[int, msgspec.Meta(ge=0, le=1_000_000)] | Annotated[str, msgspec.Meta(pattern=r"^[0-9]{1,7}(\.[0-9]{1,3})?$", max_length=11)]
Side = Literal["buyer", "supplier", "operator"]
State = Literal[
    "pending_approval",
    "awaiting_acceptance",
    "accepted",
    "partly_accepted",
    "partially_shipped",
    "shipped",
    "delivered",
    "closed",
    "refused",
    "timed_out",
    "cancelled",
]


class LineBase(msgspec.Struct, kw_only=True):
    """What every shape of a line says: what was ordered, of whose offer, at which price. Answers tell quantities in the unit."""

    id: UUID
    position: int
    product_id: UUID
    offer_id: UUID
    title: str
    unit_decimals: int
    unit_price: Decimal
    quantity: Steps
    net_minor: int


class PlacedLine(LineBase, kw_only=True):
    """A line with where its pieces are: the places add up to the quantity."""

    open: Steps
    accepted: Steps
    refused: Steps
    withdrawn: Steps
    to_ship: Steps
    shipped: Steps
    cancelled: Steps
    in_transit: Steps
    delivered: Steps
    lost: Steps
    returned: Steps


class OrderBase(msgspec.Struct, kw_only=True):
    """What every shape of an order says: whose it is, where it stands, what it comes to and when it is due."""

    id: UUID
    group_id: UUID
    number: str
    buyer_id: UUID
    vendor_id: UUID
    currency: str
    state: str
    version: int
    may_ship: bool
    freight_minor: int
    gross_minor: int
    placed_at: datetime
    accepted_at: datetime | None
    accept_by: datetime
    promised_on: date | None
    time_zone: str


class NewLine(LineBase, kw_only=True):
    """A line as checkout snapshots it; `promised_on` is a date in the ship-to zone or unknown."""

    site_id: UUID
    price_version_id: UUID
    supplier_sku: str
    brand: str
    part_number: str
    unit_code: str
    incoterm: str
    condition: str = "new"
    tax_minor: int | None = None
    ready_on: date | None = None
    promised_on: date | None = None
    promise_reason: str = ""


class CostSeen(msgspec.Struct, frozen=True, kw_only=True):
    """A cost beside the goods as the buyer saw it: null while it is not known. `rule_id` names the row or version that gave it, `parts` add up to it."""

    state: str
    amount_minor: int | None = None
    source: str = ""
    as_of: datetime | None = None
    is_invented: bool = False
    rule_id: str = ""
    parts: tuple[CostPart, ...] = ()


class NewOrder(msgspec.Struct, frozen=True, kw_only=True):
    """One supplier's part of a group in one currency, with freight for the whole consignment."""

    id: UUID
    vendor_id: UUID
    vendor_name: str
    currency: str
    freight: CostSeen
    duty: CostSeen
    accept_by: datetime
    may_ship: bool
    lines: tuple[NewLine, ...]


class NewGroup(msgspec.Struct, frozen=True, kw_only=True):
    """What one checkout places; `ship_to` is the snapshot of the address, `time_zone` its zone."""

    id: UUID
    cart_id: UUID
    buyer_id: UUID
    buyer_name: str
    person_id: UUID
    po_number: str
    ship_to: dict[str, Any]
    time_zone: str
    placed_at: datetime
    orders: tuple[NewOrder, ...]


class ShipTo(msgspec.Struct, frozen=True, kw_only=True):
    """The address as it stood when the order was placed."""

    recipient: str = ""
    lines: tuple[str, ...] = ()
    city: str = ""
    postal_code: str = ""
    country: str = ""
    region: str = ""
    label: str = ""
    time_zone: str = "UTC"


class PromiseOut(msgspec.Struct, kw_only=True):
    """A promised arrival; the first is what on-time counts against."""

    seq: int
    promised_on: date | None
    ready_on: date | None
    time_zone: str
    reason: str
    at: datetime


class LineOut(PlacedLine, kw_only=True):
    """A line as its buyer and supplier read it; `condition` is what the goods were offered as: new, refurbished or used."""

    supplier_sku: str
    brand: str
    part_number: str
    unit_code: str
    incoterm: str
    condition: str
    tax_minor: int | None
    gross_minor: int
    price_version_id: UUID
    promises: list[PromiseOut] = []


class OrderRow(OrderBase, kw_only=True):
    """An order as lists show it. Amounts are minor units of `currency`; `tax_minor` null means not determined.

    `duty_minor` is what import is about to cost; it is paid at import, is part of no other amount, and is null while it is not known.
    """

    buyer_name: str
    vendor_name: str
    goods_minor: int
    freight_state: str
    duty_state: str
    duty_minor: int | None
    discount_minor: int
    net_minor: int
    tax_minor: int | None
    po_number: str
    ended_at: datetime | None
    delivered_at: datetime | None
    cancelled_by: str
    end_reason: str
    line_count: int = 0


class StepOut(msgspec.Struct, kw_only=True):
    """One step an order took."""

    state: str
    at: datetime


class OrderOut(OrderRow, kw_only=True):
    """An order with its lines, address and what may be done to it next."""

    freight_source: str
    freight_as_of: datetime | None
    freight_is_invented: bool
    freight_rule: str
    freight_parts: list[CostPart]
    duty_source: str
    duty_rule: str
    ship_to: ShipTo
    lines: list[LineOut] = []
    allowed: list[str] = []
    log: list[StepOut] = []


class TotalOut(msgspec.Struct, kw_only=True):
    """The exact sum of a group's orders in one currency."""

    currency: str
    goods_minor: int
    freight_minor: int
    discount_minor: int
    net_minor: int
    tax_minor: int | None
    gross_minor: int


class GroupOut(msgspec.Struct, kw_only=True):
    """What one checkout made; `state` is derived from the orders."""

    id: UUID
    number: str
    state: str
    po_number: str
    placed_at: datetime
    ship_to: ShipTo
    totals: list[TotalOut]
    orders: list[OrderRow]


class AcceptLine(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How much of a line the supplier takes, in its unit; lines not named are taken whole."""

    line_id: UUID
    quantity: Quantity


class AcceptIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """An acceptance, whole when no line is named. `version` may come as If-Match instead."""

    lines: Annotated[list[AcceptLine], msgspec.Meta(max_length=500)] = []
    version: Version | None = None


class RefuseIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A refusal with its reason."""

    reason: Reason
    version: Version | None = None


class CancelIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A cancellation with its reason: by the buyer before acceptance, by the supplier after it while nothing is shipped."""

    reason: Reason
    version: Version | None = None


class OrderFilter(msgspec.Struct, frozen=True, kw_only=True):
    """What a list of orders shows: the reader's side, states, a text in number or PO number."""

    side: Side = "buyer"
    states: tuple[str, ...] = ()
    text: str = ""
    limit: int = 50

    def list_name(self, organisation_id: UUID | None) -> str:
        """Name the list that a cursor is bound to."""
        return f"orders {organisation_id} {self.side} {','.join(self.states)} {self.text}"


class Acted(msgspec.Struct, frozen=True, kw_only=True):
    """What became of an order by an act; read the order itself for the rest."""

    id: UUID
    number: str
    state: str
    version: int


class HeldLine(PlacedLine, kw_only=True):
    """A line as a change needs it; `unit_symbol` stands behind quantities that are no pieces, untranslated."""

    site_id: UUID
    unit_symbol: str = ""
    tax_minor: int | None = None


class HeldOrder(OrderBase, kw_only=True):
    """An order as a change needs it; `version` is what the conditional update asks for."""

    lines: list[HeldLine]


class Delta(msgspec.Struct, kw_only=True):
    """By how much a line's quantities move; what a line gains in one place it loses in another."""

    id: UUID
    open: int = 0
    accepted: int = 0
    refused: int = 0
    withdrawn: int = 0
    to_ship: int = 0
    shipped: int = 0
    cancelled: int = 0
    in_transit: int = 0
    delivered: int = 0
    lost: int = 0
    returned: int = 0


class Stamp(msgspec.Struct, frozen=True, kw_only=True):
    """What else a change writes on the order; None leaves as is."""

    accepted_at: datetime | None = None
    ended_at: datetime | None = None
    delivered_at: datetime | None = None
    cancelled_by: str | None = None
    end_reason: str | None = None
