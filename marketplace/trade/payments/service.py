"""Owns the use cases of payments: opening them at checkout, voiding what is not owed any more, setting when shares are due."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from marketplace.kernel.actor import WORKER
from marketplace.kernel.database import reading, transaction
from marketplace.kernel.ids import uuid7
from marketplace.kernel.machine import service as machine
from marketplace.kernel.machine.schemas import Change
from marketplace.kernel.ports import Ties
from marketplace.trade.orders import service as orders
from marketplace.trade.payments import queries, rules
from marketplace.trade.payments.schemas import Terms

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime
    from uuid import UUID

    from marketplace.kernel.actor import Actor
    from marketplace.trade.payments.schemas import Due, PaymentOut, ShareOut

TERMS = Terms()


def terms() -> Terms:
    """Give the terms that every group is placed on until credit terms exist: a transfer, 30 days after delivery."""
    return TERMS


def may_ship_at_once(on: Terms) -> bool:
    """Tell whether an order on these terms ships before anybody has paid."""
    return rules.may_ship(timing=on.timing, state="requires_action")


async def open_payments(group_id: UUID, *, buyer_id: UUID, dues: Sequence[Due], on: Terms, now: datetime) -> tuple[str, list[Change]]:
    """Open one payment per currency with one share per order; shares sum to it exactly. Gives the births, which the caller logs.

    Called by checkout inside its transaction.
    """
    totals: dict[str, int] = {}
    for due in dues:
        totals[due.currency] = totals.get(due.currency, 0) + due.gross_minor
    ids = {currency: uuid7() for currency in totals}
    await queries.insert(
        (group_id, buyer_id),
        on,
        payments=[{"id": ids[currency], "currency": currency, "amount_minor": amount} for currency, amount in totals.items()],
        shares=[
            {
                "id": uuid7(),
                "payment_id": ids[due.currency],
                "order_id": due.order_id,
                "vendor_id": due.vendor_id,
                "currency": due.currency,
                "amount_minor": due.gross_minor,
            }
            for due in dues
        ],
        now=now,
    )
    return "payment", [Change(entity_id=payment_id, from_state="", to_state="requires_action") for payment_id in ids.values()]


async def void_what_is_not_owed(order_id: UUID, *, now: datetime) -> None:
    """Void of an order's share what was refused, withdrawn or cancelled; told twice it changes nothing. The worker's act."""
    async with transaction(actor=WORKER):
        order = await orders.held(order_id, actor=WORKER)
        payment = await queries.lock_of_order(order_id)
        void_minor = orders.void_minor(order)
        if payment is None or not void_minor or not await queries.void_share(order_id, void_minor=void_minor):
            return
        state, _ = await queries.sum_up(payment.id)
        if state != payment.state:
            await machine.log("payment", payment.id, payment.state, state, actor=WORKER, now=now)


async def set_due(order_id: UUID, *, delivered_on: date) -> None:
    """Set when an order's share is due, counted from the day of delivery; told twice it changes nothing. The worker's act."""
    async with transaction(actor=WORKER):
        payment = await queries.lock_of_order(order_id)
        if payment is not None and await queries.set_due(order_id, due_on=delivered_on + timedelta(days=payment.due_days)):
            await queries.sum_up(payment.id)


async def payments_of(group_id: UUID, *, actor: Actor) -> list[PaymentOut]:
    """List the payments of a group that the actor's organisation placed."""
    async with reading(actor):
        return await queries.payments_of(group_id, organisation_id=actor.organisation_id, sees_all=actor.database_role in {"operator", "worker"})


async def share_of(order_id: UUID, *, actor: Actor) -> ShareOut | None:
    """Read what of a payment belongs to an order, for its buyer or its supplier, on the terms that it was placed on."""
    return next(iter(await _shares([order_id], actor)), None)


async def due_days_of(order_ids: Sequence[UUID], *, actor: Actor) -> dict[UUID, int]:
    """Tell how many days after delivery each of these orders is due, by the terms that it was placed on."""
    return {share.order_id: share.due_days for share in await _shares(order_ids, actor)}


async def _shares(order_ids: Sequence[UUID], actor: Actor) -> list[ShareOut]:
    async with reading(actor):
        return await queries.shares_of(order_ids, organisation_id=actor.organisation_id, sees_all=actor.database_role in {"operator", "worker"})


class PaymentTies:
    """Tells which money ties a supplier."""

    async def ties(self, supplier_id: UUID, *, now: datetime) -> Ties:  # noqa: ARG002 - what is owed is owed before its day too
        """Sum what buyers still owe for the supplier's orders."""
        async with reading():
            return Ties(money_due=tuple(await queries.due_to(supplier_id)))
