"""Owns the SQL that reads products whole, as they are held: with their texts and all their GTINs, by the thousand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from marketplace.catalogue.products.schemas import AttributeValue, Held, NewProduct, ProductWords
from marketplace.kernel.database import connection

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from asyncpg import Record

HELD = """SELECT p.id, p.source, p.source_id, p.title, p.brand, p.part_number, p.gtin, p.description, p.category_id, p.unit_code, p.attributes, p.weight_grams,
  p.volume_cm3, p.locale, p.state, p.content_hash,
  (SELECT k.title FROM catalogue.products k WHERE k.id = p.moved_to) AS kept_title,
  (SELECT jsonb_object_agg(t.locale, jsonb_build_array(t.title, t.description)) FROM catalogue.product_texts t WHERE t.product_id = p.id) AS texts,
  (SELECT array_agg(i.value ORDER BY i.value) FROM catalogue.product_identifiers i WHERE i.product_id = p.id AND i.scheme = 'gtin'
    AND i.value <> coalesce(ltrim(p.gtin, '0'), '')) AS gtins
  FROM catalogue.products p"""
OF_SOURCE = f"{HELD} WHERE p.source = $1 AND p.source_id = ANY ($2)"
# What is given out is in the order of arrival, which the ids have.
AFTER = f"""{HELD} WHERE p.id > $1 AND p.state <> 'retired'
  AND ($2::uuid IS NULL OR p.category_id IN (SELECT d.category_id FROM catalogue.category_descendants d WHERE d.ancestor_id = $2))
  AND ($3::text = '' OR p.source = $3) ORDER BY p.id LIMIT $4"""
LANGUAGES = "SELECT DISTINCT locale FROM catalogue.product_texts ORDER BY locale"
_attributes = msgspec.json.Decoder(dict[str, AttributeValue])
_texts = msgspec.json.Decoder(dict[str, tuple[str, str]])


async def of_source(source: str, source_ids: Sequence[str], *, is_locked: bool) -> dict[str, Held]:
    """Read products of a source by the ids that they have there, locked on request in the order of their ids."""
    sql = f"{OF_SOURCE} ORDER BY p.id FOR NO KEY UPDATE OF p" if is_locked else OF_SOURCE
    return {row["source_id"]: _held(row) for row in await connection().fetch(sql, source, source_ids)}


async def after(last: UUID, *, category_id: UUID | None, source: str, limit: int) -> list[Held]:
    """Read the next products that are not retired, under a category and of a source where these are given."""
    return [_held(row) for row in await connection().fetch(AFTER, last, category_id, source, limit)]


async def languages() -> list[str]:
    """List the languages that texts of products are in beside their own."""
    return [row[0] for row in await connection().fetch(LANGUAGES)]


def _held(row: Record) -> Held:
    texts = {locale: ProductWords(*words) for locale, words in _texts.decode(row["texts"]).items()} if row["texts"] else {}
    product = NewProduct(
        id=row["id"],
        source=row["source"],
        source_id=row["source_id"],
        title=row["title"],
        brand=row["brand"],
        part_number=row["part_number"],
        gtin=row["gtin"],
        other_gtins=tuple(sorted(value.zfill(14) for value in row["gtins"] or ())),
        description=row["description"],
        category_id=row["category_id"],
        unit_code=row["unit_code"],
        attributes=_attributes.decode(row["attributes"]),
        weight_grams=row["weight_grams"],
        volume_cm3=row["volume_cm3"],
        locale=row["locale"],
        texts=texts,
        state=row["state"],
    )
    return Held(product, row["state"], row["content_hash"], row["kept_title"])
