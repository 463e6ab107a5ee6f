"""Owns the use cases of offers: the facts for comparison and checkout, and what suppliers do with their own."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from marketplace.catalogue.products import service as products
from marketplace.kernel import countries
from marketplace.kernel.actor import WORKER
from marketplace.kernel.audit import service as audit
from marketplace.kernel.contracts import OffersChanged
from marketplace.kernel.currencies import CURRENCIES
from marketplace.kernel.database import reading, transaction
from marketplace.kernel.errors import FieldError, InvalidInput, InvalidTransition, NotFound, VersionConflict
from marketplace.kernel.fx import service as fx
from marketplace.kernel.ids import uuid7
from marketplace.kernel.outbox import service as outbox
from vendors.accounts import service as accounts
from vendors.offers import queries, queries_facts, rules
from vendors.offers.errors import NoSuchProduct, NoSuchSite, SkuTaken
from vendors.offers.schemas import OwnFilter, OwnOffer
from vendors.stock import service as stock
from vendors.stock.schemas import Counted, OpeningStock
from vendors.visibility import service as visibility

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from decimal import Decimal
    from uuid import UUID

    from marketplace.kernel.actor import Actor
    from marketplace.kernel.fx.service import FxTable
    from vendors.offers.schemas import LockedOffer, Match, NewOffer, OfferFact, OfferSummary, OwnTerms, SellingOffer, Tier
    from vendors.stock.schemas import Level, StockLevelOut

# The pure rules that cart, checkout and comparison share with suppliers' pages.
tier_at, next_tier, tiers_of = rules.tier_at, rules.next_tier, rules.tiers_of
unit_price_at, next_tier_of = rules.unit_price_at, rules.next_tier_of
smallest_quantity, next_quantities, check_quantity = rules.smallest_quantity, rules.next_quantities, rules.check_quantity
check_tiers, noted = rules.check_tiers, rules.noted
REASONS = rules.REASONS
sku_key = rules.sku_key
FACT_PRODUCTS_MAX = 1000
COMPARED_MAX = queries_facts.OFFERS_MAX
# The currency through which rates cross.
REFERENCE = "EUR"
MATCHES_MAX = 20
# From which states an offer may come into one.
EDGES = {"approved": ("draft", "paused"), "paused": ("approved",), "retired": ("draft", "approved", "paused")}


async def offers_for_comparison(product_id: UUID, *, now: datetime, viewer: Actor) -> list[SellingOffer]:
    """Give every offer on the product that sells at this moment and that the viewer may see, the first 5,000 by their entry.

    One statement reads up to 500 of them.
    """
    async with reading():
        return await queries_facts.offers_for_comparison(product_id, now=now, viewer=visibility.viewer_of(viewer))


async def offers_for_comparisons(product_ids: Sequence[UUID], *, now: datetime, viewer: Actor) -> dict[UUID, list[SellingOffer]]:
    """Give the same of many products in one statement; products that nobody sells are missing."""
    async with reading():
        return await queries_facts.offers_for_comparisons(product_ids, now=now, viewer=visibility.viewer_of(viewer))


async def lock_offers(pairs: Sequence[tuple[UUID, UUID]], *, now: datetime, viewer: Actor = WORKER) -> list[LockedOffer]:
    """Lock the stock rows of these (product, offer) pairs in one statement, in the written order, and give the offers' facts.

    For checkout, inside its transaction. An offer that does not exist is missing from the answer; one that does not sell, or that the viewer
    may no longer see, has `reasons`.
    """
    async with transaction():
        rows = await queries_facts.lock_offers(pairs, now=now, viewer=visibility.viewer_of(viewer))
    return [_seen(row, levels, available=sum(level.available for level in levels), now=now) for row, levels in rows]


async def offers_by_pairs(pairs: Sequence[tuple[UUID, UUID]], *, now: datetime, viewer: Actor, keeps_lost: bool = False) -> list[LockedOffer]:
    """Give the same facts without a lock, for carts and pages: `levels` are empty, pairs that the viewer may not see are missing.

    With `keeps_lost` they are there, with the reason `no-access` and without price, quantities and stock: carts tell what became of a line.
    """
    async with reading():
        rows = await queries_facts.offers_by_pairs(pairs, now=now, viewer=visibility.viewer_of(viewer))
    found = [_seen(row, [], available=row[queries_facts.AVAILABLE], now=now) for row in rows]
    return [offer for offer in found if keeps_lost or offer.fact.sight]


def _seen(row: Any, levels: list[Level], *, available: int, now: datetime) -> LockedOffer:
    """Shape a row as far as its viewer sees the offer."""
    fact = queries_facts.fact_of(row, available=available)
    reasons = rules.reasons(fact, now=now)
    if not fact.sight:
        reasons = ("no-access", *reasons)
    return queries_facts.locked_offer(row, levels, fact=rules.as_seen(fact), reasons=reasons)


async def offer_summaries(product_ids: Sequence[UUID], *, now: datetime, viewer: Actor, currency: str) -> dict[UUID, OfferSummary]:
    """Summarise for lists what sells of each product, prices in `currency` (the reference currency); products without offers are missing."""
    table = await fx.rates(now)
    async with reading():
        return await queries_facts.offer_summaries(
            product_ids, now=now, viewer=visibility.viewer_of(viewer), currency=currency, rates=_rates_into(table, currency)
        )


@lru_cache(maxsize=8)
def _rates_into(table: FxTable, currency: str) -> dict[str, Decimal]:
    """Give what one unit of each currency is in this one; computed once for each table of rates."""
    return {code: rate.rate for code in CURRENCIES if (rate := table.rate(code, currency)) is not None}


async def create_offers(offers: Sequence[NewOffer], *, actor: Actor, now: datetime) -> list[tuple[UUID, UUID]]:
    """Create offers of the acting supplier with price and opening stock, all or none, and answer their (product, offer) ids in order.

    Raises: NoSuchProduct, NoSuchSite, SkuTaken, TiersNotAscending.
    """
    supplier_id = actor.own_organisation("supplier")
    for offer in offers:
        rules.check_tiers(offer.tiers, moq=offer.moq, multiple=offer.multiple)
    keyed = [(uuid7(), rules.sku_key(offer.supplier_sku), offer) for offer in offers]
    async with transaction(actor=actor):
        await accounts.check_not_ended(supplier_id)
        units = await queries.product_units(list({offer.product_id for offer in offers}))
        await _check_new(keyed, supplier_id=supplier_id, units_known=set(units))
        await queries.insert_offers(keyed, supplier_id=supplier_id, units=units, actor=actor.principal, now=now)
        openings = [OpeningStock(offer.product_id, offer_id, offer.site_id, offer.on_hand, offer.safety) for offer_id, _, offer in keyed]
        await stock.open_levels(openings, actor=actor, now=now)
        await _publish(supplier_id, product_ids=[offer.product_id for offer in offers], now=now)
        is_single = len(keyed) == 1
        await audit.record(
            action="offer.created" if is_single else "offers.created",
            entity="offer",
            entity_id=keyed[0][0] if is_single else supplier_id,
            organisation_id=supplier_id,
            actor=actor,
            now=now,
            after={"supplier_sku": keyed[0][2].supplier_sku} if is_single else {"offers": len(keyed)},
        )
    return [(offer.product_id, offer_id) for offer_id, _, offer in keyed]


async def _check_new(keyed: Sequence[tuple[UUID, str, NewOffer]], *, supplier_id: UUID, units_known: set[UUID]) -> None:
    sites = await queries.own_sites(supplier_id)
    taken = await queries.keys_in_use(supplier_id, sku_keys=[key for _, key, _ in keyed])
    for _, key, offer in keyed:
        if not key:
            raise InvalidInput(errors=(FieldError("/supplier_sku", "empty", "Give your article number.", {}),))
        countries.check_country(offer.origin_country, pointer="/origin_country")
        countries.check_currency(offer.currency, pointer="/currency")
        if offer.product_id not in units_known:
            raise NoSuchProduct(product_id=offer.product_id)
        if offer.site_id not in sites:
            raise NoSuchSite(site_id=offer.site_id)
        if key in taken:
            raise SkuTaken(sku=offer.supplier_sku)
        taken.add(key)


async def own_offers(which: OwnFilter, *, actor: Actor, now: datetime, after: UUID | None = None) -> list[OwnOffer]:
    """List the acting supplier's offers, the newest first, from behind `after` on. Raises: NotFound for who does not sell."""
    supplier_id = actor.own_organisation("supplier")
    async with reading(actor):
        rows = await queries_facts.own_offers(supplier_id, which=which, after=after, now=now)
    table = await fx.rates(now)
    return [_own(row, table=table, now=now) for row in rows]


