"""Owns the use cases of the supplier's desk: see one's offers with stock and reasons, make one, price it, count it, pause it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from marketplace.catalogue.units import service as units
from marketplace.kernel.database import reading, transaction
from marketplace.kernel.errors import FieldError, InvalidInput
from vendors.desk import rules
from vendors.offers import service as offers
from vendors.offers.errors import NoSuchProduct
from vendors.offers.schemas import OwnFilter
from vendors.prices import service as prices
from vendors.prices.schemas import NewPrice
from vendors.stock import service as stock
from vendors.terms import service as terms

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from decimal import Decimal
    from uuid import UUID

    from marketplace.kernel.actor import Actor
    from vendors.desk.schemas import OfferIn, OfferOut, OfferPatch, PriceIn, PricesOut, StockIn, TermsForm, WatchIn
    from vendors.offers.schemas import Match, OwnOffer

typed_offer, typed_tiers, wrong_tiers = rules.typed_offer, rules.typed_tiers, rules.wrong_tiers
moment_in, cover_days, kept_watch = prices.moment_in, rules.cover_days, rules.kept_watch
COUNTED_MAX = 10_001


async def my_offers(which: OwnFilter, *, actor: Actor, now: datetime, after: UUID | None = None) -> tuple[list[OfferOut], UUID | None]:
    """List the acting supplier's offers, the newest first, and say behind which one the next page starts, None on the last."""
    async with reading(actor):
        found = await offers.own_offers(msgspec.structs.replace(which, limit=which.limit + 1), actor=actor, now=now, after=after)
        shown = found[: which.limit]
        items = await _told(shown, actor=actor, now=now)
    return items, shown[-1].fact.offer_id if len(found) > which.limit else None


async def count_offers(which: OwnFilter, *, actor: Actor, now: datetime) -> int:
    """Count what a filter finds in all, at most 10,001 (which stands for more)."""
    return await offers.count_own_offers(msgspec.structs.replace(which, limit=COUNTED_MAX), actor=actor, now=now)


async def hidden_offers(*, actor: Actor, now: datetime) -> int:
    """Count the acting supplier's offers that do not sell, for the side list; at most 100."""
    return await offers.count_own_offers(OwnFilter(show="hidden", limit=100), actor=actor, now=now)


async def my_offer(offer_id: UUID, *, actor: Actor, now: datetime) -> OfferOut:
    """Give one of the acting supplier's offers. Raises: NotFound."""
    async with reading(actor):
        return (await _told([await offers.own_offer(offer_id, actor=actor, now=now)], actor=actor, now=now))[0]


async def _told(found: Sequence[OwnOffer], *, actor: Actor, now: datetime) -> list[OfferOut]:
    assert actor.organisation_id is not None, "who has offers is an organisation"
    levels = await stock.levels_of([(own.fact.product_id, own.fact.offer_id) for own in found], supplier_id=actor.organisation_id)
    watches = await stock.watches_of([own.fact.offer_id for own in found], actor=actor, now=now)
    return [
        rules.told(
            own,
            levels.get(own.fact.offer_id, []),
            unit_price=offers.unit_price_at(own.fact, offers.smallest_quantity(moq=own.fact.moq, multiple=own.fact.multiple)),
            words=offers.REASONS,
            watch=watches.get(own.fact.offer_id),
        )
        for own in found
    ]


async def watch_stock(offer_id: UUID, *, sent: WatchIn, version: int, actor: Actor, now: datetime) -> OfferOut:
    """Say from when on the acting supplier is warned of an offer's low stock, or end the warning. Raises: NotFound, VersionConflict, InvalidInput."""
    async with transaction(actor=actor):
        decimals = (await offers.own_offer(offer_id, actor=actor, now=now)).fact.unit_decimals
        watch = rules.watch_of(sent.kind, sent.threshold, decimals=decimals)
        await stock.set_watch(offer_id, watch=watch, version=version, actor=actor, now=now)
        return await my_offer(offer_id, actor=actor, now=now)


