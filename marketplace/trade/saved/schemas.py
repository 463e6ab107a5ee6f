"""Owns the shapes of saved comparisons: what was answered then as it is read back, what has changed since, and what goes in and out.

What was saved years ago is read by these shapes, so every field that a comparison did not always have has a default, and fields that are
not named here are passed over. A comparison of this moment is read by the same shapes, so that the two compare like with like.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec

from marketplace.kernel.quantity import Steps
from marketplace.kernel.versions import Version

Name = Annotated[str, msgspec.Meta(max_length=400)]
Note = Annotated[str, msgspec.Meta(max_length=4000)]
Text = Annotated[str, msgspec.Meta(max_length=40)]
View = Literal["active", "archived"]


class Ask(msgspec.Struct, frozen=True, kw_only=True):
    """What was asked: `quantity` (told in the unit), destination, needed-by date, currency of the figures."""

    quantity: Steps
    country: str
    postal_code: str = ""
    need_by: date | None = None
    currency: str


class Supplier(msgspec.Struct, frozen=True, kw_only=True):
    """Who offered."""

    id: str
    name: str
    slug: str = ""
    country: str = ""
    checks: int = 0
    checked_on: date | None = None


class Price(msgspec.Struct, frozen=True, kw_only=True):
    """The unit price in the offer's currency, and the price version it came from."""

    unit_price: Decimal
    currency: str
    price_version_id: str = ""
    source: str = ""
    as_of: datetime | None = None


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """One component of the landed cost, in the asked currency and in the offer's; only what is `known` has amounts."""

    kind: str
    state: str
    amount_minor: int | None = None
    currency: str = ""
    original_minor: int | None = None
    original_currency: str = ""
    is_estimated: bool = False
    rule_id: str = ""
    source: str = ""
    as_of: datetime | None = None
    note: str = ""


class Fx(msgspec.Struct, frozen=True, kw_only=True):
    """The rate of the figures: one unit of `base` in `quote`."""

    base: str
    quote: str
    rate: Decimal
    provider: str = ""
    as_of: datetime | None = None
    is_fixed: bool = False


class NextTier(msgspec.Struct, frozen=True, kw_only=True):
    """The next cheaper tier: so much more than asked, and its unit price."""

    more: Steps
    unit_price: Decimal


class OnTime(msgspec.Struct, frozen=True, kw_only=True):
    """How often the supplier was on time, with the 90 % interval."""

    k: int = 0
    n: int = 0
    low: Decimal | None = None
    high: Decimal | None = None
    rate: Decimal | None = None
    window_days: int = 365
    formula: str = ""
    as_of: datetime | None = None


class Stock(msgspec.Struct, frozen=True, kw_only=True):
    """What could be promised, told in the unit."""

    available: Steps = 0
    as_of: datetime | None = None


class Offer(msgspec.Struct, frozen=True, kw_only=True):
    """One supplier's row. `known_minor` sums the known components in the asked currency; `lacking` names those that are not.

    What was saved before packs were kept reads as no pack (one step is never more than one unit) and without least quantity and steps (nought).
    """

    place: int | None = None
    group: str
    offer_id: str
    supplier: Supplier
    supplier_sku: str = ""
    quantity: Steps
    moq: Steps = 0
    multiple: Steps = 0
    pack_size: Steps = 1
    next_tier: NextTier | None = None
    incoterm: str = ""
    condition: str = ""
    ship_from: str = ""
    price: Price | None = None
    components: tuple[Part, ...] = ()
    known_minor: int = 0
    currency: str
    lacking: tuple[str, ...] = ()
    fx: Fx | None = None
    ready_on: date | None = None
    arrives_on: date | None = None
    transit_days: int | None = None
    is_late: bool = False
    on_time: OnTime = OnTime()
    stock: Stock = Stock()
    score: int | None = None


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """Counts by group and the span of landed totals of the ranked."""

    ranked: int = 0
    cost_not_known: int = 0
    too_late: int = 0
    short: int = 0
    lowest_minor: int | None = None
    highest_minor: int | None = None
    before: tuple[str, ...] = ()


class Gated(msgspec.Struct, frozen=True, kw_only=True):
    """An offer whose price the reader could not see."""

    offer_id: str
    supplier: Supplier
    condition: str = ""
    note: str = "price-after-sign-in"


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """A comparison as it was answered at `as_of`.

    `offers_found` had a price, of which the lowest 50 are compared where `is_capped`; `gated` showed theirs after signing in only.
    """

    product_id: UUID
    ask: Ask
    unit_code: str
    unit_decimals: int
    as_of: datetime
    ranking_version: int
    weights_of: str = "market"
    is_capped: bool = False
    summary: Summary
    offers: tuple[Offer, ...] = ()
    own_weights_version: int | None = None
    offers_found: int = 0
    gated: tuple[Gated, ...] = ()

    @property
    def has_own_weights(self) -> bool:
        """Tell whether the places came of weights that the organisation keeps for itself."""
        return self.weights_of == "organisation"

    @property
    def first(self) -> Offer | None:
        """Give the first of the ranked."""
        return next((one for one in self.offers if one.place == 1), None)


