"""Owns the shapes of products side by side."""

from __future__ import annotations

from uuid import UUID

import msgspec

from marketplace.catalogue.products.schemas import AttributeValue
from marketplace.trade.search.schemas import ProductItem, SearchHit


class Cell(msgspec.Struct, frozen=True):
    """What one product says under an attribute: the value in the row's unit, and as the reader's language writes it; both None where it says nothing.

    `doubt` says why a number cannot be meant, "" where nothing speaks against it.
    """

    value: AttributeValue | None = None
    text: str | None = None
    doubt: str = ""


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One attribute of all the products, in their order. Numbers of the row are in `unit`, "" where no definition says one.

    `differs` is true where two products say different things, or one says something and another nothing.
    """

    key: str
    label: str
    unit: str
    cells: tuple[Cell, ...]
    differs: bool


class Alike(msgspec.Struct, frozen=True, kw_only=True):
    """Products side by side: each with its lowest price and number of suppliers, and the union of their attributes. `gone` are ids that lead nowhere now."""

    products: list[SearchHit]
    rows: list[Row]
    gone: list[UUID]

    @property
    def same(self) -> int:
        """Count the rows in which all products say the same."""
        return sum(not one.differs for one in self.rows)


class AlikeOut(msgspec.Struct, frozen=True, kw_only=True):
    """Products side by side as the API answers it."""

    products: list[ProductItem]
    rows: list[Row]
    gone: list[UUID]
