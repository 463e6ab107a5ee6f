"""Owns the SQL of products; public tables, so no organisation scopes them. What a viewer may see is decided by `state`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from marketplace.catalogue.products.schemas import AttributeValue, LiveProduct, ProductDetail, ProductOut
from marketplace.kernel.database import connection

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime
    from uuid import UUID

    from asyncpg import Record

# $2 is the reader's chain of languages; the inner part is not even started when the product's own language is the one wanted.
WORDS = """LEFT JOIN LATERAL (SELECT t.title, t.description FROM catalogue.product_texts t
  WHERE p.locale <> ($2::text[])[1] AND t.product_id = p.id AND t.locale = ANY ($2) AND array_position($2, t.locale) < coalesce(array_position($2, p.locale), 99)
  ORDER BY array_position($2, t.locale) LIMIT 1) w ON true"""

# The hot read: one statement, columns in the order of ProductDetail.
DETAIL = f"""SELECT p.id, p.slug, coalesce(w.title, p.title), p.brand, coalesce(w.description, p.description), p.part_number, p.gtin, p.category_id, c.slug,
  p.unit_code, p.weight_grams, p.attributes
  FROM catalogue.products p LEFT JOIN catalogue.categories c ON c.id = p.category_id {WORDS}
  WHERE p.id = $1 AND p.state = 'published'"""

BY_IDS = f"""SELECT p.id, p.slug, coalesce(w.title, p.title) AS title, p.brand, p.part_number, p.gtin, coalesce(w.description, p.description) AS description,
  p.attributes, p.category_id, c.slug AS category, p.unit_code, p.weight_grams, p.volume_cm3, p.state
  FROM catalogue.products p LEFT JOIN catalogue.categories c ON c.id = p.category_id {WORDS}
  WHERE p.id = ANY ($1)"""

TITLES = f"SELECT p.id, coalesce(w.title, p.title) FROM catalogue.products p {WORDS} WHERE p.id = ANY ($1)"

COLUMNS = (
    "id",
    "source",
    "source_id",
    "slug",
    "brand",
    "part_number",
    "gtin",
    "category_id",
    "state",
    "unit_code",
    "locale",
    "title",
    "description",
    "attributes",
    "weight_grams",
    "volume_cm3",
    "content_hash",
    "head",
    "name_tail",
    "type",
    "created_at",
    "updated_at",
)
TYPES = "uuid text text text text text text uuid text text text text text jsonb bigint bigint text text text text timestamptz timestamptz".split()  # noqa: SIM905 - reads as a row
# An update keeps the id, the identity, the slug (addresses do not move) and the day of creation.
KEPT = frozenset({"id", "source", "source_id", "slug", "created_at"})
# A product that was merged into another stays retired, whatever its source says of it, and a source that names no category leaves a product in
# the one that it has been sorted into.
SPECIAL = {"state": "CASE WHEN p.moved_to IS NULL THEN n.state ELSE p.state END", "category_id": "coalesce(n.category_id, p.category_id)"}
UPDATE = f"""UPDATE catalogue.products p SET {", ".join(f"{name} = {SPECIAL.get(name, f'n.{name}')}" for name in COLUMNS if name not in KEPT)}
  FROM unnest({", ".join(f"${at}::{kind}[]" for at, kind in enumerate(TYPES, 1))}) AS n ({", ".join(COLUMNS)}) WHERE p.id = n.id"""


async def ids_after(last: UUID, *, limit: int) -> list[UUID]:
    """Read the next product ids in their order, of any state."""
    return [row[0] for row in await connection().fetch("SELECT id FROM catalogue.products WHERE id > $1 ORDER BY id LIMIT $2", last, limit)]


async def detail(product_id: UUID, locales: list[str]) -> ProductDetail | None:
    """Read what the API answers about one published product."""
    row = await connection().fetchrow(DETAIL, product_id, locales)
    if row is None:
        return None
    values = list(row)
    values[-1] = msgspec.Raw(values[-1].encode())
    return ProductDetail(*values)


def _product(row: Record) -> ProductOut:
    values = dict(row)
    values["attributes"] = msgspec.json.decode(values["attributes"], type=dict[str, AttributeValue])
    return ProductOut(**values)


async def titles(ids: Sequence[UUID], chain: Sequence[str]) -> dict[UUID, str]:
    """Read titles by id, each in the first language of the chain that it has."""
    return {row[0]: row[1] for row in await connection().fetch(TITLES, list(ids), list(chain))}


async def source_ids(ids: Sequence[UUID]) -> dict[UUID, str]:
    """Read the ids that products have where they came from."""
    return {row[0]: row[1] for row in await connection().fetch("SELECT id, source_id FROM catalogue.products WHERE id = ANY ($1)", list(ids))}


async def by_ids(ids: Iterable[UUID], locales: list[str]) -> dict[UUID, ProductOut]:
    """Read products of any state by id."""
    return {row["id"]: _product(row) for row in await connection().fetch(BY_IDS, list(ids), locales)}


async def lock_source(source: str) -> None:
    """Let one writer at a time bring a source's products up to date, until the transaction ends."""
    await connection().execute("SELECT pg_advisory_xact_lock(hashtextextended('catalogue.products:' || $1, 0))", source)


async def known(source: str, source_ids: Sequence[str]) -> dict[str, tuple[UUID, str]]:
    """Read id and fingerprint of the products of a source that are here already."""
    rows = await connection().fetch(
        "SELECT source_id, id, content_hash FROM catalogue.products WHERE source = $1 AND source_id = ANY ($2)", source, source_ids
    )
    return {row[0]: (row[1], row[2]) for row in rows}


