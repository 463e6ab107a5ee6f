"""Owns the SQL that fills a database with very many products, the same for the same number: draws are hashes of a product's place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from marketplace.trade.facets import queries_index as facets_index
from marketplace.trade.search import queries_index as search_index

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    import asyncpg

    Connection = asyncpg.Connection[asyncpg.Record]

# What products are made of: words by rank, brands by rank, and kinds of things with the category that sells them.
STAGE = """CREATE TABLE IF NOT EXISTS public.mass_words (rank int PRIMARY KEY, word text NOT NULL);
CREATE TABLE IF NOT EXISTS public.mass_brands (rank int PRIMARY KEY, name text NOT NULL);
CREATE TABLE IF NOT EXISTS public.mass_kinds (rank int PRIMARY KEY, phrase text NOT NULL, category_id uuid NOT NULL, keys text[] NOT NULL);
CREATE OR REPLACE FUNCTION public.mass_share(p_n bigint, p_draw bigint) RETURNS float8 LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
  'SELECT (hashint8extended(p_n, p_draw) & 1073741823) / 1073741824::float8';
CREATE OR REPLACE FUNCTION public.mass_rank(p_n bigint, p_draw bigint, p_many int) RETURNS int LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
  'SELECT least(p_many, floor(power(p_many + 1, public.mass_share(p_n, p_draw)))::int)';
CREATE OR REPLACE FUNCTION public.mass_id(p_n bigint) RETURNS uuid LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
  $$SELECT ('0190' || lpad(to_hex(p_n), 8, '0') || '70008000' || lpad(to_hex(p_n), 12, '0'))::uuid$$"""
FORGET = """DROP TABLE public.mass_words, public.mass_brands, public.mass_kinds; DROP FUNCTION public.mass_rank, public.mass_share, public.mass_id"""
# A rank is drawn as `many` to the power of a share: the word of rank r comes about 1/r as often as the first (Zipf 1949).
PRODUCTS = """INSERT INTO catalogue.products (id, source, source_id, slug, brand, part_number, category_id, state, unit_code, locale, title, description,
    attributes, weight_grams, content_hash, created_at, updated_at, type)
  SELECT public.mass_id(n), 'mass', n::text, 'mass-' || n, b.name, 'M' || n, k.category_id, 'published', 'H87', 'en',
    concat_ws(' ', b.name, initcap(t.model), 'M' || n, k.phrase, t.words), d.words, a.attributes, 20 + n % 5000, md5(n::text), $3, $3, k.phrase
  FROM generate_series($1::bigint, $2::bigint - 1) AS n
  JOIN public.mass_brands b ON b.rank = public.mass_rank(n, 1, (SELECT count(*)::int FROM public.mass_brands))
  JOIN public.mass_kinds k ON k.rank = public.mass_rank(n, 2, (SELECT count(*)::int FROM public.mass_kinds))
  CROSS JOIN LATERAL (SELECT string_agg(w.word, ' ') AS words, min(w.word) AS model
    FROM generate_series(10, 13) AS x JOIN public.mass_words w ON w.rank = public.mass_rank(n, x, $4)) t
  CROSS JOIN LATERAL (SELECT string_agg(w.word, ' ') AS words FROM generate_series(20, 37) AS x JOIN public.mass_words w ON w.rank = public.mass_rank(n, x, $4)) d
  CROSS JOIN LATERAL (SELECT jsonb_object_agg(y.key, CASE
        WHEN y.place <= 2 THEN to_jsonb(round((power(10, 3 * public.mass_share(n, 50 + y.place)))::numeric, 1))
        WHEN y.place = 3 THEN to_jsonb(public.mass_share(n, 53) < 0.4)
        ELSE to_jsonb((SELECT w.word FROM public.mass_words w WHERE w.rank = 100 * y.place + public.mass_rank(n, 60 + y.place, 12))) END) AS attributes
    FROM unnest(k.keys) WITH ORDINALITY AS y (key, place) WHERE public.mass_share(n, 40 + y.place) < 0.9) z
  CROSS JOIN LATERAL (SELECT coalesce(z.attributes, '{}') AS attributes) a"""
IDENTIFIERS = """INSERT INTO catalogue.product_identifiers (product_id, scheme, value)
  SELECT public.mass_id(n), x.scheme, x.value FROM generate_series($1::bigint, $2::bigint - 1) AS n
  CROSS JOIN LATERAL (VALUES ('part_number', 'm' || n), ('source_id', n::text)) AS x (scheme, value)"""
IDS = "SELECT array_agg(public.mass_id(n) ORDER BY n) FROM generate_series($1::bigint, $2::bigint - 1) AS n"
# An index that stands is kept up word by word; made at the end it is sorted once.
WORD_INDEXES = {
    "trade.search_documents_by_word": "CREATE INDEX search_documents_by_word ON trade.search_documents USING gin (tsv) WITH (fastupdate = off)",
    "trade.search_documents_by_key": "CREATE INDEX search_documents_by_key ON trade.search_documents USING gin (keys) WITH (fastupdate = off)",
    "trade.facet_products_of_seller": "CREATE INDEX facet_products_of_seller ON trade.facet_products USING gin (sellers)",
}


async def stage(connection: Connection, *, words: Sequence[str], brands: Sequence[str], kinds: Sequence[tuple[Any, ...]]) -> None:
    """Lay down what products are made of; `kinds` are (phrase, category_id, keys), the most sold first."""
    await connection.execute(STAGE)
    await connection.copy_records_to_table("mass_words", schema_name="public", records=list(enumerate(words, 1)))
    await connection.copy_records_to_table("mass_brands", schema_name="public", records=list(enumerate(brands, 1)))
    await connection.copy_records_to_table("mass_kinds", schema_name="public", records=[(rank, *one) for rank, one in enumerate(kinds, 1)])
    for name in WORD_INDEXES:
        await connection.execute(f"DROP INDEX {name}")
    await connection.execute("ANALYZE public.mass_words, public.mass_brands, public.mass_kinds")


async def fill_products(connection: Connection, first: int, end: int, *, words: int, now: datetime) -> list[Any]:
    """Write the products from one place up to another with their identifiers, and give their ids."""
    await connection.execute(PRODUCTS, first, end, now, words)
    await connection.execute(IDENTIFIERS, first, end)
    found: list[Any] = await connection.fetchval(IDS, first, end)
    return found


async def read_models(connection: Connection, ids: Sequence[Any], *, now: datetime) -> None:
    """Write what search and facets know of these products."""
    await connection.execute(search_index.INDEX, ids, now)
    await connection.execute(facets_index.SELLERS, ids)
    await connection.execute(facets_index.INDEX, ids, now)


async def finish(connection: Connection) -> None:
    """Make the indexes that were left out, take the words away, and let PostgreSQL count what is there."""
    await connection.execute("SET maintenance_work_mem = '512MB'")
    for statement in WORD_INDEXES.values():
        await connection.execute(statement)
    await connection.execute(FORGET)
    await connection.execute("VACUUM ANALYZE")
