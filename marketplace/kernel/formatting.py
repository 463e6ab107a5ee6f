"""Owns how values read in each language: money, prices, quantities, dates with weekday, ages, shares, countries. Plain text, no HTML."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from marketplace.kernel.currencies import exponent
from marketplace.kernel.i18n import RIGHT_TO_LEFT, current_locale, gettext, lazy, ngettext, translate
from marketplace.kernel.money import Money

if TYPE_CHECKING:
    from babel import Locale

NO_BREAK: Final = "\u00a0"
MINUS: Final = "\u2212"
DASH: Final = "\u2013"
# English here is the market's (day before month); babel's "en" is the United States'. Arabic and Vietnamese follow CLDR's order.
DAY: Final = {"en": "EEE d MMM", "vi": "EEE, d MMM", "ar": "EEEE d MMMM"}
DAY_WITH_YEAR: Final = {"en": "EEE d MMM y", "vi": "EEE, d MMM, y", "ar": "EEEE d MMMM y"}
SHORT_DAY: Final = {"en": "d MMM", "vi": "d MMM", "ar": "d MMMM"}
MONTH: Final = {"en": "MMM y", "vi": "MMM y", "ar": "MMMM y"}


@cache
def _babel(locale: str) -> Locale:
    from babel import Locale  # noqa: PLC0415 - its data costs memory, so it comes with the first page and not with the import

    return Locale.parse(locale)


def apart(text: str, locale: str | None = None) -> str:
    """Set a figure apart as left to right inside a right-to-left text (UAX #9 isolates): a sign or unit would else change its side."""
    return f"\u2066{text}\u2069" if (locale or current_locale()) in RIGHT_TO_LEFT else text


@cache
def _symbols(locale: str) -> tuple[str, str]:
    symbols = _babel(locale).number_symbols["latn"]
    return symbols["decimal"], symbols["group"]


def number(value: Decimal | float, *, digits: int | None = None, digits_max: int | None = None, locale: str | None = None) -> str:
    """Group and point a number as the language does, in Latin digits: `digits` decimals exactly, or at most `digits_max` without end zeros."""
    point, group = _symbols(locale or current_locale())
    exact = value if isinstance(value, Decimal) else Decimal(str(value))
    places = digits if digits is not None else digits_max
    if places is not None:
        exact = round(exact, places)
    sign = MINUS if exact < 0 else ""
    whole, _sep, fraction = f"{abs(exact):f}".partition(".")
    if digits is None:
        fraction = fraction.rstrip("0")
    grouped = f"{int(whole):,}".replace(",", group)
    return f"{sign}{grouped}{point}{fraction}" if fraction else f"{sign}{grouped}"


def amount(value: Money | int | None, currency: str = "", *, locale: str | None = None) -> str:
    """Write minor units as an amount without its currency, with exactly the currency's decimals: `1,084.14`; a dash for None."""
    if value is None:
        return DASH
    money_value = value if isinstance(value, Money) else Money(value, currency)
    text = _digits(money_value, locale)
    return apart(text, locale) if money_value.amount_minor < 0 else text


def _digits(value: Money, locale: str | None) -> str:
    return number(value.decimal, digits=exponent(value.currency), locale=locale)


def money(value: Money | int | None, currency: str = "", *, locale: str | None = None) -> str:
    """Write minor units with the currency's code behind a no-break space: `1,084.14 EUR`; a dash for None."""
    if value is None:
        return DASH
    whole = value if isinstance(value, Money) else Money(value, currency)
    return apart(f"{_digits(whole, locale)}{NO_BREAK}{whole.currency}", locale)


def unit_price(value: Decimal | None, currency: str, *, with_code: bool = False, locale: str | None = None) -> str:
    """Write a price of one unit: at least the currency's decimals, at most six: `8.86`, `0.0345`; a dash for None."""
    if value is None:
        return DASH
    least = exponent(currency)
    used = -int(value.normalize().as_tuple().exponent)
    text = number(value, digits=max(least, min(6, used)), locale=locale)
    return apart(f"{text}{NO_BREAK}{currency}", locale) if with_code else text


def quantity(steps: int | None, decimals: int = 0, unit: str = "", *, locale: str | None = None) -> str:
    """Write a quantity counted in the unit's smallest steps, with the unit's name if given: `2,400`, `1.5 m`; a dash for None."""
    if steps is None:
        return DASH
    text = number(Decimal(steps).scaleb(-decimals), digits_max=decimals, locale=locale)
    return with_unit(text, unit, locale=locale)


def with_unit(text: str, unit: str, *, locale: str | None = None) -> str:
    """Put a unit, if there is one, behind a figure that is written already."""
    if not unit:
        return text
    told = f"{text}{NO_BREAK}{unit}"
    return apart(told, locale) if unit.isascii() else told


def percent(share: Decimal | float | None, *, digits: int = 0, locale: str | None = None) -> str:
    """Write a share (0.95) as a percentage: `95%`; a dash for None."""
    if share is None:
        return DASH
    exact = share if isinstance(share, Decimal) else Decimal(str(share))
    return apart(f"{number(exact * 100, digits=digits, locale=locale)}%", locale)


def signed(value: Decimal | float, *, digits: int = 0, suffix: str = "", locale: str | None = None) -> str:
    """Write a difference with its sign, zero without one: `+2.3`, `-4.5`, `0.0`. In a right-to-left text it belongs in `<bdi dir="ltr">`."""
    text = number(value, digits=digits, locale=locale)
    is_zero = not any(character in "123456789" for character in text)
    plus = "" if text.startswith(MINUS) or is_zero else "+"
    return apart(f"{plus}{text.lstrip(MINUS) if is_zero else text}{suffix}", locale)


def weight(grams: int | None, *, locale: str | None = None) -> str:
    """Write a weight in grams below a kilogram and in kilograms from there on: `128 g`, `16.2 kg`; a dash for None."""
    if grams is None:
        return DASH
    is_light = grams < 1000  # noqa: PLR2004 - a kilogram is a thousand grams
    shown = number(grams if is_light else Decimal(grams).scaleb(-3), digits_max=2, locale=locale)
    unit = translate(lazy("g") if is_light else lazy("kg"), locale or current_locale())
    told = f"{shown}{NO_BREAK}{unit}"
    return apart(told, locale) if unit.isascii() else told


@lru_cache(maxsize=4096)
def _dated(value: date, pattern: str, locale: str) -> str:
    from babel.dates import format_date  # noqa: PLC0415 - comes with the first date on a page

    return format_date(value, pattern, locale=locale)


def day(value: date | datetime | None, *, year: bool = False, time_zone: str = "UTC", locale: str | None = None) -> str:
    """Write a date with its weekday: `Tue 8 Dec`, with the year on demand; of a moment, the date in the time zone; a dash for None."""
    if value is None:
        return DASH
    spoken = locale or current_locale()
    on_day = value.astimezone(ZoneInfo(time_zone)).date() if isinstance(value, datetime) else value
    return _dated(on_day, (DAY_WITH_YEAR if year else DAY)[spoken], spoken)


def short_day(value: date | None, *, locale: str | None = None) -> str:
    """Write a date without weekday, for axes: `24 Nov`."""
    spoken = locale or current_locale()
    return DASH if value is None else _dated(value, SHORT_DAY[spoken], spoken)


def month(value: date | None, *, locale: str | None = None) -> str:
    """Write a month with its year: `Nov 2026`."""
    spoken = locale or current_locale()
    return DASH if value is None else _dated(value, MONTH[spoken], spoken)


def moment(value: datetime | None, time_zone: str = "UTC", *, year: bool = True, locale: str | None = None) -> str:
    """Write a moment in a time zone, which is named: `Tue 24 Nov 2026, 10:20 CET`; a dash for None."""
    if value is None:
        return DASH
    here = value.astimezone(ZoneInfo(time_zone))
    zone = here.tzname() or time_zone
    if zone[0] in "+-":
        zone = f"UTC{zone}"
    comma = "،" if (locale or current_locale()) == "ar" else ","
    return f"{day(here.date(), year=year, locale=locale)}{comma} {here:%H:%M}{NO_BREAK}{zone}"


def iso(value: datetime | date | None) -> str:
    """Write a moment or date for the machine-readable `datetime` attribute."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="seconds")
    return "" if value is None else value.isoformat()


def age(then: datetime | None, now: datetime) -> str:
    """Say in the reader's language how long ago something was, in its largest whole unit: `3 h ago`; a dash for None."""
    if then is None:
        return DASH
    minutes = int((now - then).total_seconds() // 60)
    if minutes < 1:
        return gettext("just now")
    if minutes < 60:  # noqa: PLR2004 - minutes of an hour
        return ngettext("%(n)s min ago", "%(n)s min ago", minutes)
    hours = minutes // 60
    if hours < 48:  # noqa: PLR2004 - up to two days people count hours
        return ngettext("%(n)s h ago", "%(n)s h ago", hours)
    return ngettext("%(n)s day ago", "%(n)s days ago", hours // 24)


def days(count: int) -> str:
    """Say a number of days in the reader's language: `3 days`."""
    return ngettext("%(n)s day", "%(n)s days", count)


def working_days(count: int) -> str:
    """Say a number of working days in the reader's language: `3 working days`."""
    return ngettext("%(n)s working day", "%(n)s working days", count)


def country(code: str | None, *, locale: str | None = None) -> str:
    """Name a country by its ISO 3166 code in the reader's language; an unknown code stays as it is."""
    if not code:
        return DASH
    return str(_babel(locale or current_locale()).territories.get(code.upper(), code))


def language(code: str, *, locale: str | None = None) -> str:
    """Name a language by its code in the reader's language; an unknown code stays as it is."""
    return str(_babel(locale or current_locale()).languages.get(code, code))


def currency_name(code: str, *, locale: str | None = None) -> str:
    """Name a currency by its ISO 4217 code in the reader's language; an unknown code stays as it is."""
    return str(_babel(locale or current_locale()).currencies.get(code, code))
