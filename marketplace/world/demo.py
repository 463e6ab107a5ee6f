"""Owns filling an installation with the demo market, and on request with a real product file that the demo's suppliers then offer."""

from __future__ import annotations

import random
from decimal import Decimal
from typing import TYPE_CHECKING

import msgspec

from marketplace.app import PACKAGES
from marketplace.catalogue.imports import service as imports
from marketplace.catalogue.sorting import service as sorting
from marketplace.catalogue.types import service as types
from marketplace.kernel import clock, database
from marketplace.kernel.actor import Actor
from marketplace.kernel.identity import service as identity
from marketplace.kernel.keys.schemas import NewApiKey
from marketplace.kernel.outbox import service as outbox
from marketplace.trade.facets import service as facets
from marketplace.trade.search import service as search
from marketplace.world import queries
from marketplace.world.arrivals import make_arrivals
from marketplace.world.asked import ask
from marketplace.world.assortment import make_assortment
from marketplace.world.carriage import make_carriage
from marketplace.world.companies import BUYERS, COUNTRIES, SUPPLIERS
from marketplace.world.comparisons import keep_comparisons
from marketplace.world.contests import contest_records
from marketplace.world.desks import keep_desks
from marketplace.world.feed import send_files
from marketplace.world.history import play_year
from marketplace.world.market import make_market, make_rates
from marketplace.world.papers import make_papers
from marketplace.world.people import OPERATOR_TOTP, password_of
from marketplace.world.product_files import send_product_files
from marketplace.world.proposing import propose_changes
from marketplace.world.stock import BATCH, Progress, make_offers, unit_price
from marketplace.world.twins import make_twins
from marketplace.world.weighing import make_weights
from marketplace.world.wishes import keep_wishes
from marketplace.world.wording import keep_words
from trust.score import service as score
from vendors.offers import service as offers
from vendors.offers.schemas import NewOffer, Tier

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path
    from uuid import UUID

    from marketplace.kernel.settings import Settings

TOLD_BUYERS = ("elbemaschinen", "mekongfood")
TOLD_SUPPLIERS = ("nordwind", "saigonparts", "gulfind")
OFFERS_PER_PRODUCT_MAX = 12
PRICE_FALLBACK_CENTS = 2_500


class DemoLogin(msgspec.Struct, frozen=True, kw_only=True):
    """How one person of the demo signs in."""

    role: str
    organisation: str
    email: str
    password: str
    totp_secret: str | None = None


class DemoKey(msgspec.Struct, frozen=True):
    """An API key of the demo."""

    organisation: str
    key: str
    scopes: list[str]


class DemoWorld(msgspec.Struct, frozen=True, kw_only=True):
    """What the demo tells whoever started it."""

    logins: list[DemoLogin]
    api_keys: list[DemoKey]
    supplier_orders: int = 0


def _logins() -> list[DemoLogin]:
    names = {one.key: one.name for one in SUPPLIERS} | {one.key: one.name for one in BUYERS}
    told = [("buyer", key) for key in TOLD_BUYERS] + [("supplier", key) for key in TOLD_SUPPLIERS]
    return [
        *(DemoLogin(role=role, organisation=names[key], email=f"{key}@demo.example", password=password_of(key)) for role, key in told),
        DemoLogin(
            role="operator",
            organisation="Demo Market Operations",
            email="operator@demo.example",
            password=password_of("operator"),
            totp_secret=OPERATOR_TOTP,
        ),
    ]


async def load(settings: Settings, *, catalogue: Path | None = None, progress: Progress | None = None, scale: float = 1.0) -> DemoWorld:
    """Fill an empty installation with the demo market; with `catalogue` import that file too and let the demo's suppliers offer its products.

    Where the market is there already, only the file is imported. `scale` shrinks the year's orders and the offers, for tests.
    """
    await database.open_pool(settings, statement_timeout_ms=settings.worker_statement_timeout_ms, size=14)
    try:
        now = clock.now()
        placed, made_keys = 0, list[DemoKey]()
        if not await queries.has_market():
            placed, made_keys = await fill(now, progress=progress, scale=scale)
        if catalogue is not None:
            await import_with_offers(catalogue, now=now, progress=progress)
        return DemoWorld(logins=_logins(), api_keys=made_keys, supplier_orders=placed)
    finally:
        await database.close_pool()


