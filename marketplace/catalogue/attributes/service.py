"""Owns the use cases of attributes: check those of a product, and preview, publish and look back at what a category asks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from uuid import UUID

from marketplace.catalogue.attributes import queries, queries_faults, rules, rules_schema, rules_typed, rules_words
from marketplace.catalogue.attributes.errors import NothingChanged
from marketplace.catalogue.attributes.queries_faults import Definition
from marketplace.catalogue.attributes.schemas import FaultCount, Report, SchemaOut, SchemaVersion
from marketplace.catalogue.taxonomy import service as taxonomy
from marketplace.kernel import cursors
from marketplace.kernel.audit import service as audit
from marketplace.kernel.contracts import CategoriesChanged
from marketplace.kernel.database import reading, transaction
from marketplace.kernel.errors import NotAllowed, NotFound, VersionConflict
from marketplace.kernel.i18n import lazy
from marketplace.kernel.ids import uuid7
from marketplace.kernel.outbox import service as outbox

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from marketplace.catalogue.attributes.schemas import AttributeIn, Fault, FaultyProduct, SchemaIn
    from marketplace.catalogue.taxonomy.schemas import Category, CategoryAttribute
    from marketplace.kernel.actor import Actor
    from marketplace.kernel.cursors import Asked

written, with_unit, doubted, changes = rules_words.written, rules_words.with_unit, rules_words.doubted, rules_schema.changes
FAULTS, KINDS = rules.FAULTS, rules.KINDS
typed, with_typed, readable, as_sent = rules_typed.typed, rules_typed.with_typed, rules_typed.readable, rules_typed.as_sent
# Each product of a category of up to so many is looked at; of a larger one, about so many.
EXACT_MAX: Final = 200_000
SAMPLED: Final = 50_000
VERSIONS_SHOWN: Final = 200
AS_IT_STOOD: Final = lazy("As it stood before anything was published.")


async def check(category_id: UUID | None, attributes: Mapping[str, object], *, locale: str = "en") -> tuple[Fault, ...]:
    """Tell what is wrong with the attributes of a product of a category, inherited attributes included; () where nothing is.

    A product without a category, or of one that is not there, is free. Attributes that the schema does not name are free. `locale` words the labels.
    """
    return (await checker(locale=locale))(category_id, attributes)


async def checker(*, locale: str = "en") -> Callable[[UUID | None, Mapping[str, object]], tuple[Fault, ...]]:
    """Give `check` as a plain function over the schemas as they are now, for writers of thousands of products."""
    schemas = {one.id: one.attributes for one in await taxonomy.tree()}

    def checked(category_id: UUID | None, attributes: Mapping[str, object]) -> tuple[Fault, ...]:
        of_category = schemas.get(category_id, ()) if category_id is not None else ()
        return rules.faults(attributes, of_category, locale=locale) if of_category else ()

    return checked


async def schema(category_id: UUID, *, is_fresh: bool = False) -> SchemaOut:
    """Give what is asked of the products of a category, each attribute with the category that says it; `is_fresh` reads it anew. Raises: NotFound."""
    tree = {one.id: one for one in await (taxonomy.fresh_tree() if is_fresh else taxonomy.tree())}
    if category_id not in tree:
        raise NotFound
    async with reading():
        version = await queries.latest(category_id)
    category = tree[category_id]
    return SchemaOut(category_id=category_id, category=category.slug, version=version, attributes=rules_schema.told(category, tree))


async def preview(category_id: UUID, sent: Sequence[AttributeIn], *, actor: Actor) -> Report:
    """Tell what these own attributes of a category would break, below it too; nothing is written. Raises: NotAllowed, NotFound, BadSchema."""
    _keeper(actor)
    await taxonomy.category(category_id)
    return await _report(category_id, rules_schema.checked(sent))


async def publish(category_id: UUID, sent: SchemaIn, *, actor: Actor, now: datetime) -> SchemaVersion:
    """Let these own attributes count from now on, as the version behind `sent.after`; what it broke stays with it.

    The first version of a category keeps what stood there before. Raises: NotAllowed, NotFound, BadSchema, VersionConflict, NothingChanged.
    """
    _keeper(actor)
    attributes = rules_schema.checked(sent.attributes)
    async with transaction(actor=actor):
        if not await queries.lock(category_id):
            raise NotFound
        latest = await queries.latest(category_id)
        if latest != sent.after:
            raise VersionConflict
        before = (await taxonomy.category(category_id)).own
        if before == attributes:
            raise NothingChanged
        if latest == 0:
            latest = 1
            await queries.insert(_version(category_id, 1, before, told=(AS_IT_STOOD, "", now), report=Report()))
        report = await _report(category_id, attributes)
        await taxonomy.replace_attributes(category_id, attributes)
        made = _version(category_id, latest + 1, attributes, told=(sent.reason.strip(), actor.name or actor.principal, now), report=report)
        await queries.insert(made)
        await audit.record(
            action="category.schema_published", entity="category", entity_id=category_id, organisation_id=actor.organisation_id, actor=actor, now=now,
            before=before, after={"version": made.version, "attributes": attributes, "broken": report.broken}, reason=made.reason,
        )  # fmt: skip
        await outbox.publish(CategoriesChanged(category_ids=(category_id,)), now=now)
    return made


def _version(
    category_id: UUID,
    version: int,
    attributes: tuple[CategoryAttribute, ...],
    *,
    told: tuple[str, str, datetime],
    report: Report,
) -> SchemaVersion:
    reason, actor, at = told
    return SchemaVersion(
        id=uuid7(), category_id=category_id, version=version, attributes=attributes, reason=reason, actor=actor, at=at, report=report
    )


async def versions(category_id: UUID, *, actor: Actor) -> list[SchemaVersion]:
    """List the published versions of a category's schema, the newest first, at most 200. Raises: NotAllowed, NotFound."""
    _keeper(actor)
    await taxonomy.category(category_id)
    async with reading():
        return await queries.versions(category_id, before=None, limit=VERSIONS_SHOWN)


