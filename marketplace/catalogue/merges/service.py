"""Owns the use cases of merging two products into one, and of undoing that."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

import msgspec

from marketplace.catalogue.merges import queries, rules
from marketplace.catalogue.merges.errors import AlreadyMerged, LeadsNowhere, MergedFurther, MergeUndone, NotMergeable, SameProduct, UnitsDiffer
from marketplace.catalogue.merges.schemas import MergesOut, Snapshot
from marketplace.catalogue.products import service as products
from marketplace.kernel import cursors
from marketplace.kernel.audit import service as audit
from marketplace.kernel.contracts import ProductsMerged, ProductsSplit
from marketplace.kernel.database import reading, transaction
from marketplace.kernel.errors import NotFound
from marketplace.kernel.ids import uuid7
from marketplace.kernel.outbox import service as outbox

if TYPE_CHECKING:
    from marketplace.catalogue.merges.schemas import MergeOut
    from marketplace.catalogue.products.schemas import LiveProduct
    from marketplace.kernel.actor import Actor

LATEST_MAX = 100


async def merge(*, kept_id: UUID, gone_id: UUID, actor: Actor, now: datetime, reason: str = "operator") -> MergeOut:
    """Merge one product into another: the kept one gets what it lacks, the gone one is retired and leads there.

    Publishes ProductsMerged, by which offers follow. Merges wait for each other, so two that share a product see each other whole.
    Raises: SameProduct, NotFound, AlreadyMerged, NotMergeable, LeadsNowhere, UnitsDiffer.
    """
    if kept_id == gone_id:
        raise SameProduct
    async with transaction(actor=actor):
        await queries.lock()
        kept, gone = await _mergeable(kept_id, gone_id)
        held, values = products.fields(kept), products.missing(kept, gone)
        # Keys are lent first, so that those which the filled-in fields bring count as lent too.
        lent = await products.retire_into(gone, kept, now=now)
        changed = await products.change_product(kept_id, values=values, base=products.fingerprint(held), now=now)
        merge_id = uuid7()
        snapshot = Snapshot(before=changed.before, after=changed.after, lent=lent)
        await queries.insert(merge_id, kept_id=kept_id, gone_id=gone_id, reason=reason, snapshot=snapshot, actor=actor.principal, now=now)
        await outbox.publish(ProductsMerged(kept_id=kept_id, gone_id=gone_id), now=now)
        await audit.record(
            action="products.merged", entity="product", entity_id=kept_id, organisation_id=None, actor=actor, now=now,
            before=changed.before, after=changed.after | {"gone_id": str(gone_id)}, reason=reason,
        )  # fmt: skip
        return await found(merge_id)


async def _mergeable(kept_id: UUID, gone_id: UUID) -> tuple[LiveProduct, LiveProduct]:
    locked = await products.lock_pair(kept_id, gone_id)
    if len(locked) != len({kept_id, gone_id}):
        raise NotFound
    kept, gone = locked[kept_id], locked[gone_id]
    for one in (kept, gone):
        if await products.moved_to(one.id) is not None:
            raise AlreadyMerged(title=one.title)
        if one.state == "retired":
            raise NotMergeable(title=one.title)
    if kept.state == "draft" and gone.state != "draft":
        raise LeadsNowhere(kept=kept.title, gone=gone.title)
    if kept.unit_code != gone.unit_code:
        raise UnitsDiffer(kept=kept.unit_code, gone=gone.unit_code)
    return kept, gone


async def undo(merge_id: UUID, *, actor: Actor, now: datetime) -> MergeOut:
    """Undo a merge: both products stand for themselves again, and each offer goes back to where it was made.

    What the merge filled in is taken out again unless somebody has changed it since, or another that was merged here holds it too.
    Publishes ProductsSplit. Raises: NotFound, MergeUndone, MergedFurther.
    """
    async with transaction(actor=actor):
        await queries.lock()
        one = await found(merge_id)
        if one.undone_at is not None:
            raise MergeUndone
        locked = await products.lock_pair(one.kept_id, one.gone_id)
        kept = locked[one.kept_id]
        if await products.moved_to(one.kept_id) is not None:
            raise MergedFurther(title=kept.title)
        snapshot = await queries.snapshot(merge_id)
        held = products.fields(kept)
        values = rules.to_restore(held, snapshot.before, snapshot.after)
        if kept.state != "retired":
            await products.change_product(one.kept_id, values=values, base=products.fingerprint(held), now=now)
        merged, kept = kept, await products.live_product(one.kept_id)
        lent = msgspec.structs.replace(snapshot.lent, keys=await queries.keys_lent(one.kept_id))
        await products.bring_back(one.gone_id, kept, merged=merged, lent=lent, now=now)
        await queries.undo(merge_id, actor=actor.principal, now=now)
        if kept.state != "retired":
            await _give_again(one.kept_id, now=now)
        await outbox.publish(ProductsSplit(kept_id=one.kept_id, gone_id=one.gone_id), now=now)
        await audit.record(
            action="products.split", entity="product", entity_id=one.kept_id, organisation_id=None, actor=actor, now=now,
            before={"gone_id": str(one.gone_id)}, after={"merge_id": str(merge_id)},
        )  # fmt: skip
        return await found(merge_id)


async def _give_again(kept_id: UUID, *, now: datetime) -> None:
    """Let those that still lead to a product fill what it lacks now, and count it as theirs, so that undoing them takes it out."""
    for one in await queries.standing(kept_id):
        kept, gone = await products.live_product(kept_id), await products.live_product(one.gone_id)
        changed = await products.change_product(
            kept_id, values=products.missing(kept, gone), base=products.fingerprint(products.fields(kept)), now=now
        )
        texts = await products.lend_texts(one.gone_id, kept_id)
        if changed.after or texts:
            held = await queries.snapshot(one.id)
            lent = msgspec.structs.replace(held.lent, texts=[*held.lent.texts, *texts])
            more = Snapshot(before=changed.before | held.before, after=held.after | changed.after, lent=lent)
            await queries.keep(one.id, more)


async def found(merge_id: UUID) -> MergeOut:
    """Give a merge. Raises: NotFound."""
    async with reading():
        one = await queries.merge(merge_id)
    if one is None:
        raise NotFound
    return one


async def listed(asked: cursors.Asked, *, product_id: UUID | None = None, text: str = "") -> MergesOut:
    """Give one page of the merges, of all products, of one, or of those whose title or part number has some words, the newest first. Raises: BadCursor."""
    words = text.replace("\x00", "").strip()

    async def read(after: tuple[datetime, UUID] | None, count: int) -> list[MergeOut]:
        async with reading():
            return await queries.listed(product_id=product_id, text=words, after=after, limit=count)

    items, following = await cursors.listed(
        f"merges:{product_id or ''}:{words}", read, place=lambda one: (one.at, one.id), shape=tuple[datetime, UUID], asked=asked
    )
    return MergesOut(items, following)


async def latest(product_id: UUID | None = None) -> MergesOut:
    """Give the latest merges, of all products or of one, at most 100."""
    async with reading():
        return MergesOut(await queries.latest(product_id=product_id, limit=LATEST_MAX))
