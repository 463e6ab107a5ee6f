"""Owns the SQL of the category tree; public tables, so no organisation scopes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from marketplace.catalogue.taxonomy.schemas import Category, CategoryAttribute, Option
from marketplace.kernel.database import connection

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

Names = dict[str, str]


async def all_categories() -> list[Category]:
    """Read the whole tree without paths, parents before children, each level in its order."""
    rows = await connection().fetch(
        "SELECT c.id, c.parent_id, c.slug, c.names, c.position, c.hs_prefix, c.typical_weight_grams, c.version FROM catalogue.categories c "
        "ORDER BY (SELECT max(d.depth) FROM catalogue.category_descendants d WHERE d.category_id = c.id), c.position, c.slug"
    )
    return [
        Category(
            id=row["id"],
            parent_id=row["parent_id"],
            slug=row["slug"],
            names=msgspec.json.decode(row["names"], type=Names),
            position=row["position"],
            hs_prefix=row["hs_prefix"],
            typical_weight_grams=row["typical_weight_grams"],
            version=row["version"],
        )
        for row in rows
    ]


async def all_attributes() -> dict[UUID, tuple[CategoryAttribute, ...]]:
    """Read each category's own attributes in their order."""
    rows = await connection().fetch(
        "SELECT category_id, key, kind, unit, labels, is_required, telling_rank, options, minimum, maximum, is_facet FROM catalogue.category_attributes "
        "ORDER BY category_id, position, key"
    )
    found: dict[UUID, tuple[CategoryAttribute, ...]] = {}
    for row in rows:
        about = dict(row)
        category_id = about.pop("category_id")
        about["labels"] = msgspec.json.decode(about["labels"], type=Names)
        about["options"] = msgspec.json.decode(about["options"], type=tuple[Option, ...])
        found[category_id] = (*found.get(category_id, ()), CategoryAttribute(**about))
    return found


async def product_counts() -> dict[UUID | None, int]:
    """Count the published products under each category, descendants included; under None those without a category."""
    rows = await connection().fetch(
        "SELECT coalesce(d.ancestor_id, n.category_id), sum(n.products)::bigint FROM (SELECT category_id, count(*) AS products FROM catalogue.products "
        "WHERE state = 'published' GROUP BY category_id) n LEFT JOIN catalogue.category_descendants d USING (category_id) GROUP BY 1"
    )
    return {row[0]: row[1] for row in rows}


async def insert(rows: Sequence[tuple[object, ...]]) -> None:
    """Write categories as (id, parent_id, slug, names, position, hs_prefix, typical_weight_grams)."""
    await connection().executemany(
        "INSERT INTO catalogue.categories (id, parent_id, slug, names, position, hs_prefix, typical_weight_grams) VALUES ($1, $2, $3, $4, $5, $6, $7)",
        rows,
    )


async def insert_descendants(category_ids: Sequence[UUID]) -> None:
    """Write under which ancestors these new categories stand."""
    await connection().execute(
        "INSERT INTO catalogue.category_descendants (ancestor_id, category_id, depth) "
        "WITH RECURSIVE up AS (SELECT id AS category_id, id AS ancestor_id, parent_id, 0 AS depth FROM catalogue.categories WHERE id = ANY ($1) "
        "UNION ALL SELECT u.category_id, c.id, c.parent_id, u.depth + 1 FROM up u JOIN catalogue.categories c ON c.id = u.parent_id) "
        "SELECT ancestor_id, category_id, depth FROM up",
        category_ids,
    )


async def insert_attributes(category_id: UUID, attributes: Sequence[CategoryAttribute]) -> None:
    """Write the own attributes of a category, in their order."""
    await connection().executemany(
        "INSERT INTO catalogue.category_attributes (category_id, key, kind, unit, labels, is_required, telling_rank, options, minimum, maximum, is_facet, "
        "position) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        [(category_id, *_values(one), position) for position, one in enumerate(attributes)],
    )


def _values(one: CategoryAttribute) -> tuple[object, ...]:
    words = (msgspec.json.encode(one.labels).decode(), one.is_required, one.telling_rank, msgspec.json.encode(one.options).decode())
    return (one.key, one.kind, one.unit, *words, one.minimum, one.maximum, one.is_facet)


async def delete_attributes(category_id: UUID) -> None:
    """Take a category's own attributes away, to write others in their place."""
    await connection().execute("DELETE FROM catalogue.category_attributes WHERE category_id = $1", category_id)
