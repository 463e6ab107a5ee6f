"""Owns the shapes of sites."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Annotated, Literal
from uuid import UUID

import msgspec

from marketplace.kernel.versions import Version

CountryCode = Annotated[str, msgspec.Meta(pattern="^[A-Z]{2}$", max_length=2)]
Weekday = Annotated[int, msgspec.Meta(ge=1, le=7)]
Days = Annotated[list[date], msgspec.Meta(max_length=400)]


class DayHours(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The hours of one day of the week (ISO 1 Monday to 7), local time; `closes` is after `opens`, on the same day."""

    day: Weekday
    opens: Annotated[time, msgspec.Meta(tz=False)]
    closes: Annotated[time, msgspec.Meta(tz=False)]


class DayOff(msgspec.Struct, frozen=True):
    """A day that differs from the week: open or closed, and why."""

    on_date: date
    is_open: bool
    note: str


class NewSite(msgspec.Struct, frozen=True, kw_only=True):
    """A place to ship from. `cut_off` is local time in `time_zone` (IANA name); `working_days` are ISO 1 (Monday) to 7.

    `hours` are those of each working day, in that order, or none where they were never stated.
    """

    name: str
    country: str
    time_zone: str
    region: str = ""
    postal_code: str = ""
    city: str = ""
    cut_off: time = time(15, 0)
    working_days: tuple[int, ...] = (1, 2, 3, 4, 5)
    hours: tuple[DayHours, ...] = ()
    keeps_public_holidays: bool = True
    closed_on: tuple[date, ...] = ()
    opened_on: tuple[date, ...] = ()


class SiteIn(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A site as sent. A blank `time_zone` is the country's only one; where it has several, one of them is named.

    `cut_off` is local time, `working_days` are ISO 1 (Monday) to 7, `region` is the ISO 3166-2 part that sets regional holidays.
    `hours` are those of every working day, and the cut-off lies inside each; an empty list states none.
    `closed_on` and `opened_on` are all exceptions from today on, at most three years ahead; those of past days stay on record.
    """

    name: Annotated[str, msgspec.Meta(max_length=120)]
    country: CountryCode
    city: Annotated[str, msgspec.Meta(max_length=120)]
    postal_code: Annotated[str, msgspec.Meta(max_length=12)] = ""
    region: Annotated[str, msgspec.Meta(pattern="^[A-Z0-9]{0,3}$", max_length=3)] = ""
    time_zone: Annotated[str, msgspec.Meta(max_length=60)] = ""
    cut_off: Annotated[time, msgspec.Meta(tz=False)] = time(15, 0)
    working_days: Annotated[list[Weekday], msgspec.Meta(min_length=1, max_length=7)] = msgspec.field(default_factory=lambda: [1, 2, 3, 4, 5])
    hours: Annotated[list[DayHours], msgspec.Meta(max_length=7)] = []
    keeps_public_holidays: bool = True
    closed_on: Days = []
    opened_on: Days = []


class SiteChange(SiteIn, forbid_unknown_fields=True, kw_only=True):
    """A site as changed, whole, at the version that was looked at."""

    version: Version


class SiteForm(msgspec.Struct, kw_only=True):
    """A site as typed; a box that is not ticked is not sent. `opens` and `closes` have a place for each day of the week, Monday first."""

    name: str = ""
    country: str = ""
    city: str = ""
    postal_code: str = ""
    time_zone: str = ""
    cut_off: str = ""
    region: Annotated[str, msgspec.Meta(max_length=3)] = ""
    working_days: list[str] = []
    opens: list[str] = []
    closes: list[str] = []
    keeps_public_holidays: bool = False
    version: int = 0


class ExceptionIn(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A day on which a site is closed or open against its rule, and why, or on which it keeps to the rule again."""

    version: Version
    on_date: date
    kind: Literal["closed", "open", "usual"]
    note: Annotated[str, msgspec.Meta(max_length=120)] = ""


class SiteOut(msgspec.Struct, kw_only=True):
    """One of the supplier's sites; `closed_on` and `opened_on` are the exceptions from today on, `exceptions` the same with their notes."""

    id: UUID
    name: str
    country: str
    region: str
    postal_code: str
    city: str
    time_zone: str
    cut_off: time
    working_days: list[int]
    keeps_public_holidays: bool
    version: int
    closed_on: list[date]
    opened_on: list[date]
    hours: list[DayHours]
    exceptions: list[DayOff]
    offers: int


class MonthOut(msgspec.Struct, frozen=True):
    """One month of a site's calendar: its first day, and for each day "open", "week" (not a working day), "holiday", "closed" or "opened"."""

    first: date
    days: list[str]


class YearOut(msgspec.Struct, frozen=True, kw_only=True):
    """The next twelve months of a site, and what an order placed now meets.

    `next_cut_off` is the moment until which an order counts for `counts_on`; `ready_on` is when an offer with `lead_days` working days to
    prepare is ready. All three are null where the site never works.
    """

    months: list[MonthOut]
    open_days: int
    next_cut_off: datetime | None
    counts_on: date | None
    lead_days: int
    ready_on: date | None
