"""Lets mistyped words be compared with words as they are written, not with their stems."""

from marketplace.kernel.migrations import Migration

ID = "trade_0015_written"
VERSION = "1.38.0"
DESCRIPTION = "words of search by their letters"

SQL = """
DROP INDEX trade.search_words_alike;
CREATE INDEX search_words_alike ON trade.search_words USING gin (word gin_trgm_ops);
"""


async def forwards() -> Migration:
    """Describe the migration; the runner carries it out in one transaction."""
    migration = Migration(migration_id=ID, app_name="trade", description=DESCRIPTION)
    migration.after(SQL)
    return migration
