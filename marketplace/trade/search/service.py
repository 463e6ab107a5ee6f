"""Owns the use cases of search: find products by words or identifiers, list a category, and keep the read model up to date."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING
from uuid import UUID

from marketplace.catalogue.products import service as products
from marketplace.catalogue.taxonomy import service as taxonomy
from marketplace.catalogue.units import service as units
from marketplace.kernel import formatting
from marketplace.kernel.actor import ANONYMOUS, WORKER, Actor
from marketplace.kernel.currencies import CURRENCIES
from marketplace.kernel.database import reading, transaction
from marketplace.kernel.fx import service as fx
from marketplace.trade.search import queries, queries_index, queries_rank, rules, rules_terms
from marketplace.trade.search.errors import BadQuery
from marketplace.trade.search.schemas import ListPage, Narrower, Ranked, Results, SearchHit
from vendors.offers import service as offers
from vendors.visibility import service as visibility

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from marketplace.catalogue.products.schemas import AttributeValue, ProductOut
    from marketplace.catalogue.taxonomy.schemas import Category
    from marketplace.kernel.fx.service import FxTable
    from vendors.offers.schemas import OfferSummary

# Units that are counted; a price is then told as "each".
PIECES = frozenset({"H87", "C62"})
UNSORTED = queries.UNSORTED
Kept = rules_terms.Kept
Synonym = rules_terms.Synonym
Group = rules_terms.Group
FIRST = UUID(int=0)
segment = rules.segment
RESULTS_MAX = 1000
SEARCH_TIMEOUT_MS = 2000
INDEX_BATCH = 500
KINDS_BATCH = 5000


async def search(
    text: str,
    *,
    now: datetime,
    category: UUID | str | None = None,
    limit: int = 24,
    offset: int = 0,
    viewer: Actor = ANONYMOUS,
    currency: str = "EUR",
) -> Results:
    """Find products: those that carry an identifier of the query first, then by how telling the words are that they have, and how much of the query that is.

    At most 1,000 results are ranked, out of at most 10,000 candidates. A query that finds nothing anywhere is counted in the log of misses.
    Raises: BadQuery for more than 200 characters or a NUL; QueryTooBroad after two seconds; NotFound for an unknown category.
    """
    check_text(text)
    category_id = None if category is None else (await _category(category)).id
    found = await ranked(text, category_id=category_id, locale=viewer.locale) if text.strip() else Ranked([], [], "")
    ids = found.ids
    if not ids and text.strip() and category_id is None:
        await record_miss(text, viewer=viewer, now=now)
    shown = ids[offset : offset + limit]
    items = await hits(shown, now=now, viewer=viewer, currency=currency)
    return Results(items, offset + limit if len(ids) > offset + limit else None, ids, found.suggestion)


def check_text(text: str) -> None:
    """Raises: BadQuery for more than 200 characters or a NUL."""
    if not rules.is_searchable(text):
        raise BadQuery(limit=rules.QUERY_LENGTH_MAX)


async def record_miss(text: str, *, viewer: Actor, now: datetime) -> None:
    """Count a search that found nothing anywhere, by kind of visitor; it names nobody."""
    async with transaction(actor=viewer):
        await queries.record_miss(" ".join(text.lower().split()), segment=rules.segment(viewer), locale=viewer.locale, now=now)


async def ranked(
    text: str, *, category_id: UUID | None = None, limit: int = RESULTS_MAX, locale: str = "", kept: rules_terms.Kept | None = None
) -> Ranked:
    """Rank the products a text finds: those that carry an identifier of it first, then by their words. `limit` is at most 5,000.

    A text that is an identifier as a whole finds besides only what has all of its words. Words that come nowhere are read as the nearest word
    there is; `suggestion` says so. `kept` tries other rules of words than those in force. Raises: QueryTooBroad after two seconds.
    """
    async with transaction(readonly=True):
        await queries.limit_time(SEARCH_TIMEOUT_MS)
        asked = text if rules.has_operators(text) else ""
        excluded = rules.excluded(text)
        without = [key for key in map(products.identifier_key, excluded) if key]
        keys = rules.identifier_keys(rules.positive(text), key_of=products.identifier_key)
        carrying = await queries.ids_by_key(keys, category_id=category_id, excluded=(without, excluded), limit=limit) if keys else []
        kept = kept or await queries_rank.kept(locale)
        found, suggestion = await _groups(rules.positive(text), kept)
        hits: list[tuple[UUID, float]] = []
        if found:
            every, some = rules_terms.candidates(found, limit=queries_rank.CANDIDATES_MAX)
            is_number = bool(carrying) and len(text.split()) == 1
            hits = await queries_rank.ranked(
                found, candidates=(every, "" if is_number else some), text=asked, category_id=category_id, limit=limit, typeless=kept.typeless
            )
    highest = hits[0][1] if hits else 0.0
    scores = dict.fromkeys(carrying, highest + 1) | {one: score for one, score in hits if one not in set(carrying)}
    return Ranked(list(scores)[:limit], list(scores.values())[:limit], suggestion)


async def among(text: str, ids: Sequence[UUID], *, locale: str = "") -> list[UUID]:
    """Tell which of these products have every word of a text, or carry it as an identifier, however many others do; in no order. Counts no search.

    Words stand for one another and mistyped ones are read as in `ranked`, but products with some of the words only are left out.
    Raises: BadQuery, QueryTooBroad.
    """
    check_text(text)
    async with transaction(readonly=True):
        await queries.limit_time(SEARCH_TIMEOUT_MS)
        keys = rules.identifier_keys(rules.positive(text), key_of=products.identifier_key)
        found, _ = await _groups(rules.positive(text), await queries_rank.kept(locale))
        every = rules_terms.candidates(found, limit=0)[0] if found else ""
        return await queries_rank.among(ids, keys, every=every, text=text if rules.has_operators(text) else "")


async def compared(words: str) -> tuple[str, ...]:
    """Give a way of saying as searches compare it, () for one without any letter or digit."""
    async with reading():
        return rules_terms.compared(await queries_rank.lexemes(words.split()))


async def kept_rules(locale: str) -> rules_terms.Kept:
    """Give the rules of words that hold for a reader's language now."""
    async with reading():
        return await queries_rank.kept(locale)


