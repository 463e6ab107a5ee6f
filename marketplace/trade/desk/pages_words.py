"""Owns how the pages on orders say where an order stands: the steps behind it, the one that is due, and the ones to come."""

from __future__ import annotations

from typing import TYPE_CHECKING

from marketplace.kernel import formatting as form
from marketplace.kernel.calendar import date_in
from marketplace.kernel.i18n import gettext as _

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from marketplace.trade.orders.schemas import OrderOut
    from marketplace.trade.shipments.schemas import ShipmentOut

Step = tuple[str, str, str]
ALL_SHIPPED = ("shipped", "delivered", "closed")


def steps(order: OrderOut, *, side: str, shipments: Sequence[ShipmentOut], now: datetime, time_zone: str) -> list[Step]:
    """Give an order's four steps as title, detail and "done", "now", "late" or "" (to come).

    Moments are told in the reader's `time_zone`, as everywhere on the page; days are those of where the order goes.

    A step that is not done is named by what is to be done, so that nobody takes it for reached.
    """
    today = date_in(now, time_zone=order.time_zone)
    return [
        (_("Placed"), form.moment(order.placed_at, time_zone, year=False), "done"),
        _answer(order, side, time_zone),
        _shipping(order, side, shipments, today),
        _delivery(order, today),
    ]


def _answer(order: OrderOut, side: str, time_zone: str) -> Step:
    if order.accepted_at is not None:
        is_partial = any(line.refused for line in order.lines)
        return _("Accepted in part") if is_partial else _("Accepted"), form.moment(order.accepted_at, time_zone, year=False), "done"
    title = _("To answer") if side == "supplier" else _("Waits for the supplier")
    return title, _("by %(moment)s", moment=form.moment(order.accept_by, time_zone, year=False)), "now"


def _shipping(order: OrderOut, side: str, shipments: Sequence[ShipmentOut], today: date) -> Step:
    if order.accepted_at is None:
        return _("Shipping"), "", ""
    if order.state in ALL_SHIPPED:
        moments = [each.handed_over_at for each in shipments if each.handed_over_at is not None]
        return _("Shipped"), form.day(max(moments), time_zone=order.time_zone) if moments else "", "done"
    title = _("Shipped in part") if order.state == "partially_shipped" else _("To ship") if side == "supplier" else _("Being prepared")
    days = [line.promises[-1].ready_on for line in order.lines if line.to_ship and line.promises]
    ready_on = max((day for day in days if day is not None), default=None)
    if ready_on is None:
        return title, _("no day stated"), "now"
    if ready_on < today:
        return title, _("was to be ready %(day)s", day=form.day(ready_on)), "late"
    if order.state == "partially_shipped":
        return title, _("the rest by %(day)s", day=form.day(ready_on)), "now"
    return title, _("ready by %(day)s", day=form.day(ready_on)), "now"


def _delivery(order: OrderOut, today: date) -> Step:
    if order.delivered_at is not None:
        return _("Delivered"), form.day(order.delivered_at, time_zone=order.time_zone), "done"
    if order.promised_on is None:
        detail = _("no date promised")
    elif order.promised_on < today:
        detail = _("promised %(day)s, %(time)s late", day=form.day(order.promised_on), time=form.days((today - order.promised_on).days))
    else:
        detail = _("promised %(day)s", day=form.day(order.promised_on))
    is_late = order.promised_on is not None and order.promised_on < today
    if order.state != "shipped":
        return _("Delivery"), detail, "late" if is_late and order.accepted_at is not None else ""
    return _("Under way"), detail, "late" if is_late else "now"
