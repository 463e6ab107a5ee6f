"""Owns the shapes of search: hits for pages, items for the API."""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID

import msgspec

from marketplace.kernel.currencies import exponent


class Telling(msgspec.Struct, frozen=True):
    """One attribute that tells a product from its neighbours: label and value in the reader's language, unit included."""

    label: str
    value: str


class SearchHit(msgspec.Struct, frozen=True, kw_only=True):
    """A product in a list. `from_price` is the lowest unit price in `currency`; with no suppliers it is None ("no supplier yet")."""

    id: UUID
    slug: str
    title: str
    brand: str
    part_number: str
    gtin: str | None
    category_id: UUID | None
    category: str | None
    category_name: str
    unit_code: str
    # What stands behind a figure in the reader's language, "" for pieces.
    unit_name: str = ""
    telling: tuple[Telling, ...]
    from_price: Decimal | None
    currency: str
    suppliers: int
    offers: int
    available: int

    @property
    def shown_price(self) -> Decimal | None:
        """Give the lowest price as a list shows it: converted prices are approximate, so in the currency's digits, two more below 1."""
        if self.from_price is None:
            return None
        return round(self.from_price, exponent(self.currency) + (2 if self.from_price < 1 else 0))


class Ranked(msgspec.Struct, frozen=True):
    """What a text finds, the best first, with the score of each; `suggestion` is the text as it was read where words of it come nowhere, else ""."""

    ids: list[UUID]
    scores: list[float]
    suggestion: str


class Results(msgspec.Struct, frozen=True):
    """A page of hits. `next_offset` is where the next page begins, None on the last one; `ids` are all results in their order, at most 1,000."""

    items: list[SearchHit]
    next_offset: int | None
    ids: list[UUID]
    # The words as they were read, where some of the query come nowhere.
    suggestion: str = ""


class Narrower(msgspec.Struct, frozen=True):
    """A category that some of the results fall into, named for the reader."""

    slug: str
    name: str
    products: int


class ProductItem(msgspec.Struct, frozen=True):
    """A product in a list of the API. `from_price` is the lowest unit price in `currency` as decimal text, null while no supplier offers it."""

    id: UUID
    slug: str
    title: str
    brand: str
    part_number: str
    from_price: str | None
    currency: str
    suppliers: int
    offers: int


class ListPage(msgspec.Struct, frozen=True):
    """A page of a list as PostgreSQL wrote it: a JSON array of ProductItems, and the id after which the next page begins."""

    items: bytes
    after: UUID | None
