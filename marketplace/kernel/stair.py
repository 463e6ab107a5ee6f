"""Owns the order of the packages in the database: their schemas, and which of their migrations have not run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import asyncpg

if TYPE_CHECKING:
    from marketplace.kernel.settings import Settings

# The stair, lowest first: package and its schema, which is also its Piccolo app name.
STAIR = (
    ("marketplace.kernel", "kernel"),
    ("marketplace.catalogue", "catalogue"),
    ("vendors", "vendors"),
    ("buyers", "buyers"),
    ("trust", "trust"),
    ("marketplace.trade", "trade"),
    ("services_addons", "services"),
    ("retention", "retention"),
)
SCHEMAS = tuple(schema for _, schema in STAIR)
EXTENSIONS = ("pg_trgm", "btree_gist", "citext", "unaccent")
ROOT = Path(__file__).resolve().parents[2]


def owner_url(settings: Settings) -> str:
    """Give the address of the role that owns the tables, on a direct connection."""
    return settings.database_owner_url or settings.database_direct_url or settings.database_url


def migration_names() -> list[str]:
    """List the migrations of this code in their order, by the names of their files."""
    folders = [ROOT.joinpath(*package.split(".")) / "piccolo_migrations" for package, _ in STAIR]
    return [path.stem for folder in folders for path in sorted(folder.glob("*.py")) if path.stem != "__init__"]


async def pending(settings: Settings) -> list[str]:
    """Give the names of the migrations that this code has and the database has not. Piccolo is not imported for it: that takes most of a second."""
    connection = await asyncpg.connect(owner_url(settings))
    try:
        exists = await connection.fetchval("SELECT to_regclass('public.migration') IS NOT NULL")
        ran = {row["name"] for row in await connection.fetch("SELECT name FROM public.migration")} if exists else set()
    finally:
        await connection.close()
    return [name for name in migration_names() if name not in ran]
