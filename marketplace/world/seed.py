"""Owns filling a database with a synthetic world, fast: companies through the services, products in bulk, offers and carts by COPY."""

from __future__ import annotations

import asyncio
import hashlib
import secrets
import time
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import asyncpg
import msgspec

from marketplace.app import PACKAGES
from marketplace.catalogue.products import service as products
from marketplace.catalogue.products.schemas import NewProduct
from marketplace.catalogue.taxonomy import service as taxonomy
from marketplace.catalogue.taxonomy.schemas import NewCategory
from marketplace.kernel import clock, database
from marketplace.kernel.audit import service as audit
from marketplace.kernel.http.callers import Callers
from marketplace.kernel.identity import service as identity
from marketplace.kernel.ids import uuid7
from marketplace.kernel.outbox import service as outbox
from marketplace.trade.search import service as search
from marketplace.world import queries
from marketplace.world.carriage import make_carriage
from marketplace.world.companies import COUNTRIES, BuyerProfile, SupplierProfile
from marketplace.world.market import Market, MarketBuyer, MarketSupplier, make_buyer, make_rates, make_supplier
from trust.score import service as score

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from uuid import UUID

    from marketplace.kernel.settings import Settings

CATEGORIES = 200
OUTCOMES = 12
PRODUCTS_BATCH = 1000
CONNECTIONS = 3
POSTAL = {"DE": "10115", "FR": "75001", "PL": "00-001", "TR": "34000", "VN": "700000", "AE": "", "KW": "13001", "US": "60601", "JP": "100-0001"}


class NotEmpty(Exception):
    """The database holds organisations already; a synthetic world goes into an empty one only."""


class SeededCart(msgspec.Struct, frozen=True):
    """A cart of three lines of three suppliers, with the session that may check it out."""

    cart_id: UUID
    address_id: UUID
    version: int
    session: str
    csrf: str


class Seeded(msgspec.Struct, frozen=True):
    """What was made; `figures` are counts and rates per second."""

    product_ids: list[UUID]
    category_ids: list[UUID]
    sessions: list[str]
    carts: list[SeededCart]
    figures: dict[str, float]


class Sizes(msgspec.Struct, frozen=True, kw_only=True):
    """How large a synthetic world is; from `number` prices, attributes and weights are drawn."""

    products: int
    vendors: int
    offers_per_product: int
    buyers: int
    number: int = 1

    @property
    def shift(self) -> int:
        """Give by how many places this world's draws lie behind those of the first."""
        return (self.number - 1) * 101


async def seed(settings: Settings, sizes: Sizes, *, carts: int = 0) -> Seeded:
    """Fill a migrated, empty database. The same sizes make the same world but for ids; `offers_per_second` counts the offers' COPY alone.

    Raises: NotEmpty.
    """
    await database.open_pool(settings, statement_timeout_ms=settings.worker_statement_timeout_ms)
    try:
        if await queries.has_market():
            raise NotEmpty
        now = clock.now()
        began = time.perf_counter()
        market = await _companies(sizes.vendors, sizes.buyers, now)
        category_ids, product_ids = await _products(sizes, now)
        made = time.perf_counter()
        count = await _offers(settings, market.suppliers, product_ids, sizes=sizes, now=now)
        offered = time.perf_counter()
        await _settle(settings)
        await _outcomes(market, now)
        # What a worker would do: search hears of the products, and the audit rows are sealed.
        await outbox.drain(PACKAGES, now)
        await search.refresh(now)
        await audit.seal(now)
        await score.recompute_all(now)
        sessions = [(await identity.open_session(one.login.person_id, now=now)).token for one in market.buyers]
        ready = await _carts(settings, market.buyers, carts, now) if carts else []
        await _settle(settings)
        figures = {
            "products": sizes.products, "offers": count, "vendors": sizes.vendors, "buyers": sizes.buyers, "offers_per_second": round(count / (offered - made)),
            "companies_and_products_seconds": round(made - began, 1), "seconds": round(time.perf_counter() - began, 1),
        }  # fmt: skip
        return Seeded(product_ids, category_ids, sessions, ready, figures)
    finally:
        await database.close_pool()


async def _companies(vendors: int, buyers: int, now: datetime) -> Market:
    opened = now - timedelta(days=30)
    await make_rates(opened)
    codes = list(COUNTRIES)
    suppliers: list[MarketSupplier] = []
    for number in range(vendors):
        country = codes[number % len(codes)]
        name = f"Vendor {number + 1}"
        profile = SupplierProfile(
            key=f"vendor{number + 1}", legal_name=name, name=name, country=country, postal_code=POSTAL[country], city="Harbour", price_level=1.0,
            lead_days=1 + number % 5, late_share=0.1, refuse_share=0.02, partial_share=0.05, checks=1 + number % 5, branches=(),
        )  # fmt: skip
        suppliers.append(await make_supplier(number, profile, now=opened))
    made: list[MarketBuyer] = []
    for number in range(buyers):
        country = codes[number % len(codes)]
        name = f"Buyer {number + 1}"
        profile_of_buyer = BuyerProfile(
            key=f"buyer{number + 1}", legal_name=name, name=name, country=country, postal_code=POSTAL[country], city="Harbour", street="Quay 1", groups=0, branches=()
        )  # fmt: skip
        made.append(await make_buyer(number, profile_of_buyer, now=opened))
    operator = suppliers[0].login
    market = Market(operator, suppliers, made, [])
    await make_carriage(market, now=opened)
    return market


