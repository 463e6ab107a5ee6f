"""Owns the use cases of the category tree: create, change and move categories, and read the tree with what it inherits."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from marketplace.catalogue.taxonomy import queries, queries_moves, rules
from marketplace.catalogue.taxonomy.errors import BadCategory, CategoryBelowItself, SlugTaken, TreeTooDeep
from marketplace.catalogue.taxonomy.schemas import Category, CategoryOut, NewCategory
from marketplace.kernel.audit import service as audit
from marketplace.kernel.contracts import CategoriesChanged
from marketplace.kernel.database import in_transaction, pool, reading, transaction
from marketplace.kernel.errors import FieldError, NotAllowed, NotFound, VersionConflict
from marketplace.kernel.i18n import lazy
from marketplace.kernel.ids import uuid7
from marketplace.kernel.literals import as_json
from marketplace.kernel.outbox import service as outbox

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence
    from datetime import datetime
    from uuid import UUID

    from marketplace.catalogue.taxonomy.schemas import CategoryAttribute, CategoryChange, CategoryIn, CategoryKept, CategoryMove
    from marketplace.kernel.actor import Actor

TREE_SECONDS = 15.0
COUNT_SECONDS = 60.0
NO_PARENT = lazy("There is no such category.")
below, ordered = rules.below, rules.ordered
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
        await queries_moves.lock()
        await queries.insert(
            [
                (one, item.parent_id, item.slug, as_json(item.names), item.position, item.hs_prefix, item.typical_weight_grams)
                for one, item in zip(ids, new, strict=True)
            ]
        )
        await queries.insert_descendants(ids)
        for one, item in zip(ids, new, strict=True):
            if item.attributes:
                await queries.insert_attributes(one, item.attributes)
    return ids


async def add_category(sent: CategoryIn, *, actor: Actor, now: datetime) -> CategoryKept:
    """Create a category behind its siblings. Only the operator may.

    Raises: NotAllowed; BadCategory for names or a parent that is not there; SlugTaken; TreeTooDeep.
    """
    _keeper(actor)
    names = rules.clean_names(sent.names)
    async with transaction(actor=actor):
        await queries_moves.lock()
        if sent.parent_id is not None and await queries_moves.kept(sent.parent_id) is None:
            raise BadCategory(errors=(FieldError("/parent_id", "no-such-category", NO_PARENT),))
        if await queries_moves.is_slug_taken(sent.slug):
            raise SlugTaken(slug=sent.slug, errors=(FieldError("/slug", "slug-taken", SlugTaken.message, {"slug": sent.slug}),))
        await _check_levels(None, sent.parent_id)
        before = await queries_moves.siblings(sent.parent_id)
        new = NewCategory(
            slug=sent.slug, names=names, parent_id=sent.parent_id, hs_prefix=sent.hs_prefix, typical_weight_grams=sent.typical_weight_grams
        )
        (made,) = await create_categories([new])
        await queries_moves.order([*before, made])
        return await _done("category.added", made, before=None, actor=actor, now=now)


async def kept_category(category_id: UUID, *, actor: Actor) -> CategoryKept:
    """Give a category as its keeper sees it. Raises: NotAllowed, NotFound."""
    _keeper(actor)
    async with reading():
        return await _found(category_id)


async def change_category(category_id: UUID, sent: CategoryChange, *, actor: Actor, now: datetime) -> CategoryKept:
    """Write what a category is called, its customs code and its typical weight. Raises: NotAllowed, NotFound, VersionConflict, BadCategory."""
    _keeper(actor)
    names = rules.clean_names(sent.names)
    async with transaction(actor=actor):
        await queries_moves.lock()
        before = await _found(category_id, version=sent.version)
        await queries_moves.change(category_id, names=names, hs_prefix=sent.hs_prefix, typical_weight_grams=sent.typical_weight_grams)
        return await _done("category.changed", category_id, before=before, actor=actor, now=now)


async def move_category(category_id: UUID, sent: CategoryMove, *, actor: Actor, now: datetime) -> CategoryKept:
    """Put a category with all below it under another parent, or at another place among its siblings.

    What its products inherit changes with it. One move happens at a time, so that moves cannot make a circle together.
    Raises: NotAllowed, NotFound, VersionConflict, BadCategory, CategoryBelowItself, TreeTooDeep.
    """
    _keeper(actor)
    async with transaction(actor=actor):
        await queries_moves.lock()
        before = await _found(category_id, version=sent.version)
        if sent.parent_id is not None:
            parent = await queries_moves.kept(sent.parent_id)
            if parent is None:
                raise BadCategory(errors=(FieldError("/parent_id", "no-such-category", NO_PARENT),))
            if await queries_moves.is_below(parent.id, ancestor_id=category_id):
                raise CategoryBelowItself(name=_named(before, actor), parent=_named(parent, actor))
        await _check_levels(category_id, sent.parent_id)
        await queries_moves.put_under(category_id, sent.parent_id)
        await queries_moves.order(rules.placed(await queries_moves.siblings(sent.parent_id), category_id, sent.place))
        return await _done("category.moved", category_id, before=before, actor=actor, now=now)


def _keeper(actor: Actor) -> None:
    if not actor.is_operator:
        raise NotAllowed


def _named(one: CategoryKept, actor: Actor) -> str:
    return one.names.get(actor.locale) or one.names["en"]


async def _found(category_id: UUID, *, version: int | None = None) -> CategoryKept:
    found = await queries_moves.kept(category_id)
    if found is None:
        raise NotFound
    if version is not None and found.version != version:
        raise VersionConflict
    return found


async def _check_levels(category_id: UUID | None, parent_id: UUID | None) -> None:
    levels = await queries_moves.levels(category_id, parent_id=parent_id)
    if levels > rules.LEVELS_MAX:
        raise TreeTooDeep(limit=rules.LEVELS_MAX, levels=levels)


async def _done(action: str, category_id: UUID, *, before: CategoryKept | None, actor: Actor, now: datetime) -> CategoryKept:
    _kept.clear()
    after = await _found(category_id)
    await audit.record(
        action=action, entity="category", entity_id=category_id, organisation_id=actor.organisation_id, actor=actor, now=now, before=before, after=after
    )  # fmt: skip
    await outbox.publish(CategoriesChanged(category_ids=(category_id,)), now=now)
    return after


async def replace_attributes(category_id: UUID, attributes: Sequence[CategoryAttribute]) -> None:
    """Write the own attributes of a category, whole, in the caller's transaction; who keeps versions of them calls this."""
    _kept.clear()
    async with transaction():
        await queries.delete_attributes(category_id)
        await queries.insert_attributes(category_id, attributes)


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
        return list(rules.inherited(await queries.all_categories(), await queries.all_attributes()).values())


