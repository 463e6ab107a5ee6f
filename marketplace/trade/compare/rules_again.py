"""Owns the price that would make an offer the first where its costs follow the goods' value: found, landed again, and told only if it holds.

Duty falls with the price, a zone that is free from a value on is not free below it, and a table by value has other rates: such a price is tried
with the costs that it really has, at most twice.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from msgspec.structs import replace

from marketplace.kernel.currencies import exponent
from marketplace.kernel.money import line_net_in
from marketplace.trade.compare import rules, rules_rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from marketplace.trade.compare.rules_rows import Row
    from marketplace.trade.landed.schemas import Component
    from marketplace.trade.weights.schemas import Weights


class Try(NamedTuple):
    """A price to be landed: `wanted` is the total in the buyer's minor units that would win, `places` the decimals of the price; `row` is the offer at it."""

    item: rules.Scored[Row]
    wanted: int
    places: int
    row: Row


class Found(NamedTuple):
    """A price that makes its offer the first, and the landed total in the buyer's minor units that it comes to."""

    unit_price: Decimal
    millionths: int
    total_minor: int


def tries(scored: Sequence[rules.Scored[Row]], weights: Weights) -> list[Try]:
    """Give for each ranked offer whose costs follow the value of its goods the price that would win if what follows it fell as the goods do."""
    found = []
    for item in scored[1:]:
        row = item.contender
        if item.place is None or not follows_value(row):
            continue
        movable = sum(_amount(row, one) for one in row.brought if one.is_by_value)
        wanted = rules.winning_total(item, weights, first=scored[0], goods_minor=row.exchange.convert(row.goods_minor) + movable)
        made = None if wanted is None else _priced(item, wanted, row)
        if made is not None:
            found.append(made)
    return found


def follows_value(row: Row) -> bool:
    """Tell whether another price would bring other costs too."""
    return True in [one.is_by_value for one in row.brought]


def verified(one: Try, parts: Sequence[Component], weights: Weights, *, first: rules.Scored[Row]) -> Found | None:
    """Rank the offer at its price with the costs that were told for it; None where it is not the first, or lacks other costs than before."""
    row = one.row
    if _unknown(parts) != _unknown(one.item.contender.brought):
        return None
    total = row.exchange.convert(row.goods_minor) + sum(_amount(row, part) for part in parts)
    if not rules.is_first_at(one.item, weights, first=first, total_minor=total):
        return None
    return Found(Decimal(row.unit_price).scaleb(-rules_rows.PRICE_PLACES).quantize(Decimal(1).scaleb(-one.places)), row.unit_price, total)


def next_try(one: Try, parts: Sequence[Component], *, has_won: bool) -> Try | None:
    """Give the price that wins by the costs of the last one: below it where that did not win, above it where that left room; None where neither is."""
    made = _priced(one.item, one.wanted, replace(one.row, brought=tuple(parts)))
    if has_won:
        return made if made is not None and made.row.unit_price > one.row.unit_price else None
    step = 10 ** (rules_rows.PRICE_PLACES - one.places)
    if made is None or made.row.unit_price < one.row.unit_price:
        return made
    return one._replace(row=_at(one.item.contender, one.row.unit_price - step)) if one.row.unit_price > step else None


def _priced(item: rules.Scored[Row], wanted: int, by: Row) -> Try | None:
    """Price an offer so that its total comes to `wanted` with the costs of the row `by`: duty falls as the goods do, all else stays."""
    row = item.contender
    goods = by.exchange.convert(by.goods_minor)
    duty = sum(_amount(by, one) for one in by.brought if one.kind == "duty")
    room = wanted - sum(_amount(by, one) for one in by.brought if one.kind != "duty")
    if goods <= 0 or room <= 0:
        return None
    places = exponent(row.offer.currency)
    while row.unit_price % 10 ** (rules_rows.PRICE_PLACES - places):
        places += 1
    step: int = 10 ** (rules_rows.PRICE_PLACES - places)
    price = by.unit_price * room // ((goods + duty) * step) * step
    return Try(item, wanted, places, _at(row, price)) if 0 < price < row.unit_price else None


def _at(row: Row, unit_price: int) -> Row:
    net = line_net_in(row.offer.currency, row.offer.unit_decimals).of(unit_price, row.quantity)
    return replace(row, unit_price=unit_price, goods_minor=net)


def _amount(row: Row, one: Component) -> int:
    return 0 if one.amount_minor is None else row.exchange.convert(one.amount_minor)


def _unknown(parts: Sequence[Component]) -> set[str]:
    return {one.kind for one in parts if one.state == "unknown"}
