"""Owns the shapes of what is asked of attributes: faults, schemas as sent and kept, their versions, and what a version breaks."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec

from marketplace.catalogue.taxonomy.schemas import CategoryAttribute

Key = Annotated[str, msgspec.Meta(pattern="^[a-z0-9][a-z0-9_]*$", max_length=100)]
Kind = Literal["text", "number", "enum", "bool", "date", "range"]
Bound = Annotated[str, msgspec.Meta(pattern=r"^-?[0-9]{1,12}(\.[0-9]{1,6})?$", max_length=20)]
Label = Annotated[str, msgspec.Meta(max_length=120)]
Reason = Annotated[str, msgspec.Meta(min_length=3, max_length=500, pattern="^[^\\x00]*$")]
Code = Literal["missing", "wrong-type", "not-an-option", "outside-range", "unit"]


class Fault(msgspec.Struct, frozen=True, kw_only=True):
    """What is wrong with one attribute of a product. `code` is one of FAULTS; `message` is an English msgid with {named} `params`."""

    key: str
    code: str
    message: str
    params: dict[str, Any] = {}


class OptionIn(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """One value of an enum as sent, with what it is called in some languages."""

    value: Annotated[str, msgspec.Meta(min_length=1, max_length=120)]
    labels: dict[str, Label] = {}


class AttributeIn(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A definition as sent. `unit` and the bounds belong to numbers and ranges, bounds as decimals ("0.5"); `options` to enums."""

    key: Key
    kind: Kind
    labels: dict[str, Label]
    unit: Annotated[str, msgspec.Meta(max_length=20)] = ""
    options: Annotated[list[OptionIn], msgspec.Meta(max_length=200)] = []
    minimum: Bound | None = None
    maximum: Bound | None = None
    is_required: bool = False
    telling_rank: Annotated[int, msgspec.Meta(ge=0, le=99)] | None = None
    is_facet: bool = False


class SchemaDraft(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """The own attributes that a category would have, whole and in their order."""

    attributes: Annotated[list[AttributeIn], msgspec.Meta(max_length=100)]


class SchemaIn(SchemaDraft, kw_only=True):
    """The same to be published, with the reason; `after` is the version that it was made from, 0 where none was published yet."""

    reason: Reason
    after: Annotated[int, msgspec.Meta(ge=0, le=2**31 - 1)]


class Sample(msgspec.Struct, frozen=True, kw_only=True):
    """A product that has a fault, and what it holds there."""

    id: UUID
    title: str
    value: str | None = None


class FaultyProduct(msgspec.Struct, frozen=True, kw_only=True):
    """A product in the list of those that have a fault."""

    id: UUID
    title: str
    brand: str
    part_number: str
    value: str | None = None


class FaultCount(msgspec.Struct, frozen=True, kw_only=True):
    """How many products have one fault under one attribute, how many of them had a fault there before, and some of them."""

    key: str
    code: str
    products: int
    already: int
    samples: tuple[Sample, ...] = ()


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What a schema does to the `products` of its category and below: `broken` of them have a fault under a changed attribute.

    With `is_about` the category is too large to look at each: the counts are those of a sample, scaled. `changed` are the keys whose definition differs.
    """

    products: int = 0
    broken: int = 0
    is_about: bool = False
    changed: tuple[str, ...] = ()
    faults: tuple[FaultCount, ...] = ()


class SchemaVersion(msgspec.Struct, frozen=True, kw_only=True):
    """One published version of a category's own attributes: `actor` names who, `report` what it broke at that time."""

    id: UUID
    category_id: UUID
    version: int
    attributes: tuple[CategoryAttribute, ...]
    reason: str
    actor: str
    at: datetime
    report: Report


class AttributeOut(msgspec.Struct, frozen=True, kw_only=True):
    """An attribute that counts for a category; `from_category` is the slug of the category that says it, its own or one above."""

    definition: CategoryAttribute
    from_category: str
    is_own: bool
    is_override: bool


class SchemaOut(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked of the products of a category now, inherited attributes included, and the number of the last published version (0: none)."""

    category_id: UUID
    category: str
    version: int
    attributes: tuple[AttributeOut, ...]


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """One attribute before and after a version; None where it was not, or is no longer."""

    key: str
    before: CategoryAttribute | None
    after: CategoryAttribute | None


class AttributeForm(msgspec.Struct, kw_only=True):
    """One attribute as typed. `was` is the key that it had, "" for a new one; options stand one to a line, with labels behind bars."""

    step: str = ""
    was: str = ""
    key: str = ""
    kind: str = ""
    label_en: str = ""
    label_vi: str = ""
    label_ar: str = ""
    unit: str = ""
    minimum: str = ""
    maximum: str = ""
    options: str = ""
    telling_rank: str = ""
    is_required: bool = False
    is_facet: bool = False
    after: int = 0
    reason: str = ""
