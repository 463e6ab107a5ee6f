"""Owns the workbook of a comparison: one sheet to read, one with every figure's source, one with what was asked. Pure: bytes come out.

Numbers are numbers, with the decimals of their currency; texts are written as texts, so nothing is ever read as a formula or a link.
"""

from __future__ import annotations

import io
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from marketplace.kernel.currencies import CURRENCIES, exponent
from marketplace.kernel.spreadsheet import safe
from marketplace.trade.saved.rules_sheet import KINDS, Cell, amount, figures, pack

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from marketplace.trade.saved.rules_sheet import Sheet
    from marketplace.trade.saved.schemas import Offer

MONEY = "money"
WIDTHS = {"supplier": 28, "source": 34, "note": 30, "rule": 40}
SOURCE_COLUMNS = ("supplier", "figure", "state", "value", "unit", "original", "original_currency", "rate", "source", "rule", "as_of", "note")


def workbook(sheet: Sheet, *, words: Mapping[str, str], is_rtl: bool = False) -> bytes:
    """Write the workbook. `words` gives the heads in the reader's language by column name, and what codes mean: kinds, states, sources, notes, units.

    One that is missing is told as it is.
    """
    import xlsxwriter  # noqa: PLC0415 - only who asks for a workbook needs it

    out = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(out, options) as book:
        book.set_properties({"title": sheet.name or sheet.title, "created": sheet.answer.as_of.replace(tzinfo=None)})
        pen = _Pen(book, lambda key: words.get(key, key), is_rtl=is_rtl)
        pen.fill(words.get("sheet_comparison", "Comparison"), *_comparison(sheet, words))
        lines = [tuple(figure) for one in sheet.answer.offers for figure in figures(one, sheet.answer)]
        kinds = [_kind_of(line) for line in lines]
        pen.fill(words.get("sheet_sources", "Sources"), SOURCE_COLUMNS, [_worded(line, words) for line in lines], kinds)
        about = _about(sheet, words)
        pen.fill(words.get("sheet_terms", "Terms"), ("term", "value"), [(words.get(key, key), value) for key, value in about], None)
    return out.getvalue()


def _worded(line: tuple[Any, ...], words: Mapping[str, str]) -> tuple[Cell, ...]:
    supplier, figure, state, value, unit, original, currency, rate, source, rule, as_of, note = line
    said = (words.get(figure, figure), words.get(state, state), value, words.get(unit, unit), original, currency, rate, words.get(source, source))
    return (supplier, *said, rule, as_of, _in_words(note.split(), words))


def _in_words(codes: Sequence[str], words: Mapping[str, str]) -> str:
    """Write codes in the reader's language, each once."""
    return ", ".join(dict.fromkeys(words.get(code, code) for code in codes))


def _comparison(sheet: Sheet, words: Mapping[str, str]) -> tuple[tuple[str, ...], list[tuple[Cell, ...]], list[tuple[str, ...]]]:
    currency = sheet.answer.ask.currency
    heads = (
        "place", "supplier", "country", "condition", "quantity", "moq", "multiple", "unit_price", "pack_size", "pack_price", "next_tier_more",
        "next_tier_price", "price_currency", *KINDS, "total_known", "currency", "lacking", "arrives_on",
        "on_time_low", "on_time_high", "on_time_n", "checks", "stock", "score",
    )  # fmt: skip
    rows = [_row(one, sheet, words) for one in sheet.answer.offers]
    kinds = [
        (
            "whole", "text", "text", "text", "number", "number", "number", price, "number", price, "number", price, "text", *(f"{MONEY}:{currency}" for _ in KINDS),
            f"{MONEY}:{currency}", "text", "text", "day", "percent", "percent", "whole", "whole", "number", "points",
        )
        for one in sheet.answer.offers
        for price in [f"price:{one.price.currency if one.price else currency}"]
    ]  # fmt: skip
    return heads, rows, kinds


def _row(one: Offer, sheet: Sheet, words: Mapping[str, str]) -> tuple[Cell, ...]:
    parts, tier = {part.kind: part for part in one.components}, one.next_tier
    decimals = sheet.answer.unit_decimals

    def told(kind: str) -> Cell:
        part = parts.get(kind)
        if part is None:
            return None
        return words.get(part.state, part.state) if part.amount_minor is None else amount(part.amount_minor, one.currency)

    return (
        one.place, one.supplier.name, one.supplier.country, words.get(one.condition, one.condition), Decimal(one.quantity).scaleb(-decimals),
        Decimal(one.moq).scaleb(-decimals) if one.moq else None, Decimal(one.multiple).scaleb(-decimals) if one.multiple else None, one.price.unit_price if one.price else None,
        Decimal(one.pack_size).scaleb(-decimals), pack(one, sheet.answer), Decimal(tier.more).scaleb(-decimals) if tier else None, tier.unit_price if tier else None, one.price.currency if one.price else "", *(told(kind) for kind in KINDS), amount(one.known_minor, one.currency), one.currency,
        _in_words(one.lacking, words), one.arrives_on, one.on_time.low, one.on_time.high, one.on_time.n, one.supplier.checks,
        Decimal(one.stock.available).scaleb(-decimals), None if one.score is None else Decimal(one.score).scaleb(-3),
    )  # fmt: skip


