"""Owns the SQL that fills the read model of search from the catalogue; it holds public texts only, so no organisation scopes it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from marketplace.kernel.database import connection

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from uuid import UUID

# PostgreSQL takes a document of one megabyte at most, and a product may carry more text than that in its attributes. A word and its place
# need four bytes a character at most, so that all of these together stay below: 40,000 characters of what may be many texts, 20,000 of one.
MANY, ONE, FEW = 40_000, 20_000, 5_000
# How much a word counts by where it stands: BM25F (Robertson, Zaragoza and Taylor 2004, k1 = 1.2, b = 0.3) over title and brand 3, description and category 1,
# text attributes and numbers of the model 0.4. Set by hand and round. The usual lengths, in words, are those that count fully.
SATURATION, LENGTH_SHARE = 1.2, 0.3
USUAL = {"title": 10, "description": 10, "attributes": 25}


def _vector(text: str) -> str:
    return f"to_tsvector('trade.words', trade.fold(coalesce({text}, '')))"


def _field(vector: str, weight: str, length: str = "") -> str:
    """Give the words of a vector with how often each stands there, weighed, and less in a text that is longer than usual."""
    divided = f" / (1 - {LENGTH_SHARE} + {LENGTH_SHARE} * {length})" if length else ""
    return f"SELECT n.lexeme, cardinality(n.positions) * {weight}{divided} AS weight FROM unnest({vector}) AS n"


_long = "(SELECT sum(cardinality(positions)) FROM unnest(v.{name})) / {usual}::float8"
FIELDS = " UNION ALL ".join(
    (
        _field("v.title", "3", _long.format(name="title", usual=USUAL["title"])),
        _field("v.titles", "3"),
        _field("v.brand", "3"),
        _field("v.description", "1", _long.format(name="description", usual=USUAL["description"])),
        _field("v.descriptions", "1", _long.format(name="descriptions", usual=USUAL["description"])),
        _field("v.category", "1"),
        _field("v.attributes", "0.4", _long.format(name="attributes", usual=USUAL["attributes"])),
        # Only what the title does not say already.
        _field("v.model", "0.4") + " WHERE NOT n.lexeme = ANY (tsvector_to_array(v.title))",
    )
)
# Every language of a product is in its document. What the words of a document weigh is worked out here, once, in thousandths: a query only adds it up.
INDEX = f"""
INSERT INTO trade.search_documents AS d (product_id, category_id, brand, keys, indexed_at, tsv, lexemes, impacts, kind)
SELECT p.id, p.category_id, p.brand, coalesce(k.keys, '{{}}'), $2,
  setweight(v.title || v.titles, 'A') || setweight(v.brand, 'B') || setweight(v.model || v.category || v.description || v.descriptions, 'C') || setweight(v.attributes, 'D'),
  w.lexemes, w.impacts, coalesce(trade.lexemes(p.type), '{{}}')
FROM catalogue.products p
LEFT JOIN LATERAL (SELECT array_agg(DISTINCT i.value) AS keys, string_agg(i.value, ' ') FILTER (WHERE i.scheme <> 'source_id') AS words
  FROM catalogue.product_identifiers i WHERE i.product_id = p.id) k ON true
LEFT JOIN LATERAL (SELECT string_agg(w.title, ' ') AS titles, string_agg(w.description, ' ') AS descriptions
  FROM catalogue.product_texts w WHERE w.product_id = p.id) t ON true
LEFT JOIN LATERAL (SELECT string_agg(n.name, ' ') AS names
  FROM catalogue.category_descendants e JOIN catalogue.categories g ON g.id = e.ancestor_id CROSS JOIN LATERAL jsonb_each_text(g.names) AS n (locale, name)
  WHERE e.category_id = p.category_id) c ON true