async def fill(now: datetime, *, progress: Progress | None = None, scale: float = 1.0) -> tuple[int, list[DemoKey]]:
    """Fill an empty database that the pool is open on; give the number of supplier orders and the API keys."""
    from datetime import timedelta  # noqa: PLC0415 - one use

    from marketplace.world.history import DAYS  # noqa: PLC0415 - one use

    opened = now - timedelta(days=DAYS + 5)
    market = await make_market(opened, today=now)
    await make_carriage(market, now=opened, today=now)
    if progress is not None:
        progress("companies and products", len(market.products), len(market.products))
    made = await make_offers(market, now=opened, progress=progress, count=round(15_000 * scale))
    await types.learn(now)
    await search.index_all(now=now)
    await search.refresh(now)
    await facets.index_all(now=now)
    await facets.learn_suggestions(now)
    placed = await play_year(market, made, PACKAGES, now=now, progress=progress, scale=scale)
    for months in range(score.MONTHS, 0, -1):
        await score.keep_means(now - timedelta(days=score.DAYS_OF_A_MONTH * months))
    await score.recompute_all(now)
    # The same rates as a year ago, looked up today.
    await make_rates(now)
    await make_weights(market, now=now)
    await make_papers(market, now=now)
    await contest_records(market, now=now)
    buyer = next(one for one in market.buyers if one.profile.key == TOLD_BUYERS[0])
    supplier = next(one for one in market.suppliers if one.profile.key == TOLD_SUPPLIERS[0])
    await keep_comparisons(market, buyer, made, now=now)
    await keep_wishes(buyer, market.operator.actor, now=now)
    await keep_words(market.operator.actor, now=now)
    await send_files(supplier.login.actor, now=now)
    await keep_desks(market, now=now)
    await make_arrivals(now=now)
    await outbox.drain(PACKAGES, now)
    await propose_changes(market, now=now)
    await make_twins(market, market.operator.actor, now=now)
    await send_product_files(market.operator.actor, now=now)
    await ask(market, actor=market.operator.actor, now=now)
    return placed, [
        await _key(buyer.login.actor, ["catalogue:read", "orders:read", "organisations:read"], now),
        await _key(supplier.login.actor, ["offers:read", "offers:write", "orders:read", "orders:write"], now),
    ]


async def _key(actor: Actor, scopes: list[str], now: datetime) -> DemoKey:
    assert actor.organisation_id is not None
    made = await identity.create_api_key(NewApiKey(name="Demo", scopes=tuple(scopes)), organisation_id=actor.organisation_id, actor=actor, now=now)
    assert made.key is not None, "a key that has just been made is shown"
    return DemoKey(actor.organisation_name, made.key, scopes)


async def import_with_offers(catalogue: Path, *, now: datetime, progress: Progress | None) -> int:
    """Import a product file and let the demo's suppliers make 1 to 12 offers on each of its products that has none; give the number made."""
    await make_assortment(now=now)
    await imports.import_products(catalogue, now=now)
    await types.learn(now)
    await outbox.drain(PACKAGES, now)
    await sorting.finish_run(now)
    await outbox.drain(PACKAGES, now)
    await search.refresh(now)
    suppliers = await queries.suppliers_with_sites()
    products = await queries.products_without_offers()
    chosen: dict[UUID, list[NewOffer]] = {}
    for number, (product_id, _, indicative_cents) in enumerate(products):
        rng = random.Random(number)  # noqa: S311 - the same offers in every installation
        for supplier in rng.sample(suppliers, min(rng.randint(1, OFFERS_PER_PRODUCT_MAX), len(suppliers))):
            chosen.setdefault(supplier.organisation_id, []).append(_offer_for(supplier, product_id, indicative_cents or PRICE_FALLBACK_CENTS, rng))
    total, done = sum(len(part) for part in chosen.values()), 0
    for supplier in suppliers:
        part = chosen.get(supplier.organisation_id, [])
        actor = Actor(organisation_id=supplier.organisation_id, capacities=frozenset({"supplier"}), roles=frozenset({"owner"}))
        for start in range(0, len(part), BATCH):
            await offers.create_offers(part[start : start + BATCH], actor=actor, now=now)
            done += len(part[start : start + BATCH])
            if progress is not None:
                progress("offers on the file's products", done, total)
    await outbox.drain(PACKAGES, now)
    return total


def _offer_for(supplier: queries.SupplierSite, product_id: UUID, cents: int, rng: random.Random) -> NewOffer:
    currency = COUNTRIES[supplier.country].currency
    level = Decimal(str(round(rng.uniform(0.85, 1.3), 4)))
    price = unit_price(Decimal(cents) * level, currency)
    moq = rng.choice((1, 1, 1, 2, 5))
    cheaper = unit_price(Decimal(cents) * level * Decimal("0.96"), currency)
    tiers = (Tier(moq, price), Tier(moq * 10, cheaper)) if cheaper < price else (Tier(moq, price),)
    return NewOffer(
        product_id=product_id, supplier_sku=f"F{product_id.hex[-12:]}", currency=currency, tiers=tiers, site_id=supplier.site_id,
        origin_country=supplier.country, moq=moq, multiple=moq, lead_days=rng.randrange(1, 8), on_hand=rng.choice((0, 20, 150, 900)), safety=0,
    )  # fmt: skip
