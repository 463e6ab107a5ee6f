"""Owns the use cases of product types: learn them from the titles of the catalogue, and say which one a product bears."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from marketplace.catalogue.types import queries, rules
from marketplace.catalogue.types.schemas import Known, Learned, ProductType
from marketplace.kernel.actor import WORKER
from marketplace.kernel.contracts import TypesLearned
from marketplace.kernel.database import reading, transaction
from marketplace.kernel.outbox import service as outbox

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

# Fewer products than this, or one brand alone, name no kind of thing.
PRODUCTS_MIN, BRANDS_MIN, ENDS_MIN = 8, 2, 20
# A word that goes on behind so many types says more about a thing ("internal"), and not what else it is ("stand").
FOLLOWED_MIN = 3
BATCH = 5000
FIRST = UUID(int=0)
TYPES_MAX = 5000


async def known() -> Known:
    """Give what was learned, for `words_of`."""
    async with reading():
        return Known(frozenset(await queries.phrases()), frozenset(await queries.followers()))


async def types() -> list[ProductType]:
    """Give the learned types, those of the most products first."""
    async with reading():
        return await queries.types(limit=TYPES_MAX)


def words_of(title: str, *, brand: str, part_number: str, known: Known) -> tuple[str, str, str | None]:
    """Give (head, name_tail, type) of a product, as its row keeps them."""
    first, last = rules.head(title, brand=brand, part_number=part_number), rules.tail(title, brand=brand, part_number=part_number)
    return " ".join(first), " ".join(last), rules.kind(first, last, known)


async def learn(now: datetime, *, progress: Callable[[int], None] | None = None) -> Learned:
    """Learn the types from all published titles, and write on each product the one it bears.

    Products are gone through in batches of 5,000, each in a transaction with its own TypesLearned where one changed, so that whoever stops in between
    leaves nobody behind. A second time at once changes nothing. `progress` hears how many are done.
    """
    await _read_titles()
    async with transaction(actor=WORKER):
        await queries.lock()
        await queries.learn(products=PRODUCTS_MIN, brands=BRANDS_MIN, words=rules.PHRASE_WORDS, ends=ENDS_MIN, now=now)
        await queries.learn_followers(types=FOLLOWED_MIN, words=rules.PHRASE_WORDS)
        found = await known()
    last, done, changed = FIRST, 0, 0
    while True:
        async with transaction(actor=WORKER):
            batch = await queries.words_after(last, limit=BATCH)
            kinds = {row["id"]: rules.kind(row["head"].split(), row["name_tail"].split(), found) for row in batch}
            moved = [row["id"] for row in batch if kinds[row["id"]] != row["type"]]
            if moved:
                await queries.set_types(moved, [kinds[one] for one in moved])
                await outbox.publish(TypesLearned(len(moved), last, batch[-1]["id"]), now=now)
        if not batch:
            break
        last, done, changed = batch[-1]["id"], done + len(batch), changed + len(moved)
        if progress is not None:
            progress(done)
    return Learned(len(found.phrases), changed)


async def _read_titles() -> None:
    """Read the words of titles that were written before anybody read them."""
    while True:
        async with transaction(actor=WORKER):
            batch = await queries.without_words(limit=BATCH)
            if batch:
                await queries.set_words(
                    [
                        (
                            row["id"],
                            " ".join(rules.head(row["title"], brand=row["brand"], part_number=row["part_number"])),
                            " ".join(rules.tail(row["title"], brand=row["brand"], part_number=row["part_number"])),
                        )
                        for row in batch
                    ]
                )
        if len(batch) < BATCH:
            return


async def learn_nightly(now: datetime) -> int:
    """Learn the types, for the timer; gives how many products bear another one."""
    return (await learn(now)).changed