async def low_offers(*, actor: Actor) -> int:
    """Count the acting supplier's offers whose stock is low."""
    return await stock.count_low(actor)


def as_typed(offer: OfferOut) -> dict[str, str]:
    """Give an offer's terms as they would be typed, its moments in its site's time."""
    return rules.as_typed(offer)


def typed_terms(sent: TermsForm, offer: OfferOut) -> OfferPatch:
    """Give the terms that a form changes of an offer; a moment that stands as it was shown stays to the second. Raises: InvalidInput."""
    shown = rules.as_typed(offer)
    begins = prices.moment_in(sent.valid_from, time_zone=offer.time_zone, pointer="/valid_from") if sent.valid_from != shown["valid_from"] else None
    ends = offer.valid_to
    if sent.valid_to != shown["valid_to"]:
        ends = prices.moment_in(sent.valid_to, time_zone=offer.time_zone, pointer="/valid_to") if sent.valid_to.strip() else None
    return rules.typed_terms(sent, valid_from=begins or offer.valid_from, valid_to=ends)


def may_keep(actor: Actor) -> bool:
    """Tell whether somebody may change offers: owners, catalogue and sales."""
    return bool(actor.roles & {"owner", "catalogue", "sales"})


def may_count(actor: Actor) -> bool:
    """Tell whether somebody may count stock: owners, catalogue and fulfilment."""
    return bool(actor.roles & {"owner", "catalogue", "fulfilment"})


def kept_back(offer: OfferOut) -> str:
    """Give what is kept back at the offer's own site, as it would be typed."""
    return rules.kept_back(offer)


def tier_lines(offer: OfferOut, *, at_least: int) -> list[tuple[str, str]]:
    """Give the price in force as lines of a form, filled up with blank ones."""
    return rules.tier_lines(offer, at_least=at_least)


def first_lines(count: int) -> list[tuple[str, str]]:
    """Give the blank lines of a new price; the first begins at one."""
    return [("1", ""), *[("", "")] * (count - 1)]


async def products_to_offer(text: str) -> list[Match]:
    """Find the products that an id, a part number or a GTIN names, at most 20."""
    return await offers.products_to_offer(text)


async def create_offer(sent: OfferIn, *, actor: Actor, now: datetime) -> OfferOut:
    """Make an offer of the acting supplier on a product. Raises: NoSuchProduct, NoSuchSite, SkuTaken, TiersNotAscending, InvalidInput."""
    async with transaction(actor=actor):
        product = next((match for match in await offers.products_to_offer(str(sent.product_id)) if match.id == sent.product_id), None)
        if product is None:
            raise NoSuchProduct(product_id=sent.product_id)
        unit = await units.unit(product.unit_code)
        ((_product_id, offer_id),) = await offers.create_offers([rules.new_offer(sent, decimals=unit.decimals)], actor=actor, now=now)
        return await my_offer(offer_id, actor=actor, now=now)