async def version(category_id: UUID, number: int, *, actor: Actor) -> tuple[SchemaVersion, SchemaVersion | None]:
    """Give one version and the one before it, None before the first. Raises: NotAllowed, NotFound."""
    _keeper(actor)
    async with reading():
        found = await queries.versions(category_id, before=number + 1, limit=2)
    if not found or found[0].version != number:
        raise NotFound
    return found[0], found[1] if len(found) > 1 else None


async def version_by_id(version_id: UUID, *, actor: Actor) -> tuple[SchemaVersion, SchemaVersion | None]:
    """Give one version and the one before it, by its id. Raises: NotAllowed, NotFound."""
    _keeper(actor)
    async with reading():
        found = await queries.place(version_id)
    if found is None:
        raise NotFound
    return await version(*found, actor=actor)


async def preview_move(category_id: UUID, parent_id: UUID | None, *, actor: Actor) -> Report:
    """Tell what other inherited attributes would break if a category stood under another parent; nothing is written.

    Raises: NotAllowed, NotFound, BadCategory, CategoryBelowItself.
    """
    _keeper(actor)
    return await _differing(taxonomy.below(await taxonomy.tree_moved(category_id, parent_id), category_id))


async def faults_now(category_id: UUID, *, actor: Actor) -> Report:
    """Count what is wrong with the published products of a category and below by the attributes that count now. Raises: NotAllowed, NotFound."""
    _keeper(actor)
    await taxonomy.category(category_id)
    branch = taxonomy.below(await taxonomy.tree(), category_id)
    return await _looked_at(branch, [Definition(one.id, about, about) for one in branch for about in one.attributes])


async def faulty_products(category_id: UUID, *, key: str, code: str, asked: Asked, actor: Actor) -> tuple[list[FaultyProduct], str | None]:
    """List one page of the published products of a category and below that have one fault under one attribute, as it counts now.

    Raises: NotAllowed, NotFound (no such category, attribute or fault), BadCursor.
    """
    _keeper(actor)
    category = await taxonomy.category(category_id)
    branch = taxonomy.below(await taxonomy.tree(), category.id)
    defined = [(one.id, about) for one in branch for about in one.attributes if about.key == key]
    if not defined or code not in FAULTS:
        raise NotFound

    async def read(after: tuple[UUID] | None, limit: int) -> list[FaultyProduct]:
        ids, abouts = [one for one, _ in defined], [about for _, about in defined]
        async with reading():
            return await queries_faults.faulty(ids, abouts, code=code, after=after[0] if after else None, limit=limit)

    name = f"faults:{category_id}:{key}:{code}"
    return await cursors.listed(name, read, place=lambda one: (str(one.id),), shape=tuple[UUID], asked=asked)


def _keeper(actor: Actor) -> None:
    if not actor.is_operator:
        raise NotAllowed


async def _report(category_id: UUID, attributes: tuple[CategoryAttribute, ...]) -> Report:
    return await _differing(taxonomy.below(await taxonomy.tree_with({category_id: attributes}), category_id))


async def _differing(after: Sequence[Category]) -> Report:
    before = {one.id: one for one in await taxonomy.tree()}
    return await _looked_at(after, [Definition(one.id, now, was) for one in after for was, now in rules_schema.differing(before[one.id], one)])


async def _looked_at(after: Sequence[Category], definitions: Sequence[Definition]) -> Report:
    keys = tuple(dict.fromkeys(one.now.key for one in definitions))
    async with reading():
        products = await queries_faults.count([one.id for one in after], most=EXACT_MAX)
        percent, scale = None, 1.0
        if products > EXACT_MAX:
            products, percent, scale = await _sampled(after)
        found = await queries_faults.broken(definitions, percent=percent)
        counts = [
            FaultCount(
                key=key,
                code=code,
                products=round(scale * count),
                already=round(scale * already),
                samples=tuple(await queries_faults.samples(ids, key)),
            )
            for (key, code), (count, already, ids) in found.by_fault.items()
        ]
    order = sorted(counts, key=lambda one: (keys.index(one.key), FAULTS.index(one.code)))
    return Report(products=products, broken=round(scale * found.products), is_about=percent is not None, changed=keys, faults=tuple(order))


async def _sampled(branch: Sequence[Category]) -> tuple[int, float, float]:
    """Give (products about, percent of the table to look at, by what to multiply what is found there)."""
    ids = [one.id for one in branch]
    about = (await taxonomy.product_counts()).get(branch[0].id, 0) or EXACT_MAX
    percent = min(100.0, 100.0 * SAMPLED / max(about, 1))
    seen = await queries_faults.count_sample(ids, percent=percent)
    return about, percent, about / max(seen, 1)
