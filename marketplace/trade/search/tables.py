"""Owns the tables of search: one document a product, and what people looked for in vain. The tsvector column is raw SQL of the migration."""

from __future__ import annotations

from piccolo.columns import UUID, Array, Date, Integer, Text, Timestamptz
from piccolo.table import Table


class SearchDocument(Table, tablename="search_documents", schema="trade"):
    """What a published product is found by. `keys` are its identifiers in compared form; the column `tsv` stands beside these."""

    product_id = UUID(primary_key=True, default=None)
    category_id = UUID(null=True, default=None)
    brand = Text(null=False, default="")
    keys = Array(base_column=Text(), null=False, default=[])
    indexed_at = Timestamptz(null=False, default=None)


class SearchMiss(Table, tablename="search_misses", schema="trade"):
    """A search that found nothing, counted by day, kind of visitor and language; it names nobody."""

    id = UUID(primary_key=True, default=None)
    on_date = Date(null=False, default=None)
    segment = Text(null=False, default=None)
    locale = Text(null=False, default=None)
    query = Text(null=False, default=None)
    times = Integer(null=False, default=1)
    last_at = Timestamptz(null=False, default=None)
