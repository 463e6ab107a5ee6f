"""Owns CSV files whose columns are known: how they are sent, each line as {column: text}, and each fault at its line. Pure."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Annotated, Final, Literal

import msgspec

from marketplace.kernel.errors import FieldError
from marketplace.kernel.i18n import lazy
from marketplace.kernel.spreadsheet import BOM, unguarded

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

# How many characters a form or a call takes at once.
TEXT_MAX: Final = 900_000
FAULTS_MAX: Final = 20
LINES_MAX: Final = 20_001
CELL_MAX: Final = 32_000
COLUMNS_MAX: Final = 200
EMPTY: Final = lazy("The file is empty.")
NUL: Final = lazy("Line {line}: there is a NUL byte; save the file as CSV in UTF-8.")
UNREADABLE: Final = lazy("Line {line}: this is not CSV, such as a quote that is never closed.")
COLUMN_TWICE: Final = lazy("Line 1: the column “{column}” stands there twice.")
COLUMN_UNKNOWN: Final = lazy("Line 1: the column “{column}” is not known here.")
COLUMN_MISSING: Final = lazy("Line 1: the column “{column}” is missing.")
TOO_LONG: Final = lazy("Line {line}: there is more than such a file may hold.")
TOO_WIDE: Final = lazy("Line {line} has {cells} cells and the head {columns}; a cell with the separator in it, such as 8,50, stands in quotes.")
BAD_VALUE: Final = lazy("Line {line}, {column}: “{text}” cannot be used.")


class CsvIn(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A file as CSV text. `decimal` says how its numbers are written and is never guessed."""

    text: Annotated[str, msgspec.Meta(min_length=1, max_length=TEXT_MAX)]
    decimal: Literal["point", "comma"]


class CsvForm(msgspec.Struct, kw_only=True):
    """A file as it is chosen or pasted on a page."""

    file: str = ""
    text: str = ""
    decimal: Literal["point", "comma"] = "point"


class CsvFile:
    """A file under way: its lines are read one by one, and faults are gathered with their lines, up to 20."""

    def __init__(self, columns: Collection[str], *, needed: Collection[str]) -> None:
        """Take which columns there may be, and which of them there must be."""
        self.errors: list[FieldError] = []
        self._columns = columns
        self._needed = needed

    def fault(self, message: str, line: int, **params: object) -> None:
        """Remember what is wrong with a line."""
        if len(self.errors) < FAULTS_MAX:
            self.errors.append(FieldError(f"/text/{line}", "bad-line", message, {"line": line, **params}))

    def rows(self, text: str) -> Iterator[tuple[int, dict[str, str]]]:
        """Give the number and the trimmed cells of each line that is not blank, "" for what a line leaves out; reading ends at a fault of the file as a whole.

        A line of more cells than the head is a fault: somewhere in it a cell was parted, and all behind that stand under another's name.

        Comma or semicolon, whichever the first line has more of, or as its `sep=;` says; what `guarded` put before a cell is taken off.
        """
        text = text.removeprefix(BOM)
        if "\x00" in text:
            self.fault(NUL, text[: text.index("\x00")].count("\n") + 1)
            return
        first, lead = text.split("\n", 1)[0].strip(), 0
        delimiter = ";" if first.count(";") > first.count(",") else ","
        if first.lower() in {"sep=,", "sep=;"}:
            text, lead, delimiter = text.partition("\n")[2], 1, first[-1]
        if not text.strip():
            self.fault(EMPTY, 1)
            return
        reader, header = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True), list[str]()
        try:
            for cells in reader:
                line = reader.line_num + lead
                if line > LINES_MAX or len(cells) > COLUMNS_MAX or any(len(cell) > CELL_MAX for cell in cells):
                    self.fault(TOO_LONG, line)
                    return
                if not header:
                    header = [cell.strip().lower() for cell in cells]
                    if not self._is_header(header):
                        return
                elif self._is_row(cells, len(header), line):
                    yield line, dict.fromkeys(self._columns, "") | {name: unguarded(cell).strip() for name, cell in zip(header, cells, strict=False)}
        except csv.Error as error:
            # The module has a limit of its own, which whoever reads files of another kind in this process may have set.
            self.fault(TOO_LONG if "field limit" in str(error) else UNREADABLE, reader.line_num + lead)

    def _is_row(self, cells: list[str], columns: int, line: int) -> bool:
        is_wide = len(cells) > columns and any(cell.strip() for cell in cells)
        if is_wide:
            self.fault(TOO_WIDE, line, cells=len(cells), columns=columns)
        return not is_wide and any(cell.strip() for cell in cells)

    def _is_header(self, header: list[str]) -> bool:
        for place, column in enumerate(header):
            if column in header[:place]:
                self.fault(COLUMN_TWICE, 1, column=column[:40])
            elif column not in self._columns:
                self.fault(COLUMN_UNKNOWN, 1, column=column[:40])
        for column in self._needed:
            if column not in header:
                self.fault(COLUMN_MISSING, 1, column=column)
        return not self.errors
