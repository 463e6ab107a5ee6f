"""Owns the rules of sites: names, hours and days as sent or typed, and which exceptions are still to come. Pure."""

from __future__ import annotations

import re
import unicodedata
from datetime import date, time, timedelta
from typing import TYPE_CHECKING, Final

from marketplace.kernel import calendar, countries
from marketplace.kernel.errors import Faults, FieldError, InvalidInput
from marketplace.kernel.i18n import lazy
from marketplace.kernel.names import clean_name
from vendors.sites.schemas import DayHours, MonthOut, NewSite, SiteIn, YearOut

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from vendors.sites.schemas import SiteForm, SiteOut

POSTAL_CODE: Final = re.compile(r"([A-Z0-9][A-Z0-9 -]{0,8}[A-Z0-9])?", re.ASCII)
CLOCK: Final = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])(:00)?", re.ASCII)
WEEK: Final = frozenset("1234567")
AHEAD_MAX: Final = timedelta(days=1100)
MONTHS: Final = 12
# What the picture of a year asks for the example: an offer that takes two working days to prepare.
EXAMPLE_LEAD_DAYS: Final = 2
BAD_TIME: Final = lazy("Give a time such as 15:00.")
NOT_COMING: Final = lazy("Give a day from today on, at most three years ahead.")
NEVER_OPEN: Final = lazy("The site would have no working day for {days} days; leave it one.")


def typed_site(form: SiteForm, *, closed_on: list[date], opened_on: list[date], now: datetime) -> SiteIn:
    """Give the site that a form describes, with the exceptions it has already.

    Raises: InvalidInput for each field that cannot be read, and then for all others that cannot stand too.
    """
    clock, errors = CLOCK.fullmatch(form.cut_off), Faults()
    if clock is None:
        errors.append(FieldError("/cut_off", "bad-time", BAD_TIME))
    if not form.working_days or set(form.working_days) - WEEK:
        errors.append(FieldError("/working_days", "bad-days", "Tick at least one day of the week."))
    hours = _typed_hours(form, errors)
    unread = bool(errors) or clock is None
    site = SiteIn(
        name=form.name,
        country=form.country,
        city=form.city,
        postal_code=form.postal_code,
        time_zone=form.time_zone,
        cut_off=time(int(clock[1]), int(clock[2])) if clock else time(),
        working_days=[int(day) for day in form.working_days if day in WEEK] or [1],
        # Where something cannot be read, the hours can be judged in part at best.
        hours=[] if unread else hours,
        region=form.region,
        keeps_public_holidays=form.keeps_public_holidays,
        closed_on=closed_on,
        opened_on=opened_on,
    )
    if unread:
        with errors.kept():
            checked(site, now=now)
        errors.refuse()
    return site


def _typed_hours(form: SiteForm, errors: list[FieldError]) -> list[DayHours]:
    """Give the hours of the ticked days; none where no time was typed beside any of them. What cannot be read is added to the errors."""
    ticked = [int(day) for day in sorted(set(form.working_days)) if day in WEEK]
    typed = {day: (_at(form.opens, day), _at(form.closes, day)) for day in ticked}
    if not any(opens or closes for opens, closes in typed.values()):
        return []
    found = []
    for day, texts in typed.items():
        times = [CLOCK.fullmatch(text) for text in texts]
        for name, match in zip(("opens", "closes"), times, strict=True):
            if match is None:
                errors.append(FieldError(f"/{name}/{day - 1}", "bad-time", BAD_TIME))
        if times[0] is not None and times[1] is not None:
            found.append(DayHours(day, *(time(int(match[1]), int(match[2])) for match in times if match is not None)))
    return found


def _at(texts: Sequence[str], day: int) -> str:
    return texts[day - 1].strip() if len(texts) >= day else ""


def hours_of(site: SiteIn, *, at: str, errors: list[FieldError]) -> tuple[DayHours, ...]:
    """Give the hours in the order of the week; what does not fit is added to the errors, at the place in what was sent."""
    if site.hours and sorted(one.day for one in site.hours) != sorted(set(site.working_days)):
        errors.append(FieldError(f"{at}/hours", "other-days", "Give the hours of each working day once, and of no other day."))
    for place, one in enumerate(site.hours):
        if one.opens >= one.closes:
            errors.append(FieldError(f"{at}/hours/{place}/closes", "ends-before-start", "A day closes after it opens."))
        elif not one.opens < site.cut_off <= one.closes:
            message = "The cut-off lies inside the hours of each working day: from {opens} to {closes} it does not."
            params = {"opens": f"{one.opens:%H:%M}", "closes": f"{one.closes:%H:%M}"}
            errors.append(FieldError(f"{at}/hours/{place}/closes", "cut-off-outside", message, params))
    return tuple(sorted(site.hours, key=lambda one: one.day))


