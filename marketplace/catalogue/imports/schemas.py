"""Owns the shapes of imports: what one line gave, a file on its way and its figures, and what callers send."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec

from marketplace.catalogue.products.schemas import AttributeValue, NewProduct, ProductWords
from marketplace.kernel.sheets_in.schemas import Cell, DateLocale, Layout, Mapping, Name, NumberLocale

Source = Annotated[str, msgspec.Meta(pattern="^[a-z0-9][a-z0-9._-]{0,39}$")]


class Issue(msgspec.Struct, frozen=True):
    """What is wrong with one line. A warning keeps the product without the value; an error leaves the line out. `message` has {named} params."""

    line: int
    code: str
    message: str
    params: dict[str, Any] = {}
    source_id: str = ""
    is_warning: bool = False


class ParsedLine(msgspec.Struct, frozen=True):
    """What one line gave: a product, or none and the error; warnings stand beside a product.

    `fingerprint` is that of what the line says, where that is less than the whole product; `is_same` tells that the product holds all of it.
    """

    product: NewProduct | None
    issues: tuple[Issue, ...] = ()
    line: int = 0
    fingerprint: str = ""
    is_same: bool = False


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """What one row of a sheet says: `values` by field of a product, attributes column by column as they stood, and texts by language.

    A field that the file has no column for is absent; one whose cell is blank is there with None. `attributes` is the whole object, where a
    column has it. `words` are {language: {"title" or "description": text or None}}.
    """

    line: int
    source: str
    source_id: str
    values: dict[str, Any] = {}
    attributes: dict[str, AttributeValue] | None = None
    cells: dict[str, Cell] = {}
    words: dict[str, dict[str, str | None]] = {}
    issues: tuple[Issue, ...] = ()


class Known(msgspec.Struct, frozen=True):
    """What a reader of rows has to know: ids of categories by slug and by path in any language, codes of units, and kinds of attributes by category."""

    categories: dict[str, UUID]
    units: frozenset[str]
    kinds: dict[UUID, dict[str, str]]


class Counts(msgspec.Struct, frozen=True, kw_only=True):
    """What a file would do, or did: each row that is not blank counts once among created, updated, unchanged and failed."""

    rows: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    failed: int = 0
    warnings: int = 0


class Sample(msgspec.Struct, frozen=True, kw_only=True):
    """One of the first products that a file makes or changes, with what was there before."""

    line: int
    source_id: str
    title: str
    is_new: bool
    changes: list[tuple[str, str, str]] = []


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What a file would do, found out while nothing is changed."""

    counts: Counts = Counts()
    samples: list[Sample] = []


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """A file and how far it has come: `position` is the line up to which the present step is done.

    `state` is `mapping` (say what its columns hold), `waiting` (is being checked), `checked` (nothing is changed yet), `applying`, `applied`,
    `failed` or `abandoned`. `done` are the figures of what was applied so far, `plan` those of the check.
    """

    id: UUID
    source: str
    kind: Literal["icecat", "sheet"]
    file_name: str
    file_sha256: str
    file_bytes: int
    layout: Layout
    mapping: Mapping
    state: str
    position: int
    is_partial: bool
    plan: Plan
    done: Counts
    lacking: list[str]
    problem: str
    started_at: datetime
    checked_at: datetime | None
    finished_at: datetime | None


class Work(msgspec.Struct, frozen=True, kw_only=True):
    """A run as whoever works on it needs it; `token` is the lease, None where the command line works alone on its own file."""

    run: Run
    file_key: str = ""
    token: UUID | None = None


class RunDetail(msgspec.Struct, frozen=True, kw_only=True):
    """A run with the first things that are wrong in its file."""

    run: Run
    issues: list[WordedIssue]


class WordedIssue(msgspec.Struct, frozen=True, kw_only=True):
    """What is wrong with a line in the reader's language: where, what stood there, why, and whether the product comes without it or not at all."""

    line: int
    source_id: str
    column: str
    value: str
    code: str
    reason: str
    is_warning: bool


class ImportReport(msgspec.Struct, frozen=True, kw_only=True):
    """What an import did, or would do in a dry run. Every line that is not blank counts once among created, updated, unchanged and failed.

    `resumed_at` is the line at which a broken run went on, 0 for a run from the start; the counts cover the whole run.
    `issues` are the first ones; all are in catalogue.import_errors under `run_id`.
    """

    run_id: UUID
    source: str
    file_name: str
    file_sha256: str
    lines: int
    created: int
    updated: int
    unchanged: int
    failed: int
    warnings: int
    resumed_at: int
    issues: list[Issue]
    state: str = "applied"


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """How the command line means a file. `is_partial` None: a file of Icecat's without the lines that have errors, a sheet only as a whole."""

    source: str = "icecat"
    mapping: Mapping | None = None
    is_dry: bool = False
    is_partial: bool | None = None
    resumes: bool = True


class FileIn(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A small file inside JSON: its name tells the format, `content` is its text (CSV or JSON lines), `source` whose ids it has."""

    name: Name
    content: Annotated[str, msgspec.Meta(max_length=900_000)]
    source: Source = "operator"
    number_locale: NumberLocale = "plain"
    date_locale: DateLocale = "iso"


class ApplyIn(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """How to apply a checked file: `partial` leaves the rows with errors out."""

    partial: bool = False


class ReadRow(msgspec.Struct, frozen=True, kw_only=True):
    """One row of somebody's file for a proposal: values by the fields of a product (attributes as `attributes.<key>`), or what is wrong with it."""

    line: int
    source: str
    source_id: str
    values: dict[str, AttributeValue | None]
    words: dict[str, ProductWords] = {}
    issues: tuple[Issue, ...] = ()