async def read(text: str, kept: rules_terms.Kept) -> tuple[tuple[rules_terms.Group, ...], str]:
    """Tell how a text is read under these rules of words, and as what where words of it come nowhere. Raises: BadQuery."""
    check_text(text)
    async with reading():
        return await _groups(rules.positive(text), kept)


async def _groups(text: str, kept: rules_terms.Kept) -> tuple[tuple[rules_terms.Group, ...], str]:
    """Read the words of a text with what stands for each; with the text as it should have been typed where words were read as others, else ""."""
    typed = text.split()[: rules.TOKENS_MAX]
    tokens = await queries_rank.lexemes(typed) if typed else []
    found = rules_terms.places(tokens)
    if not found:
        return (), ""
    means = rules_terms.meanings(kept.synonyms)
    known = await queries_rank.words(rules_terms.wanted(found, means))
    read = rules_terms.groups(found, known.counts, known.total, means, kept.whole)
    lost = {group.alternatives[0][0] for group in read if not group.documents and len(group.alternatives) == 1 and len(group.alternatives[0]) == 1}
    typed_as = {lexemes[0]: word for word, lexemes in tokens if len(lexemes) == 1}
    near = {
        word: nearest
        for word in sorted(lost)
        if rules.may_be_mistyped(word) and (nearest := await queries_rank.nearest(word, typed_as.get(word, word)))
    }
    if not near:
        return read, ""
    corrected = [((near[place[0][0]][0],),) if place[0][0] in near else place for place in found]
    known = await queries_rank.words(rules_terms.wanted(corrected, means))
    written = {word: one[1] for word, one in near.items()}
    read = rules_terms.groups(corrected, known.counts, known.total, means, kept.whole)
    return read, rules.respelled([place[0][0] for place in found], text, written)


async def narrower(ids: Sequence[UUID], *, inside: UUID | None, locale: str) -> list[Narrower]:
    """Tell into which categories these results fall, the fullest first: the children of `inside`, or of the root, that hold some of them."""
    async with reading():
        counts = await queries.categories_of(ids)
    level = 0
    categories = {one.id: one for one in await taxonomy.tree()}
    if inside is not None:
        level = len(categories[inside].path)
    sums: dict[UUID, int] = {}
    for category_id, count in counts.items():
        path = categories[category_id].path if category_id in categories else ()
        if len(path) > level and (inside is None or inside in path):
            sums[path[level]] = sums.get(path[level], 0) + count
    found = [Narrower(categories[one].slug, categories[one].name(locale), count) for one, count in sums.items()]
    return sorted(found, key=lambda one: (-one.products, one.name))


async def hits(ids: Sequence[UUID], *, now: datetime, viewer: Actor, currency: str) -> list[SearchHit]:
    """Give what a list shows of these products, in their order, with lowest price and number of suppliers as they are at this moment."""
    if not ids:
        return []
    locale = viewer.locale
    found = await products.products_by_ids(ids, locale=locale)
    summaries = await offers.offer_summaries(list(ids), now=now, viewer=viewer, currency=currency)
    categories = {category.id: category for category in await taxonomy.tree()}
    known = await units.units()
    return [
        _hit(
            one,
            unit_name="" if one.unit_code in PIECES else units.short_name(known[one.unit_code], locale),
            category=categories.get(one.category_id) if one.category_id else None,
            summary=summaries.get(one.id),
            locale=locale,
            currency=currency,
        )
        for one in found
        if one.state == "published"
    ]


def _hit(one: ProductOut, *, unit_name: str, category: Category | None, summary: OfferSummary | None, locale: str, currency: str) -> SearchHit:
    return SearchHit(
        id=one.id,
        slug=one.slug,
        title=one.title,
        brand=one.brand,
        part_number=one.part_number,
        gtin=one.gtin,
        category_id=one.category_id,
        category=one.category,
        category_name=category.name(locale) if category else "",
        unit_code=one.unit_code,
        unit_name=unit_name,
        telling=rules.telling(one.attributes, category.telling if category else (), locale=locale, written=_written),
        from_price=summary.from_price if summary else None,
        currency=currency,
        suppliers=summary.suppliers if summary else 0,
        offers=summary.offers if summary else 0,
        available=summary.available if summary else 0,
    )


