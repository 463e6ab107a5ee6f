"""Owns the shapes of files of proposals."""

from __future__ import annotations

from typing import Annotated, Literal, NamedTuple
from uuid import UUID

import msgspec

from marketplace.kernel.csv_file import TEXT_MAX, CsvIn


class FileIn(CsvIn, forbid_unknown_fields=True, kw_only=True):
    """A file: `text` is CSV, JSON lines, or a workbook (XLSX) in base64, as `format` says; `decimal` is how its numbers are written."""

    text: Annotated[str, msgspec.Meta(min_length=1, max_length=TEXT_MAX)]
    format: Literal["csv", "jsonl", "xlsx"] = "csv"


class RowFault(msgspec.Struct, frozen=True, kw_only=True):
    """What is wrong with a row that was not sent; `column` is "" for the row as a whole."""

    line: int
    column: str
    code: str
    reason: str


class FileOut(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a file: the proposals that were sent, in the order of its rows, and how many rows say what the catalogue says already.

    `faults` are of the rows of a workbook or of JSON lines that were left out; a CSV with faults is refused whole.
    """

    proposal_ids: list[UUID]
    unchanged: int
    faults: list[RowFault] = []


class Line(NamedTuple):
    """One row: its line, the product that it names by its id (None for none), what it says by field, and its note."""

    number: int
    product_id: UUID | None
    values: dict[str, str]
    note: str
