"""Owns the SQL that changes the tree: one change at a time, with the descendants of all ancestors kept right."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from marketplace.catalogue.taxonomy.schemas import CategoryKept
from marketplace.kernel.database import connection

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from uuid import UUID

KEPT = "id, parent_id, slug, names, position, hs_prefix, typical_weight_grams, version"


async def lock() -> None:
    """Let one change of the tree happen at a time, until the transaction ends: two moves that are fine by themselves can make a circle together."""
    await connection().execute("SELECT pg_advisory_xact_lock(hashtextextended('catalogue.categories', 0))")


async def kept(category_id: UUID) -> CategoryKept | None:
    """Read one category as its keeper sees it."""
    row = await connection().fetchrow(f"SELECT {KEPT} FROM catalogue.categories WHERE id = $1", category_id)
    if row is None:
        return None
    values = dict(row)
    values["names"] = msgspec.json.decode(values["names"], type=dict[str, str])
    return CategoryKept(**values)


async def is_slug_taken(slug: str) -> bool:
    """Tell whether a category has this slug."""
    return bool(await connection().fetchval("SELECT EXISTS (SELECT FROM catalogue.categories WHERE slug = $1)", slug))


async def change(category_id: UUID, *, names: Mapping[str, str], hs_prefix: str | None, typical_weight_grams: int | None) -> None:
    """Write what a category is called and what stands in for its products."""
    await connection().execute(
        "UPDATE catalogue.categories SET names = $2, hs_prefix = $3, typical_weight_grams = $4, version = version + 1 WHERE id = $1",
        category_id,
        msgspec.json.encode(dict(names)).decode(),
        hs_prefix,
        typical_weight_grams,
    )


async def is_below(category_id: UUID, *, ancestor_id: UUID) -> bool:
    """Tell whether a category is, or stands below, another."""
    return bool(
        await connection().fetchval(
            "SELECT EXISTS (SELECT FROM catalogue.category_descendants WHERE ancestor_id = $1 AND category_id = $2)", ancestor_id, category_id
        )
    )


async def levels(category_id: UUID | None, *, parent_id: UUID | None) -> int:
    """Tell how many levels a branch makes from the top when it stands under a parent; a new category is a branch of one."""
    return int(
        await connection().fetchval(
            "SELECT coalesce((SELECT max(depth) + 1 FROM catalogue.category_descendants WHERE category_id = $2), 0) "
            "+ coalesce((SELECT max(depth) FROM catalogue.category_descendants WHERE ancestor_id = $1), 0) + 1",
            category_id,
            parent_id,
        )
    )


async def siblings(parent_id: UUID | None) -> list[UUID]:
    """Read the children of a category, or the roots, in their order."""
    rows = await connection().fetch("SELECT id FROM catalogue.categories WHERE parent_id IS NOT DISTINCT FROM $1 ORDER BY position, slug", parent_id)
    return [row[0] for row in rows]


async def order(ids: Sequence[UUID]) -> None:
    """Number siblings in this order."""
    await connection().execute(
        "UPDATE catalogue.categories c SET position = n.place - 1 FROM unnest($1::uuid[]) WITH ORDINALITY AS n (id, place) "
        "WHERE c.id = n.id AND c.position <> n.place - 1",
        ids,
    )


async def put_under(category_id: UUID, parent_id: UUID | None) -> None:
    """Put a branch under another parent: its whole inside stays, what stood above goes, and the ancestors of the new parent come."""
    await connection().execute("UPDATE catalogue.categories SET parent_id = $2, version = version + 1 WHERE id = $1", category_id, parent_id)
    await connection().execute(
        "DELETE FROM catalogue.category_descendants d USING catalogue.category_descendants inside "
        "WHERE inside.ancestor_id = $1 AND d.category_id = inside.category_id "
        "AND NOT EXISTS (SELECT FROM catalogue.category_descendants i WHERE i.ancestor_id = $1 AND i.category_id = d.ancestor_id)",
        category_id,
    )
    await connection().execute(
        "INSERT INTO catalogue.category_descendants (ancestor_id, category_id, depth) "
        "SELECT up.ancestor_id, inside.category_id, up.depth + inside.depth + 1 FROM catalogue.category_descendants up "
        "CROSS JOIN catalogue.category_descendants inside WHERE up.category_id = $2 AND inside.ancestor_id = $1",
        category_id,
        parent_id,
    )
