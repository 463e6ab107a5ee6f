"""Lets the catalogue tell words that say more about a kind of thing from words that make it another: a "notebook stand" is no notebook."""

from piccolo.columns import Integer, Text

from marketplace.kernel.migrations import Migration

ID = "catalogue_0009_followers"
VERSION = "1.38.0"
DESCRIPTION = "words that go on behind types"

SQL = """
GRANT SELECT, INSERT, UPDATE, DELETE ON catalogue.type_followers TO marketplace_app;
ALTER TABLE catalogue.type_followers ADD CHECK (types > 0);
"""


async def forwards() -> Migration:
    """Make the table; the nightly learning fills it."""
    migration = Migration(migration_id=ID, app_name="catalogue", description=DESCRIPTION)
    migration.tables({("TypeFollower", "type_followers"): {"word": Text(primary_key=True, default=None), "types": Integer(null=False, default=0)}})
    migration.after(SQL)
    return migration
