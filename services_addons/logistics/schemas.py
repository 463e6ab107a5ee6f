"""Owns the shapes of freight."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

import msgspec

from marketplace.kernel.csv_file import CsvIn
from marketplace.trade.landed.schemas import Quote

Basis = Literal["weight", "volume", "pallets", "value"]
SurchargeKind = Literal["percent", "fixed"]
Amount = Annotated[int, msgspec.Meta(ge=0, le=10**14)]
Measure = Annotated[int, msgspec.Meta(ge=1, le=10**15)]
CountryCode = Annotated[str, msgspec.Meta(pattern="^[A-Z]{2}$", max_length=2)]
CurrencyCode = Annotated[str, msgspec.Meta(pattern="^[A-Z]{3}$", max_length=3)]
Text120 = Annotated[str, msgspec.Meta(max_length=120)]


class NewZone(msgspec.Struct, frozen=True, kw_only=True):
    """A zone of a new table: `areas` are (country, postal prefix, a range such as "01..09", or ""), `rates` are (up to, minor units).

    Without rates its freight is on request. `step` and `step_minor` go on after the last bound, by each started step.
    """

    code: str
    transit_days: int
    areas: tuple[tuple[str, str], ...]
    rates: tuple[tuple[int, int], ...]
    minimum_minor: int = 0
    free_from_minor: int | None = None
    step: int | None = None
    step_minor: int | None = None


class NewSurcharge(msgspec.Struct, frozen=True, kw_only=True):
    """What is charged beside the rate: a share of it (`rate`, 0.125 is 12.5 %) or a fixed amount; `zone` is a zone's code, "" in all."""

    code: str
    kind: SurchargeKind
    name: str = ""
    rate: Decimal = Decimal(0)
    amount_minor: int = 0
    zone: str = ""
    valid_from: date | None = None
    valid_to: date | None = None


class NewFreightTable(msgspec.Struct, frozen=True, kw_only=True):
    """A freight table to create. Its bounds are grams, cm³, pallets or minor units of the goods' value, by `basis`.

    `volumetric_divisor` is the cm³ that count as one kilogram (5000 by air), None without; it goes with weight only.
    """

    name: str
    currency: str
    valid_from: date
    zones: tuple[NewZone, ...]
    valid_to: date | None = None
    basis: Basis = "weight"
    volumetric_divisor: int | None = None
    surcharges: tuple[NewSurcharge, ...] = ()
    source: str = ""
    is_invented: bool = False