def _written(value: AttributeValue) -> str:
    if isinstance(value, bool):
        return "✓" if value else "✗"
    return value if isinstance(value, str) else formatting.number(Decimal(str(value)))


async def category_hits(
    category_id: UUID | str | None,
    *,
    now: datetime,
    after: UUID | None = None,
    limit: int = 24,
    viewer: Actor = ANONYMOUS,
    currency: str = "EUR",
) -> tuple[list[SearchHit], UUID | None]:
    """List a category with all below it, what has none yet (UNSORTED), or everything, in the order of arrival; with the id after which the next page begins."""
    async with reading():
        ids = await queries.ids_in_order(category_id, after=after or FIRST, limit=limit + 1)
    shown = ids[:limit]
    return await hits(shown, now=now, viewer=viewer, currency=currency), shown[-1] if len(ids) > limit else None


async def list_products(
    category: UUID | str | None, *, now: datetime, after: UUID | None = None, limit: int = 24, viewer: Actor, currency: str = "EUR"
) -> ListPage:
    """Give a page of the API's list as JSON from PostgreSQL, in one statement: a category by id or slug with all below it, or everything.

    Raises: NotFound for a category that does not exist.
    """
    codes, rates = _prices(await fx.rates(now), currency)
    async with reading():
        page = await queries.list_page(
            category,
            after=after or FIRST,
            limit=limit,
            now=now,
            viewer=visibility.viewer_of(viewer),
            locales=products.locale_chain(viewer.locale),
            prices=(currency, codes, rates),
        )
    if page.items == b"[]" and category not in {None, UNSORTED}:
        assert category is not None, "everything needs no category"
        await _category(category)
    return page


async def _category(category: UUID | str) -> Category:
    """Find a category by id or slug. Raises: NotFound."""
    if isinstance(category, UUID):
        return await taxonomy.category(category)
    return await taxonomy.category_by_slug(category)


class _Prices:
    """What each currency costs in the shown one, worked out once for each table of rates."""

    table: FxTable | None = None
    currency: str = ""
    codes: list[str] = []  # noqa: RUF012 - replaced as a whole, never changed
    rates: list[Decimal] = []  # noqa: RUF012 - as above


def _prices(table: FxTable, currency: str) -> tuple[list[str], list[Decimal]]:
    if _Prices.table is not table or _Prices.currency != currency:
        known = [(code, rate.rate) for code in CURRENCIES if (rate := table.rate(code, currency)) is not None]
        _Prices.codes, _Prices.rates = [code for code, _ in known], [rate for _, rate in known]
        _Prices.table, _Prices.currency = table, currency
    return _Prices.codes, _Prices.rates


async def search_text(text: str, *, now: datetime, locale: str = "en", limit: int = 20) -> list[SearchHit]:
    """Search as an anonymous visitor does, for the command line."""
    return (await search(text, now=now, limit=limit, viewer=Actor(locale=locale))).items


async def index_products(product_ids: Sequence[UUID], *, now: datetime) -> None:
    """Bring the search documents of these products up to date with the catalogue; products that are not published are found no more."""
    ordered = sorted(set(product_ids))
    for at in range(0, len(ordered), INDEX_BATCH):
        batch = ordered[at : at + INDEX_BATCH]
        async with transaction():
            await queries_index.lock(batch)
            await queries_index.index(batch, now=now)


async def index_all(*, now: datetime) -> int:
    """Bring every product's search document up to date, in batches of 500, and answer how many products there are."""
    count = 0
    async for batch in products.in_batches(INDEX_BATCH):
        await index_products(batch, now=now)
        count += len(batch)
    return count


async def refresh(now: datetime) -> int:
    """Bring what search knows of all documents together up to date: documents of an older form, the words and how often each comes, types.

    Answers how many documents were read anew. Another refresh at the same time is left to do the counting.
    """
    done = 0
    while True:
        async with reading():
            batch = await queries_index.unread(limit=INDEX_BATCH)
        if not batch:
            break
        await index_products(batch, now=now)
        done += len(batch)
        async with reading():
            still = await queries_index.unread(limit=INDEX_BATCH)
        if still == batch:
            break
    async with transaction(actor=WORKER):
        if await queries_index.lock_words():
            await queries_index.count_words()
    return done


async def renew_category(category_ids: Sequence[UUID]) -> None:
    """Let the documents of categories and of all below them be read anew by the next refresh: they stay findable as they are until then."""
    async with transaction(actor=WORKER):
        await queries_index.forget_read(category_ids)


async def renew_kinds(after: UUID, until: UUID) -> None:
    """Bring the types of the documents of the products after one id, up to another, up to date with the catalogue."""
    async with transaction(actor=WORKER):
        await queries_index.renew_kinds(after, until)