async def _read_counts() -> dict[UUID | None, int]:
    async with reading():
        return await queries.product_counts()


async def tree() -> list[Category]:
    """Give the whole tree, parents before children, each category with its path and the attributes it has or inherits."""
    return await _cached("tree", _read_tree, seconds=TREE_SECONDS)


async def fresh_tree() -> list[Category]:
    """Give the tree as it is in the database at this moment, for those who keep it."""
    return await _read_tree()


async def tree_with(changed: Mapping[UUID, tuple[CategoryAttribute, ...]]) -> list[Category]:
    """Give the tree as it would be if these categories had these own attributes."""
    found = await tree()
    return list(rules.inherited(found, {one.id: one.own for one in found} | dict(changed)).values())


async def tree_moved(category_id: UUID, parent_id: UUID | None) -> list[Category]:
    """Give the tree as it would be if a category stood under another parent. Raises: NotFound, BadCategory, CategoryBelowItself."""
    found = {one.id: one for one in await tree()}
    if category_id not in found:
        raise NotFound
    if parent_id is not None and parent_id not in found:
        raise BadCategory(errors=(FieldError("/parent_id", "no-such-category", NO_PARENT),))
    if parent_id is not None and category_id in found[parent_id].path:
        raise CategoryBelowItself(name=found[category_id].name("en"), parent=found[parent_id].name("en"))
    return rules.moved(list(found.values()), category_id, parent_id)


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
