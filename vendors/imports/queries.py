"""Owns the SQL of runs and mappings, always within one supplier's own but where the worker looks for what is due."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from marketplace.kernel.database import connection
from marketplace.kernel.literals import as_json
from marketplace.kernel.sheets_in.schemas import Layout, Mapping
from vendors.imports import rules_columns
from vendors.imports.schemas import Choices, Counts, RunOut, Work

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from uuid import UUID

    from asyncpg import Record

RUN = """id, supplier_id, file_name, file_sha256, file_bytes, choices, layout, mapping, state, position, row_count, new_count, changed_count, unchanged_count, error_count,
  missing_count, active_count, version, problem, created_at, checked_at, finished_at, file_key, actor"""
INSERT = """INSERT INTO vendors.import_runs (id, supplier_id, file_name, file_sha256, file_bytes, file_key, choices, layout, mapping, state, row_count, actor, created_at)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)"""
# A run belongs to whoever works on it until the lease ends; the database's clock says when.
CLAIM = """UPDATE vendors.import_runs SET lease_token = $2, leased_until = now() + make_interval(secs => $3)
  WHERE id = $1 AND state IN ('waiting', 'applying') AND (leased_until IS NULL OR leased_until < now() OR lease_token = $2) RETURNING true"""
HOLD = """UPDATE vendors.import_runs SET leased_until = now() + make_interval(secs => $4), position = $5
  WHERE id = $1 AND lease_token = $2 AND position = $3 RETURNING true"""
DUE = """SELECT id FROM vendors.import_runs WHERE state IN ('waiting', 'applying') AND (leased_until IS NULL OR leased_until < now()) ORDER BY id LIMIT $1"""
RELEASE = "UPDATE vendors.import_runs SET lease_token = NULL, leased_until = NULL WHERE id = $1 AND lease_token = $2"
CHECKED = """UPDATE vendors.import_runs SET state = 'checked', position = 0, row_count = $3, new_count = $4, changed_count = $5, unchanged_count = $6, error_count = $7,
    missing_count = $8, active_count = $9, checked_at = $10, version = version + 1 WHERE id = $1 AND lease_token = $2 AND state = 'waiting' RETURNING true"""
FINISHED = """UPDATE vendors.import_runs SET state = $3, problem = $4, finished_at = $5, lease_token = NULL, leased_until = NULL, version = version + 1
  WHERE id = $1 AND (lease_token = $2 OR $2 IS NULL) RETURNING true"""
APPLYING = """UPDATE vendors.import_runs SET state = 'applying', position = 0, choices = $3, actor = $4, missing_count = $5, active_count = $6, version = version + 1
  WHERE id = $1 AND supplier_id = $2"""
MAPPED = """UPDATE vendors.import_runs SET mapping = $3, state = 'waiting', position = 0, lease_token = NULL, leased_until = NULL, checked_at = NULL, version = version + 1
  WHERE id = $1 AND supplier_id = $2"""
REMEMBER = """INSERT INTO vendors.import_mappings (supplier_id, fingerprint, mapping, actor, updated_at) VALUES ($1, $2, $3, $4, $5)
  ON CONFLICT (supplier_id, fingerprint) DO UPDATE SET mapping = excluded.mapping, actor = excluded.actor, updated_at = excluded.updated_at"""
PURGED = """DELETE FROM vendors.import_rows WHERE (run_id, line) IN (SELECT r.run_id, r.line FROM vendors.import_runs u
  JOIN vendors.import_rows r ON r.run_id = u.id WHERE u.created_at < $1 AND u.state NOT IN ('waiting', 'applying') LIMIT $2)"""
OLD_FILES = """UPDATE vendors.import_runs SET file_key = '', state = CASE WHEN state IN ('mapping', 'checked') THEN 'abandoned' ELSE state END,
    finished_at = coalesce(finished_at, $2) WHERE id IN (SELECT id FROM vendors.import_runs WHERE created_at < $1 AND file_key <> ''
    AND state NOT IN ('waiting', 'applying') ORDER BY id LIMIT 500) AND file_key <> '' RETURNING id"""


def _run(row: Record) -> RunOut:
    layout = msgspec.json.decode(row["layout"], type=Layout)
    mapping = msgspec.json.decode(row["mapping"], type=Mapping)
    return RunOut(
        id=row["id"],
        supplier_id=row["supplier_id"],
        file_name=row["file_name"],
        file_sha256=row["file_sha256"],
        file_bytes=row["file_bytes"],
        choices=msgspec.json.decode(row["choices"], type=Choices),
        layout=layout,
        mapping=mapping,
        lacking=rules_columns.lacking(mapping.columns, mapping.fixed),
        state=row["state"],
        position=row["position"],
        counts=Counts(
            rows=row["row_count"],
            new=row["new_count"],
            changed=row["changed_count"],
            unchanged=row["unchanged_count"],
            errors=row["error_count"],
            missing=row["missing_count"],
            active=row["active_count"],
        ),
        version=row["version"],
        problem=row["problem"],
        created_at=row["created_at"],
        checked_at=row["checked_at"],
        finished_at=row["finished_at"],
    )


async def insert(run: RunOut, *, file_key: str, actor: str) -> None:
    """Write a new run."""
    values = (as_json(run.choices), as_json(run.layout), as_json(run.mapping), run.state, run.counts.rows, actor, run.created_at)
    await connection().execute(INSERT, run.id, run.supplier_id, run.file_name, run.file_sha256, run.file_bytes, file_key, *values)


async def run(run_id: UUID, *, supplier_id: UUID, is_locked: bool = False) -> RunOut | None:
    """Read one of the supplier's runs, locked on request."""
    sql = f"SELECT {RUN} FROM vendors.import_runs WHERE id = $1 AND supplier_id = $2"
    row = await connection().fetchrow(f"{sql} FOR UPDATE" if is_locked else sql, run_id, supplier_id)
    return None if row is None else _run(row)


