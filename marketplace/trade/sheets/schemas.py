"""Owns the shape of what the comparison page shows."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec

from marketplace.trade.compare.schemas import Comparison, OfferOut
from vendors.prices.schemas import PriceLow


class PageView(msgspec.Struct, frozen=True, kw_only=True):
    """Everything the comparison page shows: the comparison, the product in the reader's language, pictures' places, and what is opened."""

    found: Comparison
    product: Any
    category: Any
    telling: list[tuple[str, str]]
    attributes: list[tuple[str, str]]
    unit: str
    unit_symbol: str
    picture: Any
    values: dict[str, str]
    why: OfferOut | None
    waterfall: Any
    history: list[tuple[datetime, Decimal]]
    low: tuple[PriceLow, Decimal] | None
    first: OfferOut | None
    locale: str
