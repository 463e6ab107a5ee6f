"""Owns the shapes of imports: a run and its figures, a row of the report, and what callers send."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec

from marketplace.kernel.sheets_in.schemas import DateLocale, Layout, Mapping, Name, NumberLocale

Mode = Literal["delta", "full"]


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


class ApplyIn(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """How to apply a checked file; without words as it was sent."""

    partial: bool | None = None
    force: bool | None = None


class Work(msgspec.Struct, frozen=True, kw_only=True):
    """A run as whoever works on it needs it; the lease is theirs."""

    run: RunOut
    file_key: str
    actor: str
    token: UUID
    time_zone: str
