"""Owns the shapes of facets: what is chosen, what there is to choose, and what remains."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal, NamedTuple
from uuid import UUID

import msgspec

from marketplace.trade.search.schemas import ProductItem, SearchHit

Sort = Literal["relevance", "price", "lead"]


class Range(msgspec.Struct, frozen=True, order=True):
    """Numbers from `low` up to, but without, `high`; None where there is no end. Equal ends mean the one number."""

    low: Decimal | None = None
    high: Decimal | None = None

    def holds(self, number: Decimal) -> bool:
        """Tell whether a number lies in the range."""
        return (self.low is None or number >= self.low) and (self.high is None or number < self.high or number == self.low)


class Filters(msgspec.Struct, frozen=True, kw_only=True):
    """What of a list is chosen: any of the values of a facet, in each of the facets.

    Suppliers are slugs, lead times working days with both ends in,
    prices in the reference currency; `attributes` are texts, or ranges where the attribute is a number. One and the same offer fits suppliers, leads and prices.
    """

    category: str = ""
    brands: tuple[str, ...] = ()
    attributes: dict[str, tuple[str, ...]] = {}
    suppliers: tuple[str, ...] = ()
    leads: tuple[tuple[int, int | None], ...] = ()
    prices: tuple[Range, ...] = ()

    @property
    def narrows_offers(self) -> bool:
        """Tell whether offers are chosen among."""
        return bool(self.suppliers or self.leads or self.prices)

    @property
    def is_empty(self) -> bool:
        """Tell whether nothing but a category is chosen."""
        return not (self.brands or self.attributes or self.narrows_offers)


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A list as somebody asks for it: words, what is chosen, the order."""

    text: str = ""
    filters: Filters = Filters()
    sort: Sort = "relevance"


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """One value of a facet: as addresses and as people say it, how many products have it beside all else that is chosen; None where it was not counted: a category above the chosen one, a range of one's own."""

    value: str
    label: str
    products: int | None
    is_chosen: bool = False
    depth: int = 0


class Facet(msgspec.Struct, frozen=True, kw_only=True):
    """A property to narrow a list down by. `name` is that of its parameter, `key` the attribute's where it is one."""

    name: str
    label: str
    choices: list[Choice]
    key: str = ""
    unit: str = ""


class Counted(NamedTuple):
    """What was counted: the ids that remain in their order; (facet, value, label, count, lowest, highest) a value of products; a supplier; bands of lead times and prices."""

    ids: list[UUID]
    values: list[tuple[int, str | None, str | None, int, str | None, str | None]]
    suppliers: list[tuple[str, str, int]]
    leads: list[int]
    prices: list[int]


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """A page of what remains, and how it can be narrowed down. Where `is_exact` is false only the first 5,000 candidates were counted."""

    items: list[SearchHit]
    facets: list[Facet]
    total: int
    is_exact: bool
    next_place: tuple[int, UUID] | None
    ids: list[UUID]
    suggestion: str = ""


class FoundOut(msgspec.Struct, frozen=True):
    """A page of what remains as the API answers it; counts are exact where `is_exact` says so, else of the first 5,000 candidates."""

    items: list[ProductItem]
    facets: list[Facet]
    total: int
    is_exact: bool
    suggestion: str = ""
    next_cursor: str | None = None


class Suggested(msgspec.Struct, frozen=True, kw_only=True):
    """What the first letters of a search may mean: kind product, brand, type, category or words. `path` is the page that it leads to."""

    kind: str
    text: str
    note: str
    path: str
