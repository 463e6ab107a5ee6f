"""Owns the SQL of schema versions, which are only ever added."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from marketplace.catalogue.attributes.schemas import Report, SchemaVersion
from marketplace.catalogue.taxonomy.schemas import CategoryAttribute
from marketplace.kernel.database import connection

if TYPE_CHECKING:
    from uuid import UUID

    from asyncpg import Record

COLUMNS = "id, category_id, version, attributes, reason, actor, at, report"
_attributes = msgspec.json.Decoder(tuple[CategoryAttribute, ...])
_report = msgspec.json.Decoder(Report)


async def lock(category_id: UUID) -> bool:
    """Let one version of a category's schema be published at a time; gives whether the category is there."""
    return await connection().fetchval("SELECT id FROM catalogue.categories WHERE id = $1 FOR NO KEY UPDATE", category_id) is not None


async def latest(category_id: UUID) -> int:
    """Give the number of the last published version, 0 where none was."""
    return int(await connection().fetchval("SELECT coalesce(max(version), 0) FROM catalogue.schema_versions WHERE category_id = $1", category_id))


async def insert(one: SchemaVersion) -> None:
    """Write a version."""
    attributes, report = msgspec.json.encode(one.attributes).decode(), msgspec.json.encode(one.report).decode()
    await connection().execute(
        f"INSERT INTO catalogue.schema_versions ({COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        *(one.id, one.category_id, one.version, attributes, one.reason, one.actor, one.at, report),
    )


async def versions(category_id: UUID, *, before: int | None, limit: int) -> list[SchemaVersion]:
    """Read the versions of a category's schema, the newest first, those below a number."""
    rows = await connection().fetch(
        f"SELECT {COLUMNS} FROM catalogue.schema_versions WHERE category_id = $1 AND ($2::int IS NULL OR version < $2) ORDER BY version DESC LIMIT $3",
        *(category_id, before, limit),
    )
    return [_version(row) for row in rows]


async def place(version_id: UUID) -> tuple[UUID, int] | None:
    """Tell which version of which category this is."""
    row = await connection().fetchrow("SELECT category_id, version FROM catalogue.schema_versions WHERE id = $1", version_id)
    return None if row is None else (row["category_id"], row["version"])


def _version(row: Record) -> SchemaVersion:
    values = dict(row)
    values["attributes"] = _attributes.decode(values["attributes"])
    values["report"] = _report.decode(values["report"])
    return SchemaVersion(**values)
