"""SQL stays in its schemas: it reads its own and lower ones, writes its own, and names the schema of every table."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from marketplace.app import PACKAGES
from tests.architecture.sources import LEVELS, ROOT, STAIR, imports_of, may_read, name_of, python_files, tree
from tests.architecture.statements import statements, use_of

if TYPE_CHECKING:
    from pathlib import Path

# The kernel's doctor and migrator look at the catalogue of PostgreSQL itself.
SYSTEM = {"pg_catalog", "information_schema"}
MAY_HOLD_SQL = ("queries", "tables")
MOMENT = re.compile(
    r"\b(now|clock_timestamp|statement_timestamp|transaction_timestamp)\(\)|\b(current_(time(stamp)?|date)|localtime(stamp)?)\b", re.IGNORECASE
)
STATEMENTS_MIN = 200
# Offers, prices and levels are everybody's to read, so that no row level security stands behind a write: the statement itself says whose.
UNWALLED = {("vendors", "offers"), ("vendors", "price_versions"), ("vendors", "stock_levels"), ("vendors", "offer_keys")}
WRITES_MIN = 10


def query_files() -> list[tuple[str, Path]]:
    return [(schema, path) for folder, schema in STAIR.items() for path in python_files(folder) if path.stem.startswith("queries")]


def migration_files() -> list[tuple[str, Path]]:
    return [(schema, path) for folder, schema in STAIR.items() for path in python_files(folder) if path.parent.name == "piccolo_migrations"]


@pytest.mark.parametrize("schema, path", query_files(), ids=lambda value: name_of(value) if not isinstance(value, str) else "")
def test_queries_read_their_own_and_lower_schemas_and_write_their_own(schema: str, path: Path) -> None:
    wrong = []
    for line, sql in statements(path):
        use = use_of(sql)
        wrong += [f"{line}: reads {other}.{table}" for other, table in use.read if other in LEVELS and not may_read(schema, other)]
        wrong += [f"{line}: writes {other}.{table}" for other, table in use.written if other in LEVELS and other != schema]
        if use.is_parsed:
            wrong += [f"{line}: {table} without a schema" for other, table in use.read if not other and not table.startswith("pg_") and table != "x"]
            wrong += [f"{line}: schema {other}" for other, _ in use.read if other and other not in LEVELS and other not in SYSTEM and other != "x"]
    assert wrong == []


def test_every_write_to_what_is_a_suppliers_names_the_supplier() -> None:
    writes = [
        (f"{name_of(path)}:{line}", sql)
        for schema, path in query_files()
        if schema == "vendors"
        for line, sql in statements(path)
        if use_of(sql).written & UNWALLED
    ]
    assert len(writes) >= WRITES_MIN
    assert [place for place, sql in writes if "supplier_id" not in sql] == []


@pytest.mark.parametrize("schema, path", migration_files(), ids=lambda value: name_of(value) if not isinstance(value, str) else "")
def test_migrations_refer_to_lower_schemas_and_change_their_own(schema: str, path: Path) -> None:
    wrong = []
    for line, sql in statements(path):
        use = use_of(sql)
        wrong += [f"{line}: refers to {other}.{table}" for other, table in use.read if other in LEVELS and not may_read(schema, other)]
        wrong += [f"{line}: changes {other}.{table}" for other, table in use.written if other in LEVELS and other != schema]
    assert wrong == []


def test_sql_stands_in_queries_tables_and_the_kernels_own_floor_only() -> None:
    floor = {"marketplace/kernel/database.py", "marketplace/kernel/migrations.py", "marketplace/kernel/postgres.py", "marketplace/kernel/stair.py"}
    # A machine words the invariants of its own log.
    floor |= {"marketplace/kernel/machine/rules.py", "marketplace/kernel/machine/schemas.py"}
    wrong = []
    for folder in STAIR:
        for path in python_files(folder):
            if path.stem.split("_")[0] in MAY_HOLD_SQL or path.parent.name == "piccolo_migrations" or name_of(path) in floor:
                continue
            if path.stem in {"invariants", "package"} or "/http/" in name_of(path):
                continue
            wrong += [f"{name_of(path)}:{line}" for line, sql in statements(path) if use_of(sql).is_parsed and use_of(sql).read]
    assert wrong == []


def test_nobody_asks_the_database_for_the_present_moment() -> None:
    texts = [(f"{name_of(path)}:{line}", sql) for path in python_files() if holds_sql(path) for line, sql in statements(path)]
    texts += [(f"invariant {invariant.code}", invariant.sql) for package in PACKAGES for invariant in package.invariants]
    assert len(texts) > STATEMENTS_MIN
    assert [place for place, sql in texts if MOMENT.search(sql) and "lease" not in sql.lower()] == []


def holds_sql(path: Path) -> bool:
    return path.stem.split("_")[0] in {"queries", "tables", "invariants", "package"}


def test_the_reader_of_sql_sees_what_it_must() -> None:
    assert use_of("WITH a AS (SELECT 1) INSERT INTO trade.orders SELECT * FROM a, vendors.offers").written == {("trade", "orders")}
    assert use_of("WITH a AS (SELECT 1) SELECT * FROM a JOIN vendors.offers o ON true").read == {("vendors", "offers")}
    assert use_of("SELECT 1 FROM vendors.offers o FOR UPDATE OF o").read == {("vendors", "offers")}
    assert use_of("UPDATE trade.orders SET x = 1 WHERE").written == {("trade", "")}
    assert tree(ROOT / "marketplace/__init__.py").body
    assert "pglast.parse_sql" in imports_of(ROOT / "tests/architecture/statements.py")
