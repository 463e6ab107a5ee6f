"""Owns reading what a buyer asks of a comparison: strict in form, with defaults for all but quantity and country."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING

from marketplace.kernel.countries import check_country
from marketplace.kernel.currencies import CURRENCIES
from marketplace.kernel.errors import Faults, FieldError
from marketplace.kernel.quantity import QUANTITY_MAX
from marketplace.trade.compare.schemas import Ask

if TYPE_CHECKING:
    from collections.abc import Mapping

_QUANTITY = re.compile(r"[0-9]{1,12}(?:\.[0-9]{1,3})?", re.ASCII)
_POSTAL = re.compile(r"[A-Z0-9][A-Z0-9 -]{0,11}", re.ASCII)
_DATE = re.compile(r"(20[0-9]{2})-([0-9]{2})-([0-9]{2})", re.ASCII)
DIGITS_MAX = POSTAL_MAX = 12
COUNTRY_CURRENCY = {
    "VN": "VND", "AE": "AED", "KW": "KWD", "PL": "PLN", "TR": "TRY", "US": "USD", "JP": "JPY", "SA": "SAR", "QA": "QAR", "BH": "BHD", "OM": "OMR",
    "GB": "GBP", "CH": "CHF", "CN": "CNY", "IN": "INR", "CZ": "CZK", "HU": "HUF", "SE": "SEK", "DK": "DKK", "NO": "NOK",
}  # fmt: skip


def read_ask(given: Mapping[str, str], *, unit_decimals: int, today: date, currency: str) -> Ask:
    """Read the parameters of a comparison: quantity in units as ASCII decimal text, ISO country, postal code, ISO date, ISO currency.

    `currency` is what an empty parameter means. Raises: InvalidInput naming each parameter that cannot be used.
    """
    errors = Faults()
    steps = _steps(given.get("quantity", ""), unit_decimals, errors)
    country = errors.take(lambda: check_country(given.get("country", "").strip().upper()), "")
    postal_code = given.get("postal_code", "").strip().upper()
    if postal_code and not _is_postal(postal_code):
        errors.append(FieldError("/postal_code", "not-a-postal-code", "A postal code is up to 12 letters, digits, spaces and hyphens.", {}))
    need_by = _need_by(given.get("need_by", "").strip(), today, errors)
    wanted = given.get("currency", "").strip() or currency
    if wanted not in CURRENCIES:
        errors.append(FieldError("/currency", "unknown-currency", "Give the currency as three capitals of ISO 4217, such as EUR.", {}))
    errors.refuse()
    return Ask(quantity=steps, country=country, postal_code=postal_code, need_by=need_by, currency=wanted)


def _is_postal(text: str) -> bool:
    """Tell whether this may be a postal code; for one that is but letters and digits the expression need not be asked."""
    return (len(text) <= POSTAL_MAX and text.isascii() and text.isalnum()) or _POSTAL.fullmatch(text) is not None


def _steps(text: str, decimals: int, errors: list[FieldError]) -> int:
    if len(text) <= DIGITS_MAX and text.isascii() and text.isdigit():
        whole, part = text, ""
    elif _QUANTITY.fullmatch(text):
        whole, _, part = text.partition(".")
        part = part.rstrip("0")
    else:
        errors.append(FieldError("/quantity", "not-a-quantity", "Give the quantity in digits, with a point before decimals.", {}))
        return 1
    if len(part) > decimals:
        if decimals:
            errors.append(FieldError("/quantity", "too-fine", "This product is counted with at most {decimals} decimals.", {"decimals": decimals}))
        else:
            errors.append(FieldError("/quantity", "too-fine", "This product is counted in whole units.", {"decimals": 0}))
        return 1
    steps = int(whole + part.ljust(decimals, "0"))
    if not 1 <= steps <= QUANTITY_MAX * 10**decimals:
        errors.append(FieldError("/quantity", "out-of-range", "Give a quantity above zero, at most 1,000,000.", {}))
        return 1
    return steps


def _need_by(text: str, today: date, errors: list[FieldError]) -> date | None:
    if not text:
        return None
    found = _DATE.fullmatch(text)
    try:
        day = date(*(int(part) for part in found.groups())) if found else None
    except ValueError:
        day = None
    if day is None:
        errors.append(FieldError("/need_by", "not-a-date", "Give the date as year-month-day, such as 2026-12-14.", {}))
    elif day < today:
        errors.append(FieldError("/need_by", "in-the-past", "The needed-by date is in the past.", {}))
    return day


def currency_of(country: str, fallback: str) -> str:
    """Give the currency that buyers in a country think in; euro countries and all others get the fallback."""
    return COUNTRY_CURRENCY.get(country, fallback)
