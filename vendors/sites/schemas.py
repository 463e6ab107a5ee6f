"""Owns the shapes of sites."""

from __future__ import annotations

from datetime import date, time
from typing import Annotated, Literal
from uuid import UUID

import msgspec

CountryCode = Annotated[str, msgspec.Meta(pattern="^[A-Z]{2}$", max_length=2)]
Weekday = Annotated[int, msgspec.Meta(ge=1, le=7)]
Days = Annotated[list[date], msgspec.Meta(max_length=400)]
Version = Annotated[int, msgspec.Meta(ge=1, le=2**31 - 1)]


class NewSite(msgspec.Struct, frozen=True, kw_only=True):
    """A place to ship from. `cut_off` is local time in `time_zone` (IANA name); `working_days` are ISO 1 (Monday) to 7."""

    name: str
    country: str
    time_zone: str
    region: str = ""
    postal_code: str = ""
    city: str = ""
    cut_off: time = time(15, 0)
    working_days: tuple[int, ...] = (1, 2, 3, 4, 5)
    keeps_public_holidays: bool = True
    closed_on: tuple[date, ...] = ()
    opened_on: tuple[date, ...] = ()


class SiteIn(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A site as sent. A blank `time_zone` is the country's only one; where it has several, one of them is named.

    `cut_off` is local time, `working_days` are ISO 1 (Monday) to 7, `region` is the ISO 3166-2 part that sets regional holidays.
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
    keeps_public_holidays: bool = True
    closed_on: Days = []
    opened_on: Days = []


class SiteChange(SiteIn, forbid_unknown_fields=True, kw_only=True):
    """A site as changed, whole, at the version that was looked at."""

    version: Version


class SiteForm(msgspec.Struct, kw_only=True):
    """A site as typed; a box that is not ticked is not sent."""

    name: str = ""
    country: str = ""
    city: str = ""
    postal_code: str = ""
    time_zone: str = ""
    cut_off: str = ""
    working_days: list[str] = []
    keeps_public_holidays: bool = False
    version: int = 0


class ExceptionForm(msgspec.Struct, kw_only=True):
    """A day on which a site is closed or open against its rule, or keeps to it again."""

    version: Version
    on_date: date
    kind: Literal["closed", "open", "usual"]


class SiteOut(msgspec.Struct, kw_only=True):
    """One of the supplier's sites; `closed_on` and `opened_on` are the exceptions from today on."""

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
    offers: int
