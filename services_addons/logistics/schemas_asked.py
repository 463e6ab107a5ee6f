"""Owns the shapes of the freight that buyers ask for: what is to go where, and a quote for each consignment."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec

from services_addons.logistics.schemas import CountryCode, PartOut

# As many as a cart holds.
LINES_MAX = 200
# A whole number of pieces, or ASCII decimal text where the unit has decimals.
Wanted = Annotated[int, msgspec.Meta(ge=1, le=1_000_000)] | Annotated[str, msgspec.Meta(pattern=r"^[0-9]{1,7}(\.[0-9]{1,3})?$", max_length=11)]


class AskedLineIn(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """So much of one offer."""

    product_id: UUID
    offer_id: UUID
    quantity: Wanted


class FreightAskIn(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """What one supplier is to send where."""

    supplier_id: UUID
    country: CountryCode
    postal_code: Annotated[str, msgspec.Meta(max_length=12)] = ""
    lines: Annotated[list[AskedLineIn], msgspec.Meta(min_length=1, max_length=LINES_MAX)]


class ConsignmentQuoteOut(msgspec.Struct, kw_only=True):
    """What the supplier's freight table asks for one consignment: offers that leave one site under one incoterm in one currency.

    Nothing is stored: the same question on the same day has the same `id` while the table and the exchange rate are the same. `state` is
    `known`, `included` (in the price by the incoterm) or `unknown` with a `reason`. `parts` add up to `amount_minor`. It holds from
    `valid_from` to `valid_to`, null without end: as long as the table and its surcharges; converted at a market's rate, for the day.
    """

    id: UUID
    supplier_id: UUID
    supplier_name: str
    offer_ids: list[UUID]
    ships_from: str
    country: str
    postal_code: str
    incoterm: str
    currency: str
    goods_minor: int
    state: Literal["known", "included", "unknown"]
    reason: str
    amount_minor: int | None
    parts: list[PartOut]
    is_estimated: bool
    is_invented: bool
    is_converted: bool
    transit_days: int | None
    rule_id: str
    source: str
    as_of: datetime | None
    valid_from: date
    valid_to: date | None
