"""Owns how a cart is priced: problems of lines, grouping by supplier and currency, consignments, sums and the token that names them. Pure."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from marketplace.kernel import calendar, states
from marketplace.kernel.currencies import settle_step
from marketplace.kernel.errors import FieldError
from marketplace.kernel.i18n import lazy
from marketplace.kernel.money import ORDER_MINOR_MAX, AmountTooLarge, Money, allocate, convert_minor, line_net_minor
from marketplace.kernel.quantity import base_quantity, measure, pack_price
from marketplace.kernel.wording import Phrase
from marketplace.trade.carts.schemas import CartGroupOut, CartLineOut, CartTotalOut, ChangeOut, CheaperOut, CostOut, IndicativeOut, Problem, RateOut
from marketplace.trade.landed.schemas import NOTE_WORDS, Consignment, ConsignmentLine, CostPart

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime, time
    from decimal import Decimal

    from marketplace.kernel.fx.service import FxTable
    from marketplace.trade.carts.schemas import Destination, HeldLine
    from marketplace.trade.landed.schemas import Component, ComponentKind, Landed
    from vendors.offers.schemas import LockedOffer, OfferFact, Tier

LINES_MAX: Final = 200
STEPS_MAX: Final = 1_000_000_000
TOKEN_PART: Final = 24
_WHY: Final = {
    "no-access": lazy("{supplier} no longer shows you this offer."),
    "supplier-paused": lazy("{supplier} is not selling at present."),
    "supplier-suspended": lazy("{supplier} is not selling at present."),
    "notice-over": lazy("{supplier} no longer sells here."),
    "supplier-closed": lazy("{supplier} is closed at present."),
    "no-longer-valid": lazy("{supplier} has withdrawn this offer."),
    "no-stock": lazy("{supplier} has none left."),
}
_NOT_SOLD: Final = lazy("{supplier} does not sell this at present.")
DEARER: Final = lazy("The unit price rose from {before} to {after} since you put this in.")
CHEAPER: Final = lazy("The unit price fell from {before} to {after} since you put this in.")
NOT_ENOUGH: Final = lazy("{supplier} has {available} left.")
CONDITION_NOW: Final = lazy("The condition of {title} is now: {condition}.")
PRICE_NOW: Final = lazy("The unit price of {title} is {price} now.")
FREIGHT_NOW: Final = lazy("Freight of {supplier} is {amount} now.")
FREIGHT_UNKNOWN: Final = lazy("Freight of {supplier} is not known now.")
# Before an order the currency is the offer's: nothing else is asked for.
COST_REASONS: Final = NOTE_WORDS | {"no-exchange-rate": lazy("No exchange rate leads to the offer's currency")}
UNASKED: Final = CostOut(state="unknown", amount_minor=None, source="", reason="no-source")
NOT_A_QUANTITY: Final = lazy("This quantity is not sold; take {next_quantities}.")


def priced(line: HeldLine, offer: LockedOffer, *, unit_price: Decimal | None, next_quantities: Sequence[int], symbol: str = "") -> CartLineOut:
    """Give a line at the present price with everything that changed since it was put in. Raises: AmountTooLarge above 10^14 minor units."""
    fact = offer.fact
    net = None
    if unit_price is not None:
        net = line_net_minor(unit_price, quantity_steps=line.quantity, unit_decimals=fact.unit_decimals, currency=fact.currency)
    return CartLineOut(
        id=line.id,
        product_id=line.product_id,
        offer_id=line.offer_id,
        site_id=fact.site_id,
        price_version_id=fact.price_version_id,
        title=offer.title,
        brand=offer.brand,
        part_number=offer.part_number,
        supplier_sku=fact.supplier_sku,
        unit_code=fact.unit_code,
        unit_decimals=fact.unit_decimals,
        incoterm=fact.incoterm,
        condition=fact.condition,
        currency=fact.currency,
        quantity=line.quantity,
        moq=fact.moq,
        multiple=fact.multiple,
        pack_size=fact.pack_size,
        available=fact.available,
        unit_price=unit_price,
        price_base_quantity=base_quantity(decimals=fact.unit_decimals),
        pack_price=pack_price(unit_price, pack_size=fact.pack_size, decimals=fact.unit_decimals),
        seen_unit_price=line.seen_unit_price,
        net_minor=net,
        tax_minor=None,
        ready_on=None,
        arrives_on=None,
        next_quantities=list(next_quantities),
        problems=problems(line, offer, unit_price=unit_price, next_quantities=next_quantities, symbol=symbol),
    )


def cheaper(tier: Tier, line: CartLineOut) -> CheaperOut | None:
    """Tell how many more reach a tier, in quantities that are sold; None where it costs no less."""
    if line.unit_price is None or tier.unit_price >= line.unit_price:
        return None
    return CheaperOut(-(-tier.from_quantity // line.multiple) * line.multiple - line.quantity, tier.unit_price)


def problems(line: HeldLine, offer: LockedOffer, *, unit_price: Decimal | None, next_quantities: Sequence[int], symbol: str = "") -> list[Problem]:
    """List what keeps a line from being ordered, and what of it changed; `symbol` stands behind quantities, "" for pieces."""
    fact = offer.fact
    about: dict[str, object] = {"supplier": fact.supplier_name}
    found = [Problem(code=code, message=_WHY.get(code, _NOT_SOLD), params=about, blocks=True) for code in offer.reasons[:1]]
    if unit_price is None and not found:
        found.append(Problem(code="no-price", message=_NOT_SOLD, params=about, blocks=True))
    if tuple(next_quantities) != (line.quantity,):
        params: dict[str, object] = {"next_quantities": [measure(each, decimals=fact.unit_decimals, symbol=symbol) for each in next_quantities]}
        found.append(Problem(code="quantity-not-sold", message=NOT_A_QUANTITY, params=params, blocks=True))
    if line.quantity > fact.available and not fact.allows_backorder and not found:
        found.append(
            Problem(
                code="not-enough-stock",
                message=NOT_ENOUGH,
                params=about | {"available": measure(fact.available, decimals=fact.unit_decimals, symbol=symbol)},
                blocks=True,
            )
        )
    if unit_price is not None and (unit_price, fact.currency) != (line.seen_unit_price, line.seen_currency):
        is_dearer = unit_price > line.seen_unit_price
        params = {
            "before": _priced(line.seen_unit_price, line.seen_currency),
            "after": _priced(unit_price, fact.currency),
        }
        found.append(Problem(code="price-rose" if is_dearer else "price-fell", message=DEARER if is_dearer else CHEAPER, params=params))
    return found


def grouped(pairs: Sequence[tuple[CartLineOut, LockedOffer]], *, now: datetime) -> list[tuple[CartGroupOut, list[tuple[CartLineOut, LockedOffer]]]]:
    """Group lines by supplier and currency, in the order in which they were put in."""
    groups: dict[tuple[object, str], list[tuple[CartLineOut, LockedOffer]]] = {}
    for line, offer in pairs:
        groups.setdefault((offer.fact.supplier_id, offer.fact.currency), []).append((line, offer))
    found = []
    for members in groups.values():
        fact = members[0][1].fact
        goods = sum(line.net_minor or 0 for line, _ in members)
        group = CartGroupOut(
            supplier_id=fact.supplier_id,
            supplier_name=fact.supplier_name,
            supplier_slug=fact.supplier_slug,
            currency=fact.currency,
            acceptance_hours=fact.acceptance_hours,
            answer_by=answer_by(fact, now=now),
            goods_minor=goods,
            freight=UNASKED,
            duty=UNASKED,
            net_minor=goods,
            tax_minor=None,
            gross_minor=goods,
            arrives_on=None,
            lines=[line for line, _ in members],
        )
        found.append((group, members))
    return found


def answer_by(fact: OfferFact, *, now: datetime) -> datetime:
    """Give the moment until which the supplier answers an order placed now: so many hours on, or so many hours while its site is open.

    Where the site has stated no hours its working days count whole; where it never works the hours run always, so that no order waits for ever.
    """
    always = now + timedelta(hours=fact.acceptance_hours)
    if fact.acceptance_counts != "working_hours":
        return always
    closed = calendar.Closures(fact.closed_on, country=fact.site_country, region=fact.site_region, keeps_public_holidays=fact.keeps_public_holidays)
    try:
        return calendar.add_opening_hours(
            now, fact.acceptance_hours, time_zone=fact.time_zone, week=_week(fact), closed=closed, opened=fact.opened_on
        )
    except calendar.NeverOpen:
        return always


def _week(fact: OfferFact) -> dict[int, tuple[time, time]]:
    if not fact.opens_at:
        return dict.fromkeys(fact.working_days, calendar.WHOLE_DAY)
    return dict(zip(fact.working_days, zip(fact.opens_at, fact.closes_at, strict=True), strict=True))


def consignments(
    members: Sequence[tuple[CartLineOut, LockedOffer]], to: Destination
) -> list[tuple[Consignment, list[tuple[CartLineOut, LockedOffer]]]]:
    """Split one supplier's lines into what is shipped together: from one site, under one incoterm."""
    parts: dict[tuple[object, str], list[tuple[CartLineOut, LockedOffer]]] = {}
    for line, offer in members:
        parts.setdefault((offer.fact.site_id, offer.fact.incoterm), []).append((line, offer))
    found = []
    for part in parts.values():
        fact = part[0][1].fact
        consignment = Consignment(
            supplier_id=fact.supplier_id,
            ship_from_country=fact.site_country,
            ship_from_postal_code=fact.site_postal_code,
            country=to.country,
            postal_code=to.postal_code,
            incoterm=fact.incoterm,
            currency=fact.currency,
            site_id=fact.site_id,
            lines=tuple(_consignment_line(line, offer) for line, offer in part),
        )
        found.append((consignment, part))
    return found


