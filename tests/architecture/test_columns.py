"""The database itself keeps what the code relies on: moments have a zone, money and quantities are whole, prices are numbers, commits are durable."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from marketplace.kernel.actor import WORKER
from marketplace.kernel.database import connection, reading
from marketplace.kernel.postgres import _configuration
from marketplace.kernel.stair import SCHEMAS

if TYPE_CHECKING:
    from typing import Any

pytestmark = pytest.mark.usefixtures("database")

COLUMNS = """
SELECT n.nspname || '.' || c.relname || '.' || a.attname AS name, a.attname AS attribute, format_type(a.atttypid, NULL) AS type, a.attnotnull AS is_required,
  coalesce((SELECT string_agg(pg_get_constraintdef(k.oid), ' ') FROM pg_constraint k WHERE k.conrelid = c.oid AND k.contype = 'c' AND a.attnum = ANY(k.conkey)), '') AS checks
FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p') AND n.nspname = ANY($1) AND a.attnum > 0 AND NOT a.attisdropped ORDER BY 1
"""
QUANTITIES = (
    "quantity",
    "on_hand",
    "reserved",
    "safety",
    "moq",
    "multiple",
    "open",
    "accepted",
    "refused",
    "withdrawn",
    "to_ship",
    "shipped",
    "cancelled",
    "lost",
    "returned",
)


async def columns() -> list[dict[str, Any]]:
    async with reading(WORKER):
        found = [dict(row) for row in await connection().fetch(COLUMNS, list(SCHEMAS))]
    assert len(found) > 200
    return found


async def test_every_moment_has_its_zone() -> None:
    assert [column["name"] for column in await columns() if column["type"] in {"timestamp without time zone", "time with time zone"}] == []


async def test_amounts_are_whole_numbers_of_minor_units() -> None:
    amounts = [column for column in await columns() if column["attribute"].endswith("_minor")]
    assert len(amounts) > 20
    assert [column["name"] for column in amounts if column["type"] != "bigint"] == []


async def test_quantities_are_whole_numbers_of_steps() -> None:
    quantities = [column for column in await columns() if column["attribute"] in QUANTITIES]
    assert len(quantities) > 15
    assert [column["name"] for column in quantities if column["type"] != "bigint"] == []


async def test_no_decimal_column_takes_what_is_no_number() -> None:
    # A bound below alone lets NaN in, which PostgreSQL sorts above every number.
    decimals = [column for column in await columns() if column["type"] == "numeric"]
    assert decimals
    assert [column["name"] for column in decimals if "<" not in column["checks"].replace("<>", "")] == []


async def test_no_column_is_nullable_by_the_tools_default() -> None:
    # A session begins before its person has picked an organisation, stock is counted without any order, and a rule may be for all suppliers.
    may_be_none = {"kernel.sessions.organisation_id", "vendors.stock_movements.order_id", "catalogue.approval_rules.supplier_id"}
    ids = {"organisation_id", "buyer_id", "vendor_id", "supplier_id", "order_id"}
    references = [column for column in await columns() if column["attribute"] in ids]
    assert len(references) > 20
    assert {column["name"] for column in references if not column["is_required"]} == may_be_none


async def test_every_table_has_a_key() -> None:
    async with reading(WORKER):
        without = await connection().fetch(
            "SELECT n.nspname || '.' || c.relname AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'p') "
            "AND n.nspname = ANY($1) AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conrelid = c.oid AND k.contype = 'p')",
            list(SCHEMAS),
        )
    assert [row["name"] for row in without] == []


async def test_an_acknowledged_commit_is_on_disk() -> None:
    async with reading(WORKER):
        assert await connection().fetchval("SHOW synchronous_commit") == "on"
    durable = _configuration(20000, is_durable=True)
    assert not [word for word in ("fsync", "synchronous_commit", "full_page_writes") if word in durable]
