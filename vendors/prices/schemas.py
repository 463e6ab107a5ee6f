"""Owns the shapes of an offer's prices over time."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from uuid import UUID

import msgspec

from marketplace.kernel.quantity import Steps
from vendors.offers.schemas import Tier


class Span(msgspec.Struct, frozen=True):
    """From when a price holds, and until when; None means until another one begins."""

    starts: datetime
    ends: datetime | None = None


class NewPrice(msgspec.Struct, frozen=True, kw_only=True):
    """A price to plan: `starts` None is now, `ends` None until another one begins. After its end the former price holds again."""

    tiers: tuple[Tier, ...]
    starts: datetime | None = None
    ends: datetime | None = None


class PriceVersion(msgspec.Struct, frozen=True):
    """A price of an offer as it stands on record: `by` is who wrote it, as the supplier knows them, "" for the market's own or an API key."""

    id: UUID
    seq: int
    starts: datetime
    ends: datetime | None
    tiers: tuple[Tier, ...]
    written_at: datetime
    by: str
    is_key: bool
    withdrawn_at: datetime | None

    def state(self, now: datetime, in_force: UUID | None) -> str:
        """Tell whether it is withdrawn, coming, in_force or past."""
        if self.withdrawn_at is not None:
            return "withdrawn"
        if self.starts > now:
            return "coming"
        return "in_force" if self.id == in_force else "past"


class PriceLow(msgspec.Struct, frozen=True, kw_only=True):
    """The lowest unit price of an offer at its smallest quantity over the last 30 days, in its own currency.

    It holds or held since `since`, which may be longer ago, and until `until`, null while it still holds.
    """

    offer_id: UUID
    supplier_name: str
    unit_price: Decimal
    currency: str
    unit_decimals: int
    quantity: Steps
    since: datetime
    until: datetime | None