async def sender(run_id: UUID, *, supplier_id: UUID) -> str:
    """Read who sent one of the supplier's files that is not applied yet; "" without such a file."""
    sql = "SELECT actor FROM vendors.import_runs WHERE id = $1 AND supplier_id = $2"
    return await connection().fetchval(sql, run_id, supplier_id) or ""


async def runs(supplier_id: UUID, *, before: UUID | None, limit: int) -> list[RunOut]:
    """List the supplier's runs, the newest first."""
    sql = f"SELECT {RUN} FROM vendors.import_runs WHERE supplier_id = $1 AND ($2::uuid IS NULL OR id < $2) ORDER BY id DESC LIMIT $3"
    return [_run(row) for row in await connection().fetch(sql, supplier_id, before, limit)]


async def count_waiting(supplier_id: UUID) -> int:
    """Count the supplier's files that wait for somebody to look at them, at most a hundred; one after which everything stands as it does waits for nobody."""
    sql = """SELECT count(*) FROM (SELECT FROM vendors.import_runs WHERE supplier_id = $1 AND (state = 'mapping' OR (state = 'checked'
      AND (new_count > 0 OR changed_count > 0 OR error_count > 0 OR (choices->>'mode' = 'full' AND missing_count > 0)))) LIMIT 100) y"""
    count: int = await connection().fetchval(sql, supplier_id)
    return count


async def unfinished(supplier_id: UUID, *, file_sha256: str) -> UUID | None:
    """Find the latest run over this very content that is being applied: it goes on where it stopped."""
    sql = "SELECT id FROM vendors.import_runs WHERE supplier_id = $1 AND file_sha256 = $2 AND state = 'applying' ORDER BY id DESC LIMIT 1"
    found: UUID | None = await connection().fetchval(sql, supplier_id, file_sha256)
    return found


async def lock_supplier(supplier_id: UUID) -> bool:
    """Let one act at a time begin to apply a supplier's file, and tell whether one is being applied already."""
    await connection().execute("SELECT FROM vendors.suppliers WHERE organisation_id = $1 FOR NO KEY UPDATE", supplier_id)
    sql = "SELECT EXISTS (SELECT FROM vendors.import_runs WHERE supplier_id = $1 AND state = 'applying')"
    return bool(await connection().fetchval(sql, supplier_id))


async def begin_applying(run: RunOut, *, choices: Choices, actor: str) -> None:
    """Say that a checked file is to be applied, and what it would pause now."""
    await connection().execute(APPLYING, run.id, run.supplier_id, as_json(choices), actor, run.counts.missing, run.counts.active)


async def map_columns(run_id: UUID, *, supplier_id: UUID, mapping: Mapping) -> None:
    """Store how a file is read, and have it checked anew."""
    await connection().execute(MAPPED, run_id, supplier_id, as_json(mapping))


async def remember(supplier_id: UUID, *, fingerprint: str, mapping: Mapping, actor: str, now: datetime) -> None:
    """Keep a mapping for the next file with the same heads."""
    await connection().execute(REMEMBER, supplier_id, fingerprint, as_json(mapping), actor, now)


async def remembered(supplier_id: UUID, *, fingerprint: str) -> Mapping | None:
    """Read the mapping of files with these heads."""
    sql = "SELECT mapping FROM vendors.import_mappings WHERE supplier_id = $1 AND fingerprint = $2"
    found = await connection().fetchval(sql, supplier_id, fingerprint)
    return None if found is None else msgspec.json.decode(found, type=Mapping)


async def due(*, limit: int) -> list[UUID]:
    """List the runs that wait for somebody to work on them, the oldest first."""
    return [row[0] for row in await connection().fetch(DUE, limit)]


