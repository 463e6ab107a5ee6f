"""Owns the shapes of landed cost: consignments, their cost components with state and source, and arrivals."""

from __future__ import annotations

from datetime import date, datetime
from typing import Final, Literal, Protocol
from uuid import UUID

import msgspec

from marketplace.kernel.i18n import lazy

# An id as whoever asks has it: the comparison reads ids as text and never needs more than to find and to show them.
Id = UUID | str
ComponentKind = Literal["goods", "freight", "insurance", "duty", "tax", "terms"]
ComponentState = Literal["known", "not_applicable", "included", "not_determined", "unknown"]
# Why a component is not known, or why it costs nothing, by its note.
NOTE_WORDS: Final = {
    "same-terms-for-all": lazy("The same for all suppliers: transfer, 30 days after delivery"),
    "tax-not-determined": lazy("Tax not determined"),
    "not-insured": lazy("Nobody insures the transport"),
    "no-source": lazy("Nobody was asked"),
    "no-table": lazy("The supplier states no freight table"),
    "on-request": lazy("The supplier tells freight to this place on request"),
    "no-exchange-rate": lazy("No exchange rate leads to the asked currency"),
    "stale-exchange-rate": lazy("The exchange rate of the freight table is too old"),
    "no-zone": lazy("The supplier's freight table does not reach this place"),
    "weight-missing": lazy("The weight is not stated"),
    "volume-missing": lazy("The packed volume is not stated"),
    "pallets-missing": lazy("How many go on a pallet is not stated"),
    "beyond-table": lazy("Heavier than the supplier's freight table goes"),
    "hs-missing": lazy("The customs code is not stated"),
    "no-rate": lazy("No duty rate is known for these goods and countries"),
    "domestic": lazy("Same country, no duty"),
    "customs-union": lazy("Same customs union, no duty"),
    "incoterm": lazy("Included in the price by the incoterm"),
    "incoterm-port": lazy("Included to the port of destination; from there it is yours"),
    "sellers-risk": lazy("Carried at the supplier's risk"),
}
COUNTED: tuple[ComponentKind, ...] = ("goods", "freight", "insurance", "duty", "tax", "terms")


class CostPart(msgspec.Struct, frozen=True, gc=False):
    """A part of a cost: the rate of a table ("rate") or a surcharge by its code, in minor units."""

    code: str
    amount_minor: int


class Component(msgspec.Struct, frozen=True, cache_hash=True, gc=False):
    """One part of a landed cost, in minor units of `currency`.

    `known` has an amount; `not_applicable` and `included` (in the price by the incoterm) count 0; `unknown` has none and never counts as 0.
    `not_determined` is left out of every total alike, which pages say beside it: tax, while nobody who knows it is asked.
    `is_estimated` marks a known amount that rests on an estimate (a typical weight). `rule_id` names the row or rule that gave it,
    `source` the table or list by name, `note` a stable code for what is missing or assumed ("weight-missing", "no-zone", "customs-union"); of what
    is known several may hold ("typical-weight invented-rates"), and `is_invented` tells of rates that nobody charges.
    Components that sources keep are the same objects for many offers: they remember their hash, so that what was made of one is found quickly.
    `parts` are what an amount is made up of where that is more than one thing; they add up to it.
    `is_by_value` marks what would be another at another value of the goods.
    """

    kind: ComponentKind
    state: ComponentState
    currency: str
    amount_minor: int | None = None
    is_estimated: bool = False
    rule_id: str = ""
    source: str = ""
    as_of: datetime | None = None
    note: str = ""
    parts: tuple[CostPart, ...] = ()
    is_by_value: bool = False

    @property
    def is_invented(self) -> bool:
        """Tell whether the amount rests on rates that nobody charges."""
        return "invented-rates" in self.note


class Packed(Protocol):
    """An offer as it is packed, for one of its unit: both of the comparison's and the cart's shapes are such."""

    @property
    def product_id(self) -> Id:
        """Name the product."""

    @property
    def offer_id(self) -> Id:
        """Name the offer."""

    @property
    def unit_decimals(self) -> int:
        """Tell how many decimals of the unit a step of quantity is."""

    @property
    def origin_country(self) -> str:
        """Tell where the goods were made."""

    @property
    def category_id(self) -> Id | None:
        """Name the category."""

    @property
    def hs_prefix(self) -> str | None:
        """Give what is known of the customs code."""

    @property
    def volume_cm3(self) -> int | None:
        """Give the packed volume of one."""


