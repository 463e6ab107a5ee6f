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
# Weights: A title and identifiers, B brand, C category and text attributes, D description. Every language of a product is in its document.
INDEX = f"""
INSERT INTO trade.search_documents AS d (product_id, category_id, brand, keys, indexed_at, tsv)
SELECT p.id, p.category_id, p.brand, coalesce(k.keys, '{{}}'), $2,
  setweight(to_tsvector('trade.plain', concat_ws(' ', p.part_number, left(k.words, {FEW}), p.title, left(t.titles, {FEW}))), 'A')
  || setweight(to_tsvector('trade.english', p.title), 'A')
  || setweight(to_tsvector('trade.plain', p.brand), 'B')
  || setweight(to_tsvector('trade.plain', concat_ws(' ', left(c.names, {FEW}), left(a.words, {MANY}))), 'C')
  || setweight(to_tsvector('trade.english', concat_ws(' ', left(c.english, {FEW}), left(a.words, {MANY}))), 'C')
  || setweight(to_tsvector('trade.plain', concat_ws(' ', left(p.description, {ONE}), left(t.descriptions, {MANY}))), 'D')
  || setweight(to_tsvector('trade.english', left(p.description, {ONE})), 'D')
FROM catalogue.products p
LEFT JOIN LATERAL (SELECT array_agg(DISTINCT i.value) AS keys, string_agg(i.value, ' ') FILTER (WHERE i.scheme <> 'source_id') AS words
  FROM catalogue.product_identifiers i WHERE i.product_id = p.id) k ON true
LEFT JOIN LATERAL (SELECT string_agg(w.title, ' ') AS titles, string_agg(w.description, ' ') AS descriptions
  FROM catalogue.product_texts w WHERE w.product_id = p.id) t ON true
LEFT JOIN LATERAL (SELECT string_agg(n.name, ' ') AS names, string_agg(n.name, ' ') FILTER (WHERE n.locale = 'en') AS english
  FROM catalogue.category_descendants e JOIN catalogue.categories g ON g.id = e.ancestor_id CROSS JOIN LATERAL jsonb_each_text(g.names) AS n (locale, name)
  WHERE e.category_id = p.category_id) c ON true
LEFT JOIN LATERAL (SELECT string_agg(x.value #>> '{{}}', ' ') AS words
  FROM jsonb_each(p.attributes) x WHERE jsonb_typeof(x.value) = 'string') a ON true
WHERE p.id = ANY ($1) AND p.state = 'published'
ON CONFLICT (product_id) DO UPDATE SET category_id = excluded.category_id, brand = excluded.brand, keys = excluded.keys, indexed_at = excluded.indexed_at, tsv = excluded.tsv
"""


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


async def ids_after(last: UUID, *, limit: int) -> list[UUID]:
    """Read the next product ids in their order, of any state."""
    return [row[0] for row in await connection().fetch("SELECT id FROM catalogue.products WHERE id > $1 ORDER BY id LIMIT $2", last, limit)]
