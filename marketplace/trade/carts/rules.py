"""Owns how a cart is priced: problems of lines, grouping by supplier and currency, consignments, sums and the token that names them. Pure."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

from marketplace.kernel.errors import FieldError
from marketplace.kernel.i18n import lazy
from marketplace.kernel.money import ORDER_MINOR_MAX, AmountTooLarge, convert_minor, line_net_minor
from marketplace.kernel.quantity import quantity_text
from marketplace.trade.carts.schemas import CartGroupOut, CartLineOut, CartTotalOut, ChangeOut, FreightOut, IndicativeOut, Problem, RateOut
from marketplace.trade.landed.schemas import Consignment, ConsignmentLine

if TYPE_CHECKING:
    from collections.abc import Sequence
    from decimal import Decimal

    from marketplace.kernel.fx.service import FxTable
    from marketplace.trade.carts.schemas import Destination, HeldLine
    from marketplace.trade.landed.schemas import Landed
    from vendors.offers.schemas import LockedOffer

LINES_MAX: Final = 200
STEPS_MAX: Final = 1_000_000_000
TOKEN_LENGTH: Final = 32
_WHY: Final = {
    "supplier-not-open": lazy("{supplier} is not selling at present."),
    "supplier-closed": lazy("{supplier} is closed at present."),
    "no-longer-valid": lazy("{supplier} has withdrawn this offer."),
    "no-stock": lazy("{supplier} has none left."),
}
_NOT_SOLD: Final = lazy("{supplier} does not sell this at present.")
DEARER: Final = lazy("The unit price rose from {before} to {after} since you put this in.")
CHEAPER: Final = lazy("The unit price fell from {before} to {after} since you put this in.")
NOT_ENOUGH: Final = lazy("{supplier} has {available} left.")
FREIGHT_REASONS: Final = {
    "no-source": lazy("Nobody was asked"),
    "no-table": lazy("The supplier states no freight table"),
    "no-zone": lazy("The supplier's freight table does not reach this place"),
    "weight-missing": lazy("The weight is not stated"),
    "beyond-table": lazy("Heavier than the supplier's freight table goes"),
}
NOT_A_QUANTITY: Final = lazy("This quantity is not sold; take {next_quantities}.")


def priced(line: HeldLine, offer: LockedOffer, *, unit_price: Decimal | None, next_quantities: Sequence[int]) -> CartLineOut:
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
        currency=fact.currency,
        quantity=line.quantity,
        moq=fact.moq,
        multiple=fact.multiple,
        available=fact.available,
        unit_price=unit_price,
        seen_unit_price=line.seen_unit_price,
        net_minor=net,
        ready_on=None,
        arrives_on=None,
        next_quantities=list(next_quantities),
        problems=problems(line, offer, unit_price=unit_price, next_quantities=next_quantities),
    )


def problems(line: HeldLine, offer: LockedOffer, *, unit_price: Decimal | None, next_quantities: Sequence[int]) -> list[Problem]:
    """List what keeps a line from being ordered, and what of it changed."""
    fact = offer.fact
    about: dict[str, object] = {"supplier": fact.supplier_name}
    found = [Problem(code=code, message=_WHY.get(code, _NOT_SOLD), params=about, blocks=True) for code in offer.reasons[:1]]
    if unit_price is None and not found:
        found.append(Problem(code="no-price", message=_NOT_SOLD, params=about, blocks=True))
    if tuple(next_quantities) != (line.quantity,):
        params: dict[str, object] = {"next_quantities": [quantity_text(each, decimals=fact.unit_decimals) for each in next_quantities]}
        found.append(Problem(code="quantity-not-sold", message=NOT_A_QUANTITY, params=params, blocks=True))
    if line.quantity > fact.available and not fact.allows_backorder and not found:
        found.append(
            Problem(
                code="not-enough-stock",
                message=NOT_ENOUGH,
                params=about | {"available": quantity_text(fact.available, decimals=fact.unit_decimals)},
                blocks=True,
            )
        )
    if unit_price is not None and (unit_price, fact.currency) != (line.seen_unit_price, line.seen_currency):
        is_dearer = unit_price > line.seen_unit_price
        params = {
            "before": f"{line.seen_unit_price.normalize():f} {line.seen_currency}",
            "after": f"{unit_price.normalize():f} {fact.currency}",
        }
        found.append(Problem(code="price-rose" if is_dearer else "price-fell", message=DEARER if is_dearer else CHEAPER, params=params))
    return found


def grouped(pairs: Sequence[tuple[CartLineOut, LockedOffer]]) -> list[tuple[CartGroupOut, list[tuple[CartLineOut, LockedOffer]]]]:
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
            goods_minor=goods,
            freight=FreightOut(state="unknown", amount_minor=None, source=""),
            net_minor=goods,
            tax_minor=None,
            gross_minor=goods,
            arrives_on=None,
            lines=[line for line, _ in members],
        )
        found.append((group, members))
    return found


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
    fact = offer.fact
    weight = fact.weight_grams if fact.weight_grams is not None else fact.typical_weight_grams
    one = 10**fact.unit_decimals
    return ConsignmentLine(
        product_id=line.product_id,
        offer_id=line.offer_id,
        quantity=line.quantity,
        goods_minor=line.net_minor or 0,
        origin_country=fact.origin_country,
        category_id=fact.category_id,
        hs_prefix=fact.hs_prefix,
        weight_grams=None if weight is None else -(-weight * line.quantity // one),
        is_weight_estimated=fact.weight_grams is None,
        volume_cm3=None if fact.volume_cm3 is None else -(-fact.volume_cm3 * line.quantity // one),
    )


def freight_of(landed: Sequence[Landed]) -> FreightOut:
    """Sum the freight of an order's consignments; it is known only when it is known, included or not applicable for each."""
    parts = [part for one in landed if (part := one.component("freight")) is not None]
    sources = ", ".join(dict.fromkeys(part.source for part in parts if part.source and part.state == "known"))
    missing = next((part for part in parts if part.state == "unknown"), None)
    if missing is not None or not parts:
        return FreightOut(state="unknown", amount_minor=None, source="", reason=missing.note if missing else "no-source")
    state = next((part.state for part in parts if part.state == "known"), parts[0].state)
    state_told = "estimated" if any(part.is_estimated for part in parts) else state
    return FreightOut(state=state_told, amount_minor=sum(part.amount_minor or 0 for part in parts), source=sources)


