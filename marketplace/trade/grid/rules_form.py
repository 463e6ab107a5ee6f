"""Owns the grid as a form: what each row showed, what was typed into it, and the edits that this makes."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING

import msgspec

from marketplace.kernel.errors import FieldError, InvalidInput
from marketplace.kernel.i18n import lazy
from marketplace.kernel.quantity import Typed, plain
from marketplace.trade.grid.rules_cells import CellRefused, read_price, read_quantity, shown_price, shown_quantity
from marketplace.trade.grid.schemas import Edit, RowEdit, Shown, StockEdit, TypedRow
from vendors.desk.schemas import TierIn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from marketplace.trade.grid.rules_cells import Marks
    from marketplace.trade.grid.schemas import RowOut

_CELL = re.compile(r"([phk])([0-9]{1,4})\.([0-9]{1,2})", re.ASCII)
_ROW = re.compile(r"r([0-9]{1,4})", re.ASCII)
_SHOWN = re.compile(r"[0-9]{1,16}([.,][0-9]{1,6})?", re.ASCII)
ROWS_OF_A_PAGE = 1000
EVERYTHING = "on"
DECIMALS_MAX = 3


_DECODER = msgspec.json.Decoder(Shown)


def shown(row: RowOut, signs: Marks) -> Shown:
    """Give what a row shows, in the reader's number format."""
    return Shown(
        row.offer_id, row.version, row.currency, row.unit_decimals,
        [plain(Decimal(tier.from_quantity).scaleb(-row.unit_decimals)) for tier in row.tiers],
        [shown_price(Decimal(tier.unit_price), currency=row.currency, signs=signs) for tier in row.tiers],
        [
            (level.site_id, shown_quantity(level.on_hand, decimals=row.unit_decimals, signs=signs), shown_quantity(level.safety, decimals=row.unit_decimals, signs=signs))
            for level in row.stock
        ],
    )  # fmt: skip


def sent(row: Shown) -> str:
    """Write what a row shows as the form sends it back."""
    return msgspec.json.encode(row).decode()


def typed_rows(pairs: Iterable[tuple[str, str]]) -> list[TypedRow]:
    """Read the rows of a form. Raises: InvalidInput where the page's own fields are broken."""
    rows: dict[int, TypedRow] = {}
    cells: dict[int, dict[str, str]] = {}
    picked: set[str] = set()
    for name, value in pairs:
        if found := _ROW.fullmatch(name):
            rows[int(found[1])] = TypedRow(number=int(found[1]), shown=_shown(name, value), cells={})
        elif cell := _CELL.fullmatch(name):
            cells.setdefault(int(cell[2]), {})[f"{cell[1]}.{cell[3]}"] = value
        elif name in {"pick", "everything"}:
            picked.add(value)
    for number, row in rows.items():
        row.cells, row.is_picked = cells.get(number, {}), bool({str(number), EVERYTHING} & picked)
    return list(rows.values())[:ROWS_OF_A_PAGE]


def _shown(name: str, value: str) -> Shown:
    try:
        row = _DECODER.decode(value)
    except (msgspec.DecodeError, UnicodeEncodeError):
        row = None
    if (
        row is None
        or len(row.bounds) != len(row.prices)
        or not 0 <= row.decimals <= DECIMALS_MAX
        or row.version < 1
        or not all(map(_SHOWN.fullmatch, _texts(row)))
    ):
        raise InvalidInput(errors=(FieldError(f"/{name}", "broken-form", lazy("This row did not come from this page; open the page again."), {}),))
    return row


def shown_value(text: str, signs: Marks) -> Decimal:
    """Read back what a cell showed. Raises: InvalidInput where the page was written in another language than the one it is sent in."""
    try:
        return Decimal(text.replace(signs.point, "."))
    except InvalidOperation:
        message = lazy("This page was opened in another language; open it again.")
        raise InvalidInput(errors=(FieldError("/rows", "another-language", message, {}),)) from None


def _texts(row: Shown) -> list[str]:
    return [*row.bounds, *row.prices, *(text for level in row.levels for text in level[1:])]


def edits(rows: Iterable[TypedRow], signs: Marks) -> tuple[list[Edit], dict[str, FieldError]]:
    """Give the edits of the rows in which anything was changed, and what is wrong by cell; a row with a bad cell makes no edit."""
    made: list[Edit] = []
    errors: dict[str, FieldError] = {}
    for row in rows:
        wrong: dict[str, FieldError] = {}
        tiers = _tiers(row, signs, wrong)
        stock = _stock(row, signs, wrong)
        errors |= wrong
        if not wrong and (tiers or stock):
            edit = RowEdit(
                offer_id=row.shown.offer_id, version=row.shown.version, tiers=tiers or msgspec.UNSET, stock=list(stock.values()) or msgspec.UNSET
            )
            made.append(Edit(row, edit, tuple(stock)))
    return made, errors


def _read(name: str, read: Callable[[], Decimal], errors: dict[str, FieldError]) -> str:
    try:
        return plain(read())
    except CellRefused as refused:
        errors[name] = refused.at(f"/{name}")
        return ""


def _tiers(row: TypedRow, signs: Marks, errors: dict[str, FieldError]) -> list[TierIn]:
    known, typed = row.shown.prices, row.prices
    if typed == known or row.shown.currency not in _currencies():
        return []
    made = []
    for place, (text, old) in enumerate(zip(typed, known, strict=True)):
        price = (
            plain(shown_value(old, signs))
            if text == old
            else _read(f"p{row.number}.{place}", lambda text=text: read_price(text, currency=row.shown.currency, signs=signs), errors)  # type: ignore[misc]
        )
        made.append(TierIn(Typed(row.shown.bounds[place]), price))
    return made


def _currencies() -> frozenset[str]:
    from marketplace.kernel.currencies import CURRENCIES  # noqa: PLC0415 - one use

    return CURRENCIES


def _stock(row: TypedRow, signs: Marks, errors: dict[str, FieldError]) -> dict[int, StockEdit]:
    made = {}
    for place, (site_id, on_hand, safety) in enumerate(row.shown.levels):
        values: dict[str, str] = {}
        for letter, field, old in (("h", "on_hand", on_hand), ("k", "safety", safety)):
            text = row.cells.get(f"{letter}.{place}", old).strip()
            if text != old:
                name = f"{letter}{row.number}.{place}"
                values[field] = Typed(_read(name, lambda text=text: read_quantity(text, decimals=row.shown.decimals, signs=signs), errors))  # type: ignore[misc]
        if values:
            made[place] = StockEdit(site_id=site_id, **values)
    return made


def cell_of(pointer: str, found: list[Edit]) -> str:
    """Give the cell that an error of the service is about, or the row where it is about none."""
    parts = pointer.strip("/").split("/")
    if len(parts) < 2 or parts[0] != "rows" or not parts[1].isdigit() or int(parts[1]) >= len(found):  # noqa: PLR2004 - rows and a number
        return ""
    edit = found[int(parts[1])]
    number = edit.row.number
    if parts[2:3] == ["tiers"] and len(parts) > 3:  # noqa: PLR2004
        return f"p{number}.{parts[3]}"
    if parts[2:3] == ["stock"] and len(parts) > 4:  # noqa: PLR2004
        return f"{'k' if parts[4] == 'safety' else 'h'}{number}.{edit.sites[int(parts[3])]}"
    return f"r{number}"
