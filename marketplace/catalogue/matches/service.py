"""Owns the use cases of matches: find pairs that may be the same, weigh them anew when products change, and decide on them."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from marketplace.catalogue.matches import queries, rules
from marketplace.catalogue.matches.errors import PairDecided, PairMerged
from marketplace.catalogue.matches.schemas import CandidateOut, ManyOut, MatchPage, SearchDone, Side
from marketplace.catalogue.merges import service as merges
from marketplace.catalogue.merges.errors import SameProduct
from marketplace.catalogue.products import service as products
from marketplace.kernel import cursors
from marketplace.kernel.actor import WORKER
from marketplace.kernel.audit import service as audit
from marketplace.kernel.database import reading, savepoint, transaction
from marketplace.kernel.errors import DomainError, NotFound
from marketplace.kernel.ports import PRODUCT_COUNTS, ProductTies

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from marketplace.catalogue.matches.schemas import Facts, Found, Kind, ManyIn, Pattern
    from marketplace.catalogue.merges.schemas import MergeOut
    from marketplace.kernel.actor import Actor

PAIR = 2
brand_key = rules.brand_key
BATCH, GROUP_MAX, FIRST = 500, 60, UUID(int=0)
# By what a pair is told to have met where it met in several: a number says more than words.
ORDER: dict[Kind, int] = {"gtin": 0, "part_number": 1, "title": 2}
MANY_MAX, PATTERNS_MAX, PAGE_MAX, COUNT_MAX = 200, 60, 100, 1000


async def look_at(ids: Sequence[UUID], *, now: datetime) -> tuple[int, int]:
    """Find and weigh the pairs of these products, and merge those with an equal GTIN and brand; gives how many pairs, and how many merged.

    Twice changes nothing. A pair that people decided on stays as they decided, and is never merged by itself.
    """
    async with transaction(actor=WORKER):
        await queries.lock()
        await _write_keys(ids)
        found = await _pairs(ids)
        await queries.drop_others(ids, found)
        await queries.save(found, now=now)
    merged = 0
    for one in found:
        if one.is_sure:
            merged += await _merge_sure(one, now=now)
    return len(found), merged


async def look_at_all(now: datetime, *, progress: Callable[[int], None] | None = None) -> SearchDone:
    """Do `look_at` for the whole catalogue in batches, each in a transaction: first every key is written, then pairs are weighed.

    `progress` hears how many products were gone through, twice each.
    """
    done = pairs = merged = 0
    for weighs in (False, True):
        last = FIRST
        while True:
            async with transaction(actor=WORKER):
                ids = await products.ids_after(last, limit=BATCH)
                if ids and not weighs:
                    await queries.lock()
                    await _write_keys(ids)
            if not ids:
                break
            if weighs:
                more, at_once = await look_at(ids, now=now)
                pairs, merged = pairs + more, merged + at_once
            last, done = ids[-1], done + len(ids)
            if progress is not None:
                progress(done)
    return SearchDone(done // 2, pairs, merged)


async def look_nightly(now: datetime) -> int:
    """Look at the whole catalogue, for the timer; gives how many pairs there are."""
    return (await look_at_all(now)).pairs


async def _write_keys(ids: Sequence[UUID]) -> None:
    rows = [
        (one.id, kind, key) for one in await queries.facts(ids) for kind, key in rules.keys(one, part_key=products.identifier_key(one.part_number))
    ]
    await queries.set_keys(ids, rows)


async def _pairs(ids: Sequence[UUID]) -> list[Found]:
    groups = await queries.groups(ids, limit=GROUP_MAX)
    about: dict[UUID, Facts] = {one.id: one for one in await queries.facts(list({one for _, _, members in groups for one in members}))}
    asked = set(ids)
    best: dict[tuple[UUID, UUID], Found] = {}
    for kind, _, members in sorted(groups, key=lambda group: ORDER[group[0]]):  # type: ignore[index]
        for low, high in rules.pairs([about[one] for one in members if one in about]):
            place = (low.id, high.id)
            if place in best or not asked & set(place):
                continue
            found = rules.weigh(low, high, kind=kind)  # type: ignore[arg-type]
            if kind != "title" or found.score >= rules.TITLE_SCORE_MIN:
                best[place] = found
    return list(best.values())


async def _merge_sure(found: Found, *, now: datetime) -> bool:
    """Merge a pair with an equal GTIN and brand: the one with more attributes, else the lower id, is kept.

    Where people have told one of either side's products apart from one of the other's, the pair waits for people too.
    """
    async with transaction(actor=WORKER):
        pair = await queries.pair(found.low_id, found.high_id)
        if pair is None or pair.state != "open" or await queries.are_apart(found.low_id, found.high_id):
            return False
        sizes = {one: (len((await products.live_product(one)).attributes), 0) for one in (found.low_id, found.high_id)}
        kept = rules.kept_of(found.low_id, found.high_id, sizes)
        gone = found.high_id if kept == found.low_id else found.low_id
        try:
            async with savepoint():
                await merge(kept_id=kept, gone_id=gone, actor=WORKER, now=now, reason="gtin")
        except DomainError:
            return False  # One of the two was merged meanwhile; what is left of the pair is looked at with the kept one.
        return True


async def waiting(cursor: str | None, *, limit: int, secret: str, pattern: str | None = None, kind: str | None = None) -> MatchPage:
    """Give one page of the open pairs, the likeliest first, all or of one pattern or kind. Raises: BadCursor."""

    async def read(after: tuple[int, UUID, UUID] | None, count: int) -> list[CandidateOut]:
        async with reading():
            return await queries.waiting(pattern=pattern or None, kind=kind or None, after=after, limit=count)

    asked, name = cursors.Asked(cursor, min(limit, PAGE_MAX), secret), f"matches:{pattern or ''}:{kind or ''}"
    items, following = await cursors.listed(
        name, read, place=lambda one: (one.score, one.low_id, one.high_id), shape=tuple[int, UUID, UUID], asked=asked
    )
    return MatchPage(items=items, next_cursor=following)


async def apart(asked: cursors.Asked) -> MatchPage:
    """Give one page of the pairs that people called different, the latest first. Raises: BadCursor."""

    async def read(after: tuple[datetime, UUID] | None, count: int) -> list[CandidateOut]:
        async with reading():
            return await queries.apart(after=after, limit=count)

    items, following = await cursors.listed(
        "matches-apart", read, place=lambda one: (one.decided_at, one.id), shape=tuple[datetime, UUID], asked=asked
    )
    return MatchPage(items=items, next_cursor=following)


async def reopen(match_id: UUID, *, actor: Actor, now: datetime) -> CandidateOut:
    """Take back that two are different: the pair waits again. One that is open stays so. Raises: NotFound, PairMerged."""
    async with transaction(actor=actor):
        found = await match(match_id)
        if found.state == "merged":
            raise PairMerged
        if found.state == "apart":
            await queries.reopen(found.low_id, found.high_id)
            await audit.record(
                action="products.pair_reopened", entity="product", entity_id=found.low_id, organisation_id=None, actor=actor, now=now,
                before={"state": "apart", "by": found.decided_by}, after={"other": str(found.high_id), "score": found.score},
            )  # fmt: skip
        return await match(match_id)


async def count_waiting() -> int:
    """Count the open pairs, 1,000 at most."""
    async with reading():
        return await queries.count_waiting(limit=COUNT_MAX)


async def patterns() -> list[Pattern]:
    """Give the patterns of open pairs with how many there are of each, at most 60."""
    async with reading():
        return await queries.patterns(limit=PATTERNS_MAX)


async def pair(low_id: UUID, high_id: UUID) -> CandidateOut:
    """Give a pair, decided or not. Raises: NotFound."""
    async with reading():
        found = await queries.pair(*sorted((low_id, high_id)))
    if found is None:
        raise NotFound
    return found


async def match(match_id: UUID) -> CandidateOut:
    """Give a pair by its id, decided or not. Raises: NotFound."""
    async with reading():
        found = await queries.by_id(match_id)
    if found is None:
        raise NotFound
    return found


async def sides(ids: Sequence[UUID], *, actor: Actor) -> list[Side]:
    """Give products as they are, with how many offers and orders stand on each, in the order of the ids. Raises: NotFound."""
    live = [await products.live_product(one) for one in ids]
    async with reading(actor):
        gtins = await queries.other_gtins(ids)
        counts = await counted(ids)
    return [
        Side(
            id=one.id, title=one.title, state=one.state, moved_to=await products.moved_to(one.id), held=products.fields(one),
            other_gtins=gtins.get(one.id, []), offers=counts[one.id].offers, orders=counts[one.id].orders,
        )
        for one in live
    ]  # fmt: skip


async def counted(ids: Sequence[UUID]) -> dict[UUID, ProductTies]:
    """Ask whoever knows how many offers and orders stand on products; None is not known. Inside the caller's block."""
    found = {one: ProductTies() for one in ids}
    for answerer in PRODUCT_COUNTS.implementations:
        answers = await answerer.counts(ids)
        found = {one: _with(ties, answers.get(one, ProductTies())) for one, ties in found.items()}
    return found


