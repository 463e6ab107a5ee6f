"""Owns the shapes of corrections."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec

from marketplace.catalogue.sorting.schemas import Decider, Phrase, Priority

MANY_MAX = 500
By = Literal["type", "brand"]


class CorrectionIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A product to place. `category_id` null lets the rules decide again; `seen_category_id`, where given, is where it stood when it was looked at."""

    product_id: UUID
    category_id: UUID | None
    seen_category_id: UUID | msgspec.UnsetType | None = msgspec.UNSET


class CorrectIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Products to place in one step."""

    items: Annotated[list[CorrectionIn], msgspec.Meta(min_length=1, max_length=MANY_MAX)]


class UndoIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which step to take back; your last one without it."""

    step_id: UUID | None = None


class Moved(msgspec.Struct, frozen=True):
    """A product that was left, because somebody moved it since it was looked at, and where it stands."""

    product_id: UUID
    category_id: UUID | None


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What a step did: how many products it placed, how many stood there already by an operator, and which were left: moved by others, or no longer there."""

    step_id: UUID
    corrected: int
    unchanged: int
    moved: list[Moved] = []
    gone: list[UUID] = []


class Step(msgspec.Struct, frozen=True):
    """A step of one operator: when, how many products, and the category of the first."""

    step_id: UUID
    at: datetime
    products: int
    to_category: UUID | None


class Correction(msgspec.Struct, frozen=True, kw_only=True):
    """One product of a step, as it was written."""

    product_id: UUID
    from_category: UUID | None
    to_category: UUID | None
    was_decided_by: str
    is_latest: bool


class Group(msgspec.Struct, frozen=True):
    """Unsorted products of one learned type or brand: what it is, how many, and some titles."""

    phrase: str
    products: int
    samples: list[str]


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """Which products to list. `category` is a slug, "" for all; `decided_by` is one of the deciders, "" for all."""

    text: str = ""
    category_id: UUID | None = None
    type: str = ""
    brand: str = ""
    decided_by: Decider | Literal[""] = ""


class Listed(msgspec.Struct, frozen=True):
    """A product in the list of those to correct."""

    id: UUID
    title: str
    brand: str
    part_number: str
    type: str
    category_id: UUID | None
    decided_by: Decider


class Proposed(msgspec.Struct, frozen=True, kw_only=True):
    """A rule that corrections speak for: `agree` of `corrected` products of these words were placed in this category."""

    kind: Literal["type", "attribute"]
    key: str
    phrase: str
    category_id: UUID
    corrected: int
    agree: int


class LearnIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The operator's answer to a proposed rule."""

    act: Literal["accept", "dismiss"]
    kind: Literal["type", "attribute"]
    key: Phrase = ""
    phrase: Phrase
    category_id: UUID
    priority: Priority = 50


class CorrectForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The form over the list: what is ticked as "product:category seen", and where it goes, or back to the rules; `back` is the list's own query."""

    act: Literal["place", "release"] = "place"
    chosen: Annotated[list[str], msgspec.Meta(max_length=MANY_MAX)] = []
    category_id: UUID | None = None
    back: Annotated[str, msgspec.Meta(max_length=2000)] = ""


class UndoForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The form that takes a step back; `back` is the query of the list it stands over."""

    step_id: UUID | None = None
    back: Annotated[str, msgspec.Meta(max_length=2000)] = ""


class RunForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The form that lets everything be sorted anew; nothing is in it."""


class RuleForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The form of one rule in the list."""

    version: int
    act: Literal["on", "off", "order"]
    priority: Priority | None = None
