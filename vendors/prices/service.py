"""Owns the use cases of prices over time: plan one, withdraw one, tell the history, and the lowest of the last 30 days."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from marketplace.catalogue.products import service as products
from marketplace.kernel.audit import service as audit
from marketplace.kernel.calendar import zone
from marketplace.kernel.contracts import OffersChanged
from marketplace.kernel.database import reading, transaction
from marketplace.kernel.errors import NotFound, VersionConflict
from marketplace.kernel.fx import service as fx
from marketplace.kernel.outbox import service as outbox
from vendors.accounts import service as accounts
from vendors.offers import service as offers
from vendors.prices import queries, rules
from vendors.prices.errors import PriceClash, PriceHasBegun, PriceWithdrawn, PromotionHolds, TooManyPrices
from vendors.visibility import service as visibility

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from marketplace.kernel.actor import Actor
    from vendors.prices.schemas import NewPrice, PriceLow, PriceVersion

AHEAD_MAX = rules.AHEAD_MAX
PLANNED_MAX = 50
VERSIONS_MAX = 500
LOW_DAYS = 30
moment_in, in_force, steps, unit_price = rules.moment_in, rules.in_force, rules.steps, rules.unit_price


async def plan(offer_id: UUID, *, price: NewPrice, version: int | None, actor: Actor, now: datetime) -> int:
    """Append a price to one of the acting supplier's offers that holds from a moment on, perhaps until another, and answer the offer's new version.

    No job puts it into force: whoever asks for the price at a moment finds the one that holds then. `version` is what the caller saw.
    Raises: NotFound, VersionConflict, TiersNotAscending, PriceBackdated, PriceTooFarAhead, PriceEndsFirst, PriceClash and PromotionHolds naming
    the other, TooManyPrices.
    """
    supplier_id, span = actor.own_organisation("supplier"), rules.span_of(price, now=now)
    async with transaction(actor=actor):
        await accounts.check_not_ended(supplier_id)
        offer = await queries.lock_offer(offer_id, supplier_id=supplier_id)
        if offer is None:
            raise NotFound
        if version is not None and offer.version != version:
            raise VersionConflict(extra={"version": offer.version})
        offers.check_tiers(price.tiers, moq=offer.moq, multiple=offer.multiple)
        ahead = await queries.planned(offer_id, product_id=offer.product_id, now=now)
        met = rules.clash(span, ahead)
        if met is not None:
            extra = {"starts": met.starts.isoformat(), "ends": met.ends.isoformat() if met.ends else None}
            # What has begun cannot be withdrawn: it is told what can be done.
            here = zone(offer.time_zone)
            if met.starts <= now:
                raise PromotionHolds(ends=met.ends.astimezone(here) if met.ends else None, extra=extra)
            raise PriceClash(starts=met.starts.astimezone(here), extra=extra)
        if len(ahead) >= PLANNED_MAX:
            raise TooManyPrices(limit=PLANNED_MAX)
        await queries.insert(offer_id, supplier_id=supplier_id, span=span, tiers=price.tiers, actor=actor.principal, now=now)
        await audit.record(
            action="offer.price_planned",
            entity="offer",
            entity_id=offer_id,
            organisation_id=supplier_id,
            actor=actor,
            now=now,
            after={
                "tiers": offers.noted(price.tiers), "valid_from": span.starts.isoformat(), "valid_to": span.ends.isoformat() if span.ends else None,
            },
        )  # fmt: skip
        return await _changed(offer_id, product_id=offer.product_id, supplier_id=supplier_id, now=now)


async def withdraw(price_id: UUID, *, actor: Actor, now: datetime) -> UUID:
    """Take back one of the acting supplier's prices that has not begun, and answer its offer. It stays on record.

    Raises: NotFound, PriceWithdrawn where that was done before, PriceHasBegun.
    """
    supplier_id = actor.own_organisation("supplier")
    async with transaction(actor=actor):
        await accounts.check_not_ended(supplier_id)
        found = await queries.lock_version(price_id, supplier_id=supplier_id)
        if found is None:
            raise NotFound
        if found.is_withdrawn:
            raise PriceWithdrawn
        if found.starts <= now:
            raise PriceHasBegun
        await queries.insert_withdrawal(price_id, supplier_id=supplier_id, actor=actor.principal, now=now)
        await audit.record(
            action="offer.price_withdrawn",
            entity="offer",
            entity_id=found.offer_id,
            organisation_id=supplier_id,
            actor=actor,
            now=now,
            before={"price_id": str(price_id), "valid_from": found.starts.isoformat()},
        )
        await _changed(found.offer_id, product_id=found.product_id, supplier_id=supplier_id, now=now)
        return found.offer_id


async def _changed(offer_id: UUID, *, product_id: UUID, supplier_id: UUID, now: datetime) -> int:
    await outbox.publish(OffersChanged(supplier_id=supplier_id, product_ids=(product_id,)), now=now)
    return await queries.touch(offer_id, supplier_id=supplier_id, now=now)


async def versions(offer_id: UUID, *, actor: Actor) -> list[PriceVersion]:
    """List the prices of one of the acting supplier's offers, the one that begins last first, at most 500. Raises: NotFound."""
    supplier_id = actor.own_organisation("supplier")
    async with reading():
        found = await queries.versions(offer_id, supplier_id=supplier_id, limit=VERSIONS_MAX)
    if not found:
        raise NotFound
    return found


async def lows(product_id: UUID, *, now: datetime, viewer: Actor, offer_id: UUID | None = None) -> list[PriceLow]:
    """Give the lowest price of each offer on a product over the last 30 days, at its smallest quantity, where the viewer sees its price.

    This is the reference of announced reductions (Directive 98/6/EC, article 6a: the lowest price of at least the last 30 days).
    """
    async with reading():
        since = now - timedelta(days=LOW_DAYS)
        return await queries.lows(product_id, offer_id=offer_id, since=since, now=now, viewer=visibility.viewer_of(viewer))


async def lows_of_product(product_id: UUID, *, now: datetime, viewer: Actor) -> list[PriceLow]:
    """Give what `lows` gives, for a product that is there. Raises: NotFound."""
    await products.product(product_id, locale=viewer.locale)
    return await lows(product_id, now=now, viewer=viewer)


async def lowest(product_id: UUID, *, currency: str, now: datetime, viewer: Actor) -> tuple[PriceLow, Decimal] | None:
    """Give the lowest of all offers on a product over the last 30 days, and what it is in a currency by today's rate; None where none is known."""
    table = await fx.rates(now)
    found = []
    for low in await lows(product_id, now=now, viewer=viewer):
        rate = Decimal(1) if low.currency == currency else getattr(table.rate(low.currency, currency), "rate", None)
        if rate is not None:
            found.append((low, low.unit_price * rate))
    return min(found, key=lambda pair: pair[1], default=None)
