"""Owns the use cases of the category tree: create categories, and read the tree with what it inherits."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from marketplace.catalogue.taxonomy import queries
from marketplace.catalogue.taxonomy.schemas import Category, CategoryOut, NewCategory
from marketplace.kernel.database import in_transaction, pool, reading, transaction
from marketplace.kernel.errors import NotFound
from marketplace.kernel.ids import uuid7

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

CACHE_SECONDS = 15.0


async def create_categories(new: Sequence[NewCategory]) -> list[UUID]:
    """Create categories and give their ids in the same order; parents must exist already.

    Raises: Conflict at the edge when a slug is taken (the database's unique key).
    """
    ids = [uuid7() for _ in new]
    if not new:
        return ids
    _Cache.kept = None
    async with transaction():
        await queries.insert(
            [
                (one, item.parent_id, item.slug, _json(item.names), item.position, item.hs_prefix, item.typical_weight_grams)
                for one, item in zip(ids, new, strict=True)
            ]
        )
        await queries.insert_descendants(ids)
        await queries.insert_attributes(
            [
                (one, about.key, about.kind, about.unit, _json(about.labels), about.is_required, about.telling_rank, position)
                for one, item in zip(ids, new, strict=True)
                for position, about in enumerate(item.attributes)
            ]
        )
    return ids


def _json(value: dict[str, str]) -> str:
    return msgspec.json.encode(value).decode()


class _Kept(NamedTuple):
    """The tree and its counts as read at a moment from one pool."""

    tree: list[Category]
    counts: dict[UUID, int]
    read_at: float
    pool_id: int


class _Cache:
    """The tree of this process: it changes rarely, every page shows it, and counting a large catalogue takes its time."""

    kept: _Kept | None = None


async def _tree_and_counts() -> _Kept:
    """Give the tree with counts, kept for some seconds; inside a transaction it is read anew, because nothing there is surely committed."""
    kept = _Cache.kept
    if in_transaction():
        return await _read()
    if kept is None or kept.pool_id != id(pool()) or time.monotonic() - kept.read_at > CACHE_SECONDS:
        kept = _Cache.kept = await _read()
    return kept


async def _read() -> _Kept:
    async with reading():
        categories = await queries.all_categories()
        own = await queries.all_attributes()
        counts = await queries.product_counts()
    found: dict[UUID, Category] = {}
    for one in categories:
        parent = found[one.parent_id] if one.parent_id else None
        inherited = {attribute.key: attribute for attribute in (parent.attributes if parent else ())}
        attributes = inherited | {attribute.key: attribute for attribute in own.get(one.id, ())}
        path = (*(parent.path if parent else ()), one.id)
        found[one.id] = msgspec.structs.replace(one, path=path, attributes=tuple(attributes.values()))
    return _Kept(list(found.values()), counts, time.monotonic(), id(pool()))


async def tree() -> list[Category]:
    """Give the whole tree, parents before children, each category with its path and the attributes it has or inherits."""
    return (await _tree_and_counts()).tree


async def category(category_id: UUID) -> Category:
    """Give one category with its path and attributes.

    Raises: NotFound.
    """
    for one in await tree():
        if one.id == category_id:
            return one
    raise NotFound


async def category_by_slug(slug: str) -> Category:
    """Give one category by its slug.

    Raises: NotFound.
    """
    for one in await tree():
        if one.slug == slug:
            return one
    raise NotFound


async def categories_with_counts(*, locale: str) -> list[CategoryOut]:
    """Give the tree named for the reader, each category with the number of published products in it and below, parents before children."""
    kept = await _tree_and_counts()
    return [
        CategoryOut(
            id=one.id,
            parent_id=one.parent_id,
            slug=one.slug,
            name=one.name(locale),
            depth=len(one.path) - 1,
            products=kept.counts.get(one.id, 0),
        )
        for one in kept.tree
    ]
