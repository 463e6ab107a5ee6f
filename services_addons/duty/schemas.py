"""Owns the shapes of duty."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec

from marketplace.kernel.csv_file import CsvIn
from marketplace.kernel.money import Share
from marketplace.trade.landed.schemas import Id, Quote

Code = Annotated[str, msgspec.Meta(pattern="^[A-Z]{2,5}$", max_length=5)]
Origin = Annotated[str, msgspec.Meta(pattern="^([A-Z]{2})?$", max_length=2)]
HsPrefix = Annotated[str, msgspec.Meta(pattern="^[0-9]{2,10}$", max_length=10)]
CountryCode = Annotated[str, msgspec.Meta(pattern="^[A-Z]{2}$", max_length=2)]
Percent = Annotated[str, msgspec.Meta(pattern=r"^(0|[1-9][0-9]{0,3})(\.[0-9]{1,4})?$", max_length=10)]
Version = Annotated[int, msgspec.Meta(ge=0, le=2**31 - 1)]
Source = Annotated[str, msgspec.Meta(min_length=3, max_length=300)]


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


class DutyRateIn(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A rate of duty as sent: `percent` of the goods' value ("3.7") into a country or union, on a HS prefix or on a category by its slug.

    `source` says where the rate stands: a law, a tariff, an address. One without end that holds already ends the day before this one begins.
    """

    destination: Code
    percent: Percent
    valid_from: date
    source: Source
    hs_prefix: HsPrefix | None = None
    category: Annotated[str, msgspec.Meta(max_length=80)] | None = None
    origin: Origin = ""
    valid_to: date | None = None
    is_invented: bool = False


class DutyFileIn(CsvIn, kw_only=True):
    """Rates as CSV text. `decimal` says how percentages are written and is never guessed."""


class DutyFileOut(msgspec.Struct):
    """How many rates were taken from a file, and how many stood there already."""

    added: int
    unchanged: int


class DutyEndIn(msgspec.Struct, forbid_unknown_fields=True):
    """The last day on which a rate holds."""

    last_day: date


class DutyRateOut(msgspec.Struct, kw_only=True):
    """A rate of duty as it stands; `percent` is decimal text."""

    id: UUID
    destination: str
    origin: str
    hs_prefix: str | None
    category: str | None
    percent: str
    valid_from: date
    valid_to: date | None
    source: str
    is_invented: bool


class MemberIn(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A country's membership of a customs union, whole: its first and last day (null: not told, or no end).

    `version` is that of the membership as you saw it, 0 where there was none.
    """

    code: Code
    country: CountryCode
    source: Source
    is_industrial_only: bool = False
    valid_from: date | None = None
    valid_to: date | None = None
    version: Version = 0


class UnionMember(msgspec.Struct, frozen=True):
    """A country in a customs union; `version` counts how often its membership was written."""

    code: str
    country: str
    is_industrial_only: bool
    source: str
    valid_from: date | None
    valid_to: date | None
    version: int = 0


class DutyRow(msgspec.Struct, frozen=True):
    """A rate of duty into a country or union, for goods of a HS prefix or of a category and those below it, `depth` levels down."""

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
    depth: int


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


class DutyAnswer(msgspec.Struct, kw_only=True):
    """Which rule holds for goods on a way on a day: `domestic`, `union`, `rate` or `unknown`, with its id, source and first day."""

    kind: Literal["domestic", "union", "rate", "unknown"]
    rule_id: str
    percent: str | None
    union: str | None
    source: str
    as_of: datetime | None
    is_invented: bool


class RateFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which rates to list: those into a destination, of a HS prefix that begins so, and with those that are over."""

    destination: str = ""
    hs_prefix: str = ""
    with_past: bool = False
    limit: int = 100


class RateForm(msgspec.Struct, kw_only=True):
    """A rate as typed."""

    destination: str = ""
    goods: str = ""
    origin: str = ""
    percent: str = ""
    valid_from: str = ""
    valid_to: str = ""
    source: str = ""


class MemberForm(msgspec.Struct, kw_only=True):
    """A membership as typed; `version` is that of the whole list as it was shown, None where it was not sent."""

    code: str = ""
    country: str = ""
    source: str = ""
    is_industrial_only: bool = False
    valid_from: str = ""
    valid_to: str = ""
    version: int | None = None


class EndForm(msgspec.Struct, kw_only=True):
    """The last day on which a rate holds, as typed."""

    last_day: date
