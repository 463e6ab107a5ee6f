"""Owns what is done to many selected rows at once: by a share, to a price ending, one count for all."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING

from marketplace.kernel.currencies import exponent
from marketplace.kernel.errors import FieldError, InvalidInput
from marketplace.kernel.i18n import lazy
from marketplace.trade.grid.rules_cells import CellRefused, read_number, read_price, read_quantity, shown_price
from marketplace.trade.grid.rules_form import shown_value

if TYPE_CHECKING:
    from collections.abc import Iterable

    from marketplace.trade.grid.rules_cells import Marks
    from marketplace.trade.grid.schemas import Bulk, TypedRow

PERCENT_MAX = 90
PERCENT_PLACES = 2
MINUS = "\u2212"


def apply(bulk: Bulk, rows: Iterable[TypedRow], signs: Marks) -> int:
    """Change the cells of the selected rows as typed, cells that cannot be read left alone, and answer in how many rows. Nothing is saved.

    Raises: InvalidInput where the share or the count cannot be used, or no row is selected.
    """
    picked = [row for row in rows if row.is_picked]
    if not picked:
        raise InvalidInput(errors=(FieldError("/pick", "nothing-selected", lazy("Select the rows to change first."), {}),))
    if bulk.act == "stock":
        for row in picked:
            _count(row, bulk.stock, signs)
        return len(picked)
    share = _share(bulk.percent, signs) if bulk.act == "percent" else None
    for row in picked:
        for place, text in enumerate(row.prices):
            try:
                old = read_price(text, currency=row.shown.currency, signs=signs) if text != row.shown.prices[place] else shown_value(text, signs)
            except CellRefused:
                continue
            new = shared(old, share, currency=row.shown.currency) if share is not None else ended(old, bulk.ending, currency=row.shown.currency)
            row.cells[f"p.{place}"] = shown_price(new, currency=row.shown.currency, signs=signs)
    return len(picked)


def _share(text: str, signs: Marks) -> Decimal:
    stripped = text.strip().removesuffix("%").strip().replace(MINUS, "-")
    sign = -1 if stripped.startswith("-") else 1
    try:
        value = sign * read_number(stripped.lstrip("+-"), usual=PERCENT_PLACES, most=PERCENT_PLACES, signs=signs)
    except CellRefused as refused:
        raise InvalidInput(errors=(refused.at("/percent"),)) from None
    if not value or abs(value) > PERCENT_MAX:
        message = lazy("Give a share other than 0, at most {most} % up or down.")
        raise InvalidInput(errors=(FieldError("/percent", "out-of-range", message, {"most": PERCENT_MAX}),))
    return value


def _count(row: TypedRow, text: str, signs: Marks) -> None:
    try:
        read_quantity(text, decimals=row.shown.decimals, signs=signs)
    except CellRefused as refused:
        raise InvalidInput(errors=(refused.at("/stock"),)) from None
    if row.shown.levels:
        row.cells["h.0"] = text.strip()


def shared(price: Decimal, percent: Decimal, *, currency: str) -> Decimal:
    """Give a price so many percent higher or lower, half up to the currency's decimals or as many more as the price has; never zero."""
    places = max(exponent(currency), -int(price.normalize().as_tuple().exponent))
    step = Decimal(1).scaleb(-places)
    return max((price * (100 + percent) / 100).quantize(step, ROUND_HALF_UP), step)


def ended(price: Decimal, ending: str, *, currency: str) -> Decimal:
    """Give the nearest price that ends in .95, .99 or .00, of two equally near the higher; where a currency has no decimals, in 95, 99 or 00."""
    whole = Decimal(100) if exponent(currency) == 0 else Decimal(1)
    tail = Decimal(ending) * whole / 100
    below = (price - tail) // whole * whole + tail if price >= tail else tail
    if below <= 0:
        below += whole
    above = below + whole
    return above if price > below and above - price <= price - below else below
