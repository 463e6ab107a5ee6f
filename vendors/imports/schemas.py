"""Owns the shapes of imports: the mapping of columns, a run and its figures, a row of the report, and what callers send."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec

Cell = str | int | float | bool | list[str] | None
Mode = Literal["delta", "full"]
NumberLocale = Literal["plain", "en", "de", "fr", "ch"]
DateLocale = Literal["iso", "dmy", "mdy"]
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]


class Mapping(msgspec.Struct, frozen=True, kw_only=True):
    """How a file is read: {what a column holds: its head}, what is the same for every row, and the notations of numbers and dates."""

    columns: dict[str, str] = {}
    fixed: dict[str, str] = {}
    number_locale: NumberLocale = "plain"
    date_locale: DateLocale = "iso"


class Layout(msgspec.Struct, frozen=True, kw_only=True):
    """What was found out about a file before it is read: `samples` are its first rows, `line` is where the head stands."""

    format: Literal["csv", "xlsx", "jsonl"]
    head: tuple[str, ...]
    encoding: str = "utf-8"
    delimiter: str = ","
    line: int = 1
    rows: int = 0
    samples: tuple[tuple[str, ...], ...] = ()


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """How much a file may hold; 0 rows stands for no limit."""

    rows: int = 100_000
    columns: int = 200
    cell_characters: int = 32_000


class Choices(msgspec.Struct, frozen=True, kw_only=True):
    """How a file is meant: `full` pauses what it does not name, `is_partial` applies the rows without errors, `is_forced` pauses however many."""

    mode: Mode = "delta"
    is_partial: bool = False
    is_forced: bool = False


class Counts(msgspec.Struct, frozen=True, kw_only=True):
    """What a file would do, and after it was applied what it did. `missing` are offers on sale that a full file does not name."""

    rows: int = 0
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    errors: int = 0
    missing: int = 0
    active: int = 0


class RunOut(msgspec.Struct, frozen=True, kw_only=True):
    """One file and how far it has come.

    `state` is `mapping` (say what its columns hold), `waiting` (is being checked), `checked` (nothing is changed yet), `applying`, `applied`,
    `failed` or `abandoned`; `position` counts the rows done in the present step.
    """

    id: UUID
    supplier_id: UUID
    file_name: str
    file_sha256: str
    file_bytes: int
    choices: Choices
    layout: Layout
    mapping: Mapping
    lacking: list[str]
    state: str
    position: int
    counts: Counts
    version: int
    problem: str
    created_at: datetime
    checked_at: datetime | None
    finished_at: datetime | None


class RowOut(msgspec.Struct, frozen=True, kw_only=True):
    """One row of the report: `outcome` is new, changed, unchanged or error; each problem is worded."""

    line: int
    sku: str
    outcome: str
    product: str = ""
    before: str = ""
    after: str = ""
    problems: list[ProblemOut] = []


class ProblemOut(msgspec.Struct, frozen=True):
    """One thing that is wrong with a row: a stable code, the column, what stood there, and the words for it."""

    code: str
    column: str
    value: str
    message: str


class RunDetail(msgspec.Struct, frozen=True, kw_only=True):
    """A run with samples of what it changes and of what is wrong. `may_give_up` tells whether the reader's roles, or having sent it, let it be given up."""

    run: RunOut
    samples: list[RowOut]
    errors: list[RowOut]
    may_give_up: bool


class FileIn(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A small file inside JSON, for callers that have no multipart: its name tells the format, `content` is its text (CSV or JSON lines)."""

    name: Name
    content: Annotated[str, msgspec.Meta(max_length=900_000)]
    mode: Mode = "delta"
    partial: bool = False
    force: bool = False
    number_locale: NumberLocale = "plain"
    date_locale: DateLocale = "iso"


class MappingIn(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """What the columns of a file hold; it is remembered for the next file with the same heads."""

    columns: Annotated[dict[Name, Name], msgspec.Meta(max_length=200)]
    fixed: Annotated[dict[Name, Name], msgspec.Meta(max_length=10)] = {}
    number_locale: NumberLocale = "plain"
    date_locale: DateLocale = "iso"


class ApplyIn(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """How to apply a checked file; without words as it was sent."""

    partial: bool | None = None
    force: bool | None = None


class Sent(msgspec.Struct, frozen=True, kw_only=True):
    """A file that came in: `name` is only shown, never used as a path."""

    name: str
    content: bytes


class Looked(msgspec.Struct, frozen=True, kw_only=True):
    """A file that was looked at: `content` are the rows as they are kept (of a workbook, its lines), `size` and `sha256` those of what came in."""

    name: str
    sha256: str
    size: int
    content: bytes
    layout: Layout


class Work(msgspec.Struct, frozen=True, kw_only=True):
    """A run as whoever works on it needs it; the lease is theirs."""

    run: RunOut
    file_key: str
    actor: str
    token: UUID
    time_zone: str