def _kind_of(line: Sequence[Any]) -> tuple[str, ...]:
    """Say how the cells of a source line are written: its value by its figure and unit."""
    figure, unit, original = line[1], line[4], line[6]
    value = (
        "price:" + unit
        if figure in {"unit_price", "pack_price"}
        else f"{MONEY}:{unit}"
        if unit in CURRENCIES
        else "percent"
        if figure == "on_time_low"
        else ""
    )
    value = value or ("rate" if figure == "rate" else "day" if figure == "arrives_on" else "number")
    money = f"{MONEY}:{original}" if original in CURRENCIES else "number"
    return ("text", "text", "text", value, "text", money, "text", "rate", "text", "text", "moment", "text")


def _about(sheet: Sheet, words: Mapping[str, str]) -> list[tuple[str, Cell]]:
    answer = sheet.answer
    ask = answer.ask
    return [
        ("product", sheet.title), ("name", sheet.name), ("note", sheet.note), ("for_whom", sheet.organisation),
        ("quantity", Decimal(ask.quantity).scaleb(-answer.unit_decimals)), ("unit", words.get(answer.unit_code, answer.unit_code)), ("country", ask.country),
        ("postal_code", ask.postal_code), ("need_by", ask.need_by), ("currency", ask.currency), ("as_of", answer.as_of),
        ("ranking_version", answer.ranking_version), ("own_weights", _in_words(["yes" if answer.has_own_weights else "no"], words)),
        ("before", _in_words(answer.summary.before, words)),
        ("compared", f"{len(answer.offers)} / {max(answer.offers_found, len(answer.offers))}"),
        ("gated", ", ".join(one.supplier.name for one in answer.gated)),
    ]  # fmt: skip


class _Pen:
    """Writes rows with the format that each kind of cell has."""

    def __init__(self, book: Any, word: Callable[[str], str], *, is_rtl: bool) -> None:
        self._book = book
        self._word = word
        self._is_rtl = is_rtl
        self._formats: dict[str, Any] = {}
        self._head = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})

    def fill(self, name: str, heads: Sequence[str], rows: Sequence[Sequence[Cell]], kinds: Sequence[Sequence[str]] | None) -> None:
        """Write one sheet: heads, then rows; the head stays in sight and paper lies across."""
        page = self._book.add_worksheet(name[:31])
        page.set_landscape()
        page.set_paper(9)
        page.fit_to_pages(1, 0)
        page.freeze_panes(1, 2)
        if self._is_rtl:
            page.right_to_left()
        for column, key in enumerate(heads):
            page.write_string(0, column, self._word(key), self._head)
            page.set_column(column, column, WIDTHS.get(key, 18 if key == "value" else 13))
        for number, cells in enumerate(rows, 1):
            row_kinds = kinds[number - 1] if kinds else ["text", ""]
            for column, cell in enumerate(cells):
                self._write(page, (number, column), cell, row_kinds[column])

    def _write(self, page: Any, place: tuple[int, int], cell: Cell, kind: str) -> None:
        if cell is None or cell == "":
            return
        if isinstance(cell, datetime):
            # A spreadsheet knows no zones: the moment is told in UTC, which its format says.
            page.write_datetime(*place, cell.replace(tzinfo=None), self._format("moment"))
        elif isinstance(cell, date):
            page.write_datetime(*place, datetime(cell.year, cell.month, cell.day), self._format("day"))  # noqa: DTZ001 - a date has no zone
        elif isinstance(cell, int | Decimal):
            page.write_number(*place, cell, self._format(kind))
        else:
            page.write_string(*place, str(safe(cell)))

    def _format(self, kind: str) -> Any:
        if kind not in self._formats:
            self._formats[kind] = self._book.add_format({"num_format": number_format(kind)})
        return self._formats[kind]


def number_format(kind: str) -> str:
    """Give the format of a kind of cell; of money with the decimals of its currency, of a unit price with two more at most."""
    name, _, currency = kind.partition(":")
    if name in {MONEY, "price"} and currency:
        decimals = exponent(currency) if currency in CURRENCIES else 2
        places = "0" * decimals + ("#" * (6 - decimals) if name == "price" else "")
        return f"#,##0.{places}" if places else "#,##0"
    formats = {
        "percent": "0.0%", "day": "yyyy-mm-dd", "moment": 'yyyy-mm-dd hh:mm "UTC"', "rate": "0.0000000000", "points": "0.000", "whole": "0", "number": "#,##0.###",
    }  # fmt: skip
    return formats.get(name, "General")
