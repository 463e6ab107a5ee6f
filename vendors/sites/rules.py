"""Owns the rules of sites: names, hours and days as sent or typed, and which exceptions are still to come. Pure."""

from __future__ import annotations

import re
import unicodedata
from datetime import time, timedelta
from typing import TYPE_CHECKING, Final

from marketplace.kernel import calendar, countries
from marketplace.kernel.errors import FieldError, InvalidInput
from marketplace.kernel.i18n import lazy
from marketplace.kernel.names import clean_name
from vendors.sites.schemas import NewSite, SiteIn

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import date, datetime

    from vendors.sites.schemas import SiteForm, SiteOut

POSTAL_CODE: Final = re.compile(r"([A-Z0-9][A-Z0-9 -]{0,8}[A-Z0-9])?", re.ASCII)
CLOCK: Final = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])(:00)?", re.ASCII)
WEEK: Final = frozenset("1234567")
AHEAD_MAX: Final = timedelta(days=1100)
NOT_COMING: Final = lazy("Give a day from today on, at most three years ahead.")
NEVER_OPEN: Final = lazy("The site would have no working day for {days} days; leave it one.")


def typed_site(form: SiteForm, *, closed_on: list[date], opened_on: list[date]) -> SiteIn:
    """Give the site that a form describes, with the exceptions it has already. Raises: InvalidInput for each field that cannot be read."""
    clock, errors = CLOCK.fullmatch(form.cut_off), []
    if clock is None:
        errors.append(FieldError("/cut_off", "bad-time", "Give a time such as 15:00."))
    if not form.working_days or set(form.working_days) - WEEK:
        errors.append(FieldError("/working_days", "bad-days", "Tick at least one day of the week."))
    if errors or clock is None:
        raise InvalidInput(errors=tuple(errors))
    return SiteIn(
        name=form.name,
        country=form.country,
        city=form.city,
        postal_code=form.postal_code,
        time_zone=form.time_zone,
        cut_off=time(int(clock[1]), int(clock[2])),
        working_days=[int(day) for day in form.working_days],
        keeps_public_holidays=form.keeps_public_holidays,
        closed_on=closed_on,
        opened_on=opened_on,
    )


def checked(site: SiteIn, *, now: datetime, at: str = "") -> NewSite:
    """Give a site as it is stored. `at` is where it stands in what was sent. Raises: InvalidInput, naming every bad field and day."""
    errors: list[FieldError] = []

    def take(check: Callable[[], str]) -> str:
        try:
            return check()
        except InvalidInput as error:
            errors.extend(error.errors)
            return ""

    name = take(lambda: clean_name(site.name, pointer=f"{at}/name"))
    city = take(lambda: clean_name(site.city, pointer=f"{at}/city"))
    country = take(lambda: countries.check_country(site.country, pointer=f"{at}/country"))
    postal_code = take(lambda: _postal_code(site.postal_code, pointer=f"{at}/postal_code"))
    time_zone = take(lambda: countries.check_zone_of(site.time_zone, country=country, pointer=f"{at}/time_zone")) if country else ""
    if both := sorted(set(site.closed_on) & set(site.opened_on)):
        errors.append(FieldError(f"{at}/opened_on", "closed-and-open", "A day is either closed or open: {day}.", {"day": both[0].isoformat()}))
    if time_zone:
        today = calendar.date_in(now, time_zone=time_zone)
        errors += _not_coming(site.closed_on, today=today, pointer=f"{at}/closed_on")
        errors += _not_coming(site.opened_on, today=today, pointer=f"{at}/opened_on")
    if errors:
        raise InvalidInput(errors=tuple(errors))
    new = NewSite(
        name=name,
        country=country,
        time_zone=time_zone,
        region=site.region,
        postal_code=postal_code,
        city=city,
        cut_off=site.cut_off,
        working_days=tuple(sorted(set(site.working_days))),
        keeps_public_holidays=site.keeps_public_holidays,
        closed_on=tuple(sorted(set(site.closed_on))),
        opened_on=tuple(sorted(set(site.opened_on))),
    )
    check_opens(new, today=today, pointer=f"{at}/closed_on")
    return new


def _postal_code(value: str, *, pointer: str) -> str:
    typed = " ".join(unicodedata.normalize("NFKC", value).upper().split())
    if not POSTAL_CODE.fullmatch(typed):
        raise InvalidInput(errors=(FieldError(pointer, "bad-postal-code", "Give the postal code as it is written on a letter."),))
    return typed


def check_coming(on_date: date, *, today: date) -> None:
    """Check that a day is not over and not too far off. Raises: InvalidInput."""
    if not _is_coming(on_date, today=today):
        raise InvalidInput(errors=(FieldError("/on_date", "not-coming", NOT_COMING),))


def _not_coming(days: Sequence[date], *, today: date, pointer: str) -> list[FieldError]:
    """Name each day that is over or too far off at its place."""
    return [FieldError(f"{pointer}/{place}", "not-coming", NOT_COMING) for place, day in enumerate(days) if not _is_coming(day, today=today)]


def _is_coming(day: date, *, today: date) -> bool:
    return today <= day <= today + AHEAD_MAX


def check_opens(site: NewSite | SiteOut, *, today: date, pointer: str) -> None:
    """Check that 400 days without a working day never follow each other, since no arrival could be told of them. Raises: InvalidInput."""
    if not site.closed_on:
        return
    last, closed = max(site.closed_on), set(site.closed_on)
    if site.keeps_public_holidays:
        for year in range(today.year, (last + timedelta(days=calendar.CLOSED_DAYS_MAX)).year + 1):
            closed |= calendar.public_holidays(site.country, site.region, year)
    day, week, opened = today, frozenset(site.working_days), frozenset(site.opened_on)
    try:
        while day <= last:
            day = calendar.next_working_day(day, working_days=week, closed=closed, opened=opened) + timedelta(days=1)
    except calendar.NeverOpen:
        error = FieldError(pointer, "never-open", NEVER_OPEN, {"days": calendar.CLOSED_DAYS_MAX})
        raise InvalidInput(errors=(error,)) from None


def as_typed(site: SiteOut) -> Mapping[str, object]:
    """Give what the form of a site holds before anybody types."""
    return {
        "name": site.name,
        "country": site.country,
        "city": site.city,
        "postal_code": site.postal_code,
        "time_zone": site.time_zone,
        "cut_off": site.cut_off.strftime("%H:%M"),
        "keeps_public_holidays": "on" if site.keeps_public_holidays else "",
    }
