"""Owns the shapes of carts."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

import msgspec

from marketplace.kernel.quantity import Steps
from marketplace.trade.landed.schemas import CostPart

# A whole number of pieces, or ASCII decimal text where the unit has decimals.
Wanted = Annotated[int, msgspec.Meta(ge=1, le=1_000_000)] | Annotated[str, msgspec.Meta(pattern=r"^[0-9]{1,7}(\.[0-9]{1,3})?$", max_length=11)]


class AddIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """An offer to put in; more of what is in already adds up."""

    product_id: UUID
    offer_id: UUID
    quantity: Wanted


class ChangeIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Another quantity of a line."""

    quantity: Wanted


class AddressIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Where the cart is to be shipped: one of the organisation's addresses."""

    address_id: UUID


class Holder(msgspec.Struct, frozen=True, kw_only=True):
    """Whose cart it is: a person, or a key, of an organisation."""

    organisation_id: UUID
    person_id: UUID


class HeldLine(msgspec.Struct, frozen=True, kw_only=True):
    """A cart line as it stands; `seen_unit_price` is the price when it was last put in or changed."""

    id: UUID
    product_id: UUID
    offer_id: UUID
    quantity: int
    seen_unit_price: Decimal
    seen_currency: str
    added_at: datetime


class HeldCart(msgspec.Struct, frozen=True, kw_only=True):
    """A cart with its lines, in the order they were put in."""

    id: UUID
    state: str
    version: int
    address_id: UUID | None
    lines: list[HeldLine]


class Destination(msgspec.Struct, frozen=True, kw_only=True):
    """Where to ship: what freight, duty and the arrival day need, and the whole address for the snapshot."""

    country: str
    postal_code: str
    time_zone: str
    snapshot: dict[str, Any] = {}


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """Something about a line that differs from when it was put in; `blocks` says that it keeps the cart from checkout.

    `message` is an English msgid with `{named}` parameters; pages word it in the reader's language.
    """

    code: str
    message: str
    params: dict[str, Any] = {}
    blocks: bool = False


class CostOut(msgspec.Struct, frozen=True, kw_only=True):
    """Freight or duty of a supplier's part, the same figure as in the comparison, in the part's currency.

    `reason` says why it is not known; `as_of` is since when the table holds, `is_invented` marks rates that nobody charges.
    `rule_id` names the versions that gave it; `parts` are what it is made up of, where that is more than one thing, and add up to it.
    """

    state: str
    amount_minor: int | None
    source: str
    reason: str = ""
    as_of: datetime | None = None
    is_invented: bool = False
    rule_id: str = ""
    parts: tuple[CostPart, ...] = ()


class CheaperOut(msgspec.Struct, frozen=True):
    """How many more of a line reach its offer's next tier, and the unit price that then holds for all of them."""

    more: Steps
    unit_price: Decimal


class CartLineOut(msgspec.Struct, kw_only=True):
    """A line at the present price. An answer tells quantities in the unit: a number of pieces, or decimal text (`unit_decimals`).

    `unit_price` is that of `price_base_quantity`, one of the unit; `pack_price` is what a pack comes to, null where one unit is the pack.
    """

    id: UUID
    product_id: UUID
    offer_id: UUID
    site_id: UUID
    price_version_id: UUID | None
    title: str
    brand: str
    part_number: str
    supplier_sku: str
    unit_code: str
    unit_decimals: int
    incoterm: str
    condition: str
    currency: str
    quantity: Steps
    moq: Steps
    multiple: Steps
    pack_size: Steps
    available: Steps
    unit_price: Decimal | None
    price_base_quantity: Steps
    pack_price: Decimal | None
    seen_unit_price: Decimal
    net_minor: int | None
    tax_minor: int | None
    ready_on: date | None
    arrives_on: date | None
    next_quantities: list[Steps] = []
    cheaper: CheaperOut | None = None
    problems: list[Problem] = []


class CartGroupOut(msgspec.Struct, kw_only=True):
    """What one supplier ships in one currency. `tax_minor` null means not determined; `duty` is paid at import and part of no sum.

    `answer_by` is until when the supplier would answer an order placed now.
    """

    supplier_id: UUID
    supplier_name: str
    supplier_slug: str
    currency: str
    acceptance_hours: int
    answer_by: datetime
    goods_minor: int
    freight: CostOut
    duty: CostOut
    net_minor: int
    tax_minor: int | None
    gross_minor: int
    arrives_on: date | None
    lines: list[CartLineOut]


class CartTotalOut(msgspec.Struct, kw_only=True):
    """The exact sum in one currency; `is_complete` is false while a freight in it is not known."""

    currency: str
    goods_minor: int
    freight_minor: int
    net_minor: int
    tax_minor: int | None
    gross_minor: int
    is_complete: bool


class RateOut(msgspec.Struct, frozen=True, kw_only=True):
    """A rate with its source and time."""

    base: str
    quote: str
    rate: Decimal
    provider: str
    as_of: datetime
    is_fixed: bool


class IndicativeOut(msgspec.Struct, kw_only=True):
    """All totals in one currency, for orientation; nothing is ever posted from it."""

    currency: str
    gross_minor: int
    rates: list[RateOut]


class ChangeOut(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that changed since a line was put in."""

    line_id: UUID
    title: str
    problem: Problem


class CartOut(msgspec.Struct, kw_only=True):
    """The cart at present prices. `price_token` names these prices: a checkout that sends it agrees with them."""

    id: UUID | None
    version: int
    price_token: str
    address_id: UUID | None
    country: str
    line_count: int
    groups: list[CartGroupOut]
    totals: list[CartTotalOut]
    indicative: IndicativeOut | None
    changes: list[ChangeOut]
    can_check_out: bool