def _consignment_line(line: CartLineOut, offer: LockedOffer) -> ConsignmentLine:
    fact, own = offer.fact, offer.fact.weight_grams
    return ConsignmentLine.of(
        fact,
        quantity=line.quantity,
        goods_minor=line.net_minor or 0,
        weight_grams=fact.typical_weight_grams if own is None else own,
        is_weight_estimated=own is None,
    )


def cost_of(landed: Sequence[Landed], kind: ComponentKind) -> CostOut:
    """Sum freight or duty of an order's consignments; it is known only when it is known, included or not applicable for each.

    The whole holds since the latest of the tables behind it came into force, and is invented when one of them is.
    """
    parts = [part for one in landed if (part := one.component(kind)) is not None]
    sources = ", ".join(dict.fromkeys(part.source for part in parts if part.source and part.state == "known"))
    missing = next((part for part in parts if part.state == "unknown"), None)
    if missing is not None or not parts:
        return CostOut(state="unknown", amount_minor=None, source="", reason=missing.note if missing else "no-source")
    state = next((part.state for part in parts if part.state == "known"), parts[0].state)
    state_told = "estimated" if any(part.is_estimated for part in parts) else state
    return CostOut(
        state=state_told,
        amount_minor=sum(part.amount_minor or 0 for part in parts),
        source=sources,
        as_of=max((part.as_of for part in parts if part.as_of is not None), default=None),
        is_invented=any(part.is_invented for part in parts),
        rule_id=",".join(dict.fromkeys(part.rule_id for part in parts if part.rule_id)),
        parts=_made_up_of(parts),
    )


