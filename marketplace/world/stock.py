"""Owns the demo market's offers: who sells what, at which tiers, minimum quantities and stock."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING
from uuid import UUID
from zlib import crc32

import msgspec

from marketplace.kernel.currencies import exponent
from marketplace.world.companies import COUNTRIES, FX_PER_EUR
from marketplace.world.market import Market, MarketSupplier
from vendors.offers import service as offers
from vendors.offers.schemas import NewOffer, Tier

if TYPE_CHECKING:
    from datetime import datetime

    from marketplace.world.products import GeneratedProduct

OFFERS = 15_000
BATCH = 500
STOCKS = (400, 900, 2_400, 5_000, 12_000)
SPREAD_MIN, SPREAD_MAX = 0.12, 0.52
CHEAP_CENTS = 100
UNIT_STEPS = {"MTR": 100, "LTR": 100}
Progress = Callable[[str, int, int], None]


class MarketOffer(msgspec.Struct, frozen=True):
    """An offer of the demo market, as the history needs it: quantities in steps of the unit, prices as they were at first.

    `lot` scales its stock: what is sold by the box or by the metre lies there in larger numbers.
    """

    product_id: UUID
    offer_id: UUID
    supplier: int
    moq: int
    multiple: int
    lot: int
    currency: str
    tiers: tuple[Tier, ...]


def unit_price(eur_cents: Decimal, currency: str) -> Decimal:
    """Turn EUR cents a unit into a unit price of a currency."""
    return rounded_price(eur_cents / 100 * Decimal(FX_PER_EUR[currency]), currency)


def rounded_price(exact: Decimal, currency: str) -> Decimal:
    """Round a unit price to the currency's decimals, or to three figures where that is finer; never to nothing."""
    step = Decimal(1).scaleb(-min(max(exponent(currency), 2 - exact.adjusted()), 6))
    return max(exact.quantize(step, ROUND_HALF_UP), step)


def price_levels(market: Market, chosen: Sequence[tuple[int, int]], rng: random.Random) -> dict[tuple[int, int], Decimal]:
    """Draw how dear each (supplier, product) is, 1 being usual: on each product the dearest is 12 to 52 % above the cheapest.

    A supplier's own level is drawn first; where that leaves the offers of a product further apart or closer together, all move in step.
    """
    drawn = {pair: market.suppliers[pair[0]].profile.price_level * rng.uniform(0.86, 1.2) for pair in chosen}
    on_product: dict[int, list[float]] = {}
    for (_, place), level in drawn.items():
        on_product.setdefault(place, []).append(level)
    levels = {}
    for (number, place), level in drawn.items():
        all_levels = on_product[place]
        low, high, middle = min(all_levels), max(all_levels), sum(all_levels) / len(all_levels)
        wanted = min(max(high / low - 1, SPREAD_MIN), SPREAD_MAX)
        stretch = wanted * middle / ((high - middle) + (1 + wanted) * (middle - low)) if high > low else 1.0
        levels[number, place] = Decimal(str(round(middle + (level - middle) * stretch, 4)))
    return levels


def stock_lot(product: GeneratedProduct) -> int:
    """Give by how much the stock of a product is larger than that of goods sold by the piece."""
    return (20 if product.price_eur_cents < CHEAP_CENTS else 1) * UNIT_STEPS.get(product.family.unit, 1)


def _offer(supplier: MarketSupplier, product_id: UUID, product: GeneratedProduct, *, level: Decimal, rng: random.Random) -> NewOffer:
    profile = supplier.profile
    currency = COUNTRIES[profile.country].currency
    steps = UNIT_STEPS.get(product.family.unit, 1)
    eur_cents = Decimal(product.price_eur_cents) * level
    # Below a euro goods are sold by the box.
    is_cheap = product.price_eur_cents < CHEAP_CENTS
    pack = rng.choice((50, 100)) if is_cheap else rng.choice((1, 1, 1, 5, 10))
    moq = pack * rng.choice((1, 1, 2)) * steps
    tiers = [Tier(moq, unit_price(eur_cents, currency))]
    bound, share = moq, Decimal(1)
    for _ in range(rng.choice((0, 1, 2, 3))):
        bound *= rng.choice((3, 5, 10))
        share *= Decimal(str(rng.choice((0.98, 0.97, 0.95, 0.92))))
        price = unit_price(eur_cents * share, currency)
        if price < tiers[-1].unit_price:
            tiers.append(Tier(bound, price))
    backorder = rng.random() < 0.06  # noqa: PLR2004 - a few make to order
    on_hand = rng.choice(STOCKS) * stock_lot(product)
    sku = f"{profile.key[:4].upper()}-{product.part_number}-{product.source_id.rpartition('-')[2]}"
    return NewOffer(
        product_id=product_id, supplier_sku=sku, currency=currency, condition=_condition(sku),
        tiers=tuple(tiers), site_id=supplier.site_id, origin_country=profile.country, moq=moq, multiple=pack * steps, pack_size=pack * steps,
        lead_days=max(0, profile.lead_days + rng.choice((-1, 0, 0, 1, 2))), incoterm=profile.incoterm, on_hand=on_hand,
        safety=on_hand // 50, allows_backorder=backorder,
    )  # fmt: skip


def _condition(sku: str) -> str:
    """Offer about one in sixty as refurbished or used, always the same ones."""
    return {0: "refurbished", 1: "used"}.get(crc32(sku.encode()) % 120, "new")


async def make_offers(market: Market, *, now: datetime, progress: Progress | None, count: int = OFFERS) -> list[MarketOffer]:
    """Create the offers through the service, supplier by supplier; a supplier's share of what it could sell is drawn at random."""
    rng = random.Random(7)  # noqa: S311 - the same market in every installation
    possible = [
        (number, place)
        for number, supplier in enumerate(market.suppliers)
        for place, (_, product) in enumerate(market.products)
        if product.family.branch in supplier.profile.branches
    ]
    chosen = sorted(rng.sample(possible, min(count, len(possible))))
    levels = price_levels(market, chosen, rng)
    made: list[MarketOffer] = []
    for number, supplier in enumerate(market.suppliers):
        places = [place for one, place in chosen if one == number]
        for start in range(0, len(places), BATCH):
            part = places[start : start + BATCH]
            drawn = [_offer(supplier, *market.products[place], level=levels[number, place], rng=rng) for place in part]
            keys = await offers.create_offers(drawn, actor=supplier.login.actor, now=now)
            made += [
                MarketOffer(product_id, offer_id, number, new.moq, new.multiple, stock_lot(market.products[place][1]), new.currency, new.tiers)
                for (product_id, offer_id), new, place in zip(keys, drawn, part, strict=True)
            ]
            if progress is not None:
                progress("offers", len(made), len(chosen))
    return made
