"""Owns what is known of countries: their codes, their usual time zones, and checks of country, time zone and currency as typed."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo, available_timezones

from marketplace.kernel.currencies import CURRENCIES
from marketplace.kernel.errors import FieldError, InvalidInput

# Where a country has several zones, the one of its capital or largest market comes first; source: IANA zone1970.tab.
LARGEST_ZONE: Final[dict[str, str]] = {
    "US": "America/New_York",
    "CA": "America/Toronto",
    "BR": "America/Sao_Paulo",
    "AU": "Australia/Sydney",
    "RU": "Europe/Moscow",
    "CN": "Asia/Shanghai",
    "ID": "Asia/Jakarta",
    "MX": "America/Mexico_City",
    "DE": "Europe/Berlin",
    "ES": "Europe/Madrid",
    "PT": "Europe/Lisbon",
    "NZ": "Pacific/Auckland",
    "CL": "America/Santiago",
    "AR": "America/Argentina/Buenos_Aires",
    "KZ": "Asia/Almaty",
    "MY": "Asia/Kuala_Lumpur",
    "UA": "Europe/Kyiv",
}

# Currencies that came after the edition of the CLDR that the library carries; source: Council Regulation (EU) 2025/1407.
LATER_CURRENCY: Final[dict[str, str]] = {"BG": "EUR"}


@lru_cache(maxsize=1)
def _zones_by_country() -> dict[str, tuple[str, ...]]:
    from importlib.resources import files  # noqa: PLC0415 - read once, and only where organisations and addresses are made

    zones: dict[str, list[str]] = {}
    for line in (files("tzdata.zoneinfo") / "zone.tab").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            country, _, zone = line.split("\t")[:3]
            zones.setdefault(country, []).append(zone)
    return {country: tuple(found) for country, found in zones.items()}


@lru_cache(maxsize=1)
def countries() -> tuple[str, ...]:
    """List the countries (ISO 3166-1 alpha-2) that the time zone database knows."""
    return tuple(sorted(_zones_by_country()))


def is_country(code: str) -> bool:
    """Tell whether a country has this code."""
    return code in _zones_by_country()


def check_country(country: str, *, pointer: str = "/country") -> str:
    """Give the country. Raises: InvalidInput."""
    if not country:
        raise InvalidInput(errors=(FieldError(pointer, "missing", "Choose a country."),))
    if not is_country(country):
        raise InvalidInput(errors=(FieldError(pointer, "unknown-country", "Give a country as two capital letters, such as DE."),))
    return country


def usual_time_zone(country: str) -> str:
    """Give the time zone of a country's capital or largest market."""
    return LARGEST_ZONE.get(country) or _zones_by_country()[country][0]


def zones_of(country: str) -> tuple[str, ...]:
    """List a country's time zones, the usual one first. Source: IANA zone.tab."""
    usual = usual_time_zone(country)
    return (usual, *(zone for zone in _zones_by_country()[country] if zone != usual))


def check_zone_of(time_zone: str, *, country: str, pointer: str = "/time_zone") -> str:
    """Give the zone, which is one of the country's, or for a blank the country's usual one where all of its clocks show one time. Raises: InvalidInput."""
    zones = zones_of(country)
    if not time_zone and zones and _is_one_time(zones):
        return usual_time_zone(country)
    if time_zone not in zones:
        some = ", ".join(zones[:4])
        raise InvalidInput(errors=(FieldError(pointer, "not-of-country", "Choose a time zone of this country, such as {zones}.", {"zones": some}),))
    return time_zone


@lru_cache
def _is_one_time(zones: tuple[str, ...]) -> bool:
    """Tell whether zones show the same time in winter and in summer, as both of Germany's do."""
    days = (datetime(2026, 1, 15, tzinfo=UTC), datetime(2026, 7, 15, tzinfo=UTC))
    return len({tuple(day.astimezone(ZoneInfo(zone)).utcoffset() for day in days) for zone in zones}) == 1


@lru_cache(1)
def _zones() -> frozenset[str]:
    """Give the names of all zones; the library walks its folders for it, about 10 ms each time."""
    return frozenset(available_timezones() - {"localtime", "Factory"})


def check_time_zone(time_zone: str, *, country: str, pointer: str = "/time_zone") -> str:
    """Give the zone, or the country's usual one for a blank. Raises: InvalidInput."""
    if not time_zone:
        return usual_time_zone(country)
    if time_zone not in _zones():
        raise InvalidInput(errors=(FieldError(pointer, "unknown-time-zone", "Give a time zone such as Europe/Berlin."),))
    return time_zone


@lru_cache(maxsize=1)
def _usual_currencies() -> dict[str, str]:
    from babel.numbers import get_territory_currencies  # noqa: PLC0415 - its data costs memory, and only new organisations ask

    found = dict(LATER_CURRENCY)
    for country in countries():
        codes = [code for code in get_territory_currencies(country) if code in CURRENCIES]
        if codes:
            # Where two are legal tender, the country's own begins with its code (Lesotho: LSL beside ZAR).
            found[country] = next((code for code in codes if code.startswith(country)), codes[0])
    return found


def usual_currency(country: str) -> str:
    """Give the currency of a country, "" for one that has none. Source: Unicode CLDR, supplemental data on currencies."""
    return _usual_currencies().get(country, "")


def check_currency(currency: str, *, pointer: str = "/currency") -> str:
    """Give the currency. Raises: InvalidInput."""
    if not currency:
        raise InvalidInput(errors=(FieldError(pointer, "missing", "Choose a currency."),))
    if currency not in CURRENCIES:
        raise InvalidInput(errors=(FieldError(pointer, "unknown-currency", "Give a currency as three capital letters, such as EUR."),))
    return currency
