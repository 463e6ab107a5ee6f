"""Owns the shapes of sites."""

from __future__ import annotations

from datetime import date, time
from uuid import UUID

import msgspec


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
