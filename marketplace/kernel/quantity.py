"""Owns how quantities and prices are read and written: whole numbers or plain ASCII decimals, never floats."""

from __future__ import annotations

import re
from decimal import Decimal

from marketplace.kernel.errors import FieldError, InvalidInput
from marketplace.kernel.i18n import lazy

UNIT_DECIMALS_MAX = 3
QUANTITY_MAX = 1_000_000
# bad-input table: at most twelve digits before the point, so that a price times a million still fits a bigint of minor units.
PRICE = re.compile(r"(0|[1-9][0-9]{0,11})(\.[0-9]{1,6})?", re.ASCII)
QUANTITY = re.compile(r"(0|[1-9][0-9]{0,6})(\.[0-9]{1,3})?", re.ASCII)
CHARACTERS_MAX = 24


class BadQuantity(InvalidInput):
    """The quantity cannot be used"""

    code = "bad-quantity"
    message = "The quantity cannot be used."


class BadPrice(InvalidInput):
    """The price cannot be used"""

    code = "bad-price"
    message = "The price cannot be used."


def parse_quantity(value: int | str, *, decimals: int, pointer: str = "/quantity") -> int:
    """Give a quantity in the smallest steps of its unit, which has 0 to 3 `decimals`.

    A unit of whole pieces takes a JSON integer; others an integer of whole units or an ASCII decimal string with at most that many
    decimals. More than 0, at most a million units.

    Raises: BadQuantity pointing at `pointer`.
    """
    assert 0 <= decimals <= UNIT_DECIMALS_MAX, "a unit has 0 to 3 decimals"
    if isinstance(value, bool) or (isinstance(value, str) and decimals == 0):
        raise _bad_quantity("not-a-whole-number", lazy("Give a whole number of pieces."), pointer)
    if isinstance(value, int):
        # Digits are counted before anything is multiplied: a number of five thousand digits stays cheap.
        if not 0 < value <= QUANTITY_MAX:
            raise _bad_quantity("out-of-range", lazy("Give a quantity above 0 and at most {most}."), pointer, most=QUANTITY_MAX)
        return int(value * 10**decimals)
    return _steps(value, decimals, pointer)


def parse_quantity_text(text: str, *, decimals: int, pointer: str = "/quantity") -> int:
    """Give the quantity that somebody typed into a form or that stands in a query: ASCII digits for every unit. Raises: BadQuantity."""
    return _steps(text, decimals, pointer)


def _steps(text: str, decimals: int, pointer: str) -> int:
    if len(text) > CHARACTERS_MAX or QUANTITY.fullmatch(text) is None:
        raise _bad_quantity("not-a-number", lazy("Give a plain number such as 12 or 12.5, digits 0 to 9 only."), pointer)
    exact = Decimal(text)
    if not 0 < exact <= QUANTITY_MAX:
        raise _bad_quantity("out-of-range", lazy("Give a quantity above 0 and at most {most}."), pointer, most=QUANTITY_MAX)
    steps = exact.scaleb(decimals)
    if steps != steps.to_integral_value():
        message = lazy("Give a whole number of pieces.") if decimals == 0 else lazy("This unit takes at most {decimals} decimals.")
        raise _bad_quantity("too-many-decimals", message, pointer, decimals=decimals)
    return int(steps)


def _bad_quantity(code: str, message: str, pointer: str, **params: object) -> BadQuantity:
    return BadQuantity(errors=(FieldError(pointer, code, message, params),))


def quantity_text(steps: int, *, decimals: int) -> str:
    """Give a quantity as plain ASCII text without trailing zeros, for forms and files."""
    if decimals == 0:
        return str(steps)
    whole, part = divmod(abs(steps), 10**decimals)
    fraction = f"{part:0{decimals}d}".rstrip("0")
    sign = "-" if steps < 0 else ""
    return f"{sign}{whole}.{fraction}" if fraction else f"{sign}{whole}"


def parse_price(text: str, *, pointer: str = "/unit_price") -> Decimal:
    """Give a unit price or rate in major units: ASCII digits, at most twelve before and six after the point, not negative. Raises: BadPrice."""
    if not isinstance(text, str) or len(text) > CHARACTERS_MAX or PRICE.fullmatch(text) is None:
        message = lazy("Give a price as a plain decimal such as 12.50: digits 0 to 9, a point, at most 6 decimals.")
        raise BadPrice(errors=(FieldError(pointer, "bad-price", message, {}),))
    return Decimal(text)