async def count_own_offers(which: OwnFilter, *, actor: Actor, now: datetime) -> int:
    """Count what `own_offers` would list in all, up to the filter's limit."""
    supplier_id = actor.own_organisation("supplier")
    async with reading(actor):
        return await queries_facts.count_own_offers(supplier_id, which=which, now=now)


async def own_offer(offer_id: UUID, *, actor: Actor, now: datetime) -> OwnOffer:
    """Give one of the acting supplier's offers. Raises: NotFound."""
    supplier_id = actor.own_organisation("supplier")
    async with reading(actor):
        rows = await queries_facts.own_offers(supplier_id, which=OwnFilter(limit=1), after=None, only=offer_id, now=now)
    if not rows:
        raise NotFound
    return _own(rows[0], table=await fx.rates(now), now=now)


def _own(row: tuple[OfferFact, int, str, str, str], *, table: FxTable, now: datetime) -> OwnOffer:
    has_rate = row[0].currency == REFERENCE or table.rate(row[0].currency, REFERENCE) is not None
    return OwnOffer(*row, rules.reasons(row[0], now=now), rules.notes(row[0], level=row[4], has_rate=has_rate, now=now))


async def products_to_offer(text: str) -> list[Match]:
    """Find the products that an id, a part number or a GTIN names, at most 20."""
    async with reading():
        return await queries.matches(products.identifier_key(text), product_id=rules.as_id(text), limit=MATCHES_MAX)


