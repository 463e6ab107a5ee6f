"""Owns the SQL of import runs, their issues and the mappings that are remembered; operators' tables without an organisation."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from marketplace.catalogue.imports import rules_columns
from marketplace.catalogue.imports.schemas import Counts, Issue, Plan, Run, Work
from marketplace.kernel.database import connection
from marketplace.kernel.ids import uuid7
from marketplace.kernel.literals import as_json
from marketplace.kernel.sheets_in.schemas import Layout, Mapping

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from uuid import UUID

    from asyncpg import Record

RUN = """id, source, kind, file_name, file_sha256, file_bytes, file_key, layout, mapping, state, position, is_partial, plan, problem, started_at, checked_at, finished_at,
  created_count, updated_count, unchanged_count, failed_count, warning_count"""
INSERT = """INSERT INTO catalogue.import_runs (id, source, kind, file_name, file_sha256, file_bytes, file_key, layout, mapping, state, is_partial, actor, started_at)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)"""
# A run belongs to whoever works on it until the lease ends, by the database's clock; a file of the command line has no key and no lease.
CLAIM = f"""UPDATE catalogue.import_runs SET lease_token = $2, leased_until = now() + make_interval(secs => $3)
  WHERE id = $1 AND state IN ('waiting', 'applying') AND (leased_until IS NULL OR leased_until < now()) RETURNING {RUN}"""
DUE = """SELECT id FROM catalogue.import_runs WHERE state IN ('waiting', 'applying') AND file_key <> '' AND (leased_until IS NULL OR leased_until < now())
  ORDER BY id LIMIT $1"""
HOLD = """UPDATE catalogue.import_runs SET position = $4, leased_until = CASE WHEN $2::uuid IS NULL THEN NULL ELSE now() + make_interval(secs => $5) END
  WHERE id = $1 AND lease_token IS NOT DISTINCT FROM $2 AND position = $3 AND state IN ('waiting', 'applying')"""
ADVANCE = """UPDATE catalogue.import_runs SET position = $4, created_count = $5, updated_count = $6, unchanged_count = $7, failed_count = $8, warning_count = $9,
    leased_until = CASE WHEN $2::uuid IS NULL THEN NULL ELSE now() + make_interval(secs => $10) END
  WHERE id = $1 AND lease_token IS NOT DISTINCT FROM $2 AND position = $3 AND state = 'applying'"""
CHECKED = """UPDATE catalogue.import_runs SET state = 'checked', position = 0, plan = $3, checked_at = $4, lease_token = NULL, leased_until = NULL
  WHERE id = $1 AND lease_token IS NOT DISTINCT FROM $2 AND state = 'waiting'"""
FINISH = """UPDATE catalogue.import_runs SET state = $3, problem = $4, finished_at = $5, lease_token = NULL, leased_until = NULL
  WHERE id = $1 AND lease_token IS NOT DISTINCT FROM $2"""
GIVE_UP = "UPDATE catalogue.import_runs SET state = 'abandoned', finished_at = $2, lease_token = NULL, leased_until = NULL WHERE id = $1"
SETTLE = """UPDATE catalogue.import_runs SET state = 'applied', unchanged_count = $2, failed_count = $3, warning_count = $4, finished_at = $5, position = $6
  WHERE id = $1 AND state = 'checked'"""
BEGIN = "UPDATE catalogue.import_runs SET state = 'applying', position = 0, is_partial = $2, actor = $3, lease_token = NULL, leased_until = NULL WHERE id = $1"
MAPPED = """UPDATE catalogue.import_runs SET mapping = $2, state = 'waiting', position = 0, plan = '{}', checked_at = NULL, lease_token = NULL, leased_until = NULL
  WHERE id = $1"""
REMEMBER = """INSERT INTO catalogue.import_mappings (fingerprint, mapping, actor, updated_at) VALUES ($1, $2, $3, $4)
  ON CONFLICT (fingerprint) DO UPDATE SET mapping = excluded.mapping, actor = excluded.actor, updated_at = excluded.updated_at"""
OLD_FILES = """UPDATE catalogue.import_runs SET file_key = '', state = CASE WHEN state IN ('mapping', 'checked') THEN 'abandoned' ELSE state END,
    finished_at = coalesce(finished_at, $2) WHERE id IN (SELECT id FROM catalogue.import_runs WHERE started_at < $1 AND file_key <> ''
    AND state NOT IN ('waiting', 'applying') ORDER BY id LIMIT 500) AND file_key <> '' RETURNING id, file_name"""


def _run(row: Record) -> Run:
    mapping = msgspec.json.decode(row["mapping"], type=Mapping)
    layout = row["layout"]
    counts = [row[f"{name}_count"] for name in ("created", "updated", "unchanged", "failed", "warning")]
    return Run(
        **{
            name: row[name]
            for name in ("id", "source", "kind", "file_name", "file_sha256", "file_bytes", "state", "position", "is_partial", "problem")
        },
        layout=msgspec.json.decode(layout, type=Layout) if layout != "{}" else Layout(format="jsonl", head=()),
        mapping=mapping,
        plan=msgspec.json.decode(row["plan"], type=Plan),
        done=Counts(rows=sum(counts[:4]), created=counts[0], updated=counts[1], unchanged=counts[2], failed=counts[3], warnings=counts[4]),
        lacking=rules_columns.lacking(mapping.columns) if row["kind"] == "sheet" else [],
        started_at=row["started_at"],
        checked_at=row["checked_at"],
        finished_at=row["finished_at"],
    )


async def insert(run: Run, *, file_key: str, actor: str) -> None:
    """Write a new run."""
    about = (run.id, run.source, run.kind, run.file_name, run.file_sha256, run.file_bytes, file_key, as_json(run.layout), as_json(run.mapping))
    await connection().execute(INSERT, *about, run.state, run.is_partial, actor, run.started_at)


async def run(run_id: UUID, *, is_locked: bool = False) -> Run | None:
    """Read a run, locked on request."""
    sql = f"SELECT {RUN} FROM catalogue.import_runs WHERE id = $1"
    row = await connection().fetchrow(f"{sql} FOR UPDATE" if is_locked else sql, run_id)
    return None if row is None else _run(row)


async def file_key(run_id: UUID) -> str:
    """Read under which key the file of a run is kept, "" for none."""
    return await connection().fetchval("SELECT file_key FROM catalogue.import_runs WHERE id = $1", run_id) or ""


async def runs(*, before: UUID | None, limit: int) -> list[Run]:
    """List runs, the newest first."""
    sql = f"SELECT {RUN} FROM catalogue.import_runs WHERE $1::uuid IS NULL OR id < $1 ORDER BY id DESC LIMIT $2"
    return [_run(row) for row in await connection().fetch(sql, before, limit)]


async def count_waiting() -> int:
    """Count the files that wait for somebody to look at them, at most a hundred."""
    sql = "SELECT count(*) FROM (SELECT FROM catalogue.import_runs WHERE state IN ('mapping', 'checked') AND file_key <> '' LIMIT 100) y"
    return int(await connection().fetchval(sql))


async def unfinished(source: str, file_sha256: str) -> Run | None:
    """Find the latest run of the command line over this very content that has not come to its end."""
    row = await connection().fetchrow(
        f"SELECT {RUN} FROM catalogue.import_runs WHERE source = $1 AND file_sha256 = $2 AND file_key = '' ORDER BY started_at DESC, id DESC LIMIT 1",
        source,
        file_sha256,
    )
    return _run(row) if row is not None and row["state"] == "applying" else None


async def due(*, limit: int) -> list[UUID]:
    """List the runs that wait for the worker, the oldest first."""
    return [row[0] for row in await connection().fetch(DUE, limit)]


async def claim(run_id: UUID, *, token: UUID, lease_seconds: float) -> Work | None:
    """Take the lease of a run that nobody works on."""
    row = await connection().fetchrow(CLAIM, run_id, token, lease_seconds)
    return None if row is None else Work(run=_run(row), file_key=row["file_key"], token=token)


async def hold(work: Work, *, at: int, to: int, lease_seconds: float) -> bool:
    """Move a check on and hold the lease for longer, if it is still ours and where we left it."""
    return bool(await connection().execute(HOLD, work.run.id, work.token, at, to, lease_seconds) == "UPDATE 1")


async def advance(work: Work, *, at: int, to: int, done: Counts, lease_seconds: float) -> bool:
    """Move an import on with its figures, if nobody else has moved it meanwhile."""
    counts = (done.created, done.updated, done.unchanged, done.failed, done.warnings)
    return bool(await connection().execute(ADVANCE, work.run.id, work.token, at, to, *counts, lease_seconds) == "UPDATE 1")


async def checked(work: Work, *, plan: Plan, now: datetime) -> bool:
    """Store what a file would do."""
    return bool(await connection().execute(CHECKED, work.run.id, work.token, as_json(plan), now) == "UPDATE 1")


async def finish(work: Work, *, state: str, now: datetime, problem: str = "") -> bool:
    """End a run, if its lease is still ours."""
    return bool(await connection().execute(FINISH, work.run.id, work.token, state, problem, now) == "UPDATE 1")


async def give_up(run_id: UUID, *, now: datetime) -> None:
    """End a locked run that is not applied."""
    await connection().execute(GIVE_UP, run_id, now)


async def settle(run_id: UUID, *, counts: Counts, now: datetime) -> None:
    """End a checked run that has nothing to change."""
    await connection().execute(SETTLE, run_id, counts.unchanged, counts.failed, counts.warnings, now, counts.rows)


async def begin_applying(run_id: UUID, *, is_partial: bool, actor: str) -> None:
    """Say that a locked, checked file is to be applied."""
    await connection().execute(BEGIN, run_id, is_partial, actor)


async def map_columns(run_id: UUID, *, mapping: Mapping) -> None:
    """Store how a locked run's file is read, and have it checked anew."""
    await connection().execute(MAPPED, run_id, as_json(mapping))


