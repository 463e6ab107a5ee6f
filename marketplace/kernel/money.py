"""Owns exact money: integer minor units with a currency, rounding on the settle step, and allocation that loses nothing."""

from __future__ import annotations

from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING

import msgspec

from marketplace.kernel.currencies import exponent, settle_step
from marketplace.kernel.errors import DomainError

if TYPE_CHECKING:
    from collections.abc import Sequence

LINE_MINOR_MAX = 10**14
ORDER_MINOR_MAX = 10**15


class AmountTooLarge(DomainError):
    """The amount is too large"""

    status = 422
    code = "order-too-large"
    message = "The amount passes what one line or order may carry."


class Money(msgspec.Struct, frozen=True):
    """An amount in minor units of an ISO 4217 currency. Amounts of two currencies never mix."""

    amount_minor: int
    currency: str

    def __lt__(self, other: Money) -> bool:
        """Compare two amounts of one currency."""
        assert self.currency == other.currency, "amounts of two currencies are never compared"
        return self.amount_minor < other.amount_minor

    def __le__(self, other: Money) -> bool:
        """Compare two amounts of one currency."""
        assert self.currency == other.currency, "amounts of two currencies are never compared"
        return self.amount_minor <= other.amount_minor

    def __add__(self, other: Money) -> Money:
        """Add two amounts of one currency."""
        assert self.currency == other.currency, "amounts of two currencies are never added"
        return Money(self.amount_minor + other.amount_minor, self.currency)

    def __sub__(self, other: Money) -> Money:
        """Subtract an amount of the same currency."""
        assert self.currency == other.currency, "amounts of two currencies are never subtracted"
        return Money(self.amount_minor - other.amount_minor, self.currency)

    @property
    def decimal(self) -> Decimal:
        """Give the amount in major units, with exactly the currency's decimals."""
        return Decimal(self.amount_minor).scaleb(-exponent(self.currency))


def _half_up(numerator: int, denominator: int) -> int:
    """Round a fraction half up, away from zero. Whole numbers only: a Decimal's 28 digits would round once before."""
    rounded = (2 * abs(numerator) + denominator) // (2 * denominator)
    return -rounded if numerator < 0 else rounded


def settle(amount_minor: Decimal, currency: str) -> int:
    """Round exact minor units half up (away from zero) to the currency's settle step. Shape: minor units in, minor units out."""
    step = settle_step(currency)
    numerator, denominator = amount_minor.as_integer_ratio()
    return _half_up(numerator, denominator * step) * step


def line_net_minor(unit_price: Decimal, *, quantity_steps: int, unit_decimals: int, currency: str) -> int:
    """Give a line's net amount in minor units: unit price (major units, 6 decimals) times quantity, half up to the settle step.

    `quantity_steps` counts the smallest step of the unit (`unit_decimals` 0 to 3).
    Raises: AmountTooLarge above 10^14 minor units.
    """
    step = settle_step(currency)
    numerator, denominator = unit_price.as_integer_ratio()
    net = _half_up(numerator * quantity_steps * 10 ** exponent(currency), denominator * 10**unit_decimals * step) * step
    if abs(net) > LINE_MINOR_MAX:
        raise AmountTooLarge
    return net


class LineNet(msgspec.Struct, frozen=True, gc=False):
    """What `line_net_minor` needs of a currency and a unit, as whole numbers: made once, used for many prices in millionths of the major unit.

    The net is `twice_numerator` times price and quantity, plus the denominator, over `twice_denominator`: half up.
    """

    twice_numerator: int
    denominator: int
    twice_denominator: int
    step: int

    def of(self, unit_price: int, quantity_steps: int) -> int:
        """Give a line's net amount, half up to the settle step. Nothing is below nought. Raises: AmountTooLarge above 10^14 minor units."""
        net = (unit_price * quantity_steps * self.twice_numerator + self.denominator) // self.twice_denominator * self.step
        if net > LINE_MINOR_MAX:
            raise AmountTooLarge
        return net


@lru_cache(maxsize=1000)
def line_net_in(currency: str, unit_decimals: int) -> LineNet:
    """Give it for a currency and the decimals of a unit."""
    step = settle_step(currency)
    denominator = 1_000_000 * 10**unit_decimals * step
    return LineNet(2 * 10 ** exponent(currency), denominator, 2 * denominator, step)


def allocate(total_minor: int, weights: Sequence[int], *, step: int = 1) -> list[int]:
    """Split a total over weights by largest remainder, in multiples of `step`; the parts always sum to the total.

    Ties go to the earlier part. A remainder that is no multiple of the step (an old total) goes to the first part with weight.
    With all weights zero the first part takes all.
    """
    assert weights, "an amount is split over at least one part"
    assert all(weight >= 0 for weight in weights), "weights are not negative"
    whole = sum(weights)
    if whole == 0:
        return [total_minor, *[0] * (len(weights) - 1)]
    sign = -1 if total_minor < 0 else 1
    steps, rest = divmod(abs(total_minor), step)
    shares = [divmod(steps * weight, whole) for weight in weights]
    parts = [share for share, _ in shares]
    by_remainder = sorted(range(len(weights)), key=lambda i: (-shares[i][1], i))
    for i in by_remainder[: steps - sum(parts)]:
        parts[i] += 1
    amounts = [part * step for part in parts]
    amounts[next(i for i, weight in enumerate(weights) if weight > 0)] += rest
    return [sign * amount for amount in amounts]


class Conversion(msgspec.Struct, frozen=True, gc=False):
    """A rate between the minor units of two currencies, as a fraction of whole numbers: made once, used for many amounts. Indicative: never posted."""

    numerator: int
    denominator: int

    @classmethod
    def between(cls, source: str, target: str, *, rate: Decimal) -> Conversion:
        """Make it of a rate: one unit of source in target."""
        numerator, denominator = rate.as_integer_ratio()
        return cls(numerator * 10 ** exponent(target), denominator * 10 ** exponent(source))

    def convert(self, amount_minor: int) -> int:
        """Convert an amount, half up to the target's minor unit."""
        if amount_minor < 0:
            return -self.convert(-amount_minor)
        return (2 * amount_minor * self.numerator + self.denominator) // (2 * self.denominator)


class Share(msgspec.Struct, frozen=True, gc=False):
    """A rate on amounts of one currency, as a fraction of whole numbers: made once, used for many amounts."""

    numerator: int
    denominator: int
    step: int

    @classmethod
    def of(cls, rate: Decimal, currency: str) -> Share:
        """Make it of a rate: 0.05 is five per cent."""
        numerator, denominator = rate.as_integer_ratio()
        step = settle_step(currency)
        return cls(numerator, denominator * step, step)

    def settled(self, amount_minor: int) -> int:
        """Give the share of an amount, half up to the currency's settle step, as `settle` rounds."""
        if amount_minor < 0:
            return -self.settled(-amount_minor)
        return (2 * amount_minor * self.numerator + self.denominator) // (2 * self.denominator) * self.step


def convert_minor(amount_minor: int, *, source: str, target: str, rate: Decimal) -> int:
    """Convert by `rate` (one unit of source in target), half up to the target's minor unit. Indicative only: never posted."""
    return Conversion.between(source, target, rate=rate).convert(amount_minor)
