"""Owns the SQL of import runs and their issues; operators' tables without an organisation."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from marketplace.catalogue.imports.schemas import Issue, Run
from marketplace.kernel.database import connection
from marketplace.kernel.ids import uuid7

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from uuid import UUID

_run_columns = "id, position, created_count, updated_count, unchanged_count, failed_count, warning_count"


async def unfinished(source: str, file_sha256: str) -> Run | None:
    """Find the latest run over this very content that has not come to its end."""
    row = await connection().fetchrow(
        f"SELECT {_run_columns}, state FROM catalogue.import_runs WHERE source = $1 AND file_sha256 = $2 ORDER BY started_at DESC, id DESC LIMIT 1",
        source,
        file_sha256,
    )
    return _run(row[:7]) if row is not None and row["state"] == "running" else None


def _run(row: Sequence[int]) -> Run:
    return Run(id=row[0], position=row[1], created=row[2], updated=row[3], unchanged=row[4], failed=row[5], warnings=row[6])  # type: ignore[arg-type]


async def start(run_id: UUID, *, source: str, file_name: str, file_sha256: str, now: datetime) -> None:
    """Write a new run at position 0."""
    await connection().execute(
        "INSERT INTO catalogue.import_runs (id, source, file_name, file_sha256, started_at) VALUES ($1, $2, $3, $4, $5)",
        run_id,
        source,
        file_name,
        file_sha256,
        now,
    )


async def advance(before: Run, after: Run) -> bool:
    """Move a run on, if nobody else has moved it meanwhile."""
    done = await connection().execute(
        "UPDATE catalogue.import_runs SET position = $3, created_count = $4, updated_count = $5, unchanged_count = $6, failed_count = $7, warning_count = $8 "
        "WHERE id = $1 AND position = $2 AND state = 'running'",
        before.id,
        before.position,
        after.position,
        after.created,
        after.updated,
        after.unchanged,
        after.failed,
        after.warnings,
    )
    return bool(done == "UPDATE 1")


async def finish(run_id: UUID, *, now: datetime) -> None:
    """Mark a run as come to its end."""
    await connection().execute("UPDATE catalogue.import_runs SET state = 'finished', finished_at = $2 WHERE id = $1", run_id, now)


async def add_issues(run_id: UUID, issues: Sequence[Issue]) -> None:
    """Write what was wrong in the lines of a batch."""
    columns = ("id", "run_id", "line", "source_id", "code", "message", "params", "is_warning")
    rows = [
        (uuid7(), run_id, one.line, one.source_id, one.code, one.message, msgspec.json.encode(one.params).decode(), one.is_warning) for one in issues
    ]
    await connection().copy_records_to_table("import_errors", schema_name="catalogue", columns=columns, records=rows)


async def issues(run_id: UUID, *, limit: int) -> list[Issue]:
    """Read the first issues of a run in the order of the file."""
    rows = await connection().fetch(
        "SELECT line, code, message, params, source_id, is_warning FROM catalogue.import_errors WHERE run_id = $1 ORDER BY line, id LIMIT $2",
        run_id,
        limit,
    )
    return [Issue(row[0], row[1], row[2], msgspec.json.decode(row[3]), row[4], row[5]) for row in rows]
