"""Owns the shapes of payments."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

import msgspec


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """How a group is paid. `due_days` count from the day of delivery."""

    method: str = "manual_transfer"
    timing: str = "due_date"
    due_days: int = 30


class Due(msgspec.Struct, frozen=True, kw_only=True):
    """What one order adds to its group's payment."""

    order_id: UUID
    vendor_id: UUID
    currency: str
    gross_minor: int


class ShareOut(msgspec.Struct, kw_only=True):
    """The part of a payment that belongs to one order; `owed_minor` is what is left after what was voided."""

    order_id: UUID
    vendor_id: UUID
    currency: str
    amount_minor: int
    captured_minor: int
    refunded_minor: int
    voided_minor: int
    owed_minor: int
    due_on: date | None
    state: str
    method: str
    timing: str
    due_days: int


class PaymentOut(msgspec.Struct, kw_only=True):
    """A payment of one group in one currency with its shares."""

    id: UUID
    group_id: UUID
    currency: str
    amount_minor: int
    voided_minor: int
    owed_minor: int
    method: str
    timing: str
    due_days: int
    due_on: date | None
    state: str
    created_at: datetime
    version: int
    shares: list[ShareOut] = []


class HeldPayment(msgspec.Struct, frozen=True, kw_only=True):
    """A payment under lock."""

    id: UUID
    buyer_id: UUID
    state: str
    amount_minor: int
    voided_minor: int
    due_days: int
