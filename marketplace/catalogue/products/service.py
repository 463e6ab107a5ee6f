"""Owns the use cases of products: create them one by one or by the thousand, and read them in the reader's language."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

import msgspec

from marketplace.catalogue.products import queries, queries_held, queries_moved, rules, rules_fields
from marketplace.catalogue.products.errors import ProductMoved, ProductRetired, UnitInUse
from marketplace.catalogue.products.schemas import Changed, Lent, NewProduct, ProductDetail, ProductOut, Saved
from marketplace.catalogue.types import service as types
from marketplace.catalogue.types.schemas import Known
from marketplace.kernel.contracts import ProductsChanged
from marketplace.kernel.database import reading, transaction
from marketplace.kernel.errors import Moved, NotFound
from marketplace.kernel.ids import uuid7
from marketplace.kernel.outbox import service as outbox
from marketplace.kernel.ports import PRODUCT_COUNTS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
    from datetime import datetime

    from marketplace.catalogue.products.schemas import FieldValue, Held, LentText, LiveProduct
    from marketplace.kernel.actor import Actor

FACT_IDS_MAX = 1000
FIRST = UUID(int=0)
fields, fingerprint, content_hash = rules_fields.fields, rules_fields.fingerprint, rules.content_hash
gtin14, locale_chain = rules.gtin14, rules.locale_chain
missing = rules_fields.missing


def identifier_key(text: str) -> str:
    """Give the form in which part numbers and GTINs are compared: capitals and digits only, without leading zeros."""
    return rules.identifier_key(text)


async def product(product_id: UUID, *, locale: str) -> ProductOut:
    """Give one product of any state in the reader's language (orders refer to retired ones too).

    Raises: NotFound.
    """
    found = await products_by_ids([product_id], locale=locale)
    if not found:
        raise NotFound
    return found[0]


async def products_by_ids(ids: Iterable[UUID], *, locale: str) -> list[ProductOut]:
    """Give products in the order of the ids; ids that do not exist are left out."""
    wanted = list(ids)
    async with reading():
        found = await queries.by_ids(wanted, rules.locale_chain(locale))
    return [found[one] for one in wanted if one in found]


async def titles(ids: Iterable[UUID], *, locale: str) -> dict[UUID, str]:
    """Give the titles of products of any state in the reader's language, by id; ids that do not exist are left out."""
    wanted = list(dict.fromkeys(ids))
    if not wanted:
        return {}
    async with reading():
        return await queries.titles(wanted, rules.locale_chain(locale))


async def source_ids(ids: Iterable[UUID]) -> dict[UUID, str]:
    """Give by what id each product is known where it came from; ids that do not exist are left out."""
    async with reading():
        return await queries.source_ids(list(ids))


async def product_detail(product_id: UUID, *, locale: str) -> ProductDetail:
    """Give what the API answers about one published product, in one statement.

    Raises: NotFound; Moved for one that was merged into another.
    """
    async with reading():
        found = await queries.detail(product_id, rules.locale_chain(locale))
    if found is None:
        await check_stays(product_id)
        raise NotFound
    return found


async def check_stays(product_id: UUID) -> None:
    """Send whoever asks for a product that was merged into another to that other. Raises: Moved."""
    kept = await moved_to(product_id)
    if kept is not None:
        raise Moved(product_id, kept)


async def moved_to(product_id: UUID) -> UUID | None:
    """Give the product that this one was merged into, None for one that stands for itself or does not exist."""
    async with reading():
        return (await queries_moved.moved([product_id])).get(product_id)


async def present_id(product_id: UUID) -> UUID:
    """Give the id under which a product is kept now: its own, or that of the one it was merged into."""
    return await moved_to(product_id) or product_id


async def lock_pair(first: UUID, second: UUID) -> dict[UUID, LiveProduct]:
    """Lock two products in the order of their ids and give them as their rows are; what does not exist is missing. Inside the caller's transaction."""
    found = [await queries.live(one, is_locked=True) for one in sorted((first, second))]
    return {one.id: one for one in found if one is not None}


async def retire_into(gone: LiveProduct, kept: LiveProduct, *, now: datetime) -> Lent:
    """Retire a locked product in favour of another: old addresses lead there, and its keys and texts find and tell the other where that has none.

    What was merged into the gone one before leads to the kept one too. Publishes ProductsChanged; gives what `bring_back` needs.
    """
    async with transaction():
        await queries_moved.retire(gone.id, kept.id, now=now)
        repointed = await queries_moved.repoint(gone.id, kept.id)
        keys = await queries_moved.lend(gone.id, kept.id)
        texts = await queries_moved.lend_texts(gone.id, kept.id)
        await _tell([kept.id, gone.id], now)
    return Lent(state=gone.state, keys=keys, texts=texts, repointed=repointed)


