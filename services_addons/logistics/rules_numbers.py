"""Owns how measures, amounts and percentages are read from text and written as text: ASCII digits, one stated decimal sign, never guessed. Pure."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from marketplace.kernel.currencies import exponent
from marketplace.kernel.quantity import quantity_text

if TYPE_CHECKING:
    from services_addons.logistics.schemas import Basis

NUMBERS: Final = {"point": re.compile(r"[0-9]{1,15}(\.[0-9]{1,6})?", re.ASCII), "comma": re.compile(r"[0-9]{1,15}(,[0-9]{1,6})?", re.ASCII)}
# Grams in a kilogram, cm³ in a cubic metre.
MEASURE_DECIMALS: Final[dict[str, int]] = {"weight": 3, "volume": 6, "pallets": 0}


def measure_decimals(basis: Basis, currency: str) -> int:
    """Give the decimals of what a table's bounds are written in: kg of grams, m³ of cm³, pallets, or the major unit of the currency."""
    return exponent(currency) if basis == "value" else MEASURE_DECIMALS[basis]


def read_number(text: str, *, decimals: int, sign: str = "point") -> int | None:
    """Give a number in its smallest steps; None for what is none, or has more decimals than it may. Thousands are never grouped."""
    if NUMBERS[sign].fullmatch(text.strip()) is None:
        return None
    exact = Decimal(text.strip().replace(",", ".")).scaleb(decimals)
    return int(exact) if exact == exact.to_integral_value() else None


def write_number(steps: int | None, *, decimals: int, sign: str = "point") -> str:
    """Write a number without zeros that say nothing; None is blank."""
    text = "" if steps is None else quantity_text(steps, decimals=decimals)
    return text.replace(".", ",") if sign == "comma" else text


def write_amount(minor: int | None, currency: str) -> str:
    """Write an amount in major units with all the decimals of its currency; None is blank."""
    return "" if minor is None else f"{Decimal(minor).scaleb(-exponent(currency)):f}"


def percent_of(text: str, *, sign: str = "point") -> Decimal | None:
    """Give the fraction of a percentage: "12.5" is 0.125. None for what is none."""
    if NUMBERS[sign].fullmatch(text.strip()) is None:
        return None
    return (Decimal(text.strip().replace(",", ".")) / 100).quantize(Decimal("0.000001"))


def write_percent(rate: Decimal, *, sign: str = "point") -> str:
    """Write a fraction as a percentage: 0.125 is "12.5"."""
    text = f"{(rate * 100).normalize():f}"
    return text.replace(".", ",") if sign == "comma" else text