def _with(one: ProductTies, other: ProductTies) -> ProductTies:
    return ProductTies(offers=one.offers if other.offers is None else other.offers, orders=one.orders if other.orders is None else other.orders)


async def merge(*, kept_id: UUID, gone_id: UUID, actor: Actor, now: datetime, reason: str = "operator") -> MergeOut:
    """Merge one product into another and take the pair out of the queue. Raises: as `merges.merge`."""
    async with transaction(actor=actor):
        done = await merges.merge(kept_id=kept_id, gone_id=gone_id, actor=actor, now=now, reason=reason)
        await queries.decide(*sorted((kept_id, gone_id)), state="merged", by=actor.principal, now=now)
        return done


async def undo(merge_id: UUID, *, actor: Actor, now: datetime) -> MergeOut:
    """Undo a merge.

    A pair with an equal GTIN and brand counts as different from then on, or it would be merged by itself at once; every other is open again.
    Raises: as `merges.undo`.
    """
    async with transaction(actor=actor):
        done = await merges.undo(merge_id, actor=actor, now=now)
        pair_ids = sorted((done.kept_id, done.gone_id))
        about = sorted(await queries.facts(pair_ids), key=lambda each: each.id)
        if done.reason == "gtin" or (len(about) == PAIR and rules.weigh(*about, kind="gtin").is_sure):
            await tell_apart(*pair_ids, actor=actor, now=now)
        else:
            await queries.reopen(*pair_ids)
        return done


