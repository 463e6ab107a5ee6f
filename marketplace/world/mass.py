"""Owns a catalogue of very many products, made in minutes: words by rank as languages have them, kinds, brands, typed attributes and some offers."""

from __future__ import annotations

import asyncio
import random
import time
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID

import asyncpg

from marketplace.catalogue.taxonomy import service as taxonomy
from marketplace.catalogue.taxonomy.schemas import CategoryAttribute, NewCategory
from marketplace.kernel import clock, database
from marketplace.kernel.ids import uuid7
from marketplace.trade.search import service as search
from marketplace.world import queries, queries_mass
from marketplace.world.assortment import TREE, TYPES
from marketplace.world.companies import COUNTRIES, SupplierProfile
from marketplace.world.market import make_rates, make_supplier
from marketplace.world.seed import POSTAL, NotEmpty

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from marketplace.kernel.settings import Settings
    from marketplace.world.market import MarketSupplier

WORDS, BRANDS, SUPPLIERS, OFFERS_MAX = 20_000, 800, 24, 4
BATCH, CONNECTIONS = 5_000, 3
SEED = 20261122
SYLLABLES = tuple(
    first + vowel + last for first in ("b", "br", "c", "d", "f", "fl", "g", "k", "l", "m", "n", "p", "pl", "r", "s", "st", "t", "tr", "v", "w") for vowel in "aeiou" for last in ("", "n", "r", "l", "x")
)  # fmt: skip
# Keys of the attributes of all categories: two numbers with a unit, a truth, two texts.
KEYS = (("length", "number", "mm"), ("power", "number", "W"), ("wireless", "bool", ""), ("colour", "text", ""), ("material", "text", ""))


def vocabulary(count: int) -> list[str]:
    """Make so many words that look like words, each once, the same in every world: a small one has the first of a large one's."""
    chance = random.Random(SEED)  # noqa: S311 - the same words in every run
    found: dict[str, None] = {}
    while len(found) < count:
        found.setdefault("".join(chance.choice(SYLLABLES) for _ in range(chance.choice((2, 2, 3, 3, 4)))), None)
    return list(found)


async def fill(settings: Settings, products: int) -> dict[str, float]:
    """Fill a migrated, empty database with so many products, and up to three offers on each; give how long what took, in seconds.

    The same number makes the same products but for the ids of categories and companies. Raises: NotEmpty.
    """
    await database.open_pool(settings, statement_timeout_ms=settings.worker_statement_timeout_ms)
    try:
        if await queries.has_market():
            raise NotEmpty
        now = clock.now()
        began = time.perf_counter()
        kinds = await _kinds()
        suppliers = await _suppliers(now)
        names = vocabulary(WORDS + BRANDS)
        url = settings.database_owner_url or settings.database_url
        connection = await asyncpg.connect(url)
        try:
            await queries_mass.stage(connection, words=names[:WORDS], brands=[one.capitalize() for one in names[WORDS:]], kinds=kinds)
            await _in_turn(url, suppliers, products, now)
            filled = time.perf_counter()
            await queries_mass.finish(connection)
        finally:
            await connection.close()
        await search.refresh(now)
        done = time.perf_counter()
        return {"products": products, "fill_seconds": round(filled - began, 1), "finish_seconds": round(done - filled, 1)}
    finally:
        await database.close_pool()


async def _kinds() -> list[tuple[str, UUID, list[str]]]:
    """Make the tree of the demo's assortment with attributes to narrow down by, and give each kind of thing with its category."""
    found: list[tuple[str, UUID, list[str]]] = []
    attributes = tuple(
        CategoryAttribute(key=key, kind=kind, unit=unit, telling_rank=place, is_facet=True) for place, (key, kind, unit) in enumerate(KEYS, 1)
    )
    for slug, (names, leaves) in TREE.items():
        (branch,) = await taxonomy.create_categories([NewCategory(slug=slug, names={"en": names[0]}, attributes=attributes)])
        ids = await taxonomy.create_categories([NewCategory(slug=leaf, names={"en": words[0]}, parent_id=branch) for leaf, words in leaves.items()])
        for leaf, leaf_id in zip(leaves, ids, strict=True):
            found += [(phrase.title(), leaf_id, [key for key, _, _ in KEYS]) for phrase in TYPES.get(leaf, leaf).split("|")[:4]]
    random.Random(SEED).shuffle(found)  # noqa: S311 - the same order in every run
    return found


async def _suppliers(now: datetime) -> list[MarketSupplier]:
    opened = now - timedelta(days=30)
    await make_rates(opened)
    codes = list(COUNTRIES)
    made = []
    for number in range(SUPPLIERS):
        country = codes[number % len(codes)]
        profile = SupplierProfile(
            key=f"mass{number + 1}", legal_name=f"Vendor {number + 1}", name=f"Vendor {number + 1}", country=country, postal_code=POSTAL[country], city="Harbour",
            price_level=1.0, lead_days=1 + number % 5, late_share=0.1, refuse_share=0.02, partial_share=0.05, checks=1 + number % 5, branches=(),
        )  # fmt: skip
        made.append(await make_supplier(number, profile, now=opened))
    return made


async def _in_turn(url: str, suppliers: Sequence[MarketSupplier], products: int, now: datetime) -> None:
    """Write batches of products with offers and read models, several connections taking the next that is left."""
    places = [(one.login.organisation_id, one.site_id, one.profile.country, COUNTRIES[one.profile.country].currency) for one in suppliers]
    starts = iter(range(1, products + 1, BATCH))

    async def work() -> None:
        connection = await asyncpg.connect(url)
        try:
            await connection.execute("SET synchronous_commit = off")
            for first in starts:
                end = min(first + BATCH, products + 1)
                ids = await queries_mass.fill_products(connection, first, end, words=WORDS, now=now)
                rows = [
                    (one, uuid7(), uuid7(), *places[(number * 7 + k * 5) % len(places)], number, k)
                    for number, one in enumerate(ids, first)
                    for k in range(number * 11 % OFFERS_MAX)
                ]
                await queries.fill_offers(connection, rows, now=now)
                await queries_mass.read_models(connection, ids, now=now)
        finally:
            await connection.close()

    await asyncio.gather(*(work() for _ in range(CONNECTIONS)))


def texts(count: int, *, number: int = 1) -> list[str]:
    """Draw what people may look for in such a catalogue: kinds of things alone, with a word or a brand, words by their rank, part numbers, slips of the finger."""
    chance = random.Random(SEED + number)  # noqa: S311 - the same texts in every run
    names = vocabulary(WORDS + BRANDS)
    kinds = [phrase for leaves in TREE.values() for leaf in leaves[1] for phrase in TYPES.get(leaf, leaf).split("|")[:4]]

    def word() -> str:
        return names[min(WORDS - 1, int((WORDS + 1) ** chance.random()) - 1)]

    def brand() -> str:
        return names[WORDS + min(BRANDS - 1, int((BRANDS + 1) ** chance.random()) - 1)]

    makers = (
        lambda: chance.choice(kinds),
        lambda: f"{chance.choice(kinds)} {word()}",
        lambda: f"{brand()} {chance.choice(kinds)}",
        lambda: f"{word()} {word()}",
        lambda: f"{brand()} {word()} {word()}",
        lambda: f"M{chance.randrange(1, 20_000)}",
        lambda: f"{chance.choice(kinds)} {word()[:-1]}",
    )
    return [makers[place % len(makers)]() for place in range(count)]


def product_id(number: int) -> UUID:
    """Give the id of the product of this number, the first being 1."""
    return UUID(f"0190{number:08x}70008000{number:012x}")
