"""Migrations lead an empty database to what the tables say, and nothing else does."""

from __future__ import annotations

import asyncio
import contextlib
import io
from collections import Counter
from typing import TYPE_CHECKING

import asyncpg
from piccolo.apps.migrations.commands.base import BaseMigrationManager
from piccolo.apps.migrations.commands.new import AutoMigrationManager

from marketplace.kernel import migrations, stair
from marketplace.kernel.database import reading
from tests import databases
from tests.architecture.sources import LEVELS, STAIR, may_read, python_files, tree

if TYPE_CHECKING:
    from pathlib import Path

    from marketplace.kernel.settings import Settings

FOREIGN_KEYS = """
SELECT n.nspname AS schema, c.relname AS table, rn.nspname AS referred, rc.relname AS referred_table
FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_class rc ON rc.oid = k.confrelid JOIN pg_namespace rn ON rn.oid = rc.relnamespace WHERE k.contype = 'f'
"""
TABLES = "SELECT n.nspname || '.' || c.relname AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'p')"
UNREADABLE = f"{TABLES} AND n.nspname = ANY($1::text[]) AND NOT has_any_column_privilege('marketplace_app', c.oid, 'SELECT')"
NAN = """
SELECT n.nspname || '.' || c.relname || '.' || a.attname AS name
FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p') AND n.nspname = ANY($1::text[]) AND a.atttypid IN ('float4'::regtype, 'float8'::regtype, 'money'::regtype)
  AND a.attname ~ '(_minor|price|amount|net|gross|tax)$'
"""


def files() -> list[Path]:
    return [path for folder in STAIR for path in python_files(folder) if path.parent.name == "piccolo_migrations" and path.stem != "__init__"]


def test_migration_names_are_unique_over_all_packages() -> None:
    assert [name for name, count in Counter(path.stem for path in files()).items() if count > 1] == []


def test_each_migration_is_called_after_its_package_and_its_file() -> None:
    by_folder = {folder: schema for folder, schema in STAIR.items()}  # noqa: C416 - read beside the next line
    wrong = []
    for folder, schema in by_folder.items():
        for path in python_files(folder):
            if path.parent.name != "piccolo_migrations" or path.stem == "__init__":
                continue
            if not path.stem.startswith(f"{schema}_") or f"'{path.stem}'" not in path.read_text("utf-8").replace('"', "'"):
                wrong.append(path.stem)
            assert tree(path)
    assert wrong == []


async def test_an_empty_database_is_upgraded_and_a_second_run_finds_nothing(empty_database: Settings) -> None:
    assert await stair.pending(empty_database) == []
    assert await migrations.migrate(empty_database) == []


def test_the_names_of_the_files_are_the_migrations_in_the_order_of_the_stair() -> None:
    manager = BaseMigrationManager()
    known = [name for app in migrations.apps() for name in sorted(manager.get_migration_modules(app.resolved_migrations_folder_path))]
    assert stair.migration_names() == known


async def test_two_migrators_at_once_run_each_migration_once(server: Settings, copy_name: str) -> None:
    async with databases.copy_of(server, "template0", f"{copy_name}_m") as settings:
        began = asyncio.Event()

        async def hold_the_lock() -> None:
            connection = await asyncpg.connect(settings.database_owner_url)
            await connection.execute("SELECT pg_advisory_lock($1)", migrations.LOCK_KEY)
            began.set()
            await asyncio.sleep(0.3)
            await connection.close()

        holder = asyncio.create_task(hold_the_lock())
        await began.wait()
        ran = await migrations.migrate(settings)
        assert holder.done(), "the second migrator did not wait"
        assert sorted(ran) == sorted(path.stem for path in files())
        assert await migrations.migrate(settings) == []


async def test_piccolo_finds_no_difference_between_tables_and_migrations() -> None:
    wrong = {}
    for app in migrations.apps():
        with contextlib.redirect_stdout(io.StringIO()):
            found = await AutoMigrationManager(auto_input="n").get_alter_statements(app_config=app)
        lines = [line for part in found for line in part.statements]
        if lines:
            wrong[app.app_name] = lines[:5]
    assert wrong == {}


async def test_no_foreign_key_points_upwards(empty_database: Settings) -> None:
    assert empty_database
    async with reading() as connection:
        rows = await connection.fetch(FOREIGN_KEYS)
    assert [dict(row) for row in rows if row["schema"] in LEVELS and not may_read(row["schema"], row["referred"])] == []


async def test_the_application_role_may_read_every_table(empty_database: Settings) -> None:
    assert empty_database
    async with reading() as connection:
        assert [row["name"] for row in await connection.fetch(UNREADABLE, list(LEVELS))] == []


async def test_no_column_of_money_is_a_float(empty_database: Settings) -> None:
    assert empty_database
    async with reading() as connection:
        assert [row["name"] for row in await connection.fetch(NAN, list(LEVELS))] == []
