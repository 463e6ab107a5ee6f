"""Owns the shapes of products."""

from __future__ import annotations

from uuid import UUID

import msgspec

AttributeValue = str | bool | int | float
FieldValue = AttributeValue | None
"""What one field of a product holds; None is nothing."""


class ProductWords(msgspec.Struct, frozen=True):
    """Title and description in one language."""

    title: str
    description: str = ""


class NewProduct(msgspec.Struct, frozen=True, kw_only=True):
    """A product to create or to bring up to date; (source, source_id) says which. `locale` is the language of title and description.

    `gtin` is 14 digits with a right check digit (`products.service.gtin14` makes it, or gives None); `other_gtins` find it too. `id` sets the id of a new product, else one is made.
    """

    source: str
    source_id: str
    title: str
    brand: str = ""
    part_number: str = ""
    gtin: str | None = None
    other_gtins: tuple[str, ...] = ()
    description: str = ""
    category_id: UUID | None = None
    unit_code: str = "C62"
    attributes: dict[str, AttributeValue] = {}
    weight_grams: int | None = None
    volume_cm3: int | None = None
    locale: str = "en"
    texts: dict[str, ProductWords] = {}
    state: str = "published"
    id: UUID | None = None


class Held(msgspec.Struct, frozen=True):
    """A product whole, as it is held, the fingerprint of what its source said of it last, and the title of what it was merged into."""

    product: NewProduct
    state: str
    fingerprint: str
    kept_title: str | None = None


class Saved(msgspec.Struct, frozen=True):
    """What a bulk save did: the ids in the order given, and which of them are new, changed and as before."""

    ids: list[UUID]
    created: list[UUID]
    updated: list[UUID]
    unchanged: list[UUID]


class ProductOut(msgspec.Struct, frozen=True, kw_only=True):
    """A product in the reader's language, with `category` as the slug of its category. `attributes` is plain data by key."""

    id: UUID
    slug: str
    title: str
    brand: str
    part_number: str
    gtin: str | None
    description: str
    attributes: dict[str, AttributeValue]
    category_id: UUID | None
    category: str | None
    unit_code: str
    weight_grams: int | None
    volume_cm3: int | None
    state: str


class ProductDetail(msgspec.Struct, frozen=True):
    """A product as the API answers it; attributes go through as PostgreSQL wrote them."""

    id: UUID
    slug: str
    title: str
    brand: str
    description: str
    part_number: str
    gtin: str | None
    category_id: UUID | None
    category: str | None
    unit_code: str
    weight_grams: int | None
    attributes: msgspec.Raw


class LiveProduct(msgspec.Struct, frozen=True, kw_only=True):
    """A product as its row is now, in its own language. Changes name its fields as `rules_fields.fields` does."""

    id: UUID
    source: str
    source_id: str
    locale: str
    state: str
    title: str
    brand: str
    part_number: str
    gtin: str | None
    category_id: UUID | None
    unit_code: str
    weight_grams: int | None
    volume_cm3: int | None
    description: str
    attributes: dict[str, AttributeValue]


class Changed(msgspec.Struct, frozen=True, kw_only=True):
    """What changing a product did: each changed field before and after, and the fingerprint that the product has now."""

    before: dict[str, FieldValue]
    after: dict[str, FieldValue]
    base: str


class Key(msgspec.Struct, frozen=True):
    """A normalised key that a product is found by."""

    scheme: str
    value: str


class LentText(msgspec.Struct, frozen=True):
    """A title and description in a further language."""

    locale: str
    title: str
    description: str


class Lent(msgspec.Struct, frozen=True, kw_only=True):
    """What a product that was retired into another gave it: keys and texts the other did not have, and who was sent on to it from then."""

    state: str
    keys: list[Key] = []
    texts: list[LentText] = []
    repointed: list[UUID] = []
