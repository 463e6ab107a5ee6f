"""Owns what an order may do: its states and edges, how quantities move with them, and what follows from them. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

from marketplace.kernel.currencies import settle_step
from marketplace.kernel.errors import FieldError, InvalidInput
from marketplace.kernel.i18n import lazy
from marketplace.kernel.machine.schemas import Machine
from marketplace.kernel.money import ORDER_MINOR_MAX, AmountTooLarge, Share, line_net_minor
from marketplace.kernel.quantity import BadQuantity, measure, parse_quantity
from marketplace.trade.orders.errors import LineUnknown, NothingAccepted, QuantityOutOfRange
from marketplace.trade.orders.schemas import Delta

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from uuid import UUID

    from marketplace.trade.orders.schemas import HeldOrder, NewOrder


class NamedLine(Protocol):
    """A line of an order and how much of it, as sent."""

    @property
    def line_id(self) -> UUID:
        """Name the line."""

    @property
    def quantity(self) -> int | str:
        """Say how much: pieces, or decimal text in the unit."""


ORDER_MACHINE: Final = Machine(
    entity="order",
    edges={
        "pending_approval": ("awaiting_acceptance", "cancelled"),
        "awaiting_acceptance": ("accepted", "partly_accepted", "refused", "timed_out", "cancelled"),
        "accepted": ("partially_shipped", "shipped", "cancelled"),
        "partly_accepted": ("partially_shipped", "shipped", "cancelled"),
        "partially_shipped": ("shipped",),
        "shipped": ("delivered",),
        "delivered": ("closed",),
    },
    initial=("pending_approval", "awaiting_acceptance"),
    table="trade.orders",
)
AWAITING: Final = ("awaiting_acceptance",)
ACCEPTED: Final = ("accepted", "partly_accepted")
TO_SHIP: Final = ("accepted", "partly_accepted", "partially_shipped")
UNDER_WAY: Final = ("partially_shipped", "shipped")
STATES: Final = (
    "pending_approval",
    "awaiting_acceptance",
    "accepted",
    "partly_accepted",
    "partially_shipped",
    "shipped",
    "delivered",
    "closed",
    "refused",
    "timed_out",
    "cancelled",
)
NOTHING: Final = lazy("Ship at least one piece.")
MOST: Final = lazy("At most {most} of this line.")
_FAILED: Final = frozenset({"refused", "timed_out", "cancelled"})


def order_amounts(order: NewOrder) -> dict[str, int | None]:
    """Sum an order: net = lines + freight, gross = net + tax where tax is determined for every line, else tax is unknown.

    Raises: AmountTooLarge above 10^15 minor units.
    """
    goods = sum(line.net_minor for line in order.lines)
    taxes = [line.tax_minor for line in order.lines]
    tax = None if any(part is None for part in taxes) else sum(part for part in taxes if part is not None)
    freight = order.freight.amount_minor or 0
    net = goods + freight
    gross = net + (tax or 0)
    if gross > ORDER_MINOR_MAX:
        raise AmountTooLarge
    return {"goods_minor": goods, "freight_minor": freight, "net_minor": net, "tax_minor": tax, "gross_minor": gross}


def group_amounts(parts: Sequence[tuple[str, Mapping[str, int | None]]]) -> dict[str, dict[str, int | None]]:
    """Sum a group per currency; tax of a currency is known only where it is known for each order.

    Raises: AmountTooLarge above 10^15 minor units.
    """
    totals: dict[str, dict[str, int | None]] = {}
    for currency, amounts in parts:
        total = totals.setdefault(currency, dict.fromkeys(amounts, 0))
        for name, amount in amounts.items():
            before = total[name]
            total[name] = None if amount is None or before is None else before + amount
    if any((total["gross_minor"] or 0) > ORDER_MINOR_MAX for total in totals.values()):
        raise AmountTooLarge
    return totals


def acceptance(order: HeldOrder, taken: Mapping[UUID, int]) -> tuple[str, list[Delta]]:
    """Say how quantities move when a supplier takes `taken` of each named line and all of the others.

    Raises: LineUnknown, QuantityOutOfRange, NothingAccepted.
    """
    _check_quantities(order, taken, "open")
    deltas = []
    for line in order.lines:
        accepted = taken.get(line.id, line.open)
        deltas.append(Delta(id=line.id, open=-line.open, accepted=accepted, to_ship=accepted, refused=line.open - accepted))
    if not any(delta.accepted for delta in deltas):
        raise NothingAccepted(errors=(FieldError("/lines", NothingAccepted.code, NothingAccepted.message, {"line_id": str(order.lines[0].id)}),))
    return ("partly_accepted" if any(delta.refused for delta in deltas) else "accepted"), deltas


def refusal(order: HeldOrder) -> list[Delta]:
    """Say how quantities move when a supplier refuses."""
    return [Delta(id=line.id, open=-line.open, refused=line.open) for line in order.lines]


def withdrawal(order: HeldOrder) -> list[Delta]:
    """Say how quantities move when an order ends before anybody accepted it: cancelled by the buyer, or timed out."""
    return [Delta(id=line.id, open=-line.open, withdrawn=line.open) for line in order.lines]


def cancellation(order: HeldOrder) -> list[Delta]:
    """Say how quantities move when an accepted order is cancelled before anything was shipped."""
    return [Delta(id=line.id, to_ship=-line.to_ship, cancelled=line.to_ship) for line in order.lines if line.to_ship]


def shipping(order: HeldOrder, shipped: Mapping[UUID, int]) -> tuple[str, list[Delta]]:
    """Say how quantities and state move when `shipped` of the lines is handed over.

    Raises: LineUnknown, QuantityOutOfRange.
    """
    _check_quantities(order, shipped, "to_ship")
    deltas = [Delta(id=line_id, to_ship=-count, shipped=count, in_transit=count) for line_id, count in shipped.items() if count]
    if not deltas:
        first = next((line.id for line in order.lines if line.to_ship), order.lines[0].id)
        raise QuantityOutOfRange(errors=(FieldError("/lines", "nothing-to-ship", NOTHING, {"line_id": str(first)}),))
    rest = sum(line.to_ship for line in order.lines) - sum(delta.shipped for delta in deltas)
    return ("partially_shipped" if rest else "shipped"), deltas


def delivery(order: HeldOrder, arrived: Mapping[UUID, int]) -> tuple[str, list[Delta]]:
    """Say how quantities and state move when `arrived` of the lines has arrived."""
    deltas = [Delta(id=line_id, in_transit=-count, delivered=count) for line_id, count in arrived.items()]
    on_the_way = sum(line.in_transit for line in order.lines) - sum(arrived.values())
    return ("delivered" if order.state == "shipped" and not on_the_way else order.state), deltas


def _check_quantities(order: HeldOrder, wanted: Mapping[UUID, int], column: str) -> None:
    lines = {line.id: line for line in order.lines}
    if any(line_id not in lines for line_id in wanted):
        raise LineUnknown
    errors = []
    for index, (line_id, count) in enumerate(wanted.items()):
        most = getattr(lines[line_id], column)
        if not 0 <= count <= most:
            line = lines[line_id]
            told = {"most": measure(most, decimals=line.unit_decimals, symbol=line.unit_symbol), "line_id": str(line_id)}
            errors.append(FieldError(f"/lines/{index}/quantity", "out-of-range", MOST, told))
    if errors:
        raise QuantityOutOfRange(errors=tuple(errors))


def void_minor(order: HeldOrder) -> int:
    """Tell how much of the order's amount is not owed any more: what was refused, withdrawn or cancelled; all of it, with freight, when nothing is left.

    Line by line: gross less the gross of what remains, so that the rest is the price of what is delivered, on the settle step; tax goes with its net,
    half up to the step like every amount, and never more of it remains than there was.
    """
    if all(line.refused + line.withdrawn + line.cancelled == line.quantity for line in order.lines):
        return order.gross_minor
    void, step = 0, settle_step(order.currency)
    for line in order.lines:
        gone = line.refused + line.withdrawn + line.cancelled
        if gone:
            rest = line.quantity - gone
            net = line_net_minor(line.unit_price, quantity_steps=rest, unit_decimals=line.unit_decimals, currency=order.currency)
            tax = line.tax_minor or 0
            kept = min(tax, Share(net, line.net_minor * step, step).settled(tax)) if line.net_minor else 0
            void += line.net_minor - net + tax - kept
    return void


def acts(state: str, *, side: str, may_ship: bool) -> list[str]:
    """List what a side may do to an order in this state."""
    if side == "supplier":
        found = {
            "awaiting_acceptance": ["accept", "refuse"],
            "accepted": ["ship", "cancel"],
            "partly_accepted": ["ship", "cancel"],
            "partially_shipped": ["ship"],
        }
        return [act for act in found.get(state, []) if may_ship or act != "ship"]
    if side == "buyer" and state in {"pending_approval", "awaiting_acceptance"}:
        return ["cancel"]
    return []


def group_state(states: Collection[str]) -> str:
    """Derive a group's state from its orders: the least advanced of those that live; the failure when none does."""
    living = [state for state in states if state not in _FAILED]
    if not living:
        return next(iter(states)) if len(set(states)) == 1 else "ended"
    return min(living, key=STATES.index)


def by_line(order: HeldOrder, lines: Sequence[NamedLine]) -> dict[UUID, int]:
    """Give what was sent in steps, by line id, in the decimals of each line's unit.

    Raises: InvalidInput when a line is named twice; LineUnknown; BadQuantity listing every quantity that is none of its unit.
    """
    decimals = {line.id: line.unit_decimals for line in order.lines}
    found: dict[UUID, int] = {}
    wrong: list[FieldError] = []
    for index, line in enumerate(lines):
        if line.line_id in found:
            raise InvalidInput(errors=(FieldError(f"/lines/{index}/line_id", "given-twice", "Name each line once.", {}),))
        if line.line_id not in decimals:
            raise LineUnknown
        try:
            found[line.line_id] = parse_quantity(line.quantity, decimals=decimals[line.line_id], pointer=f"/lines/{index}/quantity", may_be_none=True)
        except BadQuantity as error:
            found[line.line_id] = 0
            wrong += error.errors
    if wrong:
        raise BadQuantity(errors=tuple(wrong))
    return found
