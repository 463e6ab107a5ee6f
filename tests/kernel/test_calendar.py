"""Tests working-day arithmetic over changes of the clock, feasts and working weeks."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.kernel.calendar import (
    MONDAY_TO_FRIDAY,
    SUNDAY_TO_THURSDAY,
    NeverOpen,
    add_opening_hours,
    add_working_days,
    add_working_hours,
    date_in,
    next_cut_off,
    next_day_out_of,
    public_holidays,
    ready_date,
    start_of_day,
    weekend,
    zone,
)

EVERY_DAY = frozenset(range(1, 8))


def test_days_are_counted_over_a_weekend() -> None:
    assert add_working_days(date(2026, 11, 26), 3, working_days=MONDAY_TO_FRIDAY, closed=()) == date(2026, 12, 1)


@pytest.mark.parametrize("start", [date(2026, 11, 28), date(2026, 11, 29), date(2026, 11, 30)])
def test_no_days_from_a_weekend_is_the_monday_and_so_it_is_from_that_monday(start: date) -> None:
    assert add_working_days(start, 0, working_days=MONDAY_TO_FRIDAY, closed=()) == date(2026, 11, 30)


def test_the_gulf_works_from_sunday_to_thursday() -> None:
    assert add_working_days(date(2026, 11, 26), 1, working_days=SUNDAY_TO_THURSDAY, closed=()) == date(2026, 11, 29)
    assert add_working_days(date(2026, 11, 27), 0, working_days=SUNDAY_TO_THURSDAY, closed=()) == date(2026, 11, 29)


def test_tet_closes_a_whole_week() -> None:
    closed = public_holidays("VN", "", 2026)
    assert add_working_days(date(2026, 2, 13), 1, working_days=MONDAY_TO_FRIDAY, closed=closed) == date(2026, 2, 23)


def test_eid_al_fitr_closes_kuwait() -> None:
    closed = public_holidays("KW", "", 2026)
    assert date(2026, 3, 20) in closed
    assert add_working_days(date(2026, 3, 19), 1, working_days=SUNDAY_TO_THURSDAY, closed=closed) == date(2026, 3, 23)


def test_an_exception_opens_a_holiday_and_a_weekend() -> None:
    christmas, saturday = date(2026, 12, 25), date(2026, 12, 26)
    assert add_working_days(date(2026, 12, 24), 1, working_days=MONDAY_TO_FRIDAY, closed={christmas}, opened={saturday}) == saturday
    assert add_working_days(date(2026, 12, 24), 1, working_days=MONDAY_TO_FRIDAY, closed={christmas}, opened={christmas}) == christmas


def test_a_calendar_without_a_working_day_is_refused() -> None:
    with pytest.raises(NeverOpen):
        add_working_days(date(2026, 1, 1), 1, working_days=frozenset(), closed=())


@pytest.mark.parametrize(
    "ordered, ready",
    [
        (datetime(2026, 11, 24, 12, 59, tzinfo=UTC), date(2026, 11, 26)),
        (datetime(2026, 11, 24, 13, 0, tzinfo=UTC), date(2026, 11, 27)),
        (datetime(2026, 11, 27, 13, 0, tzinfo=UTC), date(2026, 12, 2)),
        (datetime(2026, 11, 28, 9, 0, tzinfo=UTC), date(2026, 12, 2)),
    ],
)
def test_what_comes_at_the_cut_off_counts_as_come_on_the_next_day(ordered: datetime, ready: date) -> None:
    found = ready_date(ordered, time_zone="Europe/Berlin", cut_off=time(14), lead_days=2, working_days=MONDAY_TO_FRIDAY, closed=())
    assert found == ready


def test_the_cut_off_is_read_in_the_zone_of_the_site() -> None:
    ordered = datetime(2026, 11, 24, 9, 20, tzinfo=UTC)
    hanoi = ready_date(ordered, time_zone="Asia/Ho_Chi_Minh", cut_off=time(16), lead_days=0, working_days=MONDAY_TO_FRIDAY, closed=())
    chicago = ready_date(ordered, time_zone="America/Chicago", cut_off=time(16), lead_days=0, working_days=MONDAY_TO_FRIDAY, closed=())
    assert (hanoi, chicago) == (date(2026, 11, 25), date(2026, 11, 24))


def test_the_next_cut_off_keeps_its_hour_when_the_clock_changes() -> None:
    def cut_off_after(moment: datetime) -> datetime:
        return next_cut_off(moment, time_zone="Europe/Berlin", cut_off=time(14), working_days=EVERY_DAY, closed=())

    assert cut_off_after(datetime(2026, 3, 28, 13, 0, tzinfo=UTC)) == datetime(2026, 3, 29, 12, 0, tzinfo=UTC)
    assert cut_off_after(datetime(2026, 3, 28, 12, 59, tzinfo=UTC)) == datetime(2026, 3, 28, 13, 0, tzinfo=UTC)
    assert cut_off_after(datetime(2026, 10, 24, 12, 0, tzinfo=UTC)) == datetime(2026, 10, 25, 13, 0, tzinfo=UTC)


def test_hours_pass_over_a_weekend() -> None:
    friday = datetime(2026, 11, 27, 9, 0, tzinfo=UTC)
    assert add_working_hours(friday, 48, time_zone="UTC", working_days=MONDAY_TO_FRIDAY, closed=()) == datetime(2026, 12, 1, 9, 0, tzinfo=UTC)
    assert add_working_hours(friday, 48, time_zone="UTC", working_days=SUNDAY_TO_THURSDAY, closed=()) == datetime(2026, 12, 1, 0, 0, tzinfo=UTC)


def test_hours_from_a_closed_day_begin_with_the_next_open_one() -> None:
    saturday = datetime(2026, 11, 28, 9, 0, tzinfo=UTC)
    assert add_working_hours(saturday, 0, time_zone="UTC", working_days=MONDAY_TO_FRIDAY, closed=()) == datetime(2026, 11, 30, tzinfo=UTC)
    assert add_working_hours(saturday, 24, time_zone="UTC", working_days=MONDAY_TO_FRIDAY, closed=()) == datetime(2026, 12, 1, tzinfo=UTC)


BERLIN = {day: (time(8), time(16)) for day in (1, 2, 3, 4)} | {5: (time(8), time(12))}


@pytest.mark.parametrize(
    "start, hours, reached",
    [
        # Friday 09:20 in UTC is 10:20 in Berlin: 1 h 40 min until noon, then Monday from 8 on.
        (datetime(2026, 11, 27, 9, 20, tzinfo=UTC), 1, datetime(2026, 11, 27, 10, 20, tzinfo=UTC)),
        (datetime(2026, 11, 27, 9, 20, tzinfo=UTC), 2, datetime(2026, 11, 30, 7, 20, tzinfo=UTC)),
        # To the closing it is still the same day; a minute later it is the next.
        (datetime(2026, 11, 26, 7, 0, tzinfo=UTC), 8, datetime(2026, 11, 26, 15, 0, tzinfo=UTC)),
        (datetime(2026, 11, 26, 7, 1, tzinfo=UTC), 8, datetime(2026, 11, 27, 7, 1, tzinfo=UTC)),
        # Before the opening and after the closing nothing has begun to run.
        (datetime(2026, 11, 26, 3, 0, tzinfo=UTC), 0, datetime(2026, 11, 26, 7, 0, tzinfo=UTC)),
        (datetime(2026, 11, 26, 15, 0, tzinfo=UTC), 4, datetime(2026, 11, 27, 11, 0, tzinfo=UTC)),
        # A whole week has 36 hours, and the clock changes on the last Sunday of March.
        (datetime(2026, 3, 27, 11, 0, tzinfo=UTC), 36, datetime(2026, 4, 3, 10, 0, tzinfo=UTC)),
    ],
)
def test_opening_hours_pass_by_the_clock_of_each_day(start: datetime, hours: int, reached: datetime) -> None:
    assert add_opening_hours(start, hours, time_zone="Europe/Berlin", week=BERLIN, closed=()) == reached


def test_a_saturday_opened_against_the_week_has_the_widest_hours_of_it() -> None:
    saturday = date(2026, 11, 28)
    start = datetime(2026, 11, 27, 11, 0, tzinfo=UTC)
    opened = add_opening_hours(start, 8, time_zone="Europe/Berlin", week=BERLIN, closed=(), opened=(saturday,))
    assert opened == datetime(2026, 11, 28, 15, 0, tzinfo=UTC)


def test_hours_that_take_more_than_400_days_never_pass() -> None:
    week = {1: (time(8), time(8, 1))}
    start = datetime(2026, 11, 23, 0, 0, tzinfo=UTC)
    with pytest.raises(NeverOpen):
        add_opening_hours(start, 1, time_zone="UTC", week=week, closed=())
    with pytest.raises(NeverOpen):
        add_opening_hours(start, 1, time_zone="UTC", week={}, closed=())


def test_a_day_on_which_the_clock_changes_has_the_hours_it_has() -> None:
    begins = start_of_day(date(2026, 3, 29), time_zone="Europe/Berlin")
    assert start_of_day(date(2026, 3, 30), time_zone="Europe/Berlin") - begins == timedelta(hours=23)
    reached = add_working_hours(begins, 24, time_zone="Europe/Berlin", working_days=EVERY_DAY, closed=())
    assert reached == begins + timedelta(hours=24)
    ends = start_of_day(date(2026, 10, 25), time_zone="Europe/Berlin")
    assert start_of_day(date(2026, 10, 26), time_zone="Europe/Berlin") - ends == timedelta(hours=25)


def test_a_moment_has_its_own_date_in_each_zone() -> None:
    moment = datetime(2026, 11, 24, 20, 0, tzinfo=UTC)
    assert [date_in(moment, time_zone=zone) for zone in ("Asia/Tokyo", "UTC", "America/Los_Angeles")] == [
        date(2026, 11, 25),
        date(2026, 11, 24),
        date(2026, 11, 24),
    ]


def test_holidays_know_regions_and_an_unknown_country_has_none() -> None:
    assert date(2026, 1, 6) in public_holidays("DE", "BY", 2026)
    assert date(2026, 1, 6) not in public_holidays("DE", "BE", 2026)
    assert public_holidays("DE", "ZZ", 2026) == public_holidays("DE", "", 2026)
    assert public_holidays("XX", "", 2026) == frozenset()


@pytest.mark.parametrize("name", ["", "Europe/Atlantis", "../etc/passwd", "/etc/passwd", "Europe"])
def test_a_name_that_is_no_zone_is_refused(name: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the standard library says it in its own words
        zone(name)


def test_a_zone_is_known() -> None:
    assert zone("Asia/Ho_Chi_Minh").key == "Asia/Ho_Chi_Minh"


@given(
    start=st.dates(date(2020, 1, 1), date(2030, 1, 1)),
    days=st.integers(0, 60),
    working_days=st.frozensets(st.integers(1, 7), min_size=1),
    closed=st.frozensets(st.dates(date(2020, 1, 1), date(2020, 12, 31)), max_size=10),
)
def test_exactly_the_asked_number_of_working_days_lies_between(start: date, days: int, working_days: frozenset[int], closed: frozenset[date]) -> None:
    first = add_working_days(start, 0, working_days=working_days, closed=closed)
    reached = add_working_days(start, days, working_days=working_days, closed=closed)
    span = [first + timedelta(days=n) for n in range((reached - first).days + 1)]
    assert sum(day.isoweekday() in working_days and day not in closed for day in span) == days + 1
    assert reached.isoweekday() in working_days


@given(
    day=st.dates(date(2015, 1, 1), date(2035, 1, 1)),
    name=st.sampled_from(
        ["Africa/Cairo", "Asia/Beirut", "America/Asuncion", "Europe/Berlin", "Asia/Ho_Chi_Minh", "America/St_Johns", "Pacific/Chatham"]
    ),
)
def test_a_date_begins_with_its_first_moment_even_where_midnight_is_skipped(day: date, name: str) -> None:
    begins = start_of_day(day, time_zone=name)
    assert date_in(begins, time_zone=name) == day
    assert date_in(begins - timedelta(microseconds=1), time_zone=name) == day - timedelta(days=1)


@pytest.mark.parametrize(
    "country, days",
    [
        ("DE", {6, 7}),
        ("VN", {6, 7}),
        ("US", {6, 7}),
        ("AE", {6, 7}),
        ("KW", {5, 6}),
        ("SA", {5, 6}),
        ("EG", {5, 6}),
        ("IR", {5}),
        ("XX", {6, 7}),
        ("", {6, 7}),
    ],
)
def test_each_country_has_its_own_weekend_and_an_unknown_one_the_usual(country: str, days: set[int]) -> None:
    assert weekend(country) == days


@pytest.mark.parametrize(
    "country, day, expected",
    [
        ("KW", date(2026, 11, 26), date(2026, 11, 26)),
        ("KW", date(2026, 11, 27), date(2026, 11, 29)),
        ("KW", date(2026, 11, 28), date(2026, 11, 29)),
        ("KW", date(2026, 11, 29), date(2026, 11, 29)),
        ("AE", date(2026, 11, 27), date(2026, 11, 27)),
        ("AE", date(2026, 11, 28), date(2026, 11, 30)),
        ("IR", date(2026, 11, 27), date(2026, 11, 28)),
    ],
)
def test_a_day_in_the_weekend_moves_to_the_first_day_after_it(country: str, day: date, expected: date) -> None:
    assert next_day_out_of(weekend(country), day) == expected


def test_a_weekend_of_all_days_moves_nothing() -> None:
    assert next_day_out_of(EVERY_DAY, date(2026, 11, 27)) == date(2026, 11, 27)


def test_the_library_of_holidays_is_loaded_by_the_first_question_only() -> None:
    script = "import sys, marketplace.kernel.calendar as c; assert 'holidays' not in sys.modules; c.public_holidays('DE', '', 2026); assert 'holidays' in sys.modules"
    subprocess.run([sys.executable, "-c", script], check=True, cwd=Path(__file__).resolve().parents[2])  # noqa: S603 - our own words
