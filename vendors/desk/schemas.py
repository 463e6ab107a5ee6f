"""Owns the shapes of the supplier's desk: what suppliers send of their offers, and what they get back."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec

from marketplace.kernel.quantity import Steps
from marketplace.kernel.versions import Version
from vendors.accounts.schemas import Incoterm
from vendors.stock.schemas import SiteLevel, WatchOut
from vendors.visibility.schemas import Level

Condition = Literal["new", "refurbished", "used"]
OfferState = Literal["approved", "paused", "retired"]
WatchKind = Literal["units", "days"]
# A whole number of pieces, or ASCII decimal text where the unit has decimals.
Amount = Annotated[int, msgspec.Meta(ge=0, le=10**9)] | Annotated[str, msgspec.Meta(pattern=r"^[0-9]{1,10}(\.[0-9]{1,3})?$", max_length=14)]
LeadDays = Annotated[int, msgspec.Meta(ge=0, le=730)]
CountryCode = Annotated[str, msgspec.Meta(pattern="^[A-Z]{2}$", max_length=2)]
CurrencyCode = Annotated[str, msgspec.Meta(pattern="^[A-Z]{3}$", max_length=3)]
UnitPriceText = Annotated[str, msgspec.Meta(pattern=r"^[0-9]{1,12}(\.[0-9]{1,6})?$", max_length=19)]
Moment = Annotated[datetime, msgspec.Meta(tz=True)]
Sku = Annotated[str, msgspec.Meta(min_length=1, max_length=80)]


class TierIn(msgspec.Struct, forbid_unknown_fields=True):
    """A unit price from a quantity on, as sent: the price is an ASCII decimal with at most six decimals."""

    from_quantity: Amount
    unit_price: UnitPriceText


Tiers = Annotated[list[TierIn], msgspec.Meta(min_length=1, max_length=10)]


class OfferIn(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A new offer as sent. Quantities are in the product's unit; minimum, multiple and pack are one of it where they are not sent."""

    product_id: UUID
    supplier_sku: Sku
    currency: CurrencyCode
    tiers: Tiers
    site_id: UUID
    origin_country: CountryCode
    moq: Amount | None = None
    multiple: Amount | None = None
    pack_size: Amount | None = None
    lead_days: LeadDays = 1
    incoterm: Incoterm = "EXW"
    condition: Condition = "new"
    on_hand: Amount | None = None
    safety: Amount | None = None
    allows_backorder: bool = False
    visibility: Level = "public"


