"""Tests of the pure rules of orders: quantities are conserved through every sequence, amounts void exactly."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from marketplace.kernel.errors import InvalidInput
from marketplace.kernel.ids import uuid7
from marketplace.kernel.quantity import BadQuantity
from marketplace.trade.orders import rules
from marketplace.trade.orders.errors import LineUnknown, QuantityOutOfRange
from marketplace.trade.orders.schemas import AcceptLine, Delta, HeldLine, HeldOrder

AT = datetime(2026, 11, 24, tzinfo=UTC)


def line(quantity: int, *, unit_price: str = "12.50", net_minor: int | None = None) -> HeldLine:
    return HeldLine(
        id=uuid7(),
        position=1,
        product_id=uuid7(),
        offer_id=uuid7(),
        site_id=uuid7(),
        title="Bearing",
        unit_price=Decimal(unit_price),
        unit_decimals=0,
        unit_symbol="",
        net_minor=int(Decimal(unit_price) * 100 * quantity) if net_minor is None else net_minor,
        quantity=quantity,
        open=quantity,
        **dict.fromkeys(("accepted", "refused", "withdrawn", "to_ship", "shipped", "cancelled", "in_transit", "delivered", "lost", "returned"), 0),
    )


def order(*lines: HeldLine, state: str = "awaiting_acceptance", currency: str = "EUR", freight_minor: int = 990) -> HeldOrder:
    return HeldOrder(
        id=uuid7(),
        group_id=uuid7(),
        number="G1-1",
        buyer_id=uuid7(),
        vendor_id=uuid7(),
        currency=currency,
        state=state,
        version=1,
        may_ship=True,
        freight_minor=freight_minor,
        gross_minor=sum(each.net_minor for each in lines) + freight_minor,
        placed_at=AT,
        accepted_at=None,
        accept_by=AT,
        promised_on=None,
        time_zone="UTC",
        lines=list(lines),
    )


def moved(held: HeldOrder, state: str, deltas: list[Delta]) -> HeldOrder:
    """Apply what the database would apply."""
    by_id = {delta.id: delta for delta in deltas}
    names = [name for name in Delta.__struct_fields__ if name != "id"]
    lines = []
    for each in held.lines:
        change = by_id.get(each.id, Delta(id=each.id))
        lines.append(msgspec.structs.replace(each, **{name: getattr(each, name) + getattr(change, name) for name in names}))
    return msgspec.structs.replace(held, state=state, lines=lines)


def assert_identities(held: HeldOrder) -> None:
    for each in held.lines:
        assert each.quantity == each.open + each.accepted + each.refused + each.withdrawn
        assert each.accepted == each.to_ship + each.shipped + each.cancelled
        assert each.shipped == each.in_transit + each.delivered + each.lost
        assert min(getattr(each, name) for name in Delta.__struct_fields__ if name != "id") >= 0
    assert 0 <= rules.void_minor(held) <= held.gross_minor


@settings(max_examples=300, deadline=None)
@given(st.lists(st.integers(1, 60), min_size=1, max_size=4), st.data())
def test_quantities_are_conserved_through_every_sequence(quantities: list[int], data: st.DataObject) -> None:
    held = order(*(line(quantity) for quantity in quantities))
    ending = data.draw(st.sampled_from(("accept", "refuse", "withdraw")))
    if ending != "accept":
        held = moved(held, "refused", rules.refusal(held) if ending == "refuse" else rules.withdrawal(held))
        assert_identities(held)
        assert rules.void_minor(held) == held.gross_minor
        return
    taken = {each.id: data.draw(st.integers(0, each.open)) for each in held.lines}
    taken[held.lines[0].id] = max(1, taken[held.lines[0].id])
    held = moved(held, *rules.acceptance(held, taken))
    assert held.state == ("accepted" if all(each.refused == 0 for each in held.lines) else "partly_accepted")
    assert_identities(held)
    if data.draw(st.booleans()):
        held = moved(held, "cancelled", rules.cancellation(held))
        assert_identities(held)
        assert rules.void_minor(held) == held.gross_minor
        return
    while any(each.to_ship for each in held.lines):
        before = [each.in_transit for each in held.lines]
        shipped = {each.id: data.draw(st.integers(0, each.to_ship)) for each in held.lines}
        if not any(shipped.values()):
            shipped = {each.id: each.to_ship for each in held.lines}
        held = moved(held, *rules.shipping(held, shipped))
        assert_identities(held)
        assert sum(each.in_transit for each in held.lines) == sum(before) + sum(shipped.values())
        if data.draw(st.booleans()):
            held = moved(held, *rules.delivery(held, {each.id: each.in_transit for each in held.lines}))
            assert_identities(held)
    if held.state == "shipped":
        held = moved(held, *rules.delivery(held, {each.id: each.in_transit for each in held.lines}))
    assert held.state in {"delivered", "shipped"} or not any(each.in_transit for each in held.lines)


def test_the_last_delivery_of_a_shipped_order_delivers_it_and_none_before() -> None:
    held = order(line(10))
    held = moved(held, *rules.acceptance(held, {}))
    held = moved(held, *rules.shipping(held, {held.lines[0].id: 4}))
    assert held.state == "partially_shipped"
    assert rules.delivery(held, {held.lines[0].id: 4})[0] == "partially_shipped"
    held = moved(held, *rules.shipping(held, {held.lines[0].id: 6}))
    assert (held.state, rules.delivery(held, {held.lines[0].id: 4})[0], rules.delivery(held, {held.lines[0].id: 10})[0]) == (
        "shipped",
        "shipped",
        "delivered",
    )


def test_voided_is_what_the_rest_does_not_cost_on_the_settle_step() -> None:
    kwd = order(line(7, unit_price="4.1250", net_minor=28_880), currency="KWD", freight_minor=3_000)
    held = moved(kwd, *rules.acceptance(kwd, {kwd.lines[0].id: 3}))
    assert rules.void_minor(held) == 28_880 - 12_380
    assert rules.void_minor(kwd) == 0


@pytest.mark.parametrize(
    "currency, tax, remains",
    [
        ("KWD", 1_440, 620),
        ("KWD", 1_450, 620),
        ("KWD", 10, 0),
        ("EUR", 1_444, 619),
        ("EUR", 5_487, 2_352),
    ],
)
def test_the_tax_of_what_remains_is_half_up_on_the_settle_step(currency: str, tax: int, remains: int) -> None:
    whole = line(7, unit_price="4.1250" if currency == "KWD" else "41.25", net_minor=28_880 if currency == "KWD" else 28_875)
    held = order(msgspec.structs.replace(whole, tax_minor=tax), currency=currency, freight_minor=3_000)
    taken = moved(held, *rules.acceptance(held, {held.lines[0].id: 3}))
    net = 12_380 if currency == "KWD" else 12_375
    assert rules.void_minor(taken) == whole.net_minor - net + tax - remains
    assert rules.void_minor(held) == 0


def test_never_more_tax_remains_than_there_was() -> None:
    held = order(msgspec.structs.replace(line(7, unit_price="4.1250", net_minor=28_880), tax_minor=6), currency="KWD")
    taken = moved(held, *rules.acceptance(held, {held.lines[0].id: 6}))
    assert rules.void_minor(taken) == 28_880 - 24_750


def test_lines_that_are_unknown_or_too_much_are_refused() -> None:
    held = order(line(10))
    with pytest.raises(LineUnknown):
        rules.acceptance(held, {uuid7(): 1})
    with pytest.raises(QuantityOutOfRange) as refused:
        rules.acceptance(held, {held.lines[0].id: 11})
    assert [(error.pointer, error.params) for error in refused.value.errors] == [
        ("/lines/0/quantity", {"most": (10, ""), "line_id": str(held.lines[0].id)})
    ]


@pytest.mark.parametrize(
    "states, group",
    [
        (["awaiting_acceptance", "accepted"], "awaiting_acceptance"),
        (["accepted", "delivered"], "accepted"),
        (["refused", "delivered"], "delivered"),
        (["refused", "refused"], "refused"),
        (["refused", "cancelled"], "ended"),
    ],
)
def test_a_groups_state_is_that_of_its_least_advanced_living_order(states: list[str], group: str) -> None:
    assert rules.group_state(states) == group


def test_a_line_is_named_once() -> None:
    held = order(line(10))
    one = held.lines[0].id
    assert rules.by_line(held, [AcceptLine(line_id=one, quantity=2)]) == {one: 2}
    with pytest.raises(InvalidInput):
        rules.by_line(held, [AcceptLine(line_id=one, quantity=2), AcceptLine(line_id=one, quantity=3)])
    with pytest.raises(LineUnknown):
        rules.by_line(held, [AcceptLine(line_id=uuid7(), quantity=2)])


def test_quantities_of_lines_are_read_in_the_unit_of_each_and_every_wrong_one_is_named() -> None:
    pieces, metres = line(10), msgspec.structs.replace(line(1000), unit_decimals=2)
    held = order(pieces, metres)
    assert rules.by_line(held, [AcceptLine(pieces.id, 4), AcceptLine(metres.id, "2.5")]) == {pieces.id: 4, metres.id: 250}
    assert rules.by_line(held, [AcceptLine(pieces.id, 0), AcceptLine(metres.id, "0")]) == {pieces.id: 0, metres.id: 0}
    with pytest.raises(BadQuantity) as refused:
        rules.by_line(held, [AcceptLine(pieces.id, "4"), AcceptLine(metres.id, 250)])
    assert [(error.pointer, error.code) for error in refused.value.errors] == [
        ("/lines/0/quantity", "not-a-whole-number"),
        ("/lines/1/quantity", "not-decimal-text"),
    ]