async def claim(run_id: UUID, *, token: UUID, lease_seconds: float) -> Work | None:
    """Take the lease of a run that nobody works on."""
    if not await connection().fetchval(CLAIM, run_id, token, lease_seconds):
        return None
    sql = f"""SELECT {RUN}, (SELECT time_zone FROM kernel.organisations WHERE id = supplier_id) AS time_zone FROM vendors.import_runs WHERE id = $1"""
    row = await connection().fetchrow(sql, run_id)
    assert row is not None, "what was claimed is there"
    return Work(run=_run(row), file_key=row["file_key"], actor=row["actor"], token=token, time_zone=row["time_zone"])


async def hold(run_id: UUID, *, token: UUID, at: int, to: int, lease_seconds: float) -> bool:
    """Move a run on and hold the lease for longer, if it is still ours and where we left it."""
    return bool(await connection().fetchval(HOLD, run_id, token, at, lease_seconds, to))


async def release(run_id: UUID, *, token: UUID) -> None:
    """Give the lease back."""
    await connection().execute(RELEASE, run_id, token)


async def checked(run_id: UUID, *, token: UUID, counts: Counts, now: datetime) -> bool:
    """Store what the file would do."""
    figures = (counts.rows, counts.new, counts.changed, counts.unchanged, counts.errors, counts.missing, counts.active)
    return bool(await connection().fetchval(CHECKED, run_id, token, *figures, now))


async def finish(run_id: UUID, *, token: UUID | None, state: str, now: datetime, problem: str = "") -> bool:
    """End a run."""
    return bool(await connection().fetchval(FINISHED, run_id, token, state, problem, now))


async def sites(supplier_id: UUID) -> list[tuple[UUID, str]]:
    """Read the supplier's sites by name."""
    rows = await connection().fetch("SELECT id, name FROM vendors.sites WHERE supplier_id = $1 ORDER BY name", supplier_id)
    return [(row[0], row[1]) for row in rows]


async def supplier_by_slug(slug: str) -> UUID | None:
    """Find a supplier by its slug, for the command line."""
    found: UUID | None = await connection().fetchval("SELECT organisation_id FROM vendors.suppliers WHERE slug = $1", slug)
    return found


async def report(run_id: UUID, *, supplier_id: UUID, kinds: Sequence[str], after: int, limit: int, now: datetime) -> list[Record]:
    """Read rows of a run in the order of the file, with the product and what stands of the offer now."""
    sql = """SELECT r.line, r.sku, r.kind, r.problems, coalesce(p.title, '') AS title, r.tier_price AS prices, r.stock, r.unit_decimals, coalesce(r.currency, o.currency) AS currency,
        v.tier_price AS prices_now, k.on_hand AS stock_now, r.action, o.state
      FROM vendors.import_rows r LEFT JOIN catalogue.products p ON p.id = r.product_id LEFT JOIN vendors.offers o ON o.product_id = r.product_id AND o.id = r.offer_id
      LEFT JOIN LATERAL vendors.price_in_force(o.product_id, o.id, $6) v ON true
      LEFT JOIN vendors.stock_levels k ON k.product_id = o.product_id AND k.offer_id = o.id AND k.site_id = coalesce(r.site_id, o.site_id)
      WHERE r.run_id = $1 AND r.supplier_id = $2 AND r.line > $3 AND r.kind = ANY($4) ORDER BY r.line LIMIT $5"""
    rows: list[Record] = await connection().fetch(sql, run_id, supplier_id, after, kinds, limit, now)
    return rows


async def nearest(keys: Sequence[str]) -> dict[str, list[str]]:
    """Find for each key of a part number or GTIN the known ones next to it in the alphabet, one before and one after."""
    sql = """SELECT n.key, i.value FROM unnest($1::text[]) AS n(key) CROSS JOIN LATERAL (
        (SELECT value FROM catalogue.product_identifiers WHERE value COLLATE "C" >= n.key COLLATE "C" AND scheme <> 'source_id' ORDER BY value COLLATE "C" LIMIT 2) UNION ALL
        (SELECT value FROM catalogue.product_identifiers WHERE value COLLATE "C" < n.key COLLATE "C" AND scheme <> 'source_id' ORDER BY value COLLATE "C" DESC LIMIT 2)) i"""
    found: dict[str, list[str]] = {}
    for row in await connection().fetch(sql, keys):
        found.setdefault(row[0], []).append(row[1])
    return found


async def purge_rows(before: datetime, *, limit: int) -> int:
    """Delete staged rows of old runs, at most so many."""
    done = await connection().execute(PURGED, before, limit)
    return int(done.rpartition(" ")[2])


async def drop_files(before: datetime, *, now: datetime) -> list[UUID]:
    """Take the files of old runs off their rows and give the runs; what was never applied is abandoned with it."""
    return [row[0] for row in await connection().fetch(OLD_FILES, before, now)]
