"""Owns working-day arithmetic: pure functions of dates, zones, cut-offs and holidays, right over changes of the clock."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

if TYPE_CHECKING:
    from collections.abc import Container, Mapping

    # The local times from which and until which a day is open.
    DayHours = tuple[time, time]

MONDAY_TO_FRIDAY = frozenset({1, 2, 3, 4, 5})
SUNDAY_TO_THURSDAY = frozenset({7, 1, 2, 3, 4})
SATURDAY_AND_SUNDAY = frozenset({6, 7})
# No site is closed for longer; whoever asks past it has given a calendar on which nobody ever works.
CLOSED_DAYS_MAX = 400
REGION_MAX = 3
WHOLE_DAY = (time(), time())


class NeverOpen(ValueError):
    """The calendar has no working day within a year: the settings of a site are wrong."""


def is_working_day(day: date, *, working_days: frozenset[int], closed: Container[date], opened: Container[date] = ()) -> bool:
    """Tell whether somebody works on this date. `working_days` are ISO weekdays (1 Monday … 7 Sunday); `opened` wins over all else."""
    return day in opened or (day.isoweekday() in working_days and day not in closed)


def next_working_day(day: date, *, working_days: frozenset[int], closed: Container[date], opened: Container[date] = ()) -> date:
    """Give the first working day on or after a date. Raises: NeverOpen."""
    for _ in range(CLOSED_DAYS_MAX):
        if is_working_day(day, working_days=working_days, closed=closed, opened=opened):
            return day
        day += timedelta(days=1)
    raise NeverOpen(day)


def add_working_days(start: date, days: int, *, working_days: frozenset[int], closed: Container[date], opened: Container[date] = ()) -> date:
    """Give the date that lies a number of working days after `start`, itself always a working day.

    A start on a closed day counts from the next open one, so that 0 days from a Saturday is Monday and so is 0 days from that Monday.
    Raises: NeverOpen.
    """
    assert days >= 0, "working days are added, never taken"
    day = next_working_day(start, working_days=working_days, closed=closed, opened=opened)
    for _ in range(days):
        day = next_working_day(day + timedelta(days=1), working_days=working_days, closed=closed, opened=opened)
    return day


def came_on(local: datetime, cut_off: time) -> date:
    """Give the day on which an order counts as come by the clock of the site: at the cut-off or later it is tomorrow. The one place of that rule."""
    return local.date() + timedelta(days=1) if local.time() >= cut_off else local.date()


def ready_date(
    ordered_at: datetime,
    *,
    time_zone: str,
    cut_off: time,
    lead_days: int,
    working_days: frozenset[int],
    closed: Container[date],
    opened: Container[date] = (),
) -> date:
    """Give the date, in the site's zone, on which an order is ready to be handed over.

    At the cut-off or later, the order counts as come on the next day. Day zero is the first working day from then on, and the lead time
    is counted in working days after it. Raises: NeverOpen.
    """
    first = came_on(ordered_at.astimezone(zone(time_zone)), cut_off)
    return add_working_days(first, lead_days, working_days=working_days, closed=closed, opened=opened)


def next_cut_off(
    moment: datetime, *, time_zone: str, cut_off: time, working_days: frozenset[int], closed: Container[date], opened: Container[date] = ()
) -> datetime:
    """Give the next moment (UTC) at which a site's cut-off passes: what a countdown runs to. Raises: NeverOpen."""
    day = came_on(moment.astimezone(zone(time_zone)), cut_off)
    day = next_working_day(day, working_days=working_days, closed=closed, opened=opened)
    return datetime.combine(day, cut_off, zone(time_zone)).astimezone(UTC)


def add_working_hours(
    start: datetime, hours: int, *, time_zone: str, working_days: frozenset[int], closed: Container[date], opened: Container[date] = ()
) -> datetime:
    """Give the moment (UTC) when so many hours of working days have passed; days that are closed in the zone do not count.

    A working day counts whole, midnight to midnight in the zone: 23 or 25 hours long when the clock changes. Raises: NeverOpen.
    """
    return add_opening_hours(start, hours, time_zone=time_zone, week=dict.fromkeys(working_days, WHOLE_DAY), closed=closed, opened=opened)


def add_opening_hours(
    start: datetime, hours: int, *, time_zone: str, week: Mapping[int, DayHours], closed: Container[date], opened: Container[date] = ()
) -> datetime:
    """Give the moment (UTC) when a place was open for so many hours; `week` are the local hours of each working day, ISO 1 (Monday) to 7.

    A day that is opened against the week has the hours from the earliest opening to the latest closing of the week. Raises: NeverOpen where no
    day of the week is open, or the hours take more than 400 days.
    """
    assert hours >= 0, "hours are added, never taken"
    left, moment = timedelta(hours=hours), start.astimezone(UTC)
    first = day = moment.astimezone(zone(time_zone)).date()
    while week and day - first <= timedelta(days=CLOSED_DAYS_MAX):
        day = next_working_day(day, working_days=frozenset(week), closed=closed, opened=opened)
        begins, ends = _open_from_to(day, week=week, time_zone=time_zone)
        moment = max(moment, begins)
        if moment < ends:
            if moment + left <= ends:
                return moment + left
            left -= ends - moment
        day += timedelta(days=1)
    raise NeverOpen(first)