def with_freight(group: CartGroupOut, freight: FreightOut) -> None:
    """Add freight to a supplier's sum; what is not known adds nothing and stays visible as such."""
    group.freight = freight
    group.net_minor = group.goods_minor + (freight.amount_minor or 0)
    group.gross_minor = group.net_minor + (group.tax_minor or 0)
    if group.gross_minor > ORDER_MINOR_MAX:
        raise AmountTooLarge
    days = [line.arrives_on for line in group.lines]
    known = [day for day in days if day is not None]
    group.arrives_on = max(known) if known and len(known) == len(days) else None


def totals(groups: Sequence[CartGroupOut]) -> list[CartTotalOut]:
    """Sum exactly per currency, in the order in which currencies appear."""
    found: dict[str, CartTotalOut] = {}
    for group in groups:
        total = found.setdefault(
            group.currency,
            CartTotalOut(currency=group.currency, goods_minor=0, freight_minor=0, net_minor=0, tax_minor=None, gross_minor=0, is_complete=True),
        )
        total.goods_minor += group.goods_minor
        total.freight_minor += group.freight.amount_minor or 0
        total.net_minor += group.net_minor
        total.gross_minor += group.gross_minor
        total.is_complete = total.is_complete and group.freight.state != "unknown"
    return list(found.values())


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
    """Name the prices a reader has seen: lines with quantity and unit price, and each supplier's sum with freight."""
    told = [
        (str(group.supplier_id), group.currency, group.net_minor, [(str(line.id), line.quantity, str(line.unit_price)) for line in group.lines])
        for group in groups
    ]
    return hashlib.sha256(repr(told).encode()).hexdigest()[:TOKEN_LENGTH]


def as_errors(found: Sequence[ChangeOut]) -> tuple[FieldError, ...]:
    """Word changes as errors of fields, by the line they are about."""
    return tuple(FieldError(f"/lines/{change.line_id}", change.problem.code, change.problem.message, change.problem.params) for change in found)
