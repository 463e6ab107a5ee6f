"""Owns the checks of the database itself, and running the packages' invariants."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from marketplace.kernel.database import connection
from marketplace.kernel.doctor.rules import OPEN_TABLES
from marketplace.kernel.stair import EXTENSIONS, SCHEMAS

if TYPE_CHECKING:
    from datetime import datetime

ROWS_MAX = 20

ENCODING = """
SELECT pg_encoding_to_char(encoding) AS encoding, datctype FROM pg_database
WHERE datname = current_database() AND (pg_encoding_to_char(encoding) <> 'UTF8' OR datctype IN ('C', 'POSIX'))
"""
# A character class that knows no letters beyond ASCII gives no trigrams for Arabic, and search then finds nothing.
TRIGRAMS = "SELECT 'no trigrams for Arabic' AS problem WHERE cardinality(show_trgm('سوق')) = 0"
ROLE = "SELECT rolname, rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user AND (rolsuper OR rolbypassrls)"
WALLS = """
SELECT n.nspname AS schema, c.relname AS table, c.relrowsecurity AS is_enabled, c.relforcerowsecurity AS is_forced, count(p.oid) AS policies
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace LEFT JOIN pg_policy p ON p.polrelid = c.oid
WHERE c.relkind IN ('r', 'p') AND n.nspname = ANY($1::text[])
GROUP BY c.oid, 1, 2, 3, 4
HAVING (count(p.oid) > 0 OR c.relrowsecurity OR c.relforcerowsecurity OR n.nspname || '.' || c.relname <> ALL ($2::text[]))
  AND NOT (count(p.oid) > 0 AND c.relrowsecurity AND c.relforcerowsecurity)
"""
OWNERSHIP = """
SELECT n.nspname AS schema, c.relname AS table FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p') AND n.nspname = ANY($1::text[]) AND pg_has_role(current_user, c.relowner, 'USAGE')
"""
MISSING_EXTENSIONS = "SELECT wanted AS extension FROM unnest($1::text[]) wanted WHERE wanted NOT IN (SELECT extname FROM pg_extension)"

DATABASE_CHECKS: tuple[tuple[str, str, str, tuple[object, ...]], ...] = (
    ("encoding", "The database is UTF-8 with letters beyond ASCII", ENCODING, ()),
    ("trigrams", "Trigrams of Arabic words exist", TRIGRAMS, ()),
    ("role", "The serving role does not see through row level security", ROLE, ()),
    ("ownership", "The serving role owns no table", OWNERSHIP, (list(SCHEMAS),)),
    (
        "walls",
        "Row level security is enabled, forced and has a policy on every table that is not listed as open, with its reason",
        WALLS,
        (list(SCHEMAS), list(OPEN_TABLES)),
    ),
    ("extensions", "Every extension is installed", MISSING_EXTENSIONS, (list(EXTENSIONS),)),
)


async def rows(sql: str, *arguments: object) -> list[dict[str, Any]]:
    """Give the first rows of a check."""
    return [dict(row) for row in await connection().fetch(f"SELECT * FROM ({sql.strip().rstrip(';')}) found LIMIT {ROWS_MAX}", *arguments)]


async def violations(sql: str, *, until: datetime) -> list[dict[str, Any]]:
    """Give the first rows of an invariant; `$1` in it is the moment up to which facts must have arrived."""
    return await rows(sql, until) if "$1" in sql else await rows(sql)


async def has_violations(statements: list[str], *, until: datetime) -> bool:
    """Tell whether any of these invariants has a row.

    Those that take no moment are one statement, whose plan the connection keeps; with a moment in it, it would be planned anew each time.
    """
    timeless = [f"SELECT 1 FROM ({sql.strip().rstrip(';')}) found" for sql in statements if "$1" not in sql]
    if timeless and await rows(" UNION ALL ".join(timeless)):
        return True
    for sql in statements:
        if "$1" in sql and await rows(sql, until):
            return True
    return False