async def change_offer(offer_id: UUID, *, patch: OfferPatch, version: int, actor: Actor, now: datetime) -> OfferOut:
    """Give an offer a new price, a new state, other terms, or all of them.

    Raises: NotFound, VersionConflict, InvalidTransition, TiersNotAscending, PriceBackdated, PriceClash, OfferRetired, NoSuchSite, PriceStartsHigher.
    """
    names = ("tiers", "state", *rules.TERMS)
    if all(getattr(patch, name) is msgspec.UNSET for name in names):
        raise InvalidInput(errors=(FieldError("", "nothing-to-change", "Name a price, a state or terms to change.", {}),))
    async with transaction(actor=actor):
        seen = version
        if any(getattr(patch, name) is not msgspec.UNSET for name in rules.TERMS):
            own = await offers.own_offer(offer_id, actor=actor, now=now)
            wanted = rules.wanted_terms(patch, decimals=own.fact.unit_decimals)
            seen = await terms.change(offer_id, wanted=wanted, version=seen, actor=actor, now=now)
        if patch.tiers is not msgspec.UNSET:
            own = await offers.own_offer(offer_id, actor=actor, now=now)
            tiers = rules.tiers(patch.tiers, decimals=own.fact.unit_decimals)
            if patch.price_valid_from is None:
                seen = await offers.set_price(offer_id, tiers=tiers, version=seen, actor=actor, now=now)
            else:
                seen = await prices.plan(offer_id, price=NewPrice(tiers=tiers, starts=patch.price_valid_from), version=seen, actor=actor, now=now)
        if patch.state is not msgspec.UNSET:
            await offers.set_state(offer_id, wanted=patch.state, version=seen, actor=actor, now=now)
        return await my_offer(offer_id, actor=actor, now=now)


async def my_prices(offer_id: UUID, *, actor: Actor, now: datetime) -> PricesOut:
    """Give the prices of one of the acting supplier's offers over time. Raises: NotFound."""
    async with reading(actor):
        own = await offers.own_offer(offer_id, actor=actor, now=now)
        found = await prices.versions(offer_id, actor=actor)
        lows = await prices.lows(own.fact.product_id, now=now, viewer=actor, offer_id=offer_id)
    return rules.told_prices(own, found, lows[0] if lows else None, now=now)


async def plan_price(offer_id: UUID, *, sent: PriceIn, version: int, actor: Actor, now: datetime) -> PricesOut:
    """Plan a price for an offer. Raises: NotFound, VersionConflict, TiersNotAscending, PriceBackdated, PriceTooFarAhead, PriceEndsFirst, PriceClash."""
    async with transaction(actor=actor):
        own = await offers.own_offer(offer_id, actor=actor, now=now)
        price = NewPrice(tiers=rules.tiers(sent.tiers, decimals=own.fact.unit_decimals), starts=sent.valid_from, ends=sent.valid_to)
        await prices.plan(offer_id, price=price, version=version, actor=actor, now=now)
        return await my_prices(offer_id, actor=actor, now=now)


async def withdraw_price(price_id: UUID, *, actor: Actor, now: datetime) -> PricesOut:
    """Take back a price that has not begun. Raises: NotFound, PriceWithdrawn, PriceHasBegun."""
    async with transaction(actor=actor):
        return await my_prices(await prices.withdraw(price_id, actor=actor, now=now), actor=actor, now=now)


async def price_steps(offer_id: UUID, *, actor: Actor, now: datetime) -> list[tuple[int, list[tuple[datetime, Decimal | None]]]]:
    """Give, for each quantity from which a tier of the price in force holds, how its unit price went: (quantity, steps). Raises: NotFound."""
    async with reading(actor):
        own = await offers.own_offer(offer_id, actor=actor, now=now)
        found = await prices.versions(offer_id, actor=actor)
    return [(bound, prices.steps(found, quantity=bound)) for bound in own.fact.tier_from]


async def count_stock(offer_id: UUID, *, count: StockIn, version: int, actor: Actor, now: datetime) -> OfferOut:
    """Store what was counted of an offer at one of its supplier's sites. Raises: NotFound, VersionConflict, NoSuchSite."""
    async with transaction(actor=actor):
        decimals = (await offers.own_offer(offer_id, actor=actor, now=now)).fact.unit_decimals
        on_hand = rules.steps(count.on_hand, decimals=decimals, pointer="/on_hand", least=0)
        safety = None if count.safety is msgspec.UNSET else rules.steps(count.safety, decimals=decimals, pointer="/safety", least=0)
        await offers.set_stock(offer_id, on_hand=on_hand, safety=safety, site_id=count.site_id, version=version, actor=actor, now=now)
        return await my_offer(offer_id, actor=actor, now=now)