async def _outcomes(market: Market, now: datetime) -> None:
    """Let each supplier have had orders, of which it kept most, so that comparisons have rates to tell."""
    for number, one in enumerate(market.suppliers):
        buyer_id = market.buyers[number % len(market.buyers)].login.organisation_id
        for order in range(OUTCOMES):
            placed_at = now - timedelta(days=20 + order)
            promised_on = (placed_at + timedelta(days=6)).date()
            delivered_on = promised_on + timedelta(days=int(order < number % 4))
            order_id = uuid7()
            who: dict[str, Any] = {"supplier_id": one.login.organisation_id, "buyer_id": buyer_id}
            accepted_at = placed_at + timedelta(hours=3)
            await score.note(
                order_id, kind="accepted", at=accepted_at, now=now, placed_at=placed_at, promised_on=promised_on, time_zone="UTC", **who
            )  # fmt: skip
            await score.note(order_id, kind="delivered", at=placed_at + timedelta(days=6), now=now, delivered_on=delivered_on, **who)


async def _products(sizes: Sizes, now: datetime) -> tuple[list[UUID], list[UUID]]:
    category_ids = await taxonomy.create_categories(
        [
            NewCategory(
                slug=f"bench-{sizes.number}-{place}",
                names={"en": f"Bench category {place}"},
                hs_prefix="8482",
                typical_weight_grams=400,
                position=place,
            )
            for place in range(CATEGORIES)
        ]
    )
    ids: list[UUID] = []
    for start in range(0, sizes.products, PRODUCTS_BATCH):
        part = [_product(one, sizes, category_ids) for one in range(start, min(start + PRODUCTS_BATCH, sizes.products))]
        ids += (await products.create_products(part, now=now)).ids
    return category_ids, ids


def _product(one: int, sizes: Sizes, category_ids: Sequence[UUID]) -> NewProduct:
    drawn = one + sizes.shift
    return NewProduct(
        source=f"bench-{sizes.number}", source_id=str(one), title=f"Bench product {one}", brand=f"Brand {one % 100}", part_number=f"BP-{one:07d}",
        description="Industrial grade part for benchmarking. " * 5, category_id=category_ids[one % len(category_ids)], unit_code="H87",
        attributes={"width_mm": drawn % 90, "colour": ("black", "grey", "white")[drawn % 3], "material": ("steel", "brass", "nylon")[drawn % 3]},
        weight_grams=50 + drawn % 900,
    )  # fmt: skip


async def _offers(settings: Settings, suppliers: Sequence[MarketSupplier], product_ids: Sequence[UUID], *, sizes: Sizes, now: datetime) -> int:
    """COPY who offers what, in several connections, and let PostgreSQL write offers, keys, prices and stock from it."""
    url = settings.database_owner_url or settings.database_url
    places = [(one.login.organisation_id, one.site_id, one.profile.country, COUNTRIES[one.profile.country].currency) for one in suppliers]
    share = -(-len(product_ids) // CONNECTIONS)

    async def fill(start: int) -> int:
        connection = await asyncpg.connect(url)
        try:
            rows = [
                (product_id, uuid7(), uuid7(), *places[(number * 7 + k * 13) % len(places)], number + sizes.shift, k)
                for number, product_id in enumerate(product_ids[start : start + share], start)
                for k in range(min(sizes.offers_per_product, len(places)))
            ]
            await queries.fill_offers(connection, rows, now=now)
            return len(rows)
        finally:
            await connection.close()

    return sum(await asyncio.gather(*(fill(start) for start in range(0, len(product_ids), share))))


async def _settle(settings: Settings) -> None:
    connection = await asyncpg.connect(settings.database_owner_url or settings.database_url)
    try:
        await connection.execute("VACUUM ANALYZE")
    finally:
        await connection.close()


async def _carts(settings: Settings, buyers: Sequence[MarketBuyer], count: int, now: datetime) -> list[SeededCart]:
    """Make carts of three suppliers, each of a person of its own who is signed in; nobody can sign in with a password."""
    callers = Callers(settings, of_session=identity.actor_of_session, of_key=identity.actor_of_api_key)
    made, rows = [], []
    for number in range(count):
        buyer = buyers[number % len(buyers)]
        token, cart_id, person_id = secrets.token_urlsafe(32), uuid7(), uuid7()
        made.append(SeededCart(cart_id, buyer.address_id, 1, token, callers.csrf(token)))
        digest = hashlib.sha256(token.encode()).digest()
        rows.append((cart_id, person_id, uuid7(), buyer.login.organisation_id, digest, f"cart{number}@demo.example", number))
    connection = await asyncpg.connect(settings.database_owner_url or settings.database_url)
    try:
        await queries.fill_carts(connection, rows, now=now)
    finally:
        await connection.close()
    return made
