"""Makes the read model of facets: a row a product, with what its offers are to a list."""

from __future__ import annotations

from typing import Any, Final

from piccolo.columns import JSONB, UUID, Array, Column, Integer, Numeric, SmallInt, Text, Timestamptz

from marketplace.kernel.migrations import Migration

ID = "trade_0009_facets"
VERSION = "1.38.0"
DESCRIPTION = "Facets of products, and what may be meant by the first letters of a search"

TABLES: Final[dict[tuple[str, str], tuple[tuple[str, type[Column], dict[str, Any]], ...]]] = {
    ("FacetProduct", "facet_products"): (
        ("product_id", UUID, {"primary_key": True, "default": None}),
        ("category_id", UUID, {"null": True, "default": None}),
        ("brand", Text, {"default": ""}),
        ("attributes", JSONB, {"default": "{}"}),
        ("suppliers", Array, {"base_column": UUID(), "default": []}),
        ("leads", Array, {"base_column": SmallInt(), "default": []}),
        ("prices", Array, {"base_column": Numeric(digits=(20, 6)), "default": []}),
        ("currencies", Array, {"base_column": Text(), "default": []}),
        ("marks", Array, {"base_column": Text(), "default": []}),
        ("changes_at", Timestamptz, {"null": True, "default": None}),
    ),
    ("Suggestion", "suggestions"): (
        ("kind", Text, {"primary_key": True, "default": None}),
        ("locale", Text, {"default": ""}),
        ("phrase", Text, {"default": None}),
        ("written", Text, {"default": None}),
        ("target", Text, {"default": ""}),
        ("weight", Integer, {"default": 1}),
        ("last_at", Timestamptz, {"default": None}),
    ),
}
# Thousands of rows are read by each count: all of a row lies in the row.
SQL = """
ALTER TABLE trade.facet_products ALTER COLUMN attributes SET STORAGE EXTERNAL, ALTER COLUMN suppliers SET STORAGE EXTERNAL,
  ALTER COLUMN prices SET STORAGE EXTERNAL, SET (toast_tuple_target = 8160);
ALTER TABLE trade.facet_products ADD CHECK (cardinality(suppliers) = cardinality(leads) AND cardinality(leads) = cardinality(prices)
  AND cardinality(prices) = cardinality(currencies) AND cardinality(currencies) = cardinality(marks));
CREATE INDEX facet_products_in_category ON trade.facet_products (category_id, product_id);
CREATE INDEX facet_products_changing ON trade.facet_products (changes_at) WHERE changes_at IS NOT NULL;
ALTER TABLE trade.suggestions DROP CONSTRAINT suggestions_pkey, ADD PRIMARY KEY (kind, locale, phrase), ADD CHECK (kind IN ('brand', 'type', 'category', 'words')),
  ADD CHECK (weight > 0), ADD CHECK (length(phrase) BETWEEN 1 AND 80);
CREATE INDEX suggestions_by_beginning ON trade.suggestions (phrase text_pattern_ops);
CREATE INDEX facet_products_of_brand ON trade.facet_products (lower(brand), product_id);
CREATE INDEX facet_products_of_supplier ON trade.facet_products USING gin (suppliers);
GRANT SELECT, INSERT, UPDATE, DELETE ON trade.facet_products, trade.suggestions TO marketplace_app;
"""


async def forwards() -> Migration:
    """Make the tables; the worker fills them."""
    migration = Migration(migration_id=ID, app_name="trade", description=DESCRIPTION)
    migration.tables(TABLES)
    migration.after(SQL)
    return migration
