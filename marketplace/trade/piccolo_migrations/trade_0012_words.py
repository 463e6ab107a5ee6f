"""Lets an operator keep the words of search by language and kind, and lets only several organisations make a suggestion of what they look for."""

from __future__ import annotations

from typing import Any, Final

from piccolo.columns import Column, Date, Integer, Text

from marketplace.kernel.migrations import Migration

ID = "trade_0012_words"
VERSION = "1.38.0"
DESCRIPTION = "Rules of words by language and kind; suggestions count organisations"

TABLES: Final[dict[tuple[str, str], tuple[tuple[str, type[Column], dict[str, Any]], ...]]] = {
    ("SuggestionAsker", "suggestion_askers"): (
        ("locale", Text, {"primary_key": True, "default": None}),
        ("phrase", Text, {"default": None}),
        ("asker", Text, {"default": None}),
        ("on_date", Date, {"default": None}),
    ),
}
COLUMNS: Final[dict[str, Column]] = {
    "kind": Text(null=False, default="synonym"),
    "locale": Text(null=False, default=""),
    "version": Integer(null=False, default=1),
}
# A word that is never taken apart, and one that says of no product what it is, have nothing that they mean. Whatever was suggested so far counted presses
# of keys instead of people, so it is forgotten.
SQL = """
DO $$ DECLARE one record; BEGIN
  FOR one IN SELECT conname FROM pg_constraint WHERE conrelid = 'trade.search_synonyms'::regclass AND contype IN ('c', 'u')
  LOOP EXECUTE format('ALTER TABLE trade.search_synonyms DROP CONSTRAINT %I', one.conname); END LOOP;
END $$;
ALTER TABLE trade.search_synonyms ADD CHECK (kind IN ('synonym', 'compound', 'whole', 'type')), ADD CHECK (version > 0),
  ADD CHECK (cardinality(from_lexemes) BETWEEN 1 AND 4), ADD CHECK (length(words) BETWEEN 1 AND 80 AND length(means) <= 80),
  ADD CHECK (CASE WHEN kind IN ('synonym', 'compound') THEN cardinality(to_lexemes) BETWEEN 1 AND 4 AND from_lexemes <> to_lexemes ELSE cardinality(to_lexemes) = 0 END),
  ADD UNIQUE (kind, locale, from_lexemes, to_lexemes);
ALTER TABLE trade.suggestion_askers DROP CONSTRAINT suggestion_askers_pkey, ADD PRIMARY KEY (locale, phrase, asker);
CREATE INDEX suggestion_askers_old ON trade.suggestion_askers (on_date);
DELETE FROM trade.suggestions WHERE kind = 'words';
GRANT SELECT, INSERT, DELETE ON trade.suggestion_askers TO marketplace_app;
"""


async def forwards() -> Migration:
    """Describe the migration; the runner carries it out in one transaction."""
    migration = Migration(migration_id=ID, app_name="trade", description=DESCRIPTION)
    migration.tables(TABLES)
    migration.columns({("Synonym", "search_synonyms"): COLUMNS})
    migration.after(SQL)
    return migration