class ZoneIn(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A zone as sent: `areas` are a country ("DE"), the beginning of its postal codes ("DE 20") or a range of such ("DE 01..09")."""

    code: Annotated[str, msgspec.Meta(max_length=40)]
    transit_days: Annotated[int, msgspec.Meta(ge=0, le=180)]
    areas: Annotated[list[Annotated[str, msgspec.Meta(max_length=40)]], msgspec.Meta(max_length=2000)]
    rates: Annotated[list[RateIn], msgspec.Meta(max_length=200)] = []
    minimum_minor: Amount = 0
    free_from_minor: Amount | None = None
    step: Measure | None = None
    step_minor: Amount | None = None


class RateIn(msgspec.Struct, forbid_unknown_fields=True):
    """What a consignment costs up to so many grams, cm³, pallets or minor units of value."""

    up_to: Measure
    amount_minor: Amount


class SurchargeIn(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A surcharge as sent: `percent` of the rate as an ASCII decimal ("12.5"), or a fixed amount in minor units."""

    code: Annotated[str, msgspec.Meta(pattern="^[a-z][a-z0-9-]{0,29}$", max_length=30)]
    kind: SurchargeKind
    name: Text120 = ""
    percent: Annotated[str, msgspec.Meta(max_length=12)] = ""
    amount_minor: Amount = 0
    zone: Annotated[str, msgspec.Meta(max_length=40)] = ""
    valid_from: date | None = None
    valid_to: date | None = None


class FreightTableIn(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A freight table as sent. It counts from `valid_from`, today or later, to `valid_to`, both included (null: no end)."""

    name: Text120
    currency: CurrencyCode
    valid_from: date
    zones: Annotated[list[ZoneIn], msgspec.Meta(min_length=1, max_length=200)]
    valid_to: date | None = None
    basis: Basis = "weight"
    volumetric_divisor: Annotated[int, msgspec.Meta(ge=1000, le=20000)] | None = None
    surcharges: Annotated[list[SurchargeIn], msgspec.Meta(max_length=100)] = []
    source: Text120 = ""


class RetirementIn(msgspec.Struct, forbid_unknown_fields=True):
    """The last day on which a table counts; today ends it with this day."""

    last_day: date


class FreightFileIn(CsvIn, kw_only=True):
    """A whole table as CSV text. `decimal` says how its numbers are written and is never guessed; `table_id` makes it that table's new version."""

    valid_from: date | None = None
    table_id: UUID | None = None


class Surcharge(msgspec.Struct, frozen=True, array_like=True):
    """A surcharge of a zone on the day that is asked about."""

    code: str
    name: str
    kind: SurchargeKind
    rate: Decimal
    amount_minor: int
    valid_to: date | None = None


class FreightRow(msgspec.Struct, frozen=True):
    """What one table of a supplier says of one area: the zone's days and its rates, `bounds` ascending. Without a zone: nothing of the country.

    `surcharges` are those of the day. `packed` tells what of each asked product goes on a pallet, by its id as text, for tables of pallets.
    `made` are the quotes that were made of it by place among the bounds and incoterm: equal for whatever is sent.
    """

    supplier_id: UUID
    country: str
    table_id: UUID
    table_name: str
    currency: str
    valid_from: date
    valid_to: date | None
    source: str
    is_invented: bool
    basis: Basis
    volumetric_divisor: int | None
    zone: str
    transit_days: int
    postal_prefix: str
    postal_to: str
    minimum_minor: int
    free_from_minor: int | None
    step: int | None
    step_minor: int | None
    bounds: list[int]
    amounts: list[int]
    surcharges: list[Surcharge]
    packed: dict[str, int]
    made: dict[tuple[int, bool, bool, str], Quote] = msgspec.field(default_factory=dict)


class Charged(msgspec.Struct, frozen=True):
    """What a zone charges for a measured consignment: the rate and each surcharge by code, in minor units on the settle step, and their sum."""

    base_minor: int
    parts: tuple[tuple[str, int], ...]
    total_minor: int
    is_free: bool = False


class RateOut(msgspec.Struct):
    """What a consignment up to so many grams, cm³, pallets or minor units of value costs."""

    up_to: int
    amount_minor: int


class SurchargeOut(msgspec.Struct, kw_only=True):
    """A surcharge; `percent` as decimal text, "" for a fixed amount; `zone` "" is every zone."""

    code: str
    name: str
    kind: SurchargeKind
    percent: str
    amount_minor: int
    zone: str
    valid_from: date | None
    valid_to: date | None


class ZoneOut(msgspec.Struct, kw_only=True):
    """A zone; `areas` are a country, or a country with the beginning of its postal codes ("DE 20") or a range of such ("DE 01..09")."""

    id: UUID
    code: str
    transit_days: int
    minimum_minor: int
    free_from_minor: int | None
    step: int | None
    step_minor: int | None
    areas: list[str]
    rates: list[RateOut]


class FallOut(msgspec.Struct, frozen=True):
    """A place where a table charges less for more: above `up_to` of a zone the amount falls."""

    zone: str
    up_to: int
    amount_minor: int
    next_minor: int


class FreightTableOut(msgspec.Struct, kw_only=True):
    """One version of one of the supplier's freight tables; `falls` are the places where more costs less, which is rarely meant."""

    id: UUID
    name: str
    currency: str
    basis: Basis
    valid_from: date
    valid_to: date | None
    volumetric_divisor: int | None
    source: str
    is_invented: bool
    replaces_id: UUID | None
    replaced_by_id: UUID | None
    withdrawn_at: datetime | None
    created_at: datetime
    zones: list[ZoneOut]
    surcharges: list[SurchargeOut]
    falls: list[FallOut] = []


class Sent(msgspec.Struct, frozen=True, kw_only=True):
    """A consignment that is only asked about: what is not known is None; `value_minor` is the goods' value in the table's currency."""

    country: str
    postal_code: str = ""
    grams: int | None = None
    volume_cm3: int | None = None
    pallets: int | None = None
    value_minor: int | None = None


class PartOut(msgspec.Struct, frozen=True):
    """One part of a freight quote: the rate ("rate") or a surcharge by its code."""

    code: str
    name: str
    amount_minor: int


class FreightQuoteOut(msgspec.Struct, kw_only=True):
    """What one table asks for a consignment. The same question to the same table on the same day has the same `id`.

    `state` is `known` or `unknown` with a `reason`; `parts` add up to `amount_minor`. `counted` is what was compared with the bounds:
    grams (the volumetric ones where they are more), cm³, pallets or minor units. The quote holds to `valid_to`, null without end.
    """

    id: UUID
    table_id: UUID
    rule_id: str
    zone: str
    state: Literal["known", "unknown"]
    reason: str
    currency: str
    amount_minor: int | None
    parts: list[PartOut]
    basis: Basis
    counted: int | None
    is_volumetric: bool
    is_free: bool
    transit_days: int | None
    valid_from: date
    valid_to: date | None


class PackingIn(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """How many of a product go on one pallet, in steps of its unit (whole pieces for most); null takes the figure away."""

    product_id: UUID
    per_pallet: Annotated[int, msgspec.Meta(ge=1, le=10**9)] | None
    is_stackable: bool = True


class PackingOut(msgspec.Struct, kw_only=True):
    """What goes on a pallet of one product."""

    product_id: UUID
    title: str
    per_pallet: int
    is_stackable: bool
    changed_at: datetime


class CurveOut(msgspec.Struct, frozen=True):
    """A zone's rates as corners of steps, in % from the start and from the top."""

    zone: str
    points: list[tuple[float, float]]


class MarketTable(msgspec.Struct, frozen=True):
    """A table as the operator's list tells it."""

    id: UUID
    name: str
    currency: str
    basis: Basis
    valid_from: date
    valid_to: date | None
    is_invented: bool


class MarketFreight(msgspec.Struct, frozen=True):
    """A supplier with its tables that are not over; none: its freight is not known."""

    supplier_id: UUID
    supplier_name: str
    country: str
    tables: list[MarketTable]
