"""Owns the shapes of the published ranking and of what a change of its weights would do."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from uuid import UUID

import msgspec

from marketplace.kernel.quantity import Steps
from marketplace.trade.compare.schemas import Comparison, OfferOut
from marketplace.trade.weights.schemas import Version, Weights


class FactorOut(msgspec.Struct, frozen=True, kw_only=True):
    """One factor: its weight in thousandths of a point, and its fixed scale from `none_at`, which gives nothing, to `full_at`, which gives all.

    Cost has no such scale: it gives `weight - cost_slope * ln(total / lowest ranked total)`.
    """

    factor: str
    weight: int
    of: str
    none_at: str
    full_at: str


class RankingOut(msgspec.Struct, frozen=True, kw_only=True):
    """The ranking in force: weights in thousandths of a point, fixed scales, tie-break, and every version, the newest first.

    A version whose `in_force_from` is yet to come is published ahead. `example` is the address of a comparison of this moment, from whose own
    figures each of its scores can be worked out again; null where nothing is sold by several suppliers.
    """

    version: int
    in_force_from: datetime
    weights: Weights
    factors: tuple[FactorOut, ...]
    spare_days_full: int
    arrival_days_none: int
    on_time_none: Decimal
    on_time_full: Decimal
    checks_full: int
    stock_times_full: int
    formula: str
    rounding: str
    tie_break: tuple[str, ...]
    versions: tuple[Version, ...]
    example: str | None
    sponsored_places: bool = False


class Example(msgspec.Struct, frozen=True, kw_only=True):
    """A comparison of this moment as a worked example: `quantity` is the asked one in units, as an address sends it.

    `rows` are ranked offers, the first of them the first of all, `explained` one of them.
    """

    title: str
    found: Comparison
    quantity: str
    rows: tuple[OfferOut, ...]
    explained: OfferOut
    lowest_minor: int


class Sampled(msgspec.Struct, frozen=True, kw_only=True):
    """A product that was bought of late: how many steps of its unit, and where to."""

    product_id: UUID
    quantity: int
    country: str
    postal_code: str


class SupplierShift(msgspec.Struct, frozen=True, kw_only=True):
    """How a supplier fares under other weights: its first places before and after, and on how many products its best place gets better or worse."""

    supplier_id: str
    name: str
    slug: str
    firsts_before: int
    firsts_after: int
    better: int
    worse: int


class ProductShift(msgspec.Struct, frozen=True, kw_only=True):
    """A product whose first place goes to another offer, as it was compared."""

    product_id: UUID
    title: str
    unit_decimals: int
    quantity: Steps
    country: str
    postal_code: str
    first_before: str
    first_after: str


class Preview(msgspec.Struct, frozen=True, kw_only=True):
    """What other weights would do to live comparisons: of `compared` products (`bought` of them bought of late) so many would have another first."""

    after: int
    weights: Weights
    compared: int
    bought: int
    firsts_changed: int
    places_changed: int
    suppliers: tuple[SupplierShift, ...]
    products: tuple[ProductShift, ...]


class WeightsForm(msgspec.Struct, kw_only=True):
    """Weights as they are typed: points with at most three decimals."""

    cost: str = ""
    time: str = ""
    on_time: str = ""
    checks: str = ""
    stock: str = ""
    cost_slope: str = ""


class PublishForm(WeightsForm, kw_only=True):
    """A new version as it is typed; `in_force_from` in UTC, empty for the earliest moment."""

    after: int = 0
    reason: str = ""
    in_force_from: str = ""


class OwnForm(WeightsForm, kw_only=True):
    """Own weights as they are typed; `act` "market" goes back to the market's."""

    act: str = "keep"
    version: int = 0