async def remember(fingerprint: str, *, mapping: Mapping, actor: str, now: datetime) -> None:
    """Keep a mapping for the next file with the same heads."""
    await connection().execute(REMEMBER, fingerprint, as_json(mapping), actor, now)


async def remembered(fingerprint: str) -> Mapping | None:
    """Read the mapping of files with these heads."""
    found = await connection().fetchval("SELECT mapping FROM catalogue.import_mappings WHERE fingerprint = $1", fingerprint)
    return None if found is None else msgspec.json.decode(found, type=Mapping)


async def add_issues(run_id: UUID, issues: Sequence[Issue]) -> None:
    """Write what was wrong in the lines of a batch."""
    columns = ("id", "run_id", "line", "source_id", "code", "message", "params", "is_warning")
    rows = [(uuid7(), run_id, one.line, one.source_id, one.code, one.message, as_json(one.params), one.is_warning) for one in issues]
    await connection().copy_records_to_table("import_errors", schema_name="catalogue", columns=columns, records=rows)


async def forget_issues(run_id: UUID) -> None:
    """Throw away what an earlier check found wrong."""
    await connection().execute("DELETE FROM catalogue.import_errors WHERE run_id = $1", run_id)


async def issues(run_id: UUID, *, limit: int, after: tuple[int, UUID] | None = None) -> list[tuple[UUID, Issue]]:
    """Read issues of a run in the order of the file, behind (line, id)."""
    rows = await connection().fetch(
        """SELECT line, code, message, params, source_id, is_warning, id FROM catalogue.import_errors
           WHERE run_id = $1 AND ($3::bigint IS NULL OR (line, id) > ($3, $4::uuid)) ORDER BY line, id LIMIT $2""",
        run_id,
        limit,
        *(after or (None, None)),
    )
    return [(row[6], Issue(row[0], row[1], row[2], msgspec.json.decode(row[3]), row[4], row[5])) for row in rows]


async def drop_files(before: datetime, *, now: datetime) -> list[tuple[UUID, str]]:
    """Take the files of old runs off their rows and give the runs; what was never applied is abandoned with it."""
    return [(row[0], row[1]) for row in await connection().fetch(OLD_FILES, before, now)]