def _made_up_of(parts: Sequence[Component]) -> tuple[CostPart, ...]:
    """Sum what the components of several consignments are made up of by code; nothing where each is one thing."""
    if not any(part.parts for part in parts):
        return ()
    sums: dict[str, int] = {}
    for part in parts:
        for each in part.parts or (CostPart("rate", part.amount_minor or 0),):
            sums[each.code] = sums.get(each.code, 0) + each.amount_minor
    return tuple(CostPart(code, amount_minor) for code, amount_minor in sums.items())


def tax_lines(landed: Landed, lines: Sequence[CartLineOut]) -> None:
    """Split the tax of a consignment over its lines by their net, exactly and on the settle step; while it is not determined every line's stays unknown."""
    part = landed.component("tax")
    if part is None or part.state in {"unknown", "not_determined"}:
        return
    parts = allocate(part.amount_minor or 0, [line.net_minor or 0 for line in lines], step=settle_step(part.currency))
    for line, tax in zip(lines, parts, strict=True):
        line.tax_minor = tax


def with_costs(group: CartGroupOut, *, freight: CostOut, duty: CostOut) -> None:
    """Add freight and tax to a supplier's sum; what is not known adds nothing and stays visible as such. Duty is told beside it.

    Raises: AmountTooLarge.
    """
    group.freight, group.duty = freight, duty
    group.net_minor = group.goods_minor + (freight.amount_minor or 0)
    group.tax_minor = _whole([line.tax_minor for line in group.lines])
    group.gross_minor = group.net_minor + (group.tax_minor or 0)
    if group.gross_minor > ORDER_MINOR_MAX:
        raise AmountTooLarge
    days = [line.arrives_on for line in group.lines]
    known = [day for day in days if day is not None]
    group.arrives_on = max(known) if known and len(known) == len(days) else None


def _whole(parts: Sequence[int | None]) -> int | None:
    known = [part for part in parts if part is not None]
    return sum(known) if len(known) == len(parts) else None


