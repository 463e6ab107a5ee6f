"""Owns the formula of the rates, version "rates-1"."""

from __future__ import annotations

from decimal import Decimal, localcontext

FORMULA = "rates-1"
WINDOW_DAYS = 365
Z_90 = Decimal("1.6448536269514722")
PLACES = Decimal("0.000001")


def wilson(k: int, n: int) -> tuple[Decimal, Decimal] | tuple[None, None]:
    """Give the 90 % score interval of a share k / n, rounded to six places; (None, None) for n = 0.

    Source: E. B. Wilson, Probable inference, the law of succession, and statistical inference, JASA 22 (1927), with z = 1.64485.
    Decimal arithmetic of fixed precision, so that a recomputing gives the same digits on every machine.
    """
    if n == 0:
        return None, None
    with localcontext(prec=28):
        share, square = Decimal(k) / n, Z_90 * Z_90
        middle = share + square / (2 * n)
        reach = Z_90 * (share * (1 - share) / n + square / (4 * n * n)).sqrt()
        scale = 1 + square / n
        low, high = (middle - reach) / scale, (middle + reach) / scale
    return max(low, Decimal(0)).quantize(PLACES), min(high, Decimal(1)).quantize(PLACES)
