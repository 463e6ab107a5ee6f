"""Owns the shapes of an offer's terms."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """What an offer says beside price and stock. Quantities count the unit's smallest step, `lead_days` working days of the site."""

    moq: int
    multiple: int
    pack_size: int
    lead_days: int
    incoterm: str
    origin_country: str
    condition: str
    site_id: UUID
    valid_from: datetime
    valid_to: datetime | None
    allows_backorder: bool
    visibility: str


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """One's own offer under its lock. `highest_start` is the highest quantity at which a price of now or later begins, 0 without a price."""

    product_id: UUID
    version: int
    state: str
    unit_decimals: int
    highest_start: int
    terms: Terms
