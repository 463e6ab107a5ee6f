"""Owns the shapes of offers: the facts that comparison and checkout read, what suppliers send, and what they get back."""

from __future__ import annotations

from datetime import date, datetime, time
from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

import msgspec

from vendors.stock.schemas import Level

Incoterm = Literal["EXW", "FCA", "DAP", "DDP"]
Condition = Literal["new", "refurbished", "used"]
OfferState = Literal["draft", "approved", "paused", "retired"]
Visibility = Literal["public", "login_required"]
Steps = Annotated[int, msgspec.Meta(ge=1, le=10**12)]
LeadDays = Annotated[int, msgspec.Meta(ge=0, le=730)]
CountryCode = Annotated[str, msgspec.Meta(pattern="^[A-Z]{2}$", max_length=2)]
CurrencyCode = Annotated[str, msgspec.Meta(pattern="^[A-Z]{3}$", max_length=3)]
UnitPriceText = Annotated[str, msgspec.Meta(pattern=r"^[0-9]{1,12}(\.[0-9]{1,6})?$", max_length=19)]
Sku = Annotated[str, msgspec.Meta(min_length=1, max_length=80)]


class OfferFact(msgspec.Struct, frozen=True):
    """Everything that decides how one offer compares, from one statement. Quantities count the unit's smallest step.

    `available` sums all sites: on hand less reserved less safety, never below 0. `closed_on` and `opened_on` are the site's exceptions
    from the day of the question on. `tier_price` are unit prices in `currency`; `price_since` is when this version came into force.
    """

    product_id: UUID
    offer_id: UUID
    supplier_id: UUID
    supplier_sku: str
    supplier_name: str
    supplier_slug: str
    supplier_country: str
    supplier_state: str
    is_closed: bool
    auto_accepts: bool
    acceptance_hours: int
    checks: int
    checked_on: date | None
    state: str
    visibility: str
    currency: str
    unit_code: str
    unit_decimals: int
    moq: int
    multiple: int
    pack_size: int
    lead_days: int
    incoterm: str
    origin_country: str
    condition: str
    valid_from: datetime
    valid_to: datetime | None
    allows_backorder: bool
    site_id: UUID
    site_country: str
    site_region: str
    site_postal_code: str
    site_city: str
    time_zone: str
    cut_off: time
    working_days: list[int]
    keeps_public_holidays: bool
    closed_on: list[date]
    opened_on: list[date]
    price_version_id: UUID | None
    price_since: datetime | None
    tier_from: list[int]
    tier_price: list[Decimal]
    available: int
    counted_at: datetime
    product_state: str
    category_id: UUID | None
    weight_grams: int | None
    volume_cm3: int | None
    typical_weight_grams: int | None
    hs_prefix: str | None


class LockedOffer(msgspec.Struct, frozen=True):
    """An offer with its stock rows locked: `fact` is as in the comparison, the texts are what an order line snapshots.

    `levels` are handed on to `vendors.stock.service.reserve`; `reasons` are the codes of what keeps the offer from selling.
    """

    fact: OfferFact
    title: str
    brand: str
    part_number: str
    levels: list[Level]
    reasons: tuple[str, ...]


class OfferSummary(msgspec.Struct, frozen=True):
    """What a list shows of a product's offers: the lowest unit price at its offer's minimum quantity, and how many suppliers sell it."""

    from_price: Decimal | None
    from_currency: str
    suppliers: int
    offers: int
    available: int


class Tier(msgspec.Struct, frozen=True):
    """A unit price from a quantity on."""

    from_quantity: int
    unit_price: Decimal


class NewOffer(msgspec.Struct, frozen=True, kw_only=True):
    """One offer to create, already checked for its types. `tiers` ascend; the first reaches down to the minimum quantity."""

    product_id: UUID
    supplier_sku: str
    currency: str
    tiers: tuple[Tier, ...]
    site_id: UUID
    origin_country: str
    moq: int = 1
    multiple: int = 1
    pack_size: int = 1
    lead_days: int = 1
    incoterm: str = "EXW"
    condition: str = "new"
    on_hand: int = 0
    safety: int = 0
    allows_backorder: bool = False
    visibility: str = "public"
    state: str = "approved"
    valid_from: datetime | None = None
    valid_to: datetime | None = None


class TierIn(msgspec.Struct, forbid_unknown_fields=True):
    """A unit price from a quantity on, as sent: the price is an ASCII decimal with at most six decimals."""

    from_quantity: Steps
    unit_price: UnitPriceText


class OfferIn(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A new offer as sent. Quantities count the smallest step of the product's unit."""

    product_id: UUID
    supplier_sku: Sku
    currency: CurrencyCode
    tiers: Annotated[list[TierIn], msgspec.Meta(min_length=1, max_length=10)]
    site_id: UUID
    origin_country: CountryCode
    moq: Steps = 1
    multiple: Steps = 1
    pack_size: Steps = 1
    lead_days: LeadDays = 1
    incoterm: Incoterm = "EXW"
    condition: Condition = "new"
    on_hand: Annotated[int, msgspec.Meta(ge=0, le=10**12)] = 0
    safety: Annotated[int, msgspec.Meta(ge=0, le=10**12)] = 0
    allows_backorder: bool = False
    visibility: Visibility = "public"


class PriceIn(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A new price of an offer as sent; it holds from `valid_from`, or from now."""

    tiers: Annotated[list[TierIn], msgspec.Meta(min_length=1, max_length=10)]
    valid_from: datetime | None = None


class StockIn(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """What lies at a site as counted; without a site, at the one the offer ships from."""

    on_hand: Annotated[int, msgspec.Meta(ge=0, le=10**12)]
    safety: Annotated[int, msgspec.Meta(ge=0, le=10**12)] | msgspec.UnsetType = msgspec.UNSET
    site_id: UUID | None = None


class TierOut(msgspec.Struct):
    """A unit price from a quantity on."""

    from_quantity: int
    unit_price: str


class StockOut(msgspec.Struct):
    """What lies at one site. `available` = on hand less reserved less safety."""

    site_id: UUID
    site_name: str
    on_hand: int
    reserved: int
    safety: int
    available: int
    counted_at: datetime
    is_short: bool


class ReasonOut(msgspec.Struct):
    """Why an offer does not sell: a stable code and the words for it."""

    code: str
    message: str


class OfferOut(msgspec.Struct, kw_only=True):
    """One of the supplier's own offers. `tiers` is the price in force; without reasons the offer sells."""

    id: UUID
    product_id: UUID
    product_title: str
    product_slug: str
    supplier_sku: str
    state: str
    version: int
    currency: str
    unit_code: str
    unit_decimals: int
    moq: int
    multiple: int
    pack_size: int
    lead_days: int
    incoterm: str
    origin_country: str
    condition: str
    visibility: str
    allows_backorder: bool
    valid_from: datetime
    valid_to: datetime | None
    price_since: datetime | None
    tiers: list[TierOut]
    stock: list[StockOut]
    available: int
    reasons: list[ReasonOut]