async def keep_apart(low_id: UUID, high_id: UUID, *, actor: Actor, now: datetime) -> CandidateOut:
    """Say that two products are different: the pair is not proposed again. Raises: NotFound, SameProduct, PairDecided."""
    if low_id == high_id:
        raise SameProduct
    low_id, high_id = sorted((low_id, high_id))
    async with transaction(actor=actor):
        found = await pair(low_id, high_id)
        if not await queries.decide(low_id, high_id, state="apart", by=actor.principal, now=now):
            raise PairDecided
        await audit.record(
            action="products.kept_apart", entity="product", entity_id=low_id, organisation_id=None, actor=actor, now=now,
            after={"other": str(high_id), "score": found.score},
        )  # fmt: skip
        return await pair(low_id, high_id)


async def tell_apart(one: UUID, other: UUID, *, actor: Actor, now: datetime) -> None:
    """Write that two products are different, whether they were a pair or not: they are never proposed, and never merged by themselves."""
    async with transaction(actor=actor):
        about = sorted(await queries.facts([one, other]), key=lambda each: each.id)
        if len(about) == PAIR:
            await queries.lock()
            await queries.save([rules.weigh(*about, kind="title")], now=now)
        await queries.keep_apart(*sorted((one, other)), by=actor.principal, now=now)


async def decide_many(data: ManyIn, *, actor: Actor, now: datetime) -> ManyOut:
    """Decide on the open pairs of a pattern with at least a score, 200 at most in one go; what cannot be merged is left and counted.

    Of two that are merged the one with more offers is kept, among equals the one with more orders, then the lower id.
    """
    decided = refused = 0
    async with transaction(actor=actor):
        found = [one for one in await queries.waiting(pattern=data.pattern, kind=None, after=None, limit=MANY_MAX) if one.score >= data.score]
        counts = await counted(sorted({id_ for one in found for id_ in (one.low_id, one.high_id)}))
        for one in found:
            try:
                async with savepoint():
                    if data.act == "apart":
                        await keep_apart(one.low_id, one.high_id, actor=actor, now=now)
                    else:
                        kept = rules.kept_of(one.low_id, one.high_id, {id_: (it.offers or 0, it.orders or 0) for id_, it in counts.items()})
                        gone = one.high_id if kept == one.low_id else one.low_id
                        await merge(kept_id=kept, gone_id=gone, actor=actor, now=now)
            except DomainError:
                refused += 1
            else:
                decided += 1
        left = sum(one.pairs for one in await queries.patterns(limit=COUNT_MAX) if one.pattern == data.pattern)
    return ManyOut(decided, refused, left)