class Cause(msgspec.Struct, frozen=True):
    """How much of a difference comes of one thing, in minor units of the asked currency: fx, quantity, price, freight, insurance, duty, tax or terms."""

    cause: str
    amount_minor: int


class OfferChange(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one offer: `stays`, is `new`, or is `gone`, which is also said of one that the reader may no longer see.

    `causes` add up to `difference_minor`, which is `now_minor` less `before_minor`; these sum what is known, and the two lists name what is not.
    The conditions are new, used or refurbished, "" where there is no offer or what was kept does not tell it.
    """

    offer_id: str
    supplier: str
    supplier_slug: str
    condition_before: str = ""
    condition_now: str = ""
    change: Literal["stays", "new", "gone"]
    place_before: int | None = None
    place_now: int | None = None
    group_before: str = ""
    group_now: str = ""
    before_minor: int | None = None
    now_minor: int | None = None
    difference_minor: int | None = None
    causes: tuple[Cause, ...] = ()
    lacking_before: tuple[str, ...] = ()
    lacking_now: tuple[str, ...] = ()
    arrives_before: date | None = None
    arrives_now: date | None = None
    days_later: int | None = None

    @property
    def is_changed(self) -> bool:
        """Tell whether there is anything to say."""
        moved = (self.place_before, self.group_before, self.lacking_before, self.arrives_before) != (
            self.place_now, self.group_now, self.lacking_now, self.arrives_now,
        )  # fmt: skip
        return self.change != "stays" or bool(self.difference_minor) or bool(self.causes) or moved or self.has_other_condition

    @property
    def has_other_condition(self) -> bool:
        """Tell whether the same offer is of goods in another condition now; what was kept before conditions were says nothing of it."""
        return bool(self.condition_before and self.condition_now) and self.condition_before != self.condition_now


class RateChange(msgspec.Struct, frozen=True):
    """An exchange rate then and now."""

    base: str
    quote: str
    before: Decimal
    now: Decimal


class Changes(msgspec.Struct, frozen=True, kw_only=True):
    """What has changed between two answers to the same question. Amounts are in minor units of `currency`.

    `is_without_need_by`: the needed-by date has passed, so that the later answer was asked without it. `unavailable` is the code of why
    there is no later answer ("product-gone", "no-rate", …), "" where there is one.
    """

    since: datetime
    until: datetime
    currency: str
    first_before: str = ""
    first_now: str = ""
    lowest_before_minor: int | None = None
    lowest_now_minor: int | None = None
    ranking_before: int
    ranking_now: int
    is_without_need_by: bool = False
    unavailable: str = ""
    rates: tuple[RateChange, ...] = ()
    offers: tuple[OfferChange, ...] = ()

    @property
    def changed(self) -> list[OfferChange]:
        """Give the offers of which there is something to say."""
        return [one for one in self.offers if one.is_changed]

    def count(self, change: str) -> int:
        """Count the offers that are new, gone or stay."""
        return sum(one.change == change for one in self.offers)

    @property
    def moves(self) -> int:
        """Count the offers whose place is another now."""
        return sum(one.change == "stays" and one.place_before != one.place_now for one in self.offers)

    @property
    def other_conditions(self) -> int:
        """Count the offers of goods in another condition now."""
        return sum(one.has_other_condition for one in self.offers)


class SaveIn(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A comparison to keep: a name, and the terms as text, as the comparison itself takes them; what is left out comes from the company."""

    product_id: UUID
    name: Name
    note: Note = ""
    quantity: Text = ""
    country: Text = ""
    postal_code: Text = ""
    need_by: Text = ""
    currency: Text = ""
    weights: Text = ""


class ChangeIn(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Another name or note, or into the archive and out of it, at the version that was looked at; what is left out stays."""

    name: Name | None = None
    note: Note | None = None
    is_archived: bool | None = None
    version: Version | None = None


class SnapshotOut(msgspec.Struct, kw_only=True):
    """One state that was kept: who took it when, and what it came to. `lowest_minor` is in minor units of `currency`."""

    seq: int
    taken_at: datetime
    taken_by: str
    ranking_version: int
    has_own_weights: bool
    offers: int
    ranked: int
    first_supplier: str
    lowest_minor: int | None
    currency: str
    unit_code: str
    unit_decimals: int
    ask: Ask


class ComparisonOut(msgspec.Struct, kw_only=True):
    """A saved comparison with its latest state; every member of the organisation sees it."""

    id: UUID
    product_id: UUID
    product_title: str
    name: str
    note: str
    state: str
    saved_by: str
    snapshots: int
    version: int
    created_at: datetime
    updated_at: datetime
    latest: SnapshotOut


class OpenedOut(msgspec.Struct, kw_only=True):
    """A saved comparison with every state that was kept and one of them in full, exactly as it was answered."""

    comparison: ComparisonOut
    states: list[SnapshotOut]
    shown_seq: int
    answer: Any


class Opened(msgspec.Struct, frozen=True, kw_only=True):
    """What the page shows: the comparison, all its states, the one that is opened, and what changed from it until now or a later state."""

    comparison: ComparisonOut
    states: list[SnapshotOut]
    shown: SnapshotOut
    answer: Answer
    changes: Changes
