"""Owns the tables of search: one document a product, and what people looked for in vain. The tsvector column is raw SQL of the migration."""

from __future__ import annotations

from piccolo.columns import UUID, Array, Boolean, Date, Integer, SmallInt, Text, Timestamptz
from piccolo.table import Table


class SearchDocument(Table, tablename="search_documents", schema="trade"):
    """What a published product is found by. `keys` are its identifiers in compared form; the column `tsv` stands beside these."""

    product_id = UUID(primary_key=True, default=None)
    category_id = UUID(null=True, default=None)
    brand = Text(null=False, default="")
    keys = Array(base_column=Text(), null=False, default=[])
    indexed_at = Timestamptz(null=False, default=None)
    # Its words in their compared form, what each weighs in thousandths, and the words of its type, the last of which says what it is.
    lexemes = Array(base_column=Text(), null=False, default=[])
    impacts = Array(base_column=SmallInt(), null=False, default=[])
    kind = Array(base_column=Text(), null=False, default=[])


class SearchMiss(Table, tablename="search_misses", schema="trade"):
    """A search that found nothing, counted by day, kind of visitor and language; it names nobody."""

    id = UUID(primary_key=True, default=None)
    on_date = Date(null=False, default=None)
    segment = Text(null=False, default=None)
    locale = Text(null=False, default=None)
    query = Text(null=False, default=None)
    times = Integer(null=False, default=1)
    last_at = Timestamptz(null=False, default=None)


class SearchWord(Table, tablename="search_words", schema="trade"):
    """A word of the documents in its compared form, how it is mostly written, and in how many documents it comes; "" comes in all of them."""

    lexeme = Text(primary_key=True, default=None)
    word = Text(null=False, default=None)
    documents = Integer(null=False, default=0)


class Synonym(Table, tablename="search_synonyms", schema="trade"):
    """A rule of words, as typed and as compared: who looks for `words` also finds `means`, and the other way round where both ways hold.

    Of kind "whole" `words` are never taken apart or joined, of kind "type" they say of no product what it is; neither means anything else. "" is every language.
    """

    id = UUID(primary_key=True, default=None)
    words = Text(null=False, default=None)
    means = Text(null=False, default=None)
    from_lexemes = Array(base_column=Text(), null=False, default=[])
    to_lexemes = Array(base_column=Text(), null=False, default=[])
    is_both_ways = Boolean(null=False, default=True)
    is_active = Boolean(null=False, default=True)
    note = Text(null=False, default="")
    changed_by = Text(null=False, default="")
    changed_at = Timestamptz(null=False, default=None)
    kind = Text(null=False, default="synonym")
    locale = Text(null=False, default="")
    version = Integer(null=False, default=1)
