"""Owns how a priced cart becomes a group of orders. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from marketplace.trade.orders.schemas import CostSeen, NewLine, NewOrder, TotalOut
from vendors.stock.schemas import Reservation

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from uuid import UUID

    from marketplace.trade.carts.schemas import CartGroupOut, CartLineOut, CartTotalOut, CostOut
    from marketplace.trade.orders.schemas import NewGroup


def new_orders(groups: Sequence[CartGroupOut], *, may_ship: bool, new_id: Callable[[], UUID]) -> tuple[NewOrder, ...]:
    """Make one order per supplier and currency from a cart whose lines are all sold; each waits for its supplier's own acceptance time."""
    return tuple(
        NewOrder(
            id=new_id(),
            vendor_id=group.supplier_id,
            vendor_name=group.supplier_name,
            currency=group.currency,
            freight=_seen(group.freight),
            duty=_seen(group.duty),
            accept_by=group.answer_by,
            may_ship=may_ship,
            lines=tuple(_new_line(line, position, new_id) for position, line in enumerate(group.lines, start=1)),
        )
        for group in groups
    )


def _seen(cost: CostOut) -> CostSeen:
    return CostSeen(
        state=cost.state,
        amount_minor=cost.amount_minor,
        source=cost.source,
        as_of=cost.as_of,
        is_invented=cost.is_invented,
        rule_id=cost.rule_id,
        parts=cost.parts,
    )


def _new_line(line: CartLineOut, position: int, new_id: Callable[[], UUID]) -> NewLine:
    assert line.price_version_id is not None, "a line that is sold has a price in force"
    assert line.unit_price is not None, "a line that is sold has a price at its quantity"
    assert line.net_minor is not None, "a line with a price has a net amount"
    return NewLine(
        id=new_id(),
        position=position,
        product_id=line.product_id,
        offer_id=line.offer_id,
        site_id=line.site_id,
        price_version_id=line.price_version_id,
        title=line.title,
        supplier_sku=line.supplier_sku,
        brand=line.brand,
        part_number=line.part_number,
        unit_code=line.unit_code,
        unit_decimals=line.unit_decimals,
        incoterm=line.incoterm,
        condition=line.condition,
        unit_price=line.unit_price,
        quantity=line.quantity,
        net_minor=line.net_minor,
        tax_minor=line.tax_minor,
        ready_on=line.ready_on,
        promised_on=line.arrives_on,
        promise_reason="at-order" if line.arrives_on is not None else "transit-not-known",
    )


def reservations(group: NewGroup, *, symbols: Mapping[str, str]) -> list[Reservation]:
    """List what to reserve: each line until its supplier's acceptance time is over. `symbols` stand by unit code behind what is no pieces."""
    return [
        Reservation(
            product_id=line.product_id,
            offer_id=line.offer_id,
            site_id=line.site_id,
            order_id=order.id,
            order_line_id=line.id,
            buyer_id=group.buyer_id,
            quantity=line.quantity,
            expires_at=order.accept_by,
            unit=(line.unit_decimals, symbols.get(line.unit_code, "") if line.unit_decimals else ""),
        )
        for order in group.orders
        for line in order.lines
    ]


def total_out(total: CartTotalOut) -> TotalOut:
    """Shape a cart's sum as the group's, which it is to the unit."""
    return TotalOut(
        currency=total.currency,
        goods_minor=total.goods_minor,
        freight_minor=total.freight_minor,
        discount_minor=0,
        net_minor=total.net_minor,
        tax_minor=total.tax_minor,
        gross_minor=total.gross_minor,
    )
