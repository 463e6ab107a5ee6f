"""Makes the read model of search and the log of searches that found nothing."""

from __future__ import annotations

from typing import Any, Final

from piccolo.columns import UUID, Array, Column, Date, Integer, Text, Timestamptz

from marketplace.kernel.migrations import Migration

ID = "trade_0002_search"
VERSION = "1.38.0"
DESCRIPTION = "Search documents and misses"

TABLES: Final[dict[tuple[str, str], tuple[tuple[str, type[Column], dict[str, Any]], ...]]] = {
    ("SearchDocument", "search_documents"): (
        ("product_id", UUID, {"primary_key": True, "default": None}),
        ("category_id", UUID, {"null": True, "default": None}),
        ("brand", Text, {"default": ""}),
        ("keys", Array, {"base_column": Text(), "default": []}),
        ("indexed_at", Timestamptz, {"default": None}),
    ),
    ("SearchMiss", "search_misses"): (
        ("id", UUID, {"primary_key": True, "default": None}),
        ("on_date", Date, {"default": None}),
        ("segment", Text, {"default": None}),
        ("locale", Text, {"default": None}),
        ("query", Text, {"default": None}),
        ("times", Integer, {"default": 1}),
        ("last_at", Timestamptz, {"default": None}),
    ),
}

# Words are compared without accents, so that Vietnamese typed without them is found; English words are compared by their stem besides.
SQL = """
CREATE EXTENSION IF NOT EXISTS unaccent;
CREATE TEXT SEARCH CONFIGURATION trade.plain (COPY = pg_catalog.simple);
ALTER TEXT SEARCH CONFIGURATION trade.plain ALTER MAPPING FOR hword, hword_part, word WITH unaccent, simple;
CREATE TEXT SEARCH CONFIGURATION trade.english (COPY = pg_catalog.english);
ALTER TEXT SEARCH CONFIGURATION trade.english ALTER MAPPING FOR hword, hword_part, word WITH unaccent, english_stem;
ALTER TABLE trade.search_documents ADD COLUMN tsv tsvector NOT NULL,
  ADD FOREIGN KEY (product_id) REFERENCES catalogue.products (id) ON DELETE CASCADE;
CREATE INDEX search_documents_by_word ON trade.search_documents USING gin (tsv);
CREATE INDEX search_documents_by_key ON trade.search_documents USING gin (keys);
CREATE INDEX search_documents_by_category ON trade.search_documents (category_id);
ALTER TABLE trade.search_misses ADD UNIQUE (on_date, segment, locale, query), ADD CHECK (times > 0), ADD CHECK (length(query) BETWEEN 1 AND 200);
CREATE INDEX search_misses_by_day ON trade.search_misses (last_at);
GRANT SELECT, INSERT, UPDATE, DELETE ON trade.search_documents TO marketplace_app;
GRANT SELECT, INSERT, UPDATE ON trade.search_misses TO marketplace_app;
"""


async def forwards() -> Migration:
    """Make the tables, then the text search configurations, indexes and grants."""
    manager = Migration(migration_id=ID, app_name="trade", description=DESCRIPTION)
    manager.tables(TABLES)
    manager.after(SQL)
    return manager
