"""Owns the use cases of carts: putting in, changing, taking out, and pricing, which checkout shares."""

from __future__ import annotations

from typing import TYPE_CHECKING

from buyers.addresses import service as addresses
from marketplace.catalogue.products import service as products
from marketplace.catalogue.units import service as units
from marketplace.kernel import quantity as quantities
from marketplace.kernel.database import reading, transaction
from marketplace.kernel.errors import Busy, NotFound
from marketplace.kernel.fx import service as fx
from marketplace.kernel.i18n import current_locale, gettext
from marketplace.kernel.ids import uuid7
from marketplace.kernel.ports import Ties
from marketplace.kernel.wording import word
from marketplace.trade.carts import queries, rules
from marketplace.trade.carts.errors import CartFull, NoHolder, OfferNotSold, OwnOffer
from marketplace.trade.carts.schemas import CartOut, Destination, HeldLine, Holder
from marketplace.trade.landed import service as landed
from vendors.offers import service as offers

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from uuid import UUID

    from buyers.addresses.schemas import AddressOut
    from marketplace.kernel.actor import Actor
    from marketplace.trade.carts.schemas import CartGroupOut, CartLineOut, CostOut, HeldCart, Problem
    from marketplace.trade.landed.schemas import ComponentKind
    from vendors.offers.schemas import LockedOffer

price_token, changes, totals, as_errors, indicative = rules.price_token, rules.changes, rules.totals, rules.as_errors, rules.indicative
are_lines_as_seen, prices_now, freight_now = rules.are_lines_as_seen, rules.prices_now, rules.freight_now
COSTS: tuple[ComponentKind, ...] = ("freight", "duty", "tax")


def holder_of(actor: Actor) -> Holder:
    """Tell whose cart it is. Raises: NoHolder for who is no person or key of a buying organisation."""
    somebody = actor.person_id or actor.api_key_id
    if actor.organisation_id is None or somebody is None or "buyer" not in actor.capacities:
        raise NoHolder
    return Holder(organisation_id=actor.organisation_id, person_id=somebody)


async def open_cart(*, actor: Actor, now: datetime) -> UUID:
    """Give the actor's open cart, made when there is none."""
    async with transaction(actor=actor):
        return await queries.lock_open(holder_of(actor), new_id=uuid7(), now=now)


async def add_line(*, product_id: UUID, offer_id: UUID, quantity: int | str, actor: Actor, now: datetime) -> CartOut:
    """Put an offer in and show the cart: `put_in` and `view` in one transaction."""
    async with transaction(actor=actor):
        await put_in(product_id=product_id, offer_id=offer_id, quantity=quantity, actor=actor, now=now)
        return await view(actor=actor, now=now)


async def put_in(*, product_id: UUID, offer_id: UUID, quantity: int | str, actor: Actor, now: datetime) -> UUID:
    """Put an offer in and give the cart's id; more of one that is in already adds up.

    `quantity` is pieces, or decimal text where the unit has decimals. Raises: OwnOffer, OfferNotSold, QuantityNotAllowed (naming the next
    quantities that are sold), BadQuantity, CartFull, NoHolder.
    """
    holder = holder_of(actor)
    async with transaction(actor=actor):
        cart_id = await queries.lock_open(holder, new_id=uuid7(), now=now)
        cart = await queries.lock(cart_id, holder=holder)
        assert cart is not None, "the cart is locked"
        offer = await _offer(product_id, offer_id, actor=actor, now=now)
        if offer.fact.supplier_id == holder.organisation_id:
            raise OwnOffer
        steps = quantities.parse_quantity(quantity, decimals=offer.fact.unit_decimals)
        present = next((line for line in cart.lines if line.offer_id == offer_id), None)
        if present is None and len(cart.lines) >= rules.LINES_MAX:
            raise CartFull(limit=rules.LINES_MAX)
        whole = steps + (present.quantity if present else 0)
        await _put(cart_id, offer, whole, line_id=present.id if present else uuid7(), actor=actor, now=now)
        return cart_id


async def change_line(line_id: UUID, *, quantity: int | str, actor: Actor, now: datetime) -> CartOut:
    """Change a line's quantity. Raises: NotFound, OfferNotSold, QuantityNotAllowed, BadQuantity."""
    holder = holder_of(actor)
    async with transaction(actor=actor):
        cart = await _locked(holder, now)
        line = next((each for each in cart.lines if each.id == line_id), None)
        if line is None:
            raise NotFound
        offer = await _offer(line.product_id, line.offer_id, actor=actor, now=now)
        steps = quantities.parse_quantity(quantity, decimals=offer.fact.unit_decimals)
        await _put(cart.id, offer, steps, line_id=line.id, actor=actor, now=now)
        return await view(actor=actor, now=now)


