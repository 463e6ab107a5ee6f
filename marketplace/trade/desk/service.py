"""Owns what the pages on orders put together from the rooms below."""

from __future__ import annotations

from typing import TYPE_CHECKING

from marketplace.kernel import quantity as quantities
from marketplace.kernel.errors import FieldError, InvalidInput
from marketplace.trade.orders import service as orders

if TYPE_CHECKING:
    from uuid import UUID

    from marketplace.kernel.actor import Actor
    from marketplace.kernel.errors import DomainError
    from marketplace.trade.desk.schemas import LinesForm
    from marketplace.trade.orders.schemas import OrderOut

# What waits for whom: the side's own turn, in the states as they are stored.
TO_DO = {"supplier": ("awaiting_acceptance", "accepted", "partly_accepted", "partially_shipped"), "buyer": ("shipped", "partially_shipped")}
VIEWS = {
    "": (),
    "waiting": ("pending_approval", "awaiting_acceptance"),
    "to-ship": ("accepted", "partly_accepted", "partially_shipped"),
    "under-way": ("partially_shipped", "shipped"),
    "done": ("delivered", "closed"),
    "ended": ("refused", "timed_out", "cancelled"),
}


def typed_lines(sent: LinesForm, order: OrderOut) -> dict[UUID, int]:
    """Read quantities as typed, in the decimals of each line's unit; blank or 0 is none of it. Raises: InvalidInput."""
    if len(sent.line_id) != len(sent.quantity):
        raise InvalidInput(errors=(FieldError("/quantity", "missing", "Give a quantity for each line.", {}),))
    decimals = {line.id: line.unit_decimals for line in order.lines}
    found: dict[UUID, int] = {}
    wrong: list[FieldError] = []
    for line_id, text in zip(sent.line_id, sent.quantity, strict=True):
        plain = text.strip()
        is_none = not plain or not plain.strip("0.")
        try:
            found[line_id] = 0 if is_none else quantities.parse_quantity_text(plain, decimals=decimals.get(line_id, 0), pointer=_field(line_id))
        except quantities.BadQuantity as error:
            wrong += error.errors
    if wrong:
        raise InvalidInput(errors=tuple(wrong))
    return found


def _field(line_id: UUID | str) -> str:
    return f"/quantity-{line_id}"


def beside_fields(error: DomainError) -> DomainError:
    """Point what was wrong with a line's quantity at the very field that it was typed into."""
    error.errors = tuple(one._replace(pointer=_field(one.params["line_id"])) if "line_id" in one.params else one for one in error.errors)
    return error


async def waiting_for_supplier(actor: Actor) -> int:
    """Count the orders that wait for the acting supplier: to answer, or to ship."""
    return await _waiting(actor, "supplier")


async def waiting_for_buyer(actor: Actor) -> int:
    """Count the orders that are on their way to the acting buyer."""
    return await _waiting(actor, "buyer")


async def _waiting(actor: Actor, side: str) -> int:
    if actor.organisation_id is None:
        return 0
    counted = await orders.counts(side, actor=actor)
    return sum(counted.get(state, 0) for state in TO_DO[side])


def view_counts(counted: dict[str, int]) -> dict[str, int]:
    """Sum counts by state into counts by view of the list."""
    return {view: sum(counted.get(state, 0) for state in states) if states else sum(counted.values()) for view, states in VIEWS.items()}
