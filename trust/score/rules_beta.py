"""Owns the quantile of the beta distribution, in decimal arithmetic of fixed precision: the same digits on every machine. Pure.

The distribution function is the continued fraction of DLMF 8.17.22 (https://dlmf.nist.gov/8.17#E22), worked out by Lentz's method; the
logarithm of the gamma function is Stirling's series (DLMF 5.11.1) after a shift to the right. Decimal's `ln`, `exp`, `sqrt` and the four
operations are rounded as the General Decimal Arithmetic Specification says, so nothing depends on a mathematics library or a processor.
"""

from __future__ import annotations

from decimal import Context, Decimal, localcontext
from functools import lru_cache

PRECISION = Context(prec=34)
PLACES = Decimal("0.000001")
SMALL = Decimal("1e-22")
TINY = Decimal("1e-60")
CLOSE = Decimal("1e-12")
STEPS_MAX = 200
TERMS_MAX = 5000
SHIFT_TO = 30
HALF_LN_TWO_PI = Decimal("0.91893853320467274178032973640561763986139747363778341")
# Bernoulli numbers B2k over 2k(2k - 1), as numerator and denominator.
STIRLING = ((1, 12), (-1, 360), (1, 1260), (-1, 1680), (1, 1188), (-691, 360360), (1, 156), (-3617, 122400), (43867, 244188), (-174611, 125400))


def ln_gamma(value: Decimal) -> Decimal:
    """Give the logarithm of the gamma function of a number above 0, right to about 25 digits."""
    product = Decimal(1)
    while value < SHIFT_TO:
        product *= value
        value += 1
    total = (value - Decimal("0.5")) * value.ln() - value + HALF_LN_TWO_PI
    power = value
    for numerator, denominator in STIRLING:
        total += Decimal(numerator) / (denominator * power)
        power *= value * value
    return total - product.ln()


def _fraction(a: Decimal, b: Decimal, x: Decimal) -> Decimal:
    """Work out the continued fraction of the incomplete beta function."""
    c, d = Decimal(1), 1 - (a + b) * x / (a + 1)
    d = 1 / (d if abs(d) > TINY else TINY)
    value = d
    for m in range(1, TERMS_MAX):
        for coefficient in (
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ):
            d = 1 + coefficient * d
            d = 1 / (d if abs(d) > TINY else TINY)
            c = 1 + coefficient / c
            c = c if abs(c) > TINY else TINY
            step = c * d
            value *= step
        if abs(step - 1) < SMALL:
            break
    return value


def _distribution(a: Decimal, b: Decimal, x: Decimal, ln_beta: Decimal) -> Decimal:
    front = (a * x.ln() + b * (1 - x).ln() - ln_beta).exp()
    if x < (a + 1) / (a + b + 2):
        return front * _fraction(a, b, x) / a
    return 1 - front * _fraction(b, a, 1 - x) / b


def distribution(a: Decimal, b: Decimal, x: Decimal) -> Decimal:
    """Give the probability that a beta-distributed share is at most x. Shape: a and b above 0, x between 0 and 1."""
    with localcontext(PRECISION):
        return _distribution(a, b, x, ln_gamma(a) + ln_gamma(b) - ln_gamma(a + b)) if 0 < x < 1 else Decimal(int(x >= 1))


@lru_cache(maxsize=20_000)
def quantile(probability: Decimal, a: Decimal, b: Decimal) -> Decimal:
    """Give the share below which a beta-distributed one lies with this probability, rounded to six places.

    Newton's steps, each held inside the bracket that the last ones left; halving where a step would leave it.
    """
    with localcontext(PRECISION):
        ln_beta = ln_gamma(a) + ln_gamma(b) - ln_gamma(a + b)
        low, high = Decimal(0), Decimal(1)
        x = a / (a + b)
        for _ in range(STEPS_MAX):
            miss = _distribution(a, b, x, ln_beta) - probability
            low, high = (low, x) if miss > 0 else (x, high)
            density = ((a - 1) * x.ln() + (b - 1) * (1 - x).ln() - ln_beta).exp()
            following = x - miss / density if density else (low + high) / 2
            if not low < following < high:
                following = (low + high) / 2
            if abs(following - x) < CLOSE:
                x = following
                break
            x = following
        return x.quantize(PLACES)