async def set_price(offer_id: UUID, *, tiers: Sequence[Tier], version: int | None, actor: Actor, now: datetime) -> int:
    """Append a price to one of the acting supplier's offers, in force from now, and answer the offer's new version.

    It ends a promotion that is under way; prices that are planned stay. `version` is what the caller saw, None for bulk paths.
    Raises: NotFound, VersionConflict, TiersNotAscending.
    """
    supplier_id = actor.own_organisation("supplier")
    async with transaction(actor=actor):
        offer = await _own_offer(offer_id, supplier_id=supplier_id, version=version)
        rules.check_tiers(tiers, moq=offer.moq, multiple=offer.multiple)
        before = await queries.price_in_force(offer_id, supplier_id=supplier_id, now=now)
        await queries.insert_price(offer_id, supplier_id=supplier_id, tiers=tiers, actor=actor.principal, now=now)
        await audit.record(
            action="offer.price_changed",
            entity="offer",
            entity_id=offer_id,
            organisation_id=supplier_id,
            actor=actor,
            now=now,
            before={"tiers": rules.noted(before)},
            after={"tiers": rules.noted(tiers)},
        )
        await _publish(supplier_id, product_ids=[offer.product_id], now=now)
        return await queries.touch_offer(offer_id, supplier_id=supplier_id, now=now)


async def set_stock(
    offer_id: UUID, *, on_hand: int, safety: int | None = None, site_id: UUID | None = None, version: int | None, actor: Actor, now: datetime
) -> tuple[int, StockLevelOut]:
    """Store what was counted of one of the acting supplier's offers, and answer the offer's new version with the stock row.

    Without `site_id` at the site the offer ships from; `safety` None stays. `version` is what the caller saw, None for bulk paths.
    Raises: NotFound, VersionConflict, NoSuchSite.
    """
    supplier_id = actor.own_organisation("supplier")
    async with transaction(actor=actor):
        offer = await _own_offer(offer_id, supplier_id=supplier_id, version=version)
        place = site_id or offer.site_id
        if place not in await queries.own_sites(supplier_id):
            raise NoSuchSite(site_id=place)
        (level,) = await stock.count_in([Counted(offer.product_id, offer_id, place, on_hand, safety)], actor=actor, now=now)
        await audit.record(
            action="offer.stock_counted",
            entity="offer",
            entity_id=offer_id,
            organisation_id=supplier_id,
            actor=actor,
            now=now,
            after={"site_id": str(place), "on_hand": on_hand, "safety": level.safety},
        )
        await _publish(supplier_id, product_ids=[offer.product_id], now=now)
        return await queries.touch_offer(offer_id, supplier_id=supplier_id, now=now), level


async def set_prices(prices: Mapping[UUID, Sequence[Tier]], *, actor: Actor, now: datetime) -> None:
    """Append a price, in force from now, to each of these offers of the acting supplier, all or none: a new price list.

    One audit row tells how many; what each price was stands in the price versions. Raises: NotFound, TiersNotAscending.
    """
    supplier_id = actor.own_organisation("supplier")
    if not prices:
        return
    async with transaction(actor=actor):
        terms = await _own_offers(list(prices), supplier_id=supplier_id)
        for offer_id, tiers in prices.items():
            rules.check_tiers(tiers, moq=terms[offer_id].moq, multiple=terms[offer_id].multiple)
        pairs = {offer_id: terms[offer_id].product_id for offer_id in prices}
        await queries.insert_prices(prices, supplier_id=supplier_id, actor=actor.principal, now=now)
        await _touch_all(pairs, supplier_id=supplier_id, action="offers.prices_changed", actor=actor, now=now)