async def remove_line(line_id: UUID, *, actor: Actor, now: datetime) -> CartOut:
    """Take a line out. Raises: NotFound."""
    holder = holder_of(actor)
    async with transaction(actor=actor):
        cart = await _locked(holder, now)
        if not await queries.remove_line(line_id, cart_id=cart.id, holder=holder):
            raise NotFound
        await queries.touch(cart.id, holder=holder, now=now)
        return await view(actor=actor, now=now)


async def choose_address(address_id: UUID, *, actor: Actor, now: datetime) -> CartOut:
    """Choose where the cart is to be shipped: freight and arrival follow. Raises: NotFound."""
    holder = holder_of(actor)
    async with transaction(actor=actor):
        address = await addresses.address(address_id, actor=actor)
        if address.state != "active":
            raise NotFound
        cart_id = await queries.lock_open(holder, new_id=uuid7(), now=now)
        await queries.set_address(cart_id, holder=holder, address_id=address_id)
        return await view(actor=actor, now=now)


async def _locked(holder: Holder, now: datetime) -> HeldCart:
    cart_id = await queries.lock_open(holder, new_id=uuid7(), now=now)
    cart = await queries.lock(cart_id, holder=holder)
    assert cart is not None, "the cart is locked"
    return cart


async def _offer(product_id: UUID, offer_id: UUID, *, actor: Actor, now: datetime) -> LockedOffer:
    found = await offers.offers_by_pairs([(product_id, offer_id)], now=now, viewer=actor)
    if not found:
        # A page that was opened before its product was merged names the offer where it stood then.
        kept_id = await products.moved_to(product_id)
        found = await offers.offers_by_pairs([(kept_id, offer_id)], now=now, viewer=actor) if kept_id else []
    if not found:
        raise NotFound
    if found[0].reasons:
        raise OfferNotSold(supplier=found[0].fact.supplier_name, extra={"reasons": list(found[0].reasons)})
    return found[0]


async def _put(cart_id: UUID, offer: LockedOffer, steps: int, *, line_id: UUID, actor: Actor, now: datetime) -> None:
    """Write a line at the present price, which counts as seen."""
    fact = offer.fact
    symbol = (await symbols_of([offer])).get(fact.unit_code, "")
    offers.check_quantity(steps, moq=fact.moq, multiple=fact.multiple, unit=(fact.unit_decimals, symbol))
    unit_price = offers.unit_price_at(fact, steps)
    if unit_price is None:
        raise OfferNotSold(supplier=fact.supplier_name)
    line = HeldLine(
        id=line_id,
        product_id=fact.product_id,
        offer_id=fact.offer_id,
        quantity=steps,
        seen_unit_price=unit_price,
        seen_currency=fact.currency,
        added_at=now,
    )
    rules.priced(line, offer, unit_price=unit_price, next_quantities=(steps,))
    holder = holder_of(actor)
    await queries.put_line(cart_id, line=line, holder=holder)
    await queries.touch(cart_id, holder=holder, now=now)


async def view(*, actor: Actor, now: datetime) -> CartOut:
    """Show the cart at present prices, with each change since it was put in, by supplier and currency, with freight to the chosen address."""
    holder = holder_of(actor)
    async with reading(actor):
        cart = await queries.open_cart(holder)
        address = await _address(cart, actor)
        lines = cart.lines if cart else []
        found = (
            await offers.offers_by_pairs([(line.product_id, line.offer_id) for line in lines], now=now, viewer=actor, keeps_lost=True)
            if lines
            else []
        )
        groups = await price(lines, found, to=destination(address, actor), now=now)
        await _tell_titles(groups)
        table = await fx.rates(now)
    sums = totals(groups)
    changed = changes(groups)
    return CartOut(
        id=cart.id if cart else None,
        version=cart.version if cart else 0,
        price_token=price_token(groups),
        address_id=address.id if address else None,
        country=address.country if address else actor.country,
        line_count=len(lines),
        groups=groups,
        totals=sums,
        indicative=indicative(sums, currency=actor.currency, fx=table),
        changes=changed,
        can_check_out=bool(lines) and not any(change.problem.blocks for change in changed),
    )


async def _tell_titles(groups: Sequence[CartGroupOut]) -> None:
    """Give each line the product's title in the reader's language. An order's copy keeps the product's own, so checkout does not come here."""
    lines = [line for group in groups for line in group.lines]
    titles = await products.titles((line.product_id for line in lines), locale=current_locale())
    for line in lines:
        line.title = titles.get(line.product_id, line.title)


