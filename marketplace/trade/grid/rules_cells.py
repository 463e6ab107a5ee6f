"""Owns reading a cell as it was typed or pasted: in the number format of the reader's language, and never guessed where it could mean two things."""

from __future__ import annotations

import re
from decimal import Decimal
from functools import cache

import msgspec

from marketplace.kernel.currencies import exponent
from marketplace.kernel.errors import FieldError
from marketplace.kernel.formatting import number
from marketplace.kernel.i18n import lazy
from vendors.offers.errors import PriceOfNothing

PRICE_PLACES_MAX = 6
PRICE_DIGITS_MAX = 12
QUANTITY_DIGITS_MAX = 10
CHARACTERS_MAX = 30
_PLAIN = re.compile(r"[0-9]+", re.ASCII)


class Marks(msgspec.Struct, frozen=True):
    """How a language writes numbers: its decimal sign and the sign between thousands."""

    point: str
    group: str


class CellRefused(Exception):
    """What stands in a cell cannot be used; carries the sentence for it."""

    def __init__(self, code: str, message: str, **params: object) -> None:
        """Keep the code, the English message and its parameters."""
        super().__init__(code)
        self.code, self.message, self.params = code, message, params

    def at(self, pointer: str) -> FieldError:
        """Give the error at a place."""
        return FieldError(pointer, self.code, self.message, dict(self.params))


@cache
def marks(locale: str) -> Marks:
    """Give the signs of a language, as its own numbers are written on pages."""
    shown = number(Decimal("1111.5"), locale=locale)
    return Marks(shown[-2], shown[1])


def read_price(text: str, *, currency: str, signs: Marks) -> Decimal:
    """Read a unit price above zero with at most six decimals. Raises: CellRefused."""
    value = read_number(text, usual=exponent(currency), most=PRICE_PLACES_MAX, signs=signs)
    if not value:
        raise CellRefused(PriceOfNothing.code, PriceOfNothing.message)
    if value >= 10**PRICE_DIGITS_MAX:
        raise CellRefused("out-of-range", lazy("This price is too high."))
    return value


def read_quantity(text: str, *, decimals: int, signs: Marks) -> Decimal:
    """Read a quantity in units, zero or more, with at most the unit's decimals. Raises: CellRefused."""
    value = read_number(text, usual=decimals, most=decimals, signs=signs)
    if value >= 10**QUANTITY_DIGITS_MAX:
        raise CellRefused("out-of-range", lazy("This quantity is too large."))
    return value


def read_number(text: str, *, usual: int, most: int, signs: Marks) -> Decimal:
    """Read a number: digits, the language's thousands in whole groups of three, its decimal sign.

    `usual` is how many decimals such a number has as a rule, `most` how many it may have. Whoever types 1,234 in English may mean 1234, or
    paste 1.234 of a German sheet; where decimals and thousands can be mistaken for each other it is refused. Raises: CellRefused.
    """
    stripped = text.strip()
    if not stripped:
        raise CellRefused("empty", lazy("Give a number, or take the change back."))
    if len(stripped) > CHARACTERS_MAX or any(sign not in "0123456789.," for sign in stripped):
        raise CellRefused("not-a-number", lazy("Give digits 0 to 9 alone, without currency, unit, sign or spaces."))
    whole, point, fraction = stripped.partition(signs.point)
    groups = whole.split(signs.group)
    _check_form(groups, fraction, has_point=bool(point), signs=signs)
    if point:
        _check_decimals(groups, fraction, usual=usual, most=most, signs=signs)
    elif len(groups) == 2 and most and groups[0] != "0":  # noqa: PLR2004 - one sign with three digits behind it is what two languages read differently
        raise _ambiguous(groups[0], groups[1], signs)
    return Decimal("".join(groups) + (f".{fraction}" if fraction else ""))


def _check_form(groups: list[str], fraction: str, *, has_point: bool, signs: Marks) -> None:
    is_grouped = all(len(part) == 3 for part in groups[1:]) and (len(groups) == 1 or 1 <= len(groups[0]) <= 3)  # noqa: PLR2004 - thousands are three digits
    digits = [*groups, *([fraction] if has_point else [])]
    leads = groups[0].startswith("0") and (len(groups) > 1 or groups[0] != "0")
    if not is_grouped or leads or not all(_PLAIN.fullmatch(part) for part in digits):
        raise CellRefused("not-a-number", lazy("Write the number as this page does, such as {example}."), example=f"1{signs.group}234{signs.point}50")


def _check_decimals(groups: list[str], fraction: str, *, usual: int, most: int, signs: Marks) -> None:
    if len(fraction) > most:
        if most == 0:
            raise CellRefused("too-many-decimals", lazy("Give a whole number; this unit is not divided."))
        raise CellRefused("too-many-decimals", lazy("Give at most {decimals} decimals."), decimals=most)
    looks_grouped = len(fraction) == 3 and len(groups) == 1 and groups[0] != "0" and len(groups[0]) <= 3  # noqa: PLR2004 - as thousands are written
    if looks_grouped and usual < 3:  # noqa: PLR2004 - three decimals are usual for dinars and grams
        raise _ambiguous(groups[0], fraction, signs)


def _ambiguous(whole: str, rest: str, signs: Marks) -> CellRefused:
    message = lazy("This may mean {large} or {small}. Write it without thousands, or with another number of decimals.")
    return CellRefused("ambiguous", message, large=f"{whole}{rest}", small=f"{whole}{signs.point}{rest}0")


def shown_price(value: Decimal, *, currency: str, signs: Marks) -> str:
    """Write a unit price as a cell holds it: the currency's decimals or as many more as it has, no thousands."""
    used = max(exponent(currency), -int(value.normalize().as_tuple().exponent))
    return f"{value:.{min(used, PRICE_PLACES_MAX)}f}".replace(".", signs.point)


def shown_quantity(steps: int, *, decimals: int, signs: Marks) -> str:
    """Write a quantity in units as a cell holds it, without end zeros and thousands."""
    text = f"{Decimal(steps).scaleb(-decimals):f}"
    return (text.rstrip("0").rstrip(".") if "." in text else text).replace(".", signs.point)
