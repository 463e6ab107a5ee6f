"""Makes search rank by how telling a word is: words with their weight in each document, the vocabulary with how often each comes, synonyms."""

from __future__ import annotations

from typing import Any, Final

from piccolo.columns import UUID, Array, Boolean, Column, Integer, SmallInt, Text, Timestamptz

from marketplace.kernel.migrations import Migration

ID = "trade_0008_search"
VERSION = "1.38.0"
DESCRIPTION = "Weighed words, vocabulary and synonyms of search"

TABLES: Final[dict[tuple[str, str], tuple[tuple[str, type[Column], dict[str, Any]], ...]]] = {
    ("SearchWord", "search_words"): (
        ("lexeme", Text, {"primary_key": True, "default": None}),
        ("word", Text, {"default": None}),
        ("documents", Integer, {"default": 0}),
    ),
    ("Synonym", "search_synonyms"): (
        ("id", UUID, {"primary_key": True, "default": None}),
        ("words", Text, {"default": None}),
        ("means", Text, {"default": None}),
        ("from_lexemes", Array, {"base_column": Text(), "default": []}),
        ("to_lexemes", Array, {"base_column": Text(), "default": []}),
        ("is_both_ways", Boolean, {"default": True}),
        ("is_active", Boolean, {"default": True}),
        ("note", Text, {"default": ""}),
        ("changed_by", Text, {"default": ""}),
        ("changed_at", Timestamptz, {"default": None}),
    ),
}
COLUMNS: Final[dict[str, Column]] = {
    "lexemes": Array(base_column=Text(), null=False, default=[]),
    "impacts": Array(base_column=SmallInt(), null=False, default=[]),
    "kind": Array(base_column=Text(), null=False, default=[]),
}
# One way of comparing words for all languages: without accents and in small letters first, so that Vietnamese typed without its marks is found, and
# Arabic letters in one form. Words of Latin letters then by their English stem, all others by their Arabic one; none is left out as too common, because
# "in" is a printer in Vietnamese: how telling a word is, its rarity says.
SQL = """
CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE FUNCTION trade.fold(p_text text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT AS $$
  SELECT translate(lower(public.unaccent('public.unaccent'::regdictionary, normalize(p_text, NFKC))),
    'أإآٱىئةؤ' || '٠١٢٣٤٥٦٧٨٩' || '۰۱۲۳۴۵۶۷۸۹' || 'ـًٌٍَُِّْٰ', 'ااااييهو' || '0123456789' || '0123456789')
$$;
CREATE TEXT SEARCH DICTIONARY trade.english_all (TEMPLATE = pg_catalog.snowball, Language = english);
CREATE TEXT SEARCH DICTIONARY trade.arabic_all (TEMPLATE = pg_catalog.snowball, Language = arabic);
CREATE TEXT SEARCH CONFIGURATION trade.words (COPY = pg_catalog.simple);
ALTER TEXT SEARCH CONFIGURATION trade.words ALTER MAPPING FOR asciiword, asciihword, hword_asciipart WITH trade.english_all;
ALTER TEXT SEARCH CONFIGURATION trade.words ALTER MAPPING FOR word, hword, hword_part WITH trade.arabic_all;
DROP INDEX trade.search_documents_by_word, trade.search_documents_by_key;
-- A ranking looks at thousands of rows: their words lie in the row, uncompressed, and no list of what is still to be indexed is walked by every search.
ALTER TABLE trade.search_documents ALTER COLUMN tsv SET STORAGE EXTERNAL, ALTER COLUMN lexemes SET STORAGE EXTERNAL, ALTER COLUMN impacts SET STORAGE EXTERNAL,
  SET (toast_tuple_target = 8160);
CREATE INDEX search_documents_by_word ON trade.search_documents USING gin (tsv) WITH (fastupdate = off);
CREATE INDEX search_documents_by_key ON trade.search_documents USING gin (keys) WITH (fastupdate = off);
ALTER TABLE trade.search_documents ADD CHECK (cardinality(lexemes) = cardinality(impacts));
CREATE INDEX search_documents_unread ON trade.search_documents (product_id) WHERE lexemes = '{}' OR indexed_at = '-infinity';
CREATE INDEX search_words_alike ON trade.search_words USING gin (lexeme gin_trgm_ops);
ALTER TABLE trade.search_words ADD CHECK (documents > 0);
ALTER TABLE trade.search_synonyms ADD CHECK (cardinality(from_lexemes) BETWEEN 1 AND 4), ADD CHECK (cardinality(to_lexemes) BETWEEN 1 AND 4),
  ADD CHECK (from_lexemes <> to_lexemes), ADD UNIQUE (from_lexemes, to_lexemes);
GRANT SELECT, INSERT, UPDATE, DELETE ON trade.search_words, trade.search_synonyms TO marketplace_app;
"""
# What buyers of many trades call a thing, and what catalogues call it; more are added on the operator's page.
SYNONYMS = (
    ("laptop", "notebook"),
    ("tv", "television"),
    ("ssd", "solid state drive"),
    ("hdd", "hard disk drive"),
    ("usb stick", "usb flash drive"),
    ("mobile phone", "smartphone"),
    ("ups", "uninterruptible power supply"),
    ("pdu", "power distribution unit"),
    ("psu", "power supply unit"),
    ("cd drive", "optical disc drive"),
    ("beamer", "projector"),
    ("screen", "display"),
    ("lorry", "truck"),
    ("aluminum", "aluminium"),
    ("gray", "grey"),
    ("color", "colour"),
    ("fiber", "fibre"),
    ("ppe", "personal protective equipment"),
    ("sticky tape", "adhesive tape"),
    ("carton", "cardboard box"),
)


def _seeds() -> str:
    rows = ", ".join(
        f"(gen_random_uuid(), '{words}', '{means}', trade.lexemes('{words}'), trade.lexemes('{means}'), true, true, '', 'default', '2026-01-01Z')"
        for words, means in SYNONYMS
    )
    return f"""INSERT INTO trade.search_synonyms (id, words, means, from_lexemes, to_lexemes, is_both_ways, is_active, note, changed_by, changed_at) VALUES {rows}"""


LEXEMES = """
CREATE FUNCTION trade.lexemes(p_text text) RETURNS text[] LANGUAGE sql STABLE PARALLEL SAFE STRICT AS $$
  SELECT coalesce(array_agg(x.lexeme ORDER BY p.place), '{}') FROM unnest(to_tsvector('trade.words', trade.fold(p_text))) AS x CROSS JOIN LATERAL unnest(x.positions) AS p (place)
$$;
"""


async def forwards() -> Migration:
    """Make the tables and columns, then folding, the configuration, indexes and the first synonyms; documents are read anew by the worker."""
    migration = Migration(migration_id=ID, app_name="trade", description=DESCRIPTION)
    migration.tables(TABLES)
    migration.columns({("SearchDocument", "search_documents"): COLUMNS})
    migration.after(SQL, LEXEMES, _seeds())
    return migration
