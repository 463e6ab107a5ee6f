"""Owns the shapes of offers: the facts that comparison and checkout read, and what a new offer is made of."""

from __future__ import annotations

from datetime import date, datetime, time
from decimal import Decimal
from typing import Annotated
from uuid import UUID

import msgspec

from vendors.stock.schemas import Level

SEES_PRICE = 2


class OfferFact(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Everything that decides how one offer compares, from one statement, in its order. Quantities count the unit's smallest step.

    `available` sums all sites: on hand less reserved less safety, never below 0. `closed_on` and `opened_on` are the site's exceptions
    from the day of the question on, `opens_at` and `closes_at` its local hours in the order of `working_days`, empty where none were stated.
    `tier_price` are unit prices in `currency`; `price_since` is when this version came into force.
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
    is_over: bool
    auto_accepts: bool
    acceptance_hours: int
    acceptance_counts: str
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
    opens_at: list[time]
    closes_at: list[time]
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
    # What the viewer sees: 0 nothing, 1 all but the price, 2 all.
    sight: int = 2

    @property
    def price_is_hidden(self) -> bool:
        """Tell whether the viewer may not see the price: an offer without tiers for them."""
        return self.sight < SEES_PRICE


# An id that is only compared and shown: to make a UUID of its text and a text of the UUID again costs more than all else about it.
Id = Annotated[str, msgspec.Meta(description="A UUID in lower case.")]


class SupplierOut(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Who offers: the name, country and the operator's checks, of which `checked_on` is the latest and `checks_source` says who made them."""

    id: Id
    name: str
    slug: str
    country: str
    checks: int
    checked_on: date | None
    checks_source: str = "operator"


class SellingOffer(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What of an offer that sells decides how it compares, and what is shown of it. Quantities count the unit's smallest step.

    `supplier_json` is a whole `SupplierOut`. `tier_price` are unit prices in `currency` with six decimals. `calendar` is JSON of the site's country, region, working days, whether it
    keeps public holidays, and its closed and opened days from the day of the question on: equal calendars are equal texts.
    `weight_grams` is the product's, else the typical one of its category. `terms_since` is when minimum, multiple, lead days and the like last
    changed. With `price_is_hidden` the viewer may not see the price yet, and there are no tiers. The rest is as in `OfferFact`.
    """

    offer_id: Id
    product_id: Id
    supplier_id: Id
    checks: int
    supplier_json: msgspec.Raw
    supplier_sku: str
    currency: str
    unit_code: str
    unit_decimals: int
    moq: int
    multiple: int
    pack_size: int
    lead_days: int
    incoterm: str
    condition: str
    allows_backorder: bool
    origin_country: str
    site_country: str
    site_postal_code: str
    time_zone: str
    cut_off: time
    calendar: str
    price_version_id: Id
    price_since: datetime
    tier_from: list[int]
    tier_price: list[str]
    available: int
    counted_at: datetime
    category_id: Id | None
    hs_prefix: str | None
    weight_grams: int | None
    is_weight_estimated: bool
    volume_cm3: int | None
    # When the supplier last changed the offer: the time of its quantities, lead time and incoterm.
    terms_since: datetime
    # The viewer may not see this offer's price yet: it has neither tiers nor a price version for them, and takes no part in any ranking.
    price_is_hidden: bool

    @property
    def supplier(self) -> SupplierOut:
        """Give the supplier typed, for whoever reads more of it than its id and checks."""
        return _SUPPLIER.decode(self.supplier_json)


_SUPPLIER = msgspec.json.Decoder(SupplierOut)


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


class OwnOffer(msgspec.Struct, frozen=True):
    """One of the supplier's own offers, whether it sells or not: `reasons` are the codes of what keeps it from selling.

    `level` is the level of visibility that holds, `notes` are the codes of what keeps some buyers from an offer that sells.
    """

    fact: OfferFact
    version: int
    product_title: str
    product_slug: str
    level: str
    reasons: tuple[str, ...]
    notes: tuple[str, ...]


class OwnTerms(msgspec.Struct, frozen=True):
    """What of one's own offer decides a change, read under its lock."""

    product_id: UUID
    version: int
    moq: int
    multiple: int
    site_id: UUID
    state: str


class OwnFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which of one's own offers to list: `show` is "", a state or "hidden" (does not sell), `text` part of number or title."""

    text: str = ""
    show: str = ""
    limit: int = 50


class Match(msgspec.Struct, frozen=True):
    """A product that somebody may want to make an offer on."""

    id: UUID
    title: str
    brand: str
    part_number: str
    unit_code: str