def _open_from_to(day: date, *, week: Mapping[int, DayHours], time_zone: str) -> tuple[datetime, datetime]:
    """Give the moments (UTC) at which an open day begins and ends; midnight as its closing is the end of the day."""
    every = week.values()
    closings = [closes for _, closes in every]
    latest = time() if time() in closings else max(closings)
    opens, closes = week.get(day.isoweekday()) or (min(opens for opens, _ in every), latest)
    here = zone(time_zone)
    end = datetime.combine(day, closes, here) if closes > time() else datetime.combine(day + timedelta(days=1), time(), here)
    return datetime.combine(day, opens, here).astimezone(UTC), end.astimezone(UTC)


def start_of_day(day: date, *, time_zone: str) -> datetime:
    """Give the moment (UTC) at which a date begins in a zone; where midnight is skipped, the first moment after it."""
    return datetime.combine(day, time(), zone(time_zone)).astimezone(UTC)


def date_in(moment: datetime, *, time_zone: str) -> date:
    """Give the date that a moment has in a zone."""
    return moment.astimezone(zone(time_zone)).date()


@lru_cache(maxsize=700)
def zone(name: str) -> ZoneInfo:
    """Give the IANA time zone of this name. Raises: ValueError for an unknown one."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, OSError):
        raise ValueError(name) from None


@lru_cache(maxsize=2000)
def public_holidays(country: str, region: str = "", year: int = 0) -> frozenset[date]:
    """Give the public holidays of a country (ISO 3166-1 alpha-2) and region (ISO 3166-2 without the country) in one year.

    Source: the library `holidays`; moveable Islamic feasts there are estimates for years to come, and a site's own exceptions correct them.
    A country that it does not know has none; a region that it does not know has the country's.
    """
    import holidays  # noqa: PLC0415 - a heavy import, and most processes never ask

    try:
        found = holidays.country_holidays(country, subdiv=region or None, years=year)
    except NotImplementedError:
        if not region:
            return frozenset()
        return public_holidays(country, "", year)
    return frozenset(found.keys())


class Closures:
    """The days on which a site does not work beside its week: its own closed days and its country's public holidays, asked year by year."""

    __slots__ = ("_closed_on", "_country", "_region")

    def __init__(self, closed_on: Container[date], *, country: str, region: str = "", keeps_public_holidays: bool) -> None:
        """Look into the calendar of a site."""
        self._closed_on, self._country, self._region = closed_on, country if keeps_public_holidays else "", region

    def __contains__(self, day: object) -> bool:
        """Tell whether a date is closed."""
        assert isinstance(day, date), "a calendar is asked about dates"
        return day in self._closed_on or bool(self._country and day in public_holidays(self._country, self._region, day.year))


@lru_cache(maxsize=300)
def regions(country: str) -> tuple[tuple[str, str], ...]:
    """List the parts of a country that have public holidays of their own, as (ISO 3166-2 code without the country, name), by name.

    Source: the library `holidays`; codes of more than three characters are left out.
    """
    import holidays  # noqa: PLC0415 - as above

    try:
        found = holidays.country_holidays(country)
    except NotImplementedError:
        return ()
    names = found.get_subdivision_aliases()
    kept = [
        (code, max(names.get(code) or [code], key=len))
        for code in found.subdivisions
        if len(code) <= REGION_MAX and code.isascii() and code.isalnum()
    ]
    return tuple(sorted(kept, key=lambda pair: pair[1]))


@lru_cache(maxsize=300)
def weekend(country: str) -> frozenset[int]:
    """Give the ISO weekdays on which offices and stores of a country (ISO 3166-1 alpha-2) rest.

    Source: the library `holidays`, as the week is today: Friday and Saturday in Kuwait and Saudi Arabia, Saturday and Sunday in the Emirates
    since 2022. A country that it does not know rests on Saturday and Sunday.
    """
    import holidays  # noqa: PLC0415 - as above

    try:
        found = holidays.country_holidays(country).weekend
    except NotImplementedError:
        return SATURDAY_AND_SUNDAY
    return frozenset(day + 1 for day in found)


def next_day_out_of(weekend_days: frozenset[int], day: date) -> date:
    """Give the first date on or after `day` that is none of these weekdays. Where all are, the date itself."""
    return next((later for later in (day + timedelta(days=step) for step in range(7)) if later.isoweekday() not in weekend_days), day)
