"""Owns the formula of the rates, version "rates-1"."""

from __future__ import annotations

from decimal import Decimal, localcontext
from typing import TYPE_CHECKING

from trust.score.schemas import RatesOut, ShareOut

if TYPE_CHECKING:
    from uuid import UUID

    from trust.score.schemas import Share, SupplierRates

FORMULA = "rates-1"
WINDOW_DAYS = 365
Z_90 = Decimal("1.6448536269514722")
PLACES = Decimal("0.000001")
NO_SHARE = ShareOut(0, 0, None, None, None)


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


def told(supplier_id: UUID, rates: SupplierRates | None) -> RatesOut:
    """Shape a supplier's rates for the answer; one without any order has counts of 0 and no rate."""
    if rates is None:
        return RatesOut(
            supplier_id=supplier_id,
            as_of=None,
            window_days=WINDOW_DAYS,
            on_time=NO_SHARE,
            acceptance=NO_SHARE,
            response_hours=None,
            formula=FORMULA,
        )
    return RatesOut(
        supplier_id=supplier_id,
        as_of=rates.as_of,
        window_days=rates.window_days,
        on_time=_told_share(rates.on_time),
        acceptance=_told_share(rates.acceptance),
        response_hours=rates.response_hours,
        formula=rates.formula,
    )


def _told_share(share: Share) -> ShareOut:
    rate = None if share.rate is None else share.rate.quantize(PLACES)
    return ShareOut(share.k, share.n, rate, share.low, share.high)