async def insert(rows: Sequence[tuple[object, ...]]) -> None:
    """Write new products, in the order of COLUMNS, by COPY."""
    await connection().copy_records_to_table("products", schema_name="catalogue", columns=COLUMNS, records=rows)


async def update(rows: Sequence[tuple[object, ...]]) -> None:
    """Bring known products up to date, in the order of COLUMNS; their texts and identifiers are cleared for the new ones."""
    await connection().execute(UPDATE, *(list(column) for column in zip(*rows, strict=True)))
    ids = [row[0] for row in rows]
    await connection().execute("DELETE FROM catalogue.product_texts WHERE product_id = ANY ($1)", ids)
    await connection().execute("DELETE FROM catalogue.product_identifiers WHERE product_id = ANY ($1)", ids)


async def insert_words(texts: Sequence[tuple[UUID, str, str, str]], identifiers: Sequence[tuple[UUID, str, str]]) -> None:
    """Write the texts in further languages and the normalised identifiers of new or cleared products."""
    if texts:
        await connection().copy_records_to_table(
            "product_texts", schema_name="catalogue", columns=("product_id", "locale", "title", "description"), records=texts
        )
    if identifiers:
        await connection().copy_records_to_table(
            "product_identifiers", schema_name="catalogue", columns=("product_id", "scheme", "value"), records=identifiers
        )


LIVE = """SELECT id, source, source_id, locale, state, title, brand, part_number, gtin, category_id, unit_code, weight_grams, volume_cm3, description, attributes
  FROM catalogue.products WHERE id = $1"""
# The fingerprint of its source stays: the same file again does not take back what people have changed since.
CHANGE = """UPDATE catalogue.products SET title = $2, brand = $3, part_number = $4, gtin = $5, category_id = $6, unit_code = $7, weight_grams = $8,
  volume_cm3 = $9, description = $10, attributes = $11, head = $12, name_tail = $13, type = $14, updated_at = $15 WHERE id = $1"""


async def live(product_id: UUID, *, is_locked: bool = False) -> LiveProduct | None:
    """Read a product as its row is, and with `is_locked` let nobody else change it until the transaction ends."""
    row = await connection().fetchrow(f"{LIVE} FOR NO KEY UPDATE" if is_locked else LIVE, product_id)
    if row is None:
        return None
    values = dict(row)
    values["attributes"] = msgspec.json.decode(values["attributes"], type=dict[str, AttributeValue])
    return LiveProduct(**values)


async def change(one: LiveProduct, *, kind: tuple[str, str, str | None], now: datetime) -> None:
    """Write what a locked product holds now, with the words of its title."""
    attributes = msgspec.json.encode(one.attributes).decode()
    about = (one.title, one.brand, one.part_number, one.gtin, one.category_id, one.unit_code, one.weight_grams, one.volume_cm3, one.description)
    await connection().execute(CHANGE, one.id, *about, attributes, *kind, now)


async def change_identifiers(product_id: UUID, *, gone: Iterable[tuple[str, str]], come: Iterable[tuple[str, str]]) -> None:
    """Let a product no longer be found by some keys, and be found by others; the rest of its keys stay."""
    for scheme, value in gone:
        await connection().execute(
            "DELETE FROM catalogue.product_identifiers WHERE product_id = $1 AND scheme = $2 AND value = $3", product_id, scheme, value
        )
    for scheme, value in come:
        await connection().execute("INSERT INTO catalogue.product_identifiers VALUES ($1, $2, $3) ON CONFLICT DO NOTHING", product_id, scheme, value)


# In the order of the keys, those that bear the number come before those whose number begins with it.
FIND = """SELECT p.id, p.slug, p.title, p.brand, p.part_number, p.gtin, p.description, p.attributes, p.category_id, c.slug AS category, p.unit_code, p.weight_grams,
    p.volume_cm3, p.state
  FROM (SELECT n.product_id, min(n.value COLLATE "C") AS value FROM (SELECT i.product_id, i.value FROM catalogue.product_identifiers i
      WHERE i.scheme IN ('part_number', 'gtin') AND i.value COLLATE "C" >= $1 AND i.value COLLATE "C" < $1 || chr(1114111)
      ORDER BY i.value COLLATE "C" LIMIT 200) n GROUP BY n.product_id) f
  JOIN catalogue.products p ON p.id = f.product_id LEFT JOIN catalogue.categories c ON c.id = p.category_id
  WHERE p.state = 'published' ORDER BY f.value COLLATE "C", p.id LIMIT $2"""


async def find(key: str, *, limit: int) -> list[ProductOut]:
    """Find published products by an identifier's key, in their own language: those that bear it first, then those whose number begins with it."""
    return [_product(row) for row in await connection().fetch(FIND, key, limit)]


async def set_categories(wanted: Sequence[tuple[UUID, UUID | None]], *, now: datetime) -> list[UUID]:
    """Put locked products into categories, and give those that stood elsewhere."""
    rows = await connection().fetch(
        "UPDATE catalogue.products p SET category_id = n.category_id, updated_at = $3 FROM unnest($1::uuid[], $2::uuid[]) AS n (id, category_id) "
        "WHERE p.id = n.id AND p.category_id IS DISTINCT FROM n.category_id RETURNING p.id",
        [one for one, _ in wanted],
        [category_id for _, category_id in wanted],
        now,
    )
    return sorted(row[0] for row in rows)