LEFT JOIN LATERAL (SELECT string_agg(x.value #>> '{{}}', ' ') AS words
  FROM jsonb_each(p.attributes) x WHERE jsonb_typeof(x.value) = 'string') a ON true
CROSS JOIN LATERAL (SELECT {_vector("p.title")} AS title, {_vector(f"left(t.titles, {FEW})")} AS titles, {_vector("p.brand")} AS brand,
  {_vector(f"left(p.description, {ONE})")} AS description, {_vector(f"left(t.descriptions, {MANY})")} AS descriptions,
  {_vector(f"left(c.names, {FEW})")} AS category, {_vector(f"left(a.words, {MANY})")} AS attributes,
  {_vector(f"concat_ws(' ', p.part_number, left(k.words, {FEW}))")} AS model OFFSET 0) v
CROSS JOIN LATERAL (SELECT coalesce(array_agg(l.lexeme ORDER BY l.lexeme), '{{}}') AS lexemes,
    coalesce(array_agg(greatest(1, 1000 * l.weight / (l.weight + {SATURATION}))::smallint ORDER BY l.lexeme), '{{}}') AS impacts
  FROM (SELECT f.lexeme, sum(f.weight) AS weight FROM ({FIELDS}) f GROUP BY f.lexeme) l) w
WHERE p.id = ANY ($1) AND p.state = 'published'
ON CONFLICT (product_id) DO UPDATE SET category_id = excluded.category_id, brand = excluded.brand, keys = excluded.keys, indexed_at = excluded.indexed_at,
  tsv = excluded.tsv, lexemes = excluded.lexemes, impacts = excluded.impacts, kind = excluded.kind
"""
# How often each word comes, and how it is mostly written in titles. The word "" stands for all documents. A number that comes once is not kept: there are
# as many as products, and nobody is asked whether he meant another number.
COUNT_SECONDS = 600
COUNT = """CREATE TEMP TABLE x ON COMMIT DROP AS
SELECT w.lexeme, count(*)::int AS documents FROM trade.search_documents d CROSS JOIN LATERAL unnest(d.lexemes) AS w (lexeme)
WHERE length(w.lexeme) BETWEEN 1 AND 200 GROUP BY w.lexeme HAVING count(*) > 1 OR w.lexeme !~ '[0-9]'"""
WRITE_WORDS = """
WITH written AS (SELECT DISTINCT ON (lexeme) lexeme, word FROM (
    SELECT w.word, (trade.lexemes(w.word))[1] AS lexeme, w.times FROM (SELECT m.word, count(*) AS times FROM catalogue.products p
      CROSS JOIN LATERAL regexp_split_to_table(trade.fold(p.title), '[^[:alnum:]]+') AS m (word) WHERE p.state = 'published' AND m.word ~ '^[^0-9]+$' GROUP BY m.word) w) z
  WHERE lexeme IS NOT NULL ORDER BY lexeme, times DESC, word)
INSERT INTO trade.search_words AS s (lexeme, word, documents)
SELECT c.lexeme, coalesce(w.word, c.lexeme), c.documents FROM x c LEFT JOIN written w USING (lexeme)
UNION ALL SELECT '', '', count(*)::int FROM trade.search_documents HAVING count(*) > 0
ON CONFLICT (lexeme) DO UPDATE SET word = excluded.word, documents = excluded.documents WHERE (s.word, s.documents) <> (excluded.word, excluded.documents)
"""
FORGET_WORDS = "DELETE FROM trade.search_words s WHERE s.lexeme <> '' AND NOT EXISTS (SELECT FROM x c WHERE c.lexeme = s.lexeme)"
# There are far fewer types than products, so that each is read once.
KINDS = """WITH x AS MATERIALIZED (SELECT p.id, coalesce(trade.lexemes(p.type), '{}') AS kind FROM catalogue.products p
    WHERE p.id > $1 AND p.id <= $2 AND p.state = 'published')
  UPDATE trade.search_documents d SET kind = k.kind FROM x k WHERE d.product_id = k.id AND d.kind <> k.kind"""


async def lock(product_ids: Sequence[UUID]) -> None:
    """Let one writer at a time renew each document, in the order of the ids, so that two facts about one product do not cross."""
    await connection().execute(
        "SELECT product_id FROM trade.search_documents WHERE product_id = ANY ($1) ORDER BY product_id FOR UPDATE", product_ids
    )


async def index(product_ids: Sequence[UUID], *, now: datetime) -> None:
    """Renew the documents of these products from the catalogue and drop those of products that are not published."""
    await connection().execute(INDEX, product_ids, now)
    await connection().execute(
        "DELETE FROM trade.search_documents d WHERE d.product_id = ANY ($1) "
        "AND NOT EXISTS (SELECT FROM catalogue.products p WHERE p.id = d.product_id AND p.state = 'published')",
        product_ids,
    )


async def forget_read(category_ids: Sequence[UUID]) -> None:
    """Mark the documents of these categories and of all below them as of an older reading."""
    await connection().execute(
        "UPDATE trade.search_documents d SET indexed_at = '-infinity' FROM catalogue.category_descendants e WHERE e.ancestor_id = ANY ($1) AND d.category_id = e.category_id",
        category_ids,
    )


async def unread(*, limit: int) -> list[UUID]:
    """Read products whose documents are of an older form or of an older reading of their category."""
    return [
        row[0]
        for row in await connection().fetch(
            "SELECT product_id FROM trade.search_documents WHERE lexemes = '{}' OR indexed_at = '-infinity' ORDER BY product_id LIMIT $1", limit
        )
    ]


async def lock_words() -> bool:
    """Let one counter of words at a time work, until the transaction ends; False while another does."""
    return bool(await connection().fetchval("SELECT pg_try_advisory_xact_lock(hashtextextended('trade.search_words', 0))"))


async def count_words() -> None:
    """Count anew in how many documents each word comes, and forget words that come in none."""
    await connection().execute(f"SET LOCAL statement_timeout = '{COUNT_SECONDS}s'")
    for statement in (COUNT, WRITE_WORDS, FORGET_WORDS, "DROP TABLE x"):
        await connection().execute(statement)


async def renew_kinds(after: UUID, until: UUID) -> None:
    """Bring the types of the documents of these products up to date with the catalogue."""
    await connection().execute(KINDS, after, until)
