"""Owns products side by side as files: a line an attribute, a column a product. Pure: text or bytes come out."""

from __future__ import annotations

import io
from decimal import Decimal
from typing import TYPE_CHECKING

from marketplace.kernel.spreadsheet import csv_lines, safe

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from marketplace.catalogue.products.schemas import AttributeValue
    from marketplace.kernel.spreadsheet import Cell
    from marketplace.trade.alike.schemas import Alike

WIDTH = 24


def lines(alike: Alike, words: Mapping[str, str]) -> list[list[Cell]]:
    """Give the lines: first what each product is and what it costs, then one an attribute with its unit. `words` names the heads."""
    head: list[list[Cell]] = [
        [words["attribute"], words["unit"], *(one.title for one in alike.products)],
        [words["product_id"], "", *(str(one.id) for one in alike.products)],
        [words["brand"], "", *(one.brand for one in alike.products)],
        [words["part_number"], "", *(one.part_number for one in alike.products)],
        [words["gtin"], "", *(one.gtin for one in alike.products)],
        [words["category"], "", *(one.category_name for one in alike.products)],
        [words["from_price"], alike.products[0].currency if alike.products else "", *(one.shown_price for one in alike.products)],
        [words["suppliers"], "", *(one.suppliers for one in alike.products)],
    ]
    return head + [[one.label, one.unit, *(_cell(cell.value) for cell in one.cells)] for one in alike.rows]


def _cell(value: AttributeValue | None) -> Cell:
    return ("yes" if value else "no") if isinstance(value, bool) else value


def csv_text(alike: Alike, words: Mapping[str, str]) -> str:
    """Write the lines as CSV."""
    return csv_lines(lines(alike, words))


def workbook(alike: Alike, words: Mapping[str, str], *, is_rtl: bool = False) -> bytes:
    """Write the lines as a workbook of one sheet whose head and first column stay in sight; texts are never formulas or links."""
    import xlsxwriter  # noqa: PLC0415 - only who asks for a workbook needs it

    out = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(out, options) as book:
        page = book.add_worksheet()
        bold, wrapped = book.add_format({"bold": True, "text_wrap": True, "valign": "top"}), book.add_format({"text_wrap": True, "valign": "top"})
        page.set_landscape()
        page.fit_to_pages(1, 0)
        page.freeze_panes(1, 2)
        page.set_column(0, len(alike.products) + 1, WIDTH)
        if is_rtl:
            page.right_to_left()
        for number, line in enumerate(lines(alike, words)):
            _write(page, number, line, bold if number == 0 else wrapped)
    return out.getvalue()


def _write(page: object, number: int, line: Sequence[Cell], form: object) -> None:
    for column, cell in enumerate(line):
        if isinstance(cell, int | float | Decimal):
            page.write_number(number, column, cell, form)  # type: ignore[attr-defined]
        elif cell:
            page.write_string(number, column, str(safe(cell)), form)  # type: ignore[attr-defined]