class ConsignmentLine(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What of one offer goes into a consignment. `weight_grams` is of the whole line (None: not known); `goods_minor` its net in the offer's currency."""

    product_id: Id
    offer_id: Id
    quantity: int
    goods_minor: int
    origin_country: str
    category_id: Id | None = None
    hs_prefix: str | None = None
    weight_grams: int | None = None
    is_weight_estimated: bool = False
    volume_cm3: int | None = None

    @classmethod
    def of(cls, offer: Packed, *, quantity: int, goods_minor: int, weight_grams: int | None, is_weight_estimated: bool) -> ConsignmentLine:
        """Make the line of so many steps of an offer, of which one whole unit weighs `weight_grams`; parts of a gram and cm³ count whole.

        A weight that is not known at all is not an estimated one.
        """
        one = 10**offer.unit_decimals
        volume = offer.volume_cm3
        return cls(
            product_id=offer.product_id,
            offer_id=offer.offer_id,
            quantity=quantity,
            goods_minor=goods_minor,
            origin_country=offer.origin_country,
            category_id=offer.category_id,
            hs_prefix=offer.hs_prefix,
            weight_grams=None if weight_grams is None else -(-weight_grams * quantity // one),
            is_weight_estimated=is_weight_estimated and weight_grams is not None,
            volume_cm3=None if volume is None else -(-volume * quantity // one),
        )


class Consignment(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What one supplier sends from one site to one place, in one currency and under one incoterm: freight is quoted on it, never per line."""

    supplier_id: Id
    ship_from_country: str
    ship_from_postal_code: str
    country: str
    postal_code: str
    incoterm: str
    currency: str
    lines: tuple[ConsignmentLine, ...]
    site_id: Id | None = None

    @property
    def goods_minor(self) -> int:
        """Give the net of all lines in minor units of the currency."""
        return sum([line.goods_minor for line in self.lines])

    @property
    def load(self) -> tuple[int | None, int | None, bool]:
        """Give weight and volume of all lines, None when one is not known, and whether the weight rests on a typical one."""
        if len(self.lines) == 1:
            line = self.lines[0]
            return line.weight_grams, line.volume_cm3, line.is_weight_estimated
        grams = [line.weight_grams for line in self.lines]
        volumes = [line.volume_cm3 for line in self.lines]
        return _sum(grams), _sum(volumes), True in [line.is_weight_estimated for line in self.lines]


def _sum(parts: list[int | None]) -> int | None:
    known = [part for part in parts if part is not None]
    return sum(known) if len(known) == len(parts) else None


class Quote(msgspec.Struct, frozen=True, gc=False):
    """What one cost source says of one consignment; freight also says the days on the way, which table tells them and since when it counts."""

    components: tuple[Component, ...]
    transit_days: int | None = None
    transit_source: str = ""
    transit_as_of: datetime | None = None


# What is told of the way where no source tells of it.
NO_WAY = Quote(())
# What it costs to bring a consignment to its buyer beside the goods: freight, insurance, duty, tax, terms; and the quote that tells the days on the way.
Brought = tuple[tuple[Component, ...], Quote]


class Landed(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A consignment's components in its own currency, in the order goods, freight, insurance, duty, tax, terms, and the days on the way."""

    components: tuple[Component, ...]
    transit_days: int | None

    def component(self, kind: ComponentKind) -> Component | None:
        """Give the component of a kind, None when no source speaks of it."""
        return next((one for one in self.components if one.kind == kind), None)

    @property
    def known_minor(self) -> int:
        """Sum what is known, in minor units of the currency."""
        return sum(one.amount_minor or 0 for one in self.components if one.state == "known")

    @property
    def lacking(self) -> tuple[ComponentKind, ...]:
        """Give the kinds that are not known."""
        return tuple(one.kind for one in self.components if one.state == "unknown")


class Arrival(msgspec.Struct, frozen=True, gc=False):
    """When goods are ready at the site and when they arrive, in the ship-to zone. `arrives_on` is None while the days on the way are not known.

    All are None while the site's calendar has no working day.
    """

    ready_on: date | None
    arrives_on: date | None
    transit_days: int | None
