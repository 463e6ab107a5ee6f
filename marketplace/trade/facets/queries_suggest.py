"""Owns the SQL of suggestions: what the first letters of a search may mean. All of it is public, so no organisation scopes it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from marketplace.kernel.database import connection

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from asyncpg import Record

# Of each kind a few; words of searches only once so many organisations looked for them that they name no single one's errand.
OF_A_KIND, PRODUCTS_MAX, TIMES_MIN, WORDS_MAX, PHRASE_MAX = 3, 4, 3, 20000, 80
# Above every text that begins so.
END = "\U0010ffff"
SUGGEST = f"""
SELECT 'product' AS kind, coalesce(w.title, p.title) AS written, concat_ws(' · ', nullif(p.brand, ''), nullif(p.part_number, '')) AS note, p.id::text AS target
FROM (SELECT i.product_id, min(i.value COLLATE "C") AS value FROM (SELECT product_id, value FROM catalogue.product_identifiers
    WHERE $2 <> '' AND scheme <> 'source_id' AND value COLLATE "C" >= $2 AND value COLLATE "C" < ($2 || '{END}') ORDER BY value COLLATE "C" LIMIT 40) i GROUP BY i.product_id) k
JOIN catalogue.products p ON p.id = k.product_id AND p.state = 'published'
LEFT JOIN LATERAL (SELECT t.title FROM catalogue.product_texts t WHERE p.locale <> ($3::text[])[1] AND t.product_id = p.id
  AND t.locale = ANY ($3) AND array_position($3, t.locale) < coalesce(array_position($3, p.locale), 99) ORDER BY array_position($3, t.locale) LIMIT 1) w ON true
ORDER BY k.value, p.id LIMIT {PRODUCTS_MAX}"""
WORDS = f"""
SELECT x.kind, x.written, x.note, x.target FROM (
  SELECT s.kind, s.written, '' AS note, s.target, s.weight, row_number() OVER (PARTITION BY s.kind ORDER BY s.weight DESC, s.phrase) AS place
  FROM trade.suggestions s
  WHERE trade.fold($1) <> '' AND s.phrase ~>=~ trade.fold($1) AND s.phrase ~<~ (trade.fold($1) || '{END}') AND s.locale IN ('', ($3::text[])[1]) AND (s.kind <> 'words' OR s.weight >= {TIMES_MIN})) x
WHERE x.place <= {OF_A_KIND} ORDER BY x.weight DESC, x.kind, x.written"""
BOTH = f"(SELECT 1 AS part, a.* FROM ({SUGGEST}) a) UNION ALL (SELECT 2, b.* FROM ({WORDS}) b)"
LEARNED = """
INSERT INTO trade.suggestions AS s (kind, locale, phrase, written, target, weight, last_at)
SELECT x.kind, x.locale, left(x.phrase, 80), min(x.written), min(x.target), least(sum(x.weight), 2000000000)::int, $1 FROM (
  SELECT 'brand' AS kind, '' AS locale, trade.fold(p.brand) AS phrase, p.brand AS written, '' AS target, count(*) AS weight
    FROM catalogue.products p WHERE p.state = 'published' AND p.brand <> '' GROUP BY p.brand
  UNION ALL SELECT 'type', '', trade.fold(t.phrase), t.phrase, '', t.products FROM catalogue.product_types t
  UNION ALL SELECT 'category', n.locale, trade.fold(n.name), n.name, c.slug, 1000 FROM catalogue.categories c CROSS JOIN LATERAL jsonb_each_text(c.names) AS n (locale, name)) x
WHERE x.phrase <> '' GROUP BY x.kind, x.locale, left(x.phrase, 80)
ON CONFLICT (kind, locale, phrase) DO UPDATE SET written = excluded.written, target = excluded.target, weight = excluded.weight, last_at = excluded.last_at"""
FORGET = "DELETE FROM trade.suggestions WHERE kind <> 'words' AND last_at < $1"
FORGET_WORDS = f"""DELETE FROM trade.suggestions s USING (SELECT locale, phrase FROM trade.suggestions WHERE kind = 'words' ORDER BY weight DESC, last_at DESC OFFSET {WORDS_MAX}) x
  WHERE s.kind = 'words' AND s.locale = x.locale AND s.phrase = x.phrase"""
# Of each organisation a text counts once in four weeks, known by a digest alone, and only a text of words that the catalogue has: what somebody typed of
# himself is nobody's suggestion. Whoever asks again writes nothing.
FOUND = """WITH x AS (SELECT trade.fold($1) AS phrase), a AS (
  INSERT INTO trade.suggestion_askers (locale, phrase, asker, on_date) SELECT $2, x.phrase, md5($4::uuid::text || ' ' || x.phrase), $3::timestamptz::date FROM x
  WHERE length(x.phrase) BETWEEN 2 AND 60 AND NOT EXISTS (SELECT FROM unnest(trade.lexemes($1)) AS l (lexeme) WHERE NOT EXISTS (
    SELECT FROM trade.search_words w WHERE w.lexeme = l.lexeme AND w.documents > 1))
  ON CONFLICT DO NOTHING RETURNING phrase)
INSERT INTO trade.suggestions AS s (kind, locale, phrase, written, target, weight, last_at) SELECT 'words', $2, a.phrase, $1, '', 1, $3 FROM a
ON CONFLICT (kind, locale, phrase) DO UPDATE SET weight = s.weight + 1, last_at = greatest(s.last_at, excluded.last_at)"""
ASKED = "SELECT 1 FROM trade.suggestion_askers WHERE locale = $2 AND phrase = trade.fold($1) AND asker = md5($3::uuid::text || ' ' || trade.fold($1))"
ASKERS_KEPT = 28
FORGET_ASKERS = f"DELETE FROM trade.suggestion_askers WHERE on_date < $1::timestamptz::date - {ASKERS_KEPT}"
RECOUNT = """WITH n AS (SELECT locale, phrase, count(*)::int AS askers FROM trade.suggestion_askers GROUP BY locale, phrase),
  gone AS (DELETE FROM trade.suggestions s WHERE s.kind = 'words' AND NOT EXISTS (SELECT FROM n WHERE n.locale = s.locale AND n.phrase = s.phrase))
UPDATE trade.suggestions s SET weight = n.askers FROM n WHERE s.kind = 'words' AND s.locale = n.locale AND s.phrase = n.phrase AND s.weight <> n.askers"""


async def suggested(text: str, *, key: str, locales: list[str]) -> list[Record]:
    """Give what may be meant by a beginning: (kind, written, note, target), products by the beginning of a number first."""
    return list(await connection().fetch(f"SELECT z.kind, z.written, z.note, z.target FROM ({BOTH}) z ORDER BY z.part", text, key, locales))


async def learn(*, now: datetime) -> int:
    """Read brands, types and categories anew, forget those that are gone and the rarest words, and answer how many there are."""
    await connection().execute(LEARNED, now)
    await connection().execute(FORGET, now)
    await connection().execute(FORGET_ASKERS, now)
    await connection().execute(RECOUNT)
    await connection().execute(FORGET_WORDS)
    return int(await connection().fetchval("SELECT count(*) FROM trade.suggestions"))


async def is_counted(text: str, *, locale: str, asker: UUID) -> bool:
    """Tell whether an organisation's words were counted already."""
    return bool(await connection().fetchval(ASKED, text, locale, asker))


async def found(text: str, *, locale: str, asker: UUID, now: datetime) -> None:
    """Count words that found something, once for each organisation that looked for them in the last four weeks."""
    await connection().execute(FOUND, text, locale, now, asker)