async def _address(cart: HeldCart | None, actor: Actor) -> AddressOut | None:
    if cart is not None and cart.address_id is not None:
        chosen = await addresses.address(cart.address_id, actor=actor)
        if chosen.state == "active":
            return chosen
    return await addresses.default_address(actor)


def destination(address: AddressOut | None, actor: Actor) -> Destination:
    """Tell where to ship: the address, or the actor's country while none is chosen."""
    if address is None:
        return Destination(country=actor.country, postal_code="", time_zone=actor.time_zone)
    return Destination(
        country=address.country,
        postal_code=address.postal_code,
        time_zone=address.time_zone,
        snapshot={
            "label": address.label,
            "recipient": address.recipient,
            "lines": address.lines,
            "city": address.city,
            "region": address.region,
            "postal_code": address.postal_code,
            "country": address.country,
            "time_zone": address.time_zone,
        },
    )


async def price(lines: Sequence[HeldLine], found: Sequence[LockedOffer], *, to: Destination, now: datetime) -> list[CartGroupOut]:
    """Price lines at this moment, by supplier and currency, with freight, duty and tax per consignment and the arrival of each line.

    The one way in which cart and checkout come to their figures; landed cost is asked once for all consignments. No line is ever left
    out: offers are not deleted, and one that the buyer may no longer see stays with that as its reason. Raises: Busy where one is moving just now.
    """
    by_offer = {offer.fact.offer_id: offer for offer in found}
    symbols = await symbols_of(found)
    if any(line.offer_id not in by_offer for line in lines):
        # The line was read where the offer stood a moment before its product was merged; it stands elsewhere now, and so will the line.
        raise Busy
    pairs = [(_priced(line, by_offer[line.offer_id], symbols), by_offer[line.offer_id]) for line in lines]
    groups = rules.grouped(pairs, now=now)
    parts = [(place, *part) for place, (_, members) in enumerate(groups) for part in rules.consignments(members, to)]
    answers = await landed.land([consignment for _, consignment, _ in parts], now=now, kinds=COSTS)
    for (_, _, members), answer in zip(parts, answers, strict=True):
        rules.tax_lines(answer, [line for line, _ in members])
        for line, offer in members:
            arrival = landed.arrival(offer.fact, transit_days=answer.transit_days, country=to.country, now=now)
            line.ready_on, line.arrives_on = arrival.ready_on, arrival.arrives_on
    for place, (group, _) in enumerate(groups):
        own = [answer for (at, _, _), answer in zip(parts, answers, strict=True) if at == place]
        rules.with_costs(group, freight=rules.cost_of(own, "freight"), duty=rules.cost_of(own, "duty"))
    return [group for group, _ in groups]


async def symbols_of(found: Sequence[LockedOffer]) -> dict[str, str]:
    """Give what stands behind quantities that are no pieces, in the reader's language; pieces, which most are, need none."""
    return await units.short_names() if any(offer.fact.unit_decimals for offer in found) else {}


def _priced(line: HeldLine, offer: LockedOffer, symbols: Mapping[str, str]) -> CartLineOut:
    fact = offer.fact
    sold = offers.next_quantities(line.quantity, moq=fact.moq, multiple=fact.multiple)
    symbol = symbols.get(fact.unit_code, "") if fact.unit_decimals else ""
    priced = rules.priced(line, offer, unit_price=offers.unit_price_at(fact, line.quantity), next_quantities=sold, symbol=symbol)
    if priced.unit_price is not None and (tier := offers.next_tier_of(fact, line.quantity)) is not None:
        priced.cheaper = rules.cheaper(tier, priced)
    return priced


def worded(problem: Problem) -> str:
    """Word a problem in the reader's language."""
    return word(problem.message, problem.params, current_locale())


def cost_reason(cost: CostOut) -> str:
    """Say in the reader's language why freight or duty is not known."""
    return gettext(rules.COST_REASONS.get(cost.reason, rules.COST_REASONS["no-source"]))


async def count(actor: Actor) -> int:
    """Count the lines of the actor's open cart, for the sign in the page's head."""
    if actor.organisation_id is None or actor.person_id is None or "buyer" not in actor.capacities:
        return 0
    async with reading(actor):
        return await queries.count_lines(holder_of(actor))


class CartTies:
    """Tells which carts hold something of a supplier."""

    async def ties(self, supplier_id: UUID, *, now: datetime) -> Ties:  # noqa: ARG002 - an open cart has no date
        """Count the open carts that hold offers of the supplier."""
        async with reading():
            return Ties(carts=await queries.carts_holding(supplier_id))
