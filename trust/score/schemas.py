"""Owns the shapes of the score."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Literal, NamedTuple
from uuid import UUID

import msgspec

from vendors.accounts.schemas import SupplierOut

Kind = Literal["placed", "accepted", "refused", "timed_out", "cancelled", "delivered"]
Measure = Literal["on_time", "acceptance"]
MEASURES: tuple[Measure, ...] = ("on_time", "acceptance")


class Share(msgspec.Struct, frozen=True):
    """`k` of `n` orders; `rate` is that share drawn towards `mean`, with a 90 % interval. All four are shares of 1, None below the least n."""

    k: int
    n: int
    low: Decimal | None = None
    high: Decimal | None = None
    rate: Decimal | None = None
    mean: Decimal | None = None


class Response(msgspec.Struct, frozen=True):
    """How long `n` answers took, in hours with two decimals: the median, and the quartiles between which half of them came. None without any."""

    hours: Decimal | None = None
    n: int = 0
    low: Decimal | None = None
    high: Decimal | None = None


class SupplierRates(msgspec.Struct, frozen=True, cache_hash=True):
    """A supplier's rates over `window_days` up to `as_of`, and how soon it answers.

    `means_as_of` is the moment of the categories' means that they are drawn towards, None while there are none.
    """

    supplier_id: UUID
    as_of: datetime
    window_days: int
    on_time: Share
    acceptance: Share
    response: Response
    formula: str
    means_as_of: datetime | None = None


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that is known of an order. `version` above 1 is a correction of the same kind, with its `reason`; `is_void` takes it back."""

    id: UUID
    order_id: UUID
    supplier_id: UUID
    buyer_id: UUID
    kind: Kind
    version: int = 1
    at: datetime
    placed_at: datetime | None = None
    promised_on: date | None = None
    time_zone: str = ""
    delivered_on: date | None = None
    cancelled_by: str = ""
    category_id: UUID | None = None
    order_number: str = ""
    is_void: bool = False
    reason: str = ""
    actor: str = ""
    recorded_at: datetime


class Correction(NamedTuple):
    """What is said against an event: that a delivery was on `delivered_on`, or that it does not count at all."""

    kind: Kind
    reason: str
    delivered_on: date | None = None
    is_void: bool = False


class Outcome(msgspec.Struct, kw_only=True):
    """What became of one order, its events folded."""

    order_id: UUID
    supplier_id: UUID
    buyer_id: UUID
    placed_at: datetime | None = None
    accepted_at: datetime | None = None
    refused_at: datetime | None = None
    is_timed_out: bool = False
    cancelled_at: datetime | None = None
    cancelled_by: str = ""
    promised_on: date | None = None
    time_zone: str = "UTC"
    delivered_at: datetime | None = None
    delivered_on: date | None = None
    category_id: UUID | None = None
    order_number: str = ""


class Counts(msgspec.Struct, frozen=True):
    """What a supplier's orders of one top category (None: not known) in a window come to; `k` and `n` of each measure."""

    category_id: UUID | None
    on_time_k: int
    on_time_n: int
    acceptance_k: int
    acceptance_n: int

    def of(self, measure: Measure) -> tuple[int, int]:
        """Give k and n of a measure."""
        return (self.on_time_k, self.on_time_n) if measure == "on_time" else (self.acceptance_k, self.acceptance_n)


class Tally(NamedTuple):
    """All counts of one supplier, and how soon it answered."""

    counts: tuple[Counts, ...]
    response: Response


class CategoryMean(msgspec.Struct, frozen=True):
    """What all suppliers together came to in a top category, or in the whole market (`category_id` is None)."""

    measure: Measure
    category_id: UUID | None
    k: int
    n: int
    mean: Decimal


class NamedMean(NamedTuple):
    """A mean with its category's name in the reader's language and its slug, both "" for the whole market."""

    mean: CategoryMean
    name: str
    slug: str


class Difference(msgspec.Struct, frozen=True):
    """A number that a replay of the events does not give again: where it stands, what is stored, what the events give."""

    what: str
    stored: str
    replayed: str


class Replay(msgspec.Struct, frozen=True, kw_only=True):
    """What a replay came to: whose rates were worked out anew from how many events, and which stored numbers differ.

    `waiting` are suppliers of whom a fact came since their last computing; they are not compared.
    """

    suppliers: int
    events: int
    waiting: int
    differences: list[Difference]
    rates: list[SupplierRates]


class ShareOut(msgspec.Struct):
    """`k` of `n` orders. `rate` is the share drawn towards `mean`, the mean of the supplier's categories; `low` and `high` are its 90 % interval.

    All four are shares of 1, null while `n` is below `least_n` of the formula.
    """

    k: int
    n: int
    rate: Decimal | None
    low: Decimal | None
    high: Decimal | None
    mean: Decimal | None = None


class RatesOut(msgspec.Struct, kw_only=True):
    """How a supplier has done over the `window_days` up to `as_of`, by the rules of `formula`; `as_of` is null before its first order.

    On time: arrived by the first promised date, of orders that were due. Acceptance: accepted, of orders that were answered or timed out.
    `response_hours` is the median from order to answer of `response_n` answers, half of which came between `response_low` and `response_high`
    hours; null without one. `strength` orders weigh as much as the mean of the categories.
    """

    supplier_id: UUID
    as_of: datetime | None
    window_days: int
    on_time: ShareOut
    acceptance: ShareOut
    response_hours: Decimal | None
    formula: str
    least_n: int
    strength: int
    means_as_of: datetime | None = None
    response_n: int = 0
    response_low: Decimal | None = None
    response_high: Decimal | None = None


class MeanOut(msgspec.Struct, kw_only=True):
    """A mean that rates are drawn towards: of a top category by its slug, or of the whole market ("")."""

    measure: str
    category: str
    k: int
    n: int
    mean: Decimal


class TrustOut(RatesOut, kw_only=True):
    """A supplier's rates with the means that they are drawn towards."""

    means: list[MeanOut]


class EventOut(msgspec.Struct, kw_only=True):
    """One order as the score counts it: `on_time` and `acceptance` are "yes", "no" or why it does not count.

    `contest` tells how what its supplier contests of it stands: "open", "accepted", "declined", "corrected", or "" for nothing.
    """

    order_id: UUID
    order_number: str
    placed_at: datetime | None
    answered_at: datetime | None
    promised_on: date | None
    delivered_on: date | None
    on_time: str
    acceptance: str
    corrections: int
    contest: str = ""


class SupplierPageOut(SupplierOut, kw_only=True):
    """A supplier as its public page shows it: what it is and what was checked, and how it keeps its word."""

    rates: RatesOut
