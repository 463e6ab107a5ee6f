"""Owns the use cases of narrowing down: find what somebody asks for with how it can be narrowed further, and keep the read model up to date."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

import msgspec

from marketplace.catalogue.products import service as products
from marketplace.catalogue.taxonomy import service as taxonomy
from marketplace.kernel.actor import WORKER
from marketplace.kernel.currencies import CURRENCIES
from marketplace.kernel.database import reading, transaction
from marketplace.kernel.fx import service as fx
from marketplace.trade.facets import queries, queries_index, queries_suggest, rules, rules_choices
from marketplace.trade.facets.errors import UnknownAttribute
from marketplace.trade.facets.queries import Attribute, Look, Offered, Wanted
from marketplace.trade.facets.schemas import Filters, Found, Suggested
from marketplace.trade.search import service as search
from vendors.visibility import service as visibility

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from datetime import datetime
    from decimal import Decimal

    from marketplace.catalogue.taxonomy.schemas import Category, CategoryAttribute
    from marketplace.kernel.actor import Actor
    from marketplace.trade.facets.schemas import Asked, Counted
    from marketplace.trade.search.schemas import SearchHit

asked, address, toggled, place_name, NAMES = rules.asked, rules.address, rules.toggled, rules.place_name, rules.NAMES
SAMPLE, ATTRIBUTES_MAX, SHARE_MIN = 200, 6, 5
TIMEOUT_MS, SUGGEST_MIN, KEY_MIN = 2000, 2, 3
INDEX_BATCH = 500
COMMON = ("EUR", "USD", "GBP", "CNY", "JPY", "AED", "VND", "TRY", "PLN", "CHF")
FIRST = UUID(int=0)
STEPS: tuple[Sequence[Decimal], Sequence[int]] = (rules.STEPS, rules.LEAD_STEPS)


class _Candidates(msgspec.Struct, frozen=True):
    """What a text or a category comes to before anything is chosen, the best first; `chosen` is what is left where there are more than are counted."""

    ids: list[UUID]
    is_exact: bool
    suggestion: str = ""
    chosen: list[UUID] | None = None


async def find(asked: Asked, *, now: datetime, viewer: Actor, currency: str, limit: int = 24, place: tuple[int, UUID] | None = None) -> Found:
    """Find products by words, or list a category or everything, with what is chosen of them, and count how they can be narrowed down further.

    Counts are exact up to 5,000 candidates. `place` is where the page before ended: how far, and with which product. A text that finds nothing at all is counted as missed.
    Raises: BadQuery, QueryTooBroad, NotFound for an unknown category, UnknownAttribute, NotARange.
    """
    category = await _category(asked.filters.category)
    look = Look(now, visibility.viewer_of(viewer), *await _rates(now, currency))
    text = asked.text.strip()
    async with transaction(readonly=True):
        await queries.limit_time(TIMEOUT_MS)
        candidates = await _ranked(asked.text, category, viewer.locale) if text else await _arrived(asked.filters, category)
        known = await _attributes(candidates.ids, asked.filters, category)
        wanted = await _wanted(asked.filters, category, known)
        if candidates.chosen is None and not text and not candidates.is_exact and not asked.filters.is_empty:
            chosen = await queries.matching(wanted, look, is_unsorted=asked.filters.category == search.UNSORTED, steps=STEPS)
            candidates = msgspec.structs.replace(candidates, chosen=chosen)
        active = None if candidates.chosen is None else rules_choices.active(asked.filters, [one.key for one in wanted.attributes])
        counted = await queries.counted(candidates.ids, wanted, look, steps=STEPS, sort=asked.sort, counts=active)
        if candidates.chosen is not None:
            narrowed = await queries.counted(candidates.chosen[: queries.CANDIDATES_MAX], wanted, look, steps=STEPS, sort=asked.sort)
            counted = rules_choices.merged(counted, narrowed, asked.filters, [one.key for one in wanted.attributes])
    if text and counted.ids and place is None and asked.filters == Filters() and not candidates.suggestion:
        await _count(" ".join(text.split()), viewer, now)
    if text and not candidates.ids:
        await search.record_miss(asked.text, viewer=viewer, now=now)
    names = {slug: name for slug, (_, name) in (await _suppliers(asked.filters.suppliers)).items()}
    facets = rules_choices.facets(
        counted, asked.filters, {one.id: one for one in await taxonomy.tree()}, known, names, locale=viewer.locale, currency=currency
    )
    reader = (now, viewer, currency)
    if not text and asked.filters.is_empty and asked.sort == "relevance" and not candidates.is_exact:
        items, following = await _arrivals(category.id if category else asked.filters.category or None, reader, limit=limit, place=place)
    else:
        items, following = await _page(counted.ids, wanted, look, reader, limit=limit, place=place)
    return Found(
        items=items,
        facets=facets,
        total=await _total(asked, counted, category, is_exact=candidates.is_exact),
        is_exact=candidates.is_exact,
        next_place=following,
        ids=counted.ids,
        suggestion=candidates.suggestion,
    )


async def holds(asked: Asked, ids: Sequence[UUID], *, now: datetime, viewer: Actor, currency: str) -> list[UUID]:
    """Tell which of at most 5,000 products are in what somebody asks for, with every word of it, however much else is. Counts neither a search nor a miss.

    Raises: as `find`.
    """
    category = await _category(asked.filters.category)
    look = Look(now, visibility.viewer_of(viewer), *await _rates(now, currency))
    is_unsorted = asked.filters.category == search.UNSORTED
    if asked.text.strip():
        ids = await search.among(asked.text, ids, locale=viewer.locale)
    async with transaction(readonly=True):
        await queries.limit_time(TIMEOUT_MS)
        below = None if category is None else await queries.below(category.id)
        listed = await queries.published(ids, below, is_unsorted=is_unsorted)
        wanted = await _wanted(asked.filters, category, await _attributes(listed, asked.filters, category))
        return (await queries.counted(listed, wanted, look, steps=STEPS, sort="relevance")).ids if listed else []


async def held(asked: Asked, *, now: datetime, viewer: Actor, currency: str) -> tuple[list[UUID], bool]:
    """Give of the first 5,000 products those that are in what somebody asks for, with every word of it, and whether those are all.

    Counts neither a search nor a miss. Raises: as `find`.
    """
    category = await _category(asked.filters.category)
    look = Look(now, visibility.viewer_of(viewer), *await _rates(now, currency))
    text = asked.text.strip()
    async with transaction(readonly=True):
        await queries.limit_time(TIMEOUT_MS)
        found = await _ranked(asked.text, category, viewer.locale) if text else await _arrived(asked.filters, category)
        if text:
            found = msgspec.structs.replace(found, ids=await search.among(asked.text, found.ids, locale=viewer.locale))
        wanted = await _wanted(asked.filters, category, await _attributes(found.ids, asked.filters, category))
        if not text and not found.is_exact and not asked.filters.is_empty:
            ids = await queries.matching(wanted, look, is_unsorted=asked.filters.category == search.UNSORTED, steps=STEPS)
            found = _Candidates(ids[: queries.CANDIDATES_MAX], len(ids) <= queries.CANDIDATES_MAX)
        return (await queries.counted(found.ids, wanted, look, steps=STEPS, sort=asked.sort)).ids, found.is_exact


async def _count(text: str, viewer: Actor, now: datetime) -> None:
    """Count what people look for, by their organisations; whoever looks without one, such as a visitor or a job, makes no suggestion."""
    asker = viewer.organisation_id
    if asker is None or viewer.person_id is None or viewer.is_operator:
        return
    async with reading(actor=viewer):
        is_counted = await queries_suggest.is_counted(text, locale=viewer.locale, asker=asker)
    if not is_counted:
        async with transaction(actor=viewer):
            await queries_suggest.found(text, locale=viewer.locale, asker=asker, now=now)


async def _category(slug: str) -> Category | None:
    return None if slug in {"", search.UNSORTED} else await taxonomy.category_by_slug(slug)


async def _rates(now: datetime, currency: str) -> tuple[list[str], list[Decimal]]:
    table = await fx.rates(now)
    # What most offers are in comes first, because thousands of them are looked up.
    codes = sorted(CURRENCIES, key=lambda code: (code != currency, code not in COMMON, code))
    known = [(code, rate.rate) for code in codes if (rate := table.rate(code, currency)) is not None]
    return [code for code, _ in known], [rate for _, rate in known]


async def _ranked(text: str, category: Category | None, locale: str) -> _Candidates:
    search.check_text(text)
    found = await search.ranked(text, limit=queries.CANDIDATES_MAX, locale=locale)
    is_exact = len(found.ids) < queries.CANDIDATES_MAX
    if category is not None and not is_exact:
        found = await search.ranked(text, category_id=category.id, limit=queries.CANDIDATES_MAX, locale=locale)
    return _Candidates(found.ids, is_exact, found.suggestion)


async def _arrived(filters: Filters, category: Category | None) -> _Candidates:
    below = None if category is None else await queries.below(category.id)
    ids = await queries.arrived(below, is_unsorted=filters.category == search.UNSORTED, limit=queries.CANDIDATES_MAX + 1)
    return _Candidates(ids[: queries.CANDIDATES_MAX], len(ids) <= queries.CANDIDATES_MAX)


async def _attributes(ids: Sequence[UUID], filters: Filters, category: Category | None) -> list[CategoryAttribute]:
    """Choose the attributes to count: of the chosen category, else of those that many of the best results are in; and what is chosen already.

    Raises: UnknownAttribute for one that no category has.
    """
    tree = {one.id: one for one in await taxonomy.tree()}
    weights = (
        {category.id: 1} if category is not None else {one: count for one, count in (await queries.kinds(ids[:SAMPLE])).items() if one is not None}
    )
    votes: dict[str, int] = {}
    found: dict[str, CategoryAttribute] = {}
    for one, count in weights.items():
        for about in rules_choices.telling(tree[one]) if one in tree else ():
            votes[about.key] = votes.get(about.key, 0) + count
            found.setdefault(about.key, about)
    least = 1 if category is not None else max(1, min(len(ids), SAMPLE) // SHARE_MIN)
    keys = [key for key, count in sorted(votes.items(), key=lambda pair: -pair[1]) if count >= least][:ATTRIBUTES_MAX]
    chosen = [found[key] for key in keys]
    for key in filters.attributes:
        if key not in keys:
            named = found.get(key) or next((about for one in tree.values() for about in one.attributes if about.key == key), None)
            if named is None:
                raise UnknownAttribute(value=key)
            chosen.append(named)
    return chosen


async def _wanted(filters: Filters, category: Category | None, known: Sequence[CategoryAttribute]) -> Wanted:
    suppliers = await _suppliers(filters.suppliers)
    attributes = []
    for about in known:
        chosen = filters.attributes.get(about.key, ())
        is_measured = about.kind in rules_choices.MEASURED
        attributes.append(
            Attribute(about.key, about.kind, () if is_measured else chosen, tuple(rules.span(one) for one in chosen) if is_measured else ())
        )
    return Wanted(
        None if category is None else await queries.below(category.id),
        filters.brands,
        tuple(attributes),
        Offered([one for one, _ in suppliers.values()], filters.leads, filters.prices, is_nobody=bool(filters.suppliers) and not suppliers),
    )


async def _suppliers(slugs: Sequence[str]) -> dict[str, tuple[UUID, str]]:
    if not slugs:
        return {}
    async with reading():
        return await queries.suppliers_named(slugs)


async def _arrivals(
    category: UUID | str | None, reader: tuple[datetime, Actor, str], *, limit: int, place: tuple[int, UUID] | None
) -> tuple[list[SearchHit], tuple[int, UUID] | None]:
    """Give a page of what arrived in its order, without end, and where it ends."""
    now, viewer, currency = reader
    items, last = await search.category_hits(category, now=now, after=place[1] if place else None, limit=limit, viewer=viewer, currency=currency)
    return items, None if last is None else ((place[0] if place else 0) + limit, last)


async def _page(
    ids: Sequence[UUID], wanted: Wanted, look: Look, reader: tuple[datetime, Actor, str], *, limit: int, place: tuple[int, UUID] | None
) -> tuple[list[SearchHit], tuple[int, UUID] | None]:
    """Give the page behind a place, as far as products were ranked, and where it ends; with the prices of the offers that are chosen."""
    now, viewer, currency = reader
    start = rules_choices.start(ids, place)
    shown = ids[start : start + limit]
    items = await search.hits(shown, now=now, viewer=viewer, currency=currency)
    if wanted.offers.is_any and shown:
        async with reading():
            prices = await queries.priced(shown, wanted, look, steps=STEPS)
        items = [
            msgspec.structs.replace(one, from_price=prices[one.id][0], suppliers=prices[one.id][1], offers=prices[one.id][2])
            if one.id in prices
            else one
            for one in items
        ]
    end = start + len(shown)
    return items, (end, shown[-1]) if end < len(ids) else None


async def _total(asked: Asked, counted: Counted, category: Category | None, *, is_exact: bool) -> int:
    if is_exact or asked.text.strip() or not asked.filters.is_empty:
        return len(counted.ids)
    counts = await taxonomy.product_counts()
    if category is not None:
        return max(counts.get(category.id, 0), len(counted.ids))
    if asked.filters.category == search.UNSORTED:
        return max(counts.get(None, 0), len(counted.ids))
    roots = [one.id for one in await taxonomy.tree() if one.parent_id is None]
    return max(counts.get(None, 0) + sum(counts.get(one, 0) for one in roots), len(counted.ids))


async def suggest(text: str, *, viewer: Actor) -> list[Suggested]:
    """Tell what the first letters of a search may mean: products by the beginning of a number, brands, types, categories, words that found something.

    Fewer than two characters mean nothing yet. Raises: BadQuery.
    """
    search.check_text(text)
    wanted = " ".join(text.split())
    if len(wanted) < SUGGEST_MIN:
        return []
    key = products.identifier_key(wanted)
    key = key if len(key) >= KEY_MIN and any(letter.isdigit() for letter in key) else ""
    async with reading():
        rows = await queries_suggest.suggested(wanted, key=key, locales=products.locale_chain(viewer.locale))
    return rules_choices.distinct([Suggested(kind=row[0], text=row[1], note=row[2], path=rules.leads_to(row[0], row[1], row[3])) for row in rows])


async def learn_suggestions(now: datetime) -> int:
    """Read anew what beginnings may mean, and answer how many there are."""
    async with transaction(actor=WORKER):
        return await queries_suggest.learn(now=now)


async def index_products(product_ids: Sequence[UUID], *, now: datetime) -> None:
    """Bring what facets know of these products up to date with catalogue and offers."""
    ordered = sorted(set(product_ids))
    for at in range(0, len(ordered), INDEX_BATCH):
        batch = ordered[at : at + INDEX_BATCH]
        async with transaction():
            await queries_index.lock(batch)
            await queries_index.index(batch, now=now)


async def reread_crowded(category_ids: Sequence[UUID], *, now: datetime) -> None:
    """Let products of these categories that have more attributes than are kept be read anew within a minute."""
    async with transaction(actor=WORKER):
        await queries_index.mark_crowded(category_ids, now=now)


async def index_all(*, now: datetime) -> int:
    """Bring what facets know of every product up to date, in batches of 500, and answer how many products there are."""
    count = 0
    async for batch in products.in_batches(INDEX_BATCH):
        await index_products(batch, now=now)
        count += len(batch)
    return count


async def follow(now: datetime) -> int:
    """Renew products of which an offer or a price began or ended by itself, and answer how many."""
    return await _emptied(lambda: queries_index.changing(now=now, limit=INDEX_BATCH), now=now)


async def fill(now: datetime) -> int:
    """Read the products of which facets know nothing yet, and answer how many."""
    return await _emptied(lambda: queries_index.missing(limit=INDEX_BATCH), now=now)


async def _emptied(waiting: Callable[[], Awaitable[list[UUID]]], *, now: datetime) -> int:
    """Read the products that wait, a batch at a time, until none waits any more; answer how many they were."""
    done = 0
    while True:
        async with reading():
            batch = await waiting()
        if not batch:
            return done
        await index_products(batch, now=now)
        done += len(batch)
