"""Owns the shapes of the comparison. Those made for each offer cannot stand in a circle, so the garbage collector need not know them."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

import msgspec

from vendors.offers.schemas import Id, SupplierOut


class Weights(msgspec.Struct, frozen=True, kw_only=True):
    """The published weights of a ranking version in thousandths of a point; `cost_slope` is k in w - k·ln(total / lowest)."""

    cost: int
    time: int
    on_time: int
    checks: int
    stock: int
    cost_slope: int


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
    """What the buyer asks for: `quantity` in steps of the unit, destination, needed-by date, currency of the figures."""

    quantity: int
    country: str
    postal_code: str
    need_by: date | None
    currency: str


class FxOut(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The rate a figure was converted at: one unit of `base` in `quote`."""

    base: str
    quote: str
    rate: Decimal
    provider: str
    as_of: datetime
    is_fixed: bool


class ComponentOut(msgspec.Struct, frozen=True, gc=False):
    """A cost component in the buyer's currency and in the offer's. Only `known` has amounts; `unknown` never counts as 0."""

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


class PriceOut(msgspec.Struct, frozen=True, gc=False):
    """The unit price at the quantity, in the offer's currency, and the price version it comes from."""

    unit_price: Decimal
    currency: str
    price_version_id: Id
    source: str
    as_of: datetime


class NextTierOut(msgspec.Struct, frozen=True, gc=False):
    """The next cheaper tier: so many steps more than asked, its unit price, and the change as a share."""

    more: int
    unit_price: Decimal
    change: Decimal


class OnTimeOut(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Orders delivered by their first promise: `k` of `n` in the window, with a 90 % interval as shares of 1."""

    k: int
    n: int
    low: Decimal | None
    high: Decimal | None
    window_days: int
    formula: str
    source: str
    as_of: datetime | None


class StockOut(msgspec.Struct, frozen=True, gc=False):
    """What can be promised now, in steps of the unit, and how many times the asked quantity that is."""

    available: int
    times: Decimal
    allows_backorder: bool
    source: str
    as_of: datetime


class OfferOut(msgspec.Struct, frozen=True, gc=False):
    """One offer of the comparison. `place` and `score` (thousandths of a point) are null outside the ranked group.

    `known_minor` sums the known components in the buyer's currency; `total_minor` is that sum where nothing is lacking, else null.
    `ready_on` comes of `lead_days` and the calendar of the site (null while that has no working day), `transit_days` of the freight table that `transit_source` names;
    `terms_source` says who states minimum, multiple, pack, lead days and incoterm.
    """

    place: int | None
    group: str
    offer_id: Id
    product_id: Id
    supplier: SupplierOut
    supplier_sku: str
    quantity: int
    moq: int
    multiple: int
    pack_size: int
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
    counterfactual: Counterfactual | None = None
    transit_source: str = ""
    transit_as_of: datetime | None = None
    ready_source: str = "site-calendar"
    terms_source: str = "supplier"


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """What the one sentence says: counts by group, the span of landed totals, the cheapest and the fastest of the ranked."""

    ranked: int
    cost_not_known: int
    too_late: int
    short: int
    lowest_minor: int | None
    highest_minor: int | None
    cheapest_id: Id | None
    fastest_id: Id | None
    before: tuple[str, ...]


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """Named suppliers side by side on one product. `before` in the summary names the components that all ranked offers lack."""

    product_id: UUID
    ask: Ask
    unit_code: str
    unit_decimals: int
    as_of: datetime
    ranking_version: int
    is_capped: bool
    summary: Summary
    offers: list[OfferOut]


class RankingOut(msgspec.Struct, frozen=True, kw_only=True):
    """A version of the ranking in force: weights in thousandths of a point, and the fixed scales of the factors."""

    version: int
    in_force_from: datetime
    weights: Weights
    spare_days_full: int
    arrival_days_none: int
    on_time_none: Decimal
    on_time_full: Decimal
    checks_full: int
    stock_times_full: int
    tie_break: tuple[str, ...]
    sponsored_places: bool = False
