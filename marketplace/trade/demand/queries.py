"""Owns the SQL of what people look for in vain; the log names nobody."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from marketplace.kernel.database import connection
from marketplace.trade.demand.schemas import Part, Wish

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

OF_PERIOD = "m.on_date <= $1::date AND m.on_date > $1::date - 2 * $2::int AND ($3::text = '' OR m.segment = $3) AND ($4::text = '' OR m.locale = $4)"
WISHES = f"""SELECT m.query, sum(m.times) FILTER (WHERE m.on_date > $1::date - $2::int), coalesce(sum(m.times) FILTER (WHERE m.on_date <= $1::date - $2::int), 0),
    array_agg(DISTINCT m.segment), array_agg(DISTINCT m.locale), max(m.last_at)
  FROM trade.search_misses m WHERE {OF_PERIOD} GROUP BY m.query HAVING sum(m.times) FILTER (WHERE m.on_date > $1::date - $2::int) > 0
  ORDER BY 2 DESC, max(m.last_at) DESC, m.query LIMIT $5"""
TOTALS = f"""SELECT coalesce(sum(m.times) FILTER (WHERE m.on_date > $1::date - $2::int), 0), coalesce(sum(m.times) FILTER (WHERE m.on_date <= $1::date - $2::int), 0)
  FROM trade.search_misses m WHERE {OF_PERIOD}"""
WEEKS = """SELECT m.query, ($1::date - m.on_date) / 7, sum(m.times) FROM trade.search_misses m
  WHERE m.query = ANY ($2::text[]) AND m.on_date <= $1::date AND m.on_date > $1::date - 7 * $3::int
    AND ($4::text = '' OR m.segment = $4) AND ($5::text = '' OR m.locale = $5) GROUP BY 1, 2"""
ALL_WEEKS = """SELECT ($1::date - m.on_date) / 7, sum(m.times) FROM trade.search_misses m
  WHERE m.on_date <= $1::date AND m.on_date > $1::date - 7 * $2::int AND ($3::text = '' OR m.segment = $3) AND ($4::text = '' OR m.locale = $4) GROUP BY 1"""
PARTS = f"""SELECT m.{{column}}, coalesce(sum(m.times) FILTER (WHERE m.on_date > $1::date - $2::int), 0), coalesce(sum(m.times) FILTER (WHERE m.on_date <= $1::date - $2::int), 0)
  FROM trade.search_misses m WHERE {OF_PERIOD} GROUP BY 1 ORDER BY 2 DESC, 3 DESC, 1 LIMIT 12"""
KINDS = "SELECT array_agg(DISTINCT m.segment), array_agg(DISTINCT m.locale) FROM trade.search_misses m WHERE m.on_date > $1::date - 2 * $2::int"
NEAR = """SELECT q.query, array_agg(DISTINCT n.word) FROM unnest($1::text[]) AS q (query) CROSS JOIN LATERAL unnest(trade.lexemes(q.query)) AS x (lexeme)
  CROSS JOIN LATERAL (SELECT w.word FROM trade.search_words w WHERE w.lexeme % x.lexeme ORDER BY similarity(w.lexeme, x.lexeme) DESC, w.documents DESC, w.lexeme LIMIT 1) n
  WHERE NOT EXISTS (SELECT FROM trade.search_words k WHERE k.lexeme = x.lexeme) GROUP BY q.query"""


async def forget(before: date) -> int:
    """Drop what was looked for in vain before a day, and answer how many lines."""
    return int((await connection().execute("DELETE FROM trade.search_misses WHERE on_date < $1", before)).rpartition(" ")[2])


async def wishes(today: date, days: int, *, segment: str, locale: str, limit: int) -> list[Wish]:
    """List what came most often in the last days, without its weeks and nearest words."""
    rows = await connection().fetch(WISHES, today, days, segment, locale, limit)
    return [Wish(query=row[0], times=row[1], before=row[2], segments=row[3], locales=row[4], last_at=row[5]) for row in rows]


async def totals(today: date, days: int, *, segment: str, locale: str) -> tuple[int, int]:
    """Count all searches in vain of the period, and of the one before it."""
    row = await connection().fetchrow(TOTALS, today, days, segment, locale)
    return (row[0], row[1]) if row else (0, 0)


async def weeks(today: date, words: Sequence[str], *, count: int, segment: str, locale: str) -> dict[tuple[str, int], int]:
    """Count by words and how many weeks ago."""
    return {(row[0], row[1]): row[2] for row in await connection().fetch(WEEKS, today, words, count, segment, locale)}


async def all_weeks(today: date, *, count: int, segment: str, locale: str) -> dict[int, int]:
    """Count all that was looked for in vain by how many weeks ago."""
    return {row[0]: row[1] for row in await connection().fetch(ALL_WEEKS, today, count, segment, locale)}


async def parts(column: Literal["segment", "locale"], today: date, days: int, *, segment: str, locale: str) -> list[Part]:
    """Count by kind of visitor or by language, the most first, at most twelve."""
    return [Part(*row) for row in await connection().fetch(PARTS.format(column=column), today, days, segment, locale)]


async def kinds(today: date, days: int) -> tuple[list[str], list[str]]:
    """Give the kinds of visitors and the languages that looked in vain in both periods."""
    row = await connection().fetchrow(KINDS, today, days)
    return (sorted(row[0] or []), sorted(row[1] or [])) if row else ([], [])


async def near(words: Sequence[str]) -> dict[str, list[str]]:
    """Give for each text the catalogue's words that are most like those of it that come nowhere."""
    return {row[0]: row[1] for row in await connection().fetch(NEAR, words)}


async def asked(texts: Sequence[str]) -> dict[str, int]:
    """Count by text, however it is written, how many organisations wait for it."""
    sql = """SELECT t.text, count(DISTINCT w.organisation_id) FROM unnest($1::text[]) t (text)
      JOIN trade.wanted w ON w.folded = trade.fold(t.text) AND w.state IN ('open', 'looking') GROUP BY t.text"""
    return {row[0]: row[1] for row in await connection().fetch(sql, texts)}
