"""Owns how quantities and prices are read and written: whole numbers or plain ASCII decimals, never floats.

Inside, a quantity counts the smallest steps of its unit. Outside it is told in units, one way in and out: a JSON integer where the unit is
of whole pieces, decimal text elsewhere. `docs/decisions/007-quantities.md` says why.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Annotated, NamedTuple

import msgspec

from marketplace.kernel.errors import FieldError, InvalidInput
from marketplace.kernel.i18n import lazy

UNIT_DECIMALS_MAX = 3
QUANTITY_MAX = 1_000_000
# bad-input table: at most twelve digits before the point, so that a price times a million still fits a bigint of minor units.
PRICE = re.compile(r"(0|[1-9][0-9]{0,11})(\.[0-9]{1,6})?", re.ASCII)
QUANTITY = re.compile(r"(0|[1-9][0-9]{0,9})(\.[0-9]{1,3})?", re.ASCII)
CHARACTERS_MAX = 24
# What every price stays below.
PRICE_BELOW = 10**12
# A quantity in an answer: counted in steps inside, written in units by `marketplace.kernel.http.in_units` where the unit has decimals.
Steps = Annotated[int, msgspec.Meta(extra_json_schema={"extra": {"type": ["integer", "string"], "pattern": r"^-?[0-9]+(\.[0-9]{1,3})?$"}})]


class Typed(str):
    """A quantity as somebody typed it: digits for every unit, because a form knows no numbers."""

    __slots__ = ()


class Measure(NamedTuple):
    """How much of a unit, for messages: worded in the reader's language, the symbol ("" for pieces) behind the figure."""

    amount: Decimal
    symbol: str = ""


class BadQuantity(InvalidInput):
    """The quantity cannot be used"""

    code = "bad-quantity"
    message = "The quantity cannot be used."


class BadPrice(InvalidInput):
    """The price cannot be used"""

    code = "bad-price"
    message = "The price cannot be used."


def parse_quantity(value: int | str, *, decimals: int, pointer: str = "/quantity", may_be_none: bool = False, most: int = QUANTITY_MAX) -> int:
    """Give a quantity in the smallest steps of its unit, which has 0 to 3 `decimals`.

    A unit of whole pieces takes a JSON integer; every other one ASCII decimal text with at most that many decimals, and no integer, which
    might be meant in units or in steps. What is `Typed` is text for every unit. More than 0, or 0 where nothing `may_be_none`; `most` is in
    units. Raises: BadQuantity pointing at `pointer`.
    """
    assert 0 <= decimals <= UNIT_DECIMALS_MAX, "a unit has 0 to 3 decimals"
    if isinstance(value, Typed):
        return _steps(value, decimals, pointer, may_be_none=may_be_none, most=most)
    if isinstance(value, bool) or (isinstance(value, str) and decimals == 0):
        raise _bad_quantity("not-a-whole-number", lazy("Give a whole number of pieces."), pointer)
    if isinstance(value, str):
        return _steps(value, decimals, pointer, may_be_none=may_be_none, most=most)
    if decimals:
        message = lazy("This unit has decimals: give the quantity as text, such as “12.5”.")
        raise _bad_quantity("not-decimal-text", message, pointer, decimals=decimals)
    _check_range(value, pointer, may_be_none=may_be_none, most=most)
    return value


def parse_quantity_text(text: str, *, decimals: int, pointer: str = "/quantity") -> int:
    """Give the quantity that somebody typed into a form or that stands in a query: ASCII digits for every unit. Raises: BadQuantity."""
    return _steps(text, decimals, pointer)


def _steps(text: str, decimals: int, pointer: str, *, may_be_none: bool = False, most: int = QUANTITY_MAX) -> int:
    if len(text) > CHARACTERS_MAX or QUANTITY.fullmatch(text) is None:
        raise _bad_quantity("not-a-number", lazy("Give a plain number such as 12 or 12.5, digits 0 to 9 only."), pointer)
    exact = Decimal(text)
    _check_range(exact, pointer, may_be_none=may_be_none, most=most)
    steps = exact.scaleb(decimals)
    if steps != steps.to_integral_value():
        message = lazy("Give a whole number of pieces.") if decimals == 0 else lazy("This unit takes at most {decimals} decimals.")
        raise _bad_quantity("too-many-decimals", message, pointer, decimals=decimals)
    return int(steps)


def _check_range(amount: int | Decimal, pointer: str, *, may_be_none: bool, most: int) -> None:
    if 0 < amount <= most or (may_be_none and amount == 0):
        return
    message = lazy("Give a quantity of at most {most}.") if may_be_none else lazy("Give a quantity above 0 and at most {most}.")
    raise _bad_quantity("out-of-range", message, pointer, most=most)


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


def in_units(steps: int, *, decimals: int) -> int | str:
    """Give a quantity as JSON tells it: the very number for whole pieces, else decimal text in units, which may be sent back as it is."""
    return quantity_text(steps, decimals=decimals) if decimals else steps


def measure(steps: int, *, decimals: int, symbol: str = "") -> Measure:
    """Give a quantity as a message tells it."""
    return Measure(Decimal(quantity_text(steps, decimals=decimals)), symbol)


def parse_price(text: str, *, pointer: str = "/unit_price") -> Decimal:
    """Give a unit price or rate in major units: ASCII digits, at most twelve before and six after the point, not negative. Raises: BadPrice."""
    if not isinstance(text, str) or len(text) > CHARACTERS_MAX or PRICE.fullmatch(text) is None:
        message = lazy("Give a price as a plain decimal such as 12.50: digits 0 to 9, a point, at most 6 decimals.")
        raise BadPrice(errors=(FieldError(pointer, "bad-price", message, {}),))
    return Decimal(text)


def base_quantity(*, decimals: int) -> int:
    """Give the quantity, in steps, that every unit price is the price of: one of the unit (EN 16931, BT-149)."""
    return int(10**decimals)


def pack_price(unit_price: Decimal | None, *, pack_size: int, decimals: int) -> Decimal | None:
    """Give exactly what a pack comes to, in the price's currency and before freight: the unit price times the units in it.

    None without a price, where the pack is one unit or less and so is none, and where it would come to more than any price may be.
    """
    if unit_price is None or pack_size <= base_quantity(decimals=decimals):
        return None
    price = unit_price * Decimal(pack_size).scaleb(-decimals)
    return price if price < PRICE_BELOW else None


def plain(value: Decimal) -> str:
    """Write a number without exponent and without zeros that say nothing."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
