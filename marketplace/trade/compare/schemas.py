"""Owns the shapes of the comparison. Those made for each offer cannot stand in a circle, so the garbage collector need not know them."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

import msgspec

from marketplace.kernel.quantity import Steps
from marketplace.trade.landed.schemas import CostPart
from marketplace.trade.weights.schemas import Weights
from vendors.offers.schemas import Id, SupplierOut, Tier


class Factor(msgspec.Struct, frozen=True, gc=False):
    """One factor's contribution in thousandths of a point, out of `weight`; what is not known gives 0."""

    factor: str
    points: int
    weight: int
    is_known: bool


class Counterfactual(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What would make an offer the first, each alone: the highest landed total and unit price, or so many days sooner. None: this alone never would.

    `total_minor` is in the buyer's currency; `unit_price` in the offer's, rounded down to its decimals; `change` the share of the unit price.
    """

    total_minor: int | None
    days_sooner: int | None
    unit_price: Decimal | None = None
    change: Decimal | None = None
    arrives_on: date | None = None


class Ask(msgspec.Struct, frozen=True, kw_only=True):
    """What the buyer asks for: `quantity` (told in the unit), destination, needed-by date, currency of the figures."""

    quantity: Steps
    country: str
    postal_code: str
    need_by: date | None
    currency: str


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """A product to compare for somebody: `quantity` in steps of its unit (None: the least that any of its offers sells), where to and by when."""

    product_id: UUID
    quantity: int | None = None
    country: str
    postal_code: str = ""
    need_by: date | None = None


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """What of an offer would be another: its tiers (as an offer has them, in its own currency), what can be promised now. None: as it is."""

    tiers: tuple[Tier, ...] | None = None
    available: int | None = None


class FxOut(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The rate a figure was converted at: one unit of `base` in `quote`."""

    base: str
    quote: str
    rate: Decimal
    provider: str
    as_of: datetime
    is_fixed: bool


class ComponentOut(msgspec.Struct, frozen=True, gc=False):
    """A cost component in the buyer's currency and in the offer's. Only `known` has amounts; `unknown` never counts as 0.

    `parts` are what it is made up of in the offer's currency, such as freight's rate and surcharges, where that is more than one thing.
    `as_of` is the age of its source; of what rests on a rule alone, or is not known, the moment at which it was told.
    """

    kind: str
    state: str
    amount_minor: int | None
    currency: str
    original_minor: int | None
    original_currency: str
    is_estimated: bool
    rule_id: str
    source: str
    as_of: datetime | None
    note: str
    parts: tuple[CostPart, ...] = ()


class PriceOut(msgspec.Struct, frozen=True, gc=False):
    """The unit price at the quantity, in the offer's currency, and the price version it comes from."""

    unit_price: Decimal
    currency: str
    price_version_id: Id
    source: str
    as_of: datetime


class NextTierOut(msgspec.Struct, frozen=True, gc=False):
    """The next cheaper tier: so much more than asked, its unit price, and the change as a share."""

    more: Steps
    unit_price: Decimal
    change: Decimal


class OnTimeOut(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Orders delivered by their first promise: `k` of `n` in the window, with a 90 % interval as shares of 1.

    `rate` is the share drawn towards `mean`, that of the supplier's categories; all four are None while too few orders were counted.
    `as_of` is when the rates were worked out, of a supplier without any order the moment of the comparison.
    """

    k: int
    n: int
    low: Decimal | None
    high: Decimal | None
    window_days: int
    formula: str
    source: str
    as_of: datetime | None
    rate: Decimal | None = None
    mean: Decimal | None = None


class StockOut(msgspec.Struct, frozen=True, gc=False):
    """What can be promised now, told in the unit, and how many times the asked quantity that is."""

    available: Steps
    times: Decimal
    allows_backorder: bool
    source: str
    as_of: datetime


class OfferOut(msgspec.Struct, frozen=True, gc=False):
    """One offer of the comparison. `place` and `score` (thousandths of a point) are null outside the ranked group.

    `known_minor` sums the known components in the buyer's currency; `total_minor` is that sum where nothing is lacking, else null.
    `pack_price` is what a pack comes to in the price's currency, null where one unit or less is the pack.
    `ready_on` comes of `lead_days` and the calendar of the site (null while that has no working day), `transit_days` of the freight table that `transit_source` names, in force since `transit_as_of`,
    `arrives_on` of both; `terms_source` says who states minimum, multiple, pack, lead days, incoterm and condition, `terms_as_of` when they last changed.
    `as_of` is when everything that is worked out was: days, the number of valid checks, points and place.
    """

    place: int | None
    group: str
    offer_id: Id
    product_id: Id
    supplier: SupplierOut
    supplier_sku: str
    quantity: Steps
    moq: Steps
    multiple: Steps
    pack_size: Steps
    pack_price: Decimal | None
    lead_days: int
    incoterm: str
    condition: str
    ship_from: str
    price: PriceOut
    next_tier: NextTierOut | None
    goods_minor: int
    components: tuple[ComponentOut, ...]
    known_minor: int
    total_minor: int | None
    currency: str
    lacking: tuple[str, ...]
    fx: FxOut | None
    ready_on: date | None
    arrives_on: date | None
    transit_days: int | None
    time_days: int | None
    is_late: bool
    on_time: OnTimeOut
    stock: StockOut
    score: int | None
    factors: tuple[Factor, ...]
    counterfactual: Counterfactual | None
    transit_source: str
    transit_as_of: datetime | None
    terms_as_of: datetime
    as_of: datetime
    ready_source: str = "site-calendar"
    arrives_source: str = "site-calendar-and-transit"
    terms_source: str = "supplier"


class GatedOut(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """An offer whose price this reader may see only after signing in: who offers it and on what terms, no price, no cost, no place."""

    offer_id: Id
    product_id: Id
    supplier: SupplierOut
    supplier_sku: str
    moq: Steps
    multiple: Steps
    lead_days: int
    condition: str
    ship_from: str
    terms_as_of: datetime
    terms_source: str = "supplier"
    note: str = "price-after-sign-in"


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """What the one sentence says: counts by group, the span of landed totals, the cheapest and the fastest of the ranked.

    Where `before` names costs that all ranked offers lack, the cheapest is only the lowest before those. `too_large` counts offers whose amount
    no order may carry at this quantity; `gated` those with a price after signing in.
    """

    ranked: int
    cost_not_known: int
    too_late: int
    short: int
    too_large: int
    gated: int
    lowest_minor: int | None
    highest_minor: int | None
    cheapest_id: Id | None
    fastest_id: Id | None
    before: tuple[str, ...]


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """Named suppliers side by side on one product.

    `weights` are those that the places come from: the market's of `ranking_version`, or with `weights_of` "organisation" those that the viewer's
    own organisation keeps, in their version `own_weights_version`. Of `offers_found` offers with a price the lowest 50 before freight are compared;
    `is_capped` says that there were more. No more than 5,000 offers are looked at, those that were entered first; `is_cut` says that there may be
    others. `gated` are the first 50 by the suppliers' names, and the summary counts them all.
    """

    product_id: UUID
    ask: Ask
    unit_code: str
    unit_decimals: int
    as_of: datetime
    ranking_version: int
    weights: Weights
    weights_of: str
    own_weights_version: int | None
    is_capped: bool
    is_cut: bool
    offers_found: int
    summary: Summary
    offers: list[OfferOut]
    gated: list[GatedOut]