def runs(hours: Sequence[DayHours]) -> list[tuple[int, int, time, time]]:
    """Give hours as runs of neighbouring days that keep the same ones: first day, last day (ISO), opens, closes. `hours` are in the order of the week."""
    found: list[tuple[int, int, time, time]] = []
    for one in hours:
        if found and found[-1][1:] == (one.day - 1, one.opens, one.closes):
            found[-1] = (found[-1][0], one.day, one.opens, one.closes)
        else:
            found.append((one.day, one.day, one.opens, one.closes))
    return found


def checked(site: SiteIn, *, now: datetime, at: str = "") -> NewSite:
    """Give a site as it is stored. `at` is where it stands in what was sent. Raises: InvalidInput, naming every bad field and day."""
    errors = Faults()
    name = errors.take(lambda: clean_name(site.name, pointer=f"{at}/name"), "")
    city = errors.take(lambda: clean_name(site.city, pointer=f"{at}/city"), "")
    country = errors.take(lambda: countries.check_country(site.country, pointer=f"{at}/country"), "")
    postal_code = errors.take(lambda: _postal_code(site.postal_code, pointer=f"{at}/postal_code"), "")
    time_zone = errors.take(lambda: countries.check_zone_of(site.time_zone, country=country, pointer=f"{at}/time_zone"), "") if country else ""
    hours = hours_of(site, at=at, errors=errors)
    if site.region and country and site.region not in dict(calendar.regions(country)):
        errors.append(FieldError(f"{at}/region", "unknown-region", "Choose a region of this country, or none."))
    if both := sorted(set(site.closed_on) & set(site.opened_on)):
        errors.append(FieldError(f"{at}/opened_on", "closed-and-open", "A day is either closed or open: {day}.", {"day": both[0].isoformat()}))
    if time_zone:
        today = calendar.date_in(now, time_zone=time_zone)
        errors += _not_coming(site.closed_on, today=today, pointer=f"{at}/closed_on")
        errors += _not_coming(site.opened_on, today=today, pointer=f"{at}/opened_on")
    errors.refuse()
    new = NewSite(
        name=name,
        country=country,
        time_zone=time_zone,
        region=site.region,
        postal_code=postal_code,
        city=city,
        cut_off=site.cut_off,
        working_days=tuple(sorted(set(site.working_days))),
        hours=hours,
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
        "region": site.region,
        **{f"opens_{one.day}": f"{one.opens:%H:%M}" for one in site.hours},
        **{f"closes_{one.day}": f"{one.closes:%H:%M}" for one in site.hours},
    }


def year(site: SiteOut, *, now: datetime, lead_days: int = EXAMPLE_LEAD_DAYS) -> YearOut:
    """Draw the next twelve months of a site from this one on, and tell what an order placed now meets."""
    today = calendar.date_in(now, time_zone=site.time_zone)
    months = [_month(site, date(today.year + (today.month - 1 + ahead) // 12, (today.month - 1 + ahead) % 12 + 1, 1)) for ahead in range(MONTHS)]
    closed = set(site.closed_on)
    if site.keeps_public_holidays:
        closed |= {day for ahead in range(3) for day in calendar.public_holidays(site.country, site.region, today.year + ahead)}
    week = frozenset(site.working_days)
    kept = {"time_zone": site.time_zone, "cut_off": site.cut_off, "working_days": week, "closed": closed, "opened": frozenset(site.opened_on)}
    try:
        until = calendar.next_cut_off(now, **kept)  # type: ignore[arg-type]
        ready_on = calendar.ready_date(now, lead_days=lead_days, **kept)  # type: ignore[arg-type]
    except calendar.NeverOpen:
        return YearOut(
            months=months, open_days=_open_days(months, today=today), next_cut_off=None, counts_on=None, lead_days=lead_days, ready_on=None
        )
    counts_on = calendar.date_in(until, time_zone=site.time_zone)
    return YearOut(
        months=months, open_days=_open_days(months, today=today), next_cut_off=until, counts_on=counts_on, lead_days=lead_days, ready_on=ready_on
    )


def _open_days(months: Sequence[MonthOut], *, today: date) -> int:
    days = [day for month in months for day in month.days]
    return sum(day in {"open", "opened"} for day in days[today.day - 1 :])


def _month(site: SiteOut, first: date) -> MonthOut:
    following = date(first.year + first.month // 12, first.month % 12 + 1, 1)
    return MonthOut(first, [_kind(site, first + timedelta(days=ahead)) for ahead in range((following - first).days)])


def _kind(site: SiteOut, day: date) -> str:
    """Tell what a day is at a site: its own exceptions win over the week, the week over public holidays."""
    if day in site.opened_on:
        return "opened"
    if day in site.closed_on:
        return "closed"
    if day.isoweekday() not in site.working_days:
        return "week"
    is_holiday = site.keeps_public_holidays and day in calendar.public_holidays(site.country, site.region, day.year)
    return "holiday" if is_holiday else "open"
