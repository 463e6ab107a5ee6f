"""Owns the SQL of suggestions: what the first letters of a search may mean. All of it is public, so no organisation scopes it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from marketplace.kernel.database import connection

if TYPE_CHECKING:
    from datetime import datetime

    from asyncpg import Record

# Of each kind a few; words of searches only once they were looked for often enough that they name no single reader's errand.
OF_A_KIND, PRODUCTS_MAX, TIMES_MIN, WORDS_MAX, PHRASE_MAX = 3, 4, 3, 20000, 80
# Above every text that begins so.
END = "\U0010ffff"
SUGGEST = f"""
SELECT 'product' AS kind, coalesce(w.title, p.title) AS written, concat_ws(' · ', nullif(p.brand, ''), nullif(p.part_number, '')) AS note, p.id::text AS target
FROM (SELECT i.product_id, min(i.value COLLATE "C") AS value FROM (SELECT product_id, value FROM catalogue.product_identifiers
    WHERE $2 <> '' AND scheme <> 'source_id' AND value COLLATE "C" >= $2 AND value COLLATE "C" < ($2 || '{END}') ORDER BY value COLLATE "C" LIMIT 40) i GROUP BY i.product_id) k
JOIN catalogue.products p ON p.id = k.product_id AND p.state = 'published'
LEFT JOIN LATERAL (SELECT t.title FROM catalogue.product_texts t WHERE p.locale <> $3 AND t.product_id = p.id AND t.locale = $3) w ON true
ORDER BY k.value, p.id LIMIT {PRODUCTS_MAX}"""
WORDS = f"""
SELECT x.kind, x.written, x.note, x.target FROM (
  SELECT s.kind, s.written, '' AS note, s.target, s.weight, row_number() OVER (PARTITION BY s.kind ORDER BY s.weight DESC, s.phrase) AS place
  FROM trade.suggestions s
  WHERE trade.fold($1) <> '' AND s.phrase ~>=~ trade.fold($1) AND s.phrase ~<~ (trade.fold($1) || '{END}') AND s.locale IN ('', $3) AND (s.kind <> 'words' OR s.weight >= {TIMES_MIN})) x
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
# One text counts once a minute, however often it is asked for: nobody makes a suggestion by pressing a key.
FOUND = """INSERT INTO trade.suggestions AS s (kind, locale, phrase, written, target, weight, last_at)
SELECT 'words', $2, x.phrase, $1, '', 1, $3 FROM (SELECT trade.fold($1) AS phrase) x WHERE length(x.phrase) BETWEEN 2 AND 60
ON CONFLICT (kind, locale, phrase) DO UPDATE SET weight = s.weight + 1, last_at = excluded.last_at
WHERE s.weight < 1000000000 AND s.last_at < excluded.last_at - interval '1 minute'"""


async def suggested(text: str, *, key: str, locale: str) -> list[Record]:
    """Give what may be meant by a beginning: (kind, written, note, target), products by the beginning of a number first."""
    return list(await connection().fetch(f"SELECT z.kind, z.written, z.note, z.target FROM ({BOTH}) z ORDER BY z.part", text, key, locale))


async def learn(*, now: datetime) -> int:
    """Read brands, types and categories anew, forget those that are gone and the rarest words, and answer how many there are."""
    await connection().execute(LEARNED, now)
    await connection().execute(FORGET, now)
    await connection().execute(FORGET_WORDS)
    return int(await connection().fetchval("SELECT count(*) FROM trade.suggestions"))


async def found(text: str, *, locale: str, now: datetime) -> None:
    """Count words that found something."""
    await connection().execute(FOUND, text, locale, now)
