"""Owns the shapes of disputes."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec

Reason = Annotated[str, msgspec.Meta(max_length=2000)]
Name = Annotated[str, msgspec.Meta(max_length=500)]
Short = Annotated[str, msgspec.Meta(max_length=200)]


# Where a dispute stands in a list: whether it is over, its rank in microseconds, its id.
Place = tuple[bool, int, UUID]


class DisputeIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a supplier says that its offer really is, and why."""

    title: Name
    reason: Reason
    brand: Short = ""
    part_number: Short = ""


class DisputeForm(msgspec.Struct, frozen=True):
    """The same from the page."""

    title: Name = ""
    reason: Reason = ""
    brand: Short = ""
    part_number: Short = ""


class DecisionIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The operator's answer: accepted, and the offer gets a product of its own, or refused with a reason."""

    act: Literal["accept", "refuse"]
    version: int
    answer: Reason = ""


class DecisionForm(msgspec.Struct, frozen=True):
    """The same from the page."""

    act: Literal["accept", "refuse"]
    version: int
    answer: Reason = ""


class WithdrawForm(msgspec.Struct, frozen=True):
    """A form of one button."""


class DisputeOut(msgspec.Struct, frozen=True, kw_only=True):
    """A dispute. `product_id` is where the offer stood, with what that product is called, `new_product_id` where it went when it was accepted."""

    id: UUID
    supplier_id: UUID
    supplier: str
    offer_id: UUID
    supplier_sku: str
    product_id: UUID
    product_title: str
    product_brand: str
    product_part_number: str
    reason: str
    title: str
    brand: str
    part_number: str
    state: Literal["open", "accepted", "refused", "withdrawn"]
    answer: str
    asked_at: datetime
    decided_at: datetime | None
    new_product_id: UUID | None
    version: int