async def count_stock(counts: Mapping[UUID, int], *, actor: Actor, now: datetime) -> None:
    """Store what was counted of each of these offers of the acting supplier at the site it ships from, all or none: a stocktaking.

    Raises: NotFound.
    """
    supplier_id = actor.own_organisation("supplier")
    if not counts:
        return
    async with transaction(actor=actor):
        terms = await _own_offers(list(counts), supplier_id=supplier_id)
        counted = [Counted(terms[offer_id].product_id, offer_id, terms[offer_id].site_id, on_hand, None) for offer_id, on_hand in counts.items()]
        await stock.count_in(counted, actor=actor, now=now)
        pairs = {each.offer_id: each.product_id for each in counted}
        await _touch_all(pairs, supplier_id=supplier_id, action="offers.stock_counted", actor=actor, now=now)


async def count_levels(counts: Sequence[Counted], *, actor: Actor, now: datetime) -> None:
    """Store what was counted of the acting supplier's offers at its sites, each (offer, site) once, all or none.

    Raises: NotFound, NoSuchSite.
    """
    supplier_id = actor.own_organisation("supplier")
    if not counts:
        return
    async with transaction(actor=actor):
        await _own_offers(list({each.offer_id for each in counts}), supplier_id=supplier_id)
        own_sites = await queries.own_sites(supplier_id)
        foreign = next((each.site_id for each in counts if each.site_id not in own_sites), None)
        if foreign is not None:
            raise NoSuchSite(site_id=foreign)
        await stock.count_in(counts, actor=actor, now=now)
        pairs = {each.offer_id: each.product_id for each in counts}
        await _touch_all(pairs, supplier_id=supplier_id, action="offers.stock_counted", actor=actor, now=now)


async def own_terms(offer_ids: Sequence[UUID], *, actor: Actor) -> dict[UUID, OwnTerms]:
    """Lock these of the acting supplier's offers in the written order and give their terms; what is not theirs is missing."""
    supplier_id = actor.own_organisation("supplier")
    async with transaction(actor=actor):
        await accounts.check_not_ended(supplier_id)
        return await queries.lock_own_offers(offer_ids, supplier_id=supplier_id)


async def set_state(offer_id: UUID, *, wanted: str, version: int | None, actor: Actor, now: datetime) -> int:
    """Approve, pause or retire one of the acting supplier's offers, and answer its new version.

    Raises: NotFound, VersionConflict, InvalidTransition.
    """
    supplier_id = actor.own_organisation("supplier")
    async with transaction(actor=actor):
        offer = await _own_offer(offer_id, supplier_id=supplier_id, version=version)
        if not await queries.set_state(offer_id, supplier_id=supplier_id, wanted=wanted, current=EDGES[wanted]):
            allowed = [state for state, sources in EDGES.items() if offer.state in sources]
            raise InvalidTransition(current=offer.state, wanted=wanted, extra={"current": offer.state, "allowed": allowed})
        await audit.record(
            action="offer.state_changed",
            entity="offer",
            entity_id=offer_id,
            organisation_id=supplier_id,
            actor=actor,
            now=now,
            before={"state": offer.state},
            after={"state": wanted},
        )
        await _publish(supplier_id, product_ids=[offer.product_id], now=now)
        return await queries.touch_offer(offer_id, supplier_id=supplier_id, now=now)


async def _own_offer(offer_id: UUID, *, supplier_id: UUID, version: int | None) -> OwnTerms:
    await accounts.check_not_ended(supplier_id)
    offer = await queries.lock_own_offer(offer_id, supplier_id=supplier_id)
    if offer is None:
        raise NotFound
    if version is not None and offer.version != version:
        raise VersionConflict(extra={"version": offer.version})
    return offer


async def _own_offers(offer_ids: Sequence[UUID], *, supplier_id: UUID) -> dict[UUID, OwnTerms]:
    await accounts.check_not_ended(supplier_id)
    found = await queries.lock_own_offers(offer_ids, supplier_id=supplier_id)
    if len(found) != len(set(offer_ids)):
        raise NotFound
    return found


async def _touch_all(pairs: Mapping[UUID, UUID], *, supplier_id: UUID, action: str, actor: Actor, now: datetime) -> None:
    await queries.touch_offers(list(pairs), supplier_id=supplier_id, now=now)
    await _publish(supplier_id, product_ids=list(pairs.values()), now=now)
    after = {"offers": len(pairs)}
    await audit.record(action=action, entity="offer", entity_id=supplier_id, organisation_id=supplier_id, actor=actor, now=now, after=after)


async def _publish(supplier_id: UUID, *, product_ids: Sequence[UUID], now: datetime) -> None:
    unique = sorted(set(product_ids))
    chunks = [tuple(unique[start : start + FACT_PRODUCTS_MAX]) for start in range(0, len(unique), FACT_PRODUCTS_MAX)]
    await outbox.publish(*(OffersChanged(supplier_id=supplier_id, product_ids=chunk) for chunk in chunks), now=now)