class OfferPatch(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """What to change of an offer: a new price, which holds from `price_valid_from` or now, a new state, and any of its terms.

    Quantities are in the product's unit. `valid_to` null takes the end away.
    """

    tiers: Tiers | msgspec.UnsetType = msgspec.UNSET
    price_valid_from: Moment | None = None
    state: OfferState | msgspec.UnsetType = msgspec.UNSET
    moq: Amount | msgspec.UnsetType = msgspec.UNSET
    multiple: Amount | msgspec.UnsetType = msgspec.UNSET
    pack_size: Amount | msgspec.UnsetType = msgspec.UNSET
    lead_days: LeadDays | msgspec.UnsetType = msgspec.UNSET
    incoterm: Incoterm | msgspec.UnsetType = msgspec.UNSET
    origin_country: CountryCode | msgspec.UnsetType = msgspec.UNSET
    condition: Condition | msgspec.UnsetType = msgspec.UNSET
    site_id: UUID | msgspec.UnsetType = msgspec.UNSET
    valid_from: Moment | msgspec.UnsetType = msgspec.UNSET
    valid_to: Moment | msgspec.UnsetType | None = msgspec.UNSET
    allows_backorder: bool | msgspec.UnsetType = msgspec.UNSET
    visibility: Level | msgspec.UnsetType = msgspec.UNSET


class PriceIn(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A price to plan: it holds from `valid_from` (now where it is not given) until another one begins, or until `valid_to`, when the former returns."""

    tiers: Tiers
    valid_from: Moment | None = None
    valid_to: Moment | None = None


class StockIn(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """What lies at a site as counted, in the product's unit; without a site, at the one the offer ships from."""

    on_hand: Amount
    safety: Amount | msgspec.UnsetType = msgspec.UNSET
    site_id: UUID | None = None


class WatchIn(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """From when on you are warned of low stock: `threshold` in the product's unit, or in days of cover; null ends the warning."""

    kind: WatchKind = "units"
    threshold: Amount | None


class WatchForm(msgspec.Struct, kw_only=True):
    """From when on somebody wants to be warned, as typed; blank ends the warning."""

    version: Version
    kind: WatchKind
    threshold: str = ""


class OfferForm(msgspec.Struct, kw_only=True):
    """A new offer as typed into the page's form; blank lines of tiers are left out."""

    product_id: UUID
    supplier_sku: Sku
    currency: CurrencyCode
    site_id: UUID
    origin_country: CountryCode
    tier_from: list[str]
    tier_price: list[str]
    moq: str = "1"
    multiple: str = "1"
    pack_size: str = "1"
    lead_days: LeadDays = 1
    incoterm: Incoterm = "EXW"
    condition: Condition = "new"
    on_hand: str = "0"
    safety: str = "0"
    allows_backorder: bool = False
    visibility: Level = "public"


class PriceForm(msgspec.Struct, kw_only=True):
    """A new price as typed; the page also sends the version it showed."""

    version: Version
    tier_from: list[str]
    tier_price: list[str]


class PlanForm(msgspec.Struct, kw_only=True):
    """A price to plan as typed; times are those of the site that the offer ships from."""

    version: Version
    tier_from: list[str]
    tier_price: list[str]
    starts: str
    ends: str = ""


class StockForm(msgspec.Struct, kw_only=True):
    """A count as typed."""

    version: Version
    on_hand: str
    safety: str = "0"
    site_id: UUID | None = None


class TermsForm(msgspec.Struct, kw_only=True):
    """An offer's terms as typed; times are those of the site that it ships from."""

    version: Version
    moq: str
    multiple: str
    pack_size: str
    lead_days: LeadDays
    incoterm: Incoterm
    origin_country: CountryCode
    condition: Condition
    site_id: UUID
    valid_from: str
    valid_to: str = ""
    allows_backorder: bool = False
    visibility: Level = "public"


class StateForm(msgspec.Struct, kw_only=True):
    """A wanted state."""

    version: Version
    state: OfferState


class TierOut(msgspec.Struct):
    """A unit price from a quantity on, which an answer tells in the unit."""

    from_quantity: Steps
    unit_price: str


class PriceOut(msgspec.Struct, kw_only=True):
    """A price of an offer on record: `state` is in_force, coming, past or withdrawn, `by` who wrote it, "" where that is not told."""

    id: UUID
    seq: int
    state: str
    valid_from: datetime
    valid_to: datetime | None
    tiers: list[TierOut]
    written_at: datetime
    by: str
    withdrawn_at: datetime | None


class LowOut(msgspec.Struct, kw_only=True):
    """The lowest unit price of the last 30 days at the smallest quantity sold, since when and until when it held; `until` is null while it holds."""

    unit_price: str
    quantity: Steps
    since: datetime
    until: datetime | None


class PricesOut(msgspec.Struct, kw_only=True):
    """An offer's prices over time, the one that begins last first. Quantities count the unit's smallest step; `time_zone` is its site's."""

    offer_id: UUID
    version: int
    currency: str
    unit_code: str
    unit_decimals: int
    time_zone: str
    lowest_30_days: LowOut | None
    prices: list[PriceOut]


class ReasonOut(msgspec.Struct):
    """Why an offer does not sell, or who does not see it: a stable code, the words for it, and the page on which that is changed ("" for none)."""

    code: str
    message: str
    fix: str


class OfferOut(msgspec.Struct, kw_only=True):
    """One of the supplier's own offers. Answers tell quantities in the unit: a number of pieces, or decimal text (`unit_decimals`).

    `tiers` is the price in force, `unit_price` what it makes at the smallest quantity sold; without `reasons` the offer sells.
    Prices are those of `price_base_quantity`, one of the unit; `pack_price` is what a pack comes to at `unit_price`, null where one unit is the pack.
    `notes` tell what keeps some buyers from it all the same, such as the level of visibility; `level` is the one that holds.
    """

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
    moq: Steps
    multiple: Steps
    pack_size: Steps
    lead_days: int
    incoterm: str
    origin_country: str
    condition: str
    visibility: str
    allows_backorder: bool
    site_id: UUID
    valid_from: datetime
    valid_to: datetime | None
    price_version_id: UUID | None
    price_since: datetime | None
    tiers: list[TierOut]
    unit_price: str | None
    price_base_quantity: Steps
    pack_price: str | None
    stock: list[SiteLevel]
    available: Steps
    watch: WatchOut | None
    reasons: list[ReasonOut]
    notes: list[ReasonOut]
    level: str
    time_zone: str