def totals(groups: Sequence[CartGroupOut]) -> list[CartTotalOut]:
    """Sum exactly per currency, in the order in which currencies appear."""
    by_currency: dict[str, list[CartGroupOut]] = {}
    for group in groups:
        by_currency.setdefault(group.currency, []).append(group)
    return [
        CartTotalOut(
            currency=currency,
            goods_minor=sum(group.goods_minor for group in members),
            freight_minor=sum(group.freight.amount_minor or 0 for group in members),
            net_minor=sum(group.net_minor for group in members),
            tax_minor=_whole([group.tax_minor for group in members]),
            gross_minor=sum(group.gross_minor for group in members),
            is_complete=all(group.freight.state != "unknown" for group in members),
        )
        for currency, members in by_currency.items()
    ]


def indicative(sums: Sequence[CartTotalOut], *, currency: str, fx: FxTable) -> IndicativeOut | None:
    """Convert all sums into one currency for orientation; None when there is one currency only, or a rate is missing."""
    if not sums or [total.currency for total in sums] == [currency]:
        return None
    rates: list[RateOut] = []
    whole = 0
    for total in sums:
        rate = fx.rate(total.currency, currency)
        if rate is None:
            return None
        whole += convert_minor(total.gross_minor, source=total.currency, target=currency, rate=rate.rate)
        if total.currency != currency:
            rates.append(
                RateOut(base=total.currency, quote=currency, rate=rate.rate, provider=rate.provider, as_of=rate.as_of, is_fixed=rate.is_fixed)
            )
    return IndicativeOut(currency=currency, gross_minor=whole, rates=rates)


def changes(groups: Sequence[CartGroupOut]) -> list[ChangeOut]:
    """List everything that changed since it was put in, over all lines."""
    return [ChangeOut(line_id=line.id, title=line.title, problem=problem) for group in groups for line in group.lines for problem in line.problems]


def price_token(groups: Sequence[CartGroupOut]) -> str:
    """Name what a reader has seen, in two parts of 24 signs: lines with quantity, unit price and condition, then what is added to them and told beside."""
    lines = [
        (str(group.supplier_id), group.currency, [(str(line.id), line.quantity, str(line.unit_price), line.condition) for line in group.lines])
        for group in groups
    ]
    costs = [(group.net_minor, group.tax_minor, group.freight.state, group.duty.state, group.duty.amount_minor) for group in groups]
    return "".join(hashlib.sha256(repr(part).encode()).hexdigest()[:TOKEN_PART] for part in (lines, costs))


def are_lines_as_seen(groups: Sequence[CartGroupOut], token: str) -> bool:
    """Tell whether quantities, unit prices and conditions are those that a token names, whatever became of freight and tax."""
    return price_token(groups)[:TOKEN_PART] == token[:TOKEN_PART]


def prices_now(groups: Sequence[CartGroupOut]) -> tuple[FieldError, ...]:
    """Tell unit price and condition of each line, where nothing changed since it was put in but the reader had seen others meanwhile.

    The condition of new goods goes without saying.
    """
    conditions = tuple(
        FieldError(f"/lines/{line.id}", "condition-now", CONDITION_NOW, {"title": line.title, "condition": Phrase(states.CONDITIONS[line.condition])})
        for group in groups
        for line in group.lines
        if line.condition in states.CONDITIONS
    )
    return conditions + tuple(
        FieldError(f"/lines/{line.id}", "price-now", PRICE_NOW, {"title": line.title, "price": _priced(line.unit_price, line.currency)})
        for group in groups
        for line in group.lines
        if line.unit_price is not None
    )


def freight_now(groups: Sequence[CartGroupOut]) -> tuple[FieldError, ...]:
    """Tell what freight each supplier's part has now, in the order of the parts."""
    found = []
    for place, group in enumerate(groups):
        params: dict[str, object] = {"supplier": group.supplier_name}
        message = FREIGHT_UNKNOWN
        if group.freight.amount_minor is not None:
            message, params = FREIGHT_NOW, params | {"amount": Money(group.freight.amount_minor, group.currency)}
        found.append(FieldError(f"/groups/{place}/freight", "freight-now", message, params))
    return tuple(found)


def _priced(unit_price: Decimal, currency: str) -> str:
    return f"{unit_price.normalize():f} {currency}"


def as_errors(found: Sequence[ChangeOut]) -> tuple[FieldError, ...]:
    """Word changes as errors of fields, by the line they are about."""
    return tuple(FieldError(f"/lines/{change.line_id}", change.problem.code, change.problem.message, change.problem.params) for change in found)
