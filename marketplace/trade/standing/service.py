"""Owns the use cases of places: what buyers usually ask, where offers stand for it, and what changes would make of it. Competitors are told as everybody sees them."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from marketplace.kernel.actor import ANONYMOUS
from marketplace.kernel.database import reading
from marketplace.trade.compare import service as compare
from marketplace.trade.compare.schemas import Change, Wanted
from marketplace.trade.standing import queries, rules
from marketplace.trade.standing.errors import TooManyToPreview
from marketplace.trade.standing.schemas import Ask, Move, Place
from marketplace.trade.weights import service as weights

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from marketplace.kernel.actor import Actor
    from marketplace.trade.standing.schemas import Changed, Stander
    from marketplace.trade.weights.schemas import Weights

SOLD_DAYS = 365
CHUNK = 50
PREVIEWED_MAX = 200
HOME_COUNTRY = "DE"
jumps, summed = rules.jumps, rules.summed


async def usual_ask(*, actor: Actor, now: datetime) -> Ask:
    """Give the country and quantity that the acting supplier's buyers ordered most in a year; without orders its own country and usual minimum."""
    assert actor.organisation_id is not None, "who sells is an organisation"
    async with reading(actor):
        country, quantity = await queries.most_ordered(actor.organisation_id, since=now - timedelta(days=SOLD_DAYS))
        if quantity is None:
            quantity = await queries.usual_least(actor.organisation_id)
    return Ask(quantity=quantity or 1, country=country or actor.country or HOME_COUNTRY)


async def places(standers: Sequence[Stander], *, ask: Ask, currency: str, now: datetime) -> dict[UUID, Place]:
    """Give where offers stand among those that everybody sees, totals in `currency`; an offer that nobody sees or that does not sell is missing."""
    found: dict[UUID, Place] = {}
    in_force = (await weights.in_force(now)).weights
    for part in _chunks(standers):
        for field in await compare.fields(_wanted(part, ask), currency=currency, viewer=ANONYMOUS, now=now):
            found |= _placed(field, in_force, currency)
        await asyncio.sleep(0)
    return {one.offer_id: found[one.offer_id] for one in standers if one.offer_id in found}


async def moves(changes: Sequence[Changed], *, ask: Ask, currency: str, now: datetime) -> list[Move]:
    """Give what changes would do to the places of their offers, by ranking the real comparisons again, gains first.

    All changes hold together, as they would be saved. Raises: TooManyToPreview above 200 products.
    """
    products = {one.stander.product_id for one in changes}
    if len(products) > PREVIEWED_MAX:
        raise TooManyToPreview(products=len(products), most=PREVIEWED_MAX)
    in_force = (await weights.in_force(now)).weights
    wanted = {str(one.stander.offer_id): Change(tiers=one.tiers, available=one.available) for one in changes}
    before: dict[UUID, Place] = {}
    after: dict[UUID, Place] = {}
    for part in _chunks([one.stander for one in changes]):
        fields = await compare.fields(_wanted(part, ask), currency=currency, viewer=ANONYMOUS, now=now)
        for was, then in zip(fields, await compare.changed(fields, wanted, now=now), strict=True):
            before |= _placed(was, in_force, currency)
            after |= _placed(then, in_force, currency)
        await asyncio.sleep(0)
    return sorted((_move(one.stander, before, after) for one in changes), key=rules.order_of)


def _chunks(standers: Sequence[Stander]) -> list[list[Stander]]:
    """Put offers together by product, so many products at a time: others get their turn in between."""
    first = {one.product_id: one for one in standers}
    unique = list(first.values())
    return [unique[start : start + CHUNK] for start in range(0, len(unique), CHUNK)]


def _wanted(standers: Sequence[Stander], ask: Ask) -> list[Wanted]:
    return [Wanted(product_id=one.product_id, quantity=ask.quantity * 10**one.decimals, country=ask.country, need_by=ask.need_by) for one in standers]


def _placed(field: compare.Field, in_force: Weights, currency: str) -> dict[UUID, Place]:
    standings = field.standings(in_force)
    of = sum(one.place is not None for one in standings)
    found: dict[UUID, Place] = {}
    name, total = "", None
    for one in standings:
        is_ranked = one.place is not None
        found[UUID(one.offer_id)] = Place(
            place=one.place, of=of, group=one.group, total_minor=one.total_minor, currency=currency,
            ahead=name if is_ranked else "", ahead_minor=total if is_ranked else None,
        )  # fmt: skip
        name, total = one.supplier_name, one.total_minor
    return found


def _move(stander: Stander, before: dict[UUID, Place], after: dict[UUID, Place]) -> Move:
    was = before.get(stander.offer_id, NOT_SEEN)
    then = after.get(stander.offer_id, GONE if stander.offer_id in before else NOT_SEEN)
    return Move(
        offer_id=stander.offer_id, product_id=stander.product_id, kind=rules.kind_of(was.place, then.place), before=was, after=then,
    )  # fmt: skip


# An offer that does not sell, or that not everybody sees, stands in no comparison that everybody sees.
NOT_SEEN = Place(place=None, of=0, group="not_seen")
# What is there and then has no price at the quantity, or one that no order may carry, leaves the comparison.
GONE = Place(place=None, of=0, group="no_price")
