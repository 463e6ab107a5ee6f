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
    """A search to keep: words and what is chosen, as addresses of lists say it (`brand`, `attributes`, `price` …)."""

    name: Annotated[str, msgspec.Meta(max_length=400)]
    q: Annotated[str, msgspec.Meta(max_length=200)] = ""
    filters: dict[str, Annotated[str, msgspec.Meta(max_length=2000)]] = {}
    frequency: Frequency = "daily"


class StepIn(msgspec.Struct, frozen=True):
    """What to do with a saved search: pause, resume or delete it, or change how often it looks."""

    step: Step
    frequency: Frequency | None = None


class SearchOut(msgspec.Struct, frozen=True, kw_only=True):
    """A saved search of one person; `query` is what stands behind /search?. `state` is ended where its owner left the organisation."""

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


class Offer(msgspec.Struct, frozen=True):
    """An offer that sells and that the owner may see; its price is None where they may not see that. No offer has the id 0."""

    product_id: UUID
    offer_id: UUID
    supplier_id: UUID | None
    slug: str
    supplier: str
    lead: int
    currency: str
    price: Decimal | None


class News(msgspec.Struct, frozen=True):
    """Something that newly came in, and why that is news."""

    offer: Offer
    why: Why
    before: Decimal | None = None
