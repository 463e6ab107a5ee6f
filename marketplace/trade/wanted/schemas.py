"""Owns the shapes of what buyers ask for."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec

State = Literal["open", "looking", "found", "refused", "withdrawn"]
Kind = Literal["product", "category", "looking", "refused"]
Words = Annotated[str, msgspec.Meta(max_length=2000)]
Short = Annotated[str, msgspec.Meta(max_length=200)]


class WantedIn(msgspec.Struct, frozen=True, kw_only=True):
    """What a buyer asks for: `quantity` as decimal text in `unit_code`, `needed_by` as a day such as 2026-12-24; both may be left out."""

    text: Short = ""
    quantity: Annotated[str, msgspec.Meta(max_length=40)] = ""
    unit_code: Annotated[str, msgspec.Meta(max_length=3)] = "H87"
    needed_by: Annotated[str, msgspec.Meta(max_length=20)] = ""
    note: Words = ""


class AnswerIn(msgspec.Struct, frozen=True, kw_only=True):
    """The operator's answer: a product (its id or an address that holds it), a category by its slug, that a supplier is looked for, or why it is not sold."""

    kind: Kind
    version: int
    product: Annotated[str, msgspec.Meta(max_length=400)] = ""
    category: Short = ""
    words: Words = ""


class AnswerForm(msgspec.Struct, frozen=True, kw_only=True):
    """The same from the page, where nothing may be chosen yet."""

    kind: Kind | Literal[""] = ""
    version: int = 0
    product: Annotated[str, msgspec.Meta(max_length=400)] = ""
    category: Short = ""
    words: Words = ""


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What an organisation asks for. `quantity` is in the smallest steps of its unit. `read_at` is when the asker's organisation read the answer.

    States: open, looking (a supplier is looked for), found (there is a product or a category), refused (not sold here), withdrawn.
    """

    id: UUID
    organisation_id: UUID
    organisation: str
    person_id: UUID
    text: str
    quantity: int | None
    unit_code: str
    needed_by: date | None
    note: str
    segment: str
    locale: str
    state: State
    answer: str
    product_id: UUID | None
    category_id: UUID | None
    asked_at: datetime
    answered_at: datetime | None
    read_at: datetime | None
    version: int


class Near(msgspec.Struct, frozen=True):
    """What the catalogue has that is nearest to a text: words that are like those it does not know, and the best products."""

    words: list[str]
    products: list[tuple[UUID, str]]
