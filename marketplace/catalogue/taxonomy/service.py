"""Owns the use cases of the category tree: create categories, and read the tree with what it inherits."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import msgspec

from marketplace.catalogue.taxonomy import queries
from marketplace.catalogue.taxonomy.schemas import Category, CategoryOut, NewCategory
from marketplace.kernel.database import in_transaction, pool, reading, transaction
from marketplace.kernel.errors import NotFound
from marketplace.kernel.ids import uuid7

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from uuid import UUID

TREE_SECONDS = 15.0
COUNT_SECONDS = 60.0
T = TypeVar("T")


async def create_categories(new: Sequence[NewCategory]) -> list[UUID]:
    """Create categories and give their ids in the same order; parents must exist already.

    Raises: Conflict at the edge when a slug is taken (the database's unique key).
    """
    ids = [uuid7() for _ in new]
    if not new:
        return ids
    _kept.clear()
    async with transaction():
        await queries.insert(
            [
                (one, item.parent_id, item.slug, _json(item.names), item.position, item.hs_prefix, item.typical_weight_grams)
                for one, item in zip(ids, new, strict=True)
            ]
        )
        await queries.insert_descendants(ids)
        for one, item in zip(ids, new, strict=True):
            if item.attributes:
                await queries.insert_attributes(one, item.attributes)
    return ids


def _json(value: dict[str, str]) -> str:
    return msgspec.json.encode(value).decode()


class _Kept(NamedTuple):
    """Something read outside any transaction, when, and from which pool."""

    value: Any
    read_at: float
    pool_id: int


# The tree changes rarely and every list shows it; counting a large catalogue takes its time.
_kept: dict[str, _Kept] = {}


async def _cached(name: str, read: Callable[[], Awaitable[T]], *, seconds: float) -> T:
    """Give what is kept in the process, or read it. Inside a transaction it is read anew, because nothing there is surely committed."""
    if in_transaction():
        return await read()
    kept = _kept.get(name)
    if kept is None or kept.pool_id != id(pool()) or time.monotonic() - kept.read_at > seconds:
        kept = _kept[name] = _Kept(await read(), time.monotonic(), id(pool()))
    value: T = kept.value
    return value


async def _read_tree() -> list[Category]:
    async with reading():
        categories = await queries.all_categories()
        own = await queries.all_attributes()
    found: dict[UUID, Category] = {}
    for one in categories:
        parent = found[one.parent_id] if one.parent_id else None
        inherited = {attribute.key: attribute for attribute in (parent.attributes if parent else ())}
        attributes = inherited | {attribute.key: attribute for attribute in own.get(one.id, ())}
        path = (*(parent.path if parent else ()), one.id)
        found[one.id] = msgspec.structs.replace(one, path=path, attributes=tuple(attributes.values()))
    return list(found.values())


async def _read_counts() -> dict[UUID | None, int]:
    async with reading():
        return await queries.product_counts()


async def tree() -> list[Category]:
    """Give the whole tree, parents before children, each category with its path and the attributes it has or inherits."""
    return await _cached("tree", _read_tree, seconds=TREE_SECONDS)


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


async def product_counts() -> dict[UUID | None, int]:
    """Count the published products under each category, at most a minute ago; under None those that have no category yet."""
    return await _cached("counts", _read_counts, seconds=COUNT_SECONDS)


async def categories_with_counts(*, locale: str) -> list[CategoryOut]:
    """Give the tree named for the reader, each category with the number of published products in it and below, parents before children."""
    counts = await product_counts()
    return [
        CategoryOut(
            id=one.id,
            parent_id=one.parent_id,
            slug=one.slug,
            name=one.name(locale),
            depth=len(one.path) - 1,
            products=counts.get(one.id, 0),
        )
        for one in await tree()
    ]