async def bring_back(gone_id: UUID, kept: LiveProduct, *, merged: LiveProduct, lent: Lent, now: datetime) -> None:
    """Undo `retire_into`: the product stands for itself again, and the kept one loses the keys and texts that it had from it alone.

    `merged` is the kept one with the fields that the merge filled in, `kept` without them.
    """
    async with transaction():
        await queries_moved.bring_back(gone_id, state=lent.state, now=now)
        await queries_moved.repoint_back(lent.repointed, gone_id)
        own = rules.live_keys(kept)
        await queries_moved.take_keys([key for key in lent.keys if (key.scheme, key.value) not in own], kept.id)
        # A field that is blank again took its key with it, which may have been the product's before as a further one.
        again = rules.live_keys(merged) - own - {(key.scheme, key.value) for key in lent.keys}
        await queries.change_identifiers(kept.id, gone=(), come=sorted(again))
        await queries_moved.take_texts(lent.texts, kept.id)
        await queries_moved.lend_keys([kept.id])
        await _tell([kept.id, gone_id], now)


async def held_products(source: str, source_ids: Sequence[str], *, is_locked: bool = False) -> dict[str, Held]:
    """Give products of a source whole, of any state, by the ids that they have there; `is_locked` keeps others from changing them meanwhile."""
    async with reading():
        return await queries_held.of_source(source, source_ids, is_locked=is_locked)


async def held_after(last: UUID, *, category_id: UUID | None = None, source: str = "", limit: int = 1000) -> list[Held]:
    """Give the next products that are not retired, in the order of arrival: under a category and of a source where these are given."""
    async with reading():
        return await queries_held.after(last, category_id=category_id, source=source, limit=limit)


async def ids_after(last: UUID, *, limit: int) -> list[UUID]:
    """List the next products in the order of their ids, of any state."""
    async with reading():
        return await queries.ids_after(last, limit=limit)


async def in_batches(size: int) -> AsyncIterator[list[UUID]]:
    """Go through all products, of any state, in the order of their ids."""
    last = FIRST
    while batch := await ids_after(last, limit=size):
        yield batch
        last = batch[-1]


async def text_languages() -> list[str]:
    """List the languages that products have texts in beside their own."""
    async with reading():
        return await queries_held.languages()


async def create_products(
    new: Sequence[NewProduct], *, now: datetime, actor: Actor | None = None, fingerprints: Mapping[str, str] | None = None
) -> Saved:
    """Create many products at once, or bring those that are known up to date; the same content again changes nothing.

    All are of one source, and of two with the same source_id the last one counts. `fingerprints` are those of
    what the source says, by source_id, where that is less than the whole product. Publishes ProductsChanged in chunks of at most 1,000 ids.
    """
    if not new:
        return Saved([], [], [], [])
    assert len({one.source for one in new}) == 1, "one call saves products of one source"
    async with transaction(actor=actor):
        await queries.lock_source(new[0].source)
        latest = {one.source_id: one for one in new}
        said = fingerprints or {}
        hashes = {source_id: said.get(source_id) or rules.content_hash(one) for source_id, one in latest.items()}
        known = await queries.known(new[0].source, list(latest))
        ids = {source_id: known[source_id][0] if source_id in known else one.id or uuid7() for source_id, one in latest.items()}
        created = [source_id for source_id in latest if source_id not in known]
        updated = [source_id for source_id in latest if source_id in known and known[source_id][1] != hashes[source_id]]
        known_types = await types.known() if created or updated else Known()
        rows = {source_id: _row(latest[source_id], ids[source_id], hashes[source_id], known_types, now) for source_id in (*created, *updated)}
        if created:
            await queries.insert([rows[source_id] for source_id in created])
        if updated:
            await queries.update([rows[source_id] for source_id in updated])
        await _save_words({ids[source_id]: latest[source_id] for source_id in rows})
        if updated:
            await _give_again([ids[source_id] for source_id in updated], now=now)
        await _tell([ids[source_id] for source_id in rows], now)
    unchanged = [ids[source_id] for source_id in latest if source_id not in rows]
    return Saved([ids[one.source_id] for one in new], [ids[one] for one in created], [ids[one] for one in updated], unchanged)


async def _give_again(ids: Sequence[UUID], *, now: datetime) -> None:
    """Let products hold again what those that were merged into them gave, of which a new reading of their source knows nothing."""
    await queries_moved.lend_keys(ids)
    for gone_id, kept_id in await queries_moved.leading_to(ids):
        kept, gone = await live_product(kept_id), await live_product(gone_id)
        await change_product(kept_id, values=missing(kept, gone), base=fingerprint(fields(kept)), now=now)
        await queries_moved.lend_texts(gone_id, kept_id)


