"""Owns the shapes of freight and duty."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec

from marketplace.kernel.money import Share
from marketplace.trade.landed.schemas import Id, Quote


class NewZone(msgspec.Struct, frozen=True, kw_only=True):
    """A zone of a new table: `areas` are (country, postal prefix or ""), `rates` are (up to grams, minor units)."""

    code: str
    transit_days: int
    areas: tuple[tuple[str, str], ...]
    rates: tuple[tuple[int, int], ...]


class NewFreightTable(msgspec.Struct, frozen=True, kw_only=True):
    """A freight table to create. `volumetric_divisor` is the cm³ that count as one kilogram (5000 by air), None without."""

    name: str
    currency: str
    valid_from: date
    zones: tuple[NewZone, ...]
    valid_to: date | None = None
    volumetric_divisor: int | None = None
    source: str = ""
    is_invented: bool = False


class NewDutyRate(msgspec.Struct, frozen=True, kw_only=True):
    """A rate of duty: a fraction of the goods' value (0.037 is 3.7 %) on a HS prefix or a category, origin "" from anywhere."""

    destination: str
    rate: Decimal
    valid_from: date
    hs_prefix: str | None = None
    category_id: UUID | None = None
    origin: str = ""
    valid_to: date | None = None
    source: str = ""
    is_invented: bool = False


class FreightRow(msgspec.Struct, frozen=True):
    """What one table of a supplier says of one area: the zone's days and its rates, `weights` ascending. Without a zone: nothing of the country.

    `quotes` are those that were made of it by place among the weights, `estimates` those for weights that are estimated: equal for whatever is sent.
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
    volumetric_divisor: int | None
    zone: str
    transit_days: int
    postal_prefix: str
    weights: list[int]
    amounts: list[int]
    quotes: dict[int, Quote] = msgspec.field(default_factory=dict)
    estimates: dict[int, Quote] = msgspec.field(default_factory=dict)


class UnionMember(msgspec.Struct, frozen=True):
    """A country in a customs union."""

    code: str
    country: str
    is_industrial_only: bool
    source: str


class DutyRow(msgspec.Struct, frozen=True):
    """A rate of duty into a country or union."""

    destination: str
    origin: str
    is_invented: bool
    source: str
    hs_prefix: str | None
    category_id: UUID | None
    rate: Decimal
    valid_from: date
    valid_to: date | None
    id: UUID


class DutyQuery(msgspec.Struct, frozen=True, gc=False):
    """Goods of one line on their way: where they leave, where they were made, where they go, and what they are."""

    ships_from: str
    origin: str
    destination: str
    hs_prefix: str | None
    category_id: Id | None


class DutyFound(msgspec.Struct, frozen=True, gc=False):
    """What the tables say of goods: free within a union, a rate that is valid since `as_of`, or neither (not known)."""

    union: str | None
    rate: Decimal | None
    source: str
    as_of: datetime | None
    is_invented: bool
    rule_id: str = ""


class DutyShare(msgspec.Struct, frozen=True, gc=False):
    """A found rate as it is taken of amounts in one currency."""

    found: DutyFound
    share: Share


class DutyBook(msgspec.Struct, frozen=True):
    """Memberships of unions by country, and rates by category and by HS prefix: one look-up each, however long the tariff is.

    `known` is what came of it on that day for goods of a kind on a way, which is the same for many offers.
    """

    unions: dict[str, dict[str, UnionMember]]
    by_category: dict[str, list[DutyRow]]
    by_prefix: dict[str, list[DutyRow]]
    known: dict[tuple[Any, ...], Quote | DutyShare] = msgspec.field(default_factory=dict)


class RateOut(msgspec.Struct):
    """What a consignment up to a weight costs."""

    weight_to_grams: int
    amount_minor: int


class ZoneOut(msgspec.Struct):
    """A zone; `areas` are a country, or a country with the beginning of its postal codes ("DE 20")."""

    id: UUID
    code: str
    transit_days: int
    areas: list[str]
    rates: list[RateOut]


class FreightTableOut(msgspec.Struct, kw_only=True):
    """One of the supplier's freight tables."""

    id: UUID
    name: str
    currency: str
    valid_from: date
    valid_to: date | None
    volumetric_divisor: int | None
    source: str
    is_invented: bool
    zones: list[ZoneOut]
