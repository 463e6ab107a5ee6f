"""Owns every statement about payments and their shares."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from marketplace.kernel.database import at_commit, connection
from marketplace.kernel.money import Money
from marketplace.trade.payments.schemas import HeldPayment, PaymentOut, ShareOut

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime
    from uuid import UUID

    from marketplace.trade.payments.schemas import Terms

_INSERT = """
WITH p AS (
  INSERT INTO trade.payments (id, group_id, buyer_id, currency, amount_minor, method, timing, due_days, state, created_at)
  SELECT x.id, $1, $2, x.currency, x.amount_minor, $3, $4, $5, 'requires_action', $6
  FROM json_to_recordset($7::json) AS x(id uuid, currency text, amount_minor bigint))
INSERT INTO trade.payment_shares (id, payment_id, order_id, buyer_id, vendor_id, currency, amount_minor, method, timing, due_days, state)
SELECT x.id, x.payment_id, x.order_id, $2, x.vendor_id, x.currency, x.amount_minor, $3, $4, $5, 'requires_action'
FROM json_to_recordset($8::json) AS x(id uuid, payment_id uuid, order_id uuid, vendor_id uuid, currency text, amount_minor bigint)"""
_SHARE = """order_id, vendor_id, currency, amount_minor, captured_minor, refunded_minor, voided_minor,
  amount_minor - voided_minor AS owed_minor, due_on, state, method, timing, due_days"""


async def insert(head: tuple[UUID, UUID], terms: Terms, *, payments: list[dict[str, Any]], shares: list[dict[str, Any]], now: datetime) -> None:
    """Insert a group's payments and shares in one statement, as late as the transaction allows; `head` is (group, buyer)."""
    await at_commit(
        _INSERT, *head, terms.method, terms.timing, terms.due_days, now, msgspec.json.encode(payments).decode(), msgspec.json.encode(shares).decode()
    )


async def lock_of_order(order_id: UUID) -> HeldPayment | None:
    """Lock the payment that an order's share belongs to."""
    row = await connection().fetchrow(
        """SELECT id, buyer_id, state, amount_minor, voided_minor, due_days FROM trade.payments
        WHERE id = (SELECT payment_id FROM trade.payment_shares WHERE order_id = $1) FOR UPDATE""",
        order_id,
    )
    return None if row is None else HeldPayment(**row)


async def void_share(order_id: UUID, *, void_minor: int) -> bool:
    """Write how much of a share is not owed any more; False when it says so already."""
    tag = await connection().execute(
        """UPDATE trade.payment_shares SET voided_minor = $2, state = CASE WHEN $2 = amount_minor THEN 'cancelled' ELSE state END, version = version + 1
        WHERE order_id = $1 AND voided_minor < $2""",
        order_id,
        void_minor,
    )
    return tag == "UPDATE 1"


async def sum_up(payment_id: UUID) -> tuple[str, int]:
    """Write the sum of the shares on their payment, which the caller holds locked; it is cancelled when nothing is owed. Gives state and sum."""
    row = await connection().fetchrow(
        """UPDATE trade.payments p SET voided_minor = s.voided, version = version + 1, due_on = s.due_on,
        state = CASE WHEN s.voided = p.amount_minor AND p.state = 'requires_action' THEN 'cancelled' ELSE p.state END
        FROM (SELECT sum(voided_minor)::bigint AS voided,
                CASE WHEN bool_and(due_on IS NOT NULL OR state = 'cancelled') THEN max(due_on) END AS due_on
              FROM trade.payment_shares WHERE payment_id = $1) s
        WHERE p.id = $1 RETURNING p.state, p.voided_minor""",
        payment_id,
    )
    assert row is not None, "the caller holds the payment locked"
    return row["state"], row["voided_minor"]


async def set_due(order_id: UUID, *, due_on: date) -> bool:
    """Write when a share is due, once."""
    tag = await connection().execute(
        "UPDATE trade.payment_shares SET due_on = $2, version = version + 1 WHERE order_id = $1 AND due_on IS NULL AND state <> 'cancelled'",
        order_id,
        due_on,
    )
    return tag == "UPDATE 1"


async def payments_of(group_id: UUID, *, organisation_id: UUID | None, sees_all: bool) -> list[PaymentOut]:
    """List a group's payments with their shares, by currency, for the buyer."""
    rows = await connection().fetch(
        """SELECT id, group_id, currency, amount_minor, voided_minor, amount_minor - voided_minor AS owed_minor, method, timing, due_days, due_on, state,
        created_at, version FROM trade.payments WHERE group_id = $1 AND (buyer_id = $2 OR $3) ORDER BY currency""",
        group_id,
        organisation_id,
        sees_all,
    )
    found = {row["id"]: PaymentOut(**row, shares=[]) for row in rows}
    sql = f"SELECT payment_id, {_SHARE} FROM trade.payment_shares WHERE payment_id = ANY($1) ORDER BY order_id"
    for row in await connection().fetch(sql, list(found)):
        fields = dict(row)
        found[fields.pop("payment_id")].shares.append(ShareOut(**fields))
    return list(found.values())


async def shares_of(order_ids: Sequence[UUID], *, organisation_id: UUID | None, sees_all: bool) -> list[ShareOut]:
    """Read orders' shares for either side; a share carries the terms of its payment, because the supplier may not read the payment."""
    rows = await connection().fetch(
        f"SELECT {_SHARE} FROM trade.payment_shares WHERE order_id = ANY($1) AND (buyer_id = $2 OR vendor_id = $2 OR $3)",
        list(order_ids),
        organisation_id,
        sees_all,
    )
    return [ShareOut(**row) for row in rows]


async def due_to(supplier_id: UUID) -> list[Money]:
    """Sum what buyers still owe for a supplier's orders, by currency: owed, not voided and not captured yet."""
    sql = """SELECT currency, sum(amount_minor - voided_minor - captured_minor)::bigint FROM trade.payment_shares
      WHERE vendor_id = $1 AND amount_minor - voided_minor - captured_minor > 0 GROUP BY currency ORDER BY currency"""
    return [Money(row[1], row[0]) for row in await connection().fetch(sql, supplier_id)]