async def lend_texts(gone_id: UUID, kept_id: UUID) -> list[LentText]:
    """Give a product the words of one that was merged into it, in the languages that it has none in; gives them. Inside the caller's transaction."""
    return await queries_moved.lend_texts(gone_id, kept_id)


def _row(new: NewProduct, product_id: UUID, content_hash: str, known: Known, now: datetime) -> tuple[object, ...]:
    slug = rules.slug(new.title, source=new.source, source_id=new.source_id)
    attributes = msgspec.json.encode(new.attributes).decode()
    about = (new.brand, new.part_number, new.gtin, new.category_id, new.state, new.unit_code, new.locale, new.title, new.description, attributes)
    kind = types.words_of(new.title, brand=new.brand, part_number=new.part_number, known=known)
    return (product_id, new.source, new.source_id, slug, *about, new.weight_grams, new.volume_cm3, content_hash, *kind, now, now)


async def _save_words(products: dict[UUID, NewProduct]) -> None:
    texts = [
        (one, locale, words.title, words.description) for one, new in products.items() for locale, words in new.texts.items() if locale != new.locale
    ]
    keys = [(one, scheme, key) for one, new in products.items() for scheme, key in rules.identifiers(new)]
    await queries.insert_words(texts, keys)


async def _tell(ids: list[UUID], now: datetime) -> None:
    chunks = [ids[at : at + FACT_IDS_MAX] for at in range(0, len(ids), FACT_IDS_MAX)]
    if chunks:
        await outbox.publish(*(ProductsChanged(product_ids=tuple(chunk)) for chunk in chunks), now=now)


async def find_products(text: str, *, limit: int = 20) -> list[ProductOut]:
    """Find published products by a part number or GTIN, or how it begins, in their own language; none for a text without letters and digits."""
    key = rules.identifier_key(text)
    if not key:
        return []
    async with reading():
        return await queries.find(key, limit=limit)


async def live_product(product_id: UUID) -> LiveProduct:
    """Give a product of any state as its row is now, in its own language. Raises: NotFound."""
    async with reading():
        found = await queries.live(product_id)
    if found is None:
        raise NotFound
    return found


async def change_product(product_id: UUID, *, values: Mapping[str, FieldValue], base: str, now: datetime, actor: Actor | None = None) -> Changed:
    """Put other values into some fields of a product, which must still have the fingerprint `base`. Publishes ProductsChanged where one changed.

    Fields are those of `fields`, and their values are as a product holds them: a GTIN of 14 digits, the id of a category.
    Two at once wait for each other, and the second finds another fingerprint.
    Raises: NotFound, ProductRetired, ProductMoved, UnitInUse for another unit while offers stand there.
    """
    async with transaction(actor=actor):
        found = await queries.live(product_id, is_locked=True)
        if found is None:
            raise NotFound
        if found.state == "retired":
            raise ProductRetired
        before = fields(found)
        if fingerprint(before) != base:
            raise ProductMoved(extra={"base": fingerprint(before)})
        made = rules_fields.with_values(found, values)
        if made.unit_code != found.unit_code and await _bears_offers(product_id):
            raise UnitInUse(unit=found.unit_code)
        after = fields(made)
        changed = [name for name in {**before, **after} if before.get(name) != after.get(name)]
        if changed:
            kind = types.words_of(made.title, brand=made.brand, part_number=made.part_number, known=await types.known())
            await queries.change(made, kind=kind, now=now)
            old, new = rules.live_keys(found), rules.live_keys(made)
            await queries.change_identifiers(product_id, gone=sorted(old - new), come=sorted(new - old))
            await _tell([product_id], now)
    return Changed(before={name: before.get(name) for name in changed}, after={name: after.get(name) for name in changed}, base=fingerprint(after))


async def _bears_offers(product_id: UUID) -> bool:
    counts = [(await answerer.counts([product_id])).get(product_id) for answerer in PRODUCT_COUNTS.implementations]
    return any(one is not None and one.offers for one in counts)


async def set_categories(wanted: Sequence[tuple[UUID, UUID | None]], *, now: datetime) -> list[UUID]:
    """Put products, which the caller has locked in the order of their ids, into categories; None takes them out. Gives those that stood elsewhere.

    Publishes ProductsChanged for these alone, so that whoever reacts to it by sorting comes to an end.
    """
    if not wanted:
        return []
    async with transaction():
        changed = await queries.set_categories(wanted, now=now)
        await _tell(changed, now)
    return changed
