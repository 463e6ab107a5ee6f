"""Owns tables as files: CSV and XLSX that a spreadsheet opens without running anything that stands in their cells."""

from __future__ import annotations

import csv
import io
import re
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Cell = str | int | float | Decimal | None
T = TypeVar("T")
# What a spreadsheet takes for a formula, in half and full width (OWASP, CSV injection), behind any number of our own marks.
_RISKY = re.compile("'*[=+\\-@\t\r\uff1d\uff0b\uff0d\uff20]")
_GUARDED = re.compile("'+[=+\\-@\t\r\uff1d\uff0b\uff0d\uff20]")
BOM = "\ufeff"
CSV_TYPE = "text/csv; charset=utf-8"
XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
SIGNIFICANT_DIGITS = 15


def guarded(text: str) -> str:
    """Give a text that a spreadsheet shows as it is: one that begins like a formula gets an apostrophe in front."""
    return f"'{text}" if _RISKY.match(text) else text


def safe(cell: T) -> T | str:
    """Guard a cell that is a text; numbers and days stay what they are."""
    return guarded(cell) if isinstance(cell, str) else cell


def unguarded(text: str) -> str:
    """Take the apostrophe of `guarded` off again, and nothing else."""
    return text[1:] if text.startswith("'") and _GUARDED.match(text) else text


def csv_lines(rows: Iterable[Sequence[Cell]]) -> str:
    """Write rows as lines of CSV (RFC 4180, comma, CRLF). Numbers stay numbers; texts are guarded and quoted where they need it."""
    out = io.StringIO()
    # A text of digits alone is quoted too, so that a reader who looks for it can tell it from a number.
    csv.writer(out, quoting=csv.QUOTE_MINIMAL).writerows([_csv_cell(cell) for cell in row] for row in rows)
    return out.getvalue()


def _csv_cell(cell: Cell) -> str:
    if cell is None:
        return ""
    return guarded(cell) if isinstance(cell, str) else f"{cell:f}" if isinstance(cell, Decimal) else str(cell)


def write_xlsx(place: Path | io.BytesIO, *, sheet: str, rows: Iterable[Sequence[Cell]], widths: Sequence[int] = ()) -> None:
    """Write rows as a workbook of one sheet, the first row as its frozen head, in constant memory.

    Texts are written as texts, so that 0012 keeps its zeros and nothing is run; numbers of at most 15 digits as numbers, longer ones as texts,
    because a spreadsheet would round them.
    """
    import xlsxwriter  # noqa: PLC0415 - only where a workbook is asked for

    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(str(place) if isinstance(place, Path) else place, options) as book:
        bold = book.add_format({"bold": True})
        page = book.add_worksheet(sheet[:31])
        page.freeze_panes(1, 0)
        for column, width in enumerate(widths):
            page.set_column(column, column, width)
        for number, row in enumerate(rows):
            for column, cell in enumerate(row):
                if cell is None or cell == "":
                    continue
                if not isinstance(cell, str) and len(str(cell).replace(".", "").replace("-", "")) <= SIGNIFICANT_DIGITS:
                    page.write_number(number, column, cell)
                else:
                    page.write_string(number, column, guarded(cell) if isinstance(cell, str) else str(cell), bold if number == 0 else None)


def xlsx_bytes(*, sheet: str, rows: Iterable[Sequence[Cell]], widths: Sequence[int] = ()) -> bytes:
    """Give a small workbook as bytes, as `write_xlsx` makes it."""
    out = io.BytesIO()
    write_xlsx(out, sheet=sheet, rows=rows, widths=widths)
    return out.getvalue()
