"""Owns how a file of proposals is read: its columns, its cells as typed values, and each fault at its line. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from uuid import UUID

from marketplace.catalogue.proposal_files.schemas import Line
from marketplace.kernel.csv_file import BAD_VALUE, CsvFile
from marketplace.kernel.errors import FieldError, InvalidInput
from marketplace.kernel.i18n import lazy

if TYPE_CHECKING:
    from collections.abc import Iterator

PLAIN: Final = ("title", "brand", "part_number", "gtin", "category", "unit_code", "weight_grams", "volume_cm3", "description")
COLUMNS: Final = ("product_id", *PLAIN, "note")
WHOLE: Final = frozenset({"weight_grams", "volume_cm3"})
ATTRIBUTE: Final = "attr:"
ROWS_MAX: Final = 300
NOTE_MAX: Final = 1000
TOO_MANY: Final = lazy("A file of proposals has at most {most} rows; split it.")
AT_LINE: Final = lazy("Line {line}, {column}: {what}")
NO_BASE64: Final = lazy("A workbook is sent in base64.")
SAYS_NOTHING: Final = lazy("The row says nothing.")
OF_LINE: Final = lazy("Line {line}: {what}")


class _Columns:
    """The columns that there may be: those that every product has, and one for each attribute, `attr:` and its key."""

    def __contains__(self, column: object) -> bool:
        return column in COLUMNS or (isinstance(column, str) and column.startswith(ATTRIBUTE) and len(column) > len(ATTRIBUTE))

    def __iter__(self) -> Iterator[str]:
        return iter(COLUMNS)

    def __len__(self) -> int:
        return len(COLUMNS)


def lines(text: str) -> list[Line]:
    """Read the rows of a file; a cell that is blank says nothing.

    Raises: InvalidInput with each fault at its line, up to 20, for a file that is none, unknown columns, ids that are none, and more than 300 rows.
    """
    file = CsvFile(_Columns(), needed=())
    found: list[Line] = []
    for number, cells in file.rows(text):
        product_id = None
        try:
            product_id = UUID(cells["product_id"]) if cells["product_id"] else None
        except ValueError:
            file.fault(BAD_VALUE, number, column="product_id", text=cells["product_id"][:40])
        values = {name: cell for name, cell in cells.items() if cell and name not in {"product_id", "note"}}
        found.append(Line(number, product_id, values, cells["note"][:NOTE_MAX]))
        if len(found) > ROWS_MAX:
            raise InvalidInput(errors=(FieldError("/text", "too-many-rows", TOO_MANY, {"most": ROWS_MAX}),))
    if file.errors:
        raise InvalidInput(errors=tuple(file.errors))
    return found


def field_of(column: str) -> str:
    """Give the field that a column holds."""
    return f"attributes.{column.removeprefix(ATTRIBUTE)}" if column.startswith(ATTRIBUTE) else column


def column_of(field: str) -> str:
    """Give the column that a field stands in."""
    return f"{ATTRIBUTE}{field.removeprefix('attributes.')}" if field.startswith("attributes.") else field


def in_points(cell: str, *, decimal: str) -> str:
    """Write a number of the file with a point; what holds a point where the file writes commas stays as it is, to be refused."""
    return cell.replace(",", ".") if decimal == "comma" and "." not in cell else cell
