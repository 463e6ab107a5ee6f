"""Owns reading one cell: numbers and dates in the notation that a file's mapping names and in no other."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from marketplace.kernel.i18n import lazy

if TYPE_CHECKING:
    from collections.abc import Callable

# A number never says in which notation it is written: 1.234 is a thousand for one reader and one and a bit for another.
NUMBERS = {
    "plain": (re.compile(r"([0-9]{1,12})(?:\.([0-9]{1,9}))?", re.ASCII), ""),
    "en": (re.compile(r"([0-9]{1,3}(?:,[0-9]{3})*|[0-9]{1,12})(?:\.([0-9]{1,9}))?", re.ASCII), ","),
    "de": (re.compile(r"([0-9]{1,3}(?:\.[0-9]{3})*|[0-9]{1,12})(?:,([0-9]{1,9}))?", re.ASCII), "."),
    "fr": (re.compile("([0-9]{1,3}(?:[ \u00a0\u202f][0-9]{3})*|[0-9]{1,12})(?:,([0-9]{1,9}))?", re.ASCII), " \u00a0\u202f"),
    "ch": (re.compile("([0-9]{1,3}(?:['\u2019][0-9]{3})*|[0-9]{1,12})(?:\\.([0-9]{1,9}))?", re.ASCII), "'\u2019"),
}
# The same notations for numbers of any length: what only has too many digits is told so.
_LONGER = {name: re.compile(pattern.pattern.replace("{1,12}", "+").replace("{1,9}", "+"), re.ASCII) for name, (pattern, _) in NUMBERS.items()}
WHOLE_DIGITS_MAX, PART_DIGITS_MAX = 12, 9
MINUSES = ("-", "\N{MINUS SIGN}")
NUMBER_LOCALES = {
    "plain": lazy("1234.56, no signs between thousands"),
    "en": "1,234.56",
    "de": "1.234,56",
    "fr": "1 234,56",
    "ch": "1'234.56",
}
DATE_LOCALES = {
    "iso": lazy("2026-04-03 (year, month, day)"),
    "dmy": lazy("03/04/2026 is 3 April"),
    "mdy": lazy("03/04/2026 is 4 March"),
}
ISO = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})", re.ASCII)
MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?(Z|[+-][0-9]{2}:[0-9]{2})", re.ASCII)
SLASHED = re.compile(r"([0-9]{1,2})[./-]([0-9]{1,2})[./-]([0-9]{4})", re.ASCII)
YEARS = (2000, 2100)


class CellIsBad(Exception):
    """A cell cannot be used; the argument is the stable code of why."""


def number(text: str, *, locale: str) -> str:
    """Give a number as plain ASCII text, read in one of `NUMBERS`. Raises: CellIsBad for every other notation, signs and exponents."""
    pattern, grouping = NUMBERS[locale]
    found = pattern.fullmatch(text)
    if found is None:
        raise CellIsBad(_why_no_number(text, locale))
    whole, part = found.groups()
    for sign in grouping:
        whole = whole.replace(sign, "")
    if len(whole.lstrip("0")) > WHOLE_DIGITS_MAX:
        raise CellIsBad("out-of-range")
    return f"{whole}.{part}" if part else whole


def _why_no_number(text: str, locale: str) -> str:
    """Say whether a cell is a number below zero, too large or too exact, or no number in this notation: the mapping can only mend the last."""
    is_below = text.startswith(MINUSES)
    found = _LONGER[locale].fullmatch(text[1:] if is_below else text)
    if found is None or (is_below and not text.strip("-\N{MINUS SIGN}0.,")):
        return "bad-number"
    if is_below:
        return "below-zero"
    if len("".join(filter(str.isdigit, found.group(1))).lstrip("0")) > WHOLE_DIGITS_MAX:
        return "out-of-range"
    return "too-many-decimals" if len(found.group(2) or "") > PART_DIGITS_MAX else "bad-number"


def moment(text: str, *, locale: str, time_zone: str) -> str:
    """Give a day, which begins at midnight of the time zone, or a moment with its offset, as ISO text. Raises: CellIsBad."""
    try:
        if MOMENT.fullmatch(text):
            found = datetime.fromisoformat(text).astimezone(UTC)
        else:
            found = datetime.combine(_day(text, locale), time(), tzinfo=ZoneInfo(time_zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise CellIsBad("bad-date") from None
    if not YEARS[0] <= found.year < YEARS[1]:
        raise CellIsBad("date-out-of-range")
    return found.isoformat()


def _day(text: str, locale: str) -> date:
    if found := ISO.fullmatch(text):
        year, month, day = found.groups()
    elif locale != "iso" and (found := SLASHED.fullmatch(text)):
        day, month, year = found.groups() if locale == "dmy" else (found.group(2), found.group(1), found.group(3))
    else:
        raise CellIsBad("bad-date")
    return date(int(year), int(month), int(day))


def remembered(read: Callable[[str], str]) -> Callable[[str], str]:
    """Read equal texts once: most cells of a column repeat. The memory is emptied when it grows; what is bad is read each time."""
    known: dict[str, str] = {}

    def look(text: str) -> str:
        try:
            return known[text]
        except KeyError:
            if len(known) > 50_000:  # noqa: PLR2004 - a few megabytes
                known.clear()
            known[text] = found = read(text)
            return found

    return look
