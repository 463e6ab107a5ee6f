"""Owns the shapes of categories and their attributes."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated
from uuid import UUID

import msgspec

from marketplace.kernel.versions import Version

Name = Annotated[str, msgspec.Meta(max_length=120)]
Slug = Annotated[str, msgspec.Meta(pattern="^[a-z0-9]+(-[a-z0-9]+)*$", max_length=80)]
Grams = Annotated[int, msgspec.Meta(ge=1, le=10**9)]
HsPrefix = Annotated[str, msgspec.Meta(pattern="^[0-9]{2,10}$", max_length=10)]


class Option(msgspec.Struct, frozen=True):
    """One value that an attribute of kind enum may have, as products hold it, and what it is called in some languages."""

    value: str
    labels: dict[str, str] = {}


class CategoryAttribute(msgspec.Struct, frozen=True, kw_only=True):
    """One attribute of a category.

    `kind` is text, number, enum (one of `options`), bool, date (2026-12-08) or range (10..20). Numbers and the ends of ranges are in `unit` and lie
    between `minimum` and `maximum`, both included. Lists show the lowest `telling_rank` first; `is_facet` lets buyers narrow a list by it.
    """

    key: str
    kind: str
    unit: str = ""
    labels: dict[str, str] = {}
    is_required: bool = False
    telling_rank: int | None = None
    options: tuple[Option, ...] = ()
    minimum: Decimal | None = None
    maximum: Decimal | None = None
    is_facet: bool = False

    def label(self, locale: str) -> str:
        """Give the label in a locale, else in English, else the key made readable."""
        return self.labels.get(locale) or self.labels.get("en") or self.key.replace("_", " ").capitalize()

    def option_label(self, value: str, locale: str) -> str:
        """Give what an option is called in a locale, else in English, else the value itself."""
        labels = next((one.labels for one in self.options if one.value == value), {})
        return labels.get(locale) or labels.get("en") or value


class NewCategory(msgspec.Struct, frozen=True, kw_only=True):
    """A category to create. `names` has at least English; `attributes` are those it adds to what it inherits."""

    slug: str
    names: dict[str, str]
    parent_id: UUID | None = None
    position: int = 0
    hs_prefix: str | None = None
    typical_weight_grams: int | None = None
    attributes: tuple[CategoryAttribute, ...] = ()


class Category(msgspec.Struct, frozen=True, kw_only=True):
    """A category of the tree. `attributes` holds the inherited ones too, `own` those that it adds or says anew; `path` are the ids from the root to itself."""

    id: UUID
    parent_id: UUID | None
    slug: str
    names: dict[str, str]
    position: int
    hs_prefix: str | None
    typical_weight_grams: int | None
    version: int = 1
    path: tuple[UUID, ...] = ()
    attributes: tuple[CategoryAttribute, ...] = ()
    own: tuple[CategoryAttribute, ...] = ()

    def name(self, locale: str) -> str:
        """Give the name in a locale, in English where it has none."""
        return self.names.get(locale) or self.names["en"]

    @property
    def telling(self) -> tuple[CategoryAttribute, ...]:
        """Give the attributes that tell products of this category apart, the most telling first."""
        ranked = [attribute for attribute in self.attributes if attribute.telling_rank is not None]
        return tuple(sorted(ranked, key=lambda attribute: attribute.telling_rank or 0))


class CategoryOut(msgspec.Struct, frozen=True, kw_only=True):
    """A category as the API answers it, named in the reader's language."""

    id: UUID
    parent_id: UUID | None
    slug: str
    name: str
    depth: int
    products: int


class CategoryIn(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A category as sent. `slug` is part of addresses and stays for ever; `names` has at least English, and may have Vietnamese and Arabic."""

    slug: Slug
    names: dict[str, Name]
    parent_id: UUID | None = None
    hs_prefix: HsPrefix | None = None
    typical_weight_grams: Grams | None = None


class CategoryChange(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """What a category is called and what stands in where its products do not know better, whole; `version` is the one that was changed."""

    names: dict[str, Name]
    version: Version
    hs_prefix: HsPrefix | None = None
    typical_weight_grams: Grams | None = None


class CategoryMove(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Where a category with all below it goes: under a parent (None: the top), at a place among those there, the first being 0 (None: behind them)."""

    version: Version
    parent_id: UUID | None = None
    place: Annotated[int, msgspec.Meta(ge=0, le=9999)] | None = None


class CategoryKept(msgspec.Struct, frozen=True, kw_only=True):
    """A category as its keeper sees it. `typical_weight_grams` is in grams; `version` is sent along with the next change."""

    id: UUID
    parent_id: UUID | None
    slug: str
    names: dict[str, str]
    position: int
    hs_prefix: str | None
    typical_weight_grams: int | None
    version: int


class CategoryForm(msgspec.Struct, kw_only=True):
    """A category as typed; a change takes no slug and stays where it is."""

    name_en: Name = ""
    name_vi: Name = ""
    name_ar: Name = ""
    slug: Annotated[str, msgspec.Meta(pattern="^([a-z0-9]+(-[a-z0-9]+)*)?$", max_length=80)] = ""
    parent_id: UUID | None = None
    hs_prefix: HsPrefix | None = None
    typical_weight_grams: Grams | None = None
    version: Version = 1


class MoveForm(msgspec.Struct, kw_only=True):
    """Where a category goes, as typed."""

    parent_id: UUID | None = None
    place: Annotated[int, msgspec.Meta(ge=0, le=9999)] | None = None
    version: Version = 1
