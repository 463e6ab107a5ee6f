"""Owns the shapes of exchange rates."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

import msgspec


class Rate(msgspec.Struct, frozen=True, kw_only=True):
    """What one unit of the base costs in the quote. A cross has both providers, the older time, and is fixed if one part is."""

    rate: Decimal
    provider: str
    as_of: datetime
    is_fixed: bool


class NewRate(msgspec.Struct, frozen=True, kw_only=True):
    """A rate to append: one unit of `base` costs `rate` of `quote`, at most ten decimals."""

    base: str
    quote: str
    rate: Decimal
