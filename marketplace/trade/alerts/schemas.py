"""Owns the shapes of saved searches and their alerts."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

import msgspec

Frequency = Literal["instant", "daily", "weekly"]
State = Literal["active", "paused", "deleted", "ended"]
Step = Literal["pause", "resume", "delete", "change"]
Why = Literal["product", "offer", "price"]


class SearchIn(msgspec.Struct, frozen=True, kw_only=True):
    """A search to keep: words and what is chosen, as addresses of lists say it (`brand`, `attributes`, `price` …). Chosen prices are in `currency`, without one in the organisation's."""

    name: Annotated[str, msgspec.Meta(max_length=400)]
    q: Annotated[str, msgspec.Meta(max_length=200)] = ""
    filters: dict[str, Annotated[str, msgspec.Meta(max_length=2000)]] = {}
    frequency: Frequency = "daily"
    currency: Annotated[str, msgspec.Meta(pattern="^([A-Z]{3})?$")] = ""


class StepIn(msgspec.Struct, frozen=True):
    """What to do with a saved search: pause, resume or delete it, or change how often it looks."""

    step: Step
    frequency: Frequency | None = None


class SearchOut(msgspec.Struct, frozen=True, kw_only=True):
    """A saved search of one person; `query` is what stands behind /search?. `state` is ended where its owner left the organisation.

    Chosen prices are in `currency`. A search of which not everything was known when it was kept tells only of offers made since.
    """

    id: UUID
    organisation_id: UUID
    person_id: UUID
    name: str
    text: str
    filters: dict[str, str]
    frequency: Frequency
    state: State
    created_at: datetime
    looked_at: datetime | None
    due_at: datetime
    currency: str = "EUR"
    knows_all: bool = True
    alerts: int = 0


class Alert(msgspec.Struct, frozen=True, kw_only=True):
    """What newly came into a saved search: a product without supplier, an offer, or a lower price. Prices are for a unit at the least quantity, in `currency`."""

    id: UUID
    search_id: UUID
    search: str
    product_id: UUID
    supplier: str
    why: Why
    price: Decimal | None
    before: Decimal | None
    currency: str
    found_at: datetime
    read_at: datetime | None


class Owner(msgspec.Struct, frozen=True):
    """Who a saved search looks for, as long as they are a member: None where they are not."""

    capacities: list[str]
    roles: list[str]
    locale: str
    currency: str


class Offer(msgspec.Struct, frozen=True):
    """An offer that sells and that the owner may see; its price is None where they may not see that. Where nobody offers a product, the product itself stands for an offer."""

    product_id: UUID
    offer_id: UUID
    supplier_id: UUID | None
    slug: str
    supplier: str
    lead: int
    currency: str
    price: Decimal | None
    made_at: datetime | None = None

    @property
    def is_bare(self) -> bool:
        """Tell whether this is a product that nobody offers."""
        return self.offer_id == self.product_id


class Seen(msgspec.Struct, frozen=True):
    """What a search saw of an offer when it looked last: its price, and the product that it stood on."""

    price: Decimal | None
    currency: str
    product_id: UUID


class News(msgspec.Struct, frozen=True):
    """Something that newly came in, and why that is news."""

    offer: Offer
    why: Why
    before: Decimal | None = None
