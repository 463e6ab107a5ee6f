"""Owns the shapes of imports: what one line gave, and the report of a run."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import msgspec

from marketplace.catalogue.products.schemas import NewProduct


class Issue(msgspec.Struct, frozen=True):
    """What is wrong with one line. A warning keeps the product without the value; an error leaves the line out. `message` has {named} params."""

    line: int
    code: str
    message: str
    params: dict[str, Any] = {}
    source_id: str = ""
    is_warning: bool = False


class ParsedLine(msgspec.Struct, frozen=True):
    """What one line gave: a product, or none and the error; warnings stand beside a product."""

    product: NewProduct | None
    issues: tuple[Issue, ...] = ()


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """Where a run stands: `position` lines of the file are committed."""

    id: UUID
    position: int
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    failed: int = 0
    warnings: int = 0


class ImportReport(msgspec.Struct, frozen=True, kw_only=True):
    """What an import did. Every line that is not blank counts once among created, updated, unchanged and failed.

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
