"""Owns the shapes of the score."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from uuid import UUID

import msgspec


class Share(msgspec.Struct, frozen=True):
    """`k` of `n` with a 90 % interval; rate and interval are None while n is 0. All three are shares of 1."""

    k: int
    n: int
    low: Decimal | None
    high: Decimal | None

    @property
    def rate(self) -> Decimal | None:
        """Give k / n, None while n is 0."""
        return Decimal(self.k) / self.n if self.n else None


class SupplierRates(msgspec.Struct, frozen=True, cache_hash=True):
    """A supplier's rates over `window_days` up to `as_of`. `response_hours` is the median from order to answer, None without one."""

    supplier_id: UUID
    as_of: datetime
    window_days: int
    on_time: Share
    acceptance: Share
    response_hours: Decimal | None
    formula: str


class Counts(msgspec.Struct, frozen=True):
    """What the outcomes of a window come to."""

    supplier_id: UUID
    on_time_k: int
    on_time_n: int
    acceptance_k: int
    acceptance_n: int
    response_hours: Decimal | None


class ShareOut(msgspec.Struct):
    """`k` of `n` orders; `rate`, `low` and `high` (the 90 % interval) are shares of 1, null while `n` is 0."""

    k: int
    n: int
    rate: Decimal | None
    low: Decimal | None
    high: Decimal | None


class RatesOut(msgspec.Struct, kw_only=True):
    """How a supplier has done over the `window_days` up to `as_of`, by the rules of `formula`; `as_of` is null before its first order.

    On time: arrived by the first promised date, of orders that were due. Acceptance: accepted, of orders that were answered or timed out.
    `response_hours` is the median from order to answer, null without one.
    """

    supplier_id: UUID
    as_of: datetime | None
    window_days: int
    on_time: ShareOut
    acceptance: ShareOut
    response_hours: Decimal | None
    formula: str
