"""Owns the SQL of the operator's rules of words; they name nobody, so no organisation scopes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from marketplace.kernel.database import connection
from marketplace.trade.words.schemas import WordsOut

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from asyncpg import Record

COLUMNS = "s.id, s.kind, s.words, s.means, s.locale, s.is_both_ways, s.is_active, s.note, s.changed_by, s.changed_at, s.version"
FITS = """($1 = '' OR strpos(trade.fold(s.words || ' ' || s.means), trade.fold($1)) > 0) AND ($2 = '' OR s.kind = $2)
  AND ($3 = '' OR s.locale = CASE WHEN $3 = 'all' THEN '' ELSE $3 END) AND ($4 = '' OR s.is_active = ($4 = 'on'))"""
LIST = f"""SELECT {COLUMNS} FROM trade.search_synonyms s WHERE {FITS} AND ($5::text IS NULL OR (lower(s.words), s.id) > ($5, $6::uuid))
  ORDER BY lower(s.words), s.id LIMIT $7"""
INSERT = f"""INSERT INTO trade.search_synonyms AS s (id, kind, words, means, from_lexemes, to_lexemes, locale, is_both_ways, is_active, note, changed_by, changed_at)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, true, $9, $10, $11) RETURNING {COLUMNS}"""
# A rule of all languages holds in each, and one of both ways says what its reverse would.
STANDS = """SELECT EXISTS (SELECT FROM trade.search_synonyms s WHERE s.kind = $1 AND s.locale IN ('', $4)
  AND ((s.from_lexemes = $2 AND s.to_lexemes = $3) OR (s.from_lexemes = $3 AND s.to_lexemes = $2 AND (s.is_both_ways OR $5))))"""
SWITCH = f"""UPDATE trade.search_synonyms AS s SET is_active = $2, changed_by = $3, changed_at = $4, version = s.version + 1 WHERE s.id = $1 RETURNING {COLUMNS}"""


def _rule(row: Record) -> WordsOut:
    return WordsOut(**dict(row))


async def lock() -> None:
    """Let one writer of rules at a time look what stands, until the transaction ends."""
    await connection().execute("SELECT pg_advisory_xact_lock(hashtextextended('trade.search_synonyms', 0))")


async def listed(which: Sequence[str], *, after: tuple[str, UUID] | None, limit: int) -> list[WordsOut]:
    """List the rules that fit (text, kind, language, state) by their words."""
    return [_rule(row) for row in await connection().fetch(LIST, *which, *(after or (None, None)), limit)]


async def count(which: Sequence[str]) -> int:
    """Count the rules that fit."""
    return int(await connection().fetchval(f"SELECT count(*) FROM trade.search_synonyms s WHERE {FITS}", *which))


async def stands(kind: str, words: Sequence[str], means: Sequence[str], locale: str, *, is_both_ways: bool) -> bool:
    """Tell whether a rule that says this, on or off, is there."""
    return bool(await connection().fetchval(STANDS, kind, words, means, locale, is_both_ways))


async def insert(*values: object) -> WordsOut:
    """Write a rule that holds from now on."""
    row = await connection().fetchrow(INSERT, *values)
    assert row is not None, "an insert gives its row"
    return _rule(row)


async def rule(rule_id: UUID) -> WordsOut | None:
    """Read a rule and hold it until the transaction ends."""
    row = await connection().fetchrow(f"SELECT {COLUMNS} FROM trade.search_synonyms s WHERE s.id = $1 FOR UPDATE", rule_id)
    return None if row is None else _rule(row)


async def switch(rule_id: UUID, *values: object) -> WordsOut:
    """Let a rule hold or not: (is_active, changed_by, changed_at)."""
    row = await connection().fetchrow(SWITCH, rule_id, *values)
    assert row is not None, "the caller holds the rule"
    return _rule(row)


async def typeless() -> list[tuple[str, WordsOut]]:
    """Read the rules that keep words from saying what a thing is, each with its compared word."""
    rows = await connection().fetch(f"SELECT s.from_lexemes[1] AS lexeme, {COLUMNS} FROM trade.search_synonyms s WHERE s.kind = 'type'")
    return [(row[0], WordsOut(**dict(list(row.items())[1:]))) for row in rows]


async def heads(text: str, *, limit: int) -> list[tuple[str, str, int]]:
    """Give (compared, written, products) of the words that say of most products what they are."""
    rows = await connection().fetch(
        """SELECT x.lexeme, coalesce(w.word, x.lexeme), x.n FROM (SELECT d.kind[cardinality(d.kind)] AS lexeme, count(*)::int AS n FROM trade.search_documents d
          WHERE cardinality(d.kind) > 0 GROUP BY 1) x LEFT JOIN trade.search_words w USING (lexeme)
          WHERE $1 = '' OR strpos(coalesce(w.word, x.lexeme), trade.fold($1)) > 0 ORDER BY x.n DESC, x.lexeme LIMIT $2""", text, limit
    )  # fmt: skip
    return [(row[0], row[1], row[2]) for row in rows]
